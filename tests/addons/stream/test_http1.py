"""HTTP/1 as it should not be, from clients and from origins."""

import asyncio
import contextlib
import time

import h11
import pytest
from h11._receivebuffer import ReceiveBuffer
from hypothesis import given
from hypothesis import strategies as st

from addons.stream.http1 import Chunks
from policy.words import Ended
from tests.addons.wire import (
    ORIGIN,
    Certificates,
    Chain,
    Handler,
    answering,
    ask,
    forget_peak_memory,
    gateway,
    h2_client,
    origin,
    peak_memory,
    read_body,
    read_head,
)

MIB = 1024 * 1024
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"
HOST = f"Host: {ORIGIN}"
GET = f"GET http://{ORIGIN}/ HTTP/1.1\n{HOST}\n"
POST = f"POST http://{ORIGIN}/ HTTP/1.1\n{HOST}\n"


# --- what is no request


@pytest.mark.parametrize(
    ("sent", "status", "why"),
    [
        pytest.param("GET HTTP/1.1\n\n", 400, "malformed", id="no-target"),
        pytest.param("GET / HTTP/9\n\n", 400, "malformed", id="no-such-version"),
        pytest.param("GET http://me:pw@origin.test/ HTTP/1.1\n\n", 400, "malformed", id="user-info"),
        pytest.param("GET ftp://origin.test/ HTTP/1.1\n\n", 400, "malformed", id="ftp"),
        pytest.param("GET http://a\\b.test/ HTTP/1.1\n\n", 400, "malformed", id="backslash"),
        pytest.param("GET / HTTP/1.1\n folded: x\n\n", 400, "malformed", id="folded-first"),
        pytest.param("GET / HTTP/1.1\n\n", 400, "no-absolute-target", id="no-host"),
        pytest.param(f"GET / HTTP/1.1\n{HOST}\n\n", 400, "no-absolute-target", id="origin-form"),
        pytest.param(f"OPTIONS * HTTP/1.1\n{HOST}\n\n", 400, "no-absolute-target", id="asterisk"),
        pytest.param(f"{POST}Content-Length: x\n\n", 400, "malformed", id="length"),
        pytest.param(
            f"{POST}Content-Length: 3\nTransfer-Encoding: chunked\n\n",
            400,
            "request-validation-failed",
            id="length-and-chunks",
        ),
        pytest.param(f"{POST}Transfer-Encoding: xchunked\n\n", 400, "malformed", id="unknown-coding"),
        pytest.param(f"{GET}na me: x\n\n", 400, "request-validation-failed", id="a-space-in-a-name"),
        pytest.param(f"{GET}Cookie: {'x' * 70_000}\n\n", 431, "head-too-large", id="too-large"),
    ],
)
async def test_what_is_no_request_gets_the_fixed_page_and_is_counted(
    certificates: Certificates, sent: str, status: int, why: str
) -> None:
    async with gateway(certificates.folder) as at:
        reader, writer = await at.connect()
        writer.write(sent.replace("\n", "\r\n").encode())
        answer = await asyncio.wait_for(reader.read(), 5)
        assert answer.startswith(f"HTTP/1.1 {status} ".encode())
        assert answer.endswith(b"no request\n")
        assert at.exits.no_requests == [why]
        assert at.chain.hooks == []
        assert at.chain.connects_to == []


@pytest.mark.parametrize("in_tls", [False, True], ids=["plain", "in-tls"])
async def test_a_head_without_an_end_is_not_kept(certificates: Certificates, in_tls: bool) -> None:
    async with origin(answering(OK), certificates.for_origin()) as port, gateway(certificates.folder) as at:
        reader, writer = await (at.tunnel(port) if in_tls else at.connect())
        before = forget_peak_memory()
        writer.write(f"GET http://{ORIGIN}/ HTTP/1.1\r\nCookie: ".encode())
        with contextlib.suppress(ConnectionError):
            for _ in range(100):
                writer.write(bytes(MIB))
                await writer.drain()
        assert peak_memory() - before < 30 * MIB
        assert (await asyncio.wait_for(reader.read(), 5)).startswith(b"HTTP/1.1 431 ")
        assert at.exits.no_requests == ["head-too-large"]


