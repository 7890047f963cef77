"""Verifying: what is as it was written is so found, and no row is altered, removed or slipped in unseen."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, Row, Table, delete, insert, null, select, text, update

from db.access import record_access, record_answer
from db.change import record_change
from db.columns import Word
from db.dispose import dispose
from db.engine import reading, writing
from db.models import DisposalRow
from db.proof.anchors import Anchor, take_anchor
from db.proof.canonical import canonical_record
from db.proof.chain import BEFORE_THE_FIRST, append, link
from db.proof.covers import cover_hours
from db.proof.reading import Linked
from db.proof.verify import _Verifying, verify, verify_within
from db.review.holds import HoldStore
from db.tables import METADATA
from policy.document import read_policy
from policy.identifiers import uuid7
from policy.review.hold import HoldTerms
from policy.words import RecordLevel, RetentionClass
from tests.db.conftest import Database
from tests.db.examples import MATCH, decision, outcome
from tests.db.review.reviewing import RITA, enter_people
from tests.db.stored import stored

TABLES = ("access", "change", "disposal", "batch", "hour_cover", "chain", "decision", "outcome")
SELDOM = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def write_a_log(database: Database) -> Anchor:
    """Two batches of two classes and two days, hours that are covered, looks, changes, a disposal."""
    engine, now = database.engine, datetime.now(UTC)
    hour = now.replace(minute=0, second=0, microsecond=0) - timedelta(hours=5)
    told = [decision(at=now - timedelta(days=n % 2), matches=(MATCH,), sealed=b"\0sealed") for n in range(5)]
    visits = [decision(at=now, retention_class=RetentionClass.VISIT, matches=()) for _ in range(3)]
    alone = [
        decision(at=hour, record=RecordLevel.CATEGORY, retention_class=RetentionClass.PRIVILEGED)
        for _ in range(3)
    ]
    stored(engine, *told, *visits, *alone, *(outcome(one) for one in (*told, *visits)))
    stored(engine, decision(at=now), outcome(alone[0], at=hour))
    access = record_access(engine, what="look", question={"people": ["alice"], "half": 0.5}, purpose="why")
    record_answer(engine, access, what="look", rows_seen=3)
    with writing(engine) as connection:
        record_change(connection, what="entry", before=None, after={"host": "bet.test"}, because="why")
    cover_hours(engine, now)
    dispose(engine, read_policy(), now)
    return take_anchor(engine, now)


def test_a_log_that_nobody_touched_verifies_whole(database: Database, kept: Anchor) -> None:
    found = verify(database.engine, [kept])
    assert found.findings == []
    assert (found.rows, found.open, found.anchors, found.links) == (21, 0, 1, kept.position)


@pytest.fixture
def kept(database: Database) -> Anchor:
    """A log, and its last link written down somewhere else."""
    return write_a_log(database)


@given(data=st.data())
@SELDOM
def test_whatever_is_altered_removed_or_slipped_in_is_found(
    database: Database, kept: Anchor, data: st.DataObject
) -> None:
    """By a superuser, or by whoever has the file: past every trigger and every right."""
    with tampering(database) as connection:
        what = tamper(connection, data)
        assert verify_within(connection, [kept]).findings, what


def test_what_is_disposed_of_is_told_apart_and_the_rest_of_its_batch_still_verifies(
    database: Database,
) -> None:
    now = datetime.now(UTC)
    old = [decision(at=now - timedelta(days=100), retention_class=RetentionClass.VISIT) for _ in range(3)]
    stored(database.engine, *old, decision(at=now - timedelta(days=100)), decision(at=now))
    if database.is_postgresql:
        with writing(database.engine) as connection:
            # Their month was never made: they lie in the default partition, and go row by row.
            assert connection.scalar(text("SELECT count(*) FROM decision_visit_default")) == 3
    dispose(database.engine, read_policy(), now)
    found = verify(database.engine)
    assert (found.findings, found.rows, found.disposed) == ([], 2, 3)
    assert RetentionClass.VISIT in {gone.retention_class for gone in found.disposals}


@pytest.fixture
def holding(database: Database) -> Database:
    """A legal hold on alice, and old decisions of hers and of others that were disposed of."""
    now, old = datetime.now(UTC), datetime.now(UTC) - timedelta(days=400)
    enter_people(database.engine)
    terms = HoldTerms("", ("alice",), old - timedelta(days=9), now, "PSD/7", "a claim")
    HoldStore(database.engine).place(terms, RITA)
    mine = [decision(at=old, organisation="", matches=(MATCH,)) for _ in range(3)]
    others = [decision(at=old, organisation="", person=f"person-{n}") for n in range(4)]
    stored(database.engine, *mine, *others, *(outcome(one) for one in (*mine, *others)))
    dispose(database.engine, read_policy(), now)
    return database


def test_rows_under_a_legal_hold_are_proved_by_the_way_to_the_root_of_their_batch(holding: Database) -> None:
    found = verify(holding.engine)
    assert (found.findings, found.held, found.rows, found.disposed) == ([], 6, 0, 14)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE held_decision SET host = 'another.test'",
        "UPDATE held_outcome SET bytes_out = bytes_out + 1",
        "UPDATE held_decision SET proof = NULL",
        "UPDATE held_decision SET batch = NULL",
        "DELETE FROM held_outcome",
        "DELETE FROM batch",
    ],
)
def test_what_is_held_is_not_altered_unseen_either(holding: Database, statement: str) -> None:
    with tampering(holding) as connection:
        connection.execute(text(statement))
        assert verify_within(connection).findings


def test_without_its_disposal_the_same_is_missing(database: Database) -> None:
    stored(database.engine, decision(), decision())
    with tampering(database) as connection:
        connection.execute(delete(METADATA.tables["decision"]))
        (found,) = verify_within(connection).findings
    assert "2 rows missing or altered, and by no disposal" in found


def test_an_end_that_was_cut_off_shows_by_an_anchor_and_by_nothing_else(
    database: Database, kept: Anchor
) -> None:
    with tampering(database) as connection:
        chain = METADATA.tables["chain"]
        last = connection.execute(select(chain).where(chain.c.position == kept.position)).one()
        connection.execute(delete(chain).where(chain.c.position == kept.position))
        connection.execute(
            delete(METADATA.tables[last.source]).where(text("id = :id")), {"id": _key(database, last.row)}
        )
        assert verify_within(connection).findings == []
        (found,) = verify_within(connection, [kept]).findings
    assert found == f"chain {kept.position}: was anchored, and is not there any more"


def _key(database: Database, row: UUID) -> UUID | str:
    return row if database.is_postgresql else row.hex


def test_a_chain_that_was_made_anew_fits_itself_and_no_anchor(database: Database, kept: Anchor) -> None:
    """By whoever may write everything and knows how it is made."""
    with tampering(database) as connection:
        chain, change = METADATA.tables["chain"], METADATA.tables["change"]
        connection.execute(update(change).values(because="another reason"))
        links = connection.execute(select(chain).order_by(chain.c.position)).all()
        connection.execute(delete(chain))
        before = BEFORE_THE_FIRST
        for one in links:
            table = METADATA.tables[one.source]
            row = connection.execute(select(table).where(table.c.id == one.row)).mappings().one()
            digest = sha256(canonical_record(dict(row))).digest()
            before = link(before, one.position, one.source, one.row, one.at, digest)
            values = one._asdict() | {"digest": digest, "link": before}
            connection.execute(insert(chain).values(values))
        assert verify_within(connection).findings == []
        (found,) = verify_within(connection, [kept]).findings
    assert found.startswith(f"chain {kept.position}: not what was anchored at")


def test_records_that_are_shipped_twice_are_proved_by_the_batch_that_brought_them(database: Database) -> None:
    first, second = decision(), decision()
    stored(database.engine, first)
    stored(database.engine, first, second, outcome(first))
    found = verify(database.engine)
    assert (found.findings, found.rows) == ([], 3)


def test_rows_of_the_release_before_are_counted_and_say_until_when(database: Database) -> None:
    """It ships without a salt, and its batches without roots."""
    stored(database.engine, decision())
    with tampering(database) as connection:
        table = METADATA.tables["decision"]
        batch = METADATA.tables["batch"]
        shipped = another(batch, connection.execute(select(batch)).one()) | {"roots": null()}
        connection.execute(insert(batch).values(shipped))
        before = another(table, connection.execute(select(table)).one())
        connection.execute(insert(table).values(before | {"batch": shipped["id"], "salt": None}))
        found = verify_within(connection)
        assert (found.findings, found.rows, found.unproven) == ([], 1, 1)
        assert found.unproven_until == before["at"]


@pytest.mark.parametrize(
    "changed",
    [{"batch": None}, {"salt": None}, {"batch": None, "salt": None}, {"batch": uuid7(), "salt": None}],
)
def test_rows_slipped_in_without_a_proof_that_no_release_wrote_are_found(
    database: Database, changed: dict[str, Any]
) -> None:
    stored(database.engine, decision())
    with tampering(database) as connection:
        table = METADATA.tables["decision"]
        row = another(table, connection.execute(select(table)).one())
        connection.execute(insert(table).values(row | changed))
        (found,) = verify_within(connection).findings
    assert "1 row that no release wrote" in found


@pytest.mark.parametrize("salt", [None, b"of sixteen bytes"])
def test_so_are_results_that_name_no_batch_at_any_minute_or_name_one_without_a_salt(
    database: Database, salt: bytes | None
) -> None:
    said = decision()
    stored(database.engine, said, outcome(said))
    with tampering(database) as connection:
        table = METADATA.tables["outcome"]
        row = another(table, connection.execute(select(table)).one()) | {"salt": salt}
        connection.execute(insert(table).values(row if salt is None else row | {"batch": None}))
        (found,) = verify_within(connection).findings
    assert found.startswith("outcome, up to ")


def test_a_link_before_the_first_links_nothing(database: Database, kept: Anchor) -> None:
    """Nobody reads the chain there."""
    with tampering(database) as connection:
        change, chain = METADATA.tables["change"], METADATA.tables["chain"]
        slipped_in = another(change, connection.execute(select(change)).first() or pytest.fail("none"))
        last = connection.execute(select(chain).order_by(chain.c.position.desc())).first()
        connection.execute(insert(change).values(slipped_in))
        link_of_it = {"position": 0, "source": "change", "row": slipped_in["id"]}
        connection.execute(insert(chain).values((last or pytest.fail("none"))._asdict() | link_of_it))
        (found,) = verify_within(connection, [kept]).findings
    assert found == f"change {slipped_in['id']}: not in the chain; it was added past every command"


def test_a_disposal_excuses_no_more_than_it_took(database: Database, kept: Anchor) -> None:
    """Whoever is an administrator can write one, and it is linked as any other."""
    now = datetime.now(UTC)
    for rows, expected in ((2, "decision visit: 3 rows gone, and its disposals took 2 together"), (3, None)):
        with tampering(database, triggers=True) as connection:
            forged = {"source": "decision", "retention_class": "visit", "disposed": rows}
            before = now + timedelta(days=1)
            add_disposal(connection, now + timedelta(days=2), forged | {"before": before})
            decisions = METADATA.tables["decision"]
            without_triggers(connection)
            connection.execute(delete(decisions).where(decisions.c.retention_class == "visit"))
            found = verify_within(connection, [kept])
        assert found.findings == ([] if expected is None else [expected])
        assert found.disposals[-1].rows == rows, "and it is shown"


def test_a_disposal_of_what_was_not_there_yet_is_found(postgresql: Database) -> None:
    now = datetime.now(UTC)
    with tampering(postgresql, triggers=True) as connection:
        connection.execute(text("ALTER TABLE disposal DROP CONSTRAINT disposal_of_the_past"))
        add_disposal(connection, now, {"source": "change", "before": now, "disposed": 0})
        (found,) = verify_within(connection).findings
    assert found.startswith("disposal of change at ")


def test_a_row_dated_back_behind_an_anchor_is_found(database: Database, kept: Anchor) -> None:
    """Linked as it should be, and later than it says."""
    now = datetime.now(UTC)
    with tampering(database, triggers=True) as connection:
        add_disposal(
            connection,
            now - timedelta(days=30),
            {"source": "change", "before": now - timedelta(days=40), "disposed": 0},
        )
        assert verify_within(connection).findings == []
        (found,) = verify_within(connection, [kept]).findings
    assert "and was linked after the anchor of" in found


def test_what_is_disposed_of_while_it_is_verified_is_not_missing(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each step is of a moment of its own, and no disposal waits for the last of them."""
    now = datetime.now(UTC)
    stored(database.engine, decision(at=now - timedelta(days=400)), decision(at=now))
    links = _Verifying._links

    def disposing(self: _Verifying, behind: int) -> list[Linked]:
        page = links(self, behind)
        if behind == 0:
            dispose(database.engine, read_policy(), now)
            stored(database.engine, decision(at=now))
        return page

    monkeypatch.setattr(_Verifying, "_links", disposing)
    found = verify(database.engine)
    assert (found.findings, found.rows) == ([], 2)


