"""
People who ask for everything a gateway carries, at a steady pace.

A thread a way of asking, each as often as its share of the rate says. What comes back is checked to its
last byte: a wrong status, a short body, an end without an answer is a failure. Two things are none, because
a browser bears with them: a kept connection that was closed while it was idle is opened anew (RFC 9112,
9.3.1), and what was asked to break off breaks off.
"""

import ssl
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import count

from benchmarks.load.scale import TUNNELLED
from tests.journeys.conftest import World
from tests.journeys.harness.clients import Answer, Client, Http2, Line, exchange, speaks_http2

HOSTS = tuple(f"www{number}.load.test" for number in range(200))
BLOCKED, SOMETIMES = "blocked.load.test", "sometimes.load.test"
_KEPT = 50  # requests on one kept connection
_BODY = bytes(200_000)


class Wrong(Exception):
    """An answer that was not what was asked for."""


@dataclass
class Kept:
    """One connection after another to one host, each for some requests."""

    client: Client
    scheme: str
    authority: str
    line: Line | None = None
    asked: int = 0

    def get(self, target: str, headers: dict[str, str] | None = None) -> Answer:
        """The next request; once more on a new connection where an old one had ended."""
        used = self.line is not None
        answer = self._ask(target, headers)
        if answer is None and used:
            answer = self._ask(target, headers)
        if answer is None:
            raise Wrong("a connection ended without an answer")
        if answer.headers.get("connection", "").lower() == "close" or self.asked >= _KEPT:
            self.close()
        return answer

    def _ask(self, target: str, headers: dict[str, str] | None) -> Answer | None:
        host, _, port = self.authority.partition(":")
        if self.line is None:
            self.line = self.client.line() if self.scheme == "http" else self.client.tls(host, int(port))
            self.asked = 0
        self.asked += 1
        target = f"http://{self.authority}{target}" if self.scheme == "http" else target
        try:
            answer = exchange(self.line, "GET", target, self.authority, headers)
        except (ConnectionError, ssl.SSLError):
            answer = None
        if answer is None:
            self.close()
        return answer

    def close(self) -> None:
        """Go."""
        if self.line is not None:
            self.line.close()
            self.line = None


