"""Where a request is allowed or refused."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from mitmproxy import http
from mitmproxy.test.tflow import twebsocket

from addons.desk.protocol import Done, UsedMinute
from addons.identity.settings import IdentityKind, IdentitySettings
from db.settings import Durability, WhenFull
from policy.decision import Decision
from policy.document import Policy
from policy.people import Device, People, Person
from policy.presence import Confirmation
from policy.registers import BreakGlass, Exemption, GranteeKind, LocalEntry, Registers, TargetKind
from policy.words import Action, Ended, PersonHow, Reason, RecordLevel, Resource, Step, Verdict
from tests.addons.gateway import NOW, Carried, DictionaryRuleset, Gateway, client_hello
from tests.addons.persons import REQUIRED, known_client, read_by
from tests.policy.policies import policy_with
from tests.samples import policy_with_authority, with_authority

JANE = Person("", "jane")


async def test_an_allowed_request_is_recorded_and_led_to_the_name_that_was_judged() -> None:
    gateway = Gateway()
    flow = await gateway.request("http://Fine.test./a?b", answer=False)
    assert flow.response is None
    assert (flow.request.host, flow.request.port) == ("fine.test", 80)
    assert flow.request.headers["host"] == "fine.test"
    decision = gateway.decision
    assert (decision.verdict, decision.reason, decision.step, decision.final) == (
        Verdict.ALLOW,
        Reason.NOT_LISTED,
        Step.REQUEST,
        True,
    )
    assert await gateway.opens(flow.client_conn, "fine.test", 80) is None


async def test_a_blocked_request_gets_our_page_with_its_reference() -> None:
    gateway = Gateway()
    flow = await gateway.request("http://www.bet.test/", accept="text/html", answer=False)
    assert flow.response is not None
    assert flow.response.status_code == 403
    decision = gateway.decision
    assert (decision.verdict, decision.reason, decision.category) == (
        Verdict.BLOCK,
        Reason.LISTED,
        "gambling",
    )
    shown = f"{decision.reference[:4]}-{decision.reference[4:]}".encode()
    assert flow.response.content is not None
    assert shown in flow.response.content
    assert await gateway.opens(flow.client_conn, "www.bet.test", 80) == Ended.REFUSED


async def test_the_last_gate_is_shut_unless_an_allow_of_this_connection_stands() -> None:
    """And shuts again when the exchange is over: kept-alive connections do not come by here."""
    gateway = Gateway()
    assert await gateway.opens(gateway.client(), "fine.test", 80) == Ended.REFUSED
    flow = await gateway.request("http://fine.test/", answer=False)
    assert await gateway.opens(gateway.client(), "fine.test", 80) == Ended.REFUSED
    assert await gateway.opens(flow.client_conn, "fine.test", 8080) == Ended.REFUSED
    assert await gateway.opens(flow.client_conn, "fine.test", 80) is None
    await gateway.answer(flow)
    assert await gateway.opens(flow.client_conn, "fine.test", 80) == Ended.REFUSED


async def test_the_gate_stays_open_while_another_stream_needs_it() -> None:
    gateway = Gateway()
    client = gateway.client()
    first = await gateway.request("http://fine.test/1", client=client, answer=False)
    await gateway.request("http://fine.test/2", client=client, answer=False)
    await gateway.answer(first)
    assert await gateway.opens(client, "fine.test", 80) is None


async def test_every_name_is_judged_not_only_the_one_we_connect_to() -> None:
    """An absolute target that is fine with a Host that is not."""
    gateway = Gateway()
    flow = await gateway.request("http://fine.test/", fields=[(b"Host", b"bet.test")], answer=False)
    assert flow.response is not None
    assert gateway.decision.reason is Reason.NAME_MISMATCH


@pytest.mark.parametrize(
    ("target", "host"),
    [
        pytest.param("fine.test", "union.test", id="beside-the-one-we-connect-to"),
        pytest.param("union.test", "fine.test", id="before-another"),
    ],
)
async def test_a_privileged_name_does_not_keep_another_site_out_of_the_log(target: str, host: str) -> None:
    gateway = Gateway()
    flow = await gateway.request(f"http://{target}/", fields=[(b"Host", host.encode())], answer=False)
    assert flow.response is not None
    assert gateway.decision.reason is Reason.NAME_MISMATCH
    alone = await gateway.request("http://www.union.test/", fields=[(b"Host", b"union.test")], answer=False)
    assert alone.response is None
    assert gateway.decision.verdict is Verdict.ALLOW


async def test_a_host_that_differs_but_is_allowed_is_not_what_the_origin_hears() -> None:
    gateway = Gateway()
    flow = await gateway.request("http://fine.test/", fields=[(b"Host", b"other.test")], answer=False)
    assert flow.response is None
    assert flow.request.headers.get_all("host") == ["fine.test"]
    assert set(gateway.decision.names) <= {"target:fine.test", "host:other.test"}


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        pytest.param("http://127.0.0.1/", Reason.PRIVATE_ADDRESS, id="loopback"),
        pytest.param("http://0x7f.1/", Reason.PRIVATE_ADDRESS, id="loopback-hexadecimal"),
        pytest.param("http://2130706433/", Reason.PRIVATE_ADDRESS, id="loopback-decimal"),
        pytest.param("http://0177.0.0.1/", Reason.PRIVATE_ADDRESS, id="loopback-octal"),
        pytest.param("http://10.0.0.1:8443/", Reason.PRIVATE_ADDRESS, id="private"),
        pytest.param("http://192.0.2.200:8080/", Reason.PRIVATE_ADDRESS, id="ourselves"),
    ],
)
async def test_inner_addresses_are_refused_in_every_spelling(url: str, reason: Reason) -> None:
    gateway = Gateway()
    flow = await gateway.request(url, answer=False)
    assert flow.response is not None
    assert gateway.decision.reason is reason


async def test_an_inner_network_that_was_named_is_reached_and_ourselves_are_not() -> None:
    gateway = Gateway(inner=["192.0.2.0/24"])
    flow = await gateway.request("http://192.0.2.9/", answer=False)
    assert flow.response is None
    assert await gateway.opens(flow.client_conn, "192.0.2.9", 80) is None
    own = await gateway.request("http://192.0.2.200:8080/", answer=False)
    assert own.response is not None


@pytest.mark.parametrize(
    "fields",
    [
        pytest.param([(b"Host", b"fine.test"), (b"Host", b"fine.test")], id="host-twice"),
        pytest.param([(b"Host", b"fine.test\r\n bet.test")], id="folded"),
        pytest.param([(b"Host", b"fine.test"), (b"X", b"a\0b")], id="nul"),
        pytest.param([(b"Host", b"fine .test")], id="no-host"),
        pytest.param([(b"Host", b"fine.test:x")], id="no-port"),
    ],
)
async def test_what_can_be_read_in_two_ways_is_refused_and_recorded(
    fields: list[tuple[bytes, bytes]],
) -> None:
    gateway = Gateway()
    flow = await gateway.request("http://fine.test/", fields=fields, answer=False)
    assert flow.response is not None
    assert flow.response.status_code == 400
    assert gateway.decision.reason is Reason.MALFORMED
    assert gateway.decision.resource_why


# CONNECT and what it carries ---------------------------------------------------------------------


async def test_a_connect_is_an_exchange_of_its_own_and_recorded_before_it_is_answered() -> None:
    gateway = Gateway()
    flow = await gateway.connect("www.bet.test")
    assert flow.response is None  # mitmproxy says 200
    decision = gateway.decision
    assert (decision.step, decision.reason, decision.final) == (Step.CONNECT, Reason.TUNNEL, True)
    assert await gateway.opens(flow.client_conn, "www.bet.test", 443) == Ended.REFUSED


@pytest.mark.parametrize(
    ("target", "port", "reason", "status"),
    [
        pytest.param("fine.test", 22, Reason.PORT, 403, id="a-port-for-something-else"),
        pytest.param("127.0.0.1", 443, Reason.PRIVATE_ADDRESS, 403, id="an-inner-address"),
        pytest.param("a..b", 443, Reason.MALFORMED, 400, id="no-name"),
    ],
)
async def test_a_connect_that_no_page_could_be_shown_for_is_refused(
    target: str, port: int, reason: Reason, status: int
) -> None:
    gateway = Gateway()
    flow = await gateway.connect(target, port)
    assert flow.response is not None
    assert flow.response.status_code == status
    assert (gateway.decision.reason, gateway.decision.step) == (reason, Step.CONNECT)
    assert [outcome.ended for outcome in gateway.outcomes] == [Ended.REFUSED]


async def test_an_allowed_tunnel_is_looked_into_and_its_origin_prepared() -> None:
    gateway = Gateway()
    connect = await gateway.connect("fine.test")
    data = await gateway.hello(connect.client_conn, "fine.test")
    assert not data.ignore_connection
    assert data.establish_server_tls_first
    assert data.context.server.address == ("fine.test", 443)
    assert await gateway.opens(connect.client_conn, "fine.test", 443) is None
    flow = await gateway.request("https://fine.test/", client=connect.client_conn, answer=False)
    assert flow.response is None
    assert gateway.decision.decrypted
    assert [d.step for d in gateway.log.decisions] == [Step.CONNECT, Step.REQUEST]


async def test_a_blocked_tunnel_is_looked_into_to_show_the_page_and_no_origin_is_contacted() -> None:
    gateway = Gateway()
    connect = await gateway.connect("bet.test")
    data = await gateway.hello(connect.client_conn, "bet.test")
    assert not data.ignore_connection
    assert not data.establish_server_tls_first
    assert await gateway.opens(connect.client_conn, "bet.test", 443) == Ended.REFUSED
    flow = await gateway.request("https://bet.test/", client=connect.client_conn, answer=False)
    assert flow.response is not None
    assert flow.response.status_code == 403


async def test_a_connect_to_an_address_leads_to_the_name_in_the_client_hello() -> None:
    """Not to the address, which the client chose."""
    gateway = Gateway()
    connect = await gateway.connect("203.0.113.7")
    data = await gateway.hello(connect.client_conn, "fine.test")
    assert data.context.server.address == ("fine.test", 443)
    assert await gateway.opens(connect.client_conn, "203.0.113.7", 443) == Ended.REFUSED


@pytest.mark.parametrize(
    ("connect", "sni", "host"),
    [
        pytest.param("fine.test", "fine.test", "bet.test", id="host"),
        pytest.param("fine.test", "bet.test", "fine.test", id="sni"),
        pytest.param("bet.test", "fine.test", "fine.test", id="connect"),
        pytest.param("203.0.113.66", "fine.test", "fine.test", id="a-listed-address"),
    ],
)
async def test_a_blocked_name_blocks_wherever_it_is_said(connect: str, sni: str, host: str) -> None:
    gateway = Gateway()
    tunnel = await gateway.connect(connect)
    await gateway.hello(tunnel.client_conn, sni)
    flow = await gateway.request(
        f"https://{connect}/", client=tunnel.client_conn, fields=[(b"Host", host.encode())], answer=False
    )
    assert flow.response is not None
    assert gateway.decision.reason is Reason.NAME_MISMATCH


async def test_over_http2_the_authority_is_what_is_judged_and_forwarded() -> None:
    gateway = Gateway()
    tunnel = await gateway.connect("fine.test")
    await gateway.hello(tunnel.client_conn, "fine.test")
    blocked = await gateway.request("https://bet.test/", client=tunnel.client_conn, http2=True, answer=False)
    assert blocked.response is not None
    allowed = await gateway.request("https://cdn.test/", client=tunnel.client_conn, http2=True, answer=False)
    assert allowed.response is None
    assert (allowed.request.authority, allowed.request.host) == ("cdn.test", "cdn.test")


async def test_an_absolute_target_inside_a_tunnel_is_malformed() -> None:
    gateway = Gateway()
    tunnel = await gateway.connect("fine.test")
    await gateway.hello(tunnel.client_conn, "fine.test")
    flow = await gateway.request("https://fine.test/", client=tunnel.client_conn, answer=False)
    assert flow.response is None
    odd = await gateway.request(
        "https://fine.test/", client=tunnel.client_conn, path=b"http://bet.test/", answer=False
    )
    assert odd.response is not None
    assert gateway.decision.reason is Reason.MALFORMED


# What is never decrypted -------------------------------------------------------------------------


async def test_a_privileged_tunnel_is_handed_on_unread_and_tied_to_nobody() -> None:
    gateway = Gateway()
    tunnel = await gateway.connect("www.union.test")
    data = await gateway.hello(tunnel.client_conn, "www.union.test")
    assert data.ignore_connection
    assert await gateway.opens(tunnel.client_conn, "www.union.test", 443) is None
    assert [d.step for d in gateway.log.decisions] == [Step.CONNECT, Step.SNI]
    for decision in gateway.log.decisions:
        assert decision.record is RecordLevel.CATEGORY
        assert (decision.host, decision.client_ip, decision.person) == (None, None, None)
    gateway.chain.exits.tunnel_ended(tunnel.client_conn, 10, 20, Ended.COMPLETE)
    assert [(o.decision, o.bytes_in, o.ended) for o in gateway.outcomes] == [
        (gateway.decision.id, 0, Ended.COMPLETE)
    ]


async def test_a_pinned_host_is_handed_on_unread_while_it_is_allowed() -> None:
    gateway = Gateway(never_decrypt=["pinned.test"])
    tunnel = await gateway.connect("api.pinned.test")
    data = await gateway.hello(tunnel.client_conn, "api.pinned.test")
    assert data.ignore_connection
    gateway.chain.exits.tunnel_ended(tunnel.client_conn, 10, 20, Ended.CLIENT_LEFT)
    outcome = gateway.outcomes[-1]
    assert (outcome.bytes_in, outcome.bytes_out, outcome.ended) == (10, 20, Ended.CLIENT_LEFT)


async def test_a_pinned_host_that_is_blocked_is_looked_into_to_show_the_page() -> None:
    gateway = Gateway(never_decrypt=["bet.test"])
    tunnel = await gateway.connect("bet.test")
    data = await gateway.hello(tunnel.client_conn, "bet.test")
    assert not data.ignore_connection
    assert not data.establish_server_tls_first


ALLOWED = Registers.of([LocalEntry("L1", Action.ALLOW, TargetKind.HOST, "bet.test", None, "a test", "admin")])


@pytest.mark.parametrize(
    ("since", "listed"),
    [
        pytest.param(ALLOWED, {"bet.test": "gambling"}, id="allowed-since"),
        pytest.param(Registers(), {"bet.test": "privileged"}, id="privileged-since"),
    ],
)
async def test_a_connection_that_was_looked_into_for_a_page_carries_nothing_else_of_such_a_host(
    since: Registers, listed: dict[str, str]
) -> None:
    """Whoever is granted an exemption the next minute would be looked into at their bank."""
    gateway = Gateway(never_decrypt=["bet.test"] if since.local else [])
    tunnel = await gateway.connect("bet.test")
    client = tunnel.client_conn
    await gateway.hello(client, "bet.test")
    page = await gateway.request("https://bet.test/", client=client, answer=False)
    assert page.response is not None
    gateway.registers.registers, gateway.rulesets.ruleset = since, DictionaryRuleset(listed)
    again = await gateway.request("https://bet.test/", client=client, answer=False)
    assert again.response is not None
    assert (gateway.decision.reason, again.response.status_code) == (Reason.UNDECIDABLE, 503)
    # What opens a part of the host opens nothing: unread, it is judged by its name alone.
    part = LocalEntry("L1", Action.ALLOW, TargetKind.PREFIX, "bet.test/a", None, "a test", "admin")
    gateway.registers.registers = Registers.of([part])
    gateway.rulesets.ruleset = DictionaryRuleset({"bet.test": "gambling"})
    if since.local:
        await gateway.request("https://bet.test/a/b", client=client, answer=False)
        assert (gateway.decision.reason, gateway.decision.category) == (Reason.LISTED, "gambling")
    ending = Carried(client)
    gateway.chain.standing.end_pages(lambda: [ending, Carried(gateway.client())])
    assert ending.state == "ends when idle for 1 s"


@pytest.mark.parametrize(
    ("connect", "sni"),
    [
        pytest.param("union.test", "fine.test", id="privileged-in-connect"),
        pytest.param("fine.test", "union.test", id="privileged-in-sni"),
        pytest.param("pinned.test", "fine.test", id="pinned-in-connect"),
        pytest.param("union.test", "bet.test", id="privileged-and-blocked"),
    ],
)
async def test_a_name_that_is_never_decrypted_cannot_cover_for_another(connect: str, sni: str) -> None:
    """Behind one address there may be thousands of sites: unread, such a tunnel could lead to any."""
    gateway = Gateway(never_decrypt=["pinned.test"])
    tunnel = await gateway.connect(connect)
    data = await gateway.hello(tunnel.client_conn, sni)
    assert not data.ignore_connection
    assert gateway.tls_is_closed(tunnel.client_conn)
    assert (gateway.decision.step, gateway.decision.verdict) == (Step.SNI, Verdict.BLOCK)


async def test_a_privileged_host_by_address_and_name_is_normal() -> None:
    gateway = Gateway()
    tunnel = await gateway.connect("203.0.113.7")
    data = await gateway.hello(tunnel.client_conn, "union.test")
    assert data.ignore_connection
    assert data.context.server.address == ("union.test", 443)


async def test_a_privileged_host_that_is_blocked_is_closed_since_no_page_can_be_shown() -> None:
    entry = LocalEntry("L1", Action.BLOCK, TargetKind.HOST, "union.test", None, "a test", "admin")
    gateway = Gateway(registers=Registers.of([entry]))
    connect = await gateway.connect("union.test")
    assert connect.response is not None
    assert connect.response.status_code == 403
    assert gateway.decision.reason is Reason.LOCAL_BLOCK
    assert gateway.decision.host is None
    by_address = await gateway.connect("203.0.113.7")
    data = await gateway.hello(by_address.client_conn, "union.test")
    assert not data.ignore_connection
    assert gateway.tls_is_closed(by_address.client_conn)


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(b"\0\x0b\0\0\x08bad name", id="no-name"),
        pytest.param(b"\0\x18\0\0\x09fine.test\0\0\x09evil.test", id="two-names"),
    ],
)
async def test_an_odd_server_name_ends_the_handshake(body: bytes) -> None:
    """mitmproxy reads it as none at all; an origin might read it as something."""
    gateway = Gateway()
    tunnel = await gateway.connect("union.test")
    data = await gateway.hello(tunnel.client_conn, None)
    assert data.ignore_connection  # without any name: the CONNECT's
    tunnel = await gateway.connect("union.test")
    data.client_hello = client_hello(None, raw=body)
    data.context.client, data.ignore_connection = tunnel.client_conn, False
    await gateway.hook("tls_clienthello", data)
    assert not data.ignore_connection
    assert gateway.decision.reason is Reason.MALFORMED
    assert gateway.tls_is_closed(tunnel.client_conn)


async def test_tls_with_the_proxy_itself_is_ended() -> None:
    gateway = Gateway()
    client = gateway.client()
    data = await gateway.hello(client, "fine.test")
    assert not data.ignore_connection
    assert gateway.tls_is_closed(client)


# Registers, people, log --------------------------------------------------------------------------


async def test_an_exemption_opens_to_the_second() -> None:
    exemption = Exemption(
        "E1",
        GranteeKind.EVERYONE,
        "",
        TargetKind.CATEGORY,
        "social_media",
        NOW,
        NOW + timedelta(seconds=1),
        "x",
        "y",
    )
    gateway = Gateway(registers=Registers.of((), [exemption]), presence=read_by("jane"))
    flow = await gateway.request("http://social.test/", client=known_client(gateway), answer=False)
    assert flow.response is None
    assert (gateway.decision.reason, gateway.decision.exemption) == (Reason.EXEMPTED, "E1")
    assert (await gateway.request("http://social.test/", answer=False)).response is None
    assert gateway.decision.exemption is None, "the register says whose it is, and this row names nobody"


async def test_registers_and_rulesets_are_asked_at_each_request() -> None:
    gateway = Gateway()
    assert (await gateway.request("http://new.test/")).response is not None
    assert gateway.decision.verdict is Verdict.ALLOW
    gateway.registers.registers = Registers.of(
        [LocalEntry("L1", Action.BLOCK, TargetKind.HOST, "new.test", None, "a test", "admin")]
    )
    await gateway.request("http://new.test/")
    assert gateway.decision.reason is Reason.LOCAL_BLOCK


async def test_without_a_person_only_essential_hosts_pass_where_one_is_required(tmp_path: Path) -> None:
    (tmp_path / "people").write_text("")
    gateway = Gateway(
        identity=IdentitySettings(kinds=(IdentityKind.HTPASSWD,), htpasswd_file=tmp_path / "people")
    )
    flow = await gateway.request("http://fine.test/", answer=False)
    assert flow.response is not None
    assert flow.response.status_code == 407
    assert flow.response.headers["proxy-authenticate"].startswith("Basic ")
    assert gateway.decision.reason is Reason.NO_PERSON
    assert (await gateway.request("http://update.test/", answer=False)).response is None
    connect = await gateway.connect("fine.test")
    assert connect.response is not None
    assert connect.response.status_code == 407
    assert (await gateway.connect("update.test")).response is None


async def test_a_page_inside_a_tunnel_does_not_ask_for_the_proxy_s_password(tmp_path: Path) -> None:
    (tmp_path / "people").write_text("")
    gateway = Gateway(
        identity=IdentitySettings(kinds=(IdentityKind.HTPASSWD,), htpasswd_file=tmp_path / "people")
    )
    connect = await gateway.connect("update.test")
    await gateway.hello(connect.client_conn, "update.test")
    flow = await gateway.request(
        "https://update.test/", client=connect.client_conn, fields=[(b"Host", b"fine.test")], answer=False
    )
    assert flow.response is not None
    assert flow.response.status_code == 403
    assert "proxy-authenticate" not in flow.response.headers
    assert gateway.decision.reason is Reason.NO_PERSON


# People: the notice, what stands against them, what they are asked ---------------------------------

VISIT: dict[str, Any] = {"sec_fetch_mode": "navigate", "sec_fetch_dest": "document", "sec_fetch_user": "?1"}
PIECE: dict[str, Any] = {"sec_fetch_mode": "no-cors", "sec_fetch_dest": "image"}
REFUSING = policy_with_authority()
REFUSING = Policy(
    REFUSING.file.model_copy(
        update={
            "notice": REFUSING.file.notice and REFUSING.file.notice.model_copy(update={"meanwhile": "refuse"})
        }
    ),
    REFUSING.digest,
    REFUSING.source,
)


async def test_nobody_is_named_and_nothing_is_shown_before_the_notice() -> None:
    gateway = Gateway(identity=REQUIRED)
    client = known_client(gateway)
    flow = await gateway.request("http://fine.test/", client=client, answer=False, **VISIT)
    assert flow.response is not None
    assert (gateway.decision.verdict, gateway.decision.reason) == (Verdict.CONFIRM, Reason.NOTICE)
    refused = await gateway.request("http://bet.test/", client=client, answer=False, **VISIT)
    assert refused.response is not None
    rows = gateway.log.decisions
    assert [(row.person, row.client_ip, row.path, row.record) for row in rows] == [
        (None, None, None, RecordLevel.ANONYMOUS)
    ] * 2
    gateway.presence.presence = read_by("jane")
    flow = await gateway.request("http://fine.test/", client=client, answer=False, **VISIT)
    assert flow.response is None, "on the very same connection"
    assert (gateway.decision.person, gateway.decision.person_how) == ("jane", PersonHow.NEGOTIATE)


async def test_a_notice_with_another_version_is_shown_to_who_read_the_one_before() -> None:
    gateway = Gateway(identity=REQUIRED, presence=read_by("jane", version="0"))
    flow = await gateway.request("http://fine.test/", client=known_client(gateway), answer=False, **VISIT)
    assert flow.response is not None
    assert gateway.decision.reason is Reason.NOTICE


@pytest.mark.parametrize(
    ("policy", "passes"),
    [pytest.param(None, True, id="allow"), pytest.param(REFUSING, False, id="refuse")],
)
async def test_pieces_of_pages_wait_for_the_notice_as_the_policy_says(
    policy: Policy | None, *, passes: bool
) -> None:
    gateway = Gateway(identity=REQUIRED, policy=policy)
    client = known_client(gateway)
    flow = await gateway.request("http://fine.test/a.png", client=client, answer=False, **PIECE)
    assert (flow.response is None) is passes
    assert (await gateway.request("http://update.test/", client=client, answer=False)).response is None
    assert all(row.person is None for row in gateway.log.decisions)


@pytest.mark.parametrize(
    ("policy", "passes"),
    [pytest.param(None, True, id="allow"), pytest.param(REFUSING, False, id="refuse")],
)
async def test_a_host_that_is_never_decrypted_is_not_decrypted_to_show_the_notice(
    policy: Policy | None, *, passes: bool
) -> None:
    """Who reads it a minute later would go on being looked into at their bank."""
    gateway = Gateway(identity=REQUIRED, policy=policy, never_decrypt=["bank.test"])
    connect = await gateway.connect("bank.test", client=known_client(gateway))
    assert connect.response is None
    data = await gateway.hello(connect.client_conn, "bank.test")
    assert data.ignore_connection is passes
    assert gateway.tls_is_closed(connect.client_conn) is not passes
    other = await gateway.connect("fine.test", client=known_client(gateway))
    data = await gateway.hello(other.client_conn, "fine.test")
    assert not data.ignore_connection
    assert not gateway.tls_is_closed(other.client_conn), "here the page can be shown"


@pytest.mark.parametrize(
    ("person", "url", "reason"),
    [
        pytest.param(JANE, "http://fine.test/", None, id="good"),
        pytest.param(replace(JANE, disabled=True), "http://fine.test/", Reason.DISABLED, id="disabled"),
        pytest.param(replace(JANE, ends=NOW), "http://fine.test/", Reason.DISABLED, id="ended"),
        pytest.param(replace(JANE, login="x"), "http://fine.test/", Reason.UNKNOWN_PERSON, id="unknown"),
        pytest.param(replace(JANE, disabled=True), "http://update.test/", None, id="essential"),
    ],
)
async def test_whoever_may_not_ask_is_refused_with_a_page(
    person: Person, url: str, reason: Reason | None
) -> None:
    registers = Registers.of(people=People.of([person]))
    gateway = Gateway(identity=REQUIRED, registers=registers, presence=read_by("jane"))
    client = known_client(gateway)
    assert (await gateway.connect("fine.test", client=client)).response is None, "a page needs a tunnel"
    flow = await gateway.request(url, client=known_client(gateway), answer=False, **VISIT)
    assert (flow.response is not None) is (reason is not None)
    if reason is not None:
        assert flow.response is not None
        assert (gateway.decision.reason, flow.response.status_code) == (reason, 403)


async def test_whoever_is_disabled_is_refused_with_the_next_request_of_an_open_connection() -> None:
    registers = Registers.of(people=People.of([JANE]))
    gateway = Gateway(identity=REQUIRED, registers=registers, presence=read_by("jane"))
    connect = await gateway.connect("fine.test", client=known_client(gateway))
    await gateway.hello(connect.client_conn, "fine.test")
    client = connect.client_conn
    assert (await gateway.request("https://fine.test/", client=client, answer=False)).response is None
    gateway.registers.registers = Registers.of(people=People.of([replace(JANE, disabled=True)]))
    assert (await gateway.request("https://fine.test/", client=client, answer=False)).response is not None
    assert gateway.decision.reason is Reason.DISABLED


async def test_a_disabled_device_is_refused_though_nobody_has_to_be_known() -> None:
    lost = Registers.of(people=People.of([], [Device("D1", "", "192.0.2.77", disabled=True)]))
    gateway = Gateway(registers=lost)
    assert (await gateway.request("http://fine.test/", answer=False)).response is not None
    assert gateway.decision.reason is Reason.DISABLED
    assert (await gateway.request("http://update.test/", answer=False)).response is None


async def test_signing_up_asks_for_the_purpose_and_reading_does_not() -> None:
    gateway = Gateway(listed={"forum.test": "forums"}, identity=REQUIRED, presence=read_by("jane"))
    client = known_client(gateway)
    url = "http://forum.test/users/new"
    assert (await gateway.request(url, client=client, answer=False, **VISIT)).response is None
    signing_up = await gateway.request(url, client=client, method=b"POST", answer=False, **VISIT)
    assert signing_up.response is not None
    assert (gateway.decision.verdict, gateway.decision.reason) == (Verdict.CONFIRM, Reason.SIGN_UP)
    stated = Confirmation("C1", "jane", "forum.test", NOW + timedelta(minutes=60))
    gateway.presence.presence = replace(
        gateway.presence.presence, confirmations={("", "jane", "forum.test"): stated}
    )
    again = await gateway.request(url, client=client, method=b"POST", answer=False, **VISIT)
    assert again.response is None
    assert (gateway.decision.reason, gateway.decision.confirmation) == (Reason.CONFIRMED, "C1")
    other = known_client(gateway, "john")
    assert (await gateway.request(url, client=other, method=b"POST", answer=False, **VISIT)).response


async def test_personal_use_is_told_to_the_desk_and_ends_when_it_is_used_up() -> None:
    policy = with_authority(
        policy_with("""
        [allowance]
        categories = ["social_media"]
        minutes_a_day = 2
        """)
    )
    gateway = Gateway(policy=policy, identity=REQUIRED, presence=read_by("jane"))
    gateway.desk.answers[UsedMinute] = Done()
    client = known_client(gateway)
    await gateway.request("http://social.test/a.png", client=client, **PIECE)
    await gateway.request("http://fine.test/", client=client, **VISIT)
    for _ in range(2):
        flow = await gateway.request("http://social.test/", client=client, answer=False, **VISIT)
        assert flow.response is None
    await asyncio.sleep(0)
    assert gateway.desk.asked == [UsedMinute("", "jane")], "a visit, and once a minute"
    day = policy.allowance_day(NOW)
    for used, reason in ((1, Reason.LISTED), (2, Reason.ALLOWANCE)):
        gateway.presence.presence = replace(read_by("jane"), used={("", "jane"): used}, allowance_day=day)
        await gateway.request("http://social.test/", client=client, answer=False, **VISIT)
        assert gateway.decision.reason is reason
    gateway.presence.presence = replace(read_by("jane"), used={("", "jane"): 2}, allowance_day="2026-03-03")
    await gateway.request("http://social.test/", client=client, answer=False, **VISIT)
    assert gateway.decision.reason is Reason.LISTED, "yesterday's minutes"


@pytest.mark.parametrize(
    ("identity", "resource"),
    [
        pytest.param(REQUIRED, Resource.BACKGROUND, id="where-people-are-known"),
        pytest.param(IdentitySettings(), Resource.VISIT, id="where-nobody-is-asked"),
    ],
)
async def test_what_has_no_person_is_no_visit_where_people_are_known(
    identity: IdentitySettings, resource: Resource
) -> None:
    gateway = Gateway(identity=identity)
    await gateway.request("http://update.test/", answer=False, **VISIT)
    assert gateway.decision.resource is resource


@pytest.mark.parametrize("durability", list(Durability))
@pytest.mark.parametrize(
    ("when_full", "url", "passes"),
    [
        pytest.param(WhenFull.BLOCK, "http://fine.test/", False, id="block"),
        pytest.param(WhenFull.BLOCK, "http://update.test/", False, id="block-essential-too"),
        pytest.param(WhenFull.PASS_ESSENTIAL, "http://update.test/", True, id="pass-essential"),
        pytest.param(WhenFull.PASS_ESSENTIAL, "http://fine.test/", False, id="pass-nothing-else"),
        pytest.param(WhenFull.PASS_ESSENTIAL, "http://bet.test/", False, id="and-nothing-that-is-blocked"),
    ],
)
async def test_a_full_log_lets_pass_what_the_setting_says(
    durability: Durability, when_full: WhenFull, url: str, passes: bool
) -> None:
    """No record, no access; and a page without a reference, since there is nothing to refer to."""
    gateway = Gateway(when_full=when_full, durability=durability)
    gateway.log.full = True
    flow = await gateway.request(url, answer=False)
    host = url.split("/")[2]
    if passes:
        assert flow.response is None
        assert await gateway.opens(flow.client_conn, host, 80) is None
    else:
        assert flow.response is not None
        assert flow.response.status_code == 503
        assert await gateway.opens(flow.client_conn, host, 80) == Ended.REFUSED
    await gateway.answer(flow)
    assert gateway.outcomes == []
    assert sum(gateway.chain.counts.values()) == 1


async def test_with_durability_power_nothing_is_answered_before_the_log_has_said_so() -> None:
    gateway = Gateway(durability=Durability.POWER)
    flow = await gateway.request("http://bet.test/", answer=False)
    assert flow.response is not None
    assert len(gateway.log.decisions) == 1


# Answers -----------------------------------------------------------------------------------------


async def test_a_visit_is_a_navigation_of_a_document_by_a_gesture() -> None:
    gateway = Gateway()
    await gateway.request(
        "http://fine.test/", Sec_Fetch_Mode="navigate", Sec_Fetch_Dest="document", Sec_Fetch_User="?1"
    )
    assert gateway.decision.resource is Resource.VISIT


@pytest.mark.parametrize("http2", [False, True])
async def test_a_search_is_judged_as_asked_and_forwarded_with_safe_search(http2: bool) -> None:
    gateway = Gateway()
    flow = await gateway.request("http://www.google.co.uk/search?q=cats&safe=off", http2=http2, answer=False)
    assert flow.response is None
    assert flow.request.path == "/search?q=cats&safe=active&ssui=on"
    assert flow.request.host == "www.google.co.uk"
    assert gateway.decision.host == "www.google.co.uk"
    other = await gateway.request("http://fine.test/search?q=cats&safe=off", answer=False)
    assert other.request.path == "/search?q=cats&safe=off"


async def test_an_origin_is_not_asked_to_switch_to_a_protocol_that_nobody_watches() -> None:
    gateway = Gateway()
    flow = await gateway.request("http://fine.test/", Upgrade="mystery", Connection="upgrade")
    assert not {"upgrade", "connection"} & set(flow.request.headers)


async def test_a_websocket_is_an_exchange_that_ends_when_it_ends() -> None:
    gateway = Gateway()
    flow = await gateway.request(
        "http://fine.test/",
        Upgrade="websocket",
        Connection="Upgrade",
        Sec_WebSocket_Key="x",
        Sec_WebSocket_Version="13",
        answer=False,
    )
    assert flow.request.headers["upgrade"] == "websocket"
    flow.response = http.Response.make(101, b"", {"Upgrade": "websocket", "Connection": "Upgrade"})
    await gateway.hook("responseheaders", flow)
    assert flow.error is None
    flow.websocket = twebsocket()
    await gateway.hook("response", flow)
    assert gateway.outcomes == []
    await gateway.hook("websocket_end", flow)
    assert [o.status for o in gateway.outcomes] == [101]


async def test_an_answer_loses_its_hint_at_http3() -> None:
    gateway = Gateway()
    flow = await gateway.request("http://fine.test/", answer=False)
    flow.response = http.Response.make(200, b"", {"Alt-Svc": 'h3=":443"'})
    await gateway.answer(flow)
    assert "alt-svc" not in flow.response.headers


def open_registers() -> Registers:
    return Registers.of(break_glass=BreakGlass("K7QF2M9T", NOW, NOW + timedelta(minutes=30)))


def names_nobody(decision: Decision) -> bool:
    told = (decision.person, decision.client_ip, decision.host, decision.path, decision.referrer_host)
    return decision.record is RecordLevel.CATEGORY and not any(told) and not decision.names


@pytest.mark.parametrize(
    ("host", "passes"),
    [
        pytest.param("social.test", True, id="blocked-otherwise"),
        pytest.param("news.test", True, id="in-no-list"),
        pytest.param("union.test", True, id="privileged"),
        pytest.param("update.test", True, id="essential"),
        pytest.param("malware.test", False, id="never-exempt"),
    ],
)
async def test_while_break_glass_is_open_nothing_is_decrypted_and_nobody_recorded(
    host: str, *, passes: bool
) -> None:
    gateway = Gateway(registers=open_registers())
    connect = await gateway.connect("203.0.113.7")
    data = await gateway.hello(connect.client_conn, host)
    assert data.ignore_connection is passes
    assert passes or gateway.tls_is_closed(connect.client_conn)
    assert all(map(names_nobody, gateway.log.decisions))
    assert gateway.decision.verdict is (Verdict.ALLOW if passes else Verdict.BLOCK)


async def test_while_break_glass_is_open_a_never_exempt_connect_is_refused_at_once() -> None:
    gateway = Gateway(registers=open_registers())
    connect = await gateway.connect("malware.test")
    assert connect.response is not None
    assert connect.response.status_code == 403
    assert (gateway.decision.reason, gateway.decision.category) == (Reason.NEVER_EXEMPT, "malware")
    assert names_nobody(gateway.decision)


async def test_while_break_glass_is_open_plain_http_is_judged_by_its_name_alone() -> None:
    listed = {"social.test": "social_media", "site.test/evil": "malware", "malware.test": "malware"}
    gateway = Gateway(listed=listed, registers=open_registers())
    answers = [
        await gateway.request(url)
        for url in ("http://social.test/me", "http://site.test/evil", "http://malware.test/")
    ]
    assert [flow.response and flow.response.status_code for flow in answers] == [200, 200, 403]
    assert all(map(names_nobody, gateway.log.decisions))


async def test_while_break_glass_is_open_nobody_is_asked_who_they_are(tmp_path: Path) -> None:
    people = tmp_path / "people"
    people.write_text("")
    identity = IdentitySettings(kinds=(IdentityKind.HTPASSWD,), htpasswd_file=people)
    gateway = Gateway(identity=identity, registers=open_registers())
    flow = await gateway.request("http://news.test/")
    assert gateway.decision.reason is Reason.BREAK_GLASS
    assert flow.response is not None
    assert flow.response.status_code == 200


async def test_other_refusals_hold_while_break_glass_is_open_and_name_nobody() -> None:
    gateway = Gateway(registers=open_registers())
    for target, port in (("192.0.2.1", 443), ("news.test", 22)):
        connect = await gateway.connect(target, port)
        assert connect.response is not None
        assert names_nobody(gateway.decision)
    assert [row.reason for row in gateway.log.decisions] == [Reason.PRIVATE_ADDRESS, Reason.PORT]


# Clients that know of no proxy ---------------------------------------------------------------------


async def test_a_redirected_handshake_is_judged_and_led_by_its_name() -> None:
    """And not by the address, which here is a casino's."""
    gateway = Gateway()
    client = gateway.redirected("203.0.113.66")
    data = await gateway.hello(client, "fine.test")
    assert data.context.server.address == ("fine.test", 443)
    assert await gateway.opens(client, "fine.test", 443) is None
    assert await gateway.opens(client, "203.0.113.66", 443) == Ended.REFUSED
    flow = await gateway.request("https://fine.test/x", client=client, answer=False)
    assert flow.response is None
    assert [name.partition(":")[0] for name in gateway.decision.names] in ([], ["host", "sni"])
    assert (gateway.decision.host, gateway.decision.verdict) == ("fine.test", Verdict.ALLOW)


