"""The gateway's own pages as exchanges: at their host, over TLS, in both modes, and nowhere else."""

import asyncio
import re
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from addons.desk import held
from addons.desk.protocol import Acknowledge, Answer, Done, Known, NotDone, Question, SignIn, Spend
from addons.exchanges import EXCHANGE
from addons.identity.settings import IdentityKind, IdentitySettings
from addons.own_pages import MOST_BODY, Unreadable, read_form, read_pairs
from addons.stream import FOR_US
from policy.presence import Presence, SignedIn
from policy.registers import BreakGlass, Registers
from policy.words import Ended, PersonHow, Reason, RecordLevel, RetentionClass, Step
from tests.addons.gateway import NOW, Gateway
from tests.addons.live import Live, live
from tests.addons.wire import TIMEOUT, ask, read_body, read_head

HOST = "webfilter.internal"
HOUR = timedelta(hours=1)
JANE = Presence(signed_in={"127.0.0.1": SignedIn("jane", "", NOW + HOUR)})
REDIRECTED = ("203.0.113.7", 443)
MODES = pytest.mark.parametrize("to", [None, REDIRECTED], ids=["explicit", "transparent"])


@pytest.fixture(autouse=True)
def held_no_longer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(held, "HELD_SECONDS", 0.0)


class Spent:
    """Takes each nonce once, as the desk does."""

    def __init__(self) -> None:
        self.nonces: set[bytes] = set()

    def __call__(self, question: Question) -> Answer:
        assert isinstance(question, Spend)
        if question.nonce in self.nonces:
            return NotDone("replayed")
        self.nonces.add(question.nonce)
        return Done()


class Client:
    """A browser that has opened TLS to our host."""

    def __init__(self, at: Live, streams: tuple[asyncio.StreamReader, asyncio.StreamWriter]) -> None:
        self.at = at
        self._streams = streams

    async def get(self, path: str, **headers: str) -> tuple[int, dict[str, str], str]:
        return await self._ask(f"GET {path} HTTP/1.1\nHost: {HOST}\n{fields(headers)}\n")

    async def post(
        self, path: str, form: dict[str, str] | str, **headers: str
    ) -> tuple[int, dict[str, str], str]:
        body = form if isinstance(form, str) else urlencode(form)
        sent = {
            "Origin": f"https://{HOST}",
            "Sec_Fetch_Site": "same-origin",
            "Content_Type": "application/x-www-form-urlencoded",
            "Content_Length": str(len(body)),
            **headers,
        }
        return await self._ask(f"POST {path} HTTP/1.1\nHost: {HOST}\n{fields(sent)}\n{body}")

    async def _ask(self, text: str) -> tuple[int, dict[str, str], str]:
        line, headers, body = await ask(*self._streams, text)
        return int(line.split()[1]), headers, body.decode()


def fields(headers: dict[str, str]) -> str:
    return "".join(f"{name.replace('_', '-')}: {value}\n" for name, value in headers.items())


def token_in(body: str) -> str:
    found = re.search(r'name="token" value="([^"]+)"', body)
    assert found is not None
    return found[1]


@asynccontextmanager
async def browsing(folder: Path, to: tuple[str, int] | None = None, **parts: Any) -> AsyncIterator[Client]:
    parts.setdefault("presence", JANE)
    async with live(folder, to=to, **parts) as at:
        at.gateway.desk.answers[Spend] = Spent()
        if to is None:
            streams = await at.tunnel(HOST, 443)
        else:
            streams = await at.connect()
            async with asyncio.timeout(TIMEOUT):
                await streams[1].start_tls(at.trusting(), server_hostname=HOST)
        yield Client(at, streams)
        streams[1].close()


