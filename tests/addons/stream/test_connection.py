"""What plain HTTP and HTTPS through the gateway look like on the wire, and how connections end."""

import asyncio
import contextlib
import gc
import ssl
from typing import Any

import pytest
from mitmproxy import connection, http

from addons.settings import LimitSettings
from addons.stream.connection import GatewayConnection
from addons.stream.http_stream import GatewayStream
from policy.words import Ended
from tests.addons.wire import (
    ORIGIN,
    Certificates,
    H2Peer,
    answering,
    ask,
    drink,
    filling,
    forget_peak_memory,
    gateway,
    h2_client,
    h2_origin,
    origin,
    peak_memory,
    pour,
    read_head,
)

MIB = 1024 * 1024
SIZE = 100 * MIB
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"


async def test_requests_over_one_connection_share_one_to_their_origin(certificates: Certificates) -> None:
    async with origin(answering(OK)) as port, gateway(certificates.folder) as at:
        reader, writer = await at.connect()
        for _ in range(3):
            line, _, body = await ask(
                reader, writer, f"GET http://{ORIGIN}:{port}/x HTTP/1.1\nHost: {ORIGIN}:{port}\n\n"
            )
            assert (line, body) == ("HTTP/1.1 200 OK", b"hello")
        assert at.chain.connects_to == [(ORIGIN, port)]
        assert at.chain.ends == [("/x", "response", None)] * 3


async def test_https_over_http1(certificates: Certificates) -> None:
    async with origin(answering(OK), certificates.for_origin()) as port, gateway(certificates.folder) as at:
        reader, writer = await at.tunnel(port, "http/1.1")
        line, _, body = await ask(reader, writer, f"GET /x HTTP/1.1\nHost: {ORIGIN}:{port}\n\n")
        assert (line, body) == ("HTTP/1.1 200 OK", b"hello")


async def hello(peer: H2Peer, stream: int) -> None:
    """200, hello."""
    peer.h2.send_headers(stream, [(":status", "200")])
    peer.h2.send_data(stream, b"hello", end_stream=True)
    peer.flush()


async def test_https_over_http2(certificates: Certificates) -> None:
    async with (
        origin(h2_origin(hello), certificates.for_origin("h2")) as port,
        gateway(certificates.folder) as at,
        h2_client(at, port) as client,
    ):
        streams = [client.request(port, f"/{n}") for n in range(20)]
        await client.until(lambda: client.ended >= set(streams))
        assert {client.bodies[stream] for stream in streams} == {b"hello"}
        assert at.chain.connects_to == [(ORIGIN, port)]


# --- memory and the directions


async def test_a_slow_client_stops_its_origin(certificates: Certificates) -> None:
    async with origin(filling(SIZE)) as port, gateway(certificates.folder) as at:
        reader, writer = await at.connect()
        before = forget_peak_memory()
        writer.write(f"GET http://{ORIGIN}:{port}/x HTTP/1.1\r\nHost: {ORIGIN}:{port}\r\n\r\n".encode())
        await asyncio.sleep(1)
        await read_head(reader)
        await drink(reader, SIZE)
        assert peak_memory() - before < 30 * MIB


