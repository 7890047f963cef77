"""The rows as files: JSON with everything, CSV that a spreadsheet shows and does not calculate."""

import csv
import io
import json
from dataclasses import fields

from hypothesis import given
from hypothesis import strategies as st

from console.evidence.row_files import as_csv, as_json_lines
from policy.review.rows import ReviewedDecision
from policy.text import CSV_START
from tests.console.evidence.found import ROWS, VISIT, row

HOSTILE = '=HYPERLINK("http://evil.test")\u202e\x1b[31m,\n</script>'


def read_csv(*rows: object) -> list[dict[str, str]]:
    text = b"".join(as_csv(rows)).decode()  # type: ignore[arg-type]  # fit for what is tested
    assert text.startswith(CSV_START)
    return list(csv.DictReader(io.StringIO(text.removeprefix(CSV_START))))


def test_json_has_every_field_and_how_the_row_stands() -> None:
    lines = [json.loads(line) for line in as_json_lines(ROWS)]
    names = {each.name for each in fields(ReviewedDecision)}
    assert [line.keys() - names for line in lines] == [
        {"is_visit", "counts_as_visit", "belongs_to", "asked_for"}
    ] * len(ROWS)
    assert lines[1]["belongs_to"] == str(VISIT.decision.id)
    assert [line["counts_as_visit"] for line in lines] == [True, False, False, True, False, False]
    assert lines[0]["outcome"]["status"] == 403


def test_csv_has_the_same_rows_in_the_same_order() -> None:
    found = read_csv(*ROWS)
    assert [each["id"] for each in found] == [str(one.decision.id) for one in ROWS]
    assert [each["counts as"] for each in found] == [
        "visit",
        "no visit: belongs to one",
        "no visit",
        "visit",
        "a step, not the decision",
        "counts for nothing: the entry was wrong",
    ]
    assert found[0]["time (UTC)"] == "2026-03-14 15:09:26.535897"
    assert found[0]["found by the question"] == "yes"


def test_without_rows_there_are_the_titles() -> None:
    assert b"".join(as_json_lines([])) == b""
    assert read_csv() == []


def test_hostile_text_is_kept_and_does_nothing() -> None:
    hostile = row(host=HOSTILE, path=HOSTILE, person=HOSTILE, entry=HOSTILE)
    (line,) = as_json_lines([hostile])
    assert line.isascii()
    assert line.count(b"\n") == 1
    assert json.loads(line)["host"] == HOSTILE
    (found,) = read_csv(hostile)
    for name in ("host", "path", "person", "entry"):
        assert found[name].startswith("'=")
        assert found[name].isprintable()


@given(st.text(max_size=40))
def test_whatever_a_host_is_there_is_one_line_of_it(host: str) -> None:
    assert len(list(as_json_lines([row(host=host)]))) == 1
    assert len(read_csv(row(host=host))) == 1
