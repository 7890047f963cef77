"""Who asks."""

import asyncio
import base64
from collections.abc import Callable
from datetime import timedelta

import pytest
from mitmproxy import connection, http
from mitmproxy.test import tutils

from addons.desk.protocol import Answer, Away, CheckPassword, CheckTicket, Known, NotKnown, Question
from addons.exchanges import CLAIM, claim_of, state_of
from addons.identity.identify import Identity
from addons.identity.settings import IdentitySettings
from addons.identity.tries import MOST_WAITING_FROM_ONE, MOST_WRONG
from policy.people import Claim
from policy.registers import BreakGlass, Registers
from policy.words import PersonHow, Reason
from tests.addons.gateway import NOW, Gateway

ADDRESS = "192.0.2.77"
ANN = Claim("ann", PersonHow.BASIC)
JANE = Claim("jane", PersonHow.NEGOTIATE, "north")


def basic(name: str, password: str) -> str:
    return "Basic " + base64.b64encode(f"{name}:{password}".encode()).decode()


def negotiate(token: bytes) -> str:
    return "Negotiate " + base64.b64encode(token).decode()


def check_password(question: Question) -> Answer:
    """A desk that knows ann and bob."""
    assert isinstance(question, CheckPassword)
    known = (question.login, question.password) in {("ann", "se:cret"), ("bob", "pässwörd")}
    return Known("", question.login) if known else NotKnown("wrong")


def check_ticket(question: Question) -> Answer:
    """A desk that takes one ticket."""
    assert isinstance(question, CheckTicket)
    return Known("north", "jane", b"answer") if question.token == b"jane's" else NotKnown("wrong")


def gateway_of(**settings: object) -> Gateway:
    """A gateway with these settings of `[identity]`; passwords and tickets unless said otherwise."""
    given: dict[str, object] = {
        "kinds": ["htpasswd", "kerberos"],
        "htpasswd_file": "people",
        "kerberos": {"keytab": "keytab", "realms": {"NORTH.TEST": "north"}},
        "required": False,
    }
    made = Gateway(identity=IdentitySettings.model_validate(given | settings))
    made.desk.answers = {CheckPassword: check_password, CheckTicket: check_ticket}
    return made


@pytest.fixture
def gateway() -> Gateway:
    return gateway_of()


async def asked(
    gateway: Gateway,
    credentials: str | None = None,
    *,
    client: connection.Client | None = None,
    fields: tuple[tuple[bytes, bytes], ...] = (),
) -> http.HTTPFlow:
    """A plain request, as it is when the gatekeeper has judged it."""
    sent = [(b"Host", b"fine.test"), *fields]
    if credentials is not None:
        sent.append((b"Proxy-Authorization", credentials.encode()))
    return await gateway.request(
        "http://fine.test/", client=client or gateway.client(ADDRESS), fields=sent, answer=False
    )


def claim(flow: http.HTTPFlow) -> Claim | None:
    """Who it was found to be."""
    return claim_of(flow, state_of(flow.client_conn))


# Passwords ---------------------------------------------------------------------------------------


async def test_a_right_password_is_somebody_whatever_their_login_s_letters(gateway: Gateway) -> None:
    assert claim(await asked(gateway, basic("ann", "se:cret"))) == ANN
    assert claim(await asked(gateway, basic("ANN", "se:cret"))) == ANN
    assert gateway.desk.asked == [CheckPassword("ann", "se:cret", ADDRESS)], "the second was remembered"


@pytest.mark.parametrize(
    ("credentials", "asks"),
    [
        pytest.param(None, 0, id="none"),
        pytest.param(basic("ann", "wrong"), 1, id="wrong-password"),
        pytest.param(basic("zoe", "x"), 1, id="nobody"),
        pytest.param(basic("ann", ""), 0, id="no-password"),
        pytest.param(negotiate(b"nobody's"), 1, id="no-ticket-of-ours"),
        pytest.param(negotiate(b"NTLMSSP\0\1"), 0, id="ntlm-in-negotiate"),
        pytest.param("NTLM TlRMTVNTUAAB", 0, id="ntlm"),
        pytest.param("Digest username=ann", 0, id="another-scheme"),
    ],
)
async def test_anybody_else_is_nobody(gateway: Gateway, credentials: str | None, asks: int) -> None:
    assert claim(await asked(gateway, credentials)) is None
    assert len(gateway.desk.asked) == asks


@pytest.mark.parametrize(
    ("settings", "credentials"),
    [
        pytest.param({"kinds": ["kerberos"]}, basic("ann", "se:cret"), id="a-password"),
        pytest.param({"kinds": ["htpasswd"]}, negotiate(b"jane's"), id="a-ticket"),
    ],
)
async def test_what_is_not_a_way_here_is_not_asked_for(settings: dict[str, object], credentials: str) -> None:
    gateway = gateway_of(**settings)
    flow = await asked(gateway, credentials)
    assert claim(flow) is None
    assert gateway.desk.asked == []
    assert "proxy-authorization" not in flow.request.headers


