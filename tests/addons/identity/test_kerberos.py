"""Tickets of a real KDC."""

import base64
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from addons.identity.kerberos import Tickets, person_of
from addons.identity.settings import KerberosSettings
from policy.errors import ConfigurationError
from tests.identity_servers import gssapi_or_skip, program
from tests.identity_servers.kdc import REALM, Kdc

SERVICE = "HTTP@gateway.test"
SETTINGS = KerberosSettings(realms={REALM: "", "NORTH.TEST": "north"})


@pytest.mark.parametrize(
    ("principal", "key"),
    [
        pytest.param(f"jane@{REALM}", ("", "jane"), id="a-person"),
        pytest.param(f"Jane@{REALM}", ("", "jane"), id="in-any-case"),
        pytest.param("jane@NORTH.TEST", ("north", "jane"), id="of-another-organisation"),
        pytest.param("jane@SOUTH.TEST", None, id="of-a-realm-that-is-not-named"),
        pytest.param(f"jane@{REALM.lower()}", None, id="realms-have-capitals"),
        pytest.param("jane", None, id="of-no-realm"),
        pytest.param(f"@{REALM}", None, id="nameless"),
        pytest.param(f"jane/admin@{REALM}", None, id="two-parts"),
        pytest.param(f"host/pc7@{REALM}", None, id="a-service"),
        pytest.param(f"PC7$@{REALM}", None, id="a-machine"),
        pytest.param(f"jane\\@SOUTH.TEST@{REALM}", None, id="an-escaped-sign"),
        pytest.param("WELLKNOWN/ANONYMOUS@WELLKNOWN:ANONYMOUS", None, id="anonymous"),
    ],
)
def test_the_person_of_a_principal(principal: str, key: tuple[str, str] | None) -> None:
    assert person_of(principal, SETTINGS) == key


@pytest.fixture(scope="module")
def kdc() -> Iterator[Kdc]:
    gssapi_or_skip()
    with Kdc() as running:
        running.add_person("jane", "secret")
        running.add_person("jane/admin", "secret")
        running.add_person("pc7$", "secret")
        yield running


@pytest.fixture(scope="module")
def keytab(kdc: Kdc) -> Path:
    return kdc.keytab("HTTP/gateway.test", "HTTP/other.test", "host/gateway.test")


