"""Notes, challenges and reports: kept with those that are told, named or nameless, answered once."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError

from db.engine import reading, writing
from db.outbox import Outbox, Outgoing
from db.reports import MOST_TEXT, Report, ReportStore
from policy.errors import ConfigurationError, RegisterRefused
from policy.words import ReportKind
from tests.db.conftest import Database
from tests.db.exemptions import me
from tests.db.people import Becoming, becoming_login

__all__ = ["becoming_login"]

NOT_MEANT, NOT_BLOCKED = ReportKind.NOT_MEANT, ReportKind.NOT_BLOCKED


@pytest.fixture
def store(engine: Engine) -> ReportStore:
    return ReportStore(engine)


def tell(store: ReportStore, **given: object) -> Report:
    columns: dict[str, object] = {
        "organisation": "",
        "person": "jane",
        "kind": NOT_BLOCKED,
        "host": "bet.test",
        "text": "It came up in a search.\nTwice.",
        **given,
    }
    return store.tell(**columns)  # type: ignore[arg-type]  # each of its own type


def test_a_report_is_read_as_it_was_told_newest_first(store: ReportStore) -> None:
    first = tell(store)
    second = tell(store, kind=NOT_MEANT, category="gambling", decision="K7QF2M9T", text="")
    assert [(one.id, one.text, one.category, one.decision) for one in store.reports()] == [
        (second.id, "", "gambling", "K7QF2M9T"),
        (first.id, "It came up in a search.\nTwice.", None, None),
    ]
    assert abs(first.at - datetime.now(UTC)).total_seconds() < 60


def test_a_nameless_report_holds_nothing_of_anybody(store: ReportStore, engine: Engine) -> None:
    tell(store, person=None)
    with reading(engine) as connection:
        (row,) = connection.execute(text("SELECT * FROM report"))
    assert row.person is None
    assert row.actor == me(engine), "the gateway's own login"
    assert store.of("", "jane") == []


def test_somebody_reads_their_own_and_no_other(store: ReportStore) -> None:
    own = tell(store)
    tell(store, person="bob")
    tell(store, organisation="fire")
    assert [one.id for one in store.of("", "jane")] == [own.id]


def test_a_report_is_kept_with_the_messages_that_tell_of_it_or_not_at_all(
    store: ReportStore, engine: Engine
) -> None:
    report = tell(store, messages=lambda one: [Outgoing("mail", {"about": one.id, "host": one.host})])
    ((taken, content),) = Outbox(engine).take("mail", 10, timedelta(minutes=1))
    assert (taken.about, content) == (report.id, {"about": report.id, "host": "bet.test"})

    with pytest.raises(ValueError, match="NUL"):
        tell(store, messages=lambda _: [Outgoing("mail", {"text": "a\0b"})])
    assert len(store.reports()) == 1


def test_a_report_is_answered_once(store: ReportStore, engine: Engine) -> None:
    report = tell(store)
    answered = store.answer(report.id, "It is on the list now.").answered
    assert answered is not None
    assert (answered.by, answered.answer) == (me(engine), "It is on the list now.")
    assert store.reports() == []
    assert [one.answered for one in store.reports(everything=True)] == [answered]
    with pytest.raises(RegisterRefused, match="answered already"):
        store.answer(report.id, "again")
    with pytest.raises(RegisterRefused, match="no report"):
        store.answer("ZZZZZZZZ", "x")
    with pytest.raises(RegisterRefused, match="is empty"):
        store.answer(tell(store).id, "  ")


def test_what_strangers_write_is_bounded_and_does_nothing(store: ReportStore) -> None:
    report = tell(store, host="x" * 300, text="a\x1b[2Jb\0c\r\n\u202ed")
    assert report.text == "a\\x1b[2Jb\\x00c\n\\u202ed"
    assert len(report.host) == 253
    assert store.reports()[0].text == report.text
    with pytest.raises(RegisterRefused, match="2,000 are kept"):
        tell(store, text="x" * (MOST_TEXT + 1))


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE report SET text = 'another'",
        "UPDATE report SET person = 'bob'",
        "UPDATE report SET answer = 'another'",
        "DELETE FROM report",
    ],
)
def test_the_database_itself_keeps_what_was_told(store: ReportStore, engine: Engine, statement: str) -> None:
    report = tell(store)
    store.answer(report.id, "seen")
    with pytest.raises(DBAPIError), writing(engine) as connection:
        connection.execute(text(statement))
    assert [(one.text, one.person) for one in store.reports(everything=True)] == [(report.text, "jane")]


def test_who_keeps_lists_reads_what_lists_got_wrong_and_never_who_said_so(
    postgresql: Database, becoming_login: Becoming
) -> None:
    told = ReportStore(postgresql.engine)
    tell(told, kind=NOT_MEANT)
    report = tell(told)
    with becoming_login("report-lists", "sluicegate_lists") as theirs:
        store = ReportStore(theirs)
        assert [(one.id, one.person) for one in store.reports(named=False)] == [(report.id, None)]
        with pytest.raises(ConfigurationError, match="permission denied"):
            store.reports()
        assert store.answer(report.id, "listed").answered is not None
    with becoming_login("report-people", "sluicegate_people") as theirs:
        assert len(ReportStore(theirs).reports(everything=True)) == 2


def test_nobody_answers_in_anothers_name(postgresql: Database, becoming_login: Becoming) -> None:
    tell(ReportStore(postgresql.engine))
    forged = "UPDATE report SET answered_at = now(), answered_by = 'bob', answer = 'x'"
    with (
        becoming_login("report-people", "sluicegate_people") as theirs,
        pytest.raises(DBAPIError, match="is the login"),
        writing(theirs) as connection,
    ):
        connection.execute(text(forged))
