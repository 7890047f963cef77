"""
The decisions that a question asks for, a part at a time, newest first.

What a browser asked for by itself belongs to the visit before it (`policy/review/grouping.py`), which may
stand in an older part. Such a row is left out of its own part and is counted with its visit: a part may show
fewer rows than were asked for, and no row twice.
"""

from collections.abc import Sequence

from sqlalchemy import Connection, FromClause, select, union_all

from db.review.around import to_count
from db.review.bounds import Term, asked_for, behind, decides, in_bounds, is_visit, keys_of
from db.review.columns import columns_of, reviewed
from db.review.newest import SOURCES, newest, with_withdrawn
from db.review.outcomes import outcomes_of
from policy.review.grouping import WINDOW, group
from policy.review.question import MOST_ROWS, Cursor, Question
from policy.review.rows import Found, ReviewedDecision
from policy.review.scope import Scope


def search(connection: Connection, question: Question, scope: Scope) -> Found:
    """One part of the answer: it begins behind `question.after`."""
    size = max(1, min(question.size, MOST_ROWS))
    read = _newest(connection, question, scope, size + 1)
    rows, more = read[:size], len(read) > size
    if not rows:
        return Found((), (), None)
    pieces = to_count(connection, scope, [row for row in rows if row.is_visit])
    may_belong = any(not row.is_visit and row.at <= rows[-1].at + WINDOW for row in rows)
    older = _visits_before(connection, question, scope, rows[-1]) if more and may_belong else []
    visits, rest = group(rows, (*pieces, *older))
    return Found(visits, rest, Cursor(rows[-1].at, rows[-1].id) if more else None)


def by_reference(connection: Connection, reference: str, scope: Scope) -> list[ReviewedDecision]:
    """
    The decisions whose reference somebody was shown (eight characters, as stored), newest first.

    Nearly always one at most: of millions of decisions a few have the same.
    """
    found = union_all(
        *(
            select(*columns_of(table, held=held)).where(
                table.c.reference == reference, *in_bounds(table, scope)
            )
            for table, held in SOURCES
        )
    ).subquery()
    query = with_withdrawn(found).order_by(found.c.at.desc(), found.c.id.desc()).limit(MOST_ROWS)
    rows = connection.execute(query).all()
    outcomes = outcomes_of(connection, rows)
    return [reviewed(row, outcomes) for row in rows]


def _newest(connection: Connection, question: Question, scope: Scope, limit: int) -> list[ReviewedDecision]:
    dialect = connection.dialect.name

    def terms(table: FromClause) -> list[Term]:
        cursor = behind(table, question.after) if question.after else []
        return [*in_bounds(table, scope), *asked_for(table, question, dialect), decides(table), *cursor]

    rows = newest(connection, keys_of(question, scope), terms, limit)
    outcomes = outcomes_of(connection, rows)
    return [reviewed(row, outcomes) for row in rows]


def _visits_before(
    connection: Connection, question: Question, scope: Scope, last: ReviewedDecision
) -> Sequence[ReviewedDecision]:
    """The visits of the next part that something of this one may belong to."""
    dialect, cursor = connection.dialect.name, Cursor(last.at, last.id)

    def terms(table: FromClause) -> list[Term]:
        bounds = [*in_bounds(table, scope), *asked_for(table, question, dialect), is_visit(table)]
        return [*bounds, *behind(table, cursor), table.c.at >= last.at - WINDOW]

    return [reviewed(row, {}) for row in newest(connection, keys_of(question, scope), terms, MOST_ROWS)]
