"""One request and its answer: refused at once, streamed, failed with a page, cut off visibly."""

import asyncio

import pytest
from mitmproxy import http

from addons.settings import LimitSettings
from addons.stream import ENDED, FOR_US, http_stream
from policy.words import Ended
from tests.addons.wire import (
    ORIGIN,
    Certificates,
    Chain,
    Gateway,
    H2Peer,
    Handler,
    answering,
    ask,
    forget_peak_memory,
    gateway,
    h2_client,
    h2_origin,
    origin,
    peak_memory,
    pour,
    read_body,
    read_head,
)

MIB = 1024 * 1024
SIZE = 200 * MIB
BLOCK = bytes(256 * 1024)
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"


def refusing(*paths: str) -> Chain:
    chain = Chain()
    chain.refused_paths.update(paths)
    return chain


# --- refused with the body still to come


@pytest.mark.parametrize("chunked", [False, True], ids=["length", "chunked"])
async def test_a_refused_upload_over_http1_is_answered_at_once_and_thrown_away(
    certificates: Certificates, chunked: bool
) -> None:
    async with gateway(certificates.folder, chain=refusing("/up")) as at:
        reader, writer = await at.connect()
        before = forget_peak_memory()
        framing = "Transfer-Encoding: chunked" if chunked else f"Content-Length: {SIZE}"
        writer.write(f"POST http://{ORIGIN}/up HTTP/1.1\r\nHost: {ORIGIN}\r\n{framing}\r\n\r\n".encode())
        line, headers = await read_head(reader)
        assert line == "HTTP/1.1 403 Forbidden"
        assert await read_body(reader, headers) == b"refused\n"
        await pour(writer, SIZE, chunked=chunked)
        line, _, _ = await ask(reader, writer, f"GET http://{ORIGIN}/up HTTP/1.1\nHost: {ORIGIN}\n\n")
        assert line == "HTTP/1.1 403 Forbidden", "the connection can be used again"
        assert peak_memory() - before < 30 * MIB
        assert at.chain.connects_to == []
        assert at.chain.ends == [("/up", "response", None)] * 2


@pytest.mark.parametrize("with_length", [False, True], ids=["no-length", "length"])
@pytest.mark.parametrize("alpn", ["h2", "http/1.1"], ids=["h2-origin", "h1-origin"])
async def test_a_refused_upload_over_http2_is_answered_at_once_and_thrown_away(
    certificates: Certificates, with_length: bool, alpn: str
) -> None:
    chain = refusing("/up")
    # Otherwise the client would be offered what the origin speaks.
    chain.tls_first = alpn == "h2"
    handler = h2_origin(hello) if alpn == "h2" else answering(OK)
    async with (
        origin(handler, certificates.for_origin(alpn)) as port,
        gateway(certificates.folder, chain=chain) as at,
        h2_client(at, port) as client,
    ):
        before = forget_peak_memory()
        extra = (("content-length", str(SIZE)),) if with_length else ()
        up = client.request(port, "/up", "POST", end=False, extra=extra)
        await client.until(lambda: up in client.ended)
        assert client.heads[up][":status"] == "403"
        assert client.bodies[up] == b"refused\n"
        assert await client.send(up, SIZE) == SIZE
        down = client.request(port, "/x")
        await client.until(lambda: down in client.ended)
        assert client.bodies[down] == b"hello", "its neighbours are served"
        assert peak_memory() - before < 30 * MIB
        assert at.chain.ends == [("/up", "response", None), ("/x", "response", None)]


async def hello(peer: H2Peer, stream: int) -> None:
    peer.h2.send_headers(stream, [(":status", "200"), ("content-length", "5")])
    peer.h2.send_data(stream, b"hello", end_stream=True)
    peer.flush()


async def test_a_refused_request_that_asks_before_it_sends_is_not_told_to_go_on(
    certificates: Certificates,
) -> None:
    async with gateway(certificates.folder, chain=refusing("/up")) as at:
        reader, writer = await at.connect()
        line, _, _ = await ask(
            reader,
            writer,
            f"POST http://{ORIGIN}/up HTTP/1.1\nHost: {ORIGIN}\nContent-Length: 5\nExpect: 100-continue\n\n",
        )
        assert line == "HTTP/1.1 403 Forbidden"


