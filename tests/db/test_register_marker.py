"""Every change of a register is seen by whoever looks at one row, and waits for the change before it."""

import pytest
from sqlalchemy import Engine

from db.engine import reading
from db.register_marker import changing, marker


def now(engine: Engine) -> str:
    with reading(engine) as connection:
        return marker(connection)


def test_a_change_leaves_another_marker(engine: Engine) -> None:
    before = now(engine)
    assert now(engine) == before
    with changing(engine):
        pass
    assert now(engine) != before


def test_a_change_that_fails_leaves_the_marker_as_it_was(engine: Engine) -> None:
    before = now(engine)
    with pytest.raises(RuntimeError), changing(engine):
        raise RuntimeError
    assert now(engine) == before
