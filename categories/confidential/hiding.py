"""
From a list in clear to the text that is kept of it: line for line, keyed digests in place of entries.

The list is read as any other, by its own reader; what comes out is a text in the format of
`categories/readers/confidential.py`. The numbers of lines stay, so that a match names the line of the list
that its keeper has, and so does the number of lines that could not be read. Nothing of the text itself is
written.
"""

from collections.abc import Callable, Iterator

from categories.confidential.digests import Digester
from categories.entries import Entry
from categories.readers import ReadList, read_blocks
from categories.readers.blocks import Text
from categories.readers.confidential import BAD_LINE, MARK
from policy.errors import ListRefused
from policy.words import EntryKind

_PIECES_AT_ONCE = 20_000


def hidden(
    blocks: Text, name: str, digester: Digester, on_progress: Callable[[int], None] | None = None
) -> Iterator[bytes]:
    """
    The text to be kept, block by block; `name` is for messages, `on_progress` as of `read_blocks`.

    Raises `ListRefused` as reading does, and for an entry that is neither a host nor a URL prefix: it would
    not be matched.
    """
    read = read_blocks(blocks, name, on_progress)
    pieces = [MARK + digester.name]
    line, bad = 1, 0  # being written, and the bad lines told so far
    for entry in read.entries:
        if entry.line != line:
            pieces.append(_between(read, line, entry.line, bad))
            line, bad = entry.line, read.bad_count
        pieces.append(_word(entry, digester, name))
        if len(pieces) >= _PIECES_AT_ONCE:
            yield "".join(pieces).encode("ascii")
            pieces.clear()
    pieces.append(_between(read, line, read.lines + 1, bad))
    yield "".join(pieces).encode("ascii")


def _word(entry: Entry, digester: Digester, name: str) -> str:
    if entry.kind is EntryKind.HOST:
        return f" host:{digester.of_host(entry.text).hex()}"
    if entry.kind is EntryKind.PREFIX:
        host, slash, path = entry.text.partition("/")
        return f" prefix:{digester.of_site(host).hex()}/{digester.of_prefix(host, slash + path).hex()}"
    raise ListRefused(
        f"{name} line {entry.line}: a {entry.kind} has no digest that a request could meet; "
        "a confidential list holds hosts and URL prefixes alone"
    )


def _between(read: ReadList, line: int, following: int, told: int) -> str:
    """What ends `line` and leads to `following`: empty lines, and the bad ones since `told` of them."""
    bad = [each.number for each in read.bad_lines[told:]]
    # Beyond the first hundred only their number is known; where they stand is of no use to anybody.
    bad += range(following - 1, following - 1 - (read.bad_count - told - len(bad)), -1)
    text = ""
    for number in sorted(bad):
        text += "\n" * (number - line) + (f" {BAD_LINE}" if number == 1 else BAD_LINE)
        line = number
    return text + "\n" * (following - line)
