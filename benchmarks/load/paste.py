"""Blocks of shell from a page, pasted into a terminal as a person would."""

import os
import pty
import re
import select
import subprocess
import time
from dataclasses import dataclass

from benchmarks.load.debian import Machine

BLOCK_SECONDS = 300.0
PASSPHRASE = "correct horse battery staple"


@dataclass(frozen=True, slots=True)
class Block:
    """One fenced block of the page."""

    heading: str
    walk: bool
    text: str


def read_blocks(page: str) -> list[Block]:
    """The blocks of shell, each with the heading it stands under."""
    found, heading = [], ""
    for title, info, text in re.findall(r"^#+ (.+)$|^```(sh.*)\n((?:.*\n)*?)```$", page, re.MULTILINE):
        heading = title or heading
        if info:
            found.append(Block(heading, info == "sh walk", text))
    return found


def paste(machine: Machine, text: str) -> tuple[int, str]:
    """Paste into a terminal of root's; the exit code and what was shown. Asked for a passphrase, type it."""
    mine, theirs = pty.openpty()
    began, shown, answered = time.monotonic(), "", 0
    with subprocess.Popen(
        machine.command("TERM=dumb", "bash", "-euo", "pipefail", "-c", text),
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        preexec_fn=lambda: os.login_tty(theirs),  # noqa: PLW1509 (no threads' locks are taken there)
    ) as shell:
        os.close(theirs)
        while time.monotonic() - began < BLOCK_SECONDS:
            if not select.select([mine], [], [], 1.0)[0]:
                continue
            try:
                shown += os.read(mine, 65536).decode("utf-8", "replace")
            except OSError:  # the other end is closed
                break
            if re.search(r"(passphrase|same again)[^\n]*: ?$", shown[answered:], re.IGNORECASE):
                os.write(mine, f"{PASSPHRASE}\n".encode())
                answered = len(shown)
        else:
            shell.kill()
    os.close(mine)
    return shell.returncode, shown.replace("\r\n", "\n")
