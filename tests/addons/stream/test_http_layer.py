"""The connections to origins that serve one client."""

import asyncio
import contextlib

from addons.stream.edge import AwaitDrain
from addons.stream.http_layer import GatewayHttpLayer
from policy.words import Ended
from tests.addons.wire import ORIGIN, Certificates, Gateway, answering, ask, gateway, origin

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"


def layer_of(at: Gateway) -> GatewayHttpLayer:
    """The HTTP layer of the first client."""
    found = at.open[0]._edge._child.layer
    assert isinstance(found, GatewayHttpLayer)
    return found


async def test_a_client_that_asks_many_origins_keeps_few_connections(certificates: Certificates) -> None:
    open_now = 0

    async def count(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal open_now
        open_now += 1
        try:
            await answering(OK)(reader, writer)
        finally:
            open_now -= 1

    async with contextlib.AsyncExitStack() as stack:
        ports = [await stack.enter_async_context(origin(count)) for _ in range(20)]
        at = await stack.enter_async_context(gateway(certificates.folder))
        reader, writer = await at.connect()
        for port in [*ports, ports[-1], ports[0]]:
            got = await ask(
                reader, writer, f"GET http://{ORIGIN}:{port}/x HTTP/1.1\nHost: {ORIGIN}:{port}\n\n"
            )
            assert got[2] == b"hello"
        await at.settled(lambda: open_now == 8)
        assert len(at.chain.connects_to) == 21, "the last but one was still open, the first was not"
        assert len(layer_of(at).connections) <= 10, "those that were closed are forgotten"


async def test_a_failure_is_told_once_and_the_next_request_tries_again(certificates: Certificates) -> None:
    """mitmproxy remembers it for as long as the client's connection lives."""
    async with gateway(certificates.folder) as at:
        async with origin(answering(OK), certificates.for_origin()) as port:
            pass
        reader, writer = await at.tunnel(port, "http/1.1")
        request = f"GET /x HTTP/1.1\nHost: {ORIGIN}:{port}\n\n"
        assert (await ask(reader, writer, request))[2] == b"failed: unreachable\n"
        back = await asyncio.start_server(
            answering(OK),
            "127.0.0.1",
            port,
            ssl=certificates.for_origin(),
        )
        assert (await ask(reader, writer, request))[2] == b"hello"
        back.close()
        assert at.exits.failures == [Ended.UNREACHABLE]


async def test_a_long_connection_keeps_nothing_of_the_requests_it_carried(certificates: Certificates) -> None:
    async with origin(answering(OK)) as port, gateway(certificates.folder) as at:
        reader, writer = await at.connect()
        request = f"GET http://{ORIGIN}:{port}/x HTTP/1.1\nHost: {ORIGIN}:{port}\n\n"
        for _ in range(50):
            await ask(reader, writer, request)
        layer = layer_of(at)
        await at.settled(lambda: not layer.streams)
        assert [type(waits) for waits in layer.command_sources] == [AwaitDrain]
        assert len(layer.connections) == 2
        assert at.open[0].is_idle()


async def test_refused_requests_leave_nothing_either(certificates: Certificates) -> None:
    async with gateway(certificates.folder) as at:
        at.chain.refused_paths.add("/no")
        reader, writer = await at.connect()
        for _ in range(20):
            await ask(
                reader,
                writer,
                f"POST http://{ORIGIN}/no HTTP/1.1\nHost: {ORIGIN}\nContent-Length: 3\n\nabc",
            )
            await ask(reader, writer, "GET http://missing.test/x HTTP/1.1\nHost: missing.test\n\n")
        layer = layer_of(at)
        await at.settled(lambda: not layer.streams)
        assert [type(waits) for waits in layer.command_sources] == [AwaitDrain]
        assert len(layer.connections) <= 2
