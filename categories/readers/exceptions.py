"""
Exceptions of a list (`@@||good.test^`): what they take away, and what they cannot.

An exception takes away entries *of its own list* at or below what it names, and nothing else: another
list's entry for the same host stays, so that nobody who publishes one list can open what another closes.
In the formats of resolvers (dnsmasq, Unbound, zones) the more exact line counts, so there an exception takes
away the entry of that very name, and those below it stay.

It does not carve a hole either. Where a list has `||bet.test^` and `@@||help.bet.test^`, the Ruleset holds
entries that block and none that allow, so `help.bet.test` stays blocked with its parent. Such exceptions are
counted (`without_effect`), and whoever wants the hole writes a local entry.

An exception may stand anywhere, so a list in a format that has them is gone over twice: first for the
exceptions, of which there are at most `MOST_EXCEPTIONS`, then for the entries, which stream.
"""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from categories.entries import Entry, starts_at_boundary
from policy.words import EntryKind

MOST_EXCEPTIONS = 100_000  # of one list; the largest public lists have some thousands
MOST_LABELS = 1_000_000  # of the hosts they name, in all: each name above one is held, 127 above the longest


class Exempted(NamedTuple):
    """What one exception names: a host with all below it, or a beginning of URLs on these hosts."""

    host: str
    target: str = ""  # "" for all of them
    whole: bool = False  # whether the target ends where a segment does, as a PREFIX's
    alone: bool = False  # whether names below the host keep the entries of their own


class ExceptionRule(Exception):
    """The line is an exception; `exempted` is what it names."""

    def __init__(self, exempted: Iterable[Exempted]) -> None:
        super().__init__()
        self.exempted = tuple(exempted)


def exempted_by(kind: EntryKind, text: str) -> Exempted | None:
    """What an exception names that is written like this entry; `None` where that cannot be taken away."""
    host, slash, target = text.partition("/")
    match kind:
        case EntryKind.HOST:
            return Exempted(text)
        case EntryKind.PREFIX:
            return Exempted(host, slash + target, whole=True)
        case EntryKind.PATTERN if host and "*" not in host.removeprefix("*.") and text.endswith("*"):
            return Exempted(host.removeprefix("*."), slash + target.removesuffix("*"))
        case EntryKind.PATTERN if host and not slash and "*" not in host.removeprefix("*."):
            return Exempted(host.removeprefix("*."))
        case _:
            return None


class Exceptions:
    """
    All exceptions of one list. `keep` is used once; the counts are right when it has ended.

    The work for one entry is bounded by its length, however many exceptions name its host.
    """

    def __init__(self, several: Iterable[Exempted]) -> None:
        self._alone: set[str] = set()  # hosts
        self._targets: dict[str, dict[str, bool]] = {}  # by host: each target, and whether it is whole
        self._lengths: dict[str, set[int]] = {}  # by host: of its targets
        self._under: dict[str, list[Exempted]] = {}  # by host: what it would have to be opened for
        self._held: set[Exempted] = set()
        self.taken_away = 0  # entries
        for each in set(several):
            if each.alone:
                self._alone.add(each.host)
            else:
                targets = self._targets.setdefault(each.host, {})
                targets[each.target] = each.whole and targets.get(each.target, True)
                self._lengths.setdefault(each.host, set()).add(len(each.target))
            for parent in _upwards(each.host):
                if each.target or parent != each.host:
                    self._under.setdefault(parent, []).append(each)

    @property
    def without_effect(self) -> int:
        """Exceptions below a host that the list goes on to name."""
        return len(self._held)

    def keep(self, entries: Iterable[Entry]) -> Iterator[Entry]:
        """The entries that no exception takes away."""
        for entry in entries:
            if self._takes_away(entry):
                self.taken_away += 1
                continue
            if entry.kind is EntryKind.HOST:
                self._held.update(self._under.pop(entry.text, ()))
            yield entry

    def _takes_away(self, entry: Entry) -> bool:
        if entry.text in self._alone:
            return True
        host, slash, target = entry.text.partition("/")
        if "*" in host:
            # Whatever stands for the star, the name ends in these labels; without any it may be anywhere.
            star, dot, host = host.rpartition("*")[2].partition(".")
            if star or not dot:
                return False
        return any(self._covers(name, slash + target) for name in _upwards(host) if name in self._targets)

    def _covers(self, host: str, target: str) -> bool:
        for length in self._lengths[host]:
            beginning = target[:length]
            whole = self._targets[host].get(beginning)
            if whole is False or (whole and starts_at_boundary(target, beginning)):
                return True
        return False


def _upwards(host: str) -> Iterator[str]:
    """The name itself, then what it is below of."""
    while host:
        yield host
        host = host.partition(".")[2]
