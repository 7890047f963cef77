"""A feed's server on loopback that answers as it is told: well, badly, slowly, or not at all."""

import contextlib
import socket
import ssl
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import format_datetime
from hashlib import sha256
from pathlib import Path

type Answer = Callable[["Asked"], None]


@dataclass(frozen=True)
class Asked:
    """One request, and the connection to answer on."""

    target: str
    headers: Mapping[str, str]  # names in lower case
    sock: socket.socket
    stopped: threading.Event

    def send(self, *parts: bytes) -> None:
        """Write to it."""
        for part in parts:
            self.sock.sendall(part)


@dataclass
class FeedServer:
    """Answers each path as `answers` says; what it was asked stays in `asked`."""

    authority: str  # host and port
    scheme: str
    answers: dict[str, Answer] = field(default_factory=dict)
    asked: list[Asked] = field(default_factory=list)

    def url(self, path: str) -> str:
        """Where a path of it is."""
        return f"{self.scheme}://{self.authority}{path}"

    def seen(self, path: str) -> list[Asked]:
        """What was asked of one path."""
        return [one for one in self.asked if one.target == path]

    def answer(self, asked: Asked) -> None:
        """Answer one request; the connection ends with it."""
        self.asked.append(asked)
        self.answers.get(asked.target, status(404))(asked)


@contextlib.contextmanager
def feed_server(certificate: Path | None = None, host: str = "localhost") -> Iterator[FeedServer]:
    """Runs while the block does; over TLS with a certificate."""
    context = None
    if certificate is not None:
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(certificate)
    stopped = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as listener:
        server = FeedServer(f"{host}:{listener.getsockname()[1]}", "https" if certificate else "http")
        threads: list[threading.Thread] = []

        def serve() -> None:
            while True:
                with contextlib.suppress(OSError):
                    sock, _ = listener.accept()
                    if stopped.is_set():
                        sock.close()
                        return
                    one = threading.Thread(target=_talk, args=(server, sock, context, stopped))
                    threads.append(one)
                    one.start()

        accepting = threading.Thread(target=serve)
        accepting.start()
        try:
            yield server
        finally:
            stopped.set()
            socket.create_connection(listener.getsockname()).close()
            for thread in (accepting, *threads):
                thread.join(timeout=10)


def _talk(
    server: FeedServer, sock: socket.socket, context: ssl.SSLContext | None, stopped: threading.Event
) -> None:
    # A client that leaves in the middle is what many of the answers are for.
    with contextlib.suppress(OSError), sock:
        sock.settimeout(10)
        if context is None:
            _answer(server, sock, stopped)
            return
        with context.wrap_socket(sock, server_side=True) as secure:
            _answer(server, secure, stopped)


def _answer(server: FeedServer, sock: socket.socket, stopped: threading.Event) -> None:
    head = b""
    while b"\r\n\r\n" not in head:
        some = sock.recv(65536)
        if not some:
            return
        head += some
    first, *lines = head.decode("latin-1").split("\r\n")
    pairs = (line.partition(": ") for line in lines if line)
    server.answer(Asked(first.split()[1], {name.lower(): value for name, _, value in pairs}, sock, stopped))


def give(body: bytes, **headers: str) -> Answer:
    """The body, whole, with an ETag; "not changed" to whoever has it."""

    def answer(asked: Asked) -> None:
        tag = f'"{sha256(body).hexdigest()[:16]}"'
        if asked.headers.get("if-none-match") == tag:
            asked.send(_head(304, ETag=tag))
            return
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        asked.send(_head(200, ETag=tag, Content_Length=str(len(body)), **named), body)

    return answer


def give_dated(body: bytes, at: datetime) -> Answer:
    """The body with its date and no ETag."""

    def answer(asked: Asked) -> None:
        said = format_datetime(at.astimezone(UTC), usegmt=True)
        if asked.headers.get("if-modified-since") == said:
            asked.send(_head(304))
            return
        asked.send(_head(200, Last_Modified=said, Content_Length=str(len(body))), body)

    return answer


def status(number: int, **headers: str) -> Answer:
    """A status and nothing else."""
    return lambda asked: asked.send(_head(number, Content_Length="0", **headers))


def redirect(url: str, number: int = 302) -> Answer:
    """Elsewhere."""
    return status(number, Location=url)


def truncated(body: bytes) -> Answer:
    """Half of what it promises."""
    return lambda asked: asked.send(_head(200, Content_Length=str(len(body))), body[: len(body) // 2])


def chunked(*chunks: bytes, ends: bool = True) -> Answer:
    """In chunks, with or without the last."""

    def answer(asked: Asked) -> None:
        asked.send(_head(200, Transfer_Encoding="chunked"))
        for chunk in chunks:
            asked.send(f"{len(chunk):x}\r\n".encode(), chunk, b"\r\n")
        if ends:
            asked.send(b"0\r\n\r\n")

    return answer


def endless(line: bytes = b"host.test\n") -> Answer:
    """Goes on for as long as somebody listens."""

    def answer(asked: Asked) -> None:
        asked.send(_head(200))
        while not asked.stopped.is_set():
            asked.send(line * 4096)

    return answer


def dripping(what: bytes, seconds: float = 0.05) -> Answer:
    """A byte at a time, for ever, from the first byte of the head on."""

    def answer(asked: Asked) -> None:
        while True:
            for byte in what:
                asked.send(bytes([byte]))
                if asked.stopped.wait(seconds):
                    return

    return answer


def silent(asked: Asked) -> None:
    """Says nothing."""
    asked.stopped.wait(30)


def raw(data: bytes) -> Answer:
    """These very bytes."""
    return lambda asked: asked.send(data)


def _head(number: int, **headers: str) -> bytes:
    lines = [f"HTTP/1.1 {number} So", "Connection: close"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")
