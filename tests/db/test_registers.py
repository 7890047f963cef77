"""The registers in the database: what may be entered, what is refused, what a change leaves behind."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Engine, select, text
from sqlalchemy.exc import DBAPIError

from db.actor import actor
from db.engine import reading, writing
from db.models import ChangeRow
from db.registers import RegisterStore
from policy.document import read_policy
from policy.errors import RegisterRefused
from policy.facts import Who
from policy.identifiers import read_reference
from policy.registers import GranteeKind, TargetKind
from policy.words import Action
from tests.db.conftest import Database

POLICY = read_policy()
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


def grant(store: RegisterStore, **given: object) -> str:
    arguments = {
        "grantee_kind": PERSON,
        "grantee": "alice",
        "kind": HOST,
        "target": "social.test",
        "start": None,
        "until": NOW + HOUR,
        "purpose": "an enquiry into fraud",
        **given,
    }
    return store.grant(POLICY, **arguments).id  # type: ignore[arg-type]  # each of its own type


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
    with reading(engine) as connection:
        assert kept.ended.by == actor(connection)
    assert changes(engine)[-1][2] is None
    with pytest.raises(RegisterRefused, match="no local entry stands"):
        store.forget(HOST, "news.test", because="again")


def test_an_exemption_is_loaded_as_it_was_granted(store: RegisterStore) -> None:
    identifier = grant(store)
    grant(store, grantee_kind=ROLE, grantee="press", kind=CATEGORY, target="social_media")
    grant(store, grantee_kind=EVERYONE, grantee="", kind=PREFIX, target="social.test/police")
    registers, _ = store.load()
    found = registers.exemptions(
        Who(person="alice", role="press"), "social.test", "/police", datetime.now(UTC), ("social_media",)
    )
    assert [one.grantee_kind for one in found] == [PERSON, ROLE, EVERYONE]
    assert found[0].id == identifier
    assert found[0].start <= datetime.now(UTC)
    assert registers.exemptions(Who(person="bob"), "social.test", "/", datetime.now(UTC), ()) == ()


def test_an_exemption_for_later_is_in_the_snapshot_before_it_begins(store: RegisterStore) -> None:
    grant(store, start=NOW + HOUR, until=NOW + 2 * HOUR)
    registers, _ = store.load()
    alice = Who(person="alice")
    assert registers.exemptions(alice, "social.test", "/", NOW, ()) == ()
    assert len(registers.exemptions(alice, "social.test", "/", NOW + HOUR, ())) == 1


def test_a_revoked_exemption_is_out_of_force_and_still_on_record(
    store: RegisterStore, engine: Engine
) -> None:
    identifier = grant(store)
    store.revoke(identifier, because="the enquiry is over")
    assert store.load()[0].exemptions_by_host == {}
    assert store.exemptions() == []
    (kept,) = store.exemptions(everything=True)
    assert kept.ended is not None
    assert kept.ended.because == "the enquiry is over"
    assert [what for what, _, _ in changes(engine)] == ["exemption granted", "exemption revoked"]
    with pytest.raises(RegisterRefused, match="no exemption"):
        store.revoke(identifier, because="again")
    with pytest.raises(RegisterRefused, match="no exemption"):
        store.revoke("ZZZZZZZZ", because="never was")


def test_what_has_run_out_is_neither_loaded_nor_listed_nor_revoked(engine: Engine) -> None:
    now = [NOW]
    store = RegisterStore(engine, now=lambda: now[0])
    identifier = grant(store)
    store.block(HOST, "news.test", until=NOW + HOUR, because="for an hour")
    now[0] = NOW + HOUR
    registers, _ = store.load()
    assert (registers.local, registers.exemptions_by_host) == ({}, {})
    assert (store.exemptions(), store.local_entries()) == ([], [])
    with pytest.raises(RegisterRefused):
        store.revoke(identifier, because="too late")


def test_the_marker_differs_after_every_change_and_only_then(store: RegisterStore) -> None:
    seen = [store.version()]
    assert store.version() == seen[0]
    identifier = grant(store)
    seen.append(store.version())
    store.block(HOST, "news.test", until=None, because="complaint")
    seen.append(store.version())
    store.forget(HOST, "news.test", because="withdrawn")
    seen.append(store.version())
    store.revoke(identifier, because="over")
    seen.append(store.version())
    with pytest.raises(RegisterRefused):
        store.block(HOST, "", until=None, because="complaint")
    assert len({*seen, store.version()}) == 5
    assert store.load()[1] == seen[-1]


def myself(engine: Engine) -> str:
    with reading(engine) as connection:
        return actor(connection)


@pytest.mark.parametrize(
    "given",
    [
        pytest.param({"until": NOW - HOUR}, id="until-is-past"),
        pytest.param({"start": NOW + 2 * HOUR}, id="ends-before-it-begins"),
        pytest.param({"purpose": " \n"}, id="no-purpose"),
        pytest.param({"purpose": "x" * 501}, id="a-purpose-without-end"),
        pytest.param({"grantee": ""}, id="a-person-without-a-name"),
        pytest.param({"grantee": "a\0b"}, id="a-name-that-cannot-be"),
        pytest.param({"grantee": "x" * 201}, id="a-name-without-end"),
        pytest.param({"grantee_kind": EVERYONE}, id="everyone-with-a-name"),
        pytest.param({"target": ""}, id="no-target"),
        pytest.param({"target": "social.test/path"}, id="a-host-with-a-path"),
        pytest.param({"kind": PREFIX}, id="a-prefix-without-a-path"),
        pytest.param({"target": "Social.test"}, id="not-normalised"),
        pytest.param({"target": "social test"}, id="a-blank-in-a-host"),
        pytest.param({"kind": CATEGORY, "target": "no_such"}, id="a-category-the-policy-does-not-have"),
        pytest.param({"kind": CATEGORY, "target": "malware"}, id="a-category-that-admits-none"),
        pytest.param(
            {"kind": CATEGORY, "target": "gambling", "grantee_kind": ROLE, "grantee": "press"},
            id="a-role-where-only-persons-are-admitted",
        ),
        pytest.param(
            {"kind": CATEGORY, "target": "gambling", "grantee_kind": EVERYONE, "grantee": ""},
            id="everyone-where-only-persons-are-admitted",
        ),
    ],
)
def test_what_may_not_be_granted_is_refused_and_changes_nothing(
    store: RegisterStore, engine: Engine, given: dict[str, object]
) -> None:
    before = store.version()
    with pytest.raises(RegisterRefused) as refused:
        grant(store, **given)
    assert "\n" not in str(refused.value)
    assert (store.version(), store.exemptions(everything=True), changes(engine)) == (before, [], [])


def test_a_category_for_named_persons_is_granted_to_one(store: RegisterStore) -> None:
    grant(store, kind=CATEGORY, target="gambling")
    assert len(store.exemptions()) == 1


@pytest.mark.parametrize(
    "spelling", [str, str.upper, str.title, "  {}  ".format], ids=["as-it-is", "upper", "title", "spaces"]
)
def test_nobody_grants_their_own_exemption_however_the_name_is_spelt(
    store: RegisterStore, engine: Engine, spelling: object
) -> None:
    with pytest.raises(RegisterRefused, match="nobody grants their own"):
        grant(store, grantee=spelling(myself(engine)))  # type: ignore[operator]  # a table of functions
    assert store.exemptions(everything=True) == []
    grant(store, grantee=myself(engine) + "2")
    grant(store, grantee_kind=ROLE, grantee=myself(engine))


def test_the_database_itself_refuses_an_exemption_of_ones_own(store: RegisterStore, engine: Engine) -> None:
    grant(store)
    same = 'grantee_kind, kind, target, "start", until, purpose, granted_by, at'
    taken = f"SELECT id || :x, upper(granted_by), {same} FROM exemption"  # noqa: S608
    ones_own = text(f"INSERT INTO exemption (id, grantee, {same}) {taken}")
    with pytest.raises(DBAPIError, match="exemption_not_ones_own"), writing(engine) as connection:
        connection.execute(ones_own, {"x": "X"})


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
        "DELETE FROM exemption",
        "UPDATE exemption SET until = until",
        "UPDATE exemption SET purpose = 'another'",
        "UPDATE local_entry SET target = 'other.test'",
        "UPDATE local_entry SET ended_because = 'another'",
        "UPDATE exemption SET revoked_at = NULL",
    ],
)
def test_the_database_itself_keeps_the_registers_past(
    database: Database, store: RegisterStore, statement: str
) -> None:
    store.block(HOST, "news.test", until=None, because="complaint")
    store.forget(HOST, "news.test", because="withdrawn")
    store.revoke(grant(store), because="over")
    before = (store.local_entries(everything=True), store.exemptions(everything=True))
    with pytest.raises(DBAPIError), writing(database.engine) as connection:
        connection.execute(text(statement))
    assert (store.local_entries(everything=True), store.exemptions(everything=True)) == before