@dataclass
class Crowd:
    """Asks until told to stop. `world` must know `HOSTS`, `BLOCKED`, `SOMETIMES` and `TUNNELLED`."""

    client: Client
    world: World
    rate: float  # requests a second, all ways together
    asked: Counter[str] = field(default_factory=Counter)  # by way
    failures: list[str] = field(default_factory=list)
    _stop: threading.Event = field(default_factory=threading.Event)
    _threads: list[threading.Thread] = field(default_factory=list)
    _numbers: Iterator[int] = field(default_factory=count)

    def begin(self) -> None:
        """Let them in."""
        ways = self._ways()
        for name, share, way in ways:
            pace = sum(share for _, share, _ in ways) / (share * self.rate)
            thread = threading.Thread(target=self._go_on, args=(name, pace, way), daemon=True)
            self._threads.append(thread)
            thread.start()

    def end(self) -> None:
        """Send them home."""
        self._stop.set()
        for thread in self._threads:
            thread.join(timeout=60)
            if thread.is_alive():
                self.failures.append("a client was left without an answer and without an end")

    def _ways(self) -> Sequence[tuple[str, float, Callable[[], int]]]:
        http, tls = f"www0.load.test:{self.world.http.port}", f"www1.load.test:{self.world.https1.port}"
        kept = [Kept(self.client, "http", http), Kept(self.client, "https", tls)]
        return (
            ("plain, kept", 8, lambda: self._kept(kept[0])),
            ("https, kept", 12, lambda: self._kept(kept[1])),
            ("http/2, six streams", 12, self._http2),
            ("new https connections", 4, self._new_https),
            ("undecrypted tunnels", 2, self._tunnel),
            ("blocked", 3, self._blocked),
            ("blocked for a while", 2, self._sometimes),
            ("uploads", 1, self._upload),
            ("downloads", 1, self._download),
            ("websockets", 1, self._websocket),
            ("answers cut off", 1, self._cut),
            ("clients that leave", 2, self._leave),
            ("slow answers", 0.2, self._slow),
        )

    def _go_on(self, name: str, pace: float, way: Callable[[], int]) -> None:
        due = time.monotonic()
        while not self._stop.wait(max(0.0, due - time.monotonic())):
            try:
                done = way()
            except Exception as error:  # noqa: BLE001 (whatever it is, somebody got no answer)
                self.failures.append(f"{time.strftime('%H:%M:%S')} {name}: {type(error).__name__}: {error}")
                done = 1
            self.asked[name] += done
            # What could not be asked in time is not asked later in a rush.
            due = max(due + done * pace, time.monotonic() - 1.0)

    def _next(self) -> tuple[int, str]:
        number = next(self._numbers)
        return number, HOSTS[number * 7 % len(HOSTS)]

    def _kept(self, kept: Kept) -> int:
        number = next(self._numbers)
        _expect(kept.get(f"/news/{number}.html?page={number % 7}"), 200)
        return 1

    def _http2(self) -> int:
        number, host = self._next()
        port = self.world.https.port
        line = self.client.tls(host, port, http2=True)
        try:
            if not speaks_http2(line):
                raise Wrong("HTTP/2 was not agreed on")
            asked: list[tuple[str, str, dict[str, str], bytes]] = [
                ("GET", f"/a/{number}/{part}.js", {}, b"") for part in range(6)
            ]
            for answer in Http2(line, f"{host}:{port}").exchanges(asked):
                _expect(answer, 200)
        finally:
            line.close()
        return 6

    def _new_https(self) -> int:
        number, host = self._next()
        _expect(self.client.get(f"https://{host}:{self.world.https1.port}/{number}"), 200)
        return 1

    def _tunnel(self) -> int:
        port = self.world.https1.port
        line = self.client.tls(TUNNELLED, port, trust=self.world.authority.ca_file)
        try:
            _expect(exchange(line, "GET", "/", f"{TUNNELLED}:{port}"), 200)
        finally:
            line.close()
        return 1

    def _blocked(self) -> int:
        number = next(self._numbers)
        scheme, port = ("https", self.world.https1.port) if number % 2 else ("http", self.world.http.port)
        _expect(self.client.get(f"{scheme}://{BLOCKED}:{port}/{number}"), 403)
        return 1

    def _sometimes(self) -> int:
        _expect(self.client.get(f"http://{SOMETIMES}:{self.world.http.port}/"), 200, 403)
        return 1

    def _upload(self) -> int:
        _, host = self._next()
        answer = self.client.request("POST", f"http://{host}:{self.world.http.port}/count", body=_BODY)
        _expect(answer, 200)
        if answer.text != str(len(_BODY)):
            raise Wrong("an upload did not arrive whole")
        return 1

    def _download(self) -> int:
        number, host = self._next()
        kind = "chunked" if number % 2 else "bytes"
        answer = self.client.get(f"https://{host}:{self.world.https1.port}/{kind}/1000000")
        _expect(answer, 200)
        if len(answer.body) != 1_000_000:
            raise Wrong("a download did not arrive whole")
        return 1

    def _websocket(self) -> int:
        _, host = self._next()
        socket = self.client.websocket(f"ws://{host}:{self.world.http.port}/ws")
        for size in (1, 1000, 100_000):
            socket.send(bytes(size))
            if socket.receive() != bytes(size):
                raise Wrong("a message did not come back whole")
        socket.close()
        return 1

    def _cut(self) -> int:
        _, host = self._next()
        try:
            answer = self.client.get(f"http://{host}:{self.world.http.port}/cut/20000")
        except ConnectionError:
            return 1
        if answer.complete:
            raise Wrong("what was cut off looked complete")
        return 1

    def _leave(self) -> int:
        number, host = self._next()
        line = self.client.line()
        authority = f"{host}:{self.world.http.port}"
        whole = f"GET http://{authority}/bytes/1000000 HTTP/1.1\r\nHost: {authority}\r\n\r\n".encode()
        line.send(whole[: len(whole) // 2] if number % 2 else whole)
        line.close()
        return 1

    def _slow(self) -> int:
        _, host = self._next()
        _expect(self.client.get(f"http://{host}:{self.world.http.port}/drip/5"), 200)
        return 1


def _expect(answer: Answer | None, *statuses: int) -> None:
    if answer is None:
        raise Wrong("a connection ended without an answer")
    if answer.status not in statuses:
        raise Wrong(f"answered with {answer.status}")
    if not answer.complete:
        raise Wrong("an answer was not complete")
