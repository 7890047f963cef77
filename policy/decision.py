"""What the judge says (Judgement), what is kept of it (Decision), and what came of it (Outcome)."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from policy.match import Match
from policy.words import (
    Ended,
    PersonHow,
    Reason,
    RecordLevel,
    Resource,
    RetentionClass,
    Step,
    Verdict,
)


@dataclass(frozen=True, slots=True)
class Judgement:
    """A verdict and its reasons. Made in `policy/judge.py` and nowhere else."""

    verdict: Verdict
    reason: Reason
    name: str = ""  # the host that decided
    category: str | None = None  # the deciding one
    matches: tuple[Match, ...] = ()  # every entry that hit, the deciding one first
    privileged: bool = False  # never decrypted, never tied to a person
    local_entry: str | None = None  # set if and only if reason is LOCAL_ALLOW or LOCAL_BLOCK
    exemption: str | None = None  # set if and only if reason is EXEMPTED
    confirmation: str | None = None  # set if and only if reason is CONFIRMED
    would_be: Verdict | None = None  # what it would have been by what is on trial, where that differs
    allowance: bool = False  # allowed because of the personal-use allowance: its minute counts

    @property
    def categories(self) -> tuple[str, ...]:
        """Every category that matched, the deciding one first, each once."""
        return tuple(dict.fromkeys(match.category for match in self.matches))

    @property
    def deciding_match(self) -> Match | None:
        """The entry that decided, where an entry did."""
        return self.matches[0] if self.matches and self.category is not None else None


@dataclass(frozen=True, slots=True)
class Decision:
    """
    What was done at one step of an exchange and everything needed to defend it later.

    One row of the decision log, already reduced to what its record level permits
    (`policy/record.py`). Exactly one Decision of an exchange is `final`. Never updated.
    """

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
    page: str | None
    method: str | None
    scheme: str | None
    host: str | None
    port: int | None
    path: str | None
    names: tuple[str, ...]  # "source:host"
    referrer_host: str | None
    decrypted: bool
    verdict: Verdict
    would_be: Verdict | None  # what a rule on trial would have said
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
    replayable: bool  # whether what is stored suffices to judge it again
    sealed: bytes | None
    reference: str
    ruleset: str
    policy: str
    engine: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of an exchange: a row of its own, written when it is over."""

    decision: UUID
    at: datetime
    status: int | None
    content_type: str | None
    bytes_in: int  # of bodies, from the client
    bytes_out: int  # of bodies, to the client
    duration_us: int
    ended: Ended
    retention_class: RetentionClass  # the Decision's: the two are disposed of together
