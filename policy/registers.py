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

from policy.facts import Who
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
class Confirmation:
    """A person's own statement of work purpose for one site for a while."""

    id: str
    person: str
    host: str  # the site: a registrable domain
    until: datetime
    organisation: str = ""


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


@dataclass(frozen=True, slots=True)
class Registers:
    """The registers at one moment. Build with `Registers.of`."""

    local: _ByHost[LocalEntry] = field(default_factory=dict)
    # By grantee ("person:…", "role:…", "everyone:"), then by host or category.
    exemptions_by_host: Mapping[str, _ByHost[Exemption]] = field(default_factory=dict)
    exemptions_by_category: Mapping[str, tuple[Exemption, ...]] = field(default_factory=dict)
    break_glass: BreakGlass | None = None

    @classmethod
    def of(
        cls,
        local: Iterable[LocalEntry] = (),
        exemptions: Iterable[Exemption] = (),
        break_glass: BreakGlass | None = None,
    ) -> "Registers":
        """Index what is in the registers."""
        hosted: defaultdict[str, list[Exemption]] = defaultdict(list)
        by_category: defaultdict[str, list[Exemption]] = defaultdict(list)
        for exemption in exemptions:
            key = f"{exemption.grantee_kind}:{exemption.grantee}"
            if exemption.kind is TargetKind.CATEGORY:
                by_category[key].append(exemption)
            else:
                hosted[key].append(exemption)
        return cls(
            local=_by_host(local),
            exemptions_by_host={key: _by_host(group) for key, group in hosted.items()},
            exemptions_by_category={key: tuple(group) for key, group in by_category.items()},
            break_glass=break_glass,
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

    def exemptions(self, who: Who, host: str, target: str, now: datetime) -> tuple[Exemption, ...]:
        """Every exemption in force that this person, in this role, has for this host; narrowest first."""
        if not self.exemptions_by_host and not self.exemptions_by_category:
            return ()
        keys = ["everyone:"]
        if who.role is not None:
            keys.insert(0, f"role:{who.role}")
        if who.person is not None:
            keys.insert(0, f"person:{who.person}")
        found: list[Exemption] = []
        for key in keys:
            if by_host := self.exemptions_by_host.get(key):
                for parent in hosts_upwards(host):
                    found += [
                        exemption
                        for exemption in by_host.get(parent, ())
                        if exemption.holds(now) and _covers(exemption, parent, host, target)
                    ]
            found += [e for e in self.exemptions_by_category.get(key, ()) if e.holds(now)]
        return tuple(found)
