"""
How much was done with the powers of review in a quarter: counts of acts, for `policy/review/transparency.py`.

Authorities, looks and holds are one organisation's; lists, break-glass and disposals are the gateway's.
"""

from collections import Counter
from collections.abc import Collection
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, and_, distinct, func, or_, select
from sqlalchemy.orm import InstrumentedAttribute

from db.models import AccessRow, BreakGlassRow, DisposalRow, RulesetRow, WithdrawalRow
from db.people_models import ReportRow
from db.review.afterwards import named
from db.review.authorities import authorities
from db.review_models import AuthorityRow, LegalHoldRow, ReviewNoticeRow, SealedOpeningRow, TellingRow
from policy.review.authority import Authority
from policy.review.telling import closed_at, is_to_be_asked_again
from policy.review.transparency import Counts, Quarter
from policy.words import AuthorityOutcome, BreakGlassEvent, Purpose, ReportKind

_WITHOUT_AUTHORITY = ("review statistics", "review dip sample")
_REFUSED = "refused: %"


def counts(
    connection: Connection, organisation: str, quarter: Quarter, privileged: Collection[str], now: datetime
) -> Counts:
    """
    What there was; `privileged` are the categories that nobody may be tied to, by today's policy.

    What is told and not told is as it stands at `now`.
    """
    within = _Within(connection, quarter)
    mine = AuthorityRow.organisation == organisation
    asked = within.by_purpose(AuthorityRow.at, mine)
    decided = AuthorityRow.decided_at, mine
    over = _over(connection, organisation, quarter)
    told = _told(connection, [one.id for one in over])
    openings = SealedOpeningRow.authority.in_(select(AuthorityRow.id).where(mine))
    return Counts(
        asked=asked,
        granted=within.by_purpose(*decided, AuthorityRow.outcome == AuthorityOutcome.GRANTED),
        refused=within.count(*decided, AuthorityRow.outcome == AuthorityOutcome.REFUSED),
        taken_back=within.count(*decided, AuthorityRow.outcome == AuthorityOutcome.TAKEN_BACK),
        revoked=within.count(AuthorityRow.revoked_at, mine),
        looks=within.looks(organisation),
        looks_without=within.count(
            AccessRow.at,
            AccessRow.organisation == organisation,
            AccessRow.answers.is_(None),
            AccessRow.result.is_(None),
            AccessRow.what.in_(_WITHOUT_AUTHORITY),
        ),
        looks_refused=within.count(
            AccessRow.at,
            AccessRow.organisation == organisation,
            AccessRow.answers.is_(None),
            AccessRow.result.like(_REFUSED),
        ),
        people_told=within.people_told(organisation),
        people_not_yet=len(
            {
                person.login
                for one in over
                for person in named(connection, one)
                if person.login not in told.get(one.id, ())
            }
        ),
        withheld=sum(one.told is not None and one.told.withheld is not None for one in over),
        to_be_asked_again_now=sum(
            is_to_be_asked_again(one, now)
            for one in authorities(connection, mine, AuthorityRow.id.in_(select(TellingRow.authority)))
        ),
        openings_asked=within.count(SealedOpeningRow.at, openings),
        openings=within.count(SealedOpeningRow.used_at, openings),
        privileged_changes=_privileged_changes(connection, quarter, privileged),
        break_glass=within.count(BreakGlassRow.at, BreakGlassRow.event == BreakGlassEvent.OPENED),
        bypasses=within.count(BreakGlassRow.at, BreakGlassRow.event == BreakGlassEvent.BYPASSED),
        break_glass_unconfirmed=within.count(
            BreakGlassRow.at, BreakGlassRow.event == BreakGlassEvent.REPORTED
        ),
        holds=within.count(LegalHoldRow.at, LegalHoldRow.organisation == organisation),
        withdrawals=within.count(WithdrawalRow.at),
        wrong_answered=within.count(
            ReportRow.answered_at,
            ReportRow.kind == ReportKind.WRONG_CATEGORY,
            ReportRow.organisation == organisation,
        ),
        disposals=within.count(DisposalRow.at, DisposalRow.disposed > 0),
    )


