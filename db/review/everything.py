"""All that a question asks for, oldest first: for an export, which leaves nothing out."""

from collections.abc import Iterator

from sqlalchemy import Connection, select, union_all

from db.review.bounds import asked_for, in_bounds
from db.review.columns import columns_of, reviewed
from db.review.newest import SOURCES, with_withdrawn
from db.review.outcomes import outcomes_of
from policy.review.question import Question
from policy.review.rows import ReviewedDecision
from policy.review.scope import Scope

_AT_ONCE = 1_000  # rows


def everything(connection: Connection, question: Question, scope: Scope) -> Iterator[ReviewedDecision]:
    """Every row, those too that were not the last word of their exchange, and whatever page it asks for."""
    dialect = connection.dialect.name
    found = union_all(
        *(
            select(*columns_of(table, held=held)).where(
                *in_bounds(table, scope), *asked_for(table, question, dialect)
            )
            for table, held in SOURCES
        )
    ).subquery()
    query = with_withdrawn(found).order_by(found.c.at, found.c.id)
    answer = connection.execute(query, execution_options={"yield_per": _AT_ONCE})
    for rows in answer.partitions():
        outcomes = outcomes_of(connection, rows)
        for row in rows:
            yield reviewed(row, outcomes)
