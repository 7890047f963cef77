"""What the layers tell of a flow at its end."""

import asyncio

import pytest
from mitmproxy import http

from addons.stream.exits import BODIES, ENDED
from policy.words import Ended
from tests.addons.wire import ORIGIN, Certificates, Chain, answering, ask, gateway, origin, read_head


class Bodies:
    """An addon that reads what the last hook of each flow finds."""

    def __init__(self) -> None:
        self.found: list[tuple[tuple[int, int], Ended | None]] = []

    def response(self, flow: http.HTTPFlow) -> None:
        self.found.append((flow.metadata[BODIES], flow.metadata.get(ENDED)))

    error = response


async def slow(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await read_head(reader)
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\n" + b"x" * 20)
    await reader.read()


@pytest.mark.parametrize(
    ("path", "found"),
    [
        pytest.param("/x", ((3, 5), None), id="answered"),
        pytest.param("/refused", ((0, 8), None), id="refused"),
    ],
)
async def test_bodies_are_counted(
    certificates: Certificates, path: str, found: tuple[tuple[int, int], Ended | None]
) -> None:
    bodies, chain = Bodies(), Chain()
    chain.refused_paths.add("/refused")
    answer = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"
    async with origin(answering(answer)) as port, gateway(certificates.folder, bodies, chain=chain) as at:
        reader, writer = await at.connect()
        await ask(
            reader,
            writer,
            f"POST http://{ORIGIN}:{port}{path} HTTP/1.1\nHost: {ORIGIN}:{port}\nContent-Length: 3\n\nabc",
        )
        await at.settled(lambda: bool(bodies.found))
        assert bodies.found == [found]


async def test_a_client_that_leaves_has_had_what_came_until_then(certificates: Certificates) -> None:
    bodies = Bodies()
    async with origin(slow) as port, gateway(certificates.folder, bodies) as at:
        reader, writer = await at.connect()
        writer.write(f"GET http://{ORIGIN}:{port}/x HTTP/1.1\r\nHost: {ORIGIN}:{port}\r\n\r\n".encode())
        await read_head(reader)
        await reader.readexactly(20)
        writer.close()
        await at.settled(lambda: bool(bodies.found))
        assert bodies.found == [((0, 20), Ended.CLIENT_LEFT)]
