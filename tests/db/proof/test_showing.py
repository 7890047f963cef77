"""What is shown of rows leads to what their batch was linked with, by a service that sees no others."""

import json
from collections.abc import Sequence
from datetime import timedelta

import pytest
from sqlalchemy import Engine, text

from db.engine import reading, writing
from db.proof.merkle import leads, leaf
from db.proof.roots import Group, read_roots
from db.proof.showing import Shown, shown_of
from db.review.everything import everything
from db.review.looks import Looks
from policy.decision import Decision
from policy.review.question import Question
from policy.review.rows import ReviewedDecision
from tests.db.conftest import Database
from tests.db.examples import decision
from tests.db.people import becoming_login
from tests.db.review.reviewing import RITA, SINCE, grant, scope_of, service, ship

__all__ = ["becoming_login", "service"]


def sent(hours: float, **changes: object) -> Decision:
    return decision(at=SINCE + timedelta(hours=hours), **{"organisation": "", **changes})


def shown(service: Engine) -> tuple[Sequence[ReviewedDecision], Shown]:
    """What is shown of all that is within an authority about alice and bob."""
    authority = grant(service)
    question = Question(authority=authority.id, purpose="the complaint")
    scope = scope_of(authority)
    with Looks(service).open(
        RITA, what="review export", question={}, purpose="p", authority=authority.id, scope=scope
    ) as look:
        rows = list(everything(look.connection, question, scope))
        return rows, shown_of(look.connection, rows)


def assert_leads(found: Shown) -> None:
    batches = {batch.id: dict(read_roots(json.loads(batch.text)["roots"])) for batch in found.batches}
    for row in found.rows:
        kept = batches[row.batch][Group(row.source, row.retention_class, row.day.date())]
        assert leads(row.path, leaf(row.salt, row.text), kept.root)


def test_every_row_leads_to_the_root_of_its_batch(database: Database, service: Engine) -> None:
    ship(database, [sent(1), sent(2, person="carol"), sent(3, person="bob"), sent(30)])
    ship(database, [sent(40), sent(41, person="carol")])
    rows, found = shown(service)
    assert len(rows) == found.decisions == 4
    assert [(one.id, one.source) for one in found.rows] == [
        (row.id, source) for row in rows for source in ("decision", "outcome")
    ]
    assert (len(found.batches), found.altered) == (2, ())
    assert_leads(found)


def test_rows_of_one_batch_may_be_hours_apart(database: Database, service: Engine) -> None:
    """The database was away, and a batch is what had waited."""
    ship(database, [sent(1), sent(9, person="carol"), sent(23, person="carol")])
    _, found = shown(service)
    assert found.decisions == 1
    assert {row.path.leaves for row in found.rows} == {3}
    assert_leads(found)


def alter(database: Database, statement: str) -> None:
    """What only a superuser can, and has to be found."""
    with writing(database.engine) as connection:
        if database.is_postgresql:
            connection.execute(text("SET LOCAL session_replication_role = replica"))
        else:
            for trigger in connection.scalars(
                text("SELECT name FROM sqlite_master WHERE type = 'trigger' AND name LIKE '%_no_%'")
            ).all():
                connection.execute(text(f'DROP TRIGGER "{trigger}"'))
        connection.execute(text(statement))


def test_a_batch_of_which_a_row_was_altered_shows_nothing_and_is_named(
    database: Database, service: Engine
) -> None:
    ship(database, [sent(1), sent(2, person="carol")])
    ship(database, [sent(3)])
    alter(database, "UPDATE decision SET host = 'other.test' WHERE person = 'carol'")
    rows, found = shown(service)
    assert found.altered == (rows[0].batch,)
    assert [row.id for row in found.rows] == [rows[1].id] * 2
    assert_leads(found)


@pytest.mark.parametrize(
    "what",
    [
        "UPDATE batch SET slot = 7",
        "UPDATE batch SET roots = NULL",
        "DELETE FROM chain WHERE source = 'batch'",
    ],
)
def test_a_batch_that_was_altered_itself_is_named(database: Database, service: Engine, what: str) -> None:
    ship(database, [sent(1)])
    alter(database, what)
    rows, found = shown(service)
    assert (found.rows, found.altered) == ((), (rows[0].batch,))


def test_of_rows_that_came_before_there_were_proofs_there_is_nothing_to_show(
    database: Database, service: Engine
) -> None:
    ship(database, [sent(1)])
    alter(database, "UPDATE batch SET roots = NULL")
    alter(database, "DELETE FROM chain WHERE source = 'batch'")
    _, found = shown(service)
    assert (found.rows, found.batches, found.altered) == ((), (), ())


def test_of_no_rows_there_is_nothing_to_show(sqlite: Database) -> None:
    with reading(sqlite.engine) as connection:
        assert shown_of(connection, []) == Shown()
