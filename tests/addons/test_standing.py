"""What was allowed and is still open is judged again."""

import asyncio
import base64
import contextlib
import hashlib
import ssl
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from mitmproxy import connection

from addons import standing as module
from addons.judging import Draft
from policy.facts import RequestFacts
from policy.people import Device, People, Person
from policy.presence import SignedIn
from policy.registers import BreakGlass, Exemption, GranteeKind, LocalEntry, Registers, TargetKind
from policy.words import Action, Ended, Reason, RecordLevel, Step, Verdict
from tests.addons.gateway import NOW, Carried, DictionaryRuleset, Gateway
from tests.addons.live import live
from tests.addons.persons import REQUIRED, known_client, read_by
from tests.addons.wire import ORIGIN, Certificates, answering, ask, origin, read_head
from tests.policy.policies import policy_with
from tests.samples import policy_with_authority


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    made = Certificates(tmp_path_factory.mktemp("certificates"))
    made.make()
    return made


def blocking(host: str) -> Registers:
    return Registers.of([LocalEntry("L1", Action.BLOCK, TargetKind.HOST, host, None, "a test", "admin")])


async def tunnel(gateway: Gateway, host: str) -> connection.Client:
    connect = await gateway.connect(host)
    data = await gateway.hello(connect.client_conn, host)
    assert data.ignore_connection
    return connect.client_conn


async def closed(gateway: Gateway) -> list[connection.Client]:
    found: list[connection.Client] = []
    await gateway.chain.standing.judge_again(found.append)
    return found


async def test_what_is_still_allowed_stands() -> None:
    gateway = Gateway(never_decrypt=["pinned.test"])
    await tunnel(gateway, "pinned.test")
    assert await closed(gateway) == []
    assert len(gateway.log.decisions) == 2


async def test_what_is_blocked_since_is_recorded_and_closed() -> None:
    gateway = Gateway(never_decrypt=["pinned.test"])
    client = await tunnel(gateway, "pinned.test")
    allowed = gateway.decision
    gateway.registers.registers = blocking("pinned.test")
    assert await closed(gateway) == [client]
    decision = gateway.decision
    assert (decision.verdict, decision.reason, decision.final) == (
        Verdict.BLOCK,
        Reason.LOCAL_BLOCK,
        False,
    )
    assert decision.exchange == allowed.exchange
    assert decision.id != allowed.id
    gateway.chain.exits.tunnel_ended(client, 1, 2, Ended.CLIENT_LEFT)
    [outcome] = gateway.outcomes
    assert (outcome.decision, outcome.ended) == (allowed.id, Ended.REFUSED)
    assert len(gateway.chain.standing) == 0
    assert await closed(gateway) == []


async def test_a_new_ruleset_is_asked_too() -> None:
    gateway = Gateway(never_decrypt=["pinned.test"])
    client = await tunnel(gateway, "pinned.test")
    gateway.rulesets.ruleset = DictionaryRuleset({"pinned.test": "malware"})
    assert await closed(gateway) == [client]


async def test_an_exemption_that_has_ended_ends_what_it_opened() -> None:
    exemption = Exemption(
        "E1",
        GranteeKind.EVERYONE,
        "",
        TargetKind.HOST,
        "social.test",
        NOW,
        NOW + timedelta(hours=1),
        "x",
        "y",
    )
    gateway = Gateway(never_decrypt=["social.test"], registers=Registers.of((), [exemption]))
    client = await tunnel(gateway, "social.test")
    assert await closed(gateway) == []
    later = replace(gateway.parts, now=lambda: NOW + timedelta(hours=1))
    gateway.chain.standing._parts = later
    assert await closed(gateway) == [client]


JANE = Person("", "jane", unit="Licensing")


async def tunnel_of_jane(gateway: Gateway) -> connection.Client:
    connect = await gateway.connect("pinned.test", client=known_client(gateway))
    data = await gateway.hello(connect.client_conn, "pinned.test")
    assert data.ignore_connection
    return connect.client_conn


