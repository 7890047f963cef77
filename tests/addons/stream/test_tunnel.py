"""What is carried without being read, and what is not carried."""

import asyncio
import ssl

import pytest

from policy.words import Ended
from tests.addons.wire import (
    ORIGIN,
    Certificates,
    Chain,
    Gateway,
    drink,
    forget_peak_memory,
    gateway,
    origin,
    peak_memory,
    pour,
)

MIB = 1024 * 1024
SIZE = 100 * MIB


def passing() -> Chain:
    chain = Chain()
    chain.tunnelled.update({ORIGIN, "missing.test"})
    return chain


async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while data := await reader.read(256 * 1024):
        writer.write(data)
        await writer.drain()


async def hello(
    at: Gateway, port: int, certificates: Certificates, *, first: int | None = None, host: str = ORIGIN
) -> tuple[ssl.SSLObject, ssl.MemoryBIO, ssl.MemoryBIO, asyncio.StreamReader, asyncio.StreamWriter]:
    """Begin TLS with the origin; the ClientHello goes out in two segments, the first with `first` bytes."""
    reader, writer = await at.raw_tunnel(port, host)
    context = ssl.create_default_context(cafile=str(certificates.folder / "ca.pem"))
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    tls = context.wrap_bio(incoming, outgoing, server_hostname=host)
    with pytest.raises(ssl.SSLWantReadError):
        tls.do_handshake()
    data = outgoing.read()
    if first is not None:
        writer.write(data[:first])
        await asyncio.sleep(0.05)
        data = data[first:]
    writer.write(data)
    return tls, incoming, outgoing, reader, writer


@pytest.mark.parametrize("first", [None, 1, 2, 3, 5, 20, 100])
async def test_a_host_that_is_not_decrypted_shows_its_own_certificate(
    certificates: Certificates, first: int | None
) -> None:
    """Also when its name is not in the first segment: with post-quantum keys it often is not."""
    async with (
        origin(echo, certificates.for_origin()) as port,
        gateway(certificates.folder, chain=passing()) as at,
    ):
        tls, incoming, outgoing, reader, writer = await hello(at, port, certificates, first=first)
        while True:
            try:
                tls.do_handshake()
                break
            except ssl.SSLWantReadError:
                incoming.write(await asyncio.wait_for(reader.read(65536), 5))
        tls.write(b"ping")
        sent = outgoing.read()
        writer.write(sent)
        while True:
            try:
                assert tls.read(4) == b"ping"
                break
            except ssl.SSLWantReadError:
                incoming.write(await asyncio.wait_for(reader.read(65536), 5))
        writer.close()
        await at.settled(lambda: bool(at.exits.tunnels))
        (bytes_in, bytes_out, ended) = at.exits.tunnels[0]
        assert ended is Ended.COMPLETE
        assert bytes_in > len(sent) > 0
        assert bytes_out > 100
        assert at.chain.hooks == []


@pytest.mark.parametrize("slow", ["client", "origin", "neither"])
async def test_a_tunnel_carries_both_ways_at_once_in_little_memory(
    certificates: Certificates, slow: str
) -> None:
    """To an origin that echoes: whoever waits for all writers after each read stands still here."""

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if slow == "origin":
            await asyncio.sleep(1)
        await echo(reader, writer)

    async with (
        origin(handle, certificates.for_origin()) as port,
        gateway(certificates.folder, chain=passing()) as at,
    ):
        trusting = ssl.create_default_context(cafile=str(certificates.folder / "ca.pem"))
        reader, writer = await at.tunnel(port, tls=trusting)
        before = forget_peak_memory()
        pouring = asyncio.create_task(pour(writer, SIZE))
        if slow == "client":
            await asyncio.sleep(1)
        async with asyncio.timeout(60):
            await drink(reader, SIZE)
            await pouring
        assert peak_memory() - before < 30 * MIB
        writer.close()
        await at.settled(lambda: bool(at.exits.tunnels))
        assert at.exits.tunnels[0][0] > SIZE
        assert at.exits.tunnels[0][1] > SIZE


async def test_a_tunnel_to_nowhere_is_closed_and_says_why(certificates: Certificates) -> None:
    async with gateway(certificates.folder, chain=passing()) as at:
        *_, reader, writer = await hello(at, 443, certificates, host="missing.test")
        assert await asyncio.wait_for(reader.read(), 5) == b""
        writer.close()
        assert at.exits.tunnels == [(0, 0, Ended.NO_SUCH_NAME)]


async def test_a_tunnel_ends_half_by_half(certificates: Certificates) -> None:
    """A client that has said its last still gets the answer."""

    async def answer_at_the_end(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked = await reader.read()
        writer.write(b"you sent %d" % len(asked))

    async with origin(answer_at_the_end) as port, gateway(certificates.folder, chain=passing()) as at:
        *_, reader, writer = await hello(at, port, certificates)
        writer.write_eof()
        assert (await asyncio.wait_for(reader.read(), 5)).startswith(b"you sent ")
        await at.settled(lambda: bool(at.exits.tunnels))
        assert at.exits.tunnels[0][2] is Ended.COMPLETE


RAW = [
    pytest.param(b"SSH-2.0-OpenSSH_9.9\r\n", id="ssh"),
    pytest.param(b"\x00\x01\x02\x03rest", id="binary"),
    pytest.param(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", id="http2-without-tls"),
    pytest.param(b"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", id="a-long-word"),
    pytest.param(b"\x16\x04\x01rest", id="nearly-tls"),
    pytest.param(b"HELO:me there\r\n", id="no-method"),
]


@pytest.mark.parametrize("first", RAW)
async def test_raw_bytes_in_a_tunnel_are_closed_and_go_nowhere(
    certificates: Certificates, first: bytes
) -> None:
    async with gateway(certificates.folder) as at:
        reader, writer = await at.raw_tunnel(443)
        writer.write(first)
        assert await asyncio.wait_for(reader.read(), 5) == b""
        assert at.exits.raw == [(ORIGIN, 443)]
        assert at.chain.connects_to == []


@pytest.mark.parametrize("first", [param for param in RAW if param.id != "nearly-tls"])
async def test_raw_bytes_inside_tls_are_closed_and_go_nowhere(
    certificates: Certificates, first: bytes
) -> None:
    async with origin(echo, certificates.for_origin()) as port, gateway(certificates.folder) as at:
        reader, writer = await at.tunnel(port)
        writer.write(first)
        assert await asyncio.wait_for(reader.read(), 5) == b""
        assert at.exits.raw == [(ORIGIN, port)]


@pytest.mark.parametrize("first", RAW)
async def test_what_comes_to_the_proxy_itself_and_is_no_http_gets_the_fixed_page(
    certificates: Certificates, first: bytes
) -> None:
    async with gateway(certificates.folder) as at:
        reader, writer = await at.connect()
        writer.write(first)
        writer.write_eof()
        answer = await asyncio.wait_for(reader.read(), 5)
        assert answer.startswith(b"HTTP/1.1 400 ") and answer.endswith(b"no request\n")
        assert at.exits.no_requests == ["not-http"]
