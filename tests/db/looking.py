"""A look of somebody who runs the gateway: recorded, and open for as long as it is read by."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Connection, Engine

from db.review.looks import Looks
from policy.review.reviewer import Reviewer
from policy.words import ReviewerRole

OPERATOR = Reviewer("", "olga", frozenset({ReviewerRole.IT}))


@contextmanager
def looking(engine: Engine) -> Iterator[Connection]:
    """What names nobody can be read by it."""
    with Looks(engine).open(OPERATOR, what="a test", question={}, purpose="") as look:
        yield look.connection
