"""
Which tokens of forms have been used: each once, whoever asks, and whichever desk they ask.

At a reload two desks answer for a while, and one that died is followed by another. So what is spent stands in
a small SQLite file in `run/`, where only one of two who spend the same token can be the first. It forgets
tokens that would have expired by themselves. It knows of this gateway's tokens alone: with several behind one
balancer each would take a token once (docs/desk.md).
"""

import logging
import sqlite3
from datetime import datetime, timedelta
from pathlib import Path

logger = logging.getLogger(__name__)

# A day's tokens, with room for clocks that differ.
LONGEST = timedelta(hours=48)
MOST_KEPT = 500_000  # some 20 MB; more than 10,000 people send in a day
MOST_NONCE = 64
_PATIENCE = 2.0  # seconds, for another desk that writes
_FORGET_EVERY = timedelta(minutes=10)

_SCHEMA = "CREATE TABLE IF NOT EXISTS spent (nonce BLOB PRIMARY KEY, until INTEGER NOT NULL) WITHOUT ROWID"


class CannotSpend(Exception):
    """Nobody can say whether it was spent: the file cannot be written, or is full. `args[0]` names nobody."""


class SpentTokens:
    """Opens its file with the first token. Used by one thread at a time."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file: sqlite3.Connection | None = None
        self._forgot: datetime | None = None
        self._failing = False  # and has been said to

    def spend(self, nonce: bytes, until: datetime, now: datetime) -> bool:
        """Whether this is the first time, as far as `until` is in the future. Raises `CannotSpend`."""
        if not now < until <= now + LONGEST or not 0 < len(nonce) <= MOST_NONCE:
            return False
        try:
            file = self._opened()
            self._forget(file, now)
            row = (nonce, int(until.timestamp()) + 1)
            first = file.execute("INSERT OR IGNORE INTO spent VALUES (?, ?)", row).rowcount == 1
        except CannotSpend as error:
            self._fails(str(error))
            raise
        except (sqlite3.Error, OSError) as error:
            self.close()  # opened anew next time: it may have been damaged, or removed
            self._fails(type(error).__name__)
            raise CannotSpend(type(error).__name__) from error
        if self._failing:
            self._failing = False
            logger.warning("forms of the gateway's pages are taken again")
        return first

    def _fails(self, why: str) -> None:
        # A damaged file mends itself as little as a full one, and people are told to try again.
        if not self._failing:
            self._failing = True
            logger.error(
                "no form of the gateway's pages is taken: which were sent cannot be kept in %s (%s); if that "
                "stays so, delete the file; forms of today could then be sent a second time",
                self._path,
                why,
            )

    def close(self) -> None:
        """Let go of the file."""
        if self._file is not None:
            self._file.close()
            self._file = None

    def _opened(self) -> sqlite3.Connection:
        if self._file is None:
            self._path.touch(mode=0o600)
            self._file = sqlite3.connect(
                self._path, timeout=_PATIENCE, isolation_level=None, check_same_thread=False
            )
            # No map of the file (as WAL has): on a full disk that would be the end of this process.
            self._file.execute("PRAGMA journal_mode = TRUNCATE")
            self._file.execute("PRAGMA synchronous = NORMAL")
            self._file.execute(_SCHEMA)
        return self._file

    def _forget(self, file: sqlite3.Connection, now: datetime) -> None:
        if self._forgot is not None and abs(now - self._forgot) < _FORGET_EVERY:
            return
        self._forgot = now
        file.execute("DELETE FROM spent WHERE until <= ?", (int(now.timestamp()),))
        [kept] = file.execute("SELECT count(*) FROM spent").fetchone()
        if kept >= MOST_KEPT:
            self._forgot = None  # counted each time from now on
            raise CannotSpend("full")