def test_what_was_shipped_days_later_is_counted(database: Database) -> None:
    """As whoever dates rows back has to, with a batch of their own."""
    now = datetime.now(UTC)
    stored(database.engine, decision(at=now - timedelta(days=4)), decision(at=now))
    found = verify(database.engine)
    assert (found.findings, found.rows, found.late) == ([], 2, 1)


def test_rows_that_name_no_batch_wait_for_their_hour_to_be_covered(database: Database) -> None:
    at = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
    for hours_ago in (1, 5, 5):
        stored(
            database.engine,
            decision(
                at=at - timedelta(hours=hours_ago),
                record=RecordLevel.CATEGORY,
                retention_class=RetentionClass.PRIVILEGED,
            ),
        )
        cover_hours(database.engine, datetime.now(UTC))
    found = verify(database.engine)
    assert (found.findings, found.rows, found.open) == ([], 2, 1)
    with reading(database.engine) as connection:
        assert len(connection.execute(select(METADATA.tables["hour_cover"])).all()) == 2


def add_disposal(connection: Connection, at: datetime, values: dict[str, Any]) -> None:
    """As an administrator who knows how it is linked would."""
    table = METADATA.tables["disposal"]
    row = {"id": uuid7(), "at": at, "actor": "somebody", **values}
    connection.execute(insert(table).values(row))
    append(connection, DisposalRow, row["id"])
    if connection.dialect.name == "postgresql":
        connection.execute(text("SET CONSTRAINTS ALL IMMEDIATE"))


