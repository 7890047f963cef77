"""What came of decisions that were read."""

from sqlalchemy import select

from db.engine import reading
from db.models import DecisionRow
from db.review.outcomes import outcomes_of
from policy.words import RetentionClass
from tests.db.conftest import Database
from tests.db.examples import decision, outcome
from tests.db.review.asking import at
from tests.db.stored import stored


def test_outcomes_are_those_of_the_rows_and_of_no_others(database: Database) -> None:
    first = decision(at=at(1))
    later = decision(at=at(24 * 40), retention_class=RetentionClass.VISIT)
    none = decision(at=at(2))
    stored(database.engine, first, later, none, outcome(first), outcome(later))
    with reading(database.engine) as connection:
        rows = connection.execute(select(DecisionRow.__table__)).all()
        assert outcomes_of(connection, rows) == {first.id: outcome(first), later.id: outcome(later)}
        assert outcomes_of(connection, [row for row in rows if row.id == none.id]) == {}
        assert outcomes_of(connection, []) == {}
