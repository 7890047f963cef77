"""The pieces of a page, grouped, of an hour, without people."""

from datetime import UTC, datetime, timedelta

import pytest

from db.page_view import PagePiece, pieces
from db.settings import SpoolSettings
from db.shipper import Shipper
from db.spool import SpoolWriter
from db.withdrawals import WithdrawalStore, WrongEntry
from policy.decision import Decision
from policy.words import EntryKind, Reason, RecordLevel, Resource, RetentionClass, Verdict
from tests.db.conftest import Database
from tests.db.examples import decision
from tests.db.looking import looking

NOW = datetime.now(UTC)
PAGE = "https://news.test"


def ago(minutes: float) -> datetime:
    return NOW - timedelta(minutes=minutes)


def piece(minutes: float, **changes: object) -> Decision:
    return decision(at=ago(minutes), page=PAGE, **{"resource": Resource.EMBEDDED, **changes})


def fill(database: Database, *decisions: Decision) -> None:
    writer = SpoolWriter(database.state / "spool" / "slot-0", SpoolSettings())
    for one in decisions:
        writer.record(one)
    writer.close()
    Shipper(database.engine, database.state / "spool", 100).ship_once()


def found_of(database: Database) -> list[PagePiece]:
    with looking(database.engine) as connection:
        return pieces(connection, PAGE)


def test_pieces_decided_alike_are_one_with_their_number(database: Database) -> None:
    fill(
        database,
        piece(5, person="marked", client_ip="marked", path="/marked", referrer_host="marked"),
        piece(9, person="another"),
        piece(
            3,
            host="cdn.test",
            list=None,
            line=None,
            entry=None,
            entry_kind=None,
            category=None,
            verdict=Verdict.ALLOW,
            reason=Reason.NOT_LISTED,
        ),
    )
    allowed, blocked = found_of(database)
    assert (allowed.host, allowed.verdict, allowed.times, allowed.list) == ("cdn.test", "allow", 1, None)
    assert (blocked.host, blocked.verdict, blocked.times, blocked.last) == (
        "www.bet.test",
        "block",
        2,
        ago(5),
    )
    assert (blocked.list, blocked.line, blocked.entry) == ("ut1-gambling", 4711, "bet.test")
    assert "marked" not in repr((allowed, blocked))


@pytest.mark.parametrize(
    "other",
    [
        pytest.param(piece(61), id="longer-than-an-hour-ago"),
        pytest.param(decision(at=ago(5), page="https://other.test"), id="of-another-page"),
        pytest.param(decision(at=ago(5), page="http://news.test"), id="of-another-scheme"),
        pytest.param(decision(at=ago(5), page=None), id="of-no-page"),
        pytest.param(piece(5, final=False), id="not-final"),
        pytest.param(piece(5, reason=Reason.TUNNEL, verdict=Verdict.ALLOW), id="a-tunnel"),
        pytest.param(
            piece(5, retention_class=RetentionClass.PRIVILEGED, record=RecordLevel.CATEGORY), id="privileged"
        ),
    ],
)
def test_nothing_else_is_shown(database: Database, other: Decision) -> None:
    fill(database, piece(4, host="seen.test"), other)
    assert [one.host for one in found_of(database)] == ["seen.test"]


def test_what_a_withdrawn_entry_decided_is_marked(database: Database) -> None:
    fill(database, piece(5))
    wrong = WrongEntry("ut1-gambling", EntryKind.HOST, "bet.test", "gambling")
    made = WithdrawalStore(database.engine).withdraw(wrong, since=None, because="it is a charity")
    (found,) = found_of(database)
    assert found.withdrawn_on == made.at
