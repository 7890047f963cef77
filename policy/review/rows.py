"""
What a reviewer is shown of the log: plain rows, and the answers made of them.

A row is a decision as it was recorded, with what came of it and whether the entry that decided was found to
have been wrong since. Only some of them are visits: `counts_as_visit` says which, and nothing else does.
"""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from policy.decision import Outcome
from policy.match import Match
from policy.review.question import Cursor
from policy.words import (
    PersonHow,
    Reason,
    RecordLevel,
    Resource,
    RetentionClass,
    Step,
    Verdict,
)

# Who was shown a notice or a page of ours, or had a tunnel opened, has visited nothing by that.
_NO_VISIT = frozenset({Reason.NOTICE, Reason.OWN_PAGE, Reason.TUNNEL})

MOST_SAMPLED = 100  # of one dip sample


@dataclass(frozen=True, slots=True)
class ReviewedDecision:
    """A `policy.decision.Decision`, field for field but for what is sealed, and what is known of it since."""

    id: UUID
    exchange: UUID
    step: Step
    final: bool
    at: datetime
    gateway: str
    organisation: str | None
    person: str | None
    person_how: PersonHow
    unit: str | None
    role: str | None
    device: str | None
    client_ip: str | None
    resource: Resource
    resource_why: str
    page: str | None  # the page that this is a piece of: scheme and host
    method: str | None
    scheme: str | None
    host: str | None
    port: int | None
    path: str | None
    names: tuple[str, ...]  # "source:host"
    referrer_host: str | None
    decrypted: bool
    verdict: Verdict
    would_be: Verdict | None
    reason: Reason
    category: str | None
    categories: tuple[str, ...]
    clause: str | None
    list: str | None
    line: int | None
    entry: str | None
    entry_kind: str | None
    found_by: str | None
    matches: tuple[Match, ...]
    exemption: str | None
    confirmation: str | None
    local_entry: str | None
    approval: str | None
    record: RecordLevel
    retention_class: RetentionClass
    replayable: bool
    has_sealed: bool  # whether a part of it is sealed; what, only the holder of the private key can read
    reference: str
    ruleset: str
    policy: str
    engine: str
    batch: UUID | None
    held: bool  # kept for a legal hold, beyond its time
    outcome: Outcome | None  # None: not known, or not over yet
    withdrawn_on: datetime | None  # when the entry that decided was found to have been wrong

    @property
    def is_visit(self) -> bool:
        """Whether somebody told the browser to open this page; `unknown` never is."""
        return self.final and self.resource is Resource.VISIT and self.reason not in _NO_VISIT

    @property
    def counts_as_visit(self) -> bool:
        """Whether it is a visit that may be held against anybody: nothing that a wrong entry decided."""
        return self.is_visit and self.withdrawn_on is None


@dataclass(frozen=True, slots=True)
class PageOpened:
    """A visit, and what the browser asked for by itself because of it, which is never counted as a visit."""

    visit: ReviewedDecision
    embedded: int = 0
    redirects: int = 0  # navigations that no gesture asked for
    background: int = 0
    prefetched: int = 0
    unknown: int = 0
    refused: int = 0  # of all of these, how many were not allowed

    @property
    def pieces(self) -> int:
        """All that belongs to it."""
        return self.embedded + self.redirects + self.background + self.prefetched + self.unknown


@dataclass(frozen=True, slots=True)
class Found:
    """One part of an answer, newest first: visits, and apart from them whatever belongs to none of them."""

    visits: tuple[PageOpened, ...]
    rest: tuple[ReviewedDecision, ...]
    after: Cursor | None  # where the next part begins; None: this was the last

    @property
    def rows(self) -> int:
        """How many decisions name somebody in it: what the Access says was seen."""
        return len(self.visits) + len(self.rest)


@dataclass(frozen=True, slots=True)
class DipSampleRow:
    """A decision of nobody: no person, unit, address, page, path, reference, nor a time finer than a day."""

    day: date  # UTC
    resource: Resource
    host: str | None
    decrypted: bool
    verdict: Verdict
    would_be: Verdict | None
    reason: Reason
    category: str | None
    clause: str | None
    list: str | None
    line: int | None
    entry: str | None
    entry_kind: str | None
    withdrawn: bool  # the entry that decided was found to have been wrong


@dataclass(frozen=True, slots=True)
class DipSampleQuestion:
    """What a dip sample is drawn from: chance draws it, never who asks."""

    purpose: str
    organisation: str
    since: date  # whole days (UTC)
    until: date  # the first day that is not in it
    category: str | None = None
    verdict: Verdict | None = None
    size: int = 20