async def test_a_head_that_takes_too_long_is_not_waited_for(
    certificates: Certificates, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Though its client is never idle."""
    monkeypatch.setattr("addons.stream.connection._TICK_SECONDS", 0.05)
    monkeypatch.setattr("addons.stream.connection._HEAD_SECONDS", 0.3)
    async with gateway(certificates.folder) as at:
        _, writer = await at.connect()
        writer.write(b"GET / HTTP/1.1\r\n")
        for _ in range(40):
            if at.exits.no_requests:
                break
            writer.write(b"a: b\r\n")
            await asyncio.sleep(0.05)
        assert at.exits.no_requests == ["too-slow"]


async def test_empty_lines_before_a_request_are_skipped_and_pipelined_requests_wait(
    certificates: Certificates,
) -> None:
    async with origin(answering(OK)) as port, gateway(certificates.folder) as at:
        reader, writer = await at.connect()
        one = f"GET http://{ORIGIN}:{port}/1 HTTP/1.1\r\n{HOST}:{port}\r\n\r\n"
        two, three = one.replace("/1 ", "/2 "), one.replace("/1 ", "/3 ")
        writer.write(f"\r\n\r\n{one}\r\n{two}{three}".encode())
        for _ in range(3):
            line, headers = await read_head(reader)
            assert (line, await read_body(reader, headers)) == ("HTTP/1.1 200 OK", b"hello")
        assert [path for path, *_ in at.chain.ends] == ["/1", "/2", "/3"]


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(b"5;" + b"x" * 200_000, id="a-chunk-extension"),
        pytest.param(b"0\r\n" + b"x: y\r\n" * 40_000, id="trailers"),
    ],
)
async def test_what_is_neither_head_nor_body_has_a_greatest_size_too(
    certificates: Certificates, body: bytes
) -> None:
    async with origin(answering(OK)) as port, gateway(certificates.folder) as at:
        reader, writer = await at.connect()
        head = (
            f"POST http://{ORIGIN}:{port}/x HTTP/1.1\r\n{HOST}:{port}\r\nTransfer-Encoding: chunked\r\n\r\n"
        )
        writer.write(head.encode() + body)
        async with asyncio.timeout(5):
            with contextlib.suppress(ConnectionError):
                await reader.read()
        await at.settled(lambda: at.chain.ends == [("/x", "error", Ended.CLIENT_LEFT)])


# --- what origins say

TWO_HINTS = b"HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\nHTTP/1.1 103 Early Hints\r\n\r\n"
CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n"
BAD_GATEWAY = "HTTP/1.1 502 Bad Gateway"


@pytest.mark.parametrize(
    ("answer", "line", "body"),
    [
        pytest.param(CHUNKED + b"x-sum: 1\r\n\r\n", "HTTP/1.1 200 OK", b"hello", id="trailers"),
        pytest.param(b"HTTP/1.1 100 Continue\r\n\r\n" + OK, "HTTP/1.1 200 OK", b"hello", id="continue"),
        pytest.param(TWO_HINTS + OK, "HTTP/1.1 200 OK", b"hello", id="early-hints"),
        pytest.param(
            b"HTTP/1.1 204 No Content\r\nContent-Length: 0\r\n\r\n",
            "HTTP/1.1 204 No Content",
            b"",
            id="no-body",
        ),
        pytest.param(b"rubbish\r\n\r\n", BAD_GATEWAY, b"failed: error\n", id="no-http"),
        pytest.param(
            b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello",
            BAD_GATEWAY,
            b"failed: error\n",
            id="two-lengths",
        ),
        pytest.param(
            b"HTTP/1.1 200 OK\r\nna me: x\r\nContent-Length: 5\r\n\r\nhello",
            BAD_GATEWAY,
            b"failed: error\n",
            id="a-space-in-a-name",
        ),
        pytest.param(
            b"HTTP/1.1 200 OK\r\nx: " + b"x" * 70_000 + b"\r\nContent-Length: 5\r\n\r\nhello",
            BAD_GATEWAY,
            b"failed: too-much\n",
            id="a-large-head",
        ),
        pytest.param(
            b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nx: " + b"x" * 1_000_000,
            BAD_GATEWAY,
            b"failed: too-much\n",
            id="an-endless-head",
        ),
    ],
)
async def test_what_an_origin_says_reaches_the_client_or_our_page_does(
    certificates: Certificates, answer: bytes, line: str, body: bytes
) -> None:
    async with origin(answering(answer)) as port, gateway(certificates.folder) as at:
        reader, writer = await at.connect()
        for _ in range(2):
            got = await ask(reader, writer, f"GET http://{ORIGIN}:{port}/x HTTP/1.1\n{HOST}:{port}\n\n")
            assert (got[0], got[2]) == (line, body)


async def test_a_client_that_knows_no_chunks_gets_none(certificates: Certificates) -> None:
    async with origin(answering(CHUNKED + b"\r\n")) as port, gateway(certificates.folder) as at:
        reader, writer = await at.connect()
        request = f"GET http://{ORIGIN}:{port}/x HTTP/1.0\n{HOST}:{port}\n\n"
        _, headers, body = await ask(reader, writer, request)
        assert "transfer-encoding" not in headers
        assert body == b"hello"


async def test_a_body_from_http2_is_framed_for_an_origin_that_speaks_http1(
    certificates: Certificates,
) -> None:
    """Without a length it would be read as the next request, which nobody has judged."""
    seen: list[bytes] = []

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        _, headers = await read_head(reader)
        seen.append(await read_body(reader, headers))
        writer.write(OK)

    chain = Chain()
    chain.tls_first = False
    async with (
        origin(handle, certificates.for_origin("http/1.1")) as port,
        gateway(certificates.folder, chain=chain) as at,
        h2_client(at, port) as client,
    ):
        stream = client.request(port, "/x", "POST", end=False)
        smuggled = b"GET /blocked HTTP/1.1\r\nHost: x\r\n\r\n"
        client.h2.send_data(stream, smuggled, end_stream=True)
        client.flush()
        await client.until(lambda: stream in client.ended)
        assert client.bodies[stream] == b"hello"
        assert seen == [smuggled]


# --- connections that were idle


def leaving_after(answers: int) -> tuple[Handler, list[int]]:
    """An origin that takes one request more than it answers on its first connection."""
    connections: list[int] = []

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connections.append(0)
        if len(connections) > 1:
            await answering(OK)(reader, writer)
            return
        for _ in range(answers):
            await read_head(reader)
            writer.write(OK)
        await read_head(reader)

    return handle, connections


@pytest.mark.parametrize(("method", "again"), [("GET", True), ("HEAD", True), ("POST", False)])
async def test_what_was_on_its_way_to_a_connection_being_closed_is_sent_again_where_that_is_safe(
    certificates: Certificates, method: str, again: bool
) -> None:
    handler, connections = leaving_after(1)
    async with origin(handler) as port, gateway(certificates.folder) as at:
        reader, writer = await at.connect()
        first = await ask(reader, writer, f"GET http://{ORIGIN}:{port}/1 HTTP/1.1\n{HOST}:{port}\n\n")
        assert first[0] == "HTTP/1.1 200 OK"
        second = await ask(
            reader,
            writer,
            f"{method} http://{ORIGIN}:{port}/2 HTTP/1.1\n{HOST}:{port}\nContent-Length: 0\n\n",
        )
        assert (second[0] == "HTTP/1.1 200 OK") is again
        assert len(connections) == (2 if again else 1)
        assert len(at.chain.ends) == 2


async def test_a_connection_that_never_answered_is_not_tried_again(certificates: Certificates) -> None:
    handler, connections = leaving_after(0)
    async with origin(handler) as port, gateway(certificates.folder) as at:
        reader, writer = await at.connect()
        got = await ask(reader, writer, f"GET http://{ORIGIN}:{port}/1 HTTP/1.1\n{HOST}:{port}\n\n")
        assert got[2] == b"failed: origin-left\n"
        assert len(connections) == 1


# --- the chunked coding


@given(
    pieces=st.lists(st.binary(min_size=1, max_size=50), max_size=6),
    trailers=st.booleans(),
    steps=st.lists(st.integers(1, 20), min_size=1, max_size=20),
)
def test_a_chunked_body_is_read_whatever_the_segments_and_without_its_trailers(
    pieces: list[bytes], trailers: bool, steps: list[int]
) -> None:
    sent = b"".join(b"%x\r\n%s\r\n" % (len(piece), piece) for piece in pieces) + b"0\r\n"
    sent += b"a: b\r\n\r\n" if trailers else b"\r\n"
    chunks, buffer = Chunks(), ReceiveBuffer()
    body, ended, at, turn = b"", False, 0, 0
    while at < len(sent):
        buffer += sent[at : at + steps[turn % len(steps)]]
        at, turn = at + steps[turn % len(steps)], turn + 1
        while not ended and (read := chunks(buffer)) is not None:
            if isinstance(read, h11.Data):
                body += bytes(read.data)
            else:
                ended = True
                assert list(read.headers) == []
    assert ended
    assert body == b"".join(pieces)


# --- draining


async def test_a_connection_that_is_to_end_says_so_with_its_next_answer_and_ends(
    certificates: Certificates,
) -> None:
    async with origin(answering(OK)) as port, gateway(certificates.folder) as at:
        reader, writer = await at.connect()
        request = f"GET http://{ORIGIN}:{port}/x HTTP/1.1\n{HOST}:{port}\n\n"
        line, headers, _ = await ask(reader, writer, request)
        assert (line, headers.get("connection")) == ("HTTP/1.1 200 OK", None)
        at.open[0].drain(5.0)
        await asyncio.sleep(0.1)
        line, headers, _ = await ask(reader, writer, request)
        assert (line, headers["connection"]) == ("HTTP/1.1 200 OK", "close")
        assert await asyncio.wait_for(reader.read(), 2) == b""


async def test_so_does_one_inside_tls(certificates: Certificates) -> None:
    async with (
        origin(answering(OK), certificates.for_origin("http/1.1")) as port,
        gateway(certificates.folder) as at,
    ):
        reader, writer = await at.tunnel(port, "http/1.1")
        request = f"GET /x HTTP/1.1\n{HOST}:{port}\n\n"
        assert "connection" not in (await ask(reader, writer, request))[1]
        at.open[0].drain(5.0)
        line, headers, _ = await ask(reader, writer, request)
        assert (line, headers["connection"]) == ("HTTP/1.1 200 OK", "close")
        assert await asyncio.wait_for(reader.read(), 2) == b""


async def test_an_idle_connection_is_closed_when_patience_is_over_and_not_before(
    certificates: Certificates,
) -> None:
    async with origin(answering(OK)) as port, gateway(certificates.folder) as at:
        reader, writer = await at.connect()
        await ask(reader, writer, f"GET http://{ORIGIN}:{port}/x HTTP/1.1\n{HOST}:{port}\n\n")
        began = time.monotonic()
        at.open[0].drain(0.4)
        assert await asyncio.wait_for(reader.read(), 5) == b""
        assert 0.35 < time.monotonic() - began < 2


async def test_what_is_under_way_when_draining_begins_is_not_cut_off(certificates: Certificates) -> None:
    """Its head has gone out, without a word of the end; the next answer says it."""

    async def slow(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            await read_head(reader)
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nab")
            await asyncio.sleep(0.5)
            writer.write(b"cd")

    async with origin(slow) as port, gateway(certificates.folder) as at:
        reader, writer = await at.connect()
        request = f"GET http://{ORIGIN}:{port}/x HTTP/1.1\n{HOST}:{port}\n\n"
        asking = asyncio.create_task(ask(reader, writer, request))
        await at.settled(lambda: bool(at.open) and not at.open[0].is_idle())
        await asyncio.sleep(0.2)
        at.open[0].drain(0.4)
        assert at.open[0].idle_seconds() == 0.0
        _, headers, body = await asking
        assert (headers.get("connection"), body) == (None, b"abcd")
        _, headers, body = await ask(reader, writer, request)
        assert (headers["connection"], body) == ("close", b"abcd")
