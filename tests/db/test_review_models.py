"""The tables of reviews: what is counted as rows come in, and what a row that came twice does not count."""

from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Engine, select, text

from db.engine import reading, writing
from db.review_models import TallyPersonRow, TallyRow
from policy.decision import Decision
from policy.words import Reason, Resource, RetentionClass, Verdict
from tests.db.conftest import Database
from tests.db.examples import decision
from tests.db.review.asking import a_week
from tests.db.review.reviewing import ship

HOUR = datetime(2026, 3, 9, 10, tzinfo=UTC)


def tally(engine: Engine) -> dict[tuple[object, ...], int]:
    """The numbers by everything that they are counted by."""
    with reading(engine) as connection:
        rows = connection.execute(select(TallyRow.__table__)).all()
    return {tuple(row)[:-1]: row.n for row in rows}


def test_decisions_are_counted_by_hour_and_by_what_they_have_in_common(database: Database) -> None:
    def late(minute: int, **changes: object) -> Decision:
        return decision(at=HOUR + timedelta(minutes=minute), **changes)

    ship(
        database,
        [
            late(0, organisation=None, unit=None, list=None, category=None),
            late(5, organisation="A", unit="Finance"),
            late(59, organisation="A", unit="Finance"),
            late(60, organisation="A", unit="Finance"),
            late(1, organisation="A", unit="Finance", resource=Resource.EMBEDDED),
            late(1, organisation="A", unit="Finance", reason=Reason.NOTICE),
            late(1, final=False),
            late(1, reason=Reason.TUNNEL),
        ],
    )
    listed = ("A", "Finance", RetentionClass.REFUSED, "gambling", "ut1-gambling", Verdict.BLOCK)
    assert {key[:1] + key[2:]: n for key, n in tally(database.engine).items()} == {
        (HOUR, "", "", RetentionClass.REFUSED, "", "", Verdict.BLOCK, True): 1,
        (HOUR, *listed, True): 2,
        (HOUR, *listed, False): 2,
        (HOUR + timedelta(hours=1), *listed, True): 1,
    }


def test_what_is_counted_is_what_is_there(database: Database) -> None:
    """Also where rows are sent again, in other batches."""
    week = a_week(300)
    for part in (week[:200], week[100:], week):
        ship(database, part)
    final = [one for one in week if one.final and one.reason is not Reason.TUNNEL]
    assert sum(tally(database.engine).values()) == len(final)
    with reading(database.engine) as connection:
        stored = connection.execute(
            select(TallyPersonRow.person, TallyPersonRow.category, TallyPersonRow.month)
        )
        people = {(row.person, row.category, row.month) for row in stored}
    assert people == {
        (one.person, one.category or "", one.at.replace(day=1, hour=0, minute=0))
        for one in final
        if one.person is not None
    }
    by_verdict = Counter(one.verdict for one in final)
    counted: Counter[object] = Counter()
    for key, n in tally(database.engine).items():
        counted[key[-2]] += n
    assert counted == by_verdict


def test_a_batch_that_is_taken_back_counts_nothing(postgresql: Database) -> None:
    ship(postgresql, [decision(at=HOUR)])
    before = tally(postgresql.engine)
    columns = (
        "at, retention_class, exchange, step, final, gateway, person_how, resource, resource_why, names, "
        "decrypted, verdict, reason, categories, matches, record, replayable, reference, ruleset, policy, "
        "engine"
    )
    copy = text(
        f"INSERT INTO decision (id, {columns}) SELECT gen_random_uuid(), {columns} FROM decision"  # noqa: S608 - names of our own
    )
    with pytest.raises(RuntimeError), writing(postgresql.engine) as connection:
        connection.execute(copy)
        raise RuntimeError
    assert tally(postgresql.engine) == before


def test_a_host_and_what_is_below_it_lie_together(postgresql: Database) -> None:
    below = {"bet.test", "www.bet.test", "a.www.bet.test"}
    hosts = [*below, "notbet.test", "bet.test.evil.test", "bet-test", "et.test"]
    ship(postgresql, [decision(at=HOUR, host=host) for host in hosts] + [decision(at=HOUR, host=None)])
    query = text("SELECT host FROM decision WHERE host_key >= 'tset.teb.' AND host_key < 'tset.teb/'")
    with reading(postgresql.engine) as connection:
        assert set(connection.scalars(query)) == below
        assert connection.scalar(text("SELECT count(*) FROM decision WHERE host_key IS NULL")) == 1
