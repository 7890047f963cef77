"""Taking people over: what is told of them against what the register says, and then all of it or nothing."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from console.people.difference import Difference, difference, refuse_implausible
from console.people.table import Table
from db.people import Entered, PeopleStore
from db.person_rows import PersonEntry
from policy.errors import RegisterRefused


@dataclass(frozen=True, slots=True)
class Imported:
    """What differs, and what was done about it: None where there was nothing to do, or it was a dry run."""

    difference: Difference
    entered: Entered | None
    strangers: int  # people whose line manager is nobody of the register


def import_people(
    store: PeopleStore,
    told: Table[PersonEntry],
    *,
    now: datetime,
    role_days: int,
    because: str,
    dry_run: bool,
    accept_leavers: bool,
    on_progress: Callable[[int, int], None],
) -> Imported:
    """
    Bring the register to what is told; with `dry_run` only say what that would be.

    Raises `RegisterRefused` for an import of nobody, or by which more would have left than is plausible
    (unless `accept_leavers`), and as `PeopleStore.enter` does.
    """
    if not told.rows:
        raise RegisterRefused("it tells of nobody; an import is of everybody who is there")
    register = {one.entry.key: one.entry for one in store.everybody()}
    found = difference(register, told.rows, told.columns, now)
    there = register.keys() | {person.key for person in told.rows}
    strangers = sum(
        person.manager is not None and (person.organisation, person.manager) not in there
        for person in found.told
    )
    if dry_run or not found:
        return Imported(found, None, strangers)
    if not accept_leavers:
        refuse_implausible(found)
    entered = store.enter(
        found.told,
        left=[person.key for person in found.left],
        roles_until=now + timedelta(days=role_days),
        because=because,
        on_progress=on_progress,
    )
    return Imported(found, entered, strangers)
