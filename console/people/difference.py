"""
What an import would change in the register: who is new, who is another, who has left; pure.

Nobody is deleted. Who is in the register and not in the import has left, and is refused from that moment;
that they were there stays known, as it has to for the decisions that name them. What an import has no column
for stays as it is. An import tells which roles somebody has and never how long they hold: a role is not
confirmed by being told again every night (S3.4.3).
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields, replace
from datetime import datetime

from db.person_rows import PersonEntry
from policy.errors import RegisterRefused
from policy.people import PersonKey

MOST_LEAVERS = 0.2  # of those who are there; more is a file cut off, rather than a bad month
FEW = 5  # of whom any share may leave


@dataclass(frozen=True, slots=True)
class Changed:
    """One person before and after."""

    before: PersonEntry
    after: PersonEntry

    @property
    def columns(self) -> tuple[str, ...]:
        """What of them differs."""
        return tuple(
            field.name
            for field in fields(PersonEntry)
            if getattr(self.before, field.name) != getattr(self.after, field.name)
        )


@dataclass(frozen=True, slots=True)
class Difference:
    """What is to be done to the register; each in the order of logins."""

    added: tuple[PersonEntry, ...] = ()
    changed: tuple[Changed, ...] = ()
    left: tuple[PersonEntry, ...] = ()  # as they were before
    here: int = 0  # how many of these organisations were there and had not left
    leaving: int = 0  # of them, who is missing and who is told to have ended

    def __bool__(self) -> bool:
        return bool(self.added or self.changed or self.left)

    @property
    def told(self) -> tuple[PersonEntry, ...]:
        """Everybody that is to be entered as they are now."""
        return (*self.added, *(one.after for one in self.changed))


def difference(
    register: Mapping[PersonKey, PersonEntry],
    imported: Iterable[PersonEntry],
    columns: frozenset[str],
    now: datetime,
) -> Difference:
    """
    What would change; `columns` are those that the import has, others keep what the register says.

    Only organisations that the import names anybody of are compared: another's people have not left.
    """
    wanted = {person.key: person for person in imported}
    organisations = {organisation for organisation, _ in wanted}
    here = {
        key: person
        for key, person in register.items()
        if person.organisation in organisations and not _has_left(person, now)
    }
    added, changed = [], []
    for key, person in sorted(wanted.items()):
        before = register.get(key)
        if before is None:
            added.append(person)
        elif (after := _merged(before, person, columns, now)) != before:
            changed.append(Changed(before, after))
    left = tuple(person for key, person in sorted(here.items()) if key not in wanted)
    ended = sum(one.before.key in here and _has_left(one.after, now) for one in changed)
    return Difference(tuple(added), tuple(changed), left, len(here), len(left) + ended)


def refuse_implausible(found: Difference) -> None:
    """
    Raise `RegisterRefused` where so many would have left that the file is rather cut off, or another's.

    Whoever is told to have ended is refused as who is missing is: a wrong column does what a cut does.
    """
    if found.leaving > FEW and found.leaving > found.here * MOST_LEAVERS:
        raise RegisterRefused(
            f"{found.leaving:,} of {found.here:,} people would have left, and be refused at once; look at it "
            "with --dry-run, and where it is right give --accept-leavers"
        )


def _merged(before: PersonEntry, told: PersonEntry, columns: frozenset[str], now: datetime) -> PersonEntry:
    after = replace(before, **{name: getattr(told, name) for name in columns - {"login", "organisation"}})
    if "ends" not in columns and _has_left(before, now):
        return replace(after, ends=None)  # came back
    return after


def _has_left(person: PersonEntry, now: datetime) -> bool:
    return person.ends is not None and person.ends <= now