def without_triggers(connection: Connection) -> None:
    if connection.dialect.name == "postgresql":
        connection.execute(text("SET LOCAL session_replication_role = replica"))


@contextmanager
def tampering(database: Database, *, triggers: bool = False) -> Iterator[Connection]:
    """A transaction in which no trigger says a word, and of which nothing is left."""
    with database.engine.connect() as connection:
        connection.execution_options(sluicegate_writes=True)
        with connection.begin() as transaction:
            driver = connection.connection.driver_connection
            if isinstance(driver, sqlite3.Connection):
                driver.setconfig(sqlite3.SQLITE_DBCONFIG_ENABLE_TRIGGER, False)
            elif not triggers:
                without_triggers(connection)
            try:
                yield connection
            finally:
                transaction.rollback()
                if isinstance(driver, sqlite3.Connection):
                    driver.setconfig(sqlite3.SQLITE_DBCONFIG_ENABLE_TRIGGER, True)


def tamper(connection: Connection, data: st.DataObject) -> str:
    """Do one thing to one row, and say what."""
    table = METADATA.tables[data.draw(st.sampled_from(TABLES), label="table")]
    rows = connection.execute(select(table).order_by(*table.primary_key)).all()
    row = data.draw(st.sampled_from(rows), label="row")
    this = [column == row._mapping[column.name] for column in table.primary_key]
    match data.draw(st.sampled_from(["alter", "remove", "slip in"]), label="what"):
        case "remove":
            connection.execute(delete(table).where(*this))
            return f"{table.name} removed"
        case "slip in" if not (table.name in {"decision", "outcome"} and row.batch is None):
            connection.execute(insert(table).values(another(table, row)))
            return f"{table.name} slipped in"
    columns = [column for column in table.columns if column.computed is None]
    column = data.draw(st.sampled_from(columns), label="column")
    value = other_than(row._mapping[column.name], column.type)
    connection.execute(update(table).where(*this).values({column.name: value}))
    return f"{table.name}.{column.name} altered"


def another(table: Table, row: Row[Any]) -> dict[str, Any]:
    """The same row once more, under a key of its own."""
    values = {column.name: row._mapping[column.name] for column in table.columns if column.computed is None}
    for key in {"outcome": ("decision",), "chain": ("position", "row")}.get(table.name, ("id",)):
        values[key] = other_than(values[key], table.columns[key].type)
    return values


def other_than(value: Any, kind: Any) -> Any:
    """Another value that the column takes."""
    if isinstance(kind, Word):
        return next(word for word in kind.words if word != value)
    if value is None:
        return _SOMETHING.get(kind.python_type, ["another"])
    match value:
        case bool():
            return not value
        case int():
            return value + 1_000
        case UUID():
            return uuid7()
        case datetime():
            return value - timedelta(seconds=1)
        case bytes():
            return bytes([value[0] ^ 1]) + value[1:]
        case dict() | list():
            return ["another"]
    return f"{value} "


_SOMETHING = {int: 7, UUID: uuid7(), bytes: b"something", str: "something"}
