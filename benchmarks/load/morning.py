"""
A busy morning, as a process: `python -m benchmarks.load.morning` with a JSON job on standard input.

Real requests (address below the host, kind of resource) of real pages, one after another over HTTPS, through
tunnels, so many to a connection. Prints `begin` and `end` as `generator.py` does, then one JSON line with
what was done between them. The hosts are those of the origins here: what a request costs follows its own
length and kind, not whose it is.
"""

import asyncio
import json
import ssl
import sys
import time
from dataclasses import asdict, dataclass
from itertools import count

_DESTINATIONS = {
    "document": ("navigate", "document", "Sec-Fetch-User: ?1\r\n"),
    "subdocument": ("navigate", "iframe", ""),
    "script": ("no-cors", "script", ""),
    "stylesheet": ("no-cors", "style", ""),
    "image": ("no-cors", "image", ""),
    "font": ("cors", "font", ""),
    "media": ("no-cors", "video", ""),
}
_OTHER = ("cors", "empty", "")


@dataclass(frozen=True, slots=True)
class Morning:
    """What to ask for, and how."""

    proxy_port: int
    port: int  # the origins'
    hosts: tuple[str, ...]
    ca_file: str
    requests: tuple[tuple[str, str], ...]  # target and kind of resource
    to_a_connection: int
    clients: int = 8
    seconds: float = 4.0
    warm_seconds: float = 1.0


@dataclass(slots=True)
class Done:
    """What was done."""

    requests: int = 0
    connections: int = 0
    wrong: int = 0
    seconds: float = 0.0


def head(target: str, kind: str, authority: str) -> bytes:
    """A request as a browser of today sends it."""
    mode, destination, more = _DESTINATIONS.get(kind, _OTHER)
    return (
        f"GET {target} HTTP/1.1\r\nHost: {authority}\r\n"
        "User-Agent: Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36\r\n"
        "Accept: */*\r\nAccept-Language: en-GB,en;q=0.9\r\nAccept-Encoding: gzip, deflate, br\r\n"
        "Sec-Fetch-Site: same-origin\r\n"
        f"Sec-Fetch-Mode: {mode}\r\nSec-Fetch-Dest: {destination}\r\n{more}\r\n"
    ).encode()


class Replay:
    """Clients that share one list of requests."""

    def __init__(self, job: Morning) -> None:
        self._job = job
        self._next = count()
        self._context = ssl.create_default_context(cafile=job.ca_file)
        self._context.set_alpn_protocols(["http/1.1"])
        self.done = Done()
        self.counting = False

    async def go_on(self) -> None:
        """One client."""
        while True:
            try:
                await self._connection()
            except (OSError, ssl.SSLError, asyncio.IncompleteReadError):
                self.done.wrong += 1
                await asyncio.sleep(0.01)

    async def _connection(self) -> None:
        job = self._job
        number = next(self._next)
        host = job.hosts[number % len(job.hosts)]
        authority = f"{host}:{job.port}"
        reader, writer = await asyncio.open_connection("127.0.0.1", job.proxy_port)
        try:
            writer.write(f"CONNECT {authority} HTTP/1.1\r\nHost: {authority}\r\n\r\n".encode())
            if b" 200 " not in await reader.readuntil(b"\r\n\r\n"):
                raise ConnectionRefusedError
            await writer.start_tls(self._context, server_hostname=host)
            if self.counting:
                self.done.connections += 1
            for _ in range(job.to_a_connection):
                target, kind = job.requests[next(self._next) % len(job.requests)]
                writer.write(head(target, kind, authority))
                await self._answer(reader)
        finally:
            writer.transport.abort()

    async def _answer(self, reader: asyncio.StreamReader) -> None:
        answer = (await reader.readuntil(b"\r\n\r\n")).lower()
        before, _, length = answer.partition(b"content-length: ")
        await reader.readexactly(int(length.split(b"\r\n", 1)[0]))
        # A listed path is refused, here as everywhere.
        if not before.startswith((b"http/1.1 200", b"http/1.1 403")):
            self.done.wrong += 1
        if self.counting:
            self.done.requests += 1


async def run(job: Morning) -> Done:
    """Make the load."""
    replay = Replay(job)
    tasks = [asyncio.create_task(replay.go_on()) for _ in range(job.clients)]
    await asyncio.sleep(job.warm_seconds)
    print("begin", flush=True)
    replay.counting, began = True, time.perf_counter()
    await asyncio.sleep(job.seconds)
    print("end", flush=True)
    replay.counting, replay.done.seconds = False, time.perf_counter() - began
    for task in tasks:
        task.cancel()
    return replay.done


def main() -> None:
    """Read the job, make the load, say what came of it."""
    told = json.load(sys.stdin)
    told["hosts"] = tuple(told["hosts"])
    told["requests"] = tuple(map(tuple, told["requests"]))
    print(json.dumps(asdict(asyncio.run(run(Morning(**told))))), flush=True)


if __name__ == "__main__":
    main()
