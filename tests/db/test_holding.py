"""A legal hold keeps rows past their time, whole and with their proof; then the next disposal takes them."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Engine, select, text
from sqlalchemy.exc import DBAPIError

from db.dispose import dispose
from db.engine import reading, writing
from db.models import DecisionRow, DisposalRow, OutcomeRow
from db.proof.verify import verify
from db.review.holds import HoldStore
from db.review_models import HeldDecisionRow, HeldOutcomeRow, TallyPersonRow, TallyRow
from policy.document import read_policy
from policy.review.hold import HoldTerms
from policy.words import RecordLevel, RetentionClass
from tests.db.ageing import days_ago
from tests.db.conftest import Database
from tests.db.examples import decision
from tests.db.review.reviewing import RITA, ship

POLICY = read_policy()  # refused 365 days
LONG_AGO = datetime(2020, 3, 10, 10, tzinfo=UTC)
DAY = timedelta(days=1)


def hold(engine: Engine, *people: str, **changes: object) -> str:
    """On rows of these people of a fortnight, or of everybody."""
    given: dict[str, object] = {"organisation": "", "since": LONG_AGO - 7 * DAY, "until": LONG_AGO + 7 * DAY}
    terms = HoldTerms(people=people, matter="PSD/7", because="a claim", **{**given, **changes})  # type: ignore[arg-type]  # by name
    return HoldStore(engine).place(terms, RITA).id


@pytest.fixture
def filled(database: Database) -> Database:
    """Rows of long ago: of two people, of nobody, of another time, of another organisation, and of today."""
    ship(
        database,
        [
            decision(at=LONG_AGO, host="alices", person="alice", organisation=None),
            decision(at=LONG_AGO + timedelta(hours=1), host="bobs", person="bob", organisation=None),
            decision(at=LONG_AGO, host="nobodys", person=None, organisation=None),
            decision(at=LONG_AGO + 30 * DAY, host="later", person="alice", organisation=None),
            decision(at=LONG_AGO, host="anothers", person="alice", organisation="Another"),
            decision(at=LONG_AGO, host=None, person=None, organisation=None, record=RecordLevel.CATEGORY),
            decision(at=datetime.now(UTC), host="todays", person="alice", organisation=None),
        ],
    )
    return database


def hosts(engine: Engine, model: type[DecisionRow] | type[HeldDecisionRow]) -> set[str | None]:
    with reading(engine) as connection:
        return set(connection.scalars(select(model.host)))


def count(engine: Engine, table: str) -> int:
    with reading(engine) as connection:
        return int(connection.scalar(text(f"SELECT count(*) FROM {table}")) or 0)  # noqa: S608 - names of our own


def test_what_is_held_is_copied_out_before_it_goes_and_the_record_says_how_many(filled: Database) -> None:
    engine = filled.engine
    hold(engine, "alice")
    done = dispose(engine, POLICY, datetime.now(UTC))
    assert hosts(engine, DecisionRow) == {"todays"}
    assert hosts(engine, HeldDecisionRow) == {"alices"}
    assert [(one.rows, one.held) for one in done if one.table == "decision" and one.rows] == [(6, 1)]
    assert [(one.rows, one.held) for one in done if one.table == "outcome" and one.rows] == [(6, 1)]
    with reading(engine) as connection:
        row = DisposalRow
        recorded = connection.execute(select(row.source, row.disposed, row.held).where(row.held.is_not(None)))
        assert {tuple(one) for one in recorded} == {("decision", 6, 1), ("outcome", 6, 1)}


def test_a_hold_on_everybody_keeps_what_names_nobody_too(filled: Database) -> None:
    hold(filled.engine)
    dispose(filled.engine, POLICY, datetime.now(UTC))
    assert hosts(filled.engine, HeldDecisionRow) == {"alices", "bobs", "nobodys", None}
    assert count(filled.engine, "held_outcome") == 4


def test_a_held_row_is_the_row_that_it_was(filled: Database) -> None:
    engine = filled.engine

    def rows(model: type, key: str) -> dict[object, dict[str, object]]:
        with reading(engine) as connection:
            found = connection.execute(select(model.__table__)).mappings()  # type: ignore[attr-defined]  # declared wider
            return {
                row[key]: {name: row[name] for name in row if name not in {"held_at", "proof"}}
                for row in found
            }

    before, outcomes = rows(DecisionRow, "id"), rows(OutcomeRow, "decision")
    hold(engine, "alice", "bob")
    dispose(engine, POLICY, datetime.now(UTC))
    held = rows(HeldDecisionRow, "id")
    assert len(held) == 2
    assert held == {id_: before[id_] for id_ in held}
    assert rows(HeldOutcomeRow, "decision") == {id_: outcomes[id_] for id_ in held}


def test_a_hold_that_is_released_lets_go_with_the_next_disposal(filled: Database) -> None:
    engine = filled.engine
    first, second = hold(engine, "alice"), hold(engine, "alice", "bob")
    dispose(engine, POLICY, datetime.now(UTC))
    assert hosts(engine, HeldDecisionRow) == {"alices", "bobs"}
    HoldStore(engine).release(second, RITA, because="settled")
    dispose(engine, POLICY, datetime.now(UTC))
    assert hosts(engine, HeldDecisionRow) == {"alices"}, "another hold is on it"
    HoldStore(engine).release(first, RITA, because="settled")
    dispose(engine, POLICY, datetime.now(UTC))
    assert hosts(engine, HeldDecisionRow) == set()
    assert count(engine, "held_outcome") == 0


def test_what_is_held_keeps_its_batch_and_verifies_when_all_else_of_it_is_gone(filled: Database) -> None:
    engine = filled.engine
    held = hold(engine, "alice", "bob")
    dispose(engine, POLICY, datetime.now(UTC))
    with reading(engine) as connection:
        assert all(connection.scalars(select(HeldDecisionRow.proof)))
        assert all(connection.scalars(select(HeldOutcomeRow.proof)))
    found = verify(engine)
    assert found.held == 4
    assert found.findings == []
    days_ago(engine, 900, "batch")
    dispose(engine, POLICY, datetime.now(UTC))
    assert count(engine, "batch") == 1, "what is held is proved by it"
    HoldStore(engine).release(held, RITA, because="settled")
    dispose(engine, POLICY, datetime.now(UTC))
    assert count(engine, "batch") == 0


def test_what_counts_rows_goes_with_their_class_and_month(filled: Database) -> None:
    engine = filled.engine
    dispose(engine, POLICY, datetime.now(UTC))
    today = datetime.now(UTC).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    with reading(engine) as connection:
        assert all(hour >= today for hour in connection.scalars(select(TallyRow.hour)))
        assert list(connection.scalars(select(TallyPersonRow.person))) == ["alice"]


def test_a_held_row_goes_by_no_other_way(filled: Database) -> None:
    hold(filled.engine, "alice")
    dispose(filled.engine, POLICY, datetime.now(UTC))
    for statement in (
        "DELETE FROM held_decision",
        "DELETE FROM held_outcome",
        "UPDATE held_decision SET host = 'x'",
        "UPDATE held_decision SET proof = NULL",
        "UPDATE held_outcome SET status = 200",
    ):
        with pytest.raises(DBAPIError), writing(filled.engine) as connection:
            connection.execute(text(statement))


def test_a_second_disposal_holds_nothing_twice(filled: Database) -> None:
    hold(filled.engine)
    dispose(filled.engine, POLICY, datetime.now(UTC))
    again = dispose(filled.engine, POLICY, datetime.now(UTC))
    assert sum(one.held for one in again) == sum(one.rows for one in again) == 0
    assert count(filled.engine, "held_decision") == 4


def test_a_class_that_is_kept_longer_is_not_held(filled: Database) -> None:
    """Only what would go is copied out: what is in the log is under the hold anyway."""
    ship(filled, [decision(at=datetime.now(UTC), person="alice", retention_class=RetentionClass.VISIT)])
    hold(filled.engine, "alice", since=LONG_AGO, until=datetime.now(UTC) + DAY)
    dispose(filled.engine, POLICY, datetime.now(UTC))
    assert "todays" in hosts(filled.engine, DecisionRow)
    assert "todays" not in hosts(filled.engine, HeldDecisionRow)
