"""
What administrators and approvers have granted, as one immutable snapshot in memory.

A `Registers` is built from the database every second or two and rebound as a whole; a request reads
it without a lock and without SQL. Everything here is already normalised: hosts in lower-case
A-labels, prefixes as `host/path`. Look-ups walk the labels of a host, so their cost does not grow
with the number of entries; expiry is compared at the moment of the request, so that an exemption
ends to the second even while the database is away.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from ipaddress import IPv4Network, IPv6Network, ip_network

from policy.facts import Who
from policy.networks import Networks
from policy.people import People, fold_login
from policy.words import Action

LONGEST_OPENING = timedelta(minutes=60)


class GranteeKind(StrEnum):
    """Whom an exemption is for."""

    PERSON = "person"
    ROLE = "role"
    UNIT = "unit"
    NETWORK = "network"  # whoever asks from an address of it
    EVERYONE = "everyone"


class TargetKind(StrEnum):
    """What a local entry or exemption is about."""

    CATEGORY = "category"
    HOST = "host"
    PREFIX = "prefix"


@dataclass(frozen=True, slots=True)
class LocalEntry:
    """An administrator's own allow or block."""

    id: str
    action: Action  # ALLOW or BLOCK
    kind: TargetKind  # HOST or PREFIX
    target: str  # "example.org" or "example.org/path"
    until: datetime | None
    because: str
    by: str

    def holds(self, now: datetime) -> bool:
        """Whether it is in force; it ends at `until`, that instant no longer included."""
        return self.until is None or now < self.until


@dataclass(frozen=True, slots=True)
class Exemption:
    """A granted work-purpose exception."""

    id: str
    grantee_kind: GranteeKind
    grantee: str  # "" for everyone
    kind: TargetKind
    target: str
    start: datetime
    until: datetime
    purpose: str
    granted_by: str
    organisation: str = ""
    requested_by: str = ""
    second_by: str | None = None  # the second office, where the policy asks for two
    review: datetime | None = None
    procedure: str | None = None  # the reference of the procedure it is granted under
    restricted: bool = False  # seen by its approvers and an auditor only

    def holds(self, now: datetime) -> bool:
        """From `start` until `until`, that instant no longer included."""
        return self.start <= now < self.until


@dataclass(frozen=True, slots=True)
class BreakGlass:
    """One opening: everything but the never-exempt passes, and nobody is recorded."""

    id: str
    begins: datetime
    until: datetime

    def holds(self, now: datetime) -> bool:
        """
        From `begins` until `until`, that instant no longer included.

        For an hour at most: a row may have come back out of a backup, past all that looks at what is entered.
        """
        return self.begins <= now < min(self.until, self.begins + LONGEST_OPENING)


def hosts_upwards(host: str) -> Iterator[str]:
    """`a.b.example`, `b.example`, `example`: the host, then each parent."""
    yield host
    while (dot := host.find(".")) >= 0:
        host = host[dot + 1 :]
        yield host


def _under(path: str, prefix: str) -> bool:
    """Whether `path` begins with `prefix` at a boundary: `/a` covers `/a/b`, `/a?x`, `/a;x`, not `/ab`."""
    if not path.startswith(prefix):
        return False
    return len(path) == len(prefix) or prefix.endswith("/") or path[len(prefix)] in "/?;&="


type _ByHost[T] = Mapping[str, tuple[T, ...]]


def _by_host[T: (LocalEntry, Exemption)](entries: Iterable[T]) -> dict[str, tuple[T, ...]]:
    """Keyed by host, the longest target (the most specific) first."""
    found: defaultdict[str, list[T]] = defaultdict(list)
    for entry in entries:
        found[entry.target.partition("/")[0]].append(entry)
    return {host: tuple(sorted(group, key=lambda e: -len(e.target))) for host, group in found.items()}


def _covers(entry: LocalEntry | Exemption, host: str, url_host: str, target: str) -> bool:
    if entry.kind is TargetKind.HOST:
        return True
    # A prefix names one site, with "www." or without, and not its other subdomains, as in a list.
    return url_host in {host, f"www.{host}"} and _under(target or "/", entry.target[len(host) :])


type _Grantee = tuple[str, GranteeKind, str]  # organisation, kind, name folded


def _networks(exemptions: Iterable[Exemption]) -> Networks[tuple[_Grantee, ...]]:
    """The grantees that are networks, by network: one for each organisation."""
    found: defaultdict[IPv4Network | IPv6Network, dict[_Grantee, None]] = defaultdict(dict)
    for exemption in exemptions:
        if exemption.grantee_kind is GranteeKind.NETWORK:
            found[ip_network(exemption.grantee)][_grantee(exemption)] = None
    return Networks.of((network, tuple(grantees)) for network, grantees in found.items())


def _grantee(exemption: Exemption) -> _Grantee:
    return exemption.organisation, exemption.grantee_kind, fold_login(exemption.grantee)


