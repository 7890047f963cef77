"""What the script that goes past a dead gateway leaves behind, read back."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.cli.bypass_records import parse_bypass, read_bypasses
from policy.errors import Refused
from policy.identifiers import read_reference

RECORD = """machine gw1
account alice
opened 2026-03-04T03:05:00Z
until 2026-03-04T03:35:00Z
because the gateway does not start: ticket 4711
"""
BEGINS = datetime(2026, 3, 4, 3, 5, tzinfo=UTC)


def test_a_record_says_who_when_and_why() -> None:
    bypass = parse_bypass(RECORD)
    assert (bypass.account, bypass.begins, bypass.ended) == ("alice", BEGINS, BEGINS.replace(minute=35))
    assert bypass.because == "the gateway does not start: ticket 4711"
    assert read_reference(bypass.id) == bypass.id


def test_one_that_was_closed_ended_then_and_is_still_the_same() -> None:
    closed = parse_bypass(RECORD + "closed 2026-03-04T03:10:00Z\n")
    assert closed.ended == BEGINS.replace(minute=10)
    assert closed.id == parse_bypass(RECORD).id
    assert parse_bypass(RECORD + "closed 2026-03-04T03:05:00Z\n").ended == BEGINS.replace(second=1)
    late = parse_bypass(RECORD + "closed 2026-03-04T04:10:00Z\n")
    assert late.ended == BEGINS.replace(minute=35), "it had ended by itself"


@pytest.mark.parametrize("end", ["\u2028", "\u2029", "\x85", "\x0b", "\x1c", "\r"], ids=ascii)
def test_a_reason_holds_no_line_that_says_who_did_it(end: str) -> None:
    bypass = parse_bypass(RECORD.rstrip() + f"{end}account bob{end}closed 2026-03-04T03:06:00Z\n")
    assert (bypass.account, bypass.ended) == ("alice", BEGINS.replace(minute=35))


@pytest.mark.parametrize(
    ("record", "says"),
    [
        pytest.param("", "says nothing of machine, account", id="empty"),
        pytest.param(RECORD.replace("alice", ""), "says nothing of account", id="nobody"),
        pytest.param(RECORD.replace("03:05:00Z", "soon"), "cannot be read", id="no-time"),
        pytest.param(RECORD.replace("03:05:00Z", "03:05:00"), "without its zone", id="no-zone"),
        pytest.param(RECORD.replace("T03:35", "T03:05"), "before it begins", id="no-length"),
    ],
)
def test_what_is_no_record_says_what_is_wrong(record: str, says: str) -> None:
    with pytest.raises(ValueError, match=says):
        parse_bypass(record)


@given(st.text(st.characters(codec="utf-8"), max_size=400))
def test_whatever_stands_in_a_file_is_a_record_or_said_to_be_none(text: str) -> None:
    for record in (text, RECORD + text, RECORD.replace("alice", text)):
        try:
            assert parse_bypass(record).ended > parse_bypass(record).begins
        except ValueError as error:
            assert str(error)


def test_records_are_read_in_the_order_they_were_made(tmp_path: Path) -> None:
    assert read_bypasses(tmp_path / "none") == []
    (tmp_path / "20260304T040500Z.bypass").write_text(RECORD.replace("T03:", "T04:"))
    (tmp_path / "20260304T030500Z.bypass").write_text(RECORD)
    (tmp_path / "notes.txt").write_text("not one of ours")
    assert [bypass.begins.hour for bypass in read_bypasses(tmp_path)] == [3, 4]


@pytest.mark.parametrize("content", [b"\xff", b"x" * 5000, b""], ids=["not-text", "too-long", "empty"])
def test_a_record_that_does_not_read_is_not_left_out(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "a.bypass").write_bytes(content)
    with pytest.raises(Refused, match=r"a\.bypass: no record of a bypass"):
        read_bypasses(tmp_path)
