"""
The library: every list that takes part, with its text.

    lists/<name>.json             what is known of an imported list
    lists/texts/<sha256>.gz       its text, as it was read
    lists/left-out                lines that an operator left out, by list and text

A text is kept under its own digest and never changed, so that a past Decision can be replayed against
the very lists that made it; an update writes another text and then replaces the small file that names it.
gzip at its lowest level: it packs 34 MB in 0.4 s to 14 MB; xz saves two megabytes more and takes
four times as long. Shipped lists lie in `categories/lists/` and take part under a name that begins with
`shipped.`, so that an imported list never takes the place of one by accident.

A list is brought in two steps: `read_in` reads it and keeps its text; `put` makes it take part. In
between, a Ruleset is built with it (`categories/build.py`), and where that is refused nothing has changed.
"""

import gzip
import json
import re
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError

from categories.durable import beside, put, sync, unfinished, write_whole
from categories.entries import BadLine
from categories.manifest import ListInfo
from categories.readers import list_blocks, read_blocks
from policy.errors import ConfigurationError, ListRefused

SHIPPED = Path(__file__).with_name("lists")
_SHIPPED_PREFIX = "shipped."
_NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")
_BLOCK = 1 << 20


class ListRecord(BaseModel):
    """What is known of one list, as `lists/<name>.json` holds it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    category: str
    format: str
    entries: int
    bad_lines: int
    lines: int
    size: int  # bytes of its text
    sha256: str  # of its text, hex


@dataclass(frozen=True, slots=True)
class SourceList:
    """A list that takes part, or is about to."""

    record: ListRecord
    text: Path  # compressed, unless it is a shipped one
    bad_lines: tuple[BadLine, ...] = ()  # the first of them; known when it has just been read
    left_out: frozenset[int] = frozenset()  # lines

    @property
    def name(self) -> str:
        """Unique in a Ruleset."""
        return self.record.name

    @property
    def category(self) -> str:
        """What its entries are."""
        return self.record.category

    def blocks(self) -> Iterator[bytes]:
        """Its text, block by block."""
        with gzip.open(self.text) if self.text.suffix == ".gz" else self.text.open("rb") as file:
            while block := file.read(_BLOCK):
                yield block


class ListLibrary:
    """The lists below `root`, and the shipped ones unless `shipped` is `None`."""

    def __init__(self, root: Path, shipped: Path | None = SHIPPED) -> None:
        self._root = root
        self._texts = root / "texts"
        self._left_out = root / "left-out"
        self._shipped = shipped

    def items(self, staged: Iterable[SourceList] = ()) -> tuple[SourceList, ...]:
        """
        Every list that takes part, by name; `staged` ones in place of those of their name.

        Raises `ConfigurationError` where the library's own files are damaged.
        """
        left_out = self.left_out()
        lists = {each.name: each for each in (*self._shipped_lists(), *self._imported(), *staged)}
        return tuple(
            replace(each, left_out=left_out.get(_key(each), frozenset()) | each.left_out)
            for _, each in sorted(lists.items())
        )

    def as_in_force(self, infos: Iterable[ListInfo]) -> tuple[SourceList, ...]:
        """
        The lists of a Ruleset as this release has them.

        The shipped ones as they are shipped now, the imported ones with the very texts and left-out lines
        that are in force, whatever was kept since.
        """
        shipped = {each.name: each for each in self._shipped_lists()}
        left_out = self.left_out()
        sources = {
            name: replace(each, left_out=left_out.get(_key(each), frozenset()))
            for name, each in shipped.items()
        }
        for info in infos:
            if info.name.startswith(_SHIPPED_PREFIX):
                continue
            text = self._texts / f"{info.sha256}.gz"
            known = info.model_dump(exclude={"left_out"})
            # The size of the text is nowhere in a Ruleset; here it only says how far a build is.
            record = ListRecord(**known, size=text.stat().st_size if text.exists() else 0)
            sources[info.name] = SourceList(record, text, left_out=frozenset(info.left_out))
        return tuple(each for _, each in sorted(sources.items()))

    def _imported(self) -> Iterator[SourceList]:
        for path in sorted(self._root.glob("*.json")):
            record = _read(path, TypeAdapter(ListRecord))
            yield SourceList(record, self._texts / f"{record.sha256}.gz")

    def _shipped_lists(self) -> Iterator[SourceList]:
        for path in sorted(self._shipped.glob("*.txt")) if self._shipped else ():
            name = f"{_SHIPPED_PREFIX}{path.stem}"
            category = path.stem.partition(".")[0]
            yield SourceList(_record(name, category, list_blocks(path), given=str(path))[0], path)

    def read_in(
        self,
        name: str,
        category: str,
        path: Path,
        on_progress: Callable[[int], None] | None = None,
        *,
        given: str = "",
    ) -> SourceList:
        """
        Read a file or SquidGuard folder and keep its text; it takes part once it is `put`.

        `on_progress` is called with the bytes read so far. Raises `ListRefused`, naming what was `given`:
        the path, unless something else is said.
        """
        if not _NAME.fullmatch(name) or name.startswith(_SHIPPED_PREFIX):
            raise ListRefused(
                f"{name!r} cannot be the name of a list: give one of up to 64 lower-case letters, digits, "
                f'"-", "_" and ".", that does not begin with "{_SHIPPED_PREFIX}"'
            )
        self._texts.mkdir(parents=True, exist_ok=True)
        for left in unfinished(self._texts):
            left.unlink(missing_ok=True)
        temporary = beside(self._texts / "text")
        try:
            with gzip.open(temporary, "xb", compresslevel=1) as file:
                blocks = _copied(list_blocks(path), file)
                record, bad_lines = _record(name, category, blocks, on_progress, given=given or str(path))
            sync(temporary)
            text = self._texts / f"{record.sha256}.gz"
            put(temporary, text)
        finally:
            temporary.unlink(missing_ok=True)
        return SourceList(record, text, bad_lines)

    def put(self, source: SourceList) -> None:
        """Let a list that was read in take part, in place of one of its name."""
        write_whole(self._root / f"{source.name}.json", source.record.model_dump_json(indent=1).encode())

    def remove(self, name: str) -> None:
        """End an imported list's part. Its text stays, for replay. Raises `ListRefused`."""
        path = self._root / f"{name}.json"
        if not _NAME.fullmatch(name) or not path.is_file():
            known = ", ".join(each.name for each in self._imported()) or "none"
            raise ListRefused(f"{name}: no imported list has this name (imported: {known})")
        path.unlink()
        sync(self._root)

    def left_out(self) -> dict[str, frozenset[int]]:
        """The lines left out, by list and text: the same line of another text is another entry."""
        if not self._left_out.exists():
            return {}
        return _read(self._left_out, TypeAdapter(dict[str, frozenset[int]]))

    def leave_out(self, sources: Iterable[SourceList]) -> None:
        """Remember these lists' `left_out`, so that the next Ruleset leaves the same lines out."""
        known = self.left_out() | {_key(each): each.left_out for each in sources if each.left_out}
        if known != self.left_out():
            self._root.mkdir(parents=True, exist_ok=True)
            listed = {key: sorted(lines) for key, lines in sorted(known.items())}
            write_whole(self._left_out, json.dumps(listed, indent=1).encode())


