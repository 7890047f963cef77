"""What people do on our own pages: in force at once, over to the second, and proof where it is to be one."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Engine, event, func, select, text
from sqlalchemy.exc import DBAPIError, OperationalError

from db.dispose import dispose
from db.engine import reading, writing
from db.people import PeopleStore
from db.people_models import AcknowledgementRow, ConfirmationRow
from db.person_rows import PersonEntry
from db.presence import MOST_CONFIRMATIONS, PresenceStore
from policy.document import read_policy
from policy.errors import DatabaseAway, RegisterRefused
from policy.presence import Acknowledged, SignedIn
from policy.words import PersonHow
from tests.db.ageing import days_ago
from tests.db.exemptions import give_roles

NOW = datetime.now(UTC)
HOUR = timedelta(hours=1)
JANE = ("", "jane")


class Clock:
    """A clock that a test turns."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def store(engine: Engine, clock: Clock) -> PresenceStore:
    return PresenceStore(engine, now=clock)


def read(store: PresenceStore, version: str, person: str = "jane", organisation: str = "") -> bool:
    return store.acknowledge(organisation, person, version, how=PersonHow.NEGOTIATE, policy="aa" * 32)


def state(store: PresenceStore, site: str = "forum.test", person: str = "jane", minutes: int = 60) -> str:
    return store.state_purpose(
        "",
        person,
        site=site,
        category="forums",
        purpose="an enquiry",
        reference="K7QF2M9T",
        minutes=minutes,
    ).id


def test_who_has_read_a_notice_has_read_it_and_nobody_else(store: PresenceStore) -> None:
    before = store.version()
    assert read(store, "1")
    presence, version = store.load()
    assert version != before
    assert presence.acknowledged[JANE].version == "1"
    assert abs(presence.acknowledged[JANE].at - NOW) < HOUR
    assert ("fire", "jane") not in presence.acknowledged
    assert ("", "bob") not in presence.acknowledged


def test_a_notice_that_was_read_last_is_not_read_again_and_an_older_one_is(
    store: PresenceStore, engine: Engine
) -> None:
    """Also where the policy of last month is put back: what holds is what was read last."""
    assert [read(store, version) for version in ("1", "1", "2", "1", "1")] == [True, False, True, True, False]
    assert store.load()[0].acknowledged[JANE].version == "1"
    with reading(engine) as connection:
        assert connection.scalar(select(func.count()).select_from(AcknowledgementRow)) == 3


def test_a_store_that_has_read_them_sees_what_others_add_and_what_a_disposal_takes(
    store: PresenceStore, engine: Engine, clock: Clock
) -> None:
    other = PresenceStore(engine)
    read(store, "1")
    assert set(store.load()[0].acknowledged) == {JANE}
    read(other, "1", "bob")
    read(other, "2")
    loaded = store.load()[0]
    assert {key: one.version for key, one in loaded.acknowledged.items()} == {JANE: "2", ("", "bob"): "1"}
    assert loaded.acknowledged is not store.load()[0].acknowledged, "what a worker has is never changed"
    days_ago(engine, 2_500, "acknowledgement")
    dispose(engine, read_policy(), datetime.now(UTC))
    clock.now = NOW + 2 * HOUR
    assert store.load()[0].acknowledged == {}


def test_a_database_that_goes_away_while_all_are_read_again_makes_nobody_read_the_notice_again(
    store: PresenceStore, engine: Engine, clock: Clock
) -> None:
    read(store, "1")
    clock.now = NOW + HOUR / 2
    read(store, "1", "bob")
    store.load()
    clock.now = NOW + 2 * HOUR

    def gone(_conn: object, _cursor: object, statement: str, *_: object) -> None:
        if "FROM acknowledgement" in statement:
            raise OperationalError("", {}, Exception("the connection was lost"))

    event.listen(engine, "before_cursor_execute", gone)
    with pytest.raises(DatabaseAway):
        store.load()
    event.remove(engine, "before_cursor_execute", gone)
    assert set(store.load()[0].acknowledged) == {JANE, ("", "bob")}


