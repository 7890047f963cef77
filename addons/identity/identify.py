"""
Who asks: Basic authentication to the proxy (RFC 7617) against a directory of bcrypt hashes.

**What is slow must not be waited for.** A bcrypt hash takes 50 to 300 ms on purpose. It is computed in a
few threads of its own, which lets go of the interpreter meanwhile; a pair that was right is remembered for
some minutes, as a keyed hash whose key dies with the process, so that no password is kept anywhere. The
header is taken off the request before anything else happens to it.

**One client's mistakes are not the others'.** From one address only a few pairs are looked at at a time,
and after ten wrong ones in a minute none that is not remembered; the queue before the threads is
bounded. A flood of wrong passwords thus costs its sender their own next minute, and everybody else nothing
that can be felt. A name that does not exist takes as long as one that does.

Who is wrong is nobody, and it is the gatekeeper that says what nobody may do: essential hosts, and a page
that asks to sign in for everything else. In a tunnel the person is the CONNECT's. While break-glass is open
nobody is to be known, so a pair that is sent is thrown away unread.
"""

import asyncio
import base64
import binascii
import hmac
import os
import time
from collections import Counter, OrderedDict, deque
from collections.abc import Awaitable
from concurrent.futures import ThreadPoolExecutor

import bcrypt
from mitmproxy import http

from addons.exchanges import CLAIM, state_of
from addons.fail_closed import LastResort, fail_closed
from addons.identity.htpasswd import HtpasswdFile, same_name
from addons.snapshots import Parts
from policy.people import Claim, fold_login
from policy.words import PersonHow

_HEADER = "proxy-authorization"
_LOOK_AGAIN_SECONDS = 1.0  # at the files
_REMEMBERED_SECONDS = 300.0
_MOST_REMEMBERED = 16_384

_THREADS = 2
_MOST_WAITING = 64
_MOST_WAITING_FROM_ONE = 4
_MOST_WRONG = 10
_WRONG_SECONDS = 60.0
_MOST_ADDRESSES = 8192

# What bcrypt looks at; htpasswd cuts at the same place.
_PASSWORD_BYTES = 72
# Of nobody's password, with the usual cost: for names that do not exist.
_NOBODY = b"$2b$10$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW"


def read_credentials(value: str) -> tuple[str, str] | None:
    """Name and password of a Basic header's value; None where it is none."""
    scheme, _, token = value.strip().partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        name, colon, password = base64.b64decode(token.strip(), validate=True).decode("utf-8").partition(":")
    except (binascii.Error, ValueError):
        return None
    # Control characters are in neither (RFC 7617, 2).
    if not colon or not name or any(ord(c) < 0x20 or ord(c) == 0x7F for c in name + password):
        return None
    return same_name(name), same_name(password)


class _Wrong:
    """How many wrong pairs each address has shown of late."""

    def __init__(self) -> None:
        self._times: OrderedDict[str, deque[float]] = OrderedDict()

    def note(self, address: str, now: float) -> None:
        times = self._times.setdefault(address, deque(maxlen=_MOST_WRONG))
        times.append(now)
        self._times.move_to_end(address)
        if len(self._times) > _MOST_ADDRESSES:
            self._times.popitem(last=False)

    def too_many(self, address: str, now: float) -> bool:
        times = self._times.get(address)
        return times is not None and len(times) == _MOST_WRONG and now - times[0] < _WRONG_SECONDS


