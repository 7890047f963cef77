"""A WebSocket: followed, bounded, and nothing else after a 101."""

import asyncio
import base64
import contextlib
import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st
from mitmproxy import http
from wsproto.frame_protocol import FrameProtocol

from addons.stream import BODIES, ENDED
from addons.stream.websocket import Frames, NotAFrame
from policy.words import Ended
from tests.addons.wire import (
    ORIGIN,
    Certificates,
    Gateway,
    Handler,
    drink,
    forget_peak_memory,
    gateway,
    origin,
    peak_memory,
    pour,
    read_head,
)

MIB = 1024 * 1024
KEY = "dGhlIHNhbXBsZSBub25jZQ=="  # RFC 6455, 1.3


def frame(payload: int, *, first: int = 0x82, masked: bool) -> bytes:
    """The head of a frame with a payload of this length."""
    mask = 0x80 if masked else 0
    if payload < 126:
        head = bytes([first, mask | payload])
    elif payload < 2**16:
        head = bytes([first, mask | 126]) + payload.to_bytes(2)
    else:
        head = bytes([first, mask | 127]) + payload.to_bytes(8)
    return head + (b"mask" if masked else b"")


# --- following the frames


@given(
    messages=st.lists(
        st.tuples(st.sampled_from(["text", "binary", "ping"]), st.binary(max_size=70_000)), max_size=5
    ),
    close=st.one_of(st.none(), st.integers(1000, 1003)),
    client=st.booleans(),
    steps=st.lists(st.integers(1, 5000), min_size=1, max_size=50),
)
def test_what_another_implementation_sends_is_followed_whatever_the_segments(
    messages: list[tuple[str, bytes]], close: int | None, client: bool, steps: list[int]
) -> None:
    protocol = FrameProtocol(client=client, extensions=[])
    sent, payload = b"", 0
    for kind, content in messages:
        if kind == "ping":
            sent += protocol.ping(content[:125])
            payload += len(content[:125])
        else:
            data = content.hex() if kind == "text" else content
            sent += protocol.send_data(data, fin=True)
            payload += len(data)
    if close is not None:
        sent += protocol.close(close, "bye")
        payload += 5
    frames = Frames(masked=client)
    at, turn = 0, 0
    while at < len(sent):
        step = steps[turn % len(steps)]
        frames.follow(sent[at : at + step])
        at, turn = at + step, turn + 1
    assert frames.payload == payload
    assert frames.close_code == close


@given(data=st.binary(max_size=300), masked=st.booleans())
def test_any_bytes_are_followed_or_refused(data: bytes, masked: bool) -> None:
    frames = Frames(masked=masked)
    with contextlib.suppress(NotAFrame):
        frames.follow(data)
    assert 0 <= frames.payload <= len(data)


