"""
Pairs of login and password that were right a moment ago.

Kept as keyed digests whose key dies with the process: no password is kept anywhere, and what is kept is of no
use to anybody else. Whoever changes a password can use the old one for as long as a pair is remembered; a
person who is disabled is refused at once all the same, since people are looked up with every request.
"""

import hmac
import os
import time
from collections import OrderedDict
from collections.abc import Callable

REMEMBERED_SECONDS = 300.0
_MOST = 16_384


class Remembered[T]:
    """What became of each pair, for some minutes."""

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._key = os.urandom(32)
        self._kept: OrderedDict[bytes, tuple[float, T]] = OrderedDict()

    def mark(self, login: str, password: str) -> bytes:
        """What stands for this pair in this process."""
        login_bytes = login.encode()
        # The length first: no other pair has the same bytes.
        return hmac.digest(
            self._key, len(login_bytes).to_bytes(4) + login_bytes + password.encode(), "sha256"
        )

    def get(self, mark: bytes) -> T | None:
        """What it was found to be, if that is not too long ago."""
        kept = self._kept.get(mark)
        if kept is None:
            return None
        until, found = kept
        if self._now() < until:
            return found
        del self._kept[mark]
        return None

    def keep(self, mark: bytes, found: T) -> None:
        """It was found to be this just now."""
        self._kept[mark] = self._now() + REMEMBERED_SECONDS, found
        self._kept.move_to_end(mark)
        if len(self._kept) > _MOST:
            self._kept.popitem(last=False)
