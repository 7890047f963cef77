"""
Which addresses a name stands for: looked up once, checked, and those very addresses connected to.

Checking a name first and letting something else look it up again would let it change its mind in between
(DNS rebinding). So this stands in the one place where connections get their addresses from, the event
loop's `getaddrinfo`, and every answer is checked there. One inner address in an answer refuses all of
it: no honest name stands for a site on the Internet and a machine of ours at once.

The system's resolver blocks, and asyncio gives it six threads: six names whose servers are silent would
hold up every new destination. It gets 64 of its own here, a time limit, and answers are kept for a
moment, so that a page's thirty pieces ask once. The system's resolver does not tell how long an answer is
good for, so the moment is short.
"""

import asyncio
import socket
from collections import OrderedDict
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path

from addons.destinations import Destinations
from addons.settings import DestinationSettings
from categories.urls.normalise import UrlRefused, normalise_host
from policy.errors import ConfigurationError
from policy.words import Ended

_THREADS = 64
_MOST_KEPT = 8192  # answers
_KEPT_SECONDS = 30.0
_FAILURE_KEPT_SECONDS = 3.0
_MOST_ADDRESSES = 64  # of one answer

type Address = tuple[socket.AddressFamily, str]
type AddressInfo = tuple[
    socket.AddressFamily, socket.SocketKind, int, str, tuple[str, int] | tuple[str, int, int, int]
]


class NotResolved(OSError):
    """A name that leads nowhere we may go; `ended` says why. The message repeats nothing of it."""

    def __init__(self, ended: Ended) -> None:
        super().__init__(ended.value)
        self.ended = ended


@dataclass(frozen=True, slots=True)
class _Answer:
    until: float  # on the loop's clock
    addresses: tuple[Address, ...] = ()
    failed: Ended | None = None


class Resolver:
    """Resolves for one event loop."""

    def __init__(self, settings: DestinationSettings, destinations: Destinations) -> None:
        """Raises `ConfigurationError` about the hosts file."""
        self._hosts = read_hosts(settings.hosts_file) if settings.hosts_file is not None else {}
        self._seconds = settings.resolve_seconds
        self._destinations = destinations
        # Threads begin with the first name, so after a fork.
        self._pool = ThreadPoolExecutor(_THREADS, "resolver")
        self._kept: OrderedDict[str, _Answer] = OrderedDict()
        self._asked: dict[str, asyncio.Task[_Answer]] = {}

    async def getaddrinfo(
        self,
        host: str | bytes | None,
        port: str | int | None,
        *,
        family: int = 0,
        type: int = 0,  # noqa: A002 (asyncio's name for it)
        proto: int = 0,
        flags: int = 0,
    ) -> list[AddressInfo]:
        """As of `loop.getaddrinfo`, for TCP. Raises `NotResolved`."""
        if not isinstance(host, str) or not isinstance(port, int):
            raise NotResolved(Ended.NO_SUCH_NAME)
        addresses = self._hosts.get(host)
        if addresses is None:
            answer = self._kept.get(host)
            if answer is None or asyncio.get_running_loop().time() >= answer.until:
                answer = await self._ask(host)
            if answer.failed is not None:
                raise NotResolved(answer.failed)
            addresses = answer.addresses
        if any(self._destinations.refuses(address, port) for _, address in addresses):
            raise NotResolved(Ended.PRIVATE_ADDRESS)
        found = [_info(kind, address, port) for kind, address in addresses if family in (0, kind)]
        if not found:
            raise NotResolved(Ended.NO_SUCH_NAME)
        return found

    def close(self) -> None:
        """Let go of the threads; what they wait for is no longer wanted."""
        self._pool.shutdown(wait=False, cancel_futures=True)

    async def _ask(self, host: str) -> _Answer:
        task = self._asked.get(host)
        if task is None:
            task = self._asked[host] = asyncio.get_running_loop().create_task(self._look_up(host))
            task.add_done_callback(lambda _: self._asked.pop(host, None))
        # Whoever waits may leave; the others still want to know.
        return await asyncio.shield(task)

    async def _look_up(self, host: str) -> _Answer:
        loop = asyncio.get_running_loop()
        addresses: tuple[Address, ...] = ()
        failed: Ended | None = None
        try:
            # On time-out one that waits for a thread is dropped; one that has a thread is left to end.
            async with asyncio.timeout(self._seconds):
                addresses = await loop.run_in_executor(self._pool, _system, host)
        except TimeoutError:
            failed = Ended.TIMEOUT
        except socket.gaierror as error:
            failed = Ended.TIMEOUT if error.errno == socket.EAI_AGAIN else Ended.NO_SUCH_NAME
        except (OSError, UnicodeError):
            failed = Ended.NO_SUCH_NAME
        kept = _FAILURE_KEPT_SECONDS if failed is not None else _KEPT_SECONDS
        answer = self._kept[host] = _Answer(loop.time() + kept, addresses, failed)
        self._kept.move_to_end(host)
        if len(self._kept) > _MOST_KEPT:
            self._kept.popitem(last=False)
        return answer


def _system(host: str) -> tuple[Address, ...]:
    """The system's answer, in its order of preference. Blocks."""
    found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    return tuple(
        (kind, str(address[0]))
        for kind, _, _, _, address in found[:_MOST_ADDRESSES]
        if kind in (socket.AF_INET, socket.AF_INET6)
    )


def _info(kind: socket.AddressFamily, address: str, port: int) -> AddressInfo:
    where = (address, port) if kind == socket.AF_INET else (address, port, 0, 0)
    return (kind, socket.SOCK_STREAM, socket.IPPROTO_TCP, "", where)


def read_hosts(path: Path) -> Mapping[str, tuple[Address, ...]]:
    """The addresses of each name in a file of the format of hosts(5). Raises `ConfigurationError`."""
    try:
        text = path.read_text("utf-8")
    except OSError as error:
        raise ConfigurationError(f"destinations.hosts_file: {path}: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise ConfigurationError(f"destinations.hosts_file: {path}: not UTF-8") from error
    found: dict[str, tuple[Address, ...]] = {}
    for number, line in enumerate(text.splitlines(), 1):
        words = line.partition("#")[0].split()
        if not words:
            continue
        try:
            address = ip_address(words[0])
            names = [normalise_host(word) for word in words[1:]]
        except UrlRefused as error:
            raise ConfigurationError(f"destinations.hosts_file: {path}:{number}: {error}") from error
        except ValueError as error:
            raise ConfigurationError(
                f"destinations.hosts_file: {path}:{number}: expected an address and names"
            ) from error
        kind = socket.AF_INET if address.version == 4 else socket.AF_INET6
        for name in names:
            found[name] = (*found.get(name, ()), (kind, str(address)))
    return found


def install(
    loop: asyncio.AbstractEventLoop,
    settings: DestinationSettings,
    listening: Iterable[tuple[str, int]] = (),
) -> Resolver:
    """
    Let every connection that `loop` opens get its addresses from a Resolver of its own.

    `listening` are our own addresses. Raises `ConfigurationError`.
    """
    resolver = Resolver(settings, Destinations(settings.inner, listening))
    # There is no other way to say it: `create_connection` asks its own loop.
    vars(loop)["getaddrinfo"] = resolver.getaddrinfo
    return resolver
