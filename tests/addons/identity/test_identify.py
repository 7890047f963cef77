"""Who asks."""

import asyncio
import base64
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import bcrypt
import pytest
from mitmproxy import http

from addons.exchanges import WHO
from addons.identity import identify as module
from addons.identity.identify import Identity, read_credentials
from addons.identity.settings import IdentityKind, IdentitySettings
from policy.facts import Who
from policy.registers import BreakGlass, Registers
from policy.words import PersonHow, Reason
from tests.addons.gateway import NOW, Gateway


def basic(name: str, password: str) -> str:
    return "Basic " + base64.b64encode(f"{name}:{password}".encode()).decode()


def hashed(password: str, cost: int = 4) -> str:
    return bcrypt.hashpw(password.encode()[:72], bcrypt.gensalt(cost)).decode()


def put(file: Path, name: str, password: str, cost: int = 4) -> None:
    """Make this the only person of `file`."""
    file.write_text(f"{name}:{hashed(password, cost)}\n")


@pytest.fixture
def people(tmp_path: Path) -> Path:
    path = tmp_path / "people"
    path.write_text(f"ann:{hashed('se:cret')}\nbob:{hashed('pässwörd')}\nlong:{hashed('x' * 100)}\n")
    return path


@pytest.fixture
def gateway(people: Path) -> Iterator[Gateway]:
    made = Gateway(identity=IdentitySettings(kinds=(IdentityKind.HTPASSWD,), htpasswd_file=people))
    yield made
    made.addon(Identity).done()


async def who(gateway: Gateway, credentials: str | None, *, address: str = "192.0.2.77") -> Who:
    flow = await asked(gateway, credentials, address=address)
    found = flow.metadata[WHO]
    assert isinstance(found, Who)
    return found


async def asked(gateway: Gateway, credentials: str | None, *, address: str = "192.0.2.77") -> http.HTTPFlow:
    fields = [(b"Host", b"fine.test")]
    if credentials is not None:
        fields.append((b"Proxy-Authorization", credentials.encode()))
    return await gateway.request(
        "http://fine.test/", client=gateway.client(address), fields=fields, answer=False
    )


# The header --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "credentials"),
    [
        pytest.param(basic("ann", "secret"), ("ann", "secret"), id="usual"),
        pytest.param(basic("ann", "a:b:c"), ("ann", "a:b:c"), id="colons-in-the-password"),
        pytest.param(basic("ann", ""), ("ann", ""), id="no-password"),
        pytest.param(basic("ann", "pä"), ("ann", "pä"), id="utf-8"),
        pytest.param(basic("ce\u0301", "e\u0301"), ("cé", "é"), id="composed"),
        pytest.param(basic("ann", "x").replace("Basic", "bAsIc"), ("ann", "x"), id="scheme-in-any-case"),
        pytest.param(basic("", "x"), None, id="no-name"),
        pytest.param("Basic", None, id="nothing"),
        pytest.param("Basic !!!", None, id="not-base64"),
        pytest.param("Basic " + base64.b64encode(b"ann").decode(), None, id="no-colon"),
        pytest.param("Basic " + base64.b64encode(b"ann:\xff").decode(), None, id="not-utf-8"),
        pytest.param(basic("ann", "a\0b"), None, id="nul"),
        pytest.param("Bearer abc", None, id="another-scheme"),
    ],
)
def test_a_basic_header_is_read_as_rfc_7617_says(value: str, credentials: tuple[str, str] | None) -> None:
    assert read_credentials(value) == credentials


# Right and wrong ---------------------------------------------------------------------------------


async def test_a_person_with_the_right_password_is_known_with_their_role(gateway: Gateway) -> None:
    assert await who(gateway, basic("ann", "se:cret")) == Who(
        person="ann", how=PersonHow.BASIC, role="licensing", client_ip="192.0.2.77"
    )
    bob = await who(gateway, basic("bob", "pässwörd"))
    assert (bob.person, bob.role) == ("bob", None)


@pytest.mark.parametrize(
    "credentials",
    [
        pytest.param(None, id="none"),
        pytest.param(basic("ann", "wrong"), id="wrong-password"),
        pytest.param(basic("ANN", "se:cret"), id="another-name"),
        pytest.param(basic("zoe", "x"), id="nobody"),
        pytest.param("Negotiate abc", id="another-scheme"),
    ],
)
async def test_anybody_else_is_nobody_and_asked_to_sign_in(gateway: Gateway, credentials: str | None) -> None:
    flow = await asked(gateway, credentials)
    assert flow.metadata[WHO] == Who(client_ip="192.0.2.77")
    assert flow.response is not None
    assert flow.response.status_code == 407
    assert gateway.decision.reason is Reason.NO_PERSON


async def test_while_break_glass_is_open_not_even_the_right_password_makes_somebody_known(
    gateway: Gateway,
) -> None:
    opening = BreakGlass("K7QF2M9T", NOW, NOW + timedelta(minutes=30))
    gateway.registers.registers = Registers.of(break_glass=opening)
    flow = await asked(gateway, basic("ann", "se:cret"))
    assert flow.metadata[WHO] == Who(client_ip="192.0.2.77")
    assert "proxy-authorization" not in flow.request.headers
    assert flow.response is None
    assert (gateway.decision.person, gateway.decision.client_ip) == (None, None)


async def test_a_long_password_is_compared_as_htpasswd_has_cut_it(gateway: Gateway) -> None:
    assert (await who(gateway, basic("long", "x" * 100))).person == "long"


