"""A list whose names all stand in one line, with commas between: each gets a line of its own."""

import re
from collections.abc import Iterable, Iterator

_FEWEST = 20  # names in a row; below, it may be the head of a CSV file
_ONE_LINE = re.compile(
    rb"(?:[ \t]*(?:#[^\n]*)?\r?\n)*((?:[A-Za-z0-9_-]+\.[A-Za-z0-9._-]+,[ ]?){%d})" % _FEWEST
)


def is_one_line(start: bytes) -> bool:
    """Whether a file that begins so is such a list, behind its comments."""
    return _ONE_LINE.match(start) is not None


def one_a_line(blocks: Iterable[bytes]) -> Iterator[bytes]:
    """The same with a line end for each comma, but for those of the comments it begins with."""
    pieces = iter(blocks)
    first = next(pieces, b"")
    found = _ONE_LINE.match(first)
    head = found.start(1) if found else 0
    yield first[:head] + first[head:].replace(b",", b"\n")
    for block in pieces:
        yield block.replace(b",", b"\n")