@pytest.fixture
def tickets(kdc: Kdc, keytab: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Tickets:
    monkeypatch.setenv("KRB5_CONFIG", kdc.environment["KRB5_CONFIG"])
    # What an operator's environment says of replays changes nothing.
    monkeypatch.setenv("KRB5RCACHETYPE", "none")
    monkeypatch.setenv("KRB5RCACHENAME", "none:")
    return Tickets(SETTINGS.model_copy(update={"keytab": keytab}), tmp_path / "replay")


@pytest.mark.parametrize("krb5", [False, True], ids=["spnego", "bare"])
def test_a_ticket_for_us_is_its_person_s_and_is_answered(kdc: Kdc, tickets: Tickets, krb5: bool) -> None:
    found = tickets.verify(kdc.sign_in("jane", "secret").token(SERVICE, krb5=krb5))
    assert found is not None
    assert found[0] == ("", "jane")
    assert found[1]


def test_any_of_our_names_will_do(kdc: Kdc, tickets: Tickets) -> None:
    assert tickets.verify(kdc.sign_in("jane", "secret").token("HTTP@other.test")) is not None


def test_what_was_shown_before_is_refused_also_after_a_restart(
    kdc: Kdc, keytab: Path, tickets: Tickets, tmp_path: Path
) -> None:
    token = kdc.sign_in("jane", "secret").token(SERVICE)
    assert tickets.verify(token) is not None
    assert tickets.verify(token) is None
    again = Tickets(SETTINGS.model_copy(update={"keytab": keytab}), tmp_path / "replay")
    assert again.verify(token) is None
    # It is the cache that knows: another gateway's does not.
    other = Tickets(SETTINGS.model_copy(update={"keytab": keytab}), tmp_path / "another")
    assert other.verify(token) is not None


def test_a_ticket_for_another_service_is_refused_though_its_key_is_in_the_keytab(
    kdc: Kdc, tickets: Tickets
) -> None:
    assert tickets.verify(kdc.sign_in("jane", "secret").token("host@gateway.test")) is None


@pytest.mark.parametrize("name", ["jane/admin", "pc7$"])
def test_who_is_no_person_is_nobody(kdc: Kdc, tickets: Tickets, name: str) -> None:
    assert tickets.verify(kdc.sign_in(name, "secret").token(SERVICE)) is None


def test_a_realm_that_is_not_named_is_refused(
    kdc: Kdc, keytab: Path, tmp_path: Path, tickets: Tickets
) -> None:
    settings = KerberosSettings(keytab=keytab, realms={"NORTH.TEST": "north"})
    token = kdc.sign_in("jane", "secret").token(SERVICE)
    assert Tickets(settings, tmp_path / "other").verify(token) is None


# SPNEGO that offers NTLM alone (RFC 4178, 4.2.1): NegTokenInit, mechTypes {1.3.6.1.4.1.311.2.2.10}.
NTLM_IN_SPNEGO = bytes.fromhex(
    "602806062b0601050502a01e301ca01a3018060a2b06010401823702020a060a2b06010401823702021e"
)


def test_what_is_no_ticket_is_nobody(kdc: Kdc, tickets: Tickets) -> None:
    good = kdc.sign_in("jane", "secret").token(SERVICE)
    broken = [good[:length] for length in range(0, len(good), 61)]
    changed = [good[:at] + bytes([good[at] ^ 0x55]) + good[at + 1 :] for at in range(120, len(good), 61)]
    for token in (b"", b"\0", b"NTLMSSP\0\1\0\0\0", NTLM_IN_SPNEGO, b"\x60" * 65536, *broken, *changed):
        assert tickets.verify(token) is None
    assert tickets.verify(good) is not None


def test_new_keys_are_taken_up_and_tickets_of_the_old_ones_are_refused(
    kdc: Kdc, tmp_path: Path, tickets: Tickets
) -> None:
    keytab = kdc.keytab("HTTP/renewed.test")
    renewed = Tickets(SETTINGS.model_copy(update={"keytab": keytab}), tmp_path / "renewed")
    client = kdc.sign_in("jane", "secret")
    before = client.token("HTTP@renewed.test")
    kdc.renew_keys("HTTP/renewed.test").rename(keytab)
    assert renewed.verify(before) is None
    assert renewed.verify(kdc.sign_in("jane", "secret").token("HTTP@renewed.test")) is not None


@pytest.mark.parametrize(
    ("service", "replay", "why"),
    [
        pytest.param("host@gateway.test", "replay", "another service", id="another-service"),
        pytest.param("imap@gateway.test", "replay", "keytab has no key", id="no-key-of-it"),
        pytest.param(
            "HTTP@gateway.test", "nowhere/replay", "replay cache", id="no-place-for-the-replay-cache"
        ),
    ],
)
def test_what_an_operator_can_mend_is_logged_once_and_names_nobody(
    kdc: Kdc,
    keytab: Path,
    tickets: Tickets,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
    service: str,
    replay: str,
    why: str,
) -> None:
    kdc.keytab("imap/gateway.test")
    checked = Tickets(SETTINGS.model_copy(update={"keytab": keytab}), tmp_path / replay)
    client = kdc.sign_in("jane", "secret")
    for _ in range(2):
        assert checked.verify(client.token(service)) is None
    assert caplog.text.count(why) == 1
    for named in ("jane", REALM, "gateway.test", "imap"):
        assert named not in caplog.text


def test_a_ticket_from_an_hour_ago_is_refused_and_the_clocks_are_named(
    kdc: Kdc, keytab: Path, tmp_path: Path
) -> None:
    token = kdc.sign_in("jane", "secret").token(SERVICE)
    verify = """
import base64, logging, sys
from pathlib import Path
from addons.identity.kerberos import Tickets
from addons.identity.settings import KerberosSettings
logging.basicConfig(stream=sys.stdout)
settings = KerberosSettings(keytab=Path(sys.argv[1]), realms={sys.argv[2]: ""})
print(Tickets(settings, Path(sys.argv[3])).verify(base64.b64decode(sys.argv[4])))
"""
    told = []
    for clock in ("+0", "+1h"):
        arguments = [str(keytab), REALM, str(tmp_path / clock), base64.b64encode(token).decode()]
        done = subprocess.run(
            [program("faketime", "faketime"), "-f", clock, sys.executable, "-c", verify, *arguments],
            env=kdc.environment,
            capture_output=True,
            text=True,
            check=True,
            timeout=60,
        )
        told.append(done.stdout)
    assert told[0].startswith("(('', 'jane')")
    assert "clock" in told[1]
    assert told[1].endswith("None\n")


def test_who_is_disabled_or_wrong_gets_no_ticket(kdc: Kdc) -> None:
    kdc.add_person("gone", "secret")
    kdc.disable("gone")
    for name, password in (("gone", "secret"), ("jane", "wrong"), ("nobody", "secret")):
        with pytest.raises(subprocess.CalledProcessError):
            kdc.sign_in(name, password)


@pytest.mark.parametrize("which", ["nonexistent", "of-another-service"])
def test_a_keytab_without_a_key_of_ours_is_refused_at_the_start(
    kdc: Kdc, which: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KRB5_CONFIG", kdc.environment["KRB5_CONFIG"])
    keytab = tmp_path / "nonexistent" if which == "nonexistent" else kdc.keytab("imap/gateway.test")
    with pytest.raises(ConfigurationError, match=r"keytab|nonexistent") as caught:
        Tickets(SETTINGS.model_copy(update={"keytab": keytab}), tmp_path / "replay")
    assert "\n" not in str(caught.value)
