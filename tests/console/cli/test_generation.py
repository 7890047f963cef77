"""What the schema's own process said, as the generation takes it."""

import signal
from pathlib import Path

import pytest

from console.cli.generation import _judge
from policy.errors import Away, ConfigurationError, Refused, SluicegateError

AWAY_LINE = "sluicegate: the database does not answer\n"


@pytest.mark.parametrize(
    ("code", "said", "error"),
    [
        pytest.param(3, "sluicegate: upgrade it\n", ConfigurationError, id="a-schema-that-does-not-fit"),
        pytest.param(4, AWAY_LINE, Away, id="no-database-and-nothing-known"),
        pytest.param(1, "", Refused, id="a-failure-without-a-word"),
    ],
)
def test_what_keeps_it_from_starting_is_raised_as_the_one_line_it_was(
    tmp_path: Path, code: int, said: str, error: type[SluicegateError]
) -> None:
    with pytest.raises(error) as raised:
        _judge(code, said, tmp_path / "registers.snapshot")
    assert str(raised.value) == (said.removeprefix("sluicegate: ").strip() or str(raised.value))
    assert str(raised.value)


def test_without_a_database_it_starts_with_what_is_known(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "registers.snapshot").touch()
    _judge(4, AWAY_LINE, tmp_path / "registers.snapshot")
    assert capsys.readouterr().err.splitlines() == [
        "the database does not answer",
        "starting with the registers last read; decisions wait in the spool for the database",
    ]


def test_where_the_look_was_killed_it_starts_with_what_is_known_too(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """SQLite maps a file of its own: on a full disk that is SIGBUS, and the end of whoever asked."""
    with pytest.raises(Away, match="killed by SIGBUS: is the database's disk full"):
        _judge(-signal.SIGBUS, "", tmp_path / "registers.snapshot")
    (tmp_path / "registers.snapshot").touch()
    _judge(-signal.SIGBUS, "", tmp_path / "registers.snapshot")
    assert "starting with the registers last read" in capsys.readouterr().err


def test_where_all_is_well_nothing_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    _judge(0, "", tmp_path / "registers.snapshot")
    assert capsys.readouterr().err == ""