def _key(source: SourceList) -> str:
    return f"{source.name} {source.record.sha256}"


def _record(
    name: str,
    category: str,
    blocks: Iterable[bytes],
    on_progress: Callable[[int], None] | None = None,
    *,
    given: str,
) -> tuple[ListRecord, tuple[BadLine, ...]]:
    """Read a whole list for what is to be known of it. Raises `ListRefused`."""
    size = 0

    def counted(so_far: int) -> None:
        nonlocal size
        size = so_far
        if on_progress is not None:
            on_progress(so_far)

    read = read_blocks(blocks, given, counted)
    deque(read.entries, maxlen=0)
    return ListRecord(
        name=name,
        category=category,
        format=read.format,
        entries=read.entry_count,
        bad_lines=read.bad_count,
        lines=read.lines,
        size=size,
        sha256=read.sha256,
    ), tuple(read.bad_lines)


def _copied(blocks: Iterable[bytes], file: gzip.GzipFile) -> Iterator[bytes]:
    for block in blocks:
        file.write(block)
        yield block


def _read[T](path: Path, form: TypeAdapter[T]) -> T:
    try:
        return form.validate_json(path.read_bytes())
    except (OSError, ValidationError) as error:
        raise ConfigurationError(f"{path}: damaged; import the list again, or remove this file") from error