async def test_the_password_goes_nowhere(gateway: Gateway) -> None:
    flow = await asked(gateway, basic("ann", "se:cret"))
    assert "proxy-authorization" not in flow.request.headers
    for kept in (gateway.addon(Identity).__dict__, flow.metadata, flow.client_conn.__dict__):
        assert "se:cret" not in repr(kept)
    assert gateway.decision.client_ip is None or "se:cret" not in repr(gateway.decision)


async def test_in_a_tunnel_the_person_is_the_connect_s(gateway: Gateway) -> None:
    connect = await gateway.connect("fine.test", Proxy_Authorization=basic("ann", "se:cret"))
    assert connect.response is None
    assert "proxy-authorization" not in connect.request.headers
    await gateway.hello(connect.client_conn, "fine.test")
    flow = await gateway.request(
        "https://fine.test/",
        client=connect.client_conn,
        answer=False,
        Proxy_Authorization=basic("bob", "pässwörd"),
        Sec_Fetch_Mode="navigate",
        Sec_Fetch_Dest="document",
        Sec_Fetch_User="?1",
    )
    assert flow.response is None
    assert gateway.decision.person == "ann"
    assert "proxy-authorization" not in flow.request.headers


def counted(monkeypatch: pytest.MonkeyPatch) -> list[bytes]:
    """The hashes that passwords are compared with from now on."""
    looks: list[bytes] = []
    check = bcrypt.checkpw

    def counting(password: bytes, hash_: bytes) -> bool:
        looks.append(hash_)
        return check(password, hash_)

    monkeypatch.setattr(bcrypt, "checkpw", counting)
    return looks


# Slow things -------------------------------------------------------------------------------------


async def test_what_was_right_is_remembered_and_needs_no_second_look(
    gateway: Gateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    looks = counted(monkeypatch)
    for _ in range(3):
        assert (await who(gateway, basic("ann", "se:cret"))).person == "ann"
    assert len(looks) == 1
    monkeypatch.setattr(module, "_REMEMBERED_SECONDS", -1.0)
    gateway.addon(Identity)._remembered.clear()
    await who(gateway, basic("ann", "se:cret"))
    await who(gateway, basic("ann", "se:cret"))
    assert len(looks) == 3


async def test_many_connections_with_one_pair_are_one_look(
    gateway: Gateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    looks = counted(monkeypatch)
    found = await asyncio.gather(*(who(gateway, basic("ann", "se:cret")) for _ in range(20)))
    assert {w.person for w in found} == {"ann"}
    assert len(looks) == 1


async def test_the_loop_goes_on_while_a_password_is_looked_at(people: Path) -> None:
    put(people, "slow", "x", cost=12)
    gateway = Gateway(identity=IdentitySettings(kinds=(IdentityKind.HTPASSWD,), htpasswd_file=people))
    looking = asyncio.ensure_future(who(gateway, basic("slow", "x")))
    turns = 0
    while not looking.done():
        await asyncio.sleep(0.001)
        turns += 1
    assert turns > 10
    assert (await looking).person == "slow"


async def test_a_new_password_is_asked_for_at_once(gateway: Gateway, people: Path) -> None:
    assert (await who(gateway, basic("ann", "se:cret"))).person == "ann"
    put(people, "ann", "new")
    gateway.addon(Identity)._looked = 0.0
    assert (await who(gateway, basic("ann", "se:cret"))).person is None
    assert (await who(gateway, basic("ann", "new"))).person == "ann"


async def test_a_flood_of_wrong_passwords_slows_nobody_else(
    gateway: Gateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    looks: list[bytes] = []

    def slow(password: bytes, hash_: bytes) -> bool:
        looks.append(password)
        time.sleep(0.01)
        return password == b"se:cret" and hash_ != module._NOBODY

    monkeypatch.setattr(bcrypt, "checkpw", slow)
    for number in range(50):
        await who(gateway, basic("ann", f"wrong{number}"), address="198.51.100.9")
    assert len(looks) == module._MOST_WRONG
    assert (await who(gateway, basic("ann", "se:cret"), address="198.51.100.10")).person == "ann"
    # And whoever was signed in at that address stays so.
    assert (await who(gateway, basic("ann", "se:cret"), address="198.51.100.9")).person == "ann"
    assert gateway.chain.counts["sign-in:wrong"] == module._MOST_WRONG
    assert gateway.chain.counts["sign-in:too-many-wrong"] == 50 - module._MOST_WRONG


async def test_only_a_few_pairs_from_one_address_wait_at_a_time(
    gateway: Gateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    def slow(password: bytes, _hash: bytes) -> bool:
        time.sleep(0.05)
        return password == b"se:cret"

    monkeypatch.setattr(bcrypt, "checkpw", slow)
    flood = [
        asyncio.ensure_future(who(gateway, basic("ann", f"wrong{n}"), address="198.51.100.9"))
        for n in range(30)
    ]
    await asyncio.sleep(0)
    before = time.monotonic()
    assert (await who(gateway, basic("ann", "se:cret"), address="198.51.100.10")).person == "ann"
    assert time.monotonic() - before < 1.0
    await asyncio.gather(*flood)
    assert gateway.chain.counts["sign-in:busy"] >= 20


async def test_a_name_that_does_not_exist_takes_as_long_as_one_that_does(
    gateway: Gateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    looks = counted(monkeypatch)
    assert (await who(gateway, basic("zoe", "x"))).person is None
    assert looks == [module._NOBODY]


async def test_where_nobody_is_required_to_sign_in_they_may(people: Path) -> None:
    gateway = Gateway(
        identity=IdentitySettings(kinds=(IdentityKind.HTPASSWD,), htpasswd_file=people, required=False)
    )
    assert (await asked(gateway, None)).response is None
    assert (await asked(gateway, basic("ann", "wrong"))).response is None
    assert (await who(gateway, basic("ann", "se:cret"))).person == "ann"
