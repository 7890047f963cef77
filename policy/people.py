"""
People and devices as the gateway knows them, and how a claim of who asks becomes a `Who`.

A *claim* is what has been verified of a client: a login, and how it was verified. It stays with a connection;
what follows from it does not. So every request introduces its person anew (`introduce`), from the
registers and from presence as they are at that moment: who is disabled is disabled on a tunnel that has
been open for hours, and who has just read the notice has read it.

Every key is an organisation and a login, so that two organisations may share a gateway, and each may have
a `jane`. The organisation that the gateway belongs to is "".
"""

import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from ipaddress import IPv4Network, IPv6Network, ip_network

from policy.facts import Who
from policy.networks import Networks
from policy.presence import Presence
from policy.quick import unfrozen
from policy.words import PersonHow, Standing

type PersonKey = tuple[str, str]  # organisation, login

_UnfrozenWho = unfrozen(Who)


def fold_login(text: str) -> str:
    """
    A login in the one form that logins are stored and compared in: `Alice` and `ALICE` are one person.

    Compatibility characters are the plain ones (NFKC) and capitals are small, as people read them. What is
    folded twice is folded once: NFKC may bring back capitals, and casefold what NFKC would compose.
    """
    if not text.isascii():
        text = unicodedata.normalize("NFKC", text).casefold()
    return unicodedata.normalize("NFKC", text.casefold()).strip()


class PersonKind(StrEnum):
    """What binds a person to the organisation (P1.0, S3.1.3)."""

    EMPLOYEE = "employee"
    AGENCY = "agency"
    CONTRACTOR = "contractor"
    VOLUNTEER = "volunteer"
    OFFICE_HOLDER = "office-holder"


@dataclass(frozen=True, slots=True)
class HeldRole:
    """A role that somebody has, until it is confirmed anew."""

    role: str
    until: datetime


@dataclass(frozen=True, slots=True)
class Person:
    """What requests are judged by; names, addresses and managers stay in the database."""

    organisation: str
    login: str
    unit: str | None = None
    roles: tuple[HeldRole, ...] = ()
    ends: datetime | None = None  # the end date's first instant on which they are refused
    disabled: bool = False

    @property
    def key(self) -> PersonKey:
        """Organisation and login."""
        return self.organisation, self.login


@dataclass(frozen=True, slots=True)
class Device:
    """A device, or a network of devices, known by its address."""

    id: str
    organisation: str
    network: str  # an address or a network in CIDR
    person: str | None = None  # who alone uses it: known by it where nothing better is
    unit: str | None = None
    disabled: bool = False


@dataclass(frozen=True, slots=True)
class Claim:
    """Who a client was found to be."""

    login: str
    how: PersonHow
    organisation: str = ""


@dataclass(frozen=True, slots=True)
class People:
    """All of them at one moment. Build with `People.of`."""

    persons: Mapping[PersonKey, Person] = field(default_factory=dict)
    by_address: Mapping[str, Device] = field(default_factory=dict)
    by_network: Networks[Device] = field(default_factory=Networks)

    @classmethod
    def of(cls, persons: Iterable[Person] = (), devices: Iterable[Device] = ()) -> "People":
        """Index them. Raises `ValueError` for a device whose network is none."""
        by_address: dict[str, Device] = {}
        by_network: list[tuple[IPv4Network | IPv6Network, Device]] = []
        for device in devices:
            network = ip_network(device.network)
            if network.num_addresses == 1:
                by_address[str(network.network_address)] = device
            else:
                by_network.append((network, device))
        return cls({person.key: person for person in persons}, by_address, Networks.of(by_network))

    @property
    def devices(self) -> Iterator[Device]:
        """Every device and network of devices."""
        yield from self.by_address.values()
        yield from self.by_network.values

    def device(self, address: str) -> Device | None:
        """The device that has this address: by itself, else the narrowest network."""
        found = self.by_address.get(address)
        return found if found is not None else next(self.by_network.holding(address), None)


def introduce(
    claim: Claim | None,
    client_ip: str | None,
    people: People,
    presence: Presence,
    now: datetime,
    *,
    by_device: bool = True,
) -> Who:
    """
    Who asks, by all that is known at `now`.

    The strongest word holds: what this connection proved, then a sign-in on the gateway's page from this
    address, then, if `by_device`, whoever alone uses the device. `standing` says what stands against
    the person or device.
    """
    device = people.device(client_ip) if client_ip is not None else None
    if claim is None and client_ip is not None:
        signed_in = presence.signed_in.get(client_ip)
        if signed_in is not None and now < signed_in.until:
            claim = Claim(signed_in.login, PersonHow.PAGE, signed_in.organisation)
        elif by_device and device is not None and device.person is not None:
            claim = Claim(device.person, PersonHow.DEVICE, device.organisation)
    name = device.id if device is not None else None
    disabled = device is not None and device.disabled
    if claim is None:
        who = _UnfrozenWho(
            device=name,
            organisation=device.organisation if device is not None else None,
            unit=device.unit if device is not None else None,
            client_ip=client_ip,
            standing=Standing.DEVICE_DISABLED if disabled else Standing.GOOD,
        )
        who.__class__ = Who
        return who
    key = (claim.organisation, claim.login)
    person = people.persons.get(key)
    acknowledged = presence.acknowledged.get(key)
    who = _UnfrozenWho(
        person=claim.login,
        how=claim.how,
        organisation=claim.organisation,
        unit=person.unit if person is not None else None,
        role=_active_role(person, presence, now) if person is not None else None,
        device=name,
        client_ip=client_ip,
        standing=Standing.DEVICE_DISABLED if disabled else _standing(person, people, now),
        notified=acknowledged is not None,
        notice=acknowledged.version if acknowledged is not None else None,
    )
    who.__class__ = Who
    return who


def _standing(person: Person | None, people: People, now: datetime) -> Standing:
    if person is None:
        # Without a register of people whoever proves a login is somebody; with one, who is not in it is not.
        return Standing.UNKNOWN if people.persons else Standing.GOOD
    if person.disabled:
        return Standing.DISABLED
    return Standing.ENDED if person.ends is not None and now >= person.ends else Standing.GOOD


def _active_role(person: Person, presence: Presence, now: datetime) -> str | None:
    """The one role, or the chosen one of several (S3.4.4); a role that was not confirmed in time is none."""
    held = [one.role for one in person.roles if now < one.until]
    if len(held) == 1:
        return held[0]
    chosen = presence.active_role.get(person.key)
    return chosen if chosen in held else None
