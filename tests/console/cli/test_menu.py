"""Commands that are imported when they are called."""

import sys
from typing import Any

import pytest
import typer

from console.cli.menu import Branch, Leaf, menu

HERE = "tests.console.cli.menu_sample"
COMMANDS: dict[str, Leaf | Branch] = {
    "greet": Leaf(f"{HERE}:greet", "Say hello."),
    "more": Branch("More of it.", {"shout": Leaf(f"{HERE}:shout", "Say it loud.")}),
}


def call(*arguments: str) -> Any:
    return menu("sample", "A sample.", COMMANDS).main(
        args=list(arguments), prog_name="sample", standalone_mode=False
    )


@pytest.fixture(autouse=True)
def _not_imported(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, HERE, raising=False)


def test_the_listing_imports_no_command(capsys: pytest.CaptureFixture[str]) -> None:
    call("--help")
    assert "Say hello." in capsys.readouterr().out
    assert HERE not in sys.modules


def test_a_command_is_imported_when_it_is_called(capsys: pytest.CaptureFixture[str]) -> None:
    assert call("greet", "--name", "Ada") == 7
    assert capsys.readouterr().out == "hello Ada\n"
    assert call("more", "shout") is None
    assert capsys.readouterr().out == "HELLO\n"


def test_a_commands_own_help_is_its_docstring(capsys: pytest.CaptureFixture[str]) -> None:
    call("greet", "--help")
    out = capsys.readouterr().out
    assert "Greet somebody by name." in out
    assert "sample greet --name Ada" in out


def test_what_is_no_command_is_an_error_of_usage() -> None:
    with pytest.raises(typer.TyperException, match="No such command"):
        call("nonsense")
