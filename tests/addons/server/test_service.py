"""What a worker looks at before it lets anybody in, and again and again afterwards."""

from collections.abc import Iterator
from ipaddress import ip_network
from pathlib import Path
from typing import cast

import pytest

from addons.ca.signer import open_signing
from addons.never_decrypt import NeverDecrypt
from addons.observe.settings import ObserveSettings
from addons.server import service
from addons.server.listen import open_listeners
from addons.server.plan import ServePlan
from addons.server.service import Loaded, Refresher, check, own_addresses
from addons.settings import DestinationSettings, Endpoint, IdentityKind, IdentitySettings, Mode
from categories.store import CurrentRuleset
from db.snapshot import CurrentRegisters
from policy.document import read_policy
from policy.errors import ConfigurationError
from tests.addons.server.supervised import eventually


class Current:
    """Something that is refreshed, and fails when told to."""

    def __init__(self) -> None:
        self.looks = 0
        self.fails = False

    def refresh(self) -> bool:
        self.looks += 1
        if self.fails:
            raise ValueError("damaged")
        return False


def refresher(rulesets: Current, registers: Current) -> Refresher:
    return Refresher(cast("CurrentRuleset", rulesets), cast("CurrentRegisters", registers))


def test_both_are_looked_at_until_it_is_stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(service, "REFRESH_SECONDS", 0.01)
    rulesets, registers = Current(), Current()
    looking = refresher(rulesets, registers)
    looking.start()
    eventually(lambda: rulesets.looks > 3 and registers.looks > 3)
    looking.stop()
    assert not looking.is_alive()


@pytest.mark.parametrize("which", [0, 1], ids=["the-ruleset", "the-registers"])
def test_one_that_fails_does_not_keep_the_other_from_its_refreshing(
    which: int, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(service, "REFRESH_SECONDS", 0.01)
    both = (Current(), Current())
    both[which].fails = True
    looking = refresher(*both)
    looking.start()
    eventually(lambda: both[0].looks > 3 and both[1].looks > 3)
    looking.stop()
    assert "could not be refreshed" in caplog.text


class NoRuleset:
    """A chain that is only put together asks no Ruleset."""


@pytest.fixture(scope="module")
def loaded() -> Iterator[Loaded]:
    with open_signing() as signing:
        yield Loaded(read_policy(), signing, NeverDecrypt(), cast("CurrentRuleset", NoRuleset()))


def test_settings_that_name_what_is_there_are_in_order(loaded: Loaded, tmp_path: Path) -> None:
    (tmp_path / "hosts").write_text("127.0.0.1 intranet.test\n")
    check(ServePlan(tmp_path, destinations=DestinationSettings(hosts_file=tmp_path / "hosts")), loaded)


@pytest.mark.parametrize(
    ("destinations", "identity", "says"),
    [
        pytest.param(
            DestinationSettings(hosts_file=Path("/nonexistent")),
            IdentitySettings(),
            "destinations.hosts_file",
            id="no-hosts-file",
        ),
        pytest.param(
            DestinationSettings(ca_file=Path("/nonexistent")),
            IdentitySettings(),
            "destinations.ca_file",
            id="no-certificates",
        ),
        pytest.param(
            DestinationSettings(),
            IdentitySettings(kind=IdentityKind.BASIC, htpasswd_file=Path("/nonexistent")),
            "nonexistent",
            id="no-passwords",
        ),
    ],
)
def test_a_file_that_is_not_there_is_found_before_anything_starts(
    loaded: Loaded, tmp_path: Path, destinations: DestinationSettings, identity: IdentitySettings, says: str
) -> None:
    with pytest.raises(ConfigurationError, match=says):
        check(ServePlan(tmp_path, destinations=destinations, identity=identity), loaded)


def test_where_we_answer_ourselves_is_never_a_destination() -> None:
    """The observer's listener too: it lets in who may ask, and through the proxy everybody would be us."""
    [listener] = open_listeners([Endpoint("127.0.0.1", 0, Mode.EXPLICIT)])
    told = ObserveSettings(listen="192.0.2.1:9465", allow_from=(ip_network("192.0.2.0/24"),))
    with listener.socket:
        assert own_addresses(told, [listener]) == (listener.address, ("192.0.2.1", 9465))
        assert own_addresses(ObserveSettings(listen=""), [listener]) == (listener.address,)