class _Within:
    """Counts of rows whose moment is in a quarter."""

    def __init__(self, connection: Connection, quarter: Quarter) -> None:
        self._connection = connection
        self._quarter = quarter

    def count(self, at: InstrumentedAttribute[Any], *where: ColumnElement[bool]) -> int:
        return self._connection.scalar(select(func.count()).where(self._in(at), *where)) or 0

    def people_told(self, organisation: str) -> int:
        """Who was told of several is one person: a number of notices would pass for one of many people."""
        row = ReviewNoticeRow
        mine = self._in(row.at), row.organisation == organisation
        return self._connection.scalar(select(func.count(distinct(row.person))).where(*mine)) or 0

    def by_purpose(self, at: InstrumentedAttribute[Any], *where: ColumnElement[bool]) -> dict[Purpose, int]:
        query = select(AuthorityRow.purpose, func.count()).where(self._in(at), *where)
        return _pairs(self._connection, query.group_by(AuthorityRow.purpose))

    def looks(self, organisation: str) -> dict[Purpose, int]:
        a = AccessRow
        query = (
            select(AuthorityRow.purpose, func.count())
            .select_from(a)
            .join(AuthorityRow, AuthorityRow.id == a.authority)
            .where(
                self._in(a.at),
                a.organisation == organisation,
                a.answers.is_(None),
                a.scope.is_not(None),
                a.result.is_(None),
            )
            .group_by(AuthorityRow.purpose)
        )
        return _pairs(self._connection, query)

    def _in(self, at: InstrumentedAttribute[Any]) -> ColumnElement[bool]:
        return and_(at >= self._quarter.since, at < self._quarter.until)


def _pairs(connection: Connection, query: Select[Purpose, int]) -> dict[Purpose, int]:
    return {row[0]: row[1] for row in connection.execute(query)}


def _over(connection: Connection, organisation: str, quarter: Quarter) -> list[Authority]:
    """Authorities that ended in the quarter, by their time or before it."""
    row = AuthorityRow
    may_be = or_(
        and_(row.ends >= quarter.since, row.ends < quarter.until),
        and_(row.revoked_at >= quarter.since, row.revoked_at < quarter.until),
    )
    found = authorities(connection, row.organisation == organisation, may_be)
    return [
        one
        for one in found
        if (closed := closed_at(one)) is not None and quarter.since <= closed < quarter.until
    ]


def _told(connection: Connection, of: Collection[str]) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    query = select(ReviewNoticeRow.authority, ReviewNoticeRow.person).where(ReviewNoticeRow.authority.in_(of))
    for authority, person in connection.execute(query):
        found.setdefault(authority, set()).add(person)
    return found


def _privileged_changes(connection: Connection, quarter: Quarter, privileged: Collection[str]) -> int:
    """How often a Ruleset was put in force whose lists of these categories differ from those before it."""
    row = RulesetRow
    newest_before = (
        select(row.lists).where(row.at < quarter.since).order_by(row.at.desc(), row.id.desc()).limit(1)
    )
    lists = connection.scalars(
        select(row.lists).where(row.at >= quarter.since, row.at < quarter.until).order_by(row.at, row.id)
    )
    before = _of(connection.scalar(newest_before), privileged)
    changes = 0
    for one in lists:
        after = _of(one, privileged)
        changes += after != before
        before = after
    return changes


def _of(lists: Any, privileged: Collection[str]) -> Counter[tuple[object, ...]]:
    """The lists of these categories, as plain as they are kept."""
    return Counter(
        (one.get("name"), one.get("category"), one.get("sha256"), str(one.get("left_out")))
        for one in lists or ()
        if one.get("category") in privileged
    )
