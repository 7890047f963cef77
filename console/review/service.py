"""
The review service: the only thing that reads the log for people.

It judges by `policy/review/`, records by `db/review/looks.py`, reads by the rest of `db/review/`, and knows
neither HTTP nor terminals. `by_login` makes it speak to one person, as the register of people has them at
that moment; what they may ask then is the protocol (`protocol.py`), each topic in a module of its own.
"""

import threading
import time
from collections.abc import Callable, Collection
from dataclasses import replace

from console.evidence.exporting import Exporting
from console.evidence.subject_access import SubjectAccess
from console.review.authorities import Authorities
from console.review.figures import Figures
from console.review.holds import Holds
from console.review.parts import Parts
from console.review.protocol import Evidence, Review, Subject
from console.review.reviewing import Reviewing
from console.review.running import Running
from console.review.sealed import Sealed
from console.review.watching import Watching
from policy.errors import ReviewRefused
from policy.people import fold_login
from policy.review.reviewer import Reviewer
from policy.words import ReviewerRole

_MOST_REMEMBERED = 1_000
_AGAIN_SECONDS = 60.0

type Known = Callable[[str], Reviewer]
"""The person behind a login. Raises `ReviewRefused` where that is nobody who may ask."""


class ReviewService:
    """Speaks to people."""

    def __init__(
        self,
        parts: Parts,
        known: Known,
        programs: Collection[str] = (),
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """`programs` are logins that may ask what no person is needed for."""
        self._parts = parts
        self._known = known
        self._programs = frozenset(map(fold_login, programs))
        self._clock = clock
        self._turned_away: dict[str, float] = {}
        self._lock = threading.Lock()

    def by_login(self, login: str) -> Review:
        """
        What the person with this login may ask.

        Raises `ReviewRefused` where that is nobody, which is recorded, or `DatabaseAway`.
        """
        try:
            return _Bound(self._parts, self._known(login))
        except ReviewRefused as refused:
            if fold_login(login) in self._programs:
                return _Bound(self._parts, Reviewer("", fold_login(login), frozenset()), program=True)
            if self._is_news(login):
                self._parts.looks.turned_away(login, what="review", why=str(refused))
            raise

    def by_account(self, account: str) -> Review:
        """
        What this account of the machine may ask, where whoever has the database's file is kept from nothing.

        What names nobody is for whoever has it; the rest is for who the register says.
        """
        try:
            reviewer = self._known(account)
        except ReviewRefused:
            reviewer = Reviewer("", account, frozenset())
        return _Bound(self._parts, replace(reviewer, roles=reviewer.roles | {ReviewerRole.IT}))

    def _is_news(self, login: str) -> bool:
        """Whether it is not the same again: whoever knocks a thousand times is not to fill the record."""
        now = self._clock()
        with self._lock:
            again = now - self._turned_away.get(login, float("-inf")) < _AGAIN_SECONDS
            if not again:
                self._turned_away.pop(login, None)
                while len(self._turned_away) >= _MOST_REMEMBERED:
                    del self._turned_away[next(iter(self._turned_away))]
                self._turned_away[login] = now
            return not again


class _Bound:
    """`protocol.Review` for one person."""

    def __init__(self, parts: Parts, reviewer: Reviewer, *, program: bool = False) -> None:
        self._parts = parts
        self._reviewer = reviewer
        self._program = program

    def who(self) -> Reviewer:
        return self._reviewer

    @property
    def authorities(self) -> Authorities:
        return Authorities(self._parts, self._reviewer)

    @property
    def reviewing(self) -> Reviewing:
        return Reviewing(self._parts, self._reviewer)

    @property
    def figures(self) -> Figures:
        return Figures(self._parts, self._reviewer)

    @property
    def evidence(self) -> Evidence:
        return Exporting(self._parts, self._reviewer)

    @property
    def subject(self) -> Subject:
        return SubjectAccess(self._parts, self._reviewer)

    @property
    def sealed(self) -> Sealed:
        return Sealed(self._parts, self._reviewer)

    @property
    def holds(self) -> Holds:
        return Holds(self._parts, self._reviewer)

    @property
    def watching(self) -> Watching:
        return Watching(self._parts, self._reviewer)

    @property
    def running(self) -> Running:
        return Running(self._parts, self._reviewer, program=self._program)
