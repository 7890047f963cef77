"""
The digests of all confidential lists, as a Ruleset holds them: sorted numbers in mapped columns.

A digest of 128 bits is two numbers. They are sorted by the first, which is looked for by halving, some
twenty steps in a million; the second confirms it. A host's digests are looked for once, since what is found
is remembered with the host; a target's only on hosts of which `sites` says that they have URL prefixes. Where
there is no confidential list there is no file, and nothing of this runs.
"""

from array import array
from bisect import bisect_left
from collections.abc import Callable, Container, Iterable, Iterator
from pathlib import Path

from categories.confidential.digests import Digester
from categories.entries import Entry, bare_host
from categories.index.columns import Columns, write_columns
from categories.index.places import Found
from categories.readers.confidential import ENTRY
from policy.errors import ListRefused
from policy.words import EntryKind, FoundBy

COLUMNS = "confidential.columns"

_HALF = 8  # bytes of a digest in each of its two numbers


class ConfidentialIndex:
    """What a compiled folder says by digests. Raises `ListRefused` where they are not of this key."""

    def __init__(self, path: Path, digester: Digester) -> None:
        columns = Columns(path)
        (name,) = columns.texts("key")
        if name != digester.name:
            raise ListRefused(
                f"{path.parent}: its confidential lists are of the key {name}, and the key here is "
                f"{digester.name}; bring that one, or import the lists again"
            )
        self._digester = digester
        self._high = columns.numbers("high")
        self._low = columns.numbers("low")
        self._places = columns.numbers("places")
        self._sites = columns.numbers("sites")

    def find(self, host: str) -> tuple[tuple[Found, ...], bool]:
        """Every HOST entry that covers this host, and whether there are URL prefixes on it."""
        found = tuple(
            Found(place, EntryKind.HOST, ENTRY + digest.hex(), FoundBy.CONFIDENTIAL, each)
            for each, digest in self._digester.covering_hosts(host)
            for place in self._places_of(digest)
        )
        site = int.from_bytes(self._digester.of_site(host))
        at = bisect_left(self._sites, site)
        return found, at < len(self._sites) and self._sites[at] == site

    def find_prefixes(self, host: str, target: str) -> tuple[Found, ...]:
        """Every PREFIX entry that covers this host and target."""
        site = self._digester.of_site(host).hex()
        return tuple(
            Found(
                place,
                EntryKind.PREFIX,
                f"{ENTRY}{site}/{digest.hex()}",
                FoundBy.CONFIDENTIAL,
                bare_host(host) + path,
            )
            for path, digest in self._digester.covering_paths(host, target)
            for place in self._places_of(digest)
        )

    def _places_of(self, digest: bytes) -> Iterator[int]:
        high, low = int.from_bytes(digest[:_HALF]), int.from_bytes(digest[_HALF:])
        at = bisect_left(self._high, high)
        while at < len(self._high) and self._high[at] == high:
            if self._low[at] == low:
                yield self._places[at]
            at += 1


class ConfidentialEntries:
    """The entries of confidential lists as they are read, to be written as an index."""

    def __init__(self) -> None:
        self._high, self._low, self._places = array("Q"), array("Q"), array("I")
        self._sites: set[int] = set()

    def __len__(self) -> int:
        return len(self._places)

    def add(self, text: str, place: int) -> None:
        """Take one entry, as `categories/readers/confidential.py` reads it."""
        site, _, digest = text.removeprefix(ENTRY).rpartition("/")
        self._high.append(int(digest[: 2 * _HALF], 16))
        self._low.append(int(digest[2 * _HALF :], 16))
        self._places.append(place)
        if site:
            self._sites.add(int(site, 16))

    def take(self, entries: Iterable[Entry], left_out: Container[int], start: int) -> None:
        """Take those of a list that are not left out; `start` is the place of its line 0."""
        for entry in entries:
            if entry.line not in left_out:
                self.add(entry.text, start + entry.line)

    def write(self, path: Path, key: str, list_of: Callable[[int], int]) -> None:
        """
        Write the index. `key` names the key that all digests are of.

        Of an entry that one list (`list_of` a place) has twice, the first line is kept.
        """
        high, low, places = array("Q"), array("Q"), array("I")
        before: tuple[int, int, int] | None = None
        for at in sorted(range(len(self)), key=self._sorted_by):
            entry = self._high[at], self._low[at], list_of(self._places[at])
            if entry != before:
                high.append(entry[0])
                low.append(entry[1])
                places.append(self._places[at])
            before = entry
        sites = array("Q", sorted(self._sites))
        write_columns(path, {"high": high, "low": low, "places": places, "sites": sites}, {"key": [key]})

    def _sorted_by(self, at: int) -> tuple[int, int, int]:
        return self._high[at], self._low[at], self._places[at]
