"""What a process of the gateway takes of the machine, from `/proc` (proc(5))."""

import os
from dataclasses import dataclass
from pathlib import Path

_PROC = Path("/proc")


@dataclass(frozen=True, slots=True)
class Process:
    """One process. What may not be read is None."""

    cpu_s: float  # user and system, since it began
    resident_bytes: int
    proportional_bytes: int | None  # what it shares with others is divided by how many they are
    open_files: int | None
    most_files: int | None  # RLIMIT_NOFILE


def look_at(pid: int, proc: Path = _PROC) -> Process | None:
    """The process with this number; None where there is none any more."""
    folder = proc / str(pid)
    try:
        # The name, in parentheses, may hold anything; what follows the last one are numbers.
        fields = (folder / "stat").read_text("utf-8", "replace").rpartition(")")[2].split()
        ticks, pages = int(fields[11]) + int(fields[12]), int(fields[21])
    except (OSError, ValueError, IndexError):
        return None
    return Process(
        cpu_s=ticks / os.sysconf("SC_CLK_TCK"),
        resident_bytes=pages * os.sysconf("SC_PAGE_SIZE"),
        proportional_bytes=_proportional(folder),
        open_files=_open_files(folder),
        most_files=_most_files(folder),
    )


def _proportional(folder: Path) -> int | None:
    for line in _lines(folder / "smaps_rollup"):
        if line.startswith("Pss:"):
            return int(line.split()[1]) * 1024
    return None


def _most_files(folder: Path) -> int | None:
    for line in _lines(folder / "limits"):
        if line.startswith("Max open files"):
            soft = line.split()[3]
            return int(soft) if soft.isdigit() else None
    return None


def _open_files(folder: Path) -> int | None:
    try:
        return len(os.listdir(folder / "fd"))  # noqa: PTH208 (a path for each of thousands would be made)
    except OSError:
        return None


def _lines(path: Path) -> list[str]:
    try:
        return path.read_text("utf-8", "replace").splitlines()
    except OSError:
        return []
