"""What one person allows without waiting for another: for how long, how often, and who stands by it."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Engine, select, text
from sqlalchemy.exc import DBAPIError

from db.emergencies import Emergency, EmergencyStore
from db.engine import reading, writing
from db.local_entries import LONGEST_EMERGENCY
from db.models import ChangeRow
from db.registers import RegisterStore
from db.two_people import hold_two_people
from policy.errors import RegisterRefused
from policy.registers import TargetKind
from policy.words import Action
from tests.db.conftest import Database
from tests.db.people import Becoming, becoming

__all__ = ["becoming"]

HOST, PREFIX = TargetKind.HOST, TargetKind.PREFIX
HOUR = timedelta(hours=1)
WHY = "the custody system is blocked"


@pytest.fixture
def store(engine: Engine) -> EmergencyStore:
    return EmergencyStore(engine)


def allow(store: EmergencyStore, target: str = "custody.test", hours: float = 2) -> Emergency:
    until = datetime.now(UTC) + timedelta(hours=hours)
    return store.allow_in_emergency(HOST, target, until=until, because=WHY)


def later(engine: Engine, hours: float) -> None:
    """Let every emergency have been entered so many hours earlier."""
    with writing(engine) as connection:
        if engine.dialect.name == "postgresql":
            connection.execute(text("ALTER TABLE local_entry DISABLE TRIGGER USER"))
            moved = ", ".join(
                f"{column} = {column} - make_interval(mins => {int(hours * 60)})"
                for column in ("at", "until", "confirm_by")
            )
            connection.execute(text(f"UPDATE local_entry SET {moved}"))  # noqa: S608 - names of our own, and a number
            connection.execute(text("ALTER TABLE local_entry ENABLE TRIGGER USER"))
            return
        for trigger in ("no_change", "no_other_way"):
            connection.execute(text(f"DROP TRIGGER IF EXISTS local_entry_{trigger}"))
        moved = ", ".join(
            f"{column} = strftime('%Y-%m-%d %H:%M:%f000', {column}, '-{int(hours * 60)} minutes')"
            for column in ("at", "until", "confirm_by")
        )
        connection.execute(text(f"UPDATE local_entry SET {moved}"))  # noqa: S608 - names of our own, and a number


def test_it_holds_at_once_and_ends_by_itself(store: EmergencyStore, engine: Engine) -> None:
    made = allow(store, hours=2)
    now = datetime.now(UTC)
    registers, _ = RegisterStore(engine).load()
    found = registers.local_entry("www.custody.test", "/", now)
    assert found == made.entry
    assert found.action is Action.ALLOW
    assert registers.local_entry("www.custody.test", "/", made.ended) is None
    assert made.ended == made.confirm_by == made.entry.until
    assert made.confirmed is None
    assert not made.is_overdue(now)
    assert made.is_overdue(made.confirm_by)
    assert store.unconfirmed() == [made]


def test_without_a_time_it_takes_all_of_its_hours_and_no_more(store: EmergencyStore) -> None:
    made = store.allow_in_emergency(HOST, "custody.test", until=None, because=WHY)
    assert made.confirm_by - made.at <= LONGEST_EMERGENCY
    assert made.confirm_by - made.at > LONGEST_EMERGENCY - timedelta(minutes=1)
    with pytest.raises(RegisterRefused, match="12 hours at most"):
        allow(store, "other.test", hours=12.01)
    with pytest.raises(RegisterRefused, match="before it begins"):
        allow(store, "other.test", hours=-1)
    with pytest.raises(RegisterRefused, match="empty"):
        store.allow_in_emergency(HOST, "other.test", until=None, because=" ")


def test_another_confirms_and_nobody_their_own(
    store: EmergencyStore, becoming: Becoming, engine: Engine
) -> None:
    made = allow(store)
    with pytest.raises(RegisterRefused, match="nobody confirms what they allowed themselves"):
        store.confirm(HOST, "custody.test", because="fine")
    with becoming("bea") as hers:
        confirmed = EmergencyStore(hers).confirm(HOST, "custody.test", because="called, agreed")
        assert confirmed.confirmed is not None
        assert (confirmed.confirmed.because, confirmed.entry) == ("called, agreed", made.entry)
        assert confirmed.confirmed.by != made.entry.by
        with pytest.raises(RegisterRefused, match="is confirmed already, by"):
            EmergencyStore(hers).confirm(HOST, "custody.test", because="again")
    assert store.unconfirmed() == []
    assert store.emergencies() == [confirmed]
    with reading(engine) as connection:
        assert list(connection.scalars(select(ChangeRow.what).order_by(ChangeRow.at))) == [
            "local entry: allow in an emergency",
            "local entry confirmed",
        ]


def test_one_that_is_over_or_was_ended_is_still_to_be_confirmed(
    store: EmergencyStore, becoming: Becoming, engine: Engine
) -> None:
    allow(store)
    RegisterStore(engine).forget(HOST, "custody.test", because="repaired")
    (ended,) = store.unconfirmed()
    assert ended.ended < ended.confirm_by
    with becoming("bea") as hers:
        assert EmergencyStore(hers).confirm(HOST, "custody.test", because="late, agreed").confirmed


def test_what_was_allowed_otherwise_is_not_to_be_confirmed(
    store: EmergencyStore, becoming: Becoming, engine: Engine
) -> None:
    RegisterStore(engine).allow(HOST, "custody.test", until=None, because="ours")
    with becoming("bea") as hers, pytest.raises(RegisterRefused, match="nothing was allowed in an emergency"):
        EmergencyStore(hers).confirm(HOST, "custody.test", because="x")
    assert store.emergencies() == []


def test_until_it_is_confirmed_there_is_no_second_one_for_that_target(
    store: EmergencyStore, becoming: Becoming, engine: Engine
) -> None:
    allow(store)
    with pytest.raises(RegisterRefused, match="nobody has confirmed"):
        allow(store)
    later(engine, 3)
    with becoming("bea") as hers:
        with pytest.raises(RegisterRefused, match="nobody has confirmed"):
            allow(EmergencyStore(hers))
        EmergencyStore(hers).confirm(HOST, "custody.test", because="agreed")
    assert allow(store).confirmed is None, "the one before has ended and is confirmed"


@pytest.mark.parametrize(
    ("target", "same"),
    [
        pytest.param("custody.test", True, id="the-host"),
        pytest.param("www.custody.test", True, id="below-it"),
        pytest.param("custody.test/cells", True, id="a-path-of-it"),
        pytest.param("test", True, id="above-it"),
        pytest.param("notcustody.test", False, id="only-the-same-ending"),
        pytest.param("custodyXtest", False, id="no-dot"),
        pytest.param("other.test", False, id="another"),
    ],
)
def test_one_site_is_the_host_and_what_is_above_and_below_it(
    store: EmergencyStore, engine: Engine, target: str, *, same: bool
) -> None:
    """Or one would begin where the other ends. By raw SQL too."""
    allow(store)
    target = target.lower()
    kind = PREFIX if "/" in target else HOST
    if not same:
        store.allow_in_emergency(kind, target, until=None, because=WHY)
        return
    with pytest.raises(RegisterRefused, match="nobody has confirmed"):
        store.allow_in_emergency(kind, target, until=None, because=WHY)
    if engine.dialect.name == "postgresql":
        with pytest.raises(DBAPIError, match="has to confirm the emergency before"):
            by_raw_sql(engine, target=target)


def test_who_has_one_that_ended_unconfirmed_makes_no_other(
    store: EmergencyStore, becoming: Becoming, engine: Engine
) -> None:
    allow(store)
    allow(store, "second.test")
    later(engine, 3)
    with pytest.raises(RegisterRefused, match="nobody has confirmed"):
        allow(store, "third.test")
    with becoming("bea") as hers:
        assert allow(EmergencyStore(hers), "third.test"), "that is nothing of hers"


@pytest.mark.parametrize("action", [Action.ALLOW, Action.BLOCK])
def test_it_takes_the_place_of_no_entry_that_stands(
    store: EmergencyStore, engine: Engine, action: Action
) -> None:
    registers = RegisterStore(engine)
    enter = registers.block if action is Action.BLOCK else registers.allow
    standing = enter(HOST, "custody.test", until=None, because="agreed by two")
    with pytest.raises(RegisterRefused, match=f"{action} stands for custody.test"):
        allow(store)
    assert [one.entry for one in registers.local_entries()] == [standing]
    assert allow(store, "www.custody.test").confirmed is None


def test_one_that_came_back_out_of_a_backup_holds_no_longer(
    store: EmergencyStore, database: Database
) -> None:
    made = allow(store)
    with writing(database.engine) as connection:
        if database.is_postgresql:
            connection.execute(text("ALTER TABLE local_entry DISABLE TRIGGER USER"))
            connection.execute(text("UPDATE local_entry SET until = until + interval '7 days'"))
        else:
            connection.execute(text("DROP TRIGGER local_entry_no_change"))
            connection.execute(text("UPDATE local_entry SET until = datetime(until, '+7 days') || '.000000'"))
    registers, _ = RegisterStore(database.engine).load()
    assert registers.local_entry("custody.test", "/", made.at + LONGEST_EMERGENCY - HOUR) is not None
    assert registers.local_entry("custody.test", "/", made.at + LONGEST_EMERGENCY) is None


EMERGENCY = """
    INSERT INTO local_entry
        (id, action, kind, target, until, because, by, at, confirm_by, confirmed_at, confirmed_by)
    VALUES
        ('A', '{action}', 'host', '{target}', {until}, 'x', {by}, {at}, {at}, {confirmed}, {confirmed_by})