@dataclass(frozen=True, slots=True)
class Registers:
    """The registers at one moment. Build with `Registers.of`."""

    local: _ByHost[LocalEntry] = field(default_factory=dict)
    exemptions_by_host: Mapping[_Grantee, _ByHost[Exemption]] = field(default_factory=dict)
    exemptions_by_category: Mapping[_Grantee, Mapping[str, tuple[Exemption, ...]]] = field(
        default_factory=dict
    )
    networks: Networks[tuple[_Grantee, ...]] = field(default_factory=Networks)  # that an exemption is for
    granted_by: Mapping[str, frozenset[str]] = field(default_factory=dict)  # by exemption: logins, folded
    break_glass: BreakGlass | None = None
    people: People = field(default_factory=People)

    @classmethod
    def of(
        cls,
        local: Iterable[LocalEntry] = (),
        exemptions: Iterable[Exemption] = (),
        break_glass: BreakGlass | None = None,
        people: People | None = None,
    ) -> "Registers":
        """Index what is in the registers. Raises `ValueError` for an exemption whose network is none."""
        exemptions = tuple(exemptions)
        hosted: defaultdict[_Grantee, list[Exemption]] = defaultdict(list)
        by_category: defaultdict[_Grantee, defaultdict[str, list[Exemption]]]
        by_category = defaultdict(lambda: defaultdict(list))
        for exemption in exemptions:
            if exemption.kind is TargetKind.CATEGORY:
                by_category[_grantee(exemption)][exemption.target].append(exemption)
            else:
                hosted[_grantee(exemption)].append(exemption)
        return cls(
            local=_by_host(local),
            exemptions_by_host={grantee: _by_host(group) for grantee, group in hosted.items()},
            exemptions_by_category={
                grantee: {category: tuple(group) for category, group in categories.items()}
                for grantee, categories in by_category.items()
            },
            networks=_networks(exemptions),
            granted_by={exemption.id: _words(exemption) for exemption in exemptions},
            break_glass=break_glass,
            people=people or People(),
        )

    def is_open(self, now: datetime) -> bool:
        """Whether break-glass is open: judged by the clock, whatever has become of the database."""
        return self.break_glass is not None and self.break_glass.holds(now)

    def local_entry(self, host: str, target: str, now: datetime) -> LocalEntry | None:
        """The most specific local entry in force for this host and target; a block before an allow."""
        if not self.local:
            return None
        for parent in hosts_upwards(host):
            covering = [
                entry
                for entry in self.local.get(parent, ())
                if entry.holds(now) and _covers(entry, parent, host, target)
            ]
            if covering:
                longest = len(covering[0].target)
                return max(
                    (entry for entry in covering if len(entry.target) == longest),
                    key=lambda entry: entry.action.strictness,
                )
        return None

    def exemptions(
        self, who: Who, host: str, target: str, now: datetime, categories: Iterable[str]
    ) -> tuple[Exemption, ...]:
        """
        Every exemption in force that covers who asks, for this host or for one of these categories.

        The narrowest grantee first: the person, the role, the unit, the network, everyone. One that this
        person granted, or gave the second word for, is left out, whoever it is for: nobody grants their own.
        """
        if not self.exemptions_by_host and not self.exemptions_by_category:
            return ()
        categories = tuple(dict.fromkeys(categories))
        parents = tuple(hosts_upwards(host))
        found: list[Exemption] = []
        for grantee in self._grantees(who):
            if by_host := self.exemptions_by_host.get(grantee):
                for parent in parents:
                    found += [
                        exemption
                        for exemption in by_host.get(parent, ())
                        if _covers(exemption, parent, host, target)
                    ]
            if by_category := self.exemptions_by_category.get(grantee):
                for category in categories:
                    found += by_category.get(category, ())
        person = fold_login(who.person) if who.person is not None else None
        return tuple(one for one in found if one.holds(now) and person not in self.granted_by[one.id])

    def _grantees(self, who: Who) -> Iterator[_Grantee]:
        """Everything that this person may have an exemption as."""
        organisation = who.organisation or ""
        if who.person is not None:
            yield organisation, GranteeKind.PERSON, fold_login(who.person)
        if who.role is not None:
            yield organisation, GranteeKind.ROLE, fold_login(who.role)
        if who.unit is not None:
            yield organisation, GranteeKind.UNIT, fold_login(who.unit)
        if who.client_ip is not None:
            for grantees in self.networks.holding(who.client_ip):
                yield from (grantee for grantee in grantees if grantee[0] == organisation)
        yield organisation, GranteeKind.EVERYONE, ""


def _words(exemption: Exemption) -> frozenset[str]:
    """Whose words it stands on, folded."""
    return frozenset(fold_login(by) for by in (exemption.granted_by, exemption.second_by) if by)
