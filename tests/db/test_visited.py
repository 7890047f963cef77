"""The sites that many people visit: ten and more, never who, never a privileged one."""

from datetime import UTC, datetime, timedelta

import pytest

from db.settings import SpoolSettings
from db.shipper import Shipper
from db.spool import SpoolWriter
from db.visited import DAYS, MOST_HOSTS, VisitedHost, most_visited
from policy.decision import Decision
from policy.words import Reason, Resource, RetentionClass
from tests.db.conftest import Database
from tests.db.examples import decision
from tests.db.looking import looking

NOW = datetime.now(UTC)
AT = NOW - timedelta(days=3)


def visits(host: str, people: int, times: int = 1, **changes: object) -> list[Decision]:
    """So many people's visits of a host; 0 people: of nobody who is known."""
    who = [f"person-{number}" if people else None for number in range(people or 1)]
    given: dict[str, object] = {"at": AT, "retention_class": RetentionClass.VISIT, **changes}
    return [decision(host=host, person=person, **given) for person in who for _ in range(times)]


def fill(database: Database, *groups: list[Decision]) -> None:
    writer = SpoolWriter(database.state / "spool" / "slot-0", SpoolSettings())
    for group in groups:
        for one in group:
            writer.record(one)
    writer.close()
    Shipper(database.engine, database.state / "spool", 1000).ship_once()


def most(database: Database, limit: int = MOST_HOSTS) -> list[VisitedHost]:
    with looking(database.engine) as connection:
        return most_visited(connection, datetime.now(UTC), limit)


def test_what_many_people_visit_comes_first(database: Database) -> None:
    fill(database, visits("many.test", 10), visits("more.test", 12, 3), visits("unnamed.test", 0, 11))
    assert most(database) == [
        VisitedHost("more.test", 36, 12),
        VisitedHost("unnamed.test", 11, None),
        VisitedHost("many.test", 10, 10),
    ]
    assert [one.host for one in most(database, 1)] == ["more.test"]


@pytest.mark.parametrize(
    "hidden",
    [
        pytest.param(visits("few.test", 9, 40), id="fewer-than-ten-people"),
        pytest.param(visits("few.test", 0, 9), id="fewer-than-ten-visits-of-nobody-known"),
        pytest.param(visits("few.test", 9, 5) + visits("few.test", 0, 50), id="some-known-and-many-not"),
        pytest.param(
            visits("help.test", 20, retention_class=RetentionClass.PRIVILEGED), id="a-privileged-site"
        ),
        pytest.param(visits("ads.test", 20, resource=Resource.EMBEDDED), id="no-visit"),
        pytest.param(visits("tunnel.test", 20, reason=Reason.TUNNEL), id="tunnels"),
        pytest.param(visits("step.test", 20, final=False), id="not-final"),
        pytest.param(visits("old.test", 20, at=NOW - DAYS - timedelta(minutes=1)), id="too-long-ago"),
        pytest.param(visits("future.test", 20, at=NOW + timedelta(hours=1)), id="of-a-clock-that-is-ahead"),
    ],
)
def test_of_what_few_visit_nothing_is_told(database: Database, hidden: list[Decision]) -> None:
    fill(database, visits("many.test", 10), hidden)
    assert [one.host for one in most(database)] == ["many.test"]
