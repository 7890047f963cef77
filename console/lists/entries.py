"""Finding one entry of a list, as people name it: what it is there, and what stands on a line with it."""

from collections import defaultdict
from dataclasses import dataclass

from categories.library import ListLibrary, SourceList
from categories.readers import read_blocks
from categories.readers.confidential import ConfidentialReader
from categories.urls.normalise import UrlRefused, normalise_host
from policy.errors import ListRefused
from policy.words import EntryKind

_MOST_TOGETHER = 10


@dataclass(frozen=True, slots=True)
class FoundEntry:
    """One entry of a list."""

    kind: EntryKind
    entry: str  # as the readers give it
    lines: tuple[int, ...]
    together: tuple[tuple[int, str], ...]  # line and text of others on the same lines, the first of them


def find_entry(library: ListLibrary, name: str, given: str) -> FoundEntry:
    """
    The entry of list `name` that is written `given`, and its neighbours: lines are withheld whole.

    Raises `ListRefused` where there is no such list or entry, or the list is confidential.
    """
    source = _source(library, name)
    if source.record.format == ConfidentialReader.name:
        raise ListRefused(
            f"{name}: of a confidential list nobody can name an entry; import it without that line"
        )
    spelt = _spellings(given)
    lines: dict[tuple[EntryKind, str], list[int]] = defaultdict(list)
    for kind, text, line in read_blocks(source.blocks(), name).entries:
        if text in spelt:
            lines[kind, text].append(line)
    if not lines:
        raise ListRefused(f"{name}: has no entry {given[:80]!r}; another may cover it: sluicegate explain")
    if len(lines) > 1:
        kinds = ", ".join(sorted(kind.value for kind, _ in lines))
        raise ListRefused(
            f"{name}: has {given[:80]!r} several times, as {kinds}; import it without those lines"
        )
    ((kind, text), its_lines) = next(iter(lines.items()))
    wanted = frozenset(its_lines)
    together = [
        (line, other)
        for _, other, line in read_blocks(source.blocks(), name).entries
        if line in wanted and other != text
    ]
    return FoundEntry(kind, text, tuple(its_lines), tuple(together[:_MOST_TOGETHER]))


def _source(library: ListLibrary, name: str) -> SourceList:
    state = library.files.state()
    if name in state.records:
        return SourceList(state.records[name], library.text_of(state.records[name].sha256))
    if (shipped := library.shipped_list(name)) is not None:
        return shipped
    known = ", ".join([*sorted(state.records), *sorted(library.shipped_names())]) or "none"
    raise ListRefused(f"{name}: no list has this name; there are: {known}")


def _spellings(given: str) -> frozenset[str]:
    """As it is given, in lower case, and normalised as a host, or as a host with a path."""
    given = given.strip()
    spelt = {given, given.lower()}
    host, slash, path = given.partition("/")
    try:
        normal = normalise_host(host)
    except UrlRefused:
        return frozenset(spelt)
    return frozenset(spelt | {normal + slash + path, (normal + slash + path).rstrip("/")})