@pytest.mark.parametrize(
    ("since", "reason"),
    [
        pytest.param(Registers.of(people=People.of([JANE])), None, id="nothing-has-changed"),
        pytest.param(
            Registers.of(people=People.of([replace(JANE, disabled=True)])), Reason.DISABLED, id="disabled"
        ),
        pytest.param(Registers.of(people=People.of([replace(JANE, ends=NOW)])), Reason.DISABLED, id="ended"),
        pytest.param(
            Registers.of(people=People.of([replace(JANE, login="john")])),
            Reason.UNKNOWN_PERSON,
            id="no-longer-in-the-register",
        ),
        pytest.param(
            Registers.of(people=People.of([JANE], [Device("D1", "", "192.0.2.77", disabled=True)])),
            Reason.DISABLED,
            id="the-device-is-disabled",
        ),
    ],
)
async def test_a_tunnel_is_its_persons_as_they_are_now(since: Registers, reason: Reason | None) -> None:
    before = Registers.of(people=People.of([JANE]))
    gateway = Gateway(
        never_decrypt=["pinned.test"], registers=before, identity=REQUIRED, presence=read_by("jane")
    )
    client = await tunnel_of_jane(gateway)
    gateway.registers.registers = since
    assert await closed(gateway) == ([] if reason is None else [client])
    if reason is not None:
        row = gateway.decision
        assert (row.reason, row.final, row.person) == (reason, False, "jane")


