"""HTTP/2: the windows close when the other side is slower, for one stream and for no other."""

import asyncio
from collections.abc import Callable

import h2.events
import pytest
from h2.errors import ErrorCodes
from hyperframe.frame import Frame, GoAwayFrame

from addons.settings import LimitSettings
from addons.stream.http_layer import GatewayHttpLayer
from tests.addons.wire import (
    Certificates,
    Chain,
    H2Peer,
    Handler,
    drink,
    forget_peak_memory,
    gateway,
    h2_client,
    h2_origin,
    origin,
    peak_memory,
    read_head,
)

MIB = 1024 * 1024
SIZE = 100 * MIB


async def fill(peer: H2Peer, stream: int) -> None:
    """SIZE bytes for /big, five for anything else."""
    size = SIZE if peer.heads[stream][":path"] == "/big" else 5
    peer.h2.send_headers(stream, [(":status", "200"), ("content-length", str(size))])
    await peer.send(stream, size)


async def fill_h1(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    line, _ = await read_head(reader)
    size = SIZE if line.startswith("GET /big ") else 5
    writer.write(f"HTTP/1.1 200 OK\r\nContent-Length: {size}\r\n\r\n".encode())
    block = bytes(256 * 1024)
    while size:
        writer.write(block[:size])
        size -= min(size, len(block))
        await writer.drain()


@pytest.mark.parametrize(
    ("handler", "alpn"),
    [pytest.param(h2_origin(fill), "h2", id="h2-origin"), pytest.param(fill_h1, "http/1.1", id="h1-origin")],
)
async def test_a_stream_that_is_not_read_waits_at_its_origin_and_stops_no_other(
    certificates: Certificates, handler: Handler, alpn: str
) -> None:
    chain = Chain()
    chain.tls_first = alpn == "h2"
    async with (
        origin(handler, certificates.for_origin(alpn)) as port,
        gateway(certificates.folder, chain=chain) as at,
        h2_client(at, port, opens=False) as client,
    ):
        client.keep = False
        before = forget_peak_memory()
        big = client.request(port, "/big")
        await client.until(lambda: client.received.get(big, 0) == 65535)
        # The client's window for all streams is used up too: open that one, and not the stream's.
        client.h2.increment_flow_control_window(10 * MIB)
        client.flush()
        await asyncio.sleep(0.5)
        small = [client.request(port, "/small") for _ in range(10)]
        await client.until(lambda: client.ended >= set(small))
        await asyncio.sleep(0.5)
        assert client.received[big] == 65535
        assert peak_memory() - before < 30 * MIB
        # And when it is read, it comes.
        client.opens = True
        client.h2.increment_flow_control_window(2**30)
        client.h2.increment_flow_control_window(2**30, big)
        client.flush()
        await client.until(lambda: big in client.ended, 60)
        assert client.received[big] == SIZE
        assert peak_memory() - before < 30 * MIB


# --- uploads


async def test_an_upload_waits_for_an_origin_that_gives_no_credit_and_stops_no_other(
    certificates: Certificates,
) -> None:
    received: list[int] = []

    async def take(peer: H2Peer, stream: int) -> None:
        if peer.heads[stream][":method"] == "GET":
            peer.h2.send_headers(stream, [(":status", "200")], end_stream=True)
            peer.flush()
            return
        await asyncio.sleep(1)
        received.append(peer.received.get(stream, 0))
        peer.opens = True
        peer.h2.increment_flow_control_window(2**30)
        peer.h2.increment_flow_control_window(2**30, stream)
        peer.flush()
        await peer.until(lambda: stream in peer.ended, 60)
        received.append(peer.received[stream])
        peer.h2.send_headers(stream, [(":status", "200")], end_stream=True)
        peer.flush()

    async with (
        origin(h2_origin(take, opens=False, keep=False), certificates.for_origin("h2")) as port,
        gateway(certificates.folder) as at,
        h2_client(at, port) as client,
    ):
        before = forget_peak_memory()
        up = client.request(port, "/up", "POST", end=False)
        sending = asyncio.create_task(client.send(up, SIZE))
        await asyncio.sleep(0.5)
        down = client.request(port, "/down")
        await client.until(lambda: down in client.ended)
        assert not sending.done()
        await client.until(lambda: up in client.ended, 60)
        assert await sending == SIZE
        assert received == [65535, SIZE]
        assert peak_memory() - before < 30 * MIB


async def test_an_upload_over_http2_waits_for_an_origin_that_does_not_read(
    certificates: Certificates,
) -> None:
    async def take(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        _, headers = await read_head(reader)
        await asyncio.sleep(1)
        await drink(reader, int(headers["content-length"]))
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello")

    chain = Chain()
    chain.tls_first = False
    async with (
        origin(take, certificates.for_origin("http/1.1")) as port,
        gateway(certificates.folder, chain=chain) as at,
        h2_client(at, port) as client,
    ):
        before = forget_peak_memory()
        up = client.request(port, "/up", "POST", end=False, extra=(("content-length", str(SIZE)),))
        assert await client.send(up, SIZE) == SIZE
        await client.until(lambda: up in client.ended, 60)
        assert client.bodies[up] == b"hello"
        assert peak_memory() - before < 30 * MIB


async def test_an_upload_waits_while_its_origin_is_being_reached(certificates: Certificates) -> None:
    """What comes meanwhile lies in the stream's queue, which must not be the place for it."""

    class Slow:
        async def server_connect(self, _data: object) -> None:
            await asyncio.sleep(0.7)

    async def take(peer: H2Peer, stream: int) -> None:
        await peer.until(lambda: stream in peer.ended, 60)
        peer.h2.send_headers(stream, [(":status", "200")], end_stream=True)
        peer.flush()

    chain = Chain()
    chain.tls_first = False
    async with (
        origin(h2_origin(take, keep=False), certificates.for_origin("h2")) as port,
        gateway(certificates.folder, Slow(), chain=chain) as at,
        h2_client(at, port) as client,
    ):
        before = forget_peak_memory()
        up = client.request(port, "/up", "POST", end=False)
        assert await client.send(up, SIZE) == SIZE
        await client.until(lambda: up in client.ended, 60)
        assert peak_memory() - before < 30 * MIB


async def test_both_ways_at_once_do_not_wait_for_each_other(certificates: Certificates) -> None:
    """An origin that echoes, and a client that reads what it sent."""

    async def echo(peer: H2Peer, stream: int) -> None:
        peer.h2.send_headers(stream, [(":status", "200")])
        sent = 0
        while sent < SIZE // 4:
            await peer.until(lambda so_far=sent: peer.received.get(stream, 0) > so_far, 30)  # type: ignore[misc]  # a lambda with a default
            sent += await peer.send(stream, peer.received[stream] - sent, end=False)
        peer.h2.end_stream(stream)
        peer.flush()

    async with (
        origin(h2_origin(echo, keep=False), certificates.for_origin("h2")) as port,
        gateway(certificates.folder) as at,
        h2_client(at, port) as client,
    ):
        client.keep = False
        before = forget_peak_memory()
        stream = client.request(port, "/echo", "POST", end=False)
        sending = asyncio.create_task(client.send(stream, SIZE // 4))
        await client.until(lambda: stream in client.ended, 60)
        assert await sending == SIZE // 4
        assert client.received[stream] == SIZE // 4
        assert peak_memory() - before < 30 * MIB


# --- limits, and what is no HTTP/2


async def quiet(peer: H2Peer, stream: int) -> None:
    """Never answers."""


async def test_only_so_many_streams_at_once(certificates: Certificates) -> None:
    async with (
        origin(h2_origin(quiet), certificates.for_origin("h2")) as port,
        gateway(certificates.folder, limits=LimitSettings(streams=7)) as at,
        h2_client(at, port) as client,
    ):
        await client.until(lambda: client.h2.remote_settings.max_concurrent_streams == 7)
        for n in range(7):
            client.request(port, f"/{n}")
        client.h2.remote_settings.max_concurrent_streams = 100
        client.h2.remote_settings.acknowledge()
        client.request(port, "/one-too-many")
        await client.until(lambda: client.gone is not None)
        assert at.exits.no_requests == ["http2-protocol-error"]


def begin_and_reset(client: H2Peer, port: int, number: int) -> None:
    """The rapid reset."""
    client.h2.reset_stream(client.request(port, f"/{number}"), ErrorCodes.CANCEL)
    client.flush()


def ping(client: H2Peer, port: int, number: int) -> None:
    """A question."""
    client.h2.ping(number.to_bytes(8))
    client.flush()


def change_settings(client: H2Peer, port: int, number: int) -> None:
    """Another, that says nothing new."""
    client.writer.write(b"\0\0\6\4\0\0\0\0\0\0\4\0\1\0\0")  # INITIAL_WINDOW_SIZE = 65536


@pytest.mark.parametrize("flood", [begin_and_reset, ping, change_settings])
async def test_a_client_that_floods_is_told_so_and_let_go_and_one_that_is_lively_is_not(
    certificates: Certificates, flood: Callable[[H2Peer, int, int], None]
) -> None:
    async with (
        origin(h2_origin(quiet), certificates.for_origin("h2")) as port,
        gateway(certificates.folder) as at,
    ):
        async with h2_client(at, port) as lively:
            for number in range(60):
                flood(lively, port, number)
            await asyncio.sleep(0.2)
            assert lively.gone is None
        async with h2_client(at, port) as client:
            for number in range(300):
                if client.gone is None:
                    flood(client, port, number)
            await client.until(lambda: client.gone is not None)
            assert client.gone in {ErrorCodes.ENHANCE_YOUR_CALM, -1}
        assert at.exits.no_requests == ["http2-flood"]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        pytest.param("na me", "x", id="a-space-in-a-name"),
        pytest.param("x", "a\r\nb: c", id="a-line-in-a-value"),
        pytest.param("connection", "close", id="a-field-of-http1"),
        pytest.param("X-Upper", "x", id="upper-case"),
        pytest.param(":extra", "x", id="another-pseudo-field"),
        pytest.param("cookie", "x" * 70_000, id="too-large"),
    ],
)
async def test_what_is_no_request_over_http2_is_refused_and_counted(
    certificates: Certificates, name: str, value: str
) -> None:
    async with (
        origin(h2_origin(quiet), certificates.for_origin("h2")) as port,
        gateway(certificates.folder) as at,
        h2_client(at, port) as client,
    ):
        client.h2.config.validate_outbound_headers = False
        client.h2.config.normalize_outbound_headers = False
        stream = client.request(port, "/x", extra=((name, value),))
        await client.until(lambda: client.gone is not None or stream in client.ended)
        assert len(at.exits.no_requests) == 1
        assert at.chain.hooks == []
        if client.gone is None:
            assert (client.heads[stream][":status"], client.bodies[stream]) == ("400", b"no request\n")


async def test_websockets_are_not_offered_over_http2(certificates: Certificates) -> None:
    async with (
        origin(h2_origin(quiet), certificates.for_origin("h2")) as port,
        gateway(certificates.folder) as at,
        h2_client(at, port) as client,
    ):
        await client.until(lambda: client.h2.remote_settings.max_concurrent_streams == 100)
        assert client.h2.remote_settings.enable_connect_protocol == 0
        client.h2.config.validate_outbound_headers = False
        client.request(port, "/x", "CONNECT", end=False, extra=((":protocol", "websocket"),))
        await client.until(lambda: client.gone is not None)
        assert at.chain.hooks == []


async def test_requests_on_their_way_when_an_origin_goes_are_sent_to_a_new_connection(
    certificates: Certificates,
) -> None:
    """Servers say GOAWAY after so many requests, as a matter of course."""
    peers: list[H2Peer] = []

    async def answer(peer: H2Peer, stream: int) -> None:
        if peer not in peers:
            peers.append(peer)
        if len(peers) == 1 and stream > 1:
            await asyncio.sleep(0.1)
            if stream == 9:
                peer.h2.close_connection(last_stream_id=1)
                peer.flush()
            return
        peer.h2.send_headers(stream, [(":status", "200")], end_stream=True)
        peer.flush()

    async with (
        origin(h2_origin(answer), certificates.for_origin("h2")) as port,
        gateway(certificates.folder) as at,
        h2_client(at, port) as client,
    ):
        first = client.request(port, "/0")
        await client.until(lambda: first in client.ended)
        streams = [client.request(port, f"/{n}") for n in range(1, 5)]
        await client.until(lambda: client.ended >= set(streams))
        assert {client.heads[stream][":status"] for stream in streams} == {"200"}
        assert len(peers) == 2


async def test_a_long_connection_remembers_the_streams_under_way_and_no_others(
    certificates: Certificates, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("addons.stream.http_layer._FORGET_EVERY", 10)

    async def answer(peer: H2Peer, stream: int) -> None:
        if peer.heads[stream][":path"] == "/slow":
            await peer.until(lambda: "/last" in [head[":path"] for head in peer.heads.values()])
        peer.h2.send_headers(stream, [(":status", "200")])
        peer.h2.send_data(stream, b"hello", end_stream=True)
        peer.flush()

    async with (
        origin(h2_origin(answer), certificates.for_origin("h2")) as port,
        gateway(certificates.folder) as at,
        h2_client(at, port) as client,
    ):
        slow = client.request(port, "/slow")
        for n in range(60):
            stream = client.request(port, f"/{n}")
            await client.until(lambda stream=stream: stream in client.ended)  # type: ignore[misc]  # a lambda with a default
        outer = at.open[0]._edge._child.layer
        assert isinstance(outer, GatewayHttpLayer)
        inner = outer.carried.layer.child_layer.child_layer.layer  # type: ignore[union-attr]  # private layers
        (upstream,) = inner._origins.values()
        assert len(upstream.our_stream_id) == len(upstream.their_stream_id) < 15
        assert len(inner._client.streams) < 15
        assert len(upstream.streams) < 15
        last = client.request(port, "/last")
        await client.until(lambda: client.ended >= {slow, last})
        assert client.bodies[slow] == client.bodies[last] == b"hello"


# --- draining


def goodbyes_of(client: H2Peer) -> list[int]:
    """The last streams that GOAWAY frames named, as they come; h2 would take nothing after the first."""
    named: list[int] = []
    held = b""
    take = client.h2.receive_data

    def receive(data: bytes) -> list[h2.events.Event]:
        nonlocal held
        held += data
        kept = b""
        while len(held) >= 9:
            frame, length = Frame.parse_frame_header(memoryview(held[:9]))
            if len(held) < 9 + length:
                break
            if isinstance(frame, GoAwayFrame):
                frame.parse_body(memoryview(held[9 : 9 + length]))
                assert frame.error_code == ErrorCodes.NO_ERROR
                named.append(frame.last_stream_id)
            else:
                kept += held[: 9 + length]
            held = held[9 + length :]
        return take(kept)

    client.h2.receive_data = receive  # type: ignore[method-assign]
    return named


@pytest.fixture
def release() -> asyncio.Event:
    """Until it is set, the origin of `held_up` keeps an answer to itself."""
    return asyncio.Event()


def held_up(release: asyncio.Event) -> Handler:
    async def take(peer: H2Peer, stream: int) -> None:
        if peer.heads[stream][":path"] == "/held":
            await release.wait()
        peer.h2.send_headers(stream, [(":status", "200"), ("content-length", "5")])
        await peer.send(stream, 5)

    return h2_origin(take)


async def test_a_connection_that_is_to_end_says_so_twice_and_answers_what_it_has_taken(
    certificates: Certificates, release: asyncio.Event
) -> None:
    async with (
        origin(held_up(release), certificates.for_origin("h2")) as port,
        gateway(certificates.folder, chain=first_tls()) as at,
        h2_client(at, port) as client,
    ):
        named = goodbyes_of(client)
        done, held = client.request(port, "/x"), client.request(port, "/held")
        await client.until(lambda: done in client.ended)
        at.open[0].drain(5.0)
        await client.until(lambda: len(named) == 2)
        assert named == [2**31 - 1, held]
        late = client.request(port, "/late")
        await client.until(lambda: late in client.resets)
        assert client.resets == {late: ErrorCodes.REFUSED_STREAM}, "it may be asked for elsewhere"
        assert client.gone is None
        release.set()
        await client.until(lambda: held in client.ended)
        await client.until(lambda: client.gone == -1)
        assert client.bodies[held] == bytes(5)


async def test_one_that_has_asked_for_nothing_yet_may_ask_once(
    certificates: Certificates, release: asyncio.Event
) -> None:
    release.set()
    async with (
        origin(held_up(release), certificates.for_origin("h2")) as port,
        gateway(certificates.folder, chain=first_tls()) as at,
        h2_client(at, port) as client,
    ):
        named = goodbyes_of(client)
        at.open[0].drain(1.0)
        await client.until(lambda: bool(named))
        stream = client.request(port, "/x")
        await client.until(lambda: stream in client.ended)
        await client.until(lambda: client.gone == -1)
        assert named == [2**31 - 1, stream]


async def test_an_idle_one_ends_at_once(certificates: Certificates, release: asyncio.Event) -> None:
    """Its client has read that nothing more is taken, and so has nothing on its way."""
    async with (
        origin(held_up(release), certificates.for_origin("h2")) as port,
        gateway(certificates.folder, chain=first_tls()) as at,
        h2_client(at, port) as client,
    ):
        named = goodbyes_of(client)
        stream = client.request(port, "/x")
        await client.until(lambda: stream in client.ended)
        at.open[0].drain(60.0)
        await client.until(lambda: client.gone == -1)
        assert named == [2**31 - 1, stream]


def first_tls() -> Chain:
    """Origins that speak HTTP/2 are asked before the client is answered."""
    chain = Chain()
    chain.tls_first = True
    return chain
