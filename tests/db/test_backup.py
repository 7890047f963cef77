"""Tables as lines and back: everything but decisions, of one moment, and no row that is none of ours."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr
from sqlalchemy import select, text

from db.access import record_access
from db.backup import is_empty, reading_tables, record_restore, restore_tables, table_names
from db.devices import DeviceEntry, DeviceStore
from db.dispose import dispose
from db.emergencies import EmergencyStore
from db.engine import make_engine, reading, writing
from db.exemptions import ExemptionStore
from db.policies import PolicyTexts
from db.presence import PresenceStore
from db.proof.verify import verify
from db.proposals import ProposalStore
from db.registers import RegisterStore
from db.review.authorities import AuthorityStore
from db.review.holds import HoldStore
from db.review.openings import OpeningStore
from db.review.tellings import TellingStore, ToldPerson
from db.ruleset_history import NewRuleset, RulesetHistory
from db.settings import DatabaseSettings
from db.shared_use import SharedUseStore
from db.tables import BACKED_UP, METADATA
from db.upgrade import upgrade
from db.withdrawals import WithdrawalStore, WrongEntry
from policy.document import read_policy
from policy.errors import BackupRefused
from policy.registers import GranteeKind, TargetKind
from policy.review.hold import HoldTerms
from policy.words import EntryKind, PersonHow, ProposalOutcome
from tests.db.conftest import Database
from tests.db.examples import decision, outcome
from tests.db.exemptions import give_roles, granted
from tests.db.review.reviewing import GRANTER, RITA, grant
from tests.db.stored import stored
from tests.postgres import PostgresServer

type Tables = dict[str, list[bytes]]


def fill(database: Database) -> None:
    """A register of each kind that stands and one that has ended, an access, a change, a disposal."""
    store = RegisterStore(database.engine)
    for host in ("bet.test", "bet.test", "evil.test"):
        store.block(TargetKind.HOST, host, until=None, because="phishing \\ \N{SNOWMAN} \x7f")
    for purpose in ("reading the news", "research"):
        exempted = granted(
            database.engine, grantee_kind=GranteeKind.UNIT, grantee="press", organisation="b", purpose=purpose
        )
    exemptions = ExemptionStore(database.engine)
    exemptions.revoke(exempted.id, because="done")
    asked = exemptions.request(
        read_policy(),
        organisation="",
        grantee="alice",
        kind=TargetKind.HOST,
        target="news.test",
        purpose=purpose,
    )
    exemptions.take_back(asked.id, because="no longer")
    give_roles(database.engine, "alice", "press")
    DeviceStore(database.engine).enter([DeviceEntry("", "pc-1", "10.0.0.0/24")], because="a test")
    SharedUseStore(database.engine).record(
        "",
        person="alice",
        reference="A/1",
        because="an emergency",
        start=datetime.now(UTC),
        until=datetime.now(UTC) + timedelta(days=1),
    )
    policies = PolicyTexts(database.engine)
    policies.record("aa" * 32, read_policy().text, "gateway-1")
    presence = PresenceStore(database.engine)
    presence.acknowledge("", "alice", "1", how=PersonHow.NEGOTIATE, policy="aa" * 32)
    EmergencyStore(database.engine).allow_in_emergency(TargetKind.HOST, "a.test", until=None, because=purpose)
    proposals = ProposalStore(database.engine)
    proposal = proposals.propose({"what": "never-decrypt", "text": purpose}, {}, because="the bank asked")
    proposals.decide(proposal.id, ProposalOutcome.TAKEN_BACK, because="no longer")
    wrong = WrongEntry("ut1-gambling", EntryKind.HOST, "bet.test", "gambling")
    new = NewRuleset("put", "aa" * 32, "1", [{"name": "ut1-gambling", "left_out": [4, 711]}], 4711)
    with RulesetHistory(database.engine).record(new, because="of March") as transaction:
        WithdrawalStore(database.engine).withdraw(wrong, since=None, because=purpose, within=transaction)
    record_access(database.engine, what="decisions", question={"since": ["1h"]})
    over = AuthorityStore(database.engine).revoke(
        grant(database.engine, sealed=True).id, GRANTER, because="\N{SNOWMAN}"
    )
    TellingStore(database.engine).tell(over, [ToldPerson("", "alice", {"matter": "\N{SNOWMAN}"})])
    standing = grant(database.engine, sealed=True)
    OpeningStore(database.engine).request(standing.id, RITA, because="a threat to life")
    since = datetime(2020, 1, 1, tzinfo=UTC)
    terms = HoldTerms("", ("alice",), since, datetime.now(UTC), "PSD/7", "a claim")
    HoldStore(database.engine).place(terms, RITA)
    dispose(database.engine, read_policy(), datetime.now(UTC))


def dumped(database: Database) -> Tables:
    with reading_tables(database.engine) as lines_of:
        return {name: list(lines_of(name)) for name in table_names()}


def rows(database: Database) -> dict[str, set[tuple[object, ...]]]:
    with reading(database.engine) as connection:
        return {
            table.name: {tuple(map(repr, row)) for row in connection.execute(select(table))}
            for table in BACKED_UP
        }


@pytest.fixture
def another(database: Database, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """Another database of the same kind, with the schema and nothing in it."""
    with _another(database, request, tmp_path / "another") as found:
        yield found


@contextmanager
def _another(database: Database, request: pytest.FixtureRequest, state: Path) -> Iterator[Database]:
    if not database.is_postgresql:
        engine = make_engine(DatabaseSettings(), state)
        upgrade(engine)
        yield Database(state, DatabaseSettings(), engine)
        engine.dispose()
        return
    server: PostgresServer = request.getfixturevalue("postgres")
    with server.database(request.getfixturevalue("upgraded")) as name:
        settings = DatabaseSettings(url=SecretStr(server.url(name)))
        engine = make_engine(settings, state)
        yield Database(state, settings, engine)
        engine.dispose()


def test_decisions_stay_where_their_disposal_is_known_and_all_else_is_in_a_backup() -> None:
    assert METADATA.tables.keys() - set(table_names()) == {
        "decision",
        "outcome",
        "batch",
        "register_version",
        "presence_version",
        "active_role",
        "confirmation",
        "outbox",
        "report",
        "sign_in",
        "held_decision",
        "held_outcome",
        "hour_cover",
        "review_ticket",
        "tally",
        "tally_person",
    }


def test_what_was_read_comes_back_row_for_row(database: Database, another: Database) -> None:
    fill(database)
    before = rows(database)
    assert {name for name, found in before.items() if not found} == {"break_glass"}
    assert len(before["chain"]) >= len(before["access"]) + len(before["change"])
    assert is_empty(another.engine)
    tables = dumped(database)
    counts = restore_tables(another.engine, tables, {"from": "a file"})
    assert counts == {name: len(lines) for name, lines in tables.items()}
    after = rows(another)
    with reading(another.engine) as connection:
        query = text("SELECT after, because, actor FROM change WHERE what = 'restored'")
        (after_, because, by) = connection.execute(query).one()
    assert "a file" in str(after_)
    assert because == "restored from a backup"
    assert by
    # That it was restored is a change, and what a backup leaves out is gone: linked behind all the rest.
    more = {"change": 1, "disposal": 2, "chain": 3}
    for name, rows_more in more.items():
        assert before[name] <= after[name]
        assert len(after[name] - before[name]) == rows_more
    assert {name: found for name, found in after.items() if name not in more} == {
        name: found for name, found in before.items() if name not in more
    }


def test_what_came_back_still_verifies(database: Database, another: Database) -> None:
    stored(database.engine, decision(), outcome(decision()))
    fill(database)
    assert verify(database.engine).findings == []
    tables = dumped(database)
    restore_tables(another.engine, tables, {})
    found = verify(another.engine)
    assert found.findings == []
    assert found.disposed == 1, "the batch"
    for line in ("DELETE FROM chain", "DELETE FROM access"):
        with pytest.raises(Exception, match="append-only"), writing(another.engine) as connection:
            connection.execute(text(line))


def test_a_backup_without_a_chain_is_linked_when_it_comes_back(database: Database, another: Database) -> None:
    """The release before had none."""
    fill(database)
    tables = dumped(database)
    del tables["chain"]
    restore_tables(another.engine, tables, {})
    found = verify(another.engine)
    assert (found.findings, found.links > 50) == ([], True)


def test_a_restore_beside_a_database_that_was_kept_is_recorded_there(database: Database) -> None:
    fill(database)
    record_restore(database.engine, {"from": "a file"})
    with reading(database.engine) as connection:
        query = text("SELECT count(*) FROM change WHERE what = 'restored beside'")
        assert connection.scalar(query) == 1


def test_restored_registers_are_in_force_and_the_log_is_append_only_again(
    database: Database, another: Database
) -> None:
    fill(database)
    marker, presence = RegisterStore(another.engine).version(), PresenceStore(another.engine).version()
    restore_tables(another.engine, dumped(database), {})
    registers, version = RegisterStore(another.engine).load()
    assert version != marker
    assert PresenceStore(another.engine).version() != presence
    assert "bet.test" in registers.local
    for change in ("DELETE FROM access", "UPDATE change SET because = 'x'", "DELETE FROM local_entry"):
        with (
            pytest.raises(Exception, match=r"append-only|never deleted|keeps its rows"),
            writing(another.engine) as connection,
        ):
            connection.execute(text(change))


def test_a_backup_sees_one_moment(database: Database) -> None:
    fill(database)
    with reading_tables(database.engine) as lines_of:
        before = list(lines_of("local_entry"))
        RegisterStore(database.engine).block(TargetKind.HOST, "late.test", until=None, because="late word")
        assert list(lines_of("local_entry")) == before
        assert not any(b"late word" in line for line in lines_of("change"))
    assert any(b"late word" in line for line in dumped(database)["change"])


def test_a_database_with_something_in_it_is_left_alone(database: Database, another: Database) -> None:
    fill(database)
    tables = dumped(database)
    fill(another)
    before = rows(another)
    assert not is_empty(another.engine)
    with pytest.raises(BackupRefused, match="has rows already"):
        restore_tables(another.engine, tables, {})
    assert rows(another) == before


def _line(tables: Tables, table: str, **changed: object) -> bytes:
    return msgspec.json.encode(msgspec.json.decode(tables[table][0]) | changed)


NONE_OF_OURS: dict[str, tuple[str, dict[str, object], str]] = {
    "a column of another release": ("access", {"rank": 1}, "unknown field `rank`"),
    "a time without a zone": ("access", {"at": "2026-01-01T00:00:00"}, "timezone"),
    "no identifier": ("access", {"id": "1"}, "UUID"),
    "nobody": ("access", {"actor": None}, "actor"),
    "no data": ("access", {"question": "x"}, "question"),
    "no word of ours": ("local_entry", {"action": "shrug"}, "shrug"),
    "against a constraint": ("local_entry", {"because": "", "ended_at": "2026-01-01T00:00:00Z"}, "because"),
    "more than a column counts": ("access", {"rows_seen": 1 << 63}, "among the"),
    "an open disposal": ("disposal", {"disposed": None}, "never finished"),
}


def test_a_row_that_is_none_of_ours_is_refused_and_nothing_is_restored(
    database: Database, another: Database
) -> None:
    fill(database)
    good = dumped(database)
    for name, (table, changed, says) in NONE_OF_OURS.items():
        line = msgspec.json.decode(good[table][0]) | {"id": str(uuid4())} | changed
        lines = [good[table][0], msgspec.json.encode(line), *good[table][1:]]
        with pytest.raises(BackupRefused, match=f"^{table}, ") as refused:
            restore_tables(another.engine, good | {table: lines}, {})
        assert says in str(refused.value), name
        assert "\n" not in str(refused.value)
        assert is_empty(another.engine), name
    # And what was switched off for it, is on.
    fill(another)
    with pytest.raises(Exception, match="append-only"), writing(another.engine) as connection:
        connection.execute(text("DELETE FROM access"))


@given(st.binary(max_size=200))
def test_no_bytes_make_anything_but_a_row_or_a_refusal(line: bytes) -> None:
    from db.backup import _decoder

    for name in table_names():
        try:
            _decoder(name).decode(line)
        except ValueError:
            continue


def test_a_row_of_boxes_in_boxes_is_refused(database: Database, another: Database) -> None:
    fill(database)
    good = dumped(database)
    deep = _line(good, "change", after="@").replace(b'"@"', b"[" * 100_000 + b"]" * 100_000)
    with pytest.raises(BackupRefused, match=r"^change, line 1: "):
        restore_tables(another.engine, good | {"change": [deep]}, {})
    assert is_empty(another.engine)


def test_a_backup_of_the_release_before_is_restored(database: Database, another: Database) -> None:
    """It knows nothing of people, neither as tables nor as columns."""
    fill(database)
    granted(database.engine)
    tables = dumped(database)
    for name in ("person", "person_role", "device", "shared_use", "exemption_request", "acknowledgement"):
        del tables[name]
    del tables["policy_text"]
    ever = {
        "id",
        "grantee_kind",
        "grantee",
        "kind",
        "target",
        "start",
        "until",
        "purpose",
        "granted_by",
        "at",
    }
    ever |= {"at", "revoked_at", "revoked_by", "revoked_because"}
    lines = [json.loads(line) for line in tables["exemption"]]
    known = [line for line in lines if line["grantee_kind"] in {"person", "role", "everyone"}]
    tables["exemption"] = [
        json.dumps({key: value for key, value in line.items() if key in ever}).encode() for line in known
    ]
    assert len(known) == 1 < len(lines)
    restore_tables(another.engine, tables, {})
    (exemption,) = ExemptionStore(another.engine).exemptions()
    assert (exemption.entry.organisation, exemption.entry.restricted) == ("", False)
    assert len(RegisterStore(another.engine).local_entries(everything=True)) == 4


def test_a_table_that_the_backup_does_not_have_stays_empty(database: Database, another: Database) -> None:
    """An older release knew fewer tables."""
    fill(database)
    tables = dumped(database)
    del tables["exemption"]
    assert restore_tables(another.engine, tables, {})["exemption"] == 0
