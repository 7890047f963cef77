"""The map of commands, and how each of them ends."""

import errno
import importlib
import inspect
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import typer

from console.cli.main import COMMANDS, ended
from console.cli.menu import Branch, Leaf
from policy.errors import (
    ConfigurationError,
    DatabaseAway,
    DecisionLogUnavailable,
    ListRefused,
    Refused,
    RegisterRefused,
)
from tests.console.cli.conftest import Cli

PAGE = Path(__file__).parents[3] / "docs" / "commands.md"


def commands() -> Iterator[tuple[str, Leaf]]:
    for name, item in COMMANDS.items():
        if isinstance(item, Branch):
            yield from ((f"{name} {inner}", leaf) for inner, leaf in item.commands.items())
        else:
            yield name, item


NAMES = [pytest.param(name, leaf, id=name.replace(" ", "-")) for name, leaf in commands()]


@pytest.mark.parametrize(("name", "leaf"), NAMES)
def test_every_command_has_help_with_examples(name: str, leaf: Leaf, cli: Cli) -> None:
    ran = cli(*name.split(), "--help")
    assert ran.code == 0
    assert f"sluicegate {name}" in ran.out
    assert "Examples:" in ran.out
    assert "\x1b" not in ran.out
    module, _, function = leaf.target.partition(":")
    assert (inspect.getdoc(getattr(importlib.import_module(module), function)) or "").count("\n") > 2


@pytest.mark.parametrize(("name", "_leaf"), NAMES)
def test_every_command_is_documented_with_its_flags(name: str, _leaf: Leaf, cli: Cli) -> None:
    page = PAGE.read_text("utf-8")
    section = re.search(rf"^#+ `{name}`.*?(?=^## |^### |\Z)", page, re.MULTILINE | re.DOTALL)
    assert section is not None
    options = set(re.findall(r"(--[a-z-]+)", cli(*name.split(), "--help").out.partition("─ Options")[2]))
    missing = {option for option in options - {"--help"} if option not in section[0]}
    assert not missing


def test_without_a_command_there_is_help(cli: Cli) -> None:
    ran = cli()
    assert ran.code == 2
    for name in COMMANDS:
        assert re.search(rf"\b{name}\b", ran.out + ran.err)


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        pytest.param(["nonsense"], "No such command 'nonsense'.", id="no-such-command"),
        pytest.param(["lists", "nonsense"], "No such command 'nonsense'.", id="no-such-inner-command"),
        pytest.param(["statsu"], "Did you mean 'status'?", id="nearly"),
        pytest.param(["status", "--nonsense"], "No such option: --nonsense", id="no-such-option"),
        pytest.param(["status", "--wait", "x"], "Invalid value for '--wait'", id="not-a-number"),
        pytest.param(["explain"], "Missing argument 'URL'", id="missing-argument"),
    ],
)
def test_wrong_usage_is_one_line_and_exit_code_2(cli: Cli, arguments: list[str], says: str) -> None:
    ran = cli(*arguments)
    assert (ran.code, ran.out) == (2, "")
    assert ran.err.startswith("sluicegate: ")
    assert ran.err.count("\n") == 1
    assert says in ran.err


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (Refused("x"), 1),
        (ListRefused("x"), 1),
        (RegisterRefused("x"), 1),
        (typer.BadParameter("x"), 2),
        (ConfigurationError("x"), 3),
        (DatabaseAway("x"), 4),
        (DecisionLogUnavailable("x"), 4),
        (OSError(errno.ENOSPC, "No space left on device", "/full"), 4),
        (KeyboardInterrupt(), 130),
    ],
)
def test_each_foreseeable_error_has_its_exit_code(error: BaseException, code: int) -> None:
    def fail() -> None:
        raise error

    assert ended(fail) == code


def test_a_bug_shows_itself_as_one() -> None:
    def fail() -> None:
        raise AssertionError("a bug")

    with pytest.raises(AssertionError, match="a bug"):
        ended(fail)


def test_a_message_that_quotes_hostile_text_stays_one_inert_line(capsys: pytest.CaptureFixture[str]) -> None:
    def fail() -> None:
        raise Refused("bad \x1b[2J\nline \u202e")

    ended(fail)
    assert capsys.readouterr().err == "sluicegate: bad \\x1b[2J\\x0aline \\u202e\n"


def test_help_and_categorise_import_neither_proxy_nor_database(tmp_path: Path) -> None:
    code = (
        "import sys, json; from console.cli.main import run_command; run_command(sys.argv[1:]); "
        "print(json.dumps(sorted({name.partition('.')[0] for name in sys.modules})), file=sys.stderr)"
    )
    for arguments in (["--help"], ["categorise", "--json", "/dev/null"]):
        ran = subprocess.run(
            [sys.executable, "-c", code, *arguments],
            capture_output=True,
            text=True,
            check=True,
            env={"SLUICEGATE_STATE_DIR": str(tmp_path / "state"), "PATH": ""},
        )
        loaded = set(json.loads(ran.stderr.splitlines()[-1]))
        assert not loaded & {"mitmproxy", "sqlalchemy", "alembic", "gunicorn", "psycopg"}


def test_a_reader_that_has_seen_enough_ends_a_command_quietly(tmp_path: Path, state: Path) -> None:
    lines = tmp_path / "urls.txt"
    lines.write_text("http://example.test/\n" * 50_000)
    with subprocess.Popen(
        [sys.executable, "-m", "console.cli.main", "categorise", str(lines)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        assert process.stdout is not None and process.stderr is not None
        process.stdout.readline()
        process.stdout.close()
        said = process.stderr.read()
    assert (process.returncode, said) == (141, b"")
