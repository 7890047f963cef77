"""
Wildcards and regular expressions, tried by RE2 alone: its time is linear whatever the expression.

A pattern with a fixed text is tried only where the automaton met that text (`categories/index/literals.py`)
and compiled when it is first tried, since most never are. Those without one are tried on every URL,
all at once; there may be `MOST_UNFIXED` of them. Patterns that share one fixed text are all tried where
it stands, at some 6 µs each, so there may be `MOST_PATTERNS` in all; public lists have fewer than a hundred.
"""

from collections.abc import Sequence

import re2

from categories.entries import expression

MOST_UNFIXED = 100
MOST_PATTERNS = 5_000  # of one list, and of all; 30 ms where all of them must be tried
_MOST_MEMORY = 8 << 20  # bytes for one expression and its automata; RE2 gives up on what needs more


def _options() -> re2.Options:
    options = re2.Options()
    options.max_mem = _MOST_MEMORY
    options.log_errors = False
    return options


class Pattern:
    """One wildcard or regular expression, compiled on first use."""

    __slots__ = ("_compiled", "_text")

    def __init__(self, text: str) -> None:
        self._text = text
        self._compiled: re2._Regexp | None = None

    def hits(self, host: str, target: str) -> bool:
        """Whether it is found in host + target. Raises `re2.error` where RE2 does not take it."""
        if self._compiled is None:
            self._compiled = re2.compile(expression(self._text), _options())
        return self._compiled.search(host + target) is not None


class PatternSet:
    """Patterns that are tried together, known by their position."""

    def __init__(self, texts: Sequence[str]) -> None:
        self._each = [Pattern(text) for text in texts]
        # One expression that matches where any of them does, which is hardly ever. Not an `re2.Set`:
        # where that runs out of memory it says that nothing matched.
        choices = "|".join(f"(?:{expression(text)})" for text in texts)
        self._any = re2.compile(choices, _options()) if texts else None

    def find(self, host: str, target: str) -> list[int]:
        """The position of each pattern that is found in host + target."""
        if self._any is None or self._any.search(host + target) is None:
            return []
        return [at for at, pattern in enumerate(self._each) if pattern.hits(host, target)]
