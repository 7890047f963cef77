"""
Who asks, for `sluicegate explain`: somebody from the registers, or whoever a what-if makes of them.

Nothing is looked up of what people have done: that somebody read the notice is taken for granted, a purpose
they stated is left out, and of several roles the one counts that is given.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime

from addons.identity.htpasswd import read_htpasswd
from addons.identity.settings import IdentityKind, IdentitySettings
from policy.document import Policy
from policy.facts import Who
from policy.judge import stands_against
from policy.people import Claim, People, fold_login, introduce
from policy.presence import Presence
from policy.words import PersonHow, Reason

_AGAINST = {
    Reason.NO_PERSON: "without a person the gateway asks to sign in, unless the host is essential",
    Reason.UNKNOWN_PERSON: "refused, unless the host is essential: the register has no such person",
    Reason.DISABLED: "refused, unless the host is essential: the person or device is disabled, or has left",
}


@dataclass(frozen=True, slots=True)
class Asker:
    """What was said of who asks; what was not is as the registers have it."""

    person: str | None = None
    organisation: str = ""
    role: str | None = None
    unit: str | None = None
    address: str | None = None


def known_as(
    asker: Asker, people: People, identity: IdentitySettings, policy: Policy, at: datetime
) -> tuple[Who, tuple[str, ...]]:
    """The person as the gateway would know them at `at`, and what there is to say about it."""
    login = fold_login(asker.person) if asker.person is not None else None
    claim = Claim(login, PersonHow.BASIC, asker.organisation) if login is not None else None
    by_device = IdentityKind.DEVICE in identity.kinds
    who = introduce(claim, asker.address, people, Presence(), at, by_device=by_device)
    if who.person is not None:
        version = policy.notice.version if policy.notice is not None else None
        who = replace(who, notified=version is not None, notice=version)
    known, notes = who, tuple(_notes(asker, who, people, identity, at))
    if asker.role is not None:
        known = replace(known, role=asker.role)
    if asker.unit is not None:
        known = replace(known, unit=asker.unit)
    return known, notes


def told_against(who: Who, host: str, identity: IdentitySettings) -> tuple[str, ...]:
    """Why the gateway would let this person have nothing but essential hosts, where it would not."""
    against = stands_against(who, required=identity.requires(who.client_ip, host))
    return (_AGAINST[against],) if against is not None else ()


def _notes(asker: Asker, who: Who, people: People, identity: IdentitySettings, at: datetime) -> Iterator[str]:
    if who.person is None or asker.person is None:
        return
    if not identity.asks:
        yield "the gateway asks nobody who they are (identity.kinds)"
    if identity.kinds == (IdentityKind.HTPASSWD,) and not _is_in_file(who.person, identity):
        yield "this person is not in identity.htpasswd_file"
    person = people.persons.get((asker.organisation, who.person))
    if person is None:
        return
    held = [one.role for one in person.roles if at < one.until]
    if asker.role is None and len(held) > 1:
        yield f"has several roles ({', '.join(held)}) and acts in none until one is chosen: see --role"
    if asker.role is not None and fold_login(asker.role) not in map(fold_login, held):
        yield "does not hold that role"


def _is_in_file(login: str, identity: IdentitySettings) -> bool:
    path = identity.htpasswd_file
    return path is not None and login in map(fold_login, read_htpasswd(path))
