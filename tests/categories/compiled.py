"""Small Rulesets, compiled from lists written in a test."""

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

from categories.build import digest_of
from categories.compile import compile_lists
from categories.library import ListLibrary, SourceList
from categories.ruleset import Ruleset

BUILT_AT = datetime(2026, 3, 1, 12, tzinfo=UTC)


def source(library: ListLibrary, folder: Path, name: str, text: str, category: str = "") -> SourceList:
    """A list read in from a text in the native format; its category is its name's first part."""
    path = folder / f"{name}.txt"
    path.write_text(f"# sluicegate-list: 1\n{text}\n", "utf-8")
    return library.read_in(name, category or name.partition(".")[0], path)


def sources(folder: Path, lists: Mapping[str, str]) -> list[SourceList]:
    """The lists of these names and texts. An entry's line is one more than in its text."""
    folder.mkdir(parents=True, exist_ok=True)
    library = ListLibrary(folder / "library", shipped=None)
    return [source(library, folder, name, text) for name, text in sorted(lists.items())]


def compiled(folder: Path, lists: Mapping[str, str]) -> Ruleset:
    """The Ruleset of these lists."""
    its_sources = sources(folder, lists)
    digest = digest_of(its_sources)
    target = folder / digest
    target.mkdir()
    compile_lists(target, digest, BUILT_AT, its_sources, lambda progress: None)
    return Ruleset.open(target)
