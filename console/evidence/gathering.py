"""
Everything that goes into an export, read in the transaction of one look.

All of it or nothing: an export that leaves rows out without saying so would be worse than none, so a question
that has more than `MOST_ROWS` rows is refused.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import batched, islice

from addons.observe.clock import Clock
from console.evidence.contents import Clocks, Contents, Gaps, Row, SpoolLoss
from db.break_glass import overlaps
from db.proof.showing import shown_of
from db.review.around import around
from db.review.bearing import (
    Disposal,
    database_ahead,
    disposals_since,
    notices_read,
    policies_used,
    rulesets_used,
    shared_uses_of,
    silences,
)
from db.review.everything import everything
from db.review.looks import Look
from db.upgrade import needed_revision
from policy.errors import ReviewRefused
from policy.review.authority import Authority
from policy.review.grouping import belonging
from policy.review.question import Question
from policy.review.reviewer import Reviewer
from policy.review.rows import ReviewedDecision
from policy.review.scope import Scope

MOST_ROWS = 20_000
_VISITS_AT_ONCE = 50


@dataclass(frozen=True, slots=True)
class Asked:
    """What an export is to be of."""

    question: Question
    scope: Scope
    authority: Authority
    reviewer: Reviewer
    marking: str


def gather(
    look: Look, asked: Asked, now: datetime, clock: Clock | None, lost: tuple[SpoolLoss, ...] = ()
) -> Contents:
    """
    All of it. `clock` is what the kernel says of the clock that `now` is by, `lost` what spools show.

    Raises `ReviewRefused` where there is more than one export takes, and `DatabaseAway`.
    """
    scope = asked.scope
    found = list(islice(everything(look.connection, asked.question, scope), MOST_ROWS + 1))
    rows = _rows(found, _beside(look, scope, found))
    if len(rows) > MOST_ROWS:
        raise ReviewRefused(
            f"there are more than {MOST_ROWS:,} rows, and an export leaves none out; ask for shorter periods"
        )
    people = {row.decision.person for row in rows if row.decision.person is not None}
    devices = {row.decision.device for row in rows if row.decision.device is not None}
    notices = notices_read(look.connection, scope.organisation, people)
    policies = {row.decision.policy for row in rows} | {one.policy for one in notices}
    return Contents(
        marking=asked.marking,
        made_at=now,
        made_by=asked.reviewer.login,
        access=look.access,
        question=asked.question,
        scope=scope,
        authority=asked.authority,
        rows=rows,
        notices=notices,
        shared_uses=shared_uses_of(
            look.connection, scope.organisation, people, devices, scope.since, scope.until
        ),
        policies=policies_used(look.connection, policies),
        rulesets=rulesets_used(look.connection, {row.decision.ruleset for row in rows}),
        gaps=replace(_gaps(look, scope, now), spool=lost),
        clocks=Clocks(
            database_ahead_s=database_ahead(look.connection, now),
            synchronised=None if clock is None else clock.synchronised,
            max_error_s=None if clock is None else clock.max_error_s,
        ),
        proofs=shown_of(look.connection, [row.decision for row in rows]),
        revision=needed_revision(),
    )


def _beside(look: Look, scope: Scope, found: Sequence[ReviewedDecision]) -> Iterable[ReviewedDecision]:
    """What stands around the visits, some visits at a time since each time has its bound."""
    visits = [row for row in found if row.is_visit]
    for some in batched(visits, _VISITS_AT_ONCE, strict=False):
        yield from around(look.connection, scope, some)


def _rows(found: Sequence[ReviewedDecision], beside: Iterable[ReviewedDecision]) -> list[Row]:
    """Each once, oldest first, and to which visit it belongs."""
    asked_for = {row.id for row in found}
    every = {row.id: row for row in (*beside, *found)}
    belongs_to = belonging(every.values())
    return [
        Row(row, belongs_to.get(row.id), row.id in asked_for)
        for row in sorted(every.values(), key=lambda row: (row.at, row.id))
    ]


def _gaps(look: Look, scope: Scope, now: datetime) -> Gaps:
    disposals = disposals_since(look.connection, scope.since)
    since = max((one.before for one in disposals if _of_decisions(one)), default=scope.since)
    until = min(scope.until, now)
    return Gaps(
        break_glass=tuple(overlaps(look.connection, scope.since, scope.until)),
        disposals=tuple(disposals),
        # A class that was disposed of is silent of itself.
        silences=tuple(silences(look.connection, since, until)) if since < until else (),
        silences_since=since if since > scope.since else None,
    )


def _of_decisions(one: Disposal) -> bool:
    return one.source == "decision"
