"""
The host index: one suffix question, asked of millions of names at once.

A host entry covers the host and everything below it, so the question is which entries are a suffix
of `www.bet.test` at a label boundary. Spelt backwards and closed with a fence, suffixes become
prefixes: `tset.teb.` is a prefix of `tset.teb.www.`, and neither of `tset.tebton.` nor the other way
about. A MARISA trie answers "which keys are prefixes of this?" in one walk, in 26 MB for four million
hosts, straight from a mapped file that all processes share.

Two other questions are prefix questions too and take the same walk:

- an address range holds the addresses that begin with its bits: the key is `4:` or `6:` and those bits;
- a URL prefix, where there are too many of them for the automaton (see `categories/index/automaton.py`):
  the key is the host as above, then the path. `tset.teb./` alone tells that a host has such keys, so
  that no other host pays for a second walk.

The trie numbers its keys from 0; `places` says for each number where the entry stands. A *place* is
one integer for a list and a line (`categories/index/places.py`). The few hosts that stand in several
lists have, instead of a place, the position of their places in `more`.
"""

from array import array
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import marisa_trie

from categories.entries import bare_host, starts_at_boundary
from categories.index.addresses import address_bits, looks_like_an_address, range_bits, range_of
from categories.index.columns import Columns, write_columns
from categories.index.places import Found
from policy.words import EntryKind, FoundBy

TRIE = "hosts.trie"
COLUMNS = "hosts.columns"

_NOWHERE = 0xFFFF_FFFF  # a key that is no entry by itself
_SEVERAL = 0x8000_0000  # the rest of the number is a position in `more`
MOST_PLACES = _SEVERAL - 1


class HostIndex:
    """What a compiled folder says about hosts, address ranges and, where indexed, URL prefixes."""

    def __init__(self, folder: Path) -> None:
        self._trie = marisa_trie.Trie().mmap(str(folder / TRIE))
        columns = Columns(folder / COLUMNS)
        self._places = columns.numbers("places")
        self._more = columns.numbers("more")

    def find(self, host: str) -> tuple[tuple[Found, ...], bool]:
        """Every entry that covers this host, and whether there are indexed URL prefixes on it."""
        has_prefixes = _host_key(bare_host(host)) + "/" in self._trie
        if looks_like_an_address(host):
            return tuple(self._find_address(host)), has_prefixes
        return tuple(
            Found(place, EntryKind.HOST, key[-2::-1], FoundBy.HOST_INDEX)
            for key, number in self._trie.iter_prefixes_with_ids(_host_key(host))
            for place in self._places_of(number)
        ), has_prefixes

    def _find_address(self, host: str) -> Iterator[Found]:
        # An address has no subdomains: `1.2.3` is no part of `1.2.3.4`.
        number = self._trie.get(_host_key(host))
        if number is not None:
            for place in self._places_of(number):
                yield Found(place, EntryKind.HOST, host, FoundBy.HOST_INDEX)
        for key, number in self._trie.iter_prefixes_with_ids(address_bits(host)):
            for place in self._places_of(number):
                yield Found(place, EntryKind.ADDRESS, range_of(key), FoundBy.ADDRESS_TABLE)

    def find_prefixes(self, host: str, target: str) -> tuple[Found, ...]:
        """Every indexed URL prefix that covers this host and target."""
        host, target = bare_host(host), target or "/"  # as in `hits` of `categories/index/terms.py`
        fenced = _host_key(host)
        return tuple(
            Found(place, EntryKind.PREFIX, host + path, FoundBy.PREFIX_INDEX)
            for key, number in self._trie.iter_prefixes_with_ids(fenced + target)
            if (path := key[len(fenced) :]) and starts_at_boundary(target, path)
            for place in self._places_of(number)
        )

    def below(self, host: str) -> Iterator[tuple[str, str]]:
        """Host and target of every key that covers `host`, something under it, or a part of either."""
        for key in self._trie.iterkeys(_host_key(host)):
            backwards, slash, path = key.partition("/")
            yield backwards[-2::-1], slash + path or "/"

    def entries_below(self, host: str, target: str = "/") -> Iterator[Found]:
        """
        Every entry that covers less than this host and target: hosts under it, and URL prefixes; in no order.

        With a target the URL prefixes alone that go on from it.
        """
        own, on_site = _host_key(host), _host_key(bare_host(host))
        if target != "/":
            starts = [on_site + target]
        elif own == on_site:
            starts = [own]
        else:
            starts = [own, f"{on_site}/"]
        for start in starts:
            for key, number in self._trie.iteritems(start):
                backwards, slash, path = key.partition("/")
                if key in {own, on_site + target} or not starts_at_boundary(slash + path or "/", target):
                    continue
                kind = EntryKind.PREFIX if slash else EntryKind.HOST
                found_by = FoundBy.PREFIX_INDEX if slash else FoundBy.HOST_INDEX
                for place in self._places_of(number):
                    yield Found(place, kind, backwards[-2::-1] + slash + path, found_by)

    def in_several(self) -> Iterator[tuple[str, tuple[int, ...]]]:
        """Every host that stands in several lists, with its places; in no order."""
        for number, place in enumerate(self._places):
            if place >= _SEVERAL and place != _NOWHERE:
                key = self._trie.restore_key(number)
                if key.endswith(".") and "/" not in key:  # no URL prefix, and no address range
                    yield key[-2::-1], tuple(self._places_of(number))

    def _places_of(self, number: int) -> Iterable[int]:
        place: int = self._places[number]
        if place < _SEVERAL:
            return (place,)
        if place == _NOWHERE:
            return ()
        start = place - _SEVERAL + 1
        return self._more[start : start + self._more[start - 1]]


def _host_key(host: str) -> str:
    return host[::-1] + "."


def index_key(kind: EntryKind, text: str) -> str:
    """The key an entry of kind HOST, ADDRESS or PREFIX has in the trie."""
    if kind is EntryKind.HOST:
        return _host_key(text)
    if kind is EntryKind.ADDRESS:
        return range_bits(text)
    host, slash, path = text.partition("/")
    return _host_key(bare_host(host)) + slash + path


def write_host_index(
    folder: Path, keys: list[str], places: array[int], list_of: Callable[[int], int]
) -> None:
    """
    Write the index of `keys`, each with its place at the same position of `places`.

    `keys` is used up: it is emptied as soon as it is not needed, since it is the largest thing in a
    build. Of a key that one list (`list_of` a place) has twice, the first line is kept.
    """
    # A path begins with the first slash of a key: no host has one.
    marks = {key[: key.index("/") + 1] for key in keys if "/" in key}
    trie = marisa_trie.Trie(key for source in (keys, marks) for key in source)
    try:
        trie.save(str(folder / TRIE))
    except RuntimeError as error:  # so it calls a full disk
        raise OSError("the host index cannot be written; is the disk full?") from error
    first = array("I", [_NOWHERE]) * len(trie)
    others: dict[int, list[int]] = {}
    for number, place in zip(map(trie.key_id, keys), places, strict=True):
        before = first[number]
        if before == _NOWHERE:
            first[number] = place
        elif list_of(place) not in map(list_of, known := others.get(number, [before])):
            others[number] = [*known, place]
    keys.clear()
    more = array("I")
    for number, known in sorted(others.items()):
        first[number] = _SEVERAL + len(more)
        more.extend([len(known), *known])
    write_columns(folder / COLUMNS, {"places": first, "more": more}, {})