async def test_a_redirected_handshake_without_a_name_is_judged_by_its_address() -> None:
    gateway = Gateway()
    refused = gateway.redirected("203.0.113.66")
    data = await gateway.hello(refused, None)
    assert not data.establish_server_tls_first
    flow = await gateway.request("https://203.0.113.66/", client=refused, fields=[], answer=False)
    assert flow.response is not None
    assert (gateway.decision.host, gateway.decision.category) == ("203.0.113.66", "gambling")
    inner = gateway.redirected("192.168.1.1")
    await gateway.hello(inner, None)
    await gateway.request("https://192.168.1.1/", client=inner, fields=[], answer=False)
    assert gateway.decision.reason is Reason.PRIVATE_ADDRESS


async def test_an_inner_address_is_no_objection_to_a_name() -> None:
    """Split DNS, or a liar: we look the name up ourselves, and that answer is checked."""
    gateway = Gateway()
    client = gateway.redirected("10.1.2.3", 80)
    flow = await gateway.request("http://fine.test/", client=client, answer=False)
    assert flow.response is None
    assert await gateway.opens(client, "10.1.2.3", 80) == Ended.REFUSED


@pytest.mark.parametrize(
    ("port", "url", "tls", "refused"),
    [
        pytest.param(443, "https://fine.test/", True, False, id="tls-on-443"),
        pytest.param(80, "http://fine.test/", False, False, id="http-on-80"),
        pytest.param(443, "http://fine.test/", False, True, id="http-on-443"),
    ],
)
async def test_redirected_ports_carry_what_belongs_on_them(
    port: int, url: str, tls: bool, refused: bool
) -> None:
    gateway = Gateway()
    client = gateway.redirected(port=port)
    if tls:
        await gateway.hello(client, "fine.test")
    flow = await gateway.request(url, client=client, answer=False)
    assert (flow.response is not None) is refused
    assert (gateway.decision.reason is Reason.PORT) is refused
    assert gateway.decision.port == port


