"""Who opened everything for a while, who stood by it, and what is left of it: on both databases."""

import os
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg
import pytest
from pydantic import SecretStr
from sqlalchemy import Engine, select, text
from sqlalchemy.exc import DBAPIError

from db.actor import actor
from db.break_glass import BreakGlassStore, Overlap, Tally, overlapping, report_overdue, tally
from db.engine import make_engine, reading, writing
from db.models import ChangeRow
from db.register_marker import marker
from db.registers import RegisterStore
from db.settings import DatabaseSettings
from policy.errors import DatabaseAway, RegisterRefused
from policy.identifiers import read_reference
from policy.words import BreakGlassEvent
from tests.db.conftest import Database
from tests.db.examples import break_glass_days_ago
from tests.postgres import PostgresServer

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
WHY = "the filter blocks the custody system"

type AsAnother = Callable[[], AbstractContextManager[BreakGlassStore]]


@pytest.fixture
def store(engine: Engine) -> BreakGlassStore:
    return BreakGlassStore(engine)


@pytest.fixture
def as_another(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, database: Database
) -> AsAnother:
    """A second person who may: another login of PostgreSQL, or another account beside the same SQLite."""

    @contextmanager
    def by_account() -> Iterator[BreakGlassStore]:
        with monkeypatch.context() as patch:
            patch.setattr(os, "getuid", lambda: 12345)
            yield BreakGlassStore(database.engine)

    @contextmanager
    def by_login() -> Iterator[BreakGlassStore]:
        server: PostgresServer = request.getfixturevalue("postgres")
        with psycopg.connect(server.url("postgres"), autocommit=True) as connection:
            if not connection.execute("SELECT FROM pg_roles WHERE rolname = 'dora'").fetchall():
                connection.execute("CREATE ROLE dora LOGIN; GRANT sluicegate_break_glass TO dora")
        url = server.url(str(database.engine.url.database), "dora")
        theirs = make_engine(DatabaseSettings(url=SecretStr(url)), database.state)
        try:
            yield BreakGlassStore(theirs)
        finally:
            theirs.dispose()

    return by_login if database.is_postgresql else by_account


def whoever(engine: Engine) -> str:
    with reading(engine) as connection:
        return actor(connection)


def changes(engine: Engine) -> list[str]:
    with reading(engine) as connection:
        return list(connection.scalars(select(ChangeRow.what).order_by(ChangeRow.id)))


def version(engine: Engine) -> str:
    with reading(engine) as connection:
        return marker(connection)


def test_an_opening_holds_for_its_time_and_leaves_a_change(store: BreakGlassStore, engine: Engine) -> None:
    before = version(engine)
    opening = store.open(30 * MINUTE, because=f"  {WHY} ")
    assert opening.until - opening.begins == 30 * MINUTE
    assert abs(opening.begins - datetime.now(UTC)) < MINUTE
    assert (opening.entered.by, opening.entered.because) == (whoever(engine), WHY)
    assert read_reference(opening.id) == opening.id, "a person can read it out"
    assert changes(engine) == ["break-glass opened"]
    assert version(engine) != before, "the keeper sees it"
    registers, _ = RegisterStore(engine).load()
    assert registers.is_open(opening.begins)
    assert registers.is_open(opening.until - timedelta(seconds=1))
    assert not registers.is_open(opening.until)


@pytest.mark.parametrize(
    ("length", "fits"),
    [
        pytest.param(59 * timedelta(seconds=1), False, id="too-short"),
        pytest.param(MINUTE, True, id="shortest"),
        pytest.param(HOUR, True, id="longest"),
        pytest.param(HOUR + timedelta(seconds=1), False, id="too-long"),
        pytest.param(-MINUTE, False, id="backwards"),
    ],
)
def test_it_is_opened_for_a_minute_to_an_hour(
    store: BreakGlassStore, length: timedelta, *, fits: bool
) -> None:
    if fits:
        assert store.open(length, because=WHY)
        return
    with pytest.raises(RegisterRefused, match="1 to 60 minutes"):
        store.open(length, because=WHY)
    assert store.openings() == []


def test_a_reason_that_says_nothing_is_refused(store: BreakGlassStore) -> None:
    with pytest.raises(RegisterRefused, match="reason"):
        store.open(MINUTE, because=" ")


def test_while_it_is_open_it_is_not_opened_again_and_afterwards_it_is_counted(
    store: BreakGlassStore, engine: Engine
) -> None:
    first = store.open(30 * MINUTE, because=WHY)
    with pytest.raises(RegisterRefused, match="open already"):
        store.open(30 * MINUTE, because=WHY)
    closed = store.close(because="repaired")
    assert closed.closed is not None
    assert closed.ended == closed.closed.at < first.until
    assert not RegisterStore(engine).load()[0].is_open(closed.ended)
    second = store.open(30 * MINUTE, because="broken again")
    assert (first.times, second.times) == (1, 2)
    assert [one.id for one in store.openings()] == [second.id, first.id]