@pytest.mark.parametrize("h2", [False, True], ids=["h1", "h2"])
async def test_more_than_the_most_is_not_thrown_away_but_closed(
    certificates: Certificates, monkeypatch: pytest.MonkeyPatch, h2: bool
) -> None:
    monkeypatch.setattr("addons.stream.http_stream._DISCARDED_MOST", MIB)
    async with (
        origin(h2_origin(hello), certificates.for_origin("h2")) as port,
        gateway(certificates.folder, chain=refusing("/up")) as at,
    ):
        if h2:
            async with h2_client(at, port) as client:
                up = client.request(port, "/up", "POST", end=False)
                sent = await client.send(up, 50 * MIB)
                assert sent < 50 * MIB
                assert client.resets == {up: 0}, "NO_ERROR: the answer was whole"
                assert client.bodies[up] == b"refused\n"
        else:
            reader, writer = await at.connect()
            head = f"POST http://{ORIGIN}/up HTTP/1.1\r\nHost: {ORIGIN}\r\nContent-Length: {SIZE}\r\n\r\n"
            writer.write(head.encode())
            await pour(writer, 2 * MIB)
            async with asyncio.timeout(5):
                answer = await reader.read()
            assert answer.startswith(b"HTTP/1.1 403") and answer.endswith(b"refused\n")


async def test_an_answer_to_head_has_no_body(certificates: Certificates) -> None:
    async with gateway(certificates.folder, chain=refusing("/up")) as at:
        reader, writer = await at.connect()
        for _ in range(2):
            line, headers, _ = await ask(
                reader, writer, f"HEAD http://{ORIGIN}/up HTTP/1.1\nHost: {ORIGIN}\n\n"
            )
            assert (line, headers["content-length"]) == ("HTTP/1.1 403 Forbidden", "8")


class RefusesByType:
    """An addon that looks at the head of the answer."""

    def responseheaders(self, flow: http.HTTPFlow) -> None:
        if flow.response is not None and flow.response.headers.get("content-type") == "bad/thing":
            flow.response = http.Response.make(403, b"not this\n")


@pytest.mark.parametrize("h2", [False, True], ids=["h1", "h2"])
async def test_an_answer_can_be_refused_by_its_head(certificates: Certificates, h2: bool) -> None:
    bad = b"HTTP/1.1 200 OK\r\nContent-Type: bad/thing\r\nContent-Length: 100000000\r\n\r\n" + BLOCK

    async def answer(peer: H2Peer, stream: int) -> None:
        peer.h2.send_headers(stream, [(":status", "200"), ("content-type", "bad/thing")])
        peer.h2.send_data(stream, bytes(1000))
        peer.flush()

    handler = h2_origin(answer) if h2 else answering(bad)
    tls = certificates.for_origin("h2" if h2 else "http/1.1")
    async with (
        origin(handler, tls) as port,
        gateway(certificates.folder, RefusesByType()) as at,
    ):
        if h2:
            async with h2_client(at, port) as client:
                stream = client.request(port, "/x")
                await client.until(lambda: stream in client.ended)
                assert (client.heads[stream][":status"], client.bodies[stream]) == ("403", b"not this\n")
        else:
            reader, writer = await at.tunnel(port, "http/1.1")
            line, _, body = await ask(reader, writer, f"GET /x HTTP/1.1\nHost: {ORIGIN}\n\n")
            assert (line, body) == ("HTTP/1.1 403 Forbidden", b"not this\n")
        assert at.chain.ends == [("/x", "response", None)]


# --- bodies that are for us


class ForUs(Chain):
    """Reads bodies of at most eight bytes, and answers with what it read."""

    def __init__(self) -> None:
        super().__init__()
        self.tls_first = False
        self.answers = True
        self.asked = asyncio.Event()
        self.go_on = asyncio.Event()
        self.go_on.set()

    def requestheaders(self, flow: http.HTTPFlow) -> None:
        super().requestheaders(flow)
        flow.metadata[FOR_US] = 8

    async def request(self, flow: http.HTTPFlow) -> None:
        self.asked.set()
        await self.go_on.wait()
        if self.answers:
            body = flow.request.raw_content
            said = body if body is not None else str(flow.metadata[ENDED]).encode()
            flow.response = http.Response.make(200, b"read: " + said, {"content-type": "text/plain"})


