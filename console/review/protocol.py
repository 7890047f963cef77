"""
What may be asked of the review service, by whoever asks it: in this process, or over its socket.

`Review` is bound to one person: the service made it for who it found behind the request
(`console/review/service.py`), the client stands at its other end (`console/review/client.py`). No method
names who asks. Each is judged, recorded as an Access before a row is read, and answered with plain data
(`console/review/answers.py`).

All raise `ReviewRefused` where it is not permitted, with the reason in one line, and `DatabaseAway` where
the service or its database is away. What is an iterator comes piece by piece and may fail in the middle.
"""

from collections.abc import Iterator
from datetime import date, datetime
from typing import Protocol
from uuid import UUID

from console.review.answers import (
    Explained,
    Looks,
    PastPiece,
    PublicKey,
    State,
    Transparency,
    Withheld,
    Within,
)
from db.operator_view import ShownDecision
from db.page_view import PagePiece
from db.replay import Asked
from db.review.accesses import AccessQuestion
from db.review.openings import SealedOpening
from db.visited import VisitedHost
from policy.review.authority import Authority, Terms
from policy.review.figures import Report, Statistics, StatisticsQuestion, Timeline
from policy.review.hold import Hold, HoldTerms
from policy.review.question import Question
from policy.review.reviewer import Reviewer
from policy.review.rows import DipSampleQuestion, DipSampleRow, Found


class Authorities(Protocol):
    """The written authorities: asking for one, and deciding on it."""

    def request(self, terms: Terms) -> Authority:
        """Ask for an authority; somebody else decides."""

    def grant(self, authority: str, because: str) -> Authority:
        """Grant it as it was asked for, from now on."""

    def refuse(self, authority: str, because: str) -> Authority:
        """Refuse it."""

    def take_back(self, authority: str, because: str) -> Authority:
        """Take one's own request back."""

    def revoke(self, authority: str, because: str) -> Authority:
        """End what was granted, at once."""

    def show(self, authority: str) -> Authority:
        """One of those that whoever asks may see."""

    def list(self, state: State) -> tuple[Authority, ...]:
        """Those that whoever asks may see, newest first."""

    def tell(self, authority: str, withheld: str | None) -> Authority:
        """Decide on telling the people of one that is over: they are told, or not, for this reason."""


class Reviewing(Protocol):
    """Questions about decisions that name people, within an authority."""

    def search(self, question: Question) -> Within[Found]:
        """The decisions that it asks for, newest first, a page at a time."""

    def timeline(self, question: Question, person: str) -> Within[Timeline]:
        """What was decided on one person: figures by hour or day, and a page of the rows."""

    def report(self, question: Question) -> Within[Report]:
        """The numbers of them."""

    def explain(self, question: Question, reference: str) -> Within[Explained]:
        """One decision (the eight characters of its reference, as stored), judged again as of its time."""


class Evidence(Protocol):
    """What leaves the service to be relied on elsewhere."""

    def export(self, question: Question, marking: str) -> Iterator[bytes]:
        """A signed export (.zip) of all that the question asks for, under a protective marking."""

    def key(self) -> PublicKey:
        """The public half of the key that exports are signed by."""


class Figures(Protocol):
    """Numbers, and rows without people: no authority is needed."""

    def statistics(self, question: StatisticsQuestion) -> Statistics:
        """Counts, small ones and what would give them away not told."""

    def dip_sample(self, question: DipSampleQuestion) -> tuple[DipSampleRow, ...]:
        """So many decisions of these whole days by chance."""

    def transparency(self, quarter: str) -> Transparency:
        """The figures of one quarter, such as "2026-Q4"."""


class Subject(Protocol):
    """What is kept about one person, for that person."""

    def access(self, login: str, because: str) -> Iterator[bytes]:
        """Everything that they have a right to see (.zip)."""


class Sealed(Protocol):
    """The sealed parts of privileged decisions. What leaves here is still sealed."""

    def request(self, authority: str, purpose: str) -> SealedOpening:
        """Ask to open those within an authority that permits it."""

    def agree(self, opening: str, because: str) -> SealedOpening:
        """The second person's word."""

    def refuse(self, opening: str, because: str) -> SealedOpening:
        """The second person's refusal."""

    def take(self, opening: str) -> Iterator[bytes]:
        """The sealed parts, once, to be opened elsewhere by who hold the shares of the key."""

    def list(self) -> tuple[SealedOpening, ...]:
        """What was asked for, newest first."""


class Holds(Protocol):
    """Legal holds: what is kept past its time."""

    def place(self, terms: HoldTerms) -> Hold:
        """Keep what these terms name; from now on nothing of it is disposed of."""

    def release(self, hold: str, because: str) -> Hold:
        """Let it go: what is past its time goes with the next disposal."""

    def list(self) -> tuple[Hold, ...]:
        """All of them, newest first."""


class Watching(Protocol):
    """What was asked of the log, and by whom: no decision is shown here."""

    def looks(self, question: AccessQuestion) -> Looks:
        """Accesses, newest first, a page at a time."""

    def withheld(self) -> tuple[Withheld, ...]:
        """Reviews that the people named have not been told of, those first that are due to be asked again."""


class Running(Protocol):
    """What those who run the gateway and keep its lists may see: sites, and nobody."""

    def decisions(
        self, since: datetime, blocked_only: bool, reference: str | None, limit: int
    ) -> tuple[ShownDecision, ...]:
        """The last decisions, newest first."""

    def page(self, page: str) -> tuple[PagePiece, ...]:
        """What was recorded for pages of `https://example.org` in the last hour."""

    def most_visited(self, limit: int) -> tuple[VisitedHost, ...]:
        """The hosts that many people visit, most visits first."""

    def begin_preview(self, since: date, until: date, question: dict[str, str]) -> UUID:
        """Record what a preview is of: these whole days (UTC), both included. The others go on with it."""

    def past(self, preview: UUID) -> Iterator[PastPiece]:
        """Every different request of its days, day after day, some at a time and in no order."""

    def people(self, preview: UUID, asked: tuple[Asked, ...]) -> dict[int, int]:
        """How many different people asked for each part within its days; 0 for few."""


class Review(Protocol):
    """Everything that one person may ask."""

    @property
    def authorities(self) -> Authorities:
        """Written authorities."""

    @property
    def reviewing(self) -> Reviewing:
        """Decisions, within one."""

    @property
    def evidence(self) -> Evidence:
        """Exports."""

    @property
    def figures(self) -> Figures:
        """Numbers without one."""

    @property
    def subject(self) -> Subject:
        """What a person has a right to see."""

    @property
    def sealed(self) -> Sealed:
        """Sealed parts."""

    @property
    def holds(self) -> Holds:
        """Legal holds."""

    @property
    def watching(self) -> Watching:
        """For the auditor."""

    @property
    def running(self) -> Running:
        """For who run the gateway."""

    def who(self) -> Reviewer:
        """Who asks, as the service sees them."""
