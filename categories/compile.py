"""
From the texts of lists to a compiled folder.

Four million entries go through here within a minute and 1.5 GB. The keys of the host index are the
only thing there is one of for every entry; all else is either a number in an array or one of the few
entries that are not hosts.
"""

from array import array
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import datetime
from itertools import filterfalse
from pathlib import Path
from typing import Literal, NamedTuple

from categories.confidential.index import COLUMNS as CONFIDENTIAL
from categories.confidential.index import ConfidentialEntries
from categories.index.automaton import MOST_LETTERS
from categories.index.host_index import MOST_PLACES, index_key, write_host_index
from categories.index.patterns import MOST_PATTERNS
from categories.index.places import Placed, Places
from categories.index.term_index import (
    HOST_TERMS,
    SEARCH_TERMS,
    URL_TERMS,
    about_host,
    letters_of,
    write_term_index,
)
from categories.index.terms import bare_prefix
from categories.library import SourceList
from categories.manifest import ListInfo, Manifest, write_manifest
from categories.readers import read_blocks
from categories.readers.confidential import ConfidentialReader, key_of
from policy.errors import ListRefused
from policy.words import EntryKind


class Progress(NamedTuple):
    """How far a build is."""

    step: Literal["read", "index", "check"]
    name: str  # of the list that is being read
    done: int  # bytes of all lists
    total: int


def compile_lists(
    folder: Path,
    digest: str,
    built_at: datetime,
    sources: Sequence[SourceList],
    on_progress: Callable[[Progress], None],
    wanted: Callable[[EntryKind, str], bool] | None = None,
) -> Manifest:
    """
    Write into the empty `folder` what `categories.ruleset.Ruleset` opens.

    `wanted` says which entries are: all, unless one URL is all that it will be asked for (`narrow.py`).

    Raises `ListRefused` where a text is not what it was when it was read in, or where there is more than a
    Ruleset can hold.
    """
    total = sum(source.record.size for source in sources)
    done = 0
    keys: list[str] = []
    places = array("I")
    terms: list[Placed] = []
    lists: list[ListInfo] = []
    confidential = ConfidentialEntries()
    start = 0  # the place of this list's line 0
    host = EntryKind.HOST
    for source in sources:

        def reported(size: int, source: SourceList = source, before: int = done) -> None:
            on_progress(Progress("read", source.name, before + size, total))

        read = read_blocks(source.blocks(), source.name, reported)
        if source.record.format == ConfidentialReader.name:
            confidential.take(read.entries, source.left_out, start)  # and none is left for what follows
        for kind, text, line in read.entries:
            if line in source.left_out or (wanted is not None and not wanted(kind, text)):
                continue
            if kind is host:
                keys.append(text[::-1] + ".")  # as `index_key`, without the call
                places.append(start + line)
            elif kind is EntryKind.ADDRESS:
                keys.append(index_key(kind, text))
                places.append(start + line)
            else:
                terms.append(
                    Placed(start + line, kind, bare_prefix(text) if kind is EntryKind.PREFIX else text)
                )
        if read.sha256 != source.record.sha256:
            raise ListRefused(f"{source.text}: not the text that was read in; import {source.name} again")
        lists.append(_info(source))
        done += source.record.size
        start += read.lines + 1
        if start > MOST_PLACES:
            largest = max(sources, key=lambda each: each.record.lines)
            raise ListRefused(
                f"{largest.name}: it has {largest.record.lines:,} lines; all lists may have {MOST_PLACES:,}"
            )
    on_progress(Progress("index", "", total, total))
    list_of = Places([each.lines for each in lists]).list_of

    def name_of(place: int) -> str:
        return lists[list_of(place)].name

    _refuse_many_patterns(terms, name_of)
    terms = _once_a_list(terms, list_of)
    if letters_of(terms) > MOST_LETTERS:
        prefixes = [term for term in terms if term.kind is EntryKind.PREFIX]
        keys += [index_key(term.kind, term.text) for term in prefixes]
        places.extend(term.place for term in prefixes)
        terms = [term for term in terms if term.kind is not EntryKind.PREFIX]
    _write_terms(folder, terms, name_of)
    write_host_index(folder, keys, places, list_of)
    if (key := _one_key(sources)) is not None:
        confidential.write(folder / CONFIDENTIAL, key, list_of)
    return write_manifest(folder, digest, built_at, lists)


def _write_terms(folder: Path, terms: Sequence[Placed], name_of: Callable[[int], str]) -> None:
    """By what each is looked for in: the host, what was typed into a search engine, the whole URL."""
    searched = [term for term in terms if term.kind is EntryKind.SEARCH_TERM]
    others = [term for term in terms if term.kind is not EntryKind.SEARCH_TERM]
    write_term_index(folder / HOST_TERMS, filter(about_host, others), name_of)
    write_term_index(folder / URL_TERMS, filterfalse(about_host, others), name_of)
    write_term_index(folder / SEARCH_TERMS, searched, name_of)


def _one_key(sources: Sequence[SourceList]) -> str | None:
    """The name of the key that all confidential lists are of; None where there is no such list."""
    hidden = [source for source in sources if source.record.format == ConfidentialReader.name]
    keys = {key_of(next(iter(source.blocks()), b"")): source.name for source in hidden}
    if len(keys) > 1:
        told = ", ".join(f"{name} of key {key}" for key, name in sorted(keys.items()))
        raise ListRefused(f"confidential lists of several keys: {told}; import them again, or remove some")
    return next(iter(keys), None)


def _refuse_many_patterns(terms: Sequence[Placed], name_of: Callable[[int], str]) -> None:
    by_list = Counter(name_of(term.place) for term in terms if term.kind is EntryKind.PATTERN)
    if by_list.total() > MOST_PATTERNS:
        ((name, count),) = by_list.most_common(1)
        raise ListRefused(
            f"{name}: it has {count:,} wildcards and regular expressions; all lists have "
            f"{by_list.total():,}, and at most {MOST_PATTERNS:,} can be tried: leave some out"
        )


def _info(source: SourceList) -> ListInfo:
    record = source.record
    return ListInfo(
        name=record.name,
        category=record.category,
        format=record.format,
        entries=record.entries,
        bad_lines=record.bad_lines,
        lines=record.lines,
        sha256=record.sha256,
        left_out=tuple(sorted(source.left_out)),
    )


def _once_a_list(terms: Sequence[Placed], list_of: Callable[[int], int]) -> list[Placed]:
    """Of an entry that one list has twice, the first line; as the host index has it."""
    first = {(list_of(term.place), term.kind, term.text): term for term in reversed(terms)}
    return sorted(first.values())