def post(framing: str, body: str) -> str:
    return f"POST http://{ORIGIN}/form HTTP/1.1\nHost: {ORIGIN}\n{framing}\n\n{body}"


@pytest.mark.parametrize(
    ("request_", "said"),
    [
        pytest.param(post("Content-Length: 8", "a=1&b=22"), b"a=1&b=22", id="as-long-as-may-be"),
        pytest.param(post("Transfer-Encoding: chunked", "3\na=1\n1\n&\n0\n\n"), b"a=1&", id="in-chunks"),
        pytest.param(post("Content-Length: 0", ""), b"", id="none"),
        pytest.param(post("Content-Length: 9", "a=1&b=222"), b"too-much", id="one-byte-more"),
        pytest.param(
            post("Transfer-Encoding: chunked", "9\na=1&b=222\n0\n\n"), b"too-much", id="more-in-chunks"
        ),
    ],
)
async def test_a_body_that_is_for_us_is_read_as_far_as_it_may_be_long(
    certificates: Certificates, request_: str, said: bytes
) -> None:
    chain = ForUs()
    async with gateway(certificates.folder, chain=chain) as at:
        reader, writer = await at.connect()
        for _ in range(2):  # the connection can be used again
            line, _, body = await ask(reader, writer, request_)
            assert (line, body) == ("HTTP/1.1 200 OK", b"read: " + said)
        assert chain.connects_to == []
        assert [(path, hook) for path, hook, _ in chain.ends] == [("/form", "response")] * 2


async def test_a_body_for_us_over_http2_is_read_and_what_is_too_long_is_thrown_away(
    certificates: Certificates,
) -> None:
    chain = ForUs()
    async with gateway(certificates.folder, chain=chain) as at, h2_client(at, 443) as client:
        short, long = (
            client.request(443, "/short", "POST", end=False),
            client.request(443, "/long", "POST", end=False),
        )
        assert await client.send(short, 3) == 3
        assert await client.send(long, 1 * MIB) == 1 * MIB
        await client.until(lambda: {short, long} <= client.ended)
        assert client.bodies == {short: b"read: " + bytes(3), long: b"read: too-much"}
        assert chain.connects_to == []


