"""
Whose a worker slot is: a lock file a slot, held by the worker and by nobody else.

Two generations, and the leavings of a supervisor that was killed, choose among the same numbers without
asking each other: the kernel gives a lock to one of them and takes it back when that process has ended,
however it ended. The arbiter takes it before it forks and the worker inherits it.
"""

import fcntl
import os
from pathlib import Path


class Slot:
    """A slot that is this process's to give to one child."""

    def __init__(self, number: int, descriptor: int) -> None:
        self.number = number
        self._descriptor = descriptor

    def given(self) -> None:
        """The child has it, or nobody: this process holds it no longer."""
        os.close(self._descriptor)


def free_slot(run: Path, without: set[int]) -> Slot:
    """
    The lowest slot that nobody has, leaving out the numbers of `without`.

    `run` is the folder for the lock files. Raises `OSError`.
    """
    number = 0
    while True:
        if number not in without and (slot := _claim(run, number)) is not None:
            return slot
        number += 1


def _claim(run: Path, number: int) -> Slot | None:
    descriptor = os.open(run / f"slot-{number}", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        # flock, which belongs to the open file and so to every process that inherits it, not to this one.
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        return None
    except BaseException:
        os.close(descriptor)
        raise
    return Slot(number, descriptor)