@MODES
async def test_a_page_opens_over_tls_in_both_modes_and_is_recorded_without_anybody(
    tmp_path: Path, to: tuple[str, int] | None
) -> None:
    async with browsing(tmp_path, to) as client:
        status, headers, body = await client.get("/notice", Sec_Fetch_Site="none", Sec_Fetch_Dest="document")
        assert status == 200
        assert "What is recorded" in body
        assert headers["referrer-policy"] == "same-origin"
        decision = client.at.gateway.decision
        assert (decision.reason, decision.step, decision.host) == (Reason.OWN_PAGE, Step.REQUEST, HOST)
        assert (decision.person, decision.client_ip, decision.path) == (None, None, None)
        assert decision.retention_class is RetentionClass.OTHER
        assert decision.record.rank <= RecordLevel.ANONYMOUS.rank
        outcome = client.at.gateway.outcomes[-1]
        assert (outcome.decision, outcome.status, outcome.ended) == (decision.id, 200, Ended.COMPLETE)


@MODES
async def test_a_form_is_sent_and_the_next_page_is_asked_for_on_the_same_connection(
    tmp_path: Path, to: tuple[str, int] | None
) -> None:
    async with browsing(tmp_path, to) as client:
        client.at.gateway.desk.answers[Acknowledge] = Done()
        _, _, body = await client.get("/notice", Sec_Fetch_Site="none")
        form = {"token": token_in(body)}
        status, _, thanks = await client.post("/notice", form)
        assert (status, "Thank you" in thanks) == (200, True)
        asked = client.at.gateway.desk.asked[-1]
        assert asked == Acknowledge("", "jane", "2", PersonHow.PAGE)
        assert client.at.gateway.presence.looks == 1, "this worker looks at once"
        status, _, again = await client.post("/notice", form)
        assert (status, "sent before" in again) == (409, True)


def passwords(folder: Path) -> IdentitySettings:
    """Whoever likes can be known by one."""
    return IdentitySettings(kinds=(IdentityKind.HTPASSWD,), required=False, htpasswd_file=folder / "htpasswd")


@MODES
async def test_nobody_needs_to_be_known_to_sign_in(tmp_path: Path, to: tuple[str, int] | None) -> None:
    async with browsing(tmp_path, to, presence=Presence(), identity=passwords(tmp_path)) as client:
        client.at.gateway.desk.answers[SignIn] = Known("", "jane", until=NOW + HOUR)
        _, _, body = await client.get("/sign-in")
        sent = {"token": token_in(body), "login": "Jane", "password": "correct horse"}
        status, _, body = await client.post("/sign-in", sent)
        assert (status, "For the next 1 hour" in body) == (200, True)
        assert "correct horse" not in body
        assert client.at.gateway.desk.asked[-1] == SignIn("Jane", "correct horse", "127.0.0.1")


@pytest.mark.parametrize(
    ("body", "headers", "status"),
    [
        pytest.param("a" * MOST_BODY, {}, 403, id="as-long-as-may-be"),
        pytest.param("a" * (MOST_BODY + 1), {}, 413, id="one-byte-more"),
        pytest.param("a=1&a=2", {}, 400, id="a-name-twice"),
        pytest.param("&".join(f"a{n}=1" for n in range(40)), {}, 400, id="too-many-names"),
        pytest.param("a=%ff", {}, 400, id="no-characters"),
        pytest.param("{}", {"Content_Type": "application/json"}, 400, id="not-a-form"),
        pytest.param("a=1", {"Content_Type": "text/plain"}, 400, id="what-other-sites-may-send"),
        pytest.param("a=1", {"Content_Type": "multipart/form-data; boundary=a"}, 400, id="of-several-parts"),
        pytest.param("a=1", {"Origin": "https://evil.example"}, 403, id="another-sites"),
    ],
)
async def test_a_body_that_no_form_of_ours_sends_gets_nowhere(
    tmp_path: Path, body: str, headers: dict[str, str], status: int
) -> None:
    async with browsing(tmp_path) as client:
        assert (await client.post("/notice", body, **headers))[0] == status
        assert client.at.gateway.desk.asked == []
        assert (await client.get("/"))[0] == 200, "the connection can be used again"


async def test_a_header_that_is_sent_twice_is_not_chosen_from(tmp_path: Path) -> None:
    async with browsing(tmp_path) as client:
        twice = "same-origin\nSec-Fetch-Site: cross-site"
        assert (await client.get("/my-record", Sec_Fetch_Site=twice))[0] == 400


