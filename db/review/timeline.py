"""One person, in the order of time."""

from dataclasses import replace
from datetime import timedelta

from sqlalchemy import Connection

from db.review.bounds import period_of
from db.review.figures import beginning, counted, rows_to_count
from db.review.search import search
from policy.review.figures import FiguresAt, Timeline
from policy.review.question import Question
from policy.review.scope import Scope

_BY_HOUR = timedelta(days=14)


def timeline(connection: Connection, question: Question, scope: Scope, person: str) -> Timeline:
    """
    What `person` asked for: figures of each hour or, of more than two weeks, of each day; a part of the rows.

    The figures are of all of it, whichever part `question.after` asks for.
    """
    question = replace(question, people=(person,))
    since, until = period_of(question, scope)
    hourly = until - since <= _BY_HOUR
    rows = rows_to_count(connection, question, scope)
    at = beginning(connection, rows.c.at, "hour" if hourly else "day").label("at")
    (by_time,) = counted(connection, rows, [at])
    figures = sorted((FiguresAt(row.at, of) for row, of in by_time), key=lambda one: one.at)
    return Timeline(person, since, until, hourly, tuple(figures), search(connection, question, scope))
