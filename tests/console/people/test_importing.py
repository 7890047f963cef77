"""Taking people over into a real register, all of it or nothing."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from console.people.importing import Imported, import_people
from console.people.table import Table
from db.engine import make_engine
from db.people import PeopleStore
from db.person_rows import PersonEntry
from db.settings import DatabaseSettings
from db.upgrade import upgrade
from policy.errors import RegisterRefused

NOW = datetime.now(UTC)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[PeopleStore]:
    engine = make_engine(DatabaseSettings(), tmp_path)
    upgrade(engine)
    yield PeopleStore(engine)
    engine.dispose()


def taken(store: PeopleStore, *people: PersonEntry, dry_run: bool = False) -> Imported:
    return import_people(
        store,
        Table(frozenset({"login", "roles", "manager"}), people),
        now=NOW,
        role_days=30,
        because="a test",
        dry_run=dry_run,
        accept_leavers=False,
        on_progress=lambda done, total: seen.append((done, total)),
    )


seen: list[tuple[int, int]] = []


def test_ten_thousand_people_are_taken_over_in_one_go_and_whoever_waits_is_told(store: PeopleStore) -> None:
    seen.clear()
    done = taken(store, *(PersonEntry("", f"p{number:05}", roles=("press",)) for number in range(10_000)))
    assert done.entered is not None
    assert done.entered.entered == 10_000
    assert seen[0] == (0, 10_000)
    assert len(seen) > 10
    assert len(store.load().persons) == 10_000


def test_a_new_role_is_held_for_a_while_and_telling_of_it_again_does_not_confirm_it(
    store: PeopleStore,
) -> None:
    taken(store, PersonEntry("", "jane", roles=("press",)))
    (first,) = store.one("", "jane").held
    assert first.until == NOW + timedelta(days=30)
    assert not taken(store, PersonEntry("", "jane", roles=("press",))).difference
    taken(store, PersonEntry("", "jane", roles=("licensing", "press")))
    assert store.one("", "jane").held[1].until == first.until


def test_a_dry_run_leaves_the_register_as_it_is(store: PeopleStore) -> None:
    done = taken(store, PersonEntry("", "jane"), dry_run=True)
    assert done.difference.added
    assert done.entered is None
    assert store.everybody() == []


def test_an_import_of_nobody_is_refused(store: PeopleStore) -> None:
    with pytest.raises(RegisterRefused, match="tells of nobody"):
        taken(store)


def test_line_managers_may_be_in_the_register_or_in_the_import(store: PeopleStore) -> None:
    people = (
        PersonEntry("", "jane", manager="bob"),
        PersonEntry("", "bob", manager="gone"),
        PersonEntry("Kent", "sam", manager="bob"),
    )
    assert taken(store, *people).strangers == 2