async def test_what_is_asked_for_without_tls_is_led_there_and_not_read(tmp_path: Path) -> None:
    async with live(tmp_path, presence=JANE) as at:
        line, headers, body = await at.get(f"http://{HOST}/notice?t=abc")
        assert line.split()[1] == "303"
        assert headers["location"] == f"https://{HOST}/notice?t=abc"
        assert b"jane" not in body
        reader, writer = await at.connect()
        sent = "login=jane&password=secret"
        text = f"POST http://{HOST}/sign-in HTTP/1.1\nHost: {HOST}\nContent-Length: {len(sent)}\n\n{sent}"
        line, headers, _ = await ask(reader, writer, text)
        assert (line.split()[1], headers["location"]) == ("303", f"https://{HOST}/sign-in")
        assert at.gateway.desk.asked == []
        writer.close()


async def test_redirected_clients_are_led_to_tls_too(tmp_path: Path) -> None:
    async with live(tmp_path, to=("203.0.113.7", 80)) as at:
        reader, writer = await at.connect()
        line, headers, _ = await ask(reader, writer, f"GET /report HTTP/1.1\nHost: {HOST}\n\n")
        assert (line.split()[1], headers["location"]) == ("303", f"https://{HOST}/report")
        writer.close()


@pytest.mark.parametrize(
    "path", ["//evil.example/", "/\\evil.example", "/%0d%0aLocation:%20https://evil.example"]
)
async def test_nobody_is_led_anywhere_else(tmp_path: Path, path: str) -> None:
    async with live(tmp_path) as at:
        _, headers, _ = await at.get(f"http://{HOST}{path}")
        # Where it is malformed there is none.
        assert headers.get("location", f"https://{HOST}/").startswith(f"https://{HOST}/")


# --- beside other names


@pytest.mark.parametrize(
    ("connect", "sni", "opens"),
    [
        pytest.param(HOST, HOST, True, id="ours"),
        pytest.param(HOST, "fine.test", False, id="another-name-in-the-handshake"),
        pytest.param("fine.test", HOST, False, id="ours-behind-another"),
        pytest.param("127.0.0.1", HOST, False, id="ours-behind-an-address"),
    ],
)
async def test_our_host_beside_another_is_refused(
    tmp_path: Path, connect: str, sni: str, opens: bool
) -> None:
    async with live(tmp_path) as at:
        _, writer = await at.raw_tunnel(connect, 443)
        try:
            async with asyncio.timeout(TIMEOUT):
                await writer.start_tls(at.trusting(), server_hostname=sni)
        except (ssl.SSLError, ConnectionError):
            assert not opens
            assert at.gateway.decision.reason is Reason.NAME_MISMATCH
        else:
            assert opens
        writer.close()


async def test_another_host_asked_for_inside_our_tls_is_refused(tmp_path: Path) -> None:
    async with browsing(tmp_path) as client:
        streams = client._streams
        line, _, body = await ask(*streams, "GET / HTTP/1.1\nHost: fine.test\n\n")
        assert line.split()[1] == "403"
        assert client.at.gateway.decision.reason is Reason.NAME_MISMATCH
        assert HOST.encode() not in body


async def test_our_host_is_never_looked_up_or_connected_to() -> None:
    gateway = Gateway()
    client = gateway.client()
    await gateway.connect(HOST, client=client)
    hello = await gateway.hello(client, HOST)
    assert not hello.establish_server_tls_first
    assert not hello.ignore_connection
    assert await gateway.opens(client, HOST, 443) == Ended.REFUSED


async def test_a_list_or_an_entry_about_our_host_changes_nothing() -> None:
    gateway = Gateway(listed={HOST: "gambling"}, never_decrypt=[HOST])
    client = gateway.client()
    assert (await gateway.connect(HOST, client=client)).response is None
    assert not (await gateway.hello(client, HOST)).ignore_connection
    client.timestamp_tls_setup = 1.0
    flow = await gateway.request(f"https://{HOST}/", client=client)
    assert gateway.decision.reason is Reason.OWN_PAGE
    assert flow.response is not None
    assert flow.response.status_code == 200


