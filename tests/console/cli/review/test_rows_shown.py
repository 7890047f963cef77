"""Rows with what limits them: in tables, JSON and CSV."""

import csv
import io
import json
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from console.cli.review import rows_shown
from console.cli.review.rows_shown import CSV_COLUMNS, Row, csv_rows, print_rows, record, rows_of
from console.cli.review.writing import csv_text, json_text
from console.review.answers import Bounds
from policy.decision import Outcome
from policy.review.meaning import KNOWN, SHARED, WITHDRAWN
from policy.review.rows import Found, PageOpened
from policy.words import Ended, PersonHow, Resource, RetentionClass
from tests.console.cli.review.test_bounds_shown import BOUNDS
from tests.reviewed import reviewed

AT = datetime(2026, 11, 3, 10, 0, tzinfo=UTC)
VISIT = reviewed(at=AT, host="bet.test", path="/tips", reference="K7QF2M9T")
PIECE = reviewed(
    at=AT + timedelta(seconds=1), host="ads.test", resource=Resource.EMBEDDED, page="https://news.test"
)
OPENED = PageOpened(VISIT, embedded=20, background=3, refused=2)


def rows(*withdrawn: datetime) -> list[Row]:
    wrong = [reviewed(at=AT, withdrawn_on=one) for one in withdrawn]
    return rows_of([Found((OPENED, *map(PageOpened, wrong)), (PIECE,), None)])


def test_all_rows_come_in_the_order_of_time() -> None:
    assert [row.decision.host for row in rows()] == ["ads.test", "bet.test"]


def test_visits_stand_apart_with_what_came_with_them(capsys: pytest.CaptureFixture[str]) -> None:
    print_rows(rows())
    out = capsys.readouterr().out
    visits, rest = out.split("Other requests, none of which shows that anybody went there: 1")
    assert "Visits, pages that a browser was told to open: 1" in visits
    assert "bet.test" in visits
    assert "23 (2 refused)" in visits
    assert "K7QF-2M9T" in visits
    assert "ads.test" not in visits
    assert "part of a page" in rest
    assert "https://news.test" in rest
    assert "withdrawn" not in out


def test_a_part_of_an_answer_is_not_said_to_be_all(capsys: pytest.CaptureFixture[str]) -> None:
    print_rows(rows(), more=True)
    print_rows(rows())
    assert capsys.readouterr().out.count(rows_shown.MORE) == 1


def test_who_asked_for_visits_alone_is_not_told_that_there_was_nothing_else(
    capsys: pytest.CaptureFixture[str],
) -> None:
    print_rows([row for row in rows() if row.page], visits_only=True)
    out = capsys.readouterr().out
    assert "Other requests: not asked for" in out
    assert "went there: 0" not in out


def test_what_a_withdrawn_entry_decided_is_marked_and_not_counted(capsys: pytest.CaptureFixture[str]) -> None:
    print_rows(rows(datetime(2026, 11, 20, 12, 0, tzinfo=UTC)))
    out = capsys.readouterr().out
    assert "2; 1 of them decided by an entry since withdrawn as wrong, and not to count" in out
    assert rows_shown.WITHDRAWN_ON in out
    assert WITHDRAWN in out


def test_rows_say_how_somebody_was_known_and_what_that_cannot_show() -> None:
    says = rows_shown.cannot_show([VISIT, reviewed(person_how=PersonHow.PAGE)])
    assert any(KNOWN[PersonHow.BASIC].not_shown in one for one in says)
    assert any(KNOWN[PersonHow.PAGE].not_shown in one for one in says)
    assert not any(KNOWN[PersonHow.DEVICE].not_shown in one for one in says)
    assert SHARED in says
    assert rows_shown.cannot_show([]) == []


def test_json_says_what_counts() -> None:
    piece, visit = (json.loads(line) for line in json_text(map(record, rows())).splitlines())
    assert (visit["kind"], visit["counts_as_visit"], visit["also"]["embedded"]) == ("visit", True, 20)
    assert (piece["kind"], piece["counts_as_visit"], piece["also"]) == ("other", False, None)
    assert visit["host"] == "bet.test"


def test_a_row_of_csv_says_within_which_look_it_was_read() -> None:
    outcome = Outcome(UUID(int=1), AT, 200, "text/html", 1, 2, 3, Ended.COMPLETE, RetentionClass.REFUSED)
    found = rows_of([Found((PageOpened(reviewed(at=AT, outcome=outcome)),), (), None)])
    text = csv_text(CSV_COLUMNS, csv_rows(found, BOUNDS))
    (row,) = csv.DictReader(io.StringIO(text.removeprefix("\ufeff"), newline=""))
    assert row["authority"] == "K7QF-2M9T"
    assert row["access"] == str(BOUNDS.access)
    assert row["time (UTC)"] == "2026-11-03T10:00:00+00:00"
    assert (row["kind"], row["counts as visit"], row["status"], row["ended"]) == (
        "visit",
        "yes",
        "200",
        "complete",
    )
    assert row["person known by"] == "basic"


def test_every_row_of_csv_has_every_column() -> None:
    bounds = Bounds(UUID(int=7), "K7QF2M9T", BOUNDS.scope)
    for row in csv_rows(rows(AT), bounds):
        assert len(row) == len(CSV_COLUMNS)
