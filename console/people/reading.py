"""
Who has read the notice, in numbers: by unit, and no small ones; pure.

That somebody has not read it is their business, and of who must see to it. A unit of a few people is those
people; so units with fewer than `FEW` are told together, and where even those are few the next smallest
joins them, since otherwise the total would give them away. Of fewer than that in all there are no numbers.
Names are another question (`PresenceStore.unread`), which leaves a record.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from db.presence import Reading

FEW = 10


@dataclass(frozen=True, slots=True)
class Readers:
    """How many of these people have read which version last; nothing where there are few of them."""

    units: tuple[str, ...]  # more than one where each has few people
    people: int | None
    current: int | None = None  # have read the version in force
    earlier: int | None = None  # an earlier one
    none: int | None = None  # none at all


def by_unit(readings: Iterable[Reading], version: str) -> list[Readers]:
    """Numbers of every unit that has enough people, by name; last the others together."""
    units: defaultdict[str, list[Reading]] = defaultdict(list)
    for one in readings:
        of = f" of {one.organisation}" if one.organisation else ""
        units[f"{one.unit or '(no unit)'}{of}"].append(one)
    smallest_first = sorted(units.items(), key=lambda item: (len(item[1]), item[0]))
    together: dict[str, list[Reading]] = {}
    shown = []
    for unit, people in smallest_first:
        if len(people) < FEW or 0 < sum(map(len, together.values())) < FEW:
            together[unit] = people
        else:
            shown.append(_readers((unit,), people, version))
    shown.sort(key=lambda one: one.units)
    if together:
        everybody = [one for people in together.values() for one in people]
        shown.append(_readers(tuple(sorted(together)), everybody, version))
    return shown


def _readers(units: tuple[str, ...], people: list[Reading], version: str) -> Readers:
    if len(people) < FEW:
        return Readers(units, None)
    current = sum(one.version == version for one in people)
    none = sum(one.version is None for one in people)
    return Readers(units, len(people), current, len(people) - current - none, none)