@pytest.mark.parametrize(
    ("sent", "masked"),
    [
        pytest.param(b"GET / HTTP/1.1\r\n\r\n", True, id="http"),
        pytest.param(b"SSH-2.0-OpenSSH\r\n", True, id="ssh"),
        pytest.param(b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", True, id="tls"),
        pytest.param(frame(5, masked=False) + b"hello!", True, id="a-client-that-does-not-mask"),
        pytest.param(frame(5, masked=True) + b"hello", False, id="an-origin-that-masks"),
        pytest.param(frame(5, first=0x83, masked=False) + b"hello", False, id="reserved-opcode"),
        pytest.param(frame(200, first=0x89, masked=False), False, id="a-long-ping"),
        pytest.param(frame(2, first=0x09, masked=False), False, id="a-ping-in-pieces"),
        pytest.param(b"\x82\x7f" + b"\xff" * 8, False, id="a-negative-length"),
    ],
)
def test_what_is_no_frame_is_refused(sent: bytes, masked: bool) -> None:
    with pytest.raises(NotAFrame):
        Frames(masked=masked).follow(sent)


# --- on the wire


class Notes:
    """An addon that writes down how WebSockets ended."""

    def __init__(self) -> None:
        self.ends: list[tuple[Ended, tuple[int, int], int | None]] = []

    def websocket_end(self, flow: http.HTTPFlow) -> None:
        assert flow.websocket is not None
        self.ends.append((flow.metadata[ENDED], flow.metadata[BODIES], flow.websocket.close_code))


def accept(key: str) -> str:
    digest = hashlib.sha1(f"{key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11".encode(), usedforsecurity=False)
    return base64.b64encode(digest.digest()).decode()


def switching(then: Handler, *, upgrade: str = "websocket", key: str | None = None) -> Handler:
    """An origin that answers 101 and goes on with `then`."""

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        _, headers = await read_head(reader)
        accepted = accept(key or headers.get("sec-websocket-key", ""))
        writer.write(
            f"HTTP/1.1 101 Switching Protocols\r\nUpgrade: {upgrade}\r\nConnection: Upgrade\r\n"
            f"Sec-WebSocket-Accept: {accepted}\r\n\r\n".encode()
        )
        await then(reader, writer)

    return handle


async def opened(
    at: Gateway, port: int, *, upgrade: str = "websocket"
) -> tuple[str, asyncio.StreamReader, asyncio.StreamWriter]:
    """Ask for a WebSocket; returns the first line of the answer."""
    reader, writer = await at.tunnel(port, "http/1.1")
    writer.write(
        f"GET /ws HTTP/1.1\r\nHost: {ORIGIN}:{port}\r\nUpgrade: {upgrade}\r\nConnection: Upgrade\r\n"
        f"Sec-WebSocket-Key: {KEY}\r\nSec-WebSocket-Version: 13\r\n\r\n".encode()
    )
    line, _ = await read_head(reader)
    return line, reader, writer


async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Send every frame back unmasked: the heads of `frame` are as long as they are known to be."""
    while True:
        first, second = await reader.readexactly(2)
        length = second & 0x7F
        if length == 126:
            length = int.from_bytes(await reader.readexactly(2))
        elif length == 127:
            length = int.from_bytes(await reader.readexactly(8))
        await reader.readexactly(4)
        writer.write(frame(length, first=first, masked=False))
        while length:
            data = await reader.read(min(length, 256 * 1024))
            length -= len(data)
            writer.write(data)
            await writer.drain()
        if first == 0x88:
            return


@pytest.mark.parametrize("frames", [1, 100], ids=["one-message", "a-hundred-messages"])
async def test_a_websocket_carries_much_each_way_in_little_memory(
    certificates: Certificates, frames: int
) -> None:
    each = 100 * MIB // frames
    notes = Notes()
    async with (
        origin(switching(echo), certificates.for_origin("http/1.1")) as port,
        gateway(certificates.folder, notes) as at,
    ):
        line, reader, writer = await opened(at, port)
        assert line.startswith("HTTP/1.1 101 ")
        before = forget_peak_memory()

        async def send() -> None:
            for _ in range(frames):
                writer.write(frame(each, masked=True))
                await pour(writer, each)
            writer.write(frame(2, first=0x88, masked=True) + (1000 ^ 0x6D61).to_bytes(2))

        sending = asyncio.create_task(send())
        async with asyncio.timeout(100):
            for _ in range(frames):
                await drink(reader, len(frame(each, masked=False)) + each)
            await sending
        assert peak_memory() - before < 30 * MIB
        await at.settled(lambda: bool(notes.ends))
        total = 100 * MIB + 2
        assert notes.ends == [(Ended.COMPLETE, (total, total), 1000)]
        assert at.chain.ends == [("/ws", "response", None)]


@pytest.mark.parametrize(
    ("who", "ended"), [("client", Ended.CLIENT_LEFT), ("origin", Ended.ORIGIN_LEFT)], ids=["client", "origin"]
)
async def test_whoever_leaves_without_a_word_is_named(
    certificates: Certificates, who: str, ended: Ended
) -> None:
    async def leave(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if who == "client":
            await reader.read()

    notes = Notes()
    async with (
        origin(switching(leave), certificates.for_origin("http/1.1")) as port,
        gateway(certificates.folder, notes) as at,
    ):
        _, reader, writer = await opened(at, port)
        if who == "client":
            writer.close()
        else:
            assert await asyncio.wait_for(reader.read(), 5) == b""
        await at.settled(lambda: bool(notes.ends))
        assert notes.ends[0][0] is ended


async def test_a_websocket_that_turns_into_something_else_is_ended(certificates: Certificates) -> None:
    async def greet(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"SSH-2.0-OpenSSH_9.9\r\n")
        await reader.read()

    notes = Notes()
    async with (
        origin(switching(greet), certificates.for_origin("http/1.1")) as port,
        gateway(certificates.folder, notes) as at,
    ):
        _, reader, _ = await opened(at, port)
        assert await asyncio.wait_for(reader.read(), 5) == b""
        assert notes.ends == [(Ended.REFUSED, (0, 0), None)]


@pytest.mark.parametrize(
    ("asked", "answered", "key"),
    [
        pytest.param("h2c", "h2c", None, id="h2c"),
        pytest.param("websocket", "tunnel", None, id="another-protocol"),
        pytest.param("tunnel", "websocket", None, id="not-asked-for"),
        pytest.param("websocket", "websocket", "wrong", id="a-wrong-key"),
    ],
)
async def test_a_switch_to_anything_else_is_answered_with_our_page(
    certificates: Certificates, asked: str, answered: str, key: str | None
) -> None:
    handler = switching(echo, upgrade=answered, key=key)
    async with (
        origin(handler, certificates.for_origin("http/1.1")) as port,
        gateway(certificates.folder) as at,
    ):
        line, _, _ = await opened(at, port, upgrade=asked)
        assert line.startswith("HTTP/1.1 502 ")
        assert at.exits.failures == [Ended.REFUSED]
        assert at.chain.ends == [("/ws", "error", Ended.REFUSED)]
