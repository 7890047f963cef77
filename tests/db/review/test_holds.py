"""Legal holds: placed in somebody's name, released once, never changed; each leaves a change."""

from collections.abc import Iterator

import pytest
from sqlalchemy import Engine, text

from db.engine import reading, writing
from db.review.holds import HoldStore
from policy.errors import ReviewRefused
from policy.review.hold import HoldTerms
from policy.review.reviewer import Reviewer
from policy.words import ReviewerRole
from tests.db.conftest import Database
from tests.db.people import Becoming, becoming, becoming_login
from tests.db.review.reviewing import SINCE, UNTIL, service

__all__ = ["becoming", "becoming_login", "service"]

OFFICER = Reviewer("", "olga", frozenset({ReviewerRole.DATA_PROTECTION}))
TERMS = HoldTerms("", ("alice",), SINCE, UNTIL, "ET/12", "a claim at a tribunal")


@pytest.fixture
def holds(service: Engine) -> Iterator[HoldStore]:
    yield HoldStore(service)


def changes(database: Database) -> list[tuple[str, str, str]]:
    with reading(database.engine) as connection:
        rows = connection.execute(text("SELECT what, actor, because FROM change ORDER BY at, id"))
        return [tuple(row) for row in rows if row.what.startswith("legal hold")]


def test_a_hold_is_placed_in_the_name_of_who_asked_and_comes_back_as_it_was(holds: HoldStore) -> None:
    placed = holds.place(TERMS, OFFICER)
    assert (placed.terms, placed.placed_by, placed.released_at) == (TERMS, "olga", None)
    assert holds.get(placed.id) == placed
    assert holds.of("") == [placed]
    assert holds.of("Another Force") == []


def test_a_hold_is_released_once(holds: HoldStore) -> None:
    placed = holds.place(TERMS, OFFICER)
    released = holds.release(placed.id, OFFICER, because="it was settled")
    assert (released.released_by, released.released_because) == ("olga", "it was settled")
    with pytest.raises(ReviewRefused, match="released already"):
        holds.release(placed.id, OFFICER, because="again")
    with pytest.raises(ReviewRefused, match="no hold"):
        holds.release("AAAA0000", OFFICER, because="there is none")


def test_placing_and_releasing_are_changes_of_whose_word_it_was(database: Database, holds: HoldStore) -> None:
    placed = holds.place(TERMS, OFFICER)
    holds.release(placed.id, OFFICER, because="it was settled")
    assert changes(database) == [
        ("legal hold placed", "olga", "a claim at a tribunal"),
        ("legal hold released", "olga", "it was settled"),
    ]


@pytest.mark.parametrize(
    "statement",
    [
        pytest.param("UPDATE legal_hold SET people = '[]'", id="whom-it-names"),
        pytest.param("UPDATE legal_hold SET until = since", id="its-period"),
        pytest.param("DELETE FROM legal_hold", id="that-it-was"),
    ],
)
def test_nothing_of_a_hold_is_ever_changed(database: Database, holds: HoldStore, statement: str) -> None:
    holds.place(TERMS, OFFICER)
    with pytest.raises(Exception, match=r"never changed|disposal"), writing(database.engine) as connection:
        connection.execute(text(statement))


def test_a_hold_says_that_a_disposal_runs_and_does_not_wait_for_it_in_silence(
    postgresql: Database, becoming_login: Becoming, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("db.review.holds.PATIENCE", 1)
    with becoming_login("login_review", "sluicegate_review") as engine:
        with writing(postgresql.engine) as disposal:
            disposal.execute(text("SELECT pg_advisory_xact_lock(hashtext('sluicegate dispose'))"))
            with pytest.raises(ReviewRefused, match="a disposal is running"):
                HoldStore(engine).place(TERMS, OFFICER)
        assert HoldStore(engine).of("") == []
        placed = HoldStore(engine).place(TERMS, OFFICER)
        assert HoldStore(engine).of("") == [placed]
