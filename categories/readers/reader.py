"""What every reader offers. A new format is a class with these three, in a module of its own."""

import re
from collections.abc import Callable, Sequence
from typing import Protocol, runtime_checkable

from policy.words import EntryKind

type Found = Sequence[tuple[EntryKind, str]]
"""The kinds and texts of the entries of one line; none for a comment."""

PLAIN_NAME = r"(?!localhost\.)((?:[a-z0-9_-]{1,63}\.)+[a-z][a-z0-9_-]{0,62})"
"""A host of two labels or more that is its own normal form; see `categories/urls/normalise.py`."""

type Plain = Callable[[str], re.Match[str] | None]
"""
Finds the host, as group 1, in a line that is one plain host and nothing else.

Most lines of most lists are; millions of them cannot go through `read`.
"""

NO_LINE: Plain = re.compile(r"(?!)").fullmatch
"""The `plain` of a reader that has no such lines."""


class NotThisList(Exception):
    """The list as a whole cannot be read; the message says why, for whoever imports it."""


class Reader(Protocol):
    """One format. An instance reads one list, from its first line to its last."""

    name: str  # stored with the list, so never changed
    plain: Plain

    def read(self, line: str) -> Found:
        """
        The entries of any line.

        Raises `NotAnEntry`, `NotApplicable`, `Repeated` or `ExceptionRule`, and `NotThisList` for all of it.
        """
        ...

    @staticmethod
    def recognise(lines: Sequence[str]) -> int:
        """How many of these lines, all with something on them, are of this format."""
        ...


@runtime_checkable
class ExceptingReader(Reader, Protocol):
    """A format with exceptions (`exceptions.py`), whose lists are gone over once for them alone."""

    exception_marks: tuple[str, ...]
    """Small letters, of which each line that is an exception, or that later names depend on, has some."""
