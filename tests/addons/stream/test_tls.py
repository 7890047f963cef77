"""TLS with clients and origins that do not do as they should."""

import asyncio
import contextlib
import ssl
from typing import Any

import pytest

from addons.settings import LimitSettings
from tests.addons.wire import (
    ORIGIN,
    Certificates,
    answering,
    ask,
    forget_peak_memory,
    gateway,
    origin,
    peak_memory,
)

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"
MIB = 1024 * 1024


class Failures:
    """An addon that writes down which handshakes failed."""

    def __init__(self) -> None:
        self.clients: list[str | None] = []

    def tls_failed_client(self, data: Any) -> None:
        self.clients.append(data.conn.sni)


async def test_a_client_that_does_not_trust_the_gateway_is_noticed(certificates: Certificates) -> None:
    failures = Failures()
    async with (
        origin(answering(OK), certificates.for_origin()) as port,
        gateway(certificates.folder, failures) as at,
    ):
        with pytest.raises(ssl.SSLCertVerificationError):
            await at.tunnel(port, tls=ssl.create_default_context())
        await at.settled(lambda: failures.clients == [ORIGIN])
        await at.settled(lambda: at.chain.disconnected == 1)
        assert at.chain.hooks == []


@pytest.mark.parametrize(
    "hello",
    [
        pytest.param(b"\x16\x03\x01\x40\x00\x01\xff\xff\xff" + bytes(16379), id="endless"),
        pytest.param(b"\x16\x03\x01\x00\x05\x02\x00\x00\x01\x00", id="no-hello"),
        pytest.param(b"\x16\x03\x01\x00\x00", id="empty-record"),
    ],
)
async def test_a_client_hello_that_is_none_ends_the_connection(
    certificates: Certificates, hello: bytes
) -> None:
    async with gateway(certificates.folder) as at:
        reader, writer = await at.raw_tunnel(443)
        before = forget_peak_memory()
        with contextlib.suppress(ConnectionError):
            for _ in range(50 * MIB // len(hello) if len(hello) > 1000 else 1):
                writer.write(hello)
                await writer.drain()
        with contextlib.suppress(ConnectionError):
            assert await asyncio.wait_for(reader.read(), 5) == b""
        await at.settled(lambda: at.chain.disconnected == 1)
        assert peak_memory() - before < 30 * MIB
        assert at.chain.connects_to == []


async def test_a_handshake_that_the_client_does_not_finish_is_not_waited_for(
    certificates: Certificates, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("addons.stream.connection._TICK_SECONDS", 0.05)
    monkeypatch.setattr("addons.stream.connection._HEAD_SECONDS", 0.3)
    async with (
        origin(answering(OK), certificates.for_origin()) as port,
        gateway(certificates.folder) as at,
    ):
        _, writer = await at.raw_tunnel(port)
        outgoing = ssl.MemoryBIO()
        tls = at.trusting().wrap_bio(ssl.MemoryBIO(), outgoing, server_hostname=ORIGIN)
        with pytest.raises(ssl.SSLWantReadError):
            tls.do_handshake()
        writer.write(outgoing.read())
        await at.settled(lambda: at.exits.no_requests == ["too-slow"])
        await at.settled(lambda: at.chain.disconnected == 1)


async def test_an_origin_that_never_shakes_hands_costs_its_own_time_only(certificates: Certificates) -> None:
    """The client is asked first where the gatekeeper has not said otherwise, and gets its page inside TLS."""

    async def silent(reader: asyncio.StreamReader, _writer: asyncio.StreamWriter) -> None:
        await reader.read()

    limits = LimitSettings(origin_connect_seconds=0.3)
    async with origin(silent) as port, gateway(certificates.folder, limits=limits) as at:
        at.chain.tls_first = False
        reader, writer = await at.tunnel(port, "http/1.1")
        got = await ask(reader, writer, f"GET /x HTTP/1.1\nHost: {ORIGIN}:{port}\n\n")
        assert got[2] == b"failed: timeout\n"


async def test_an_origin_that_speaks_no_tls_is_an_error(certificates: Certificates) -> None:
    async def plain(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        await reader.read()

    async with origin(plain) as port, gateway(certificates.folder) as at:
        reader, writer = await at.tunnel(port, "http/1.1")
        got = await ask(reader, writer, f"GET /x HTTP/1.1\nHost: {ORIGIN}:{port}\n\n")
        assert got[2] == b"failed: error\n"
