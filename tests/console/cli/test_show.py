"""Hostile text stays inert in every medium."""

import json
import unicodedata
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.cli import show
from policy.words import Verdict

HOSTILE = [
    pytest.param("a[/bold]b", id="markup-that-closes"),
    pytest.param("[red]alarm[/red]", id="markup-that-colours"),
    pytest.param("\x1b[2J\x1b]0;title\x07", id="escape-sequences"),
    pytest.param("moc.elgoog\u202egoogle.com", id="right-to-left-override"),
    pytest.param("\u009b31mred", id="one-byte-csi"),
    pytest.param("a\r\nb\u2028c", id="line-ends"),
    pytest.param("\udcff\ud800", id="lone-surrogates"),
    pytest.param("nul\x00", id="nul"),
]
_ACTS = {"Cc", "Cf", "Cs", "Zl", "Zp"}


def _is_inert(text: str) -> bool:
    return not any(unicodedata.category(character) in _ACTS for character in text)


@pytest.mark.parametrize("text", HOSTILE)
def test_a_line_shows_hostile_text_inert(text: str) -> None:
    assert _is_inert(show.plain(text))


@pytest.mark.parametrize("text", HOSTILE)
def test_a_table_shows_hostile_text_inert_and_whole(text: str, capsys: pytest.CaptureFixture[str]) -> None:
    show.table(["host"], [[text]])
    out = capsys.readouterr().out
    assert all(_is_inert(row) for row in out.split("\n"))
    assert show.plain(text) in out


def test_markup_is_shown_as_it_stands(capsys: pytest.CaptureFixture[str]) -> None:
    show.table(["path"], [["/a[/bold]b"], ["[link=https://evil.test]x[/link]"]])
    out = capsys.readouterr().out
    assert "/a[/bold]b" in out
    assert "[link=https://evil.test]x[/link]" in out


def test_a_table_in_a_pipe_is_not_folded(capsys: pytest.CaptureFixture[str]) -> None:
    show.table(["a", "b"], [["x" * 150, "y" * 150]])
    assert any("x" * 150 in row and "y" * 150 in row for row in capsys.readouterr().out.splitlines())


@pytest.mark.parametrize(("width", "is_table"), [("80", False), ("120", True)])
def test_on_a_terminal_too_narrow_for_a_table_nothing_is_cut_into_pieces(
    width: str, is_table: bool, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A reference has to be found by whoever searches for it, and copied in one piece."""
    monkeypatch.setenv("COLUMNS", width)
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("TERM", "xterm")
    columns = ["time", "verdict", "reason", "category", "host", "list", "line", "resource", "reference"]
    row = ["2026-12-01 09:00:00", "block", "listed", None, "www.bet.test", "mine", 3, "\x1b[2J", "K7QF-2M9T"]
    show.table(columns, [row, row])
    out = capsys.readouterr().out
    assert ("verdict    block\n" in out) is not is_table
    assert out.count("K7QF-2M9T") == 2
    assert is_table or _is_inert(out.replace("\n", ""))


@pytest.mark.parametrize("text", HOSTILE)
def test_json_gives_every_character_back_and_shows_none(
    text: str, capsys: pytest.CaptureFixture[str]
) -> None:
    show.json_line({"host": text})
    out = capsys.readouterr().out
    assert out.isascii()
    assert out.count("\n") == 1
    assert _is_inert(out.rstrip("\n"))
    assert json.loads(out) == {"host": text}


@given(st.text())
def test_any_text_is_one_line_of_json(text: str) -> None:
    line = show.as_json({"x": text})
    assert "\n" not in line
    assert json.loads(line) == {"x": text}


def test_json_takes_the_values_of_rows() -> None:
    when = datetime(2026, 1, 2, tzinfo=UTC)
    record = {"at": when, "verdict": Verdict.BLOCK, "path": Path("/x"), "of": frozenset({"a"})}
    assert json.loads(show.as_json(record)) == {
        "at": "2026-01-02T00:00:00+00:00",
        "verdict": "block",
        "path": "/x",
        "of": ["a"],
    }


def test_what_has_no_json_is_a_bug_and_says_so() -> None:
    with pytest.raises(TypeError, match="no JSON for object"):
        show.as_json({"x": object()})


def test_a_note_goes_to_stderr_as_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    show.note("two\nlines \x1b[1m")
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err == "two\\x0alines \\x1b[1m\n"
