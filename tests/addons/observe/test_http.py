"""The small server beside the gateway, asked by friends and by others."""

import asyncio
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from ipaddress import ip_network

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from addons.observe import http
from addons.observe.http import MOST_CONNECTIONS, MOST_HEAD_BYTES, HttpServer, Page

PAGES = {"/healthz": Page(200, b"ok\n"), "/readyz": Page(503, b"not ready\n")}

type Ask = Callable[[bytes], Awaitable[bytes]]


@asynccontextmanager
async def serving(
    answer: Callable[[str], Page | None] = PAGES.get, hosts: tuple[str, ...] = (), host: str = "127.0.0.1"
) -> AsyncIterator[tuple[str, int]]:
    """A server; its address."""
    listener = socket.create_server((host, 0), family=socket.AF_INET6 if ":" in host else socket.AF_INET)
    listener.setblocking(False)
    server = await HttpServer(answer, hosts, ()).listen(listener)
    try:
        yield listener.getsockname()[:2]
    finally:
        server.close()
        listener.close()


async def ask(address: tuple[str, int], sent: bytes, *, then_leave: bool = False) -> bytes:
    """Everything that is answered to `sent`."""
    reader, writer = await asyncio.open_connection(*address)
    try:
        writer.write(sent)
        if then_leave:
            writer.write_eof()
        async with asyncio.timeout(5):
            return await reader.read()
    except ConnectionError:
        return b""
    finally:
        writer.transport.abort()


def get(path: str, *fields: str, method: str = "GET", version: str = "1.1") -> bytes:
    lines = [f"{method} {path} HTTP/{version}", *fields, "", ""]
    return "\r\n".join(lines).encode("latin-1")


