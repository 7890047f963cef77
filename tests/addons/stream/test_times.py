"""What is measured of the gateway's own time, on a connection that is really carried."""

import asyncio
from pathlib import Path

from mitmproxy import http

from tests.addons.wire import Gateway, ask, gateway, origin, read_head


class Refuses:
    """An addon that answers whatever asks for /no."""

    def requestheaders(self, flow: http.HTTPFlow) -> None:
        if flow.request.path == "/no":
            flow.response = http.Response.make(403, b"no")


def measured(through: Gateway) -> tuple[int, int]:
    """How many requests and how many answers."""
    times = through.carrier.times
    return sum(times.request.counted().counts), sum(times.answer.counted().counts)


async def test_each_request_and_each_answer_of_an_origin_is_measured_once(tmp_path: Path) -> None:
    async def handler(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            await read_head(reader)
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")

    async with origin(handler) as port, gateway(tmp_path, Refuses()) as through:
        reader, writer = await through.connect()
        for path, requests, answers in (("/a", 1, 1), ("/no", 2, 1), ("/b", 3, 2)):
            request = f"GET http://origin.test:{port}{path} HTTP/1.1\nHost: origin.test:{port}\n\n"
            await ask(reader, writer, request)
            assert measured(through) == (requests, answers)
        writer.close()
        assert 0 < through.carrier.times.request.counted().sum_s < 3
        assert 0 < through.carrier.times.answer.counted().sum_s < 3


async def test_an_origin_that_takes_its_time_is_not_the_gateways(tmp_path: Path) -> None:
    async def handler(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await read_head(reader)
        await asyncio.sleep(0.3)
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")

    async with origin(handler) as port, gateway(tmp_path) as through:
        reader, writer = await through.connect()
        await ask(reader, writer, f"GET http://origin.test:{port}/ HTTP/1.1\nHost: origin.test:{port}\n\n")
        writer.close()
        times = through.carrier.times
        assert times.request.counted().sum_s + times.answer.counted().sum_s < 0.25
