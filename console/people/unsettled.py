"""What of people and exemptions waits for somebody: told by `sluicegate check`."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta

from db.exemption_rows import AccessRequest
from db.person_rows import RegisteredPerson
from policy.document import Policy
from policy.people import fold_login

type Unsettled = tuple[str, str]
"""What it is about, and what is so and what to do."""

SOON = timedelta(days=14)
LONG = timedelta(days=7)


def unsettled(
    people: Sequence[RegisteredPerson], requests: Iterable[AccessRequest], policy: Policy, now: datetime
) -> Iterator[Unsettled]:
    """Roles that nobody confirms, offices that nobody has, requests that nobody decides; in numbers."""
    here = [person for person in people if not _is_refused(person, now)]
    if not people:
        yield "people", "the register is empty: whoever proves a login is somebody; sluicegate people import"
    over = sum(held.until <= now for person in here for held in person.held)
    if over:
        yield "roles", f"{over:,} were not confirmed in time and open nothing; sluicegate people confirm-role"
    ending = sum(now < held.until <= now + SOON for person in here for held in person.held)
    if ending:
        yield "roles", f"{ending:,} run out within {SOON.days} days; sluicegate people confirm-role"
    offices = {fold_login(held.role) for person in here for held in person.held if now < held.until}
    for category, rule in policy.rules.items() if people else ():
        wanted = [tuple(rule.granted_by), (rule.second_office,) if rule.second_office else ()]
        for one_of in filter(None, wanted):
            if offices.isdisjoint(map(fold_login, one_of)):
                yield (
                    f"category.{category}",
                    f"nobody of the register has the role {' or '.join(one_of)}: no exemption can be granted",
                )
    waiting = [one for one in requests if one.at <= now - LONG]
    if waiting:
        yield (
            "exemptions",
            f"{len(waiting):,} requests have waited for more than {LONG.days} days; "
            "sluicegate exemptions list --waiting",
        )


def _is_refused(person: RegisteredPerson, now: datetime) -> bool:
    ends = person.entry.ends
    return person.disabled is not None or (ends is not None and ends <= now)