async def test_while_break_glass_is_open_our_pages_are_still_ours_and_know_nobody() -> None:
    opening = BreakGlass("b", NOW - HOUR / 2, NOW + HOUR / 4)
    gateway = Gateway(
        registers=Registers.of(break_glass=opening),
        presence=Presence(signed_in={"192.0.2.77": SignedIn("jane", "", NOW + HOUR)}),
    )
    client = gateway.client()
    await gateway.connect(HOST, client=client)
    assert not (await gateway.hello(client, HOST)).ignore_connection
    for path in ("/role", "/sign-in", "/my-record"):
        flow = await gateway.request(f"https://{HOST}{path}", client=client, sec_fetch_site="none")
        assert flow.response is not None
        assert flow.response.status_code == 503
        body = flow.response.text or ""
        assert "looks at nobody&#39;s name at the moment" in body
        assert 'href="/sign-in"' not in body, "what is signed in there would know nobody either"
    assert gateway.decision.record is RecordLevel.CATEGORY


async def test_a_page_that_fails_says_so_and_logs_nothing_of_what_was_typed(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with browsing(tmp_path, presence=Presence(), identity=passwords(tmp_path)) as client:
        _, _, body = await client.get("/sign-in")

        def fail(question: Question) -> Answer:
            raise RuntimeError("secret words")

        client.at.gateway.desk.answers[SignIn] = fail
        sent = {"token": token_in(body), "login": "jane", "password": "correct horse"}
        status, _, page = await client.post("/sign-in", sent)
        assert (status, "Something went wrong" in page) == (500, True)
        assert "RuntimeError" in caplog.text
        assert "secret words" not in caplog.text
        assert "jane" not in caplog.text


# --- what is read


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (b"", {}),
        (b"a=1&b=", {"a": "1", "b": ""}),
        (b"a=%C3%A9+x", {"a": "é x"}),
        (b"a", {"a": ""}),
        (b"a=1;b=2", {"a": "1;b=2"}),
    ],
)
def test_names_and_values_are_read_as_browsers_send_them(text: bytes, found: dict[str, str]) -> None:
    assert read_pairs(text) == found
    assert read_form("application/x-www-form-urlencoded; charset=UTF-8", text) == found


@given(st.binary(max_size=200))
def test_no_bytes_do_anything_but_be_read_or_refused(text: bytes) -> None:
    try:
        found = read_pairs(text)
    except Unreadable:
        return
    assert len(found) <= 32
    assert read_pairs(urlencode(found).encode()) == found


# --- from a refusal to our pages and on


def link_in(body: str, path: str) -> str:
    found = re.search(rf'href="https://{HOST}({path}\?t=[^"]+)"', body)
    assert found is not None, body
    return found[1]


BROWSER = {"User_Agent": "Mozilla/5.0", "Accept": "text/html"}


async def tls(at: Live) -> Client:
    """A second connection of a redirected client, to our host."""
    streams = await at.connect()
    async with asyncio.timeout(TIMEOUT):
        await streams[1].start_tls(at.trusting(), server_hostname=HOST)
    return Client(at, streams)


async def page_of(at: Live, host: str) -> tuple[str, str]:
    """What a redirected browser is shown of a site over plain http."""
    reader, writer = await at.connect()
    line, _, body = await ask(reader, writer, f"GET / HTTP/1.1\nHost: {host}\n{fields(BROWSER)}\n")
    writer.close()
    return line, body.decode()