async def test_many_connections_with_one_pair_are_one_question(gateway: Gateway) -> None:
    flows = await asyncio.gather(*(asked(gateway, basic("ann", "se:cret")) for _ in range(20)))
    assert [claim(flow) for flow in flows] == [ANN] * 20
    assert len(gateway.desk.asked) == 1


async def test_wrong_passwords_of_one_address_soon_do_not_reach_the_desk(gateway: Gateway) -> None:
    flood = gateway.client("198.51.100.9")
    await asked(gateway, basic("bob", "pässwörd"), client=flood)
    for number in range(50):
        await asked(gateway, basic("ann", f"wrong{number}"), client=flood)
    assert len(gateway.desk.asked) == 1 + MOST_WRONG
    assert claim(await asked(gateway, basic("ann", "se:cret"))) == ANN
    # And whoever was signed in at that address stays so.
    assert claim(await asked(gateway, basic("bob", "pässwörd"), client=flood)) is not None
    assert gateway.chain.counts["sign-in:wrong"] == MOST_WRONG
    assert gateway.chain.counts["sign-in:too-many-wrong"] == 50 - MOST_WRONG


async def test_only_a_few_pairs_of_one_address_wait_and_others_are_answered_meanwhile(
    gateway: Gateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    go = asyncio.Event()

    async def ask(question: Question) -> Answer:
        assert isinstance(question, CheckPassword)
        if question.address != ADDRESS:
            await go.wait()
        return check_password(question)

    monkeypatch.setattr(gateway.desk, "ask", ask)
    flood = [
        asyncio.ensure_future(
            asked(gateway, basic("ann", f"wrong{number}"), client=gateway.client("198.51.100.9"))
        )
        for number in range(30)
    ]
    assert claim(await asked(gateway, basic("ann", "se:cret"))) == ANN
    assert gateway.chain.counts["sign-in:busy"] == 30 - MOST_WAITING_FROM_ONE
    go.set()
    assert [claim(flow) for flow in await asyncio.gather(*flood)] == [None] * 30


async def test_a_desk_that_is_away_knows_nobody_and_counts_nothing_as_wrong(gateway: Gateway) -> None:
    gateway.desk.answers[CheckPassword] = Away()
    for _ in range(MOST_WRONG + 1):
        assert claim(await asked(gateway, basic("ann", "se:cret"))) is None
    gateway.desk.answers[CheckPassword] = check_password
    assert claim(await asked(gateway, basic("ann", "se:cret"))) == ANN
    assert gateway.chain.counts["sign-in:away"] == MOST_WRONG + 1


async def test_the_password_goes_nowhere_and_is_kept_nowhere(
    gateway: Gateway, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    flow = await asked(gateway, basic("ann", "se:cret"))
    assert "proxy-authorization" not in flow.request.headers
    identity = gateway.addon(Identity)
    for kept in (vars(identity), vars(identity._remembered), flow.metadata, vars(flow.client_conn)):
        assert "se:cret" not in repr(kept)
    assert "se:cret" not in repr(gateway.log.decisions) + caplog.text
    assert "se:cret" not in repr(gateway.desk.asked), "a question is not shown either"


# Tunnels -----------------------------------------------------------------------------------------


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
    )
    assert claim(flow) == ANN
    assert "proxy-authorization" not in flow.request.headers
    assert len(gateway.desk.asked) == 1


async def test_the_answer_to_a_ticket_goes_back_with_the_tunnel(gateway: Gateway) -> None:
    connect = await gateway.connect("fine.test", Proxy_Authorization=negotiate(b"jane's"))
    assert claim(connect) == JANE
    connect.response = tutils.tresp(status_code=200, reason=b"Connection established", content=b"")
    await gateway.hook("http_connected", connect)
    assert connect.response.headers["proxy-authenticate"] == negotiate(b"answer")


async def test_a_tunnel_without_a_ticket_is_granted_without_a_word_about_it(gateway: Gateway) -> None:
    connect = await gateway.connect("fine.test", Proxy_Authorization=basic("ann", "se:cret"))
    connect.response = tutils.tresp(status_code=200, content=b"")
    await gateway.hook("http_connected", connect)
    assert "proxy-authenticate" not in connect.response.headers


# Tickets -----------------------------------------------------------------------------------------


async def test_a_ticket_holds_for_its_connection_and_for_no_other(gateway: Gateway) -> None:
    client = gateway.client(ADDRESS)
    assert claim(await asked(gateway, negotiate(b"jane's"), client=client)) == JANE
    assert claim(await asked(gateway, client=client)) == JANE
    assert claim(await asked(gateway)) is None
    assert len(gateway.desk.asked) == 1


@pytest.mark.parametrize("shown", [negotiate(b"nobody's"), basic("ann", "wrong"), "Basic", "NTLM x"])
async def test_who_shows_something_else_on_it_and_is_wrong_is_nobody_again(
    gateway: Gateway, shown: str
) -> None:
    client = gateway.client(ADDRESS)
    await asked(gateway, negotiate(b"jane's"), client=client)
    assert claim(await asked(gateway, shown, client=client)) is None
    assert claim(await asked(gateway, client=client)) is None


async def test_a_password_holds_for_its_request_alone(gateway: Gateway) -> None:
    client = gateway.client(ADDRESS)
    assert claim(await asked(gateway, basic("ann", "se:cret"), client=client)) == ANN
    assert claim(await asked(gateway, client=client)) is None


async def test_every_ticket_is_asked_of_the_desk_since_one_is_good_once(gateway: Gateway) -> None:
    await asked(gateway, negotiate(b"jane's"))
    await asked(gateway, negotiate(b"jane's"))
    assert len(gateway.desk.asked) == 2


# A trusted proxy's header ------------------------------------------------------------------------

NAMES_JANE = ((b"X-Authenticated-User", b"Jane"),)


def behind_a_proxy(**settings: object) -> Gateway:
    return gateway_of(
        kinds=["header", "htpasswd"],
        header="X-Authenticated-User",
        header_from=["198.51.100.0/28"],
        **settings,
    )


async def test_a_header_is_believed_from_the_networks_that_are_named() -> None:
    gateway = behind_a_proxy()
    proxy = gateway.client("198.51.100.9")
    flow = await asked(gateway, client=proxy, fields=NAMES_JANE)
    assert claim(flow) == Claim("jane", PersonHow.HEADER)
    # The next request on the same line may be anybody's.
    assert claim(await asked(gateway, client=proxy)) is None


@pytest.mark.parametrize("address", ["198.51.100.16", "192.0.2.77", "2001:db8::1"])
async def test_from_anywhere_else_it_is_taken_away_and_names_nobody(address: str) -> None:
    gateway = behind_a_proxy()
    flow = await asked(gateway, client=gateway.client(address), fields=NAMES_JANE)
    assert claim(flow) is None
    assert "x-authenticated-user" not in flow.request.headers


async def test_from_there_nothing_else_counts() -> None:
    gateway = behind_a_proxy()
    flow = await asked(gateway, basic("ann", "se:cret"), client=gateway.client("198.51.100.9"))
    assert claim(flow) is None
    assert gateway.desk.asked == []


@pytest.mark.parametrize(
    "fields",
    [
        pytest.param((*NAMES_JANE, (b"x-authenticated-user", b"john")), id="two"),
        pytest.param(((b"X-Authenticated-User", b""),), id="empty"),
        pytest.param(((b"X-Authenticated-User", b"\xff\xfe"),), id="not-utf-8"),
    ],
)
async def test_a_header_that_names_no_one_person_names_nobody(
    fields: tuple[tuple[bytes, bytes], ...],
) -> None:
    gateway = behind_a_proxy()
    flow = await asked(gateway, client=gateway.client("198.51.100.9"), fields=fields)
    assert claim(flow) is None
    assert "x-authenticated-user" not in flow.request.headers


async def test_it_names_a_tunnel_s_person_and_inside_one_it_is_only_taken_away() -> None:
    gateway = behind_a_proxy()
    connect = await gateway.connect(
        "fine.test", client=gateway.client("198.51.100.9"), X_Authenticated_User="jane"
    )
    await gateway.hello(connect.client_conn, "fine.test")
    flow = await gateway.request(
        "https://fine.test/", client=connect.client_conn, answer=False, X_Authenticated_User="john"
    )
    assert claim(flow) == Claim("jane", PersonHow.HEADER)
    assert "x-authenticated-user" not in flow.request.headers


async def test_of_a_client_that_was_redirected_it_is_taken_away() -> None:
    gateway = behind_a_proxy()
    client = gateway.redirected(port=80)
    flow = await gateway.request(
        "http://fine.test/", client=client, answer=False, X_Authenticated_User="jane"
    )
    assert claim(flow) is None
    assert "x-authenticated-user" not in flow.request.headers


# What nobody has to be ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    "settings", [pytest.param(gateway_of, id="shown"), pytest.param(behind_a_proxy, id="told")]
)
async def test_while_break_glass_is_open_nobody_is_known(settings: Callable[[], Gateway]) -> None:
    gateway = settings()
    opening = BreakGlass("K7QF2M9T", NOW, NOW + timedelta(minutes=30))
    gateway.registers.registers = Registers.of(break_glass=opening)
    for address in (ADDRESS, "198.51.100.9"):
        client = gateway.client(address)
        flow = await asked(gateway, basic("ann", "se:cret"), client=client, fields=NAMES_JANE)
        assert claim(flow) is None
        assert "proxy-authorization" not in flow.request.headers
    assert gateway.desk.asked == []
    assert (gateway.decision.person, gateway.decision.client_ip) == (None, None)


async def test_where_somebody_is_required_nobody_is_asked_to_sign_in() -> None:
    flow = await asked(gateway_of(required=True))
    assert flow.metadata.get(CLAIM) is None
    assert flow.response is not None
    assert flow.response.status_code == 407


async def test_where_nobody_is_required_they_may_be_somebody_all_the_same(gateway: Gateway) -> None:
    assert (await asked(gateway)).response is None
    assert gateway.decision.reason is not Reason.NO_PERSON
    assert (await asked(gateway, basic("ann", "wrong"))).response is None