def test_of_two_who_open_it_at_the_same_moment_one_is_refused(database: Database) -> None:
    together = threading.Barrier(2)

    def open_it() -> bool:
        engine = make_engine(database.settings, database.state)
        together.wait()
        try:
            BreakGlassStore(engine).open(MINUTE, because=WHY)
        except RegisterRefused:
            return False
        finally:
            engine.dispose()
        return True

    with ThreadPoolExecutor(2) as pool:
        opened = [each.result() for each in [pool.submit(open_it) for _ in range(2)]]
    assert sorted(opened) == [False, True]


def test_there_is_nothing_to_close_when_nothing_is_open(store: BreakGlassStore) -> None:
    with pytest.raises(RegisterRefused, match="not open"):
        store.close(because="x")


def test_a_second_person_confirms_and_nobody_their_own(
    store: BreakGlassStore, engine: Engine, as_another: AsAnother
) -> None:
    opening = store.open(30 * MINUTE, because=WHY)
    with pytest.raises(RegisterRefused, match="nobody confirms what they opened"):
        store.confirm(opening.id, because="I was right")
    with as_another() as another:
        confirmed = another.confirm(opening.id, because="seen, agreed").confirmed
        assert confirmed is not None
        assert confirmed.by != opening.entered.by
        with pytest.raises(RegisterRefused, match="confirmed already"):
            another.confirm(opening.id, because="twice")
    assert tally(engine, datetime.now(UTC)) == Tally(opening.until, 0, 0)
    assert changes(engine) == ["break-glass opened", "break-glass confirmed"]


def test_what_does_not_exist_is_not_confirmed(store: BreakGlassStore) -> None:
    with pytest.raises(RegisterRefused, match="no opening or bypass"):
        store.confirm("K7QF2M9T", because="x")


def test_whoever_made_a_bypass_does_not_confirm_what_another_entered(
    store: BreakGlassStore, engine: Engine, as_another: AsAnother
) -> None:
    end, mine = datetime.now(UTC) - MINUTE, whoever(engine).upper()
    with as_another() as another:
        bypass = another.record_bypass(end - HOUR, end, because=WHY, account=mine, identifier="K7QF2M9T")
    assert (bypass.kind, bypass.id) == (BreakGlassEvent.BYPASSED, "K7QF2M9T")
    assert not bypass.is_open(end - MINUTE), "the gateway did not open"
    with pytest.raises(RegisterRefused, match="nobody confirms"):
        store.confirm(bypass.id, because="x")
    with pytest.raises(RegisterRefused, match="written down already"):
        store.record_bypass(end - HOUR, end, because=WHY, identifier="K7QF2M9T")


@pytest.mark.parametrize(
    ("begins", "until"),
    [
        pytest.param(-MINUTE, MINUTE, id="not-over"),
        pytest.param(-MINUTE, -HOUR, id="backwards"),
        pytest.param(-MINUTE, -MINUTE, id="of-no-length"),
    ],
)
def test_a_bypass_is_written_down_when_it_is_over(
    store: BreakGlassStore, begins: timedelta, until: timedelta
) -> None:
    now = datetime.now(UTC)
    with pytest.raises(RegisterRefused):
        store.record_bypass(now + begins, now + until, because=WHY)


def test_what_nobody_confirms_in_a_day_is_reported_once_and_can_still_be_confirmed(
    store: BreakGlassStore, database: Database, as_another: AsAnother
) -> None:
    engine = database.engine
    opening = store.open(MINUTE, because=WHY)
    store.close(because="over")
    assert tally(engine, datetime.now(UTC)) == Tally(None, 1, 0)
    assert report_overdue(engine, datetime.now(UTC)) == 0
    break_glass_days_ago(database.engine, 1)
    assert report_overdue(engine, datetime.now(UTC)) == 1
    assert report_overdue(engine, datetime.now(UTC)) == 0
    assert tally(engine, datetime.now(UTC)) == Tally(None, 0, 1)
    assert changes(engine)[-1] == "break-glass reported"
    [reported] = store.openings()
    assert reported.reported_at is not None
    assert reported.is_overdue(datetime.now(UTC))
    with as_another() as another:
        late = another.confirm(opening.id, because="late, and yet")
    assert (late.reported_at, late.confirmed is not None) == (reported.reported_at, True)
    assert tally(engine, datetime.now(UTC)) == Tally(None, 0, 0)


def test_what_was_confirmed_is_never_reported(
    store: BreakGlassStore, database: Database, as_another: AsAnother
) -> None:
    opening = store.open(MINUTE, because=WHY)
    with as_another() as another:
        another.confirm(opening.id, because="agreed")
    break_glass_days_ago(database.engine, 2)
    assert report_overdue(database.engine, datetime.now(UTC)) == 0


