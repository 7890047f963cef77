"""
The library: every list that takes part, with its text.

    lists/<name>.json             what is known of an imported list
    lists/texts/<sha256>.gz       its text, as it was read
    lists/left-out                lines that an operator left out, by list and text
    lists/disabled                names of lists that take no part, of shipped ones too
    lists/withheld                entries that stay out whatever text comes, and those let in again
    lists/never-decrypt.toml      the organisation's own hosts that are never decrypted
    lists/.becoming               what the files above are about to say
    lists/.lock                   held by whoever changes any of them

A text is kept under its own digest and never changed, so that a past Decision can be replayed against
the very lists that made it; an update writes another text and then replaces the small file that names it.
gzip at its lowest level: it packs 34 MB in 0.4 s to 14 MB; xz saves two megabytes more and takes
four times as long. Shipped lists lie in `categories/lists/` and take part under a name that begins with
`shipped.`, so that an imported list never takes the place of one by accident.

A list is brought in two steps: `read_in` reads it and keeps its text; a change makes it take part
(`list_change.py`, `library_state.py`). In between, a Ruleset is built of what the change makes of the library
(`after`, `sources`), and where that is refused nothing has changed. What becomes of the small files then, and
when, is in `library_files.py`.
"""

import gzip
import hashlib
import re
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from categories.confidential.digests import Digester
from categories.confidential.hiding import hidden
from categories.durable import beside, forgotten, put, sync, writing_below
from categories.entries import BadLine
from categories.library_files import LibraryFiles
from categories.library_state import SHIPPED_PREFIX, LibraryState, changed, leaving_out, list_and_text
from categories.list_change import ListChange, ListRecord, Put
from categories.packed import list_blocks
from categories.readers import read_blocks
from categories.readers.blocks import Blocks
from categories.readers.confidential import ConfidentialReader
from categories.readers.lines import refuse_large
from policy.errors import ListRefused

SHIPPED = Path(__file__).with_name("lists")
_NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")
_BLOCK = 1 << 20


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

    def blocks(self) -> Blocks:
        """Its text, block by block."""
        return _blocks(self.text, packed=self.text.suffix == ".gz")