def test_what_a_gateway_adds_whose_clock_is_behind_or_ahead_is_seen(
    store: PresenceStore, engine: Engine, clock: Clock
) -> None:
    behind = PresenceStore(engine, now=lambda: clock.now - timedelta(minutes=5))
    ahead = PresenceStore(engine, now=lambda: clock.now + timedelta(minutes=30))
    read(store, "1", "ann")
    store.load()
    read(ahead, "1", "bob")
    store.load()
    read(behind, "1", "jane")
    clock.now += timedelta(seconds=1)
    read(store, "1", "joe")
    assert {login for _, login in store.load()[0].acknowledged} == {"ann", "bob", "jane", "joe"}


def test_a_clock_that_was_set_back_hides_no_acknowledgement(store: PresenceStore, clock: Clock) -> None:
    read(store, "1")
    read(store, "1", "ann")
    store.load()
    clock.now = NOW - timedelta(minutes=40)
    assert read(store, "2")
    assert read(store, "1", "bob")
    loaded = store.load()[0].acknowledged
    assert {login: one.version for (_, login), one in loaded.items()} == {"jane": "2", "ann": "1", "bob": "1"}
    assert not read(store, "2"), "who has read it is not asked again and again"
    clock.now += timedelta(seconds=5)
    assert read(store, "1", "joe")
    assert ("", "joe") in store.load()[0].acknowledged


def test_acknowledgements_are_only_added_to(store: PresenceStore, engine: Engine) -> None:
    read(store, "1")
    for statement in (
        "UPDATE acknowledgement SET version = '2'",
        "UPDATE acknowledgement SET at = at",
        "DELETE FROM acknowledgement",
    ):
        with pytest.raises(DBAPIError), writing(engine) as connection:
            connection.execute(text(statement))
    assert store.load()[0].acknowledged[JANE].version == "1"


def test_a_purpose_that_a_worker_states_again_since_a_desk_ended_is_kept_once(
    store: PresenceStore, engine: Engine, clock: Clock
) -> None:
    clock.now = datetime.now(UTC)  # PostgreSQL goes by its own
    first = state(store)
    clock.now += timedelta(seconds=10)
    assert state(store) == first
    assert state(store, site="other.test") != first
    clock.now += timedelta(minutes=10)
    assert state(store) != first, "stated anew it holds anew"
    with reading(engine) as connection:
        assert connection.scalar(select(func.count()).select_from(ConfirmationRow)) == 3


def test_a_stated_purpose_holds_for_its_person_and_site_until_it_is_over(
    store: PresenceStore, clock: Clock
) -> None:
    identifier = state(store)
    presence, _ = store.load()
    found = presence.confirmation("jane", "", "forum.test", NOW)
    assert found is not None
    assert (found.id, found.until) == (identifier, NOW + HOUR)
    assert presence.confirmation("jane", "", "other.test", NOW) is None
    assert presence.confirmation("bob", "", "forum.test", NOW) is None
    assert presence.confirmation("jane", "fire", "forum.test", NOW) is None
    assert presence.confirmation("jane", "", "forum.test", NOW + HOUR) is None
    clock.now = NOW + HOUR / 2
    later = state(store)
    found = store.load()[0].confirmation("jane", "", "forum.test", clock.now)
    assert found is not None
    assert found.id == later, "the one that holds longest"
    clock.now = NOW + 2 * HOUR
    assert store.load()[0].confirmations == {}


def test_a_purpose_that_says_nothing_and_sites_without_end_are_refused(
    store: PresenceStore, clock: Clock
) -> None:
    with pytest.raises(RegisterRefused, match="work purpose is empty"):
        store.state_purpose(
            "", "jane", site="a.test", category="forums", purpose=" ", reference="K", minutes=60
        )
    for number in range(MOST_CONFIRMATIONS):
        state(store, f"site-{number}.test")
    with pytest.raises(RegisterRefused, match="at a time"):
        state(store, "one-more.test")
    state(store, "one-more.test", person="bob")
    clock.now = NOW + HOUR
    state(store, "one-more.test")


