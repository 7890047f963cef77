"""
A SquidGuard folder as one text: its files one after another, each under a line that names it.

    # squidguard: domains
    bet.test
    # squidguard: urls
    example.org/casino
    # squidguard: expressions
    (casino|poker)[0-9]+\\\\.example

Who publishes such folders may send changes beside them: `domains.diff` with `+bet.test` and
`-casino.test` is applied to `domains`. The text is that of the folder after the changes: what is taken
away is not in it, what is added stands at the end of its file.
"""

from collections.abc import Iterator
from itertools import batched
from pathlib import Path

from categories.packed.marks import SQUIDGUARD
from policy.errors import ListRefused

FILES = ("domains", "urls", "expressions")
FILES_AND_CHANGES = (*FILES, *(f"{file}.diff" for file in FILES))

_BLOCK = 1 << 20
_LINE, _LINES = 1 << 16, 1 << 12
_LARGEST_DIFF = 32 * 2**20  # bytes; held in memory, unlike the files themselves


def squidguard_files(folder: Path, name: str) -> list[tuple[str, Path]]:
    """Those of its files that are there, under their names. Raises `ListRefused` where there are none."""
    files = [(file, folder / file) for file in FILES if (folder / file).is_file()]
    lonely = [
        f"{file}.diff" for file in FILES if (folder / f"{file}.diff").is_file() and file not in dict(files)
    ]
    if lonely:
        raise ListRefused(f"{name}: {lonely[0]} without the file that it changes; get that too")
    if not files:
        raise ListRefused(f"{name}: a folder without any of {', '.join(FILES)}; name one category's folder")
    return files


def squidguard_text(folder: Path, name: str) -> Iterator[bytes]:
    """The text, block by block. Raises `ListRefused`."""
    for file, path in squidguard_files(folder, name):
        yield f"{SQUIDGUARD}{file}\n".encode()
        diff = path.with_name(f"{file}.diff")
        last = b"\n"
        for block in _changed(path, diff, name) if diff.is_file() else _blocks(path):
            yield block
            last = block
        if not last.endswith(b"\n"):
            yield b"\n"


def _blocks(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while block := file.read(_BLOCK):
            yield block


def _changed(path: Path, diff: Path, name: str) -> Iterator[bytes]:
    added, gone = _changes(diff, name)
    with path.open("rb") as file:
        # A line without end comes in pieces, to be refused when it is read.
        for lines in batched(iter(lambda: file.readline(_LINE), b""), _LINES, strict=False):
            yield b"".join(line for line in lines if line.strip().lower() not in gone)
    yield b"\n"
    yield b"".join(line + b"\n" for line in added)


def _changes(diff: Path, name: str) -> tuple[list[bytes], set[bytes]]:
    """The lines that come in, in their order, and those that go. The last word on a line holds."""
    if diff.stat().st_size > _LARGEST_DIFF:
        raise ListRefused(
            f"{name}: {diff.name} is longer than {_LARGEST_DIFF // 2**20} MiB; get the whole list"
        )
    added: dict[bytes, bytes] = {}
    gone: set[bytes] = set()
    for number, line in enumerate(diff.read_bytes().split(b"\n"), 1):
        sign, entry = line[:1], line[1:].strip()
        if not line.strip() or sign == b"#":
            continue
        if sign not in {b"+", b"-"} or not entry:
            raise ListRefused(
                f"{name}: line {number} of {diff.name} begins with neither + nor -; get it again"
            )
        key = entry.lower()
        added.pop(key, None)
        gone.add(key)
        if sign == b"+":
            added[key] = entry
    return list(added.values()), gone