class Identity:
    """Finds out who asks, and tells the gatekeeper through `flow.metadata`."""

    def __init__(self, parts: Parts, last_resort: LastResort, counts: Counter[str]) -> None:
        """Raises `ConfigurationError`."""
        if parts.identity.htpasswd_file is None:
            raise ValueError("settings let no identity of this kind be without its file")
        self._file = HtpasswdFile(parts.identity.htpasswd_file)
        self._looked = time.monotonic()
        self.last_resort = last_resort
        self._counts = counts
        self._parts = parts
        self._key = os.urandom(32)
        self._remembered: OrderedDict[bytes, float] = OrderedDict()  # until when
        self._wrong = _Wrong()
        self._asked: dict[bytes, asyncio.Task[bool]] = {}
        self._asked_from: Counter[str] = Counter()
        # Threads begin with the first pair, so after a fork.
        self._pool = ThreadPoolExecutor(_THREADS, "password")

    @fail_closed
    def http_connect(self, flow: http.HTTPFlow) -> Awaitable[None] | None:
        """A tunnel is asked for."""
        return self._identify(flow)

    @fail_closed
    def requestheaders(self, flow: http.HTTPFlow) -> Awaitable[None] | None:
        """A request; inside a tunnel it is the CONNECT's person who asks."""
        if state_of(flow.client_conn).tunnel is not None:
            return None
        return self._identify(flow)

    def done(self) -> None:
        """The worker ends."""
        self._pool.shutdown(wait=False, cancel_futures=True)

    def _identify(self, flow: http.HTTPFlow) -> Awaitable[None] | None:
        value = flow.request.headers.pop(_HEADER, None)
        if value is None or self._parts.registers.registers.is_open(self._parts.now()):
            return None
        credentials = read_credentials(value)
        if credentials is None:
            return None
        self._look_at_files()
        name, password = credentials
        hashed = self._file.hashes.get(name, _NOBODY)
        claim = Claim(fold_login(name), PersonHow.BASIC)
        # With the hash in it: whoever gets a new password is asked for it at once.
        mark = hmac.digest(self._key, b"\0".join((name.encode(), password.encode(), hashed)), "sha256")
        if self._is_remembered(mark):
            flow.metadata[CLAIM] = claim
            return None
        address = state_of(flow.client_conn).client_ip

        async def identify() -> None:
            if await self._is_right(mark, password, hashed, address):
                flow.metadata[CLAIM] = claim

        return identify()

    def _look_at_files(self) -> None:
        now = time.monotonic()
        if now - self._looked >= _LOOK_AGAIN_SECONDS:
            self._looked = now
            self._file.refresh()

    def _is_remembered(self, mark: bytes) -> bool:
        until = self._remembered.get(mark)
        return until is not None and time.monotonic() < until

    async def _is_right(self, mark: bytes, password: str, hashed: bytes, address: str) -> bool:
        # A browser opens many connections at once, all with the same pair: one look is enough.
        task = self._asked.get(mark)
        if task is None:
            if self._is_too_much(address):
                return False
            self._asked_from[address] += 1
            task = asyncio.get_running_loop().create_task(self._look(mark, password, hashed, address))
            self._asked[mark] = task
        # Whoever waits may leave; the others still want to know.
        return await asyncio.shield(task)

    def _is_too_much(self, address: str) -> bool:
        if self._wrong.too_many(address, time.monotonic()):
            self._counts["sign-in:too-many-wrong"] += 1
            return True
        if len(self._asked) >= _MOST_WAITING or self._asked_from[address] >= _MOST_WAITING_FROM_ONE:
            self._counts["sign-in:busy"] += 1
            return True
        return False

    async def _look(self, mark: bytes, password: str, hashed: bytes, address: str) -> bool:
        loop = asyncio.get_running_loop()
        try:
            secret = password.encode()[:_PASSWORD_BYTES]
            right = await loop.run_in_executor(self._pool, bcrypt.checkpw, secret, hashed)
            right = right and hashed is not _NOBODY
        finally:
            self._asked.pop(mark, None)
            self._asked_from[address] -= 1
            if not self._asked_from[address]:
                del self._asked_from[address]
        if right:
            self._remember(mark)
        else:
            self._counts["sign-in:wrong"] += 1
            self._wrong.note(address, time.monotonic())
        return right

    def _remember(self, mark: bytes) -> None:
        self._remembered[mark] = time.monotonic() + _REMEMBERED_SECONDS
        self._remembered.move_to_end(mark)
        if len(self._remembered) > _MOST_REMEMBERED:
            self._remembered.popitem(last=False)
