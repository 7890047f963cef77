"""The registers in the database: what may be entered, what is refused, what a change leaves behind."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Engine, bindparam, select, text
from sqlalchemy.exc import DBAPIError

from db.columns import UtcDateTime
from db.devices import DeviceEntry, DeviceStore
from db.engine import reading, writing
from db.exemptions import ExemptionStore
from db.models import ChangeRow
from db.registers import RegisterStore
from policy.errors import RegisterRefused
from policy.facts import Who
from policy.identifiers import read_reference
from policy.registers import GranteeKind, TargetKind
from policy.words import Action
from tests.db.conftest import Database
from tests.db.exemptions import give_roles, granted, me

NOW = datetime.now(UTC)
HOUR = timedelta(hours=1)
HOST, PREFIX, CATEGORY = TargetKind.HOST, TargetKind.PREFIX, TargetKind.CATEGORY
PERSON, ROLE, EVERYONE = GranteeKind.PERSON, GranteeKind.ROLE, GranteeKind.EVERYONE


@pytest.fixture
def store(engine: Engine) -> RegisterStore:
    return RegisterStore(engine)


def changes(engine: Engine) -> list[tuple[str, dict[str, object] | None, dict[str, object] | None]]:
    with reading(engine) as connection:
        rows = connection.execute(select(ChangeRow.__table__).order_by(ChangeRow.id))
        return [(row.what, row.before, row.after) for row in rows]


def test_an_entry_is_loaded_as_it_was_entered(store: RegisterStore) -> None:
    blocked = store.block(HOST, "news.test", until=None, because="complaint 17")
    allowed = store.allow(PREFIX, "news.test/police", until=NOW + HOUR, because="our own page")
    registers, _ = store.load()
    assert registers.local_entry("www.news.test", "/", NOW) == blocked
    assert registers.local_entry("news.test", "/police/1", NOW) == allowed
    assert registers.local_entry("news.test", "/police/1", NOW + HOUR) == blocked
    assert (blocked.action, blocked.because) == (Action.BLOCK, "complaint 17")
    assert read_reference(blocked.id) == blocked.id, "a person can read it out"


def test_a_later_entry_for_the_same_target_replaces_the_earlier(store: RegisterStore, engine: Engine) -> None:
    store.block(HOST, "news.test", until=None, because="complaint")
    allowed = store.allow(HOST, "news.test", until=None, because="it was a mistake")
    registers, _ = store.load()
    assert registers.local == {"news.test": (allowed,)}
    (first, second) = store.local_entries(everything=True)[::-1]
    assert first.ended is not None
    assert first.ended.because == "it was a mistake"
    assert second.ended is None
    assert [what for what, _, _ in changes(engine)] == ["local entry: block", "local entry: allow"]
    assert changes(engine)[1][1] is not None, "what it replaced is in the change"


def test_a_forgotten_entry_is_out_of_force_and_still_on_record(store: RegisterStore, engine: Engine) -> None:
    entry = store.block(HOST, "news.test", until=None, because="complaint")
    assert store.forget(HOST, "news.test", because="withdrawn") == entry
    assert store.load()[0].local == {}
    assert store.local_entries() == []
    (kept,) = store.local_entries(everything=True)
    assert kept.entry == entry
    assert kept.ended is not None
    assert kept.ended.by == me(engine)
    assert changes(engine)[-1][2] is None
    with pytest.raises(RegisterRefused, match="no local entry stands"):
        store.forget(HOST, "news.test", because="again")


def test_an_exemption_is_loaded_as_it_was_granted(store: RegisterStore, engine: Engine) -> None:
    identifier = granted(engine).id
    granted(engine, grantee_kind=ROLE, grantee="press", kind=CATEGORY, target="social_media")
    granted(engine, grantee_kind=EVERYONE, grantee="", kind=PREFIX, target="social.test/police")
    registers, _ = store.load()
    found = registers.exemptions(
        Who(person="alice", role="press"), "social.test", "/police", datetime.now(UTC), ("social_media",)
    )
    assert [one.grantee_kind for one in found] == [PERSON, ROLE, EVERYONE]
    assert found[0].id == identifier
    assert found[0].start <= datetime.now(UTC)
    assert registers.exemptions(Who(person="bob"), "social.test", "/", datetime.now(UTC), ()) == ()


def test_an_exemption_for_later_is_loaded_before_it_begins(store: RegisterStore, engine: Engine) -> None:
    granted(engine, start=NOW + HOUR, until=NOW + 2 * HOUR)
    registers, _ = store.load()
    alice = Who(person="alice")
    assert registers.exemptions(alice, "social.test", "/", NOW, ()) == ()
    assert len(registers.exemptions(alice, "social.test", "/", NOW + HOUR, ())) == 1


def test_what_has_run_out_is_neither_loaded_nor_listed(engine: Engine) -> None:
    now = [NOW]
    store = RegisterStore(engine, now=lambda: now[0])
    granted(engine, until=NOW + HOUR)
    store.block(HOST, "news.test", until=NOW + HOUR, because="for an hour")
    now[0] = NOW + HOUR
    registers, _ = store.load()
    assert (registers.local, registers.exemptions_by_host) == ({}, {})
    assert store.local_entries() == []


def test_the_marker_differs_after_every_change_and_only_then(store: RegisterStore, engine: Engine) -> None:
    seen = [store.version()]
    assert store.version() == seen[0]
    identifier = granted(engine).id
    seen.append(store.version())
    store.block(HOST, "news.test", until=None, because="complaint")
    seen.append(store.version())
    store.forget(HOST, "news.test", because="withdrawn")
    seen.append(store.version())
    ExemptionStore(engine).revoke(identifier, because="over")
    seen.append(store.version())
    with pytest.raises(RegisterRefused):
        store.block(HOST, "", until=None, because="complaint")
    assert len({*seen, store.version()}) == 5
    assert store.load()[1] == seen[-1]


@pytest.mark.parametrize(
    ("kind", "target"),
    [
        pytest.param(CATEGORY, "gambling", id="a-category"),
        pytest.param(HOST, "", id="nothing"),
        pytest.param(HOST, "news.test/x", id="a-host-with-a-path"),
        pytest.param(PREFIX, "news.test", id="a-prefix-without-a-path"),
        pytest.param(PREFIX, "/x", id="a-path-without-a-host"),
        pytest.param(HOST, "a\0b", id="nul"),
        pytest.param(HOST, "x" * 3000, id="without-end"),
    ],
)
def test_what_cannot_be_a_local_entry_is_refused(store: RegisterStore, kind: TargetKind, target: str) -> None:
    with pytest.raises(RegisterRefused):
        store.block(kind, target, until=None, because="complaint")
    assert store.local_entries(everything=True) == []


def test_a_local_entry_needs_a_reason_and_an_end_that_is_still_to_come(store: RegisterStore) -> None:
    for because, until in (("", None), ("x" * 501, None), ("fine", NOW - HOUR)):
        with pytest.raises(RegisterRefused):
            store.allow(HOST, "news.test", until=until, because=because)
    store.allow(HOST, "news.test", until=NOW + HOUR, because="fine \0 but odd")
    with pytest.raises(RegisterRefused):
        store.forget(HOST, "news.test", because=" ")


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM local_entry",
        "UPDATE local_entry SET target = 'other.test'",
        "UPDATE local_entry SET ended_because = 'another'",
    ],
)
def test_the_database_itself_keeps_the_registers_past(
    database: Database, store: RegisterStore, statement: str
) -> None:
    store.block(HOST, "news.test", until=None, because="complaint")
    store.forget(HOST, "news.test", because="withdrawn")
    before = store.local_entries(everything=True)
    with pytest.raises(DBAPIError), writing(database.engine) as connection:
        connection.execute(text(statement))
    assert store.local_entries(everything=True) == before


def test_people_and_devices_are_loaded_with_the_registers(store: RegisterStore, engine: Engine) -> None:
    before = store.version()
    give_roles(engine, "jane", "press")
    DeviceStore(engine).enter([DeviceEntry("", "pc-1", "10.0.0.0/24", unit="fraud")], because="a test")
    registers, version = store.load()
    assert version != before
    assert [one.role for one in registers.people.persons["", "jane"].roles] == ["press"]
    device = registers.people.device("10.0.0.7")
    assert device is not None
    assert (device.id, device.unit) == ("pc-1", "fraud")


@pytest.mark.parametrize(
    ("table", "columns"),
    [
        pytest.param("device", {"id": "'x'", "network": "'no network'"}, id="a-network-that-is-none"),
        pytest.param("device", {"id": "'x'", "network": "'10.0.0.1/8'"}, id="a-network-with-host-bits"),
        pytest.param("exemption", {"grantee_kind": "'spell'"}, id="a-word-of-a-later-release"),
        pytest.param("exemption", {"kind": "'spell'"}, id="a-target-of-a-later-release"),
        pytest.param(
            "exemption", {"grantee_kind": "'network'", "grantee": "'no network'"}, id="a-grantee-that-is-none"
        ),
    ],
)
def test_a_row_that_cannot_be_read_keeps_no_other_register_from_the_workers(
    store: RegisterStore, engine: Engine, table: str, columns: dict[str, str]
) -> None:
    store.block(HOST, "news.test", until=None, because="complaint")
    granted(engine)
    row = {"organisation": "''", "at": ":now", **columns}
    if table == "exemption":
        row = {
            "id": "'X'",
            "grantee_kind": "'person'",
            "grantee": "'bob'",
            "kind": "'host'",
            "target": "'b.test'",
            "start": ":now",
            "until": ":later",
            "purpose": "'x'",
            "granted_by": ":me",
            **row,
        }
    else:
        row["actor"] = ":me"
    names = ", ".join(f'"{name}"' for name in row)
    written = text(f"INSERT INTO {table} ({names}) VALUES ({', '.join(row.values())})")  # noqa: S608
    if ":later" in row.values():
        written = written.bindparams(bindparam("later", NOW + HOUR, type_=UtcDateTime()))
    with writing(engine) as connection:
        connection.execute(written.bindparams(bindparam("now", NOW, type_=UtcDateTime())), {"me": me(engine)})
    registers, _ = store.load()
    assert list(registers.local) == ["news.test"]
    assert len(registers.exemptions_by_host) == 1
    assert list(registers.people.devices) == []