"""
SHAPES = [
    pytest.param({"action": "block"}, "allow for 12 hours at most", id="a-block"),
    pytest.param({"until": "NULL"}, "allow for 12 hours at most", id="without-an-end"),
    pytest.param(
        {"confirmed": "{at}", "confirmed_by": "'bea'"}, "begins unconfirmed", id="confirmed-already"
    ),
]


def by_raw_sql(engine: Engine, **changes: str) -> None:
    postgresql = engine.dialect.name == "postgresql"
    at = "now()" if postgresql else "strftime('%Y-%m-%d %H:%M:%f000', 'now')"
    until = (
        "now() + interval '1 hour'" if postgresql else "strftime('%Y-%m-%d %H:%M:%f000', 'now', '+1 hour')"
    )
    given = {
        "action": "allow",
        "target": "raw.test",
        "until": until,
        "by": "session_user" if postgresql else "'somebody'",
        "confirmed": "NULL",
        "confirmed_by": "NULL",
        **changes,
    }
    with writing(engine) as connection:
        connection.execute(text(EMERGENCY.format(**given, at=at).format(at=at)))


@pytest.mark.parametrize(("changes", "why"), SHAPES)
def test_by_raw_sql_it_is_an_allow_with_an_end_too(engine: Engine, changes: dict[str, str], why: str) -> None:
    with pytest.raises(DBAPIError, match=why):
        by_raw_sql(engine, **changes)
    by_raw_sql(engine)


def test_by_raw_sql_it_is_no_longer_than_twelve_hours_by_the_servers_clock(database: Database) -> None:
    if database.is_postgresql:
        by_raw_sql(database.engine, until="now() + interval '7 days'")
        (made,) = EmergencyStore(database.engine).emergencies()
        assert made.ended - made.at == LONGEST_EMERGENCY
    else:
        with pytest.raises(DBAPIError, match="12 hours at most"):
            by_raw_sql(database.engine, until="strftime('%Y-%m-%d %H:%M:%f000', 'now', '+13 hours')")


def test_by_raw_sql_nobody_confirms_their_own_or_twice_or_for_another(
    store: EmergencyStore, becoming: Becoming, database: Database
) -> None:
    made = allow(store)
    confirm = "UPDATE local_entry SET confirmed_at = at, confirmed_by = {}, confirmed_because = 'x'"
    own = "session_user" if database.is_postgresql else f"'{made.entry.by.upper()}'"
    with (
        pytest.raises(DBAPIError, match=r"confirmed by somebody else|allowed themselves"),
        writing(database.engine) as connection,
    ):
        connection.execute(text(confirm.format(own)))
    with becoming("bea") as hers:
        EmergencyStore(hers).confirm(HOST, "custody.test", because="agreed")
        with pytest.raises(DBAPIError, match="is not to be confirmed"), writing(hers) as connection:
            connection.execute(text(confirm.format("session_user" if database.is_postgresql else "'bea'")))
    for statement in (
        "UPDATE local_entry SET confirm_by = NULL",
        "UPDATE local_entry SET proposal = 'A'",
        "UPDATE local_entry SET confirmed_by = NULL",
    ):
        with pytest.raises(DBAPIError), writing(database.engine) as connection:
            connection.execute(text(statement))


def test_by_raw_sql_there_is_no_second_one_before_the_first_is_confirmed(postgresql: Database) -> None:
    store = EmergencyStore(postgresql.engine)
    allow(store)
    RegisterStore(postgresql.engine).forget(HOST, "custody.test", because="ended, to make another")
    with pytest.raises(DBAPIError, match="has to confirm the emergency before"):
        by_raw_sql(postgresql.engine, target="custody.test")
    later(postgresql.engine, 3)
    with pytest.raises(DBAPIError, match="has to confirm the emergency before"):
        by_raw_sql(postgresql.engine, target="another.test")


def test_where_the_database_asks_for_two_people_an_emergency_is_one_persons_still(
    postgresql: Database,
) -> None:
    hold_two_people(postgresql.engine, wanted=True)
    store = EmergencyStore(postgresql.engine)
    allow(store)
    assert RegisterStore(postgresql.engine).forget(HOST, "custody.test", because="repaired")