def test_a_role_is_chosen_among_those_that_somebody_has(
    store: PresenceStore, engine: Engine, clock: Clock
) -> None:
    give_roles(engine, "jane", "press", "licensing")
    give_roles(engine, "bob", "fraud")
    store.choose_role("", "jane", "press")
    store.choose_role("", "jane", "licensing")
    assert store.load()[0].active_role == {JANE: "licensing"}
    for organisation, person, role in (
        ("", "jane", "fraud"),
        ("fire", "jane", "press"),
        ("", "eve", "press"),
    ):
        with pytest.raises(RegisterRefused, match="not yours"):
            store.choose_role(organisation, person, role)
    clock.now = NOW + timedelta(days=91)
    with pytest.raises(RegisterRefused, match="not yours"):
        store.choose_role("", "jane", "press")


def test_an_address_stands_for_who_signed_in_last_until_they_sign_out_or_it_is_over(
    store: PresenceStore, clock: Clock
) -> None:
    store.sign_in("10.0.0.7", "", "jane", NOW + HOUR)
    store.sign_in("10.0.0.7", "fire", "bob", NOW + 2 * HOUR)
    store.sign_in("10.0.0.8", "", "jane", NOW + HOUR)
    assert store.load()[0].signed_in == {
        "10.0.0.7": SignedIn("bob", "fire", NOW + 2 * HOUR),
        "10.0.0.8": SignedIn("jane", "", NOW + HOUR),
    }
    before = store.version()
    assert store.sign_out("10.0.0.7")
    assert not store.sign_out("10.0.0.7")
    assert store.version() != before
    clock.now = NOW + HOUR
    assert store.load()[0].signed_in == {}


def test_what_is_over_is_removed_and_leaves_nothing(
    store: PresenceStore, engine: Engine, clock: Clock
) -> None:
    give_roles(engine, "jane", "press", "licensing")
    store.choose_role("", "jane", "press")
    store.sign_in("10.0.0.7", "", "jane", NOW + HOUR)
    before = store.version()
    assert store.expire() == 0
    PeopleStore(engine).enter(
        [PersonEntry("", "jane", roles=("licensing",))], roles_until=NOW + HOUR, because="moved"
    )
    assert store.expire() == 1
    clock.now = NOW + HOUR
    assert store.expire() == 1
    with reading(engine) as connection:
        for table in ("active_role", "sign_in"):
            assert connection.scalar(text(f"SELECT count(*) FROM {table}")) == 0  # noqa: S608 - our own
    assert store.version() == before, "none of it was in force"


def test_a_report_of_the_notice_names_everybody_who_is_there(
    store: PresenceStore, engine: Engine, clock: Clock
) -> None:
    people = PeopleStore(engine)
    entries = [PersonEntry("", login, unit="fraud") for login in ("jane", "bob", "leaver")]
    people.enter(entries, roles_until=NOW + HOUR, because="a test")
    people.enter([], left=[("", "leaver")], roles_until=NOW + 2 * HOUR, because="left")
    clock.now = datetime.now(UTC)
    for version, person in (("1", "jane"), ("2", "jane"), ("1", "leaver"), ("1", "nobody-known")):
        read(store, version, person)
    bob, jane = store.notice_report()
    assert (bob.login, bob.unit, bob.version, bob.at, bob.how) == ("bob", "fraud", None, None, None)
    assert (jane.login, jane.version, jane.how) == ("jane", "2", PersonHow.NEGOTIATE)


def test_the_marker_differs_after_every_change_and_only_then(store: PresenceStore, engine: Engine) -> None:
    give_roles(engine, "jane", "press", "licensing")
    seen = [store.version()]
    for change in (
        lambda: read(store, "1"),
        lambda: state(store),
        lambda: store.choose_role("", "jane", "press"),
        lambda: store.sign_in("10.0.0.7", "", "jane", NOW + HOUR),
        lambda: store.sign_out("10.0.0.7"),
    ):
        change()
        seen.append(store.version())
    with pytest.raises(RegisterRefused):
        store.choose_role("", "jane", "nobody's")
    assert len({*seen, store.version()}) == 6
    assert store.load()[1] == seen[-1]


def test_what_is_loaded_is_data_of_the_policys_own(store: PresenceStore) -> None:
    read(store, "1")
    loaded = store.load()[0]
    assert isinstance(loaded.acknowledged[JANE], Acknowledged)
    assert (loaded.used, loaded.allowance_day) == ({}, "")