async def test_a_change_of_presence_is_seen_by_those_whom_it_changed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Who signed out is nobody; what is only read by others leaves everything as it is."""
    monkeypatch.setattr(module, "_LOOK_SECONDS", 0.01)
    signed_in = {"192.0.2.77": SignedIn("jane", "", NOW + timedelta(hours=1))}
    presence = replace(read_by("jane"), signed_in=signed_in)
    gateway = Gateway(never_decrypt=["pinned.test"], identity=REQUIRED, presence=presence)
    client = await tunnel(gateway, "pinned.test")
    rows = len(gateway.log.decisions)
    judged: list[str] = []
    judge = gateway.chain.standing._judging.judge

    def noting(facts: RequestFacts) -> Draft:
        judged.append(facts.host)
        return judge(facts)

    monkeypatch.setattr(gateway.chain.standing._judging, "judge", noting)
    found: list[connection.Client] = []
    watching = asyncio.create_task(gateway.chain.standing.watch(found.append, list))
    await asyncio.sleep(0.05)
    gateway.presence.presence = replace(read_by("jane", "john"), signed_in=signed_in)
    await asyncio.sleep(0.05)
    assert (found, judged, len(gateway.log.decisions)) == ([], [], rows)
    gateway.presence.presence = read_by("jane", "john")
    await asyncio.sleep(0.05)
    watching.cancel()
    assert (found, gateway.decision.reason) == ([client], Reason.NO_PERSON)


async def test_a_row_names_nobody_who_asked_before_they_had_read_the_notice() -> None:
    """It is of the same exchange as the row that named nobody, and would say who that had been."""
    policy = policy_with_authority()
    gateway = Gateway(never_decrypt=["pinned.test"], policy=policy, identity=REQUIRED)
    client = await tunnel_of_jane(gateway)
    assert gateway.decision.person is None
    gateway.presence.presence = read_by("jane")
    gateway.registers.registers = blocking("pinned.test")
    assert await closed(gateway) == [client]
    row = gateway.decision
    assert (row.person, row.client_ip, row.record) == (None, None, RecordLevel.ANONYMOUS)


async def test_a_row_names_nobody_who_signed_in_where_somebody_else_had_asked() -> None:
    until = NOW + timedelta(hours=1)
    presence = read_by("jane", "john")
    gateway = Gateway(
        never_decrypt=["pinned.test"],
        identity=REQUIRED,
        presence=replace(presence, signed_in={"192.0.2.77": SignedIn("jane", "", until)}),
    )
    client = await tunnel(gateway, "pinned.test")
    gateway.presence.presence = replace(presence, signed_in={"192.0.2.77": SignedIn("john", "", until)})
    gateway.registers.registers = blocking("pinned.test")
    assert await closed(gateway) == [client]
    assert (gateway.decision.person, gateway.decision.reason) == (None, Reason.LOCAL_BLOCK)


async def test_a_schedule_that_closes_is_seen_though_nothing_else_changes(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(module, "_LOOK_SECONDS", 0.01)
    policy = policy_with(
        """
        [schedule.breaks]
        windows = ["mon-sun 12:00-13:00"]
        [[departure]]
        name = "breaks"
        categories = ["social_media"]
        schedule = "breaks"
        action = "allow"
        reason = "Open in breaks."
        because = "a test"
        """
    )
    gateway = Gateway(never_decrypt=["social.test"], policy=policy)
    client = await tunnel(gateway, "social.test")
    found: list[connection.Client] = []
    watching = asyncio.create_task(gateway.chain.standing.watch(found.append, list))
    await asyncio.sleep(0.05)
    assert found == []
    at_a_later_time(gateway, 30)
    await asyncio.sleep(0.05)
    watching.cancel()
    assert (found, gateway.decision.reason) == ([client], Reason.LISTED)


async def test_a_privileged_tunnel_that_is_blocked_names_nobody() -> None:
    gateway = Gateway()
    client = await tunnel(gateway, "union.test")
    gateway.registers.registers = blocking("union.test")
    assert await closed(gateway) == [client]
    assert (gateway.decision.host, gateway.decision.client_ip) == (None, None)


async def test_a_change_is_seen_and_a_failure_does_not_end_the_watch(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_LOOK_SECONDS", 0.01)
    gateway = Gateway(never_decrypt=["pinned.test"])
    client = await tunnel(gateway, "pinned.test")
    found: list[connection.Client] = []

    def close(which: connection.Client) -> None:
        found.append(which)
        if len(found) == 1:
            raise RuntimeError

    watching = asyncio.create_task(gateway.chain.standing.watch(close, list))
    await asyncio.sleep(0.05)
    assert found == []
    for _ in range(2):
        gateway.registers.registers = blocking("pinned.test")
        await asyncio.sleep(0.05)
    watching.cancel()
    assert found == [client, client]


async def test_a_tunnel_on_the_wire_is_closed(tmp_path: Path, certificates: Certificates) -> None:
    ok = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
    async with (
        origin(answering(ok), certificates.for_origin()) as port,
        live(tmp_path, ports=(port,), never_decrypt=[ORIGIN]) as at,
    ):
        tls = ssl.create_default_context(cafile=str(certificates.folder / "ca.pem"))
        reader, writer = await at.tunnel(ORIGIN, port, tls=tls)
        await ask(reader, writer, f"GET / HTTP/1.1\nHost: {ORIGIN}\n\n")
        at.gateway.registers.registers = blocking(ORIGIN)
        await at.gateway.chain.standing.judge_again(at.close)
        async with asyncio.timeout(5):
            with contextlib.suppress(ConnectionError, ssl.SSLError):
                assert await reader.read() == b""
        await at.settled(lambda: len(at.gateway.outcomes) == 2)
        assert Ended.REFUSED in {outcome.ended for outcome in at.gateway.outcomes}


async def test_a_websocket_on_the_wire_is_closed(tmp_path: Path) -> None:
    async def switching(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        _, headers = await read_head(reader)
        digest = hashlib.sha1(
            headers["sec-websocket-key"].encode() + b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11",
            usedforsecurity=False,
        ).digest()
        writer.write(
            b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            b"Sec-WebSocket-Accept: " + base64.b64encode(digest) + b"\r\n\r\n\x81\x02hi"
        )
        await reader.read()

    async with origin(switching) as port, live(tmp_path) as at:
        reader, writer = await at.connect()
        writer.write(
            f"GET http://{ORIGIN}:{port}/ HTTP/1.1\r\nHost: {ORIGIN}:{port}\r\nUpgrade: websocket\r\n"
            "Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
            "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n".encode()
        )
        line, _ = await read_head(reader)
        assert line.startswith("HTTP/1.1 101")
        assert await reader.readexactly(4) == b"\x81\x02hi"
        assert len(at.gateway.chain.standing) == 1
        at.gateway.registers.registers = blocking(ORIGIN)
        await at.gateway.chain.standing.judge_again(at.close)
        async with asyncio.timeout(5):
            with contextlib.suppress(ConnectionError):
                await reader.read()
        await at.settled(lambda: len(at.gateway.outcomes) == 1)
        assert at.gateway.outcomes[0].ended is Ended.REFUSED
        assert at.gateway.decision.step is Step.WEBSOCKET
        assert len(at.gateway.chain.standing) == 0


def opened(begins: timedelta = timedelta(0)) -> Registers:
    return Registers.of(break_glass=BreakGlass("K7QF2M9T", NOW + begins, NOW + timedelta(minutes=30)))


def at_a_later_time(gateway: Gateway, minutes: int) -> None:
    gateway.chain.standing._parts = replace(gateway.parts, now=lambda: NOW + timedelta(minutes=minutes))


async def test_what_was_opened_under_break_glass_ends_with_it_and_leaves_no_row() -> None:
    gateway = Gateway(registers=opened())
    allowed = await tunnel(gateway, "news.test"), await tunnel(gateway, "social.test")
    rows = len(gateway.log.decisions)
    assert await closed(gateway) == []
    at_a_later_time(gateway, 30)
    assert await closed(gateway) == list(allowed)
    gateway.chain.exits.tunnel_ended(allowed[0], 1, 2, Ended.CLIENT_LEFT)
    assert [outcome.ended for outcome in gateway.outcomes] == [Ended.BREAK_GLASS_OVER]
    assert len(gateway.log.decisions) == rows, "a row of now would say what was looked at then"


async def test_a_request_under_break_glass_outlasts_it_only_where_it_would_be_allowed_now() -> None:
    """A body and an answer that never end are a tunnel."""
    gateway = Gateway(registers=opened())
    flows = [
        await gateway.request(f"http://{host}/", answer=False)
        for host in ("bet.test", "fine.test", "update.test")
    ]
    over = await gateway.request("http://www.bet.test/", answer=True)
    assert over.response is not None
    assert len(gateway.chain.standing) == 3
    rows = len(gateway.log.decisions)
    assert await closed(gateway) == []
    at_a_later_time(gateway, 30)
    assert await closed(gateway) == [flows[0].client_conn]
    await gateway.hook("error", flows[0])
    assert gateway.outcomes[-1].ended is Ended.BREAK_GLASS_OVER
    assert (len(gateway.log.decisions), len(gateway.chain.standing)) == (rows, 2)


async def test_what_was_open_before_break_glass_outlasts_it() -> None:
    gateway = Gateway(never_decrypt=["pinned.test"])
    await tunnel(gateway, "pinned.test")
    gateway.registers.registers = opened()
    assert await closed(gateway) == []
    at_a_later_time(gateway, 30)
    assert await closed(gateway) == []


async def test_the_end_of_break_glass_is_seen_though_no_register_changes(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(module, "_LOOK_SECONDS", 0.01)
    gateway = Gateway(registers=opened())
    client = await tunnel(gateway, "news.test")
    found: list[connection.Client] = []
    watching = asyncio.create_task(gateway.chain.standing.watch(found.append, list))
    await asyncio.sleep(0.05)
    assert found == []
    at_a_later_time(gateway, 30)
    await asyncio.sleep(0.05)
    watching.cancel()
    assert found == [client]


@pytest.mark.parametrize(
    ("registers", "becomes"),
    [
        pytest.param(Registers(), "open", id="not-open"),
        pytest.param(opened(), "ends when idle for 1 s", id="just-opened"),
        pytest.param(opened(timedelta(seconds=-10)), "closed", id="open-for-ten-seconds"),
        pytest.param(opened(timedelta(minutes=-20)), "closed", id="open-for-long"),
    ],
)
async def test_connections_that_are_looked_into_are_closed_as_break_glass_begins(
    registers: Registers, becomes: str
) -> None:
    gateway = Gateway(registers=registers)
    looked_into, not_looked_into = Carried(gateway.client()), Carried(gateway.client())
    looked_into.client.timestamp_tls_setup = 1.0
    gateway.chain.standing.stop_looking(lambda: [looked_into, not_looked_into])
    assert (looked_into.state, not_looked_into.state) == (becomes, "open")