async def test_a_slow_origin_stops_its_client(certificates: Certificates) -> None:
    async def take(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await read_head(reader)
        await asyncio.sleep(1)
        await drink(reader, SIZE)
        writer.write(OK)

    async with origin(take) as port, gateway(certificates.folder) as at:
        reader, writer = await at.connect()
        before = forget_peak_memory()
        head = f"POST http://{ORIGIN}:{port}/x HTTP/1.1\r\nHost: {ORIGIN}:{port}\r\nContent-Length: {SIZE}"
        writer.write(f"{head}\r\n\r\n".encode())
        await pour(writer, SIZE)
        assert (await read_head(reader))[0] == "HTTP/1.1 200 OK"
        assert peak_memory() - before < 30 * MIB


async def test_a_body_that_comes_before_its_origin_is_reached_waits_in_the_socket(
    certificates: Certificates,
) -> None:
    class Slow:
        async def server_connect(self, _data: object) -> None:
            await asyncio.sleep(1)

    async def take(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await read_head(reader)
        await drink(reader, SIZE)
        writer.write(OK)

    async with origin(take) as port, gateway(certificates.folder, Slow()) as at:
        reader, writer = await at.connect()
        before = forget_peak_memory()
        head = f"POST http://{ORIGIN}:{port}/x HTTP/1.1\r\nHost: {ORIGIN}:{port}\r\nContent-Length: {SIZE}"
        writer.write(f"{head}\r\n\r\n".encode())
        await pour(writer, SIZE)
        assert (await read_head(reader))[0] == "HTTP/1.1 200 OK"
        assert peak_memory() - before < 30 * MIB


# --- hooks and exceptions


class Slowly:
    """Hooks that take their time."""

    def __init__(self) -> None:
        self.heard: list[str] = []

    async def client_connected(self, _client: connection.Client) -> None:
        await asyncio.sleep(0.01)
        self.heard.append("client_connected")

    async def requestheaders(self, _flow: http.HTTPFlow) -> None:
        await asyncio.sleep(0.01)
        self.heard.append("requestheaders")

    async def response(self, _flow: http.HTTPFlow) -> None:
        await asyncio.sleep(0.01)
        self.heard.append("response")

    async def client_disconnected(self, _client: connection.Client) -> None:
        await asyncio.sleep(0.01)
        self.heard.append("client_disconnected")


async def test_hooks_may_take_their_time(certificates: Certificates) -> None:
    slowly = Slowly()
    async with origin(answering(OK)) as port, gateway(certificates.folder, slowly) as at:
        reader, writer = await at.connect()
        got = await ask(reader, writer, f"GET http://{ORIGIN}:{port}/x HTTP/1.1\nHost: {ORIGIN}:{port}\n\n")
        assert got[2] == b"hello"
        writer.close()
        await at.settled(lambda: len(slowly.heard) == 4)
        assert slowly.heard == ["client_connected", "requestheaders", "response", "client_disconnected"]


HOOKS = [
    "client_connected",
    "http_connect",
    "http_connected",
    "tls_clienthello",
    "tls_established_client",
    "tls_established_server",
    "next_layer",
    "requestheaders",
    "request",
    "server_connect",
    "server_connected",
    "responseheaders",
    "response",
]
SECRET = "a-host-that-must-not-be-logged"


def raising(hook: str, *, later: bool) -> object:
    """An addon one of whose hooks raises."""

    def now(_self: object, _data: object) -> None:
        raise ValueError(SECRET)

    async def soon(_self: object, _data: object) -> None:
        await asyncio.sleep(0)
        raise ValueError(SECRET)

    return type("Raising", (), {hook: soon if later else now})()


@pytest.mark.parametrize("later", [False, True], ids=["sync", "async"])
@pytest.mark.parametrize("hook", HOOKS)
async def test_an_exception_in_any_hook_closes_the_connection(
    certificates: Certificates, hook: str, later: bool, caplog: pytest.LogCaptureFixture
) -> None:
    """mitmproxy logs it and serves the request. Nor does the log say what the request was."""
    async with (
        origin(answering(OK), certificates.for_origin("http/1.1")) as port,
        gateway(certificates.folder, raising(hook, later=later)) as at,
    ):
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError, ssl.SSLError):
            reader, writer = await at.tunnel(port, "http/1.1")
            await ask(reader, writer, f"GET /x HTTP/1.1\nHost: {ORIGIN}:{port}\n\n")
            # Only where the answer had gone by already.
            assert hook == "response"
            assert await asyncio.wait_for(reader.read(), 5) == b""
        await at.settled(lambda: at.chain.disconnected == 1)
        begun = {"requestheaders", "request", "responseheaders", "response"}
        assert at.chain.ends == ([("/x", "error", Ended.ERROR)] if hook in begun else [])
        assert "ValueError" in caplog.text
        assert SECRET not in caplog.text
        assert ORIGIN not in caplog.text


async def test_an_exception_in_a_layer_closes_the_connection(
    certificates: Certificates, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def crash(_self: object, _event: object) -> None:
        raise AssertionError(f"Unexpected event: {SECRET}")

    monkeypatch.setattr(GatewayStream, "start_response_stream", crash)
    async with origin(answering(OK)) as port, gateway(certificates.folder) as at:
        reader, writer = await at.connect()
        writer.write(f"GET http://{ORIGIN}:{port}/x HTTP/1.1\r\nHost: {ORIGIN}:{port}\r\n\r\n".encode())
        with contextlib.suppress(ConnectionError):
            assert await asyncio.wait_for(reader.read(), 5) == b""
        assert at.chain.ends == [("/x", "error", Ended.ERROR)]
        assert SECRET not in caplog.text


async def test_a_client_that_an_addon_turns_away_is_closed(certificates: Certificates) -> None:
    class TurnAway:
        def client_connected(self, client: connection.Client) -> None:
            client.error = "no"

    async with gateway(certificates.folder, TurnAway()) as at:
        reader, _ = await at.connect()
        with contextlib.suppress(ConnectionError):
            assert await asyncio.wait_for(reader.read(), 5) == b""
        assert at.chain.disconnected == 1


# --- ends


async def never(reader: asyncio.StreamReader, _writer: asyncio.StreamWriter) -> None:
    await reader.read()


@pytest.mark.parametrize("how", ["close", "reset"])
async def test_a_client_that_leaves_ends_its_request_once_and_its_origin_too(
    certificates: Certificates, how: str
) -> None:
    left = asyncio.Event()

    async def wait(reader: asyncio.StreamReader, _writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError):
            await reader.read()
        left.set()

    async with origin(wait) as port, gateway(certificates.folder) as at:
        _, writer = await at.connect()
        writer.write(f"GET http://{ORIGIN}:{port}/x HTTP/1.1\r\nHost: {ORIGIN}:{port}\r\n\r\n".encode())
        await at.settled(lambda: bool(at.chain.connects_to))
        await asyncio.sleep(0.05)
        if how == "reset":
            writer.transport.abort()
        else:
            writer.close()
        await asyncio.wait_for(left.wait(), 5)
        await at.settled(lambda: at.chain.disconnected == 1)
        assert at.chain.ends == [("/x", "error", Ended.CLIENT_LEFT)]


async def test_a_client_that_leaves_in_the_same_breath_as_it_asks_leaves_nothing_behind(
    certificates: Certificates, monkeypatch: pytest.MonkeyPatch, recwarn: pytest.WarningsRecorder
) -> None:
    spawn = GatewayConnection._spawn

    def spawn_and_leave(at: GatewayConnection, work: Any, **how: Any) -> asyncio.Task[None]:
        task = spawn(at, work, **how)
        if work.__name__ == "_open":
            asyncio.get_running_loop().call_soon(gc.collect)
            task.cancel()
        return task

    monkeypatch.setattr(GatewayConnection, "_spawn", spawn_and_leave)
    async with origin(answering(OK)) as port, gateway(certificates.folder) as at:
        reader, writer = await at.connect()
        writer.write(f"GET http://{ORIGIN}:{port}/x HTTP/1.1\r\nHost: {ORIGIN}:{port}\r\n\r\n".encode())
        await at.settled(lambda: len(at.chain.ends) == 1)
        assert not at.chain.connects_to
        assert not at.open or at.open[0].is_idle()
        writer.close()
        await reader.read()
    gc.collect()
    assert not [str(warned.message) for warned in recwarn if "never awaited" in str(warned.message)]


async def test_closing_a_connection_gives_every_request_its_end(certificates: Certificates) -> None:
    async with origin(never) as port, gateway(certificates.folder) as at:
        reader, writer = await at.connect()
        await at.settled(lambda: bool(at.open))
        assert at.open[0].is_idle()
        writer.write(f"GET http://{ORIGIN}:{port}/x HTTP/1.1\r\nHost: {ORIGIN}:{port}\r\n\r\n".encode())
        await at.settled(lambda: not at.open[0].is_idle())
        at.open[0].close()
        await at.settled(lambda: at.chain.disconnected == 1)
        assert at.chain.ends == [("/x", "error", Ended.CLIENT_LEFT)]
        with contextlib.suppress(ConnectionError):
            assert await reader.read() == b""


async def test_an_idle_connection_is_closed(
    certificates: Certificates, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("addons.stream.connection._TICK_SECONDS", 0.05)
    async with (
        origin(answering(OK)) as port,
        gateway(certificates.folder, limits=LimitSettings(idle_seconds=1)) as at,
    ):
        reader, writer = await at.connect()
        await ask(reader, writer, f"GET http://{ORIGIN}:{port}/x HTTP/1.1\nHost: {ORIGIN}:{port}\n\n")
        assert await asyncio.wait_for(reader.read(), 5) == b""
        assert at.chain.disconnected == 1
        assert at.exits.no_requests == []


async def test_an_address_that_is_refused_is_not_the_end_while_there_is_another(
    certificates: Certificates,
) -> None:
    async with origin(answering(OK)) as port, gateway(certificates.folder) as at:
        loop = asyncio.get_running_loop()
        resolve = loop.getaddrinfo

        async def two(host: Any, port: Any, **options: Any) -> Any:
            found = await resolve(host, port, **options)
            if host == ORIGIN:
                found = [(*found[0][:4], ("127.0.0.1", 1)), *found]
            return found

        loop.getaddrinfo = two  # type: ignore[method-assign]  # a resolver of ours
        reader, writer = await at.connect()
        got = await ask(reader, writer, f"GET http://{ORIGIN}:{port}/x HTTP/1.1\nHost: {ORIGIN}:{port}\n\n")
        assert got[2] == b"hello"


CLOSING = f"GET http://{ORIGIN}/x HTTP/1.1\r\nHost: {ORIGIN}\r\nConnection: close\r\n\r\n".encode()


async def test_a_client_that_is_slow_to_read_gets_all_of_an_answer_that_closes(
    certificates: Certificates, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("addons.stream.connection._LINGER_SECONDS", 0.2)
    page = 4 * MIB

    class Large:
        def requestheaders(self, flow: http.HTTPFlow) -> None:
            flow.response = http.Response.make(403, bytes(page))

    async with gateway(certificates.folder, Large()) as at:
        reader, writer = await at.connect()
        writer.write(
            f"GET http://{ORIGIN}/x HTTP/1.1\r\nHost: {ORIGIN}\r\nConnection: close\r\n\r\n".encode()
        )
        await read_head(reader)
        for _ in range(10):
            await asyncio.sleep(0.1)
            await drink(reader, page // 10)
        assert len(await asyncio.wait_for(reader.read(), 5)) == page % 10


async def test_a_client_that_stops_reading_an_answer_that_closes_is_let_go(
    certificates: Certificates, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("addons.stream.connection._LINGER_SECONDS", 0.2)

    class Large:
        def requestheaders(self, flow: http.HTTPFlow) -> None:
            flow.response = http.Response.make(403, bytes(40 * MIB))

    limits = LimitSettings(idle_seconds=1)
    async with gateway(certificates.folder, Large(), limits=limits) as at:
        reader, writer = await at.connect()
        writer.write(
            f"GET http://{ORIGIN}/x HTTP/1.1\r\nHost: {ORIGIN}\r\nConnection: close\r\n\r\n".encode()
        )
        await read_head(reader)
        await asyncio.wait_for(asyncio.shield(at.open[0]._closed), 5)
