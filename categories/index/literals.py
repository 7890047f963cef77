"""
The fixed text that a regular expression cannot match without.

An expression is costly to try and a fixed text is free to look for, in the automaton that reads every
URL anyway. `required` takes an expression apart and gives a set of texts of which every match contains
at least one: `(/banner/|/sponsor/)` gives both, `google\\..*/search.q=cache` gives `/search`. Only where
one of them is met is the expression tried.

A wrong answer here would be a page that is not blocked, so the reading is careful in one direction:
whatever is not plainly understood counts as "any characters at all", and where nothing is left the
answer is `None`, and the expression is tried on every URL. Each part of an expression is one of two
things: *exact*, a handful of texts that it must be one of, or not, with the best set found inside it.
All in lower case, as targets are.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from categories.entries import LONGEST_ENTRY

SHORTEST = 3  # characters; two stand in nearly every URL
_MOST_EXACT = 16
_MOST_REQUIRED = 64
_DEEPEST = 50


@dataclass(frozen=True, slots=True)
class _Part:
    exact: frozenset[str] | None = None
    required: frozenset[str] | None = None

    @property
    def best(self) -> frozenset[str] | None:
        return _best((self.exact, self.required))


_ANYTHING = _Part()
_NOTHING = _Part(exact=frozenset({""}))


class _Strange(Exception):
    """A construct that is not understood well enough to say anything about the expression."""


def required(expression: str) -> frozenset[str] | None:
    """
    Texts of which every match of the RE2 `expression` in a lower-case text contains at least one.

    The text is taken to stand between two slashes, so that its beginning and end are fixed text as well.
    `None` where there are none of use: at least `SHORTEST` characters with a letter or digit in each.
    """
    if len(expression) > 4 * LONGEST_ENTRY:
        return None
    reader = _Reader(expression)
    try:
        part = reader.alternatives(0)
    except _Strange:
        return None
    if not reader.at_end:
        return None
    return part.best


def _useful(text: str) -> bool:
    return len(text) >= SHORTEST and any(character.isalnum() for character in text)


def _best(candidates: Iterable[frozenset[str] | None]) -> frozenset[str] | None:
    """The set whose shortest text is longest; a set with a useless text is of no use."""
    useful = [texts for texts in candidates if texts and all(map(_useful, texts))]
    return max(useful, key=lambda texts: (min(map(len, texts)), -len(texts), sorted(texts)), default=None)


_FLAGS = re.compile(r"\?([imsU]*)(?:-[imsU]+)?([:)])")
_NAMED = re.compile(r"\?P?<[A-Za-z0-9_]+>")
_COUNT = re.compile(r"\{(\d+)(,?)(\d*)\}")
_SIMPLE_ESCAPES = {"t": "\t", "n": "\n", "r": "\r", "f": "\f", "v": "\v", "a": "\a"}
_EMPTY_ESCAPES = "AzbB"
_CLASS_ESCAPES = "dDsSwW"


class _Reader:
    """Reads an expression from left to right; `position` is the next character."""

    def __init__(self, expression: str) -> None:
        self.expression = expression
        self.position = 0
        self._start = 0  # behind the flags

    @property
    def at_end(self) -> bool:
        return self.position >= len(self.expression)

    def _next_is(self, characters: str) -> bool:
        return not self.at_end and self.expression[self.position] in characters

    def _take(self) -> str:
        if self.at_end:
            raise _Strange
        self.position += 1
        return self.expression[self.position - 1]

    def _take_matching(self, pattern: re.Pattern[str]) -> re.Match[str] | None:
        found = pattern.match(self.expression, self.position)
        if found:
            self.position = found.end()
        return found

    def alternatives(self, depth: int) -> _Part:
        if depth > _DEEPEST:
            raise _Strange
        parts = [self._sequence(depth)]
        while self._next_is("|"):
            self._take()
            parts.append(self._sequence(depth))
        return _either(parts)

    def _sequence(self, depth: int) -> _Part:
        parts = []
        while not self.at_end and not self._next_is("|)"):
            parts.append(self._repeated(self._atom(depth)))
        return _one_after_another(parts)

    def _atom(self, depth: int) -> _Part:
        character = self._take()
        match character:
            case "(":
                return self._group(depth)
            case "[":
                return self._class()
            case ".":
                return _ANYTHING
            # Only the outermost, since `^^` is one beginning and would count as two.
            case "^":
                return _text("/") if self.position == self._start + 1 else _NOTHING
            case "$":
                return _text("/") if self.at_end else _NOTHING
            case "\\":
                return self._escape()
            case "*" | "+" | "?":
                raise _Strange
        return _text(character)

    def _group(self, depth: int) -> _Part:
        if self._next_is("?"):
            flags = self._take_matching(_FLAGS)
            if flags and flags[2] == ")":
                if flags.start() == self._start + 1:
                    self._start = self.position
                return _NOTHING
            if not flags and not self._take_matching(_NAMED):
                raise _Strange
        part = self.alternatives(depth + 1)
        if self._take() != ")":
            raise _Strange
        return part

    def _class(self) -> _Part:
        """Skip a class. What it may hold is not worth telling apart from any character."""
        if self._next_is("^"):
            self._take()
        first = True
        while first or not self._next_is("]"):
            character = self._take()
            first = False
            if character == "\\":
                if self._take() in "QE":
                    raise _Strange
            elif character == "[" and self._next_is(":"):
                end = self.expression.find(":]", self.position)
                if end < 0:
                    raise _Strange
                self.position = end + 2
        self._take()
        return _ANYTHING

    def _escape(self) -> _Part:
        character = self._take()
        if character in _CLASS_ESCAPES:
            return _ANYTHING
        if character in _EMPTY_ESCAPES:
            return _NOTHING
        if character in _SIMPLE_ESCAPES:
            return _text(_SIMPLE_ESCAPES[character])
        if character.isalnum():  # \x41, \pN, \Q…\E, \C
            raise _Strange
        return _text(character)

    def _repeated(self, part: _Part) -> _Part:
        while self._next_is("*+?{"):
            if self._next_is("{"):
                count = self._take_matching(_COUNT)
                if not count:  # a brace that counts nothing is itself
                    return part
                at_least, at_most = int(count[1]), int(count[3] or 0) if count[2] else int(count[1])
            else:
                at_least, at_most = {"*": (0, 0), "+": (1, 0), "?": (0, 1)}[self._take()]
            if (at_least, at_most) == (0, 1) and part.exact is not None:
                part = _Part(exact=part.exact | {""})
            elif at_least == 0:
                part = _ANYTHING
            elif (at_least, at_most) != (1, 1):
                part = _Part(required=part.best)
        return part


def _text(character: str) -> _Part:
    return _Part(exact=frozenset({character.lower()}))


def _either(parts: list[_Part]) -> _Part:
    if all(part.exact is not None for part in parts):
        exact = frozenset(text for part in parts for text in part.exact or ())
        if len(exact) <= _MOST_EXACT:
            return _Part(exact=exact)
    every = [part.best for part in parts]
    if None in every:
        return _ANYTHING
    texts = frozenset(text for best in every for text in best or ())
    return _Part(required=texts) if len(texts) <= _MOST_REQUIRED else _ANYTHING


def _one_after_another(parts: list[_Part]) -> _Part:
    """Joins neighbours that are exact into runs; keeps the best run or inner set."""
    candidates: list[frozenset[str] | None] = []
    run = frozenset({""})
    whole = True
    for part in parts:
        if part.exact is not None and len(run) * len(part.exact) <= _MOST_EXACT:
            run = frozenset(left + right for left in run for right in part.exact)
            continue
        whole = False
        candidates += [run, part.best]
        run = part.exact if part.exact is not None and len(part.exact) <= _MOST_EXACT else frozenset({""})
    if whole:
        return _Part(exact=run)
    return _Part(required=_best([*candidates, run]))