async def test_a_redirected_client_whom_nobody_can_ask_signs_in_and_goes_on(tmp_path: Path) -> None:
    htpasswd = tmp_path / "htpasswd"
    htpasswd.write_text("jane:$2b$04$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW\n")
    identity = IdentitySettings(kinds=(IdentityKind.HTPASSWD,), htpasswd_file=htpasswd)
    async with live(tmp_path, to=("203.0.113.7", 80), identity=identity) as at:
        gateway = at.gateway
        line, body = await page_of(at, "fine.test")
        assert line.split()[1] == "403", "a 407 would be the origin's"
        assert gateway.decision.reason is Reason.NO_PERSON
        path = link_in(body, "/sign-in")

    async with live(tmp_path, to=REDIRECTED, identity=identity) as at:
        gateway = at.gateway

        def sign_in(question: Question) -> Answer:
            gateway.presence.presence = JANE
            return Known("", "jane", until=NOW + HOUR)

        gateway.desk.answers |= {Spend: Spent(), SignIn: sign_in}
        client = await tls(at)
        status, _, form = await client.get(path, Sec_Fetch_Site="cross-site", Sec_Fetch_Dest="document")
        assert status == 200
        sent = {"token": token_in(form), "login": "jane", "password": "correct horse"}
        _, _, done = await client.post("/sign-in", sent)
        assert 'href="http://fine.test/"' in done
        status, _, record = await client.get("/sign-out", Sec_Fetch_Site="same-origin")
        assert (status, "signed in as jane" in record) == (200, True), "on the same connection"
        status, _, _ = await client.get(path, Sec_Fetch_Site="same-origin")
        assert status == 403, "a link from before signing in is nobody's"


async def test_whoever_reads_the_notice_is_let_go_on(tmp_path: Path) -> None:
    async with live(tmp_path, to=("203.0.113.7", 80), presence=JANE) as at:
        line, body = await page_of(at, "fine.test")
        assert line.split()[1] == "403"
        assert (at.gateway.decision.reason, at.gateway.decision.person) == (Reason.NOTICE, None)
        path = link_in(body, "/notice")
    async with live(tmp_path, to=REDIRECTED, presence=JANE) as at:
        at.gateway.desk.answers |= {Spend: Spent(), Acknowledge: Done()}
        client = await tls(at)
        _, _, notice = await client.get(path, Sec_Fetch_Site="cross-site")
        assert "jane" not in notice
        status, _, thanks = await client.post("/notice", {"token": token_in(notice)})
        assert (status, 'href="http://fine.test/"' in thanks) == (200, True)
        assert at.gateway.desk.asked[-1] == Acknowledge("", "jane", "2", PersonHow.PAGE)


# --- what clients do


async def test_a_client_that_leaves_while_its_page_is_made_ends_it_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked, go_on = asyncio.Event(), asyncio.Event()

    async def slowly(question: Question) -> Answer:
        asked.set()
        await go_on.wait()
        return Done()

    async with live(tmp_path, presence=JANE) as at:
        monkeypatch.setattr(at.gateway.desk, "ask", slowly)
        _, writer = await at.tunnel(HOST, 443)
        writer.write(f"GET /my-record HTTP/1.1\r\nHost: {HOST}\r\nSec-Fetch-Site: none\r\n\r\n".encode())
        async with asyncio.timeout(TIMEOUT):
            await asked.wait()
        writer.transport.abort()
        go_on.set()
        own = [one.id for one in at.gateway.log.decisions if one.reason is Reason.OWN_PAGE]
        await at.settled(lambda: any(one.decision == own[0] for one in at.gateway.outcomes))
        assert len([one for one in at.gateway.outcomes if one.decision == own[0]]) == len(own) == 1


async def test_a_client_that_asks_before_it_sends_is_told_to_go_on(tmp_path: Path) -> None:
    async with browsing(tmp_path) as client:
        reader, writer = client._streams
        head = (
            f"POST /notice HTTP/1.1\r\nHost: {HOST}\r\nOrigin: https://{HOST}\r\nExpect: 100-continue\r\n"
            "Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 3\r\n\r\n"
        )
        writer.write(head.encode())
        line, _ = await read_head(reader)
        assert line == "HTTP/1.1 100 Continue"
        writer.write(b"a=1")
        line, headers = await read_head(reader)
        assert line.split()[1] == "403"
        assert b"cannot be used" in await read_body(reader, headers)


async def test_a_body_without_an_exchange_is_cut_off() -> None:
    gateway = Gateway()
    flow = await gateway.request("http://fine.test/", answer=False)
    flow.metadata |= {FOR_US: 8, EXCHANGE: None}
    await gateway.hook("request", flow)
    assert flow.error is not None