async def test_tls_on_a_port_for_plain_http_is_closed() -> None:
    gateway = Gateway()
    client = gateway.redirected(port=80)
    data = await gateway.hello(client, "fine.test")
    assert not data.ignore_connection
    assert gateway.tls_is_closed(client)
    assert (gateway.decision.host, gateway.decision.reason) == ("fine.test", Reason.PORT)


async def test_who_is_redirected_is_nobody_and_is_told_so_on_a_page(tmp_path: Path) -> None:
    (tmp_path / "people").write_text("")
    gateway = Gateway(
        identity=IdentitySettings(kinds=(IdentityKind.HTPASSWD,), htpasswd_file=tmp_path / "people")
    )
    client = gateway.redirected(port=80)
    flow = await gateway.request(
        "http://fine.test/", client=client, answer=False, Proxy_Authorization="Basic YTpi", Accept="text/html"
    )
    assert flow.response is not None
    assert flow.response.status_code == 403
    assert "proxy-authenticate" not in flow.response.headers
    assert "does not know who you are" in (flow.response.text or "")
    assert (gateway.decision.reason, gateway.decision.person) == (Reason.NO_PERSON, None)
    assert (await gateway.request("http://update.test/", client=client, answer=False)).response is None


@pytest.mark.parametrize(
    ("host", "carried"), [("union.test", True), ("pinned.test", True), ("bet.test", False)]
)
async def test_redirected_tunnels_are_handed_on_undecrypted_as_a_told_clients_are(
    host: str, carried: bool
) -> None:
    gateway = Gateway(never_decrypt=["pinned.test"])
    client = gateway.redirected("203.0.113.66")
    data = await gateway.hello(client, host)
    assert data.ignore_connection is carried
    if carried:
        assert data.context.server.address == (host, 443)