class ListLibrary:
    """The lists below `root`, and the shipped ones unless `shipped` is `None`."""

    def __init__(self, root: Path, shipped: Path | None = SHIPPED) -> None:
        self.root = root
        self.files = LibraryFiles(root)
        self._texts = root / "texts"
        self._shipped = shipped

    # What takes part -----------------------------------------------------------------------------

    def items(self, staged: Iterable[SourceList] = ()) -> tuple[SourceList, ...]:
        """
        Every list that takes part, by name; `staged` ones in place of those of their name.

        Raises `ConfigurationError` where the library's own files are damaged.
        """
        state = self.files.state()
        now = datetime.now(UTC)
        for each in staged:
            as_put = Put(record=each.record, left_out=tuple(each.left_out))
            state = changed(state, as_put, frozenset(), at=now, because="")
        return self.sources(state)

    def with_(self, change: ListChange) -> tuple[SourceList, ...]:
        """The lists that would take part after a change. Raises `ListRefused`, and touches nothing."""
        return self.sources(self.after(self.files.state(), change))

    def after(
        self, state: LibraryState, change: ListChange, *, at: datetime | None = None, because: str = ""
    ) -> LibraryState:
        """What a change makes of `state`, as `changed` says; `at` is now where it is not given."""
        return changed(state, change, self.shipped_names(), at=at or datetime.now(UTC), because=because)

    def sources(self, state: LibraryState) -> tuple[SourceList, ...]:
        """The lists that take part in a state, by name. Raises `ListRefused` where a text is not kept."""
        lists = {each.name: each for each in (*self._shipped_lists(), *self._imported(state))}
        state = self._resolved(state, lists)
        return tuple(
            replace(each, left_out=_left_out(state, each))
            for name, each in sorted(lists.items())
            if name not in state.disabled
        )

    def resolved(self, state: LibraryState) -> LibraryState:
        """
        The same state, in which every withheld entry says in which lines of its list's text it stands.

        Reads the texts of lists that have got another one since.
        """
        return self._resolved(
            state, {each.name: each for each in (*self._shipped_lists(), *self._imported(state))}
        )

    def text_of(self, sha256: str) -> Path:
        """Where the text of this digest is kept, or would be."""
        return self._texts / f"{sha256}.gz"

    def kept_text(self, name: str, sha256: str) -> Blocks | None:
        """The text of a list, the one in force or a former one; None where it is no longer kept."""
        path = self.text_of(sha256)
        if path.exists():
            return _blocks(path, packed=True)
        shipped = self._shipped / f"{name.removeprefix(SHIPPED_PREFIX)}.txt" if self._shipped else None
        if shipped is None or not name.startswith(SHIPPED_PREFIX) or not shipped.exists():
            return None
        same = hashlib.sha256(shipped.read_bytes()).hexdigest() == sha256
        return _blocks(shipped) if same else None

    def texts(self) -> dict[str, datetime]:
        """The sha256 of every text that is kept, and when it was read in."""
        return {
            path.stem: datetime.fromtimestamp(path.stat().st_mtime, UTC)
            for path in self._texts.glob("*.gz")
            if not path.name.startswith(".")
        }

    def shipped_names(self) -> frozenset[str]:
        """The names of the lists that come with the product, whether they are disabled or not."""
        paths = self._shipped.glob("*.txt") if self._shipped else ()
        return frozenset(f"{SHIPPED_PREFIX}{path.stem}" for path in paths)

    def shipped_list(self, name: str) -> SourceList | None:
        """One of the lists that come with the product."""
        return next((each for each in self._shipped_lists() if each.name == name), None)

    def _imported(self, state: LibraryState) -> Iterator[SourceList]:
        for _, record in sorted(state.records.items()):
            yield SourceList(record, self.text_of(record.sha256))

    def _shipped_lists(self) -> Iterator[SourceList]:
        for path in sorted(self._shipped.glob("*.txt")) if self._shipped else ():
            name = f"{SHIPPED_PREFIX}{path.stem}"
            category = path.stem.partition(".")[0]
            yield SourceList(_record(name, category, _blocks(path), given=str(path))[0], path)

    def read_in(
        self,
        name: str,
        category: str,
        path: Path,
        on_progress: Callable[[int], None] | None = None,
        *,
        given: str = "",
        inside: str = "",
        column: str = "",
        digester: Digester | None = None,
    ) -> SourceList:
        """
        Read a list, whatever it came as, and keep its text; it takes part once it is `put`.

        `inside` and `column` say where in it the entries are (`categories.packed.list_blocks`). With a
        `digester` the list is confidential: what is kept are the digests of its entries.
        `on_progress` is called with the bytes read so far. Raises `ListRefused`, naming what was `given`:
        the path, unless something else is said.
        """
        if not _NAME.fullmatch(name) or name.startswith(SHIPPED_PREFIX):
            raise ListRefused(
                f"{name!r} cannot be the name of a list: give one of up to 64 lower-case letters, digits, "
                f'"-", "_" and ".", that does not begin with "{SHIPPED_PREFIX}"'
            )
        before = self.files.state().records.get(name)
        if digester is None and before is not None and before.format == ConfidentialReader.name:
            raise ListRefused(
                f"{name}: this list is confidential; import it with --confidential, or remove it first: "
                f"sluicegate lists remove {name}"
            )
        self._texts.mkdir(parents=True, exist_ok=True)
        # Lists are read in without the lock: what is new may be what another command is reading.
        for left in forgotten(self._texts):
            left.unlink(missing_ok=True)
        temporary = beside(self._texts / "text")
        try:
            with writing_below(self._texts), gzip.open(temporary, "xb", compresslevel=1) as file:
                clear = Blocks(partial(list_blocks, path, inside=inside, column=column, given=given))
                blocks = clear if digester is None else hidden(clear, given or str(path), digester)
                _copy(blocks, file, given or str(path))
            sync(temporary)
            # From the copy: what is judged is what is kept, however often it is gone over.
            text_blocks = _blocks(temporary, packed=True)
            record, bad_lines = _record(name, category, text_blocks, on_progress, given=given or str(path))
            if digester is None and record.format == ConfidentialReader.name:
                raise ListRefused(
                    f"{given or path}: what is kept of a confidential list, and nobody's list; "
                    "import the list itself, with --confidential"
                )
            text = self._texts / f"{record.sha256}.gz"
            put(temporary, text)
        finally:
            temporary.unlink(missing_ok=True)
        return SourceList(record, text, bad_lines)

    def apply(self, change: ListChange, *, because: str = "") -> LibraryState:
        """Carry a change out in the library alone: nothing is built. Raises `ListRefused`."""
        state = self.resolved(self.after(self.files.state(), change, because=because))
        self.files.become(state)
        return state

    def keep(self, source: SourceList) -> None:
        """Keep the text of a list that takes part, also of a shipped one: the next release has another."""
        path = self.text_of(source.record.sha256)
        if path.exists():
            return
        self._texts.mkdir(parents=True, exist_ok=True)
        temporary = beside(path)
        try:
            with writing_below(self._texts), gzip.open(temporary, "xb", compresslevel=1) as file:
                file.writelines(source.blocks())
            sync(temporary)
            put(temporary, path)
        finally:
            temporary.unlink(missing_ok=True)

    def put(self, source: SourceList) -> None:
        """Let a list that was read in take part, in place of one of its name."""
        self.apply(Put(record=source.record, left_out=tuple(sorted(source.left_out))))

    def leave_out(self, sources: Iterable[SourceList]) -> None:
        """Remember these lists' `left_out`, so that the next Ruleset leaves the same lines out."""
        state = self.files.state()
        for source in sources:
            state = leaving_out(state, source.record, source.left_out)
        self.files.become(state)

    def _resolved(self, state: LibraryState, lists: Mapping[str, SourceList]) -> LibraryState:
        stale = {
            held.list
            for held in state.withheld
            if held.list in lists and held.text != lists[held.list].record.sha256
        }
        if not stale:
            return state
        lines: dict[str, dict[tuple[str, str], list[int]]] = {}
        for name in sorted(stale):
            wanted = lines[name] = {(h.kind, h.entry): [] for h in state.withheld if h.list == name}
            for kind, text, line in read_blocks(lists[name].blocks(), name).entries:
                if (found := wanted.get((kind, text))) is not None:
                    found.append(line)
        return state.model_copy(
            update={
                "withheld": tuple(
                    held.model_copy(
                        update={
                            "text": lists[held.list].record.sha256,
                            "lines": tuple(lines[held.list][held.kind, held.entry]),
                        }
                    )
                    if held.list in stale
                    else held
                    for held in state.withheld
                )
            }
        )


def _left_out(state: LibraryState, source: SourceList) -> frozenset[int]:
    """The lines of a list's text that are no part of it: left out by hand, or of a withheld entry."""
    sha256 = source.record.sha256
    by_hand = state.left_out.get(list_and_text(source.name, sha256), frozenset())
    return by_hand.union(
        *(held.lines for held in state.withheld if held.list == source.name and held.text == sha256)
    )


def _record(
    name: str,
    category: str,
    blocks: Blocks,
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
        not_applicable=read.not_applicable,
        exceptions=read.exceptions,
        without_effect=read.without_effect,
    ), tuple(read.bad_lines)


def _copy(blocks: Iterable[bytes], file: gzip.GzipFile, given: str) -> None:
    size = 0
    for block in blocks:
        size += len(block)
        refuse_large(size, given)
        file.write(block)


def _blocks(text: Path, *, packed: bool = False) -> Blocks:
    def opened() -> Iterator[bytes]:
        with gzip.open(text) if packed else text.open("rb") as file:
            while block := file.read(_BLOCK):
                yield block

    return Blocks(opened)
