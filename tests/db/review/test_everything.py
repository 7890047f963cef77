"""All that a question asks for, whole."""

from db.engine import reading
from db.review.everything import everything
from policy.words import Reason, Step, Verdict
from tests.db.conftest import Database
from tests.db.examples import decision, outcome
from tests.db.review.asking import at, question, scope
from tests.db.stored import stored


def test_every_step_comes_oldest_first_whatever_size_was_asked_for(database: Database) -> None:
    tunnel = decision(at=at(1), reason=Reason.TUNNEL, verdict=Verdict.ALLOW)
    sni = decision(at=at(2), step=Step.SNI, final=False)
    last = decision(at=at(3))
    stored(database.engine, last, tunnel, sni, outcome(last), decision(at=at(2), person="bob"))
    with reading(database.engine) as connection:
        rows = list(everything(connection, question(size=1), scope()))
    assert [row.id for row in rows] == [tunnel.id, sni.id, last.id]
    assert [row.outcome for row in rows] == [None, None, outcome(last)]


def test_more_rows_than_are_read_at_once_are_all_there(database: Database) -> None:
    made = [decision(at=at(number / 3600)) for number in range(1_200)]
    stored(database.engine, *made)
    with reading(database.engine) as connection:
        rows = everything(connection, question(), scope())
        assert [row.id for row in rows] == [one.id for one in made]
