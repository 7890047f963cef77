"""A bar where a person watches, nothing where nobody does."""

import os
import pty
import subprocess
import sys

import pytest

from console.cli.progress import progress

PROGRAM = """
from console.cli.progress import progress
with progress() as say:
    say("reading [bold]x[/bold] \\x1b[2J", 1, 2)
    say("reading", 2, 0)
"""


def test_nobody_watches_a_pipe(capsys: pytest.CaptureFixture[str]) -> None:
    with progress() as say:
        say("reading", 1, 2)
    assert capsys.readouterr() == ("", "")


def test_a_person_sees_a_bar_on_stderr_and_no_markup_acts() -> None:
    ours, theirs = pty.openpty()
    ran = subprocess.run(
        [sys.executable, "-c", PROGRAM],
        stdout=subprocess.PIPE,
        stderr=theirs,
        check=True,
        env={**os.environ, "TERM": "xterm", "COLUMNS": "120"},
    )
    shown = os.read(ours, 65536).decode()
    os.close(ours)
    os.close(theirs)
    assert ran.stdout == b""
    assert "reading" in shown
    assert "\x1b[2J" not in shown
