"""What an operator is shown: the last decisions without people."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from db.operator_view import ShownDecision, recent
from db.settings import SpoolSettings
from db.shipper import Shipper
from db.spool import SpoolWriter
from policy.decision import Decision
from policy.words import Reason, RecordLevel, RetentionClass, Verdict
from tests.db.conftest import Database
from tests.db.examples import decision
from tests.db.looking import looking

NOW = datetime.now(UTC)


def fill(database: Database, *decisions: Decision) -> None:
    writer = SpoolWriter(database.state / "spool" / "slot-0", SpoolSettings())
    for one in decisions:
        writer.record(one)
    writer.close()
    Shipper(database.engine, database.state / "spool", 100).ship_once()


def ago(minutes: float) -> datetime:
    return NOW - timedelta(minutes=minutes)


def shown(database: Database, **asked: Any) -> list[ShownDecision]:
    with looking(database.engine) as connection:
        return recent(connection, since=ago(60), **asked)


def test_a_decision_is_shown_without_anything_of_a_person(database: Database) -> None:
    made = decision(at=ago(5), person="marked", client_ip="marked", path="/marked", referrer_host="marked")
    fill(database, made)
    (found,) = shown(database)
    assert found == ShownDecision(
        at=made.at,
        verdict="block",
        reason="listed",
        category="gambling",
        host="www.bet.test",
        list="ut1-gambling",
        line=4711,
        resource="visit",
        reference=made.reference,
    )
    assert "marked" not in repr(found)


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"retention_class": RetentionClass.PRIVILEGED}, id="privileged"),
        pytest.param({"record": RecordLevel.CATEGORY}, id="recorded-by-category-only"),
        pytest.param({"reason": Reason.TUNNEL, "verdict": Verdict.ALLOW}, id="a-tunnel"),
        pytest.param({"final": False}, id="not-final"),
        pytest.param({"at": ago(61)}, id="before-what-was-asked-for"),
    ],
)
def test_what_is_not_an_operators_to_see_is_not_shown(database: Database, changes: dict[str, object]) -> None:
    seen, hidden = decision(at=ago(5)), decision(**{"at": ago(4), **changes})
    fill(database, seen, hidden)
    assert [one.reference for one in shown(database)] == [seen.reference]


def test_the_newest_come_first_and_only_as_many_as_were_asked_for(database: Database) -> None:
    made = [decision(at=ago(minutes)) for minutes in (30, 10, 20, 40)]
    fill(database, *made)
    assert [one.at for one in shown(database)] == [ago(10), ago(20), ago(30), ago(40)]
    assert [one.at for one in shown(database, limit=2)] == [ago(10), ago(20)]
    assert shown(database, limit=-5) == []


def test_allowed_ones_are_left_out_when_only_blocked_ones_are_asked_for(database: Database) -> None:
    allowed = decision(at=ago(5), verdict=Verdict.ALLOW, reason=Reason.NOT_LISTED)
    blocked = decision(at=ago(6))
    fill(database, allowed, blocked)
    assert [one.reference for one in shown(database, blocked_only=True)] == [blocked.reference]
    assert len(shown(database)) == 2


def test_a_reference_that_somebody_read_out_is_found(database: Database) -> None:
    made = [decision(at=ago(minutes)) for minutes in (30, 10, 20)]
    fill(database, *made)
    found = shown(database, reference=made[0].reference)
    assert [one.reference for one in found] == [made[0].reference]
