"""
A list that includes the files beside it, as one text (the sources of v2fly's domain lists).

    data/category-porn           the text
    include:pornhub              # v2fly: category-porn
    include:google @ads          include:pornhub
    example.org                  include:google @ads
                                 example.org
                                 # v2fly: pornhub
                                 pornhub.example
                                 # v2fly: google @ads
                                 ads.google.example @ads
                                 google.example

An inclusion with attributes takes only the lines that have them (`@ads`) or do not (`@-cn`), also of what
is included further in. The reader does the taking (`categories/readers/v2fly.py`), so that the text shows
whole files. Each file comes once for each set of attributes, so that circles end. An included file that is
not there would be a list half as long as meant: it is refused. Lines that another file lends to a list
(`&name`) are not looked for.
"""

import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from categories.packed.marks import V2FLY
from policy.errors import ListRefused
from policy.text import storable

_MOST_FILES = 5_000
_MOST_ATTRIBUTES = 100  # of one inclusion, with those of what it is included by; real ones have one or two
_LARGEST_FILE = 16 * 2**20  # bytes; held in memory
_INCLUDE = re.compile(
    rb"^include:([A-Za-z0-9!_.-]+)[ \t]*((?:@[A-Za-z0-9!_.-]+[ \t]*)*)(?:#.*)?\r?$", re.MULTILINE
)


def includes_others(start: bytes) -> bool:
    """Whether a file that begins so includes others that are not in it yet."""
    return not start.startswith(V2FLY.encode()) and _INCLUDE.search(start) is not None


def with_included(path: Path, blocks: Iterable[bytes], name: str) -> Iterator[bytes]:
    """
    The file at `path`, whose content is `blocks`, and every file that it includes.

    Raises `ListRefused`.
    """
    first = (path.name, frozenset[str]())
    waiting, known = [first], {first}
    for file, attributes in waiting:
        text = _whole(blocks, name) if (file, attributes) == first else _read(path.parent, file, name)
        for found in _INCLUDE.finditer(text):
            included = (found[1].decode(), attributes | set(found[2].decode().split()))
            # Each inclusion holds its own; the line of one may be as long as the file.
            if len(included[1]) > _MOST_ATTRIBUTES:
                raise ListRefused(
                    f"{name}: it includes {storable(included[0], 60)!r} with more than {_MOST_ATTRIBUTES} "
                    "attributes; leave some out"
                )
            if included not in known:
                known.add(included)
                waiting.append(included)
                if len(known) > _MOST_FILES:
                    raise ListRefused(
                        f"{name}: it includes more than {_MOST_FILES:,} files; give those that are meant"
                    )
        yield " ".join((f"{V2FLY}{file}", *sorted(attributes))).encode() + b"\n"
        yield text
        yield b"\n"


def _read(folder: Path, file: str, name: str) -> bytes:
    path = folder / file
    if path.is_symlink() or not path.is_file():
        raise ListRefused(
            f"{name}: it includes {storable(file, 60)!r}, no file beside it; get the whole folder"
        )
    with path.open("rb") as stream:
        return _whole(iter(lambda: stream.read(_LARGEST_FILE + 1), b""), f"{name}: {file}")


def _whole(blocks: Iterable[bytes], name: str) -> bytes:
    text = b""
    for block in blocks:
        text += block
        if len(text) > _LARGEST_FILE:
            raise ListRefused(
                f"{name}: longer than {_LARGEST_FILE // 2**20} MiB, too long for one that includes others"
            )
    return text
