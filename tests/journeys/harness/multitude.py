"""A great many connections that are opened at once and then say nothing, from several computers."""

import errno
import resource
import select
import socket
import time
from types import TracebackType
from typing import Self

_COMPUTERS = 100
_SPARE_DESCRIPTORS = 500
_IP_BIND_ADDRESS_NO_PORT = 24  # ip(7); not a name of the socket module everywhere
_GONE = select.EPOLLHUP | select.EPOLLERR | select.EPOLLRDHUP


class Multitude:
    """
    So many connections to `proxy`, which is on 127.0.0.1.

    Nobody waits for them: `look` says how they are. What the other side has closed is closed here, too.
    """

    def __init__(self, proxy: tuple[str, int], count: int) -> None:
        allow_descriptors(count + _SPARE_DESCRIPTORS)
        self.connected = 0  # so far
        self.closed = 0  # of these, by the other side
        self._epoll = select.epoll()
        self._waiting: dict[int, socket.socket] = {}
        self._open: dict[int, socket.socket] = {}
        for number in range(count):
            one = socket.socket()
            one.setblocking(False)
            # Each from its own ports: one address has fewer of them than a busy test machine may want.
            one.setsockopt(socket.SOL_IP, _IP_BIND_ADDRESS_NO_PORT, 1)
            one.bind((f"127.0.1.{1 + number % _COMPUTERS}", 0))
            assert one.connect_ex(proxy) == errno.EINPROGRESS
            self._epoll.register(one, select.EPOLLOUT | select.EPOLLRDHUP)
            self._waiting[one.fileno()] = one

    def __len__(self) -> int:
        """How many are open, as their computers know it."""
        return len(self._open)

    def look(self, seconds: float = 0.0) -> None:
        """Take note of what has become of them, for so long."""
        until = time.monotonic() + seconds
        while True:
            events = self._epoll.poll(max(0.0, until - time.monotonic()), 1000)
            for descriptor, what in events:
                self._note(descriptor, what)
            if not events or time.monotonic() >= until:
                return

    def _note(self, descriptor: int, what: int) -> None:
        if (came := self._waiting.pop(descriptor, None)) is not None:
            self._open[descriptor] = came
            self.connected += 1
            self._epoll.modify(descriptor, select.EPOLLRDHUP)
        if what & _GONE:
            self.closed += 1
            self._open.pop(descriptor).close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for one in (*self._waiting.values(), *self._open.values()):
            one.close()
        self._epoll.close()


def allow_descriptors(wanted: int) -> None:
    """So many for this process. Raises `ValueError` where it may not have them."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, max(wanted, hard)))
