"""HTTP/2: the windows close when the other side is slower, for one stream and for no other."""

import asyncio

import pytest

from tests.addons.wire import (
    Certificates,
    Chain,
    H2Peer,
    Handler,
    forget_peak_memory,
    gateway,
    h2_client,
    h2_origin,
    origin,
    peak_memory,
    read_head,
)

MIB = 1024 * 1024
SIZE = 500 * MIB


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