def test_every_time_that_was_open_overlaps_what_is_asked_of_it(
    store: BreakGlassStore, engine: Engine
) -> None:
    now = datetime.now(UTC)
    bypass = store.record_bypass(now - 3 * HOUR, now - 2 * HOUR, because=WHY)
    opening = store.open(HOUR, because=WHY)
    closed = store.close(because="over").ended
    first = Overlap(bypass.id, BreakGlassEvent.BYPASSED, bypass.begins, bypass.until)
    second = Overlap(opening.id, BreakGlassEvent.OPENED, opening.begins, closed)
    for since, until, found in (
        (now - DAY, now + DAY, [first, second]),
        (now - DAY, now - 3 * HOUR, []),
        (now - DAY, now - 3 * HOUR + MINUTE, [first]),
        (now - 2 * HOUR - MINUTE, now - HOUR, [first]),
        (now - 2 * HOUR, now - HOUR, []),
        (closed, now + DAY, []),
        (closed - timedelta(microseconds=1), now + DAY, [second]),
    ):
        assert overlapping(engine, since, until) == found


@pytest.mark.parametrize("statement", ["UPDATE break_glass SET because = 'x'", "DELETE FROM break_glass"])
def test_nothing_of_it_is_ever_changed(store: BreakGlassStore, engine: Engine, statement: str) -> None:
    store.open(MINUTE, because=WHY)
    with pytest.raises(DBAPIError, match="append-only"), writing(engine) as connection:
        connection.execute(text(statement))


ROW = (
    "INSERT INTO break_glass (id, at, actor, event, opening, because, begins, until) "
    "VALUES (gen_random_uuid(), now(), session_user, {})"
)


@pytest.mark.parametrize(
    ("values", "refusal"),
    [
        pytest.param("'opened', 'B', 'x', now(), now() + interval '2 hours'", "1 to 60 minutes", id="long"),
        pytest.param("'opened', 'B', 'x', now(), now() + interval '9 minutes'", "open already", id="second"),
        pytest.param("'opened', 'B', 'x', NULL, NULL", "begins and until", id="without-an-end"),
        pytest.param("'closed', 'B', 'x', NULL, NULL", "no opening or bypass", id="nothing-to-close"),
        pytest.param("'confirmed', '{id}', 'x', NULL, NULL", "nobody confirms", id="one's-own"),
        pytest.param("'reported', '{id}', 'x', NULL, NULL", "time left", id="too-early"),
        pytest.param("'closed', '{id}', '', NULL, NULL", "break_glass_because", id="without-a-reason"),
        pytest.param("'forgiven', '{id}', 'x', NULL, NULL", "no such event", id="a-word-of-their-own"),
        pytest.param(
            "'bypassed', 'B', 'x', now(), now() + interval '1 minute'", "when it is over", id="not-over"
        ),
    ],
)
def test_postgresql_itself_refuses_what_the_rules_refuse(
    postgresql: Database, values: str, refusal: str
) -> None:
    """Whoever holds the role can write rows by other means than ours."""
    opening = BreakGlassStore(postgresql.engine).open(HOUR, because=WHY)
    with pytest.raises(DBAPIError, match=refusal), writing(postgresql.engine) as connection:
        connection.execute(text(ROW.format(values.format(id=opening.id))))


def test_postgresql_takes_no_second_beginning_for_one_that_is_there(postgresql: Database) -> None:
    """Where that was confirmed, the new one would have been before it was made."""
    store, now = BreakGlassStore(postgresql.engine), datetime.now(UTC)
    bypass = store.record_bypass(now - HOUR, now - MINUTE, because=WHY)
    opening = store.open(HOUR, because=WHY)
    store.close(because=WHY)
    for again in (
        f"'opened', '{bypass.id}', 'x', now(), now() + interval '9 minutes'",
        f"'bypassed', '{opening.id}', 'x', now() - interval '9 minutes', now() - interval '1 minute'",
    ):
        with (
            pytest.raises(DBAPIError, match="written down already"),
            writing(postgresql.engine) as connection,
        ):
            connection.execute(text(ROW.format(again)))


def test_postgresql_says_itself_when_an_opening_begins(postgresql: Database) -> None:
    with writing(postgresql.engine) as connection:
        connection.execute(
            text(
                ROW.format("'opened', 'B', 'x', now() + interval '1 day', now() + interval '1 day 5 minutes'")
            )
        )
    [opening] = BreakGlassStore(postgresql.engine).openings()
    assert abs(opening.begins - datetime.now(UTC)) < MINUTE
    assert opening.until - opening.begins == 5 * MINUTE


def test_it_is_not_made_where_there_is_no_database(tmp_path: Path) -> None:
    store = BreakGlassStore(make_engine(DatabaseSettings(), tmp_path))
    with pytest.raises(DatabaseAway):
        store.open(MINUTE, because=WHY)