async def test_a_body_for_us_that_does_not_come_is_not_waited_for(
    certificates: Certificates, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(http_stream, "_FOR_US_SECONDS", 0.0)
    async with gateway(certificates.folder, chain=ForUs()) as at:
        reader, writer = await at.connect()
        _, _, body = await ask(reader, writer, post("Content-Length: 8", "a=1"))
        assert body == b"read: timeout"


@pytest.mark.parametrize("asked", [False, True], ids=["while-it-sends", "while-it-is-answered"])
async def test_a_client_that_leaves_with_a_body_for_us_ends_it_once(
    certificates: Certificates, asked: bool
) -> None:
    chain = ForUs()
    chain.go_on.clear()
    async with gateway(certificates.folder, chain=chain) as at:
        _, writer = await at.connect()
        writer.write(post("Content-Length: 8", "a=1&b=22" if asked else "a=1").replace("\n", "\r\n").encode())
        await writer.drain()
        if asked:
            await chain.asked.wait()
        else:
            await at.settled(lambda: chain.hooks == ["requestheaders"])
        writer.close()
        await at.settled(lambda: chain.disconnected == 1)
        chain.go_on.set()
        await at.settled(lambda: bool(chain.ends))
        assert chain.ends == [("/form", "error", Ended.CLIENT_LEFT)]


async def test_a_request_for_us_that_nobody_answers_goes_nowhere_and_gets_our_page(
    certificates: Certificates,
) -> None:
    chain = ForUs()
    chain.answers = False
    async with gateway(certificates.folder, chain=chain) as at:
        reader, writer = await at.connect()
        _, _, body = await ask(reader, writer, post("Content-Length: 8", "a=1&b=22"))
        assert body == b"failed: error\n"
        assert chain.connects_to == []


# --- origins that give no answer


async def closing(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await read_head(reader)


async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.read(1)
    await asyncio.sleep(30)


async def closing_h2(peer: H2Peer, stream: int) -> None:
    peer.writer.close()


async def silent_h2(peer: H2Peer, stream: int) -> None:
    await asyncio.sleep(30)


SHORT = LimitSettings(origin_connect_seconds=0.5, origin_first_byte_seconds=0.3)


async def failing(at: Gateway, port: int, *, way: str, host: str = ORIGIN) -> tuple[int, bytes]:
    """Ask for /x and return status and body."""
    if way == "plain":
        reader, writer = await at.connect()
        line, _, body = await ask(
            reader, writer, f"GET http://{host}:{port}/x HTTP/1.1\nHost: {host}:{port}\n\n"
        )
        return int(line.split()[1]), body
    if way == "h1":
        reader, writer = await at.tunnel(port, "http/1.1", host=host)
        line, _, body = await ask(reader, writer, f"GET /x HTTP/1.1\nHost: {host}:{port}\n\n")
        return int(line.split()[1]), body
    reader, writer = await at.tunnel(port, "h2", host=host)
    client = H2Peer(reader, writer, client=True)
    running = asyncio.create_task(client.run())
    stream = client.request(port, "/x")
    await client.until(lambda: stream in client.ended)
    running.cancel()
    return int(client.heads[stream][":status"]), client.bodies[stream]


@pytest.mark.parametrize("tls_first", [True, False], ids=["tls-first", "lazy"])
@pytest.mark.parametrize(
    ("ended", "way"),
    [
        (ended, way)
        for ended in (
            Ended.NO_SUCH_NAME,
            Ended.UNREACHABLE,
            Ended.BAD_CERTIFICATE,
            Ended.TIMEOUT,
            Ended.ORIGIN_LEFT,
        )
        for way in ("plain", "h1", "h2")
        if (ended, way) != (Ended.BAD_CERTIFICATE, "plain")
    ],
)
async def test_an_origin_that_cannot_be_had_is_answered_with_our_page(
    certificates: Certificates, ended: Ended, way: str, tls_first: bool
) -> None:
    chain = Chain()
    chain.tls_first = tls_first
    handler = {
        (Ended.TIMEOUT, False): silent,
        (Ended.TIMEOUT, True): h2_origin(silent_h2),
        (Ended.ORIGIN_LEFT, False): closing,
        (Ended.ORIGIN_LEFT, True): h2_origin(closing_h2),
    }.get((ended, way == "h2"), closing)
    tls = None if way == "plain" else certificates.for_origin("h2" if way == "h2" else "http/1.1")
    host = ORIGIN
    if ended is Ended.NO_SUCH_NAME:
        host = "missing.test"
    if ended is Ended.BAD_CERTIFICATE:
        host = "other.test"  # which the origin's certificate does not name
    async with (
        origin(handler, tls) as open_port,
        gateway(certificates.folder, chain=chain, limits=SHORT) as at,
    ):
        port = 1 if ended is Ended.UNREACHABLE else open_port
        for _ in range(2):
            assert await failing(at, port, way=way, host=host) == (502, f"failed: {ended}\n".encode())
        await at.settled(lambda: len(at.chain.ends) == 2)
        assert at.chain.ends == [("/x", "error", ended)] * 2
        assert at.exits.failures == [ended] * 2
        assert at.exits.no_requests == []


async def test_an_origin_that_does_not_shake_hands_is_answered_in_time(certificates: Certificates) -> None:
    async with origin(silent) as port, gateway(certificates.folder, limits=SHORT) as at:
        assert await failing(at, port, way="h1") == (502, b"failed: timeout\n")


class Private:
    """An addon that refuses the connection."""

    def server_connect(self, data: object) -> None:
        data.server.error = Ended.PRIVATE_ADDRESS.value  # type: ignore[attr-defined]  # untyped data


@pytest.mark.parametrize("way", ["plain", "h1", "h2"])
async def test_a_connection_refused_by_an_addon_is_answered_with_our_page(
    certificates: Certificates, way: str
) -> None:
    async with gateway(certificates.folder, Private()) as at:
        assert await failing(at, 9, way=way) == (502, b"failed: private-address\n")
        assert at.chain.ends == [("/x", "error", Ended.PRIVATE_ADDRESS)]


@pytest.mark.parametrize("way", ["plain", "h2"])
async def test_an_upload_to_an_origin_that_cannot_be_had_is_answered_and_thrown_away(
    certificates: Certificates, way: str
) -> None:
    async with gateway(certificates.folder) as at:
        before = forget_peak_memory()
        if way == "plain":
            reader, writer = await at.connect()
            head = f"POST http://missing.test/up HTTP/1.1\r\nHost: missing.test\r\nContent-Length: {SIZE}"
            writer.write(f"{head}\r\n\r\n".encode())
            await pour(writer, SIZE)
            line, headers = await read_head(reader)
            assert line.split()[1] == "502"
            assert await read_body(reader, headers) == b"failed: no-such-name\n"
        else:
            reader, writer = await at.tunnel(443, "h2", host="missing.test")
            client = H2Peer(reader, writer, client=True)
            running = asyncio.create_task(client.run())
            stream = client.request(443, "/up", "POST", end=False)
            assert await client.send(stream, SIZE) == SIZE
            await client.until(lambda: stream in client.ended)
            assert client.bodies[stream] == b"failed: no-such-name\n"
            running.cancel()
        assert peak_memory() - before < 30 * MIB
        assert at.chain.ends == [("/up", "error", Ended.NO_SUCH_NAME)]


class HoldsUp:
    """An addon that refuses the connection, but not before it is told to."""

    def __init__(self) -> None:
        self.asked, self.may_go = asyncio.Event(), asyncio.Event()

    async def server_connect(self, data: object) -> None:
        self.asked.set()
        await self.may_go.wait()
        data.server.error = Ended.UNREACHABLE.value  # type: ignore[attr-defined]  # untyped data


@pytest.mark.parametrize("whole", [True, False], ids=["whole-body", "half-a-body"])
async def test_a_client_that_takes_its_request_back_while_its_origin_fails_to_be_reached_ends_it_once(
    certificates: Certificates, caplog: pytest.LogCaptureFixture, whole: bool
) -> None:
    """What comes meanwhile waits; then there is no origin to tell that nobody wants its answer."""
    holds = HoldsUp()
    chain = Chain()
    chain.tls_first = False
    async with gateway(certificates.folder, holds, chain=chain) as at, h2_client(at, 443) as client:
        stream = client.request(443, "/up", "POST", end=False)
        client.h2.send_data(stream, b"abc", end_stream=whole)
        client.flush()
        async with asyncio.timeout(5):
            await holds.asked.wait()
        client.h2.reset_stream(stream)
        # Comes after the reset, so that its answer says that the reset has been read.
        at.chain.refused_paths.add("/no")
        after = client.request(443, "/no")
        await client.until(lambda: after in client.ended)
        holds.may_go.set()
        await at.settled(lambda: len(at.chain.ends) == 2)
        again = client.request(443, "/no")
        await client.until(lambda: again in client.ended)
        assert client.heads[again][":status"] == "403", "the connection goes on"
        assert [end for end in at.chain.ends if end[0] == "/up"] == [("/up", "error", Ended.UNREACHABLE)]
    assert "closed by" not in caplog.text


@pytest.mark.parametrize("tls", [False, True], ids=["plain", "tls"])
@pytest.mark.parametrize(
    ("answered", "expected"),
    [
        pytest.param((1, 9), ["200", "200", "200", "200"], id="the-second-connection-answers"),
        pytest.param((1, 1, 1, 9), ["200", "200", "200", "200"], id="each-connection-answers-once"),
        pytest.param((1, 0, 9), ["200", "502", "200", "200"], id="the-second-connection-does-not-either"),
    ],
)
async def test_pipelined_requests_behind_one_that_was_asked_again_are_answered_in_turn(
    certificates: Certificates,
    caplog: pytest.LogCaptureFixture,
    tls: bool,
    answered: tuple[int, ...],
    expected: list[str],
) -> None:
    """`answered` says how many requests each connection to the origin answers before it closes on one."""
    left = list(answered)

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for _ in range(left.pop(0)):
            await read_head(reader)
            writer.write(OK)
        await read_head(reader)

    async with (
        origin(handle, certificates.for_origin("http/1.1") if tls else None) as port,
        gateway(certificates.folder) as at,
    ):
        reader, writer = await (at.tunnel(port, "http/1.1") if tls else at.connect())
        site = "" if tls else f"http://{ORIGIN}:{port}"
        paths = [f"/{number}" for number in range(len(expected))]
        writer.write(
            "".join(f"GET {site}{path} HTTP/1.1\r\nHost: {ORIGIN}:{port}\r\n\r\n" for path in paths).encode()
        )
        statuses = []
        for _ in paths:
            line, headers = await read_head(reader)
            statuses.append(line.split()[1])
            await read_body(reader, headers)
        assert statuses == expected
        assert [path for path, *_ in at.chain.ends if path in paths] == paths, "each ended once, in turn"
        assert left == []
    assert "closed by" not in caplog.text


# --- cut off


def leaving(answer: bytes) -> Handler:
    """An origin that sends this and is gone."""

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await read_head(reader)
        writer.write(answer)
        await writer.drain()

    return handle


SHORT_BODIES = [
    pytest.param(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nhalf", id="length"),
    pytest.param(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n", id="chunked"),
    pytest.param(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\nbad", id="garbage"),
]


@pytest.mark.parametrize("answer", SHORT_BODIES)
async def test_what_an_origin_cuts_off_does_not_look_complete_over_http1(
    certificates: Certificates, answer: bytes
) -> None:
    async with origin(leaving(answer)) as port, gateway(certificates.folder) as at:
        reader, writer = await at.connect()
        writer.write(f"GET http://{ORIGIN}:{port}/x HTTP/1.1\r\nHost: {ORIGIN}\r\n\r\n".encode())
        _, headers = await read_head(reader)
        with pytest.raises((asyncio.IncompleteReadError, ConnectionResetError, ValueError)):
            await read_body(reader, headers)
        await at.settled(lambda: at.chain.ends == [("/x", "error", Ended.ORIGIN_LEFT)])


async def test_what_an_origin_cuts_off_resets_a_client_that_knows_no_chunks(
    certificates: Certificates,
) -> None:
    """Over HTTP/1.0 the end of the connection is the end of the body."""
    answer = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n"
    async with origin(leaving(answer)) as port, gateway(certificates.folder) as at:
        reader, writer = await at.connect()
        writer.write(f"GET http://{ORIGIN}:{port}/x HTTP/1.0\r\nHost: {ORIGIN}\r\n\r\n".encode())
        with pytest.raises(ConnectionResetError):
            await reader.read()
            await reader.read()


@pytest.mark.parametrize("answer", SHORT_BODIES)
async def test_what_an_origin_cuts_off_resets_its_stream_and_no_other_over_http2(
    certificates: Certificates, answer: bytes
) -> None:
    chain = Chain()
    chain.tls_first = False  # so that the client speaks HTTP/2 and the origin does not
    async with (
        origin(leaving(answer), certificates.for_origin("http/1.1")) as port,
        gateway(certificates.folder, chain=chain) as at,
        h2_client(at, port) as client,
    ):
        first, second = client.request(port, "/1"), client.request(port, "/2")
        await client.until(lambda: client.resets.keys() >= {first, second})
        assert client.gone is None
        assert not client.ended


async def test_an_origin_that_ends_without_a_length_is_sent_chunked(certificates: Certificates) -> None:
    whole = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n\r\nhello"
    async with origin(answering(whole)) as port, gateway(certificates.folder) as at:
        reader, writer = await at.connect()
        for _ in range(2):
            line, headers, body = await ask(
                reader, writer, f"GET http://{ORIGIN}:{port}/x HTTP/1.1\nHost: {ORIGIN}\n\n"
            )
            assert (line, headers["transfer-encoding"], body) == ("HTTP/1.1 200 OK", "chunked", b"hello")
