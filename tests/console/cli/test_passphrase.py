"""A passphrase, typed or from a file."""

import getpass
import io
import sys
from pathlib import Path

import pytest

from console.cli.passphrase import ask_passphrase, new_passphrase
from policy.errors import ConfigurationError, Refused

GOOD = "correct horse battery staple"


class Terminal(io.StringIO):
    """A standard input at which somebody sits."""

    def isatty(self) -> bool:
        return True


def typed(monkeypatch: pytest.MonkeyPatch, *answers: str) -> None:
    said = iter(answers)
    monkeypatch.setattr(sys, "stdin", Terminal())
    monkeypatch.setattr(getpass, "getpass", lambda _prompt: next(said))


def test_a_new_one_is_typed_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    typed(monkeypatch, GOOD, GOOD)
    assert new_passphrase(None) == GOOD


@pytest.mark.parametrize(
    ("answers", "says"),
    [
        pytest.param((GOOD, GOOD + "r"), "the two differ", id="a-slip"),
        pytest.param(("short", "short"), "12 characters", id="too-short"),
        pytest.param(("", ""), "12 characters", id="none"),
    ],
)
def test_one_that_will_not_do_makes_nothing(
    monkeypatch: pytest.MonkeyPatch, answers: tuple[str, ...], says: str
) -> None:
    typed(monkeypatch, *answers)
    with pytest.raises(Refused, match=says):
        new_passphrase(None)


def test_one_that_is_there_is_typed_once(monkeypatch: pytest.MonkeyPatch) -> None:
    typed(monkeypatch, "short")
    assert ask_passphrase(None) == "short"


@pytest.mark.parametrize("content", [GOOD, GOOD + "\n", GOOD + "\r\n", GOOD + "\nsecond line\n"])
def test_in_a_file_it_is_the_first_line(tmp_path: Path, content: str) -> None:
    (tmp_path / "word").write_text(content, newline="")
    assert new_passphrase(tmp_path / "word") == GOOD
    assert ask_passphrase(tmp_path / "word") == GOOD


def test_where_there_is_no_terminal_a_file_is_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO())
    with pytest.raises(ConfigurationError, match="--passphrase-file"):
        ask_passphrase(None)


def test_a_file_that_cannot_be_read_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="the passphrase cannot be read"):
        ask_passphrase(tmp_path / "none")
