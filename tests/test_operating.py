"""No page tells a lie about a command: what can be typed after reading it exists, and is complete."""

import importlib
import inspect
import re
import shlex
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
import typer

from benchmarks.load.paste import read_blocks
from console.cli.main import COMMANDS, app
from console.cli.menu import Branch, Leaf

ROOT = Path(__file__).parents[1]
PAGES = sorted([ROOT / "README.md", *(ROOT / "docs").glob("*.md"), *(ROOT / "deploy").rglob("*.md")])
UNITS = sorted((ROOT / "deploy" / "systemd").glob("*.service"))
BEFORE_A_COMMAND = re.compile(r"\b(sudo (-u \S+ )?|uv run |then |if |while |do )")


def called(line: str) -> Iterator[list[str]]:
    """What each call of `sluicegate` in a line of shell is given."""
    words = shlex.shlex(BEFORE_A_COMMAND.sub("", line), posix=True, punctuation_chars="();<>|&")
    words.whitespace_split = True
    arguments: list[str] | None = None
    at_the_start = True
    for word in [*words, ";"]:
        if set(word) <= set("();<>|&"):
            if arguments is not None:
                yield arguments
            arguments, at_the_start = None, not set(word) & set("<>")
        elif arguments is not None:
            arguments.append(word)
        elif at_the_start and not re.match(r"[A-Z_]+=", word):
            at_the_start = False
            arguments = [] if Path(word).name == "sluicegate" else None


def why_not(arguments: list[str], *, whole: bool) -> str | None:
    """What it would be refused for, before anything is read; `whole`: nothing may be left out."""
    item: Leaf | Branch | None = None
    known = COMMANDS
    rest = list(arguments)
    while rest and not rest[0].startswith("-") and (item is None or isinstance(item, Branch)):
        name = rest.pop(0)
        if name not in known:
            return f"no such command: {name}"
        item = known[name]
        known = dict(item.commands) if isinstance(item, Branch) else {}
    if isinstance(item, Leaf):
        return _refused(item, rest, whole=whole)
    if item is None and {option for parameter in app().params for option in parameter.opts} & set(rest):
        return None
    return "a command is missing" if whole or rest else None


def _refused(leaf: Leaf, rest: list[str], *, whole: bool) -> str | None:
    module, _, function = leaf.target.partition(":")
    made = typer.Typer(add_completion=False)
    made.command()(getattr(importlib.import_module(module), function))
    command = typer.main.get_command(made)
    try:
        given, left, _ = command.make_parser(typer.Context(command)).parse_args(list(rest))
    except typer.TyperException as error:
        return error.format_message()
    if left:
        return f"too much: {left}"
    missing = [one.name for one in command.params if one.required and given.get(one.name or "") in (None, ())]
    return f"missing: {missing}" if whole and missing else None


def written(page: Path) -> Iterator[tuple[str, bool]]:
    """Each line that can be typed, and whether it is one to be pasted."""
    text = page.read_text("utf-8")
    for block in read_blocks(text):
        for line in block.text.replace("\\\n", " ").splitlines():
            if "sluicegate" in line:
                yield line, True
    prose = re.sub(r"^```.*?^```$", "", text, flags=re.MULTILINE | re.DOTALL)
    for code in re.findall(r"`([^`]+)`", prose):
        line = " ".join(code.split())
        if re.match(r"(\S*/)?sluicegate (?!COMMAND)", line):
            yield line, False


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_command_line_of_a_page_would_be_understood(page: Path) -> None:
    wrong = [
        f"{line}: {why}"
        for line, whole in written(page)
        for arguments in called(line)
        if (why := why_not(arguments, whole=whole))
    ]
    assert not wrong


def test_every_example_of_the_help_and_every_line_of_a_unit_would_be_understood() -> None:
    lines = [
        line
        for unit in UNITS
        for line in re.findall(r"^Exec(?:Start|Reload)=(.+)$", unit.read_text("utf-8"), re.MULTILINE)
    ]
    for item in COMMANDS.values():
        for leaf in item.commands.values() if isinstance(item, Branch) else [item]:
            module, _, function = leaf.target.partition(":")
            help_text = inspect.getdoc(getattr(importlib.import_module(module), function)) or ""
            examples = help_text.partition("Examples:")[2].replace("\\\n", " ")
            lines += re.findall(r"^ +(sluicegate .+)$", examples, re.MULTILINE)
    assert len(lines) > len(COMMANDS)
    wrong = [
        f"{line}: {why}" for line in lines for given in called(line) if (why := why_not(given, whole=True))
    ]
    assert not wrong


@pytest.mark.parametrize(
    ("line", "found"),
    [
        pytest.param("sluicegate check && systemctl reload sluicegate", [["check"]], id="beside-another"),
        pytest.param("A=b sluicegate run   # why", [["run"]], id="with-a-variable-and-a-comment"),
        pytest.param("sudo -u sluicegate sluicegate restore x", [["restore", "x"]], id="by-sudo"),
        pytest.param("/opt/sluicegate/2.0/sluicegate db upgrade", [["db", "upgrade"]], id="by-its-path"),
        pytest.param("sluicegate ca export >roots.pem", [["ca", "export"]], id="into-a-file"),
        pytest.param("a | sluicegate categorise - | b", [["categorise", "-"]], id="in-a-pipe"),
        pytest.param("add element inet sluicegate clients4", [], id="not-a-command"),
        pytest.param("/opt/nftables/sluicegate-bypass open", [], id="another-program"),
    ],
)
def test_a_call_is_found_in_a_line(line: str, found: list[list[str]]) -> None:
    assert list(called(line)) == found


@pytest.mark.parametrize(
    ("line", "whole", "understood"),
    [
        pytest.param("ca status", True, True, id="a-command"),
        pytest.param("ca stats", True, False, id="no-such-command"),
        pytest.param("status --wait 10", True, True, id="an-option"),
        pytest.param("status --wait", True, False, id="an-option-without-its-value"),
        pytest.param("status --colour", True, False, id="no-such-option"),
        pytest.param("status now", True, False, id="too-much"),
        pytest.param("ca init", True, False, id="something-left-out"),
        pytest.param("ca init", False, True, id="named-in-a-sentence"),
        pytest.param("lists", False, True, id="a-group-in-a-sentence"),
        pytest.param("lists", True, False, id="a-group-to-be-pasted"),
        pytest.param("--install-completion", True, True, id="an-option-of-the-whole"),
    ],
)
def test_a_call_is_held_to_the_commands_there_are(line: str, whole: bool, understood: bool) -> None:
    assert (why_not(line.split(), whole=whole) is None) is understood


def test_each_block_of_the_runbook_is_shell() -> None:
    blocks = read_blocks((ROOT / "docs" / "operating.md").read_text("utf-8"))
    assert next(block.heading for block in blocks if block.walk) == "Install"
    for block in blocks:
        done = subprocess.run(["bash", "-n"], input=block.text, text=True, capture_output=True, check=False)
        assert (done.returncode, done.stderr) == (0, ""), block.heading