@pytest.mark.parametrize(
    ("sent", "status", "body"),
    [
        pytest.param(get("/healthz", "Host: 127.0.0.1:9465"), 200, b"ok\n", id="a-page"),
        pytest.param(get("/healthz?x=1", "Host: localhost"), 200, b"ok\n", id="a-query-says-nothing"),
        pytest.param(get("/readyz", "Host: [::1]:9465"), 503, b"not ready\n", id="its-own-status"),
        pytest.param(get("/healthz", "Host: LOCALHOST.:80"), 200, b"ok\n", id="any-case"),
        pytest.param(get("/healthz", "Host: gateway-1.example"), 200, b"ok\n", id="a-name-it-was-told"),
        pytest.param(get("/healthz", version="1.0"), 200, b"ok\n", id="http-1.0-has-no-host"),
        pytest.param(get("/healthz", "Host: localhost", method="HEAD"), 200, b"", id="head"),
        pytest.param(get("/", "Host: localhost"), 404, None, id="no-such-page"),
        pytest.param(get("/../healthz", "Host: localhost"), 404, None, id="no-way-round"),
        pytest.param(get("/healthz", "Host: localhost", method="POST"), 405, None, id="post"),
        pytest.param(get("/healthz", "Host: localhost", method="BREW"), 405, None, id="no-such-method"),
        pytest.param(get("/metrics", "Host: evil.example"), 421, None, id="a-name-turned-round"),
        pytest.param(get("/metrics", "Host: 127.0.0.1.evil.example"), 421, None, id="begins-like-us"),
        pytest.param(get("/metrics", "Host: notlocalhost"), 421, None, id="ends-like-us"),
        pytest.param(get("/metrics", "Host:"), 421, None, id="an-empty-name"),
        pytest.param(get("/healthz", "Host: localhost", "Host: evil.example"), 400, None, id="two-hosts"),
        pytest.param(get("/healthz"), 400, None, id="1.1-without-host"),
        pytest.param(b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n", 400, None, id="tls"),
        pytest.param(b"GET /healthz\r\n\r\n", 400, None, id="http-0.9"),
        pytest.param(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nA : b\r\n\r\n", 400, None, id="a-space"),
        pytest.param(get("/" + "a" * 2 * MOST_HEAD_BYTES, "Host: localhost"), 431, None, id="too-long"),
    ],
)
async def test_what_is_asked_and_what_is_answered(sent: bytes, status: int, body: bytes | None) -> None:
    async with serving(hosts=("gateway-1.example",)) as address:
        answer = await ask(address, sent)
    if not answer and status == 431:
        return  # cut off while it was still sending
    assert answer.startswith(f"HTTP/1.1 {status} ".encode()), answer
    head, _, found = answer.partition(b"\r\n\r\n")
    assert b"Connection: close" in head
    assert b"no-store" in head
    if body is not None:
        assert found == body
    if status == 405:
        assert b"Allow: GET, HEAD" in head


async def test_ipv6_is_answered_too() -> None:
    async with serving(host="::1") as address:
        assert b" 200 " in await ask(address, get("/healthz", f"Host: [::1]:{address[1]}"))


async def test_a_second_request_on_a_connection_is_not_answered() -> None:
    both = get("/healthz", "Host: localhost") * 2
    async with serving() as address:
        assert (await ask(address, both)).count(b"HTTP/1.1") == 1


async def test_whoever_says_half_a_head_is_left_after_a_while(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http, "HEAD_SECONDS", 0.2)
    async with serving() as address:
        began = asyncio.get_running_loop().time()
        assert await ask(address, b"GET /healthz HTTP/1.1\r\nHo") == b""
        assert 0.1 < asyncio.get_running_loop().time() - began < 3


async def test_whoever_leaves_before_the_head_is_complete_gets_no_page() -> None:
    async with serving() as address:
        assert await ask(address, b"", then_leave=True) == b""
        assert b" 400 " in await ask(address, b"GET /healthz HT", then_leave=True)
        assert b" 200 " in await ask(address, get("/healthz", "Host: localhost"))


async def test_no_more_than_so_many_are_served_at_once_and_room_comes_back() -> None:
    async with serving() as address:
        held = [await asyncio.open_connection(*address) for _ in range(MOST_CONNECTIONS)]
        await asyncio.sleep(0.1)
        assert await ask(address, get("/healthz", "Host: localhost")) == b""
        for _, writer in held:
            writer.transport.abort()
        await asyncio.sleep(0.1)
        assert b" 200 " in await ask(address, get("/healthz", "Host: localhost"))


async def test_one_that_takes_no_answer_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http, "ANSWER_SECONDS", 0.2)
    monkeypatch.setattr(http, "MOST_CONNECTIONS", 2)
    large = Page(200, b"x" * 32_000_000)
    async with serving(lambda path: large if path == "/metrics" else PAGES["/healthz"]) as address:
        held = [await asyncio.open_connection(*address) for _ in range(2)]
        for reader, writer in held:
            # asyncio has no public way to be a client that does not read.
            reader._transport.pause_reading()  # type: ignore[attr-defined]
            writer.write(get("/metrics", "Host: localhost"))
        await asyncio.sleep(0.6)
        assert b" 200 " in await ask(address, get("/healthz", "Host: localhost"))
        for _, writer in held:
            writer.transport.abort()


async def test_a_page_that_fails_closes_the_connection_and_no_other() -> None:
    def answer(path: str) -> Page:
        if path == "/metrics":
            raise RuntimeError("a bug")
        return PAGES["/healthz"]

    async with serving(answer) as address:
        assert await ask(address, get("/metrics", "Host: localhost")) == b""
        assert b" 200 " in await ask(address, get("/healthz", "Host: localhost"))


@pytest.mark.parametrize(
    ("peer", "may"),
    [
        pytest.param(("127.0.0.1", 1), True, id="this-machine"),
        pytest.param(("127.3.3.3", 1), True, id="another-of-its-addresses"),
        pytest.param(("::1", 1, 0, 0), True, id="by-ipv6"),
        pytest.param(("192.0.2.10", 1), True, id="one-that-was-named"),
        pytest.param(("192.0.2.11", 1), False, id="its-neighbour"),
        pytest.param(("2001:db8::1", 1, 0, 0), False, id="the-other-family"),
        pytest.param(None, False, id="gone-already"),
    ],
)
def test_who_may_ask(peer: tuple[object, ...] | None, may: bool) -> None:
    class Writer:
        def get_extra_info(self, name: str) -> object:
            return {"peername": peer}[name]

    server = HttpServer(PAGES.get, (), (ip_network("192.0.2.10/32"),))
    assert server._may_ask(Writer()) is may  # type: ignore[arg-type]  # of a writer only this is asked


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.binary(max_size=200), max_size=4))
def test_whatever_is_sent_the_answer_is_one_or_none(parts: list[bytes]) -> None:
    async def tried() -> None:
        async with serving() as address:
            answer = await ask(address, b"".join(parts) + b"\r\n\r\n", then_leave=True)
            assert answer == b"" or answer.startswith(b"HTTP/1.1 ")
            assert answer.count(b"HTTP/1.1 ") <= 1
            assert b" 200 " in await ask(address, get("/healthz", "Host: localhost"))

    asyncio.run(tried())
