"""What a preview is given of the log: requests with their number, how many people, and never who."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Engine

from db.replay import FEW, Asked, Past, PastRequest
from db.settings import SpoolSettings
from db.shipper import Shipper
from db.spool import SpoolWriter
from policy.decision import Decision
from policy.words import Reason, RecordLevel, Resource, RetentionClass, Verdict
from tests.db.conftest import Database
from tests.db.examples import decision
from tests.db.looking import looking

NOW = datetime(2026, 3, 14, 12, 0, tzinfo=UTC)


def fill(database: Database, *decisions: Decision) -> None:
    writer = SpoolWriter(database.state / "spool" / "slot-0", SpoolSettings())
    for one in decisions:
        writer.record(one)
    writer.close()
    Shipper(database.engine, database.state / "spool", 1000).ship_once()


def made(**changes: object) -> Decision:
    return decision(**{"at": NOW - timedelta(hours=1), **changes})


@contextmanager
def look(engine: Engine, days: int = 1) -> Iterator[Past]:
    window = tuple(NOW.date() - timedelta(days=back) for back in range(days, -1, -1))
    with looking(engine) as connection:
        yield Past(connection, window)


def seen(engine: Engine, days: int = 1) -> list[PastRequest]:
    with look(engine, days) as past:
        return sorted(row for day in past.days for row in past.on(day))


def test_equal_requests_of_a_day_come_as_one_with_their_number(database: Database) -> None:
    fill(database, made(person="one"), made(person="two"), made(person="one", host="another.test"))
    kind = ("/tips/today", False, True, Verdict.BLOCK, Reason.LISTED, True)
    assert seen(database.engine) == [
        PastRequest("another.test", *kind, 1),
        PastRequest("www.bet.test", *kind, 2),
    ]


def test_nothing_of_a_person_is_in_what_is_given(database: Database) -> None:
    marked = {"person": "marked", "client_ip": "marked", "unit": "marked", "role": "marked"}
    fill(database, made(**marked, device="marked", page="https://marked", referrer_host="marked"))
    assert "marked" not in repr(seen(database.engine))


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"retention_class": RetentionClass.PRIVILEGED}, id="privileged"),
        pytest.param({"reason": Reason.TUNNEL, "verdict": Verdict.ALLOW}, id="a-tunnel-that-was-opened"),
        pytest.param({"final": False}, id="not-final"),
        pytest.param({"at": NOW - timedelta(days=1, hours=12, seconds=1)}, id="before-the-first-day"),
        pytest.param({"at": NOW + timedelta(hours=12)}, id="after-the-last-day"),
    ],
)
def test_what_is_not_to_be_judged_again_is_not_given(database: Database, changes: dict[str, object]) -> None:
    fill(database, made(), decision(**{"at": NOW, **changes, "host": "hidden.test"}))
    assert [row.host for row in seen(database.engine)] == ["www.bet.test"]


def test_the_first_moment_of_the_first_day_is_part_of_the_window(database: Database) -> None:
    fill(database, decision(at=NOW - timedelta(days=1, hours=12)))
    assert len(seen(database.engine, days=1)) == 1
    assert seen(database.engine, days=0) == []


@pytest.mark.parametrize(
    ("changes", "by_name"),
    [
        pytest.param({"scheme": "https", "decrypted": True}, False, id="decrypted"),
        pytest.param({"scheme": "https", "decrypted": False}, True, id="https-not-decrypted"),
        pytest.param(
            {"scheme": None, "decrypted": False}, True, id="a-tunnel-of-which-only-the-name-is-known"
        ),
        pytest.param({"scheme": "http", "decrypted": False}, False, id="plain-http"),
    ],
)
def test_a_request_says_whether_its_name_was_all_there_was(
    database: Database, changes: dict[str, object], by_name: bool
) -> None:
    fill(database, made(**changes))
    assert [row.by_name for row in seen(database.engine)] == [by_name]


def test_a_visit_is_told_from_a_piece_of_a_page_and_a_whole_row_from_one_with_something_cut(
    database: Database,
) -> None:
    fill(
        database,
        made(resource=Resource.EMBEDDED, replayable=False, record=RecordLevel.ANONYMOUS, path=None),
        made(host="z.test"),
    )
    piece, visit = sorted(seen(database.engine), key=lambda row: row.visit)
    assert (piece.visit, piece.replayable, piece.path) == (False, False, None)
    assert (visit.visit, visit.replayable, visit.path) == (True, True, "/tips/today")


def by_people(host: str, number: int, **changes: object) -> list[Decision]:
    return [made(**{"host": host, "person": f"person-{n}", **changes}) for n in range(number)]


def test_people_are_counted_once_each_and_not_below_ten(database: Database) -> None:
    many, few = by_people("many.test", FEW), by_people("few.test", FEW - 1)
    again = by_people("many.test", 3)
    nobody = [made(host="nobody.test", person=None) for _ in range(20)]
    fill(database, *many, *few, *again, *nobody, *by_people("another.test", FEW + 2, path="/x"))
    asked = [
        Asked(1, "many.test", "/tips/today"),
        Asked(2, "few.test", "/tips/today"),
        Asked(3, "nobody.test", "/tips/today"),
        Asked(4, "another.test", "/x"),
        Asked(5, "another.test", "/y"),
        # Together, each person once: those of the second are among those of the first.
        Asked(6, "another.test", "/x"),
        Asked(6, "many.test", "/tips/today"),
    ]
    with look(database.engine) as past:
        assert dict(past.people(asked)) == {1: FEW, 2: 0, 4: FEW + 2, 6: FEW + 2}
        assert dict(past.people([])) == {}


def test_a_request_without_a_path_has_people_of_its_own(database: Database) -> None:
    fill(database, *by_people("a.test", FEW, path=None), *by_people("a.test", FEW + 5))
    asked = [Asked(1, "a.test", None), Asked(2, "a.test", "/tips/today")]
    with look(database.engine) as past:
        assert dict(past.people(asked)) == {1: FEW, 2: FEW + 5}


def test_people_of_privileged_rows_and_of_other_days_are_not_counted(database: Database) -> None:
    privileged = by_people("a.test", FEW, retention_class=RetentionClass.PRIVILEGED)
    earlier = [decision(at=NOW - timedelta(days=3), host="a.test", person=f"earlier-{n}") for n in range(FEW)]
    fill(database, *privileged, *earlier, *by_people("a.test", 1))
    with look(database.engine) as past:
        assert dict(past.people([Asked(1, "a.test", "/tips/today")])) == {1: 0}
