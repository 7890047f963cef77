"""
A question and the bounds of its look, as terms of a query.

Row-level security holds the same bounds behind it, and on PostgreSQL a term that is forgotten here shows
nothing more. They stand here all the same: SQLite has no such thing, and the database finds rows by them.

Every look names people or units, so rows are found by whom they name: `Keys` says by which. A row that names
one of the people is found by that; by a unit only what names none of them, so that nothing is found twice.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, FromClause, and_, or_

from policy.people import fold_login
from policy.review.question import Cursor, Question
from policy.review.scope import Scope
from policy.words import Reason, Resource, Verdict

type Term = ColumnElement[bool]

# As `ReviewedDecision.is_visit`.
_NO_VISIT = (Reason.NOTICE, Reason.OWN_PAGE, Reason.TUNNEL)


@dataclass(frozen=True, slots=True)
class Keys:
    """Rows of these people, or of these units, by the index of that column."""

    column: str
    values: tuple[str, ...]
    not_of: tuple[str, ...] = ()  # people whose rows are found otherwise

    def besides(self, table: FromClause) -> list[Term]:
        """What must hold beside the key."""
        return [_not_in(table.c.person, self.not_of)] if self.not_of else []


def keys_of(question: Question, scope: Scope) -> Sequence[Keys]:
    """By what the rows are found: together all that the bounds allow and the question asks for."""
    if question.people:
        return [Keys("person", tuple(sorted(map(fold_login, question.people))))]
    found = []
    people = tuple(sorted(scope.people))
    if people and not question.units:
        found.append(Keys("person", people))
    units = tuple(sorted(question.units or scope.units))
    if units:
        found.append(Keys("unit", units, not_of=() if question.units else people))
    return found or [Keys("person", ())]


def in_bounds(table: FromClause, scope: Scope) -> list[Term]:
    """The bounds of the look."""
    c = table.c
    terms: list[Term] = [
        _of(c.organisation, scope.organisation),
        c.at >= scope.since,
        c.at < scope.until,
        or_(c.person.in_(sorted(scope.people)), c.unit.in_(sorted(scope.units))),
    ]
    if scope.only is not None:
        terms.append(c.person.in_(sorted(scope.only)))
    if scope.never:
        terms.append(_not_in(c.person, tuple(sorted(scope.never))))
    if scope.categories is not None:
        terms.append(c.category.in_(sorted(scope.categories)))
    if not scope.allowed_visits:
        terms.append(or_(c.resource != Resource.VISIT, c.verdict != Verdict.ALLOW))
    return terms


def asked_for(table: FromClause, question: Question, dialect: str) -> list[Term]:
    """What the question adds; its cursor is `behind`'s. `dialect`: the name of the database's."""
    c = table.c
    terms: list[Term] = []
    if question.since is not None:
        terms.append(c.at >= question.since)
    if question.until is not None:
        terms.append(c.at < question.until)
    if question.people:
        terms.append(c.person.in_(sorted(map(fold_login, question.people))))
    if question.units:
        terms.append(c.unit.in_(sorted(question.units)))
    if question.categories:
        terms.append(c.category.in_(sorted(question.categories)))
    if question.verdicts:
        terms.append(c.verdict.in_(question.verdicts))
    if question.host is not None:
        terms.append(_at_or_below(table, question.host, dialect))
    exactly = ("list", "entry", "exemption", "reference")
    terms += [c[name] == value for name in exactly if (value := getattr(question, name)) is not None]
    if question.visits_only:
        terms.append(is_visit(table))
    return terms


def period_of(question: Question, scope: Scope) -> tuple[datetime, datetime]:
    """The bounds' period, as far as the question leaves it; it never ends before it begins."""
    since = max(scope.since, question.since or scope.since)
    return since, max(since, min(scope.until, question.until or scope.until))


def decides(table: FromClause) -> Term:
    """What was done in the end: a tunnel's own row says nothing of what went through it."""
    return and_(table.c.final, table.c.reason != Reason.TUNNEL)


def is_visit(table: FromClause) -> Term:
    """A page that somebody told the browser to open, whatever became of it."""
    c = table.c
    return and_(c.final, c.resource == Resource.VISIT, c.reason.not_in(_NO_VISIT))


def behind(table: FromClause, cursor: Cursor) -> list[Term]:
    """Rows that come after this one, newest first."""
    c = table.c
    # Not as one comparison of pairs: PostgreSQL would begin at the newest of all and walk to the cursor.
    return [c.at <= cursor.at, or_(c.at < cursor.at, c.id < cursor.id)]


def _at_or_below(table: FromClause, host: str, dialect: str) -> Term:
    if dialect != "postgresql":
        below = table.c.host.endswith("." + host, autoescape=True)
        return or_(table.c.host == host, below)
    # Turned round and closed by a dot, a host and all below it lie between it and the next character. Plain
    # comparisons, unlike LIKE, are looked up in an index before row-level security has spoken.
    key = host[::-1]
    return and_(table.c.host_key >= key + ".", table.c.host_key < key + "/")


def _of(organisation: ColumnElement[str | None], name: str) -> Term:
    # Not `coalesce(…) = name`: the planner knows how many rows have a value, and of an expression nothing.
    return organisation == name if name else or_(organisation.is_(None), organisation == "")


def _not_in(column: ColumnElement[str | None], values: tuple[str, ...]) -> Term:
    return or_(column.is_(None), column.not_in(values))
