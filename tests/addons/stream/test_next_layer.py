"""Which protocol comes next, told by its first bytes."""

import asyncio
import contextlib
import ssl
from pathlib import Path

import pytest

from addons.stream.next_layer import begins_http
from policy.words import Reason
from tests.addons.live import live
from tests.addons.wire import ORIGIN, Certificates, answering, ask, gateway, origin, read_body, read_head

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"


@pytest.mark.parametrize(
    ("data", "verdict"),
    [
        (b"G", None),
        (b"GET", None),
        (b"GET ", True),
        (b"GET / HTTP/1.1\r\n", True),
        (b"get / HTTP/1.1\r\n", True),
        (b"\r\n", None),
        (b"\r\nGET / ", True),
        (b"CONNECT a.test:443 HTTP/1.1", True),
        (b"VERSION-CONTROL /", True),
        (b"M-SEARCH * HTTP/1.1", True),
        (b"PRI", None),
        (b"PRI * HTTP/2.0\r\n", False),
        (b"S", None),
        (b"SSH", None),
        (b"SSH-", None),
        (b"SSH-2", False),
        (b"SSH-2.0-OpenSSH", False),
        (b"EHLO there\r\n", True),  # as far as it goes; the parser refuses it
        (b" GET /", False),
        (b"\x16\x03\x01", False),
        (b"\x00", False),
        (b"GET\r\n", False),
        (b"GET/", False),
        (b"A" * 20, None),
        (b"A" * 21, False),
        (b"A" * 100, False),
        (b"\r\n\r\n\r\n", False),
    ],
)
def test_http_begins_with_a_method_and_a_space(data: bytes, verdict: bool | None) -> None:
    assert begins_http(data) is verdict


def test_what_is_said_of_a_beginning_holds_for_what_follows() -> None:
    """Bytes come in segments of any size; the answer must not depend on them."""
    for whole in (b"GET / HTTP/1.1\r\n", b"SSH-2.0-x\r\n", b"\r\nPUT /", b"\x16\x03", b"PRI * HTTP/2.0"):
        said = {begins_http(whole[:length]) for length in range(1, len(whole) + 1)} - {None}
        assert said == {begins_http(whole)}


@pytest.mark.parametrize("in_tls", [False, True], ids=["plain", "in-tls"])
async def test_a_request_that_comes_byte_by_byte_is_a_request(
    certificates: Certificates, in_tls: bool
) -> None:
    tls = certificates.for_origin() if in_tls else None
    async with origin(answering(OK), tls) as port, gateway(certificates.folder) as at:
        reader, writer = await (at.tunnel(port) if in_tls else at.connect())
        target = "/x" if in_tls else f"http://{ORIGIN}:{port}/x"
        for byte in f"GET {target} HTTP/1.1\r\nHost: {ORIGIN}:{port}\r\n\r\n".encode():
            writer.write(bytes([byte]))
            await asyncio.sleep(0)
        line, headers = await read_head(reader)
        assert (line, await read_body(reader, headers)) == ("HTTP/1.1 200 OK", b"hello")


async def test_a_tunnel_may_carry_plain_http(certificates: Certificates) -> None:
    """Browsers send WebSockets without TLS that way."""
    async with origin(answering(OK)) as port, gateway(certificates.folder) as at:
        reader, writer = await at.raw_tunnel(port)
        line, _, body = await ask(reader, writer, f"GET /x HTTP/1.1\nHost: {ORIGIN}:{port}\n\n")
        assert (line, body) == ("HTTP/1.1 200 OK", b"hello")
        assert at.chain.hooks == ["requestheaders"]


@pytest.mark.parametrize("in_tls", [False, True], ids=["plain", "in-tls"])
async def test_a_connect_inside_a_connect_is_no_request(certificates: Certificates, in_tls: bool) -> None:
    async with origin(answering(OK), certificates.for_origin()) as port, gateway(certificates.folder) as at:
        reader, writer = await (at.tunnel(port) if in_tls else at.raw_tunnel(port))
        writer.write(b"CONNECT blocked.test:443 HTTP/1.1\r\nHost: blocked.test:443\r\n\r\n")
        assert (await asyncio.wait_for(reader.read(), 5)).startswith(b"HTTP/1.1 400 ")
        assert at.exits.no_requests == ["request-validation-failed"]
        assert at.chain.hooks == []


async def test_a_redirected_connection_is_like_the_inside_of_a_tunnel(
    tmp_path: Path, certificates: Certificates
) -> None:
    """Requests in origin form, at once; and led to the name, not to the address it was going to."""
    async with origin(answering(OK)) as port, live(tmp_path, to=("203.0.113.66", port)) as at:
        reader, writer = await at.connect()
        line, _, body = await ask(reader, writer, "GET /x HTTP/1.1\nHost: fine.test\n\n")
        assert (line, body) == ("HTTP/1.1 200 OK", b"hello")
        assert at.gateway.decision.host == "fine.test"
        writer.close()


@pytest.mark.parametrize("first", [1, 2, 3, 200], ids=lambda first: f"{first}-bytes-first")
async def test_a_redirected_handshake_is_one_however_it_arrives(tmp_path: Path, first: int) -> None:
    async with live(tmp_path, to=("203.0.113.66", 443)) as at:
        incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        client = at.trusting("http/1.1").wrap_bio(incoming, outgoing, server_hostname="bet.test")
        reader, writer = await at.connect()
        with contextlib.suppress(ssl.SSLWantReadError):
            client.do_handshake()
        hello = outgoing.read()
        for part in (hello[:first], hello[first:]):
            writer.write(part)
            await asyncio.sleep(0.02)
        async with asyncio.timeout(5):
            assert (await reader.readexactly(3))[:2] == b"\x16\x03", "a ServerHello"
        writer.close()


@pytest.mark.parametrize("says", [b"SSH-2.0-x\r\n", b"\x00\x01", b"\r\n\r\n\x00\r\nQUIT\n\x21\x11"])
async def test_anything_else_on_a_redirected_connection_is_closed_and_recorded(
    tmp_path: Path, says: bytes
) -> None:
    async with live(tmp_path, to=("203.0.113.7", 443)) as at:
        reader, writer = await at.connect()
        writer.write(says)
        assert await asyncio.wait_for(reader.read(), 5) == b""
        assert (at.gateway.decision.reason, at.gateway.decision.port) == (Reason.NOT_HTTP, 443)
        writer.close()
