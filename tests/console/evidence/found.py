"""What a review found, as an export has it: three people's worth of every kind of row."""

from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

from console.evidence.contents import Clocks, Contents, Gaps, Row, SpoolLoss
from db.break_glass import Overlap
from db.review.bearing import Disposal, NoticeRead, PolicyUsed, RulesetUsed, Silence
from db.shared_use import SharedUse
from policy.decision import Outcome
from policy.review.authority import Authority, Decided, Terms
from policy.review.question import Question
from policy.review.rows import ReviewedDecision
from policy.review.scope import Scope
from policy.words import (
    AuthorityOutcome,
    BreakGlassEvent,
    Ended,
    PersonHow,
    Purpose,
    RecordLevel,
    Resource,
    RetentionClass,
    ReviewerRole,
    Verdict,
)
from tests.db.examples import BLOCKED
from tests.reviewed import reviewed

AT = BLOCKED.at
MADE_AT = AT + timedelta(days=20)

TERMS = Terms(
    role=ReviewerRole.PROFESSIONAL_STANDARDS,
    organisation="Example Police",
    matter="PSD/2026/114",
    purpose=Purpose.BREACH,
    necessity="A complaint says that gambling sites were opened on duty.",
    proportionality="One login, three weeks, one category.",
    less_intrusive="The figures of the unit say nothing of one person.",
    people=("alice",),
    units=(),
    since=AT - timedelta(days=10),
    until=AT + timedelta(days=11),
    categories=("gambling",),
    allowed_visits=True,
    sealed=False,
    days=14,
    renews=None,
)
AUTHORITY = Authority(
    id="K7QF2M9T",
    terms=TERMS,
    requested_by="reviewer",
    requested_at=AT + timedelta(days=12),
    decided=Decided(
        AuthorityOutcome.GRANTED, AT + timedelta(days=13), "monitoring", "Monitoring Officer", "It is needed."
    ),
    begins=AT + timedelta(days=13),
    ends=AT + timedelta(days=27),
)
SCOPE = Scope(
    organisation="Example Police",
    since=TERMS.since,
    until=TERMS.until,
    people=frozenset({"alice"}),
    units=frozenset(),
    only=None,
    never=frozenset({"reviewer", "chief"}),
    categories=frozenset({"gambling"}),
    allowed_visits=True,
)
QUESTION = Question(
    authority=AUTHORITY.id, purpose="Complaint 114: was it opened on duty?", people=("alice",)
)


def row(
    seconds: float = 0, /, *, belongs_to: UUID | None = None, asked_for: bool = True, **changes: Any
) -> Row:
    """A row of the sample: alice's blocked visit, changed as asked."""
    own = {"at": AT + timedelta(seconds=seconds), "person": "alice", "organisation": "Example Police"}
    one = reviewed(**{**own, **changes})
    return Row(with_outcome(one) if one.outcome is None else one, belongs_to, asked_for)


def with_outcome(one: ReviewedDecision) -> ReviewedDecision:
    """The same, over."""
    outcome = Outcome(one.id, one.at, 403, "text/html", 0, 2048, 900, Ended.REFUSED, one.retention_class)
    return replace(one, outcome=outcome)


VISIT = row()
ROWS = (
    VISIT,
    row(1, belongs_to=VISIT.decision.id, asked_for=False, resource=Resource.EMBEDDED, host="ads.bet.test"),
    row(2, resource=Resource.BACKGROUND, person_how=PersonHow.DEVICE),
    row(60, verdict=Verdict.ALLOW, record=RecordLevel.SITE, path=None),
    row(90, final=False),
    row(120, withdrawn_on=AT + timedelta(days=2), held=True),
)
CONTENTS = Contents(
    marking="OFFICIAL-SENSITIVE",
    made_at=MADE_AT,
    made_by="reviewer",
    access=UUID("01976d3e-0000-7000-8000-000000000001"),
    question=QUESTION,
    scope=SCOPE,
    authority=AUTHORITY,
    rows=ROWS,
    notices=(NoticeRead("alice", "1", AT - timedelta(days=90), PersonHow.NEGOTIATE, "p" * 64),),
    shared_uses=(
        SharedUse(
            id="SH4R3DU5",
            organisation="Example Police",
            person="alice",
            device=None,
            reference="EM/7",
            because="A night without the service desk.",
            start=AT + timedelta(hours=3),
            until=AT + timedelta(hours=5),
            at=AT + timedelta(hours=6),
            by="keeper",
        ),
    ),
    policies=(PolicyUsed("p" * 64, "# the policy\n", AT), PolicyUsed("q" * 64, None, None)),
    rulesets=(
        RulesetUsed("r" * 64, (AT,), "4", ({"name": "gambling", "sha256": "a" * 64},)),
        RulesetUsed("s" * 64, (), None, ()),
    ),
    gaps=Gaps(
        break_glass=(
            Overlap(
                "BR34KG1A", BreakGlassEvent.OPENED, AT + timedelta(days=1), AT + timedelta(days=1, hours=1)
            ),
            Overlap("BYPA55ED", BreakGlassEvent.BYPASSED, AT + timedelta(days=2), AT + timedelta(days=3)),
        ),
        disposals=(
            Disposal(AT + timedelta(days=9), "decision", RetentionClass.OTHER, AT - timedelta(days=5), 1234),
        ),
        silences_since=AT - timedelta(days=5),
        silences=(Silence("gw-1", AT + timedelta(days=4), AT + timedelta(days=4, hours=9)),),
        spool=(SpoolLoss("gw-1", "3 records were not taken by the database", AT + timedelta(days=1)),),
    ),
    clocks=Clocks(database_ahead_s=-0.25, synchronised=True, max_error_s=0.1),
)
