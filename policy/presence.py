"""
What people have done at the gateway's own pages and is in force: one immutable piece of data.

The registers change when an administrator changes them; this changes all day long. So it is kept and
carried apart from them (`addons/desk/`), small enough to be read anew by every worker each time.
Expiry is compared at the moment of a request.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

type PersonKey = tuple[str, str]  # organisation, login


@dataclass(frozen=True, slots=True)
class Acknowledged:
    """The notice that somebody has read last."""

    version: str
    at: datetime


@dataclass(frozen=True, slots=True)
class SignedIn:
    """Who signed in on the gateway's page from an address: its surrogate until then."""

    login: str
    organisation: str
    until: datetime


@dataclass(frozen=True, slots=True)
class Confirmation:
    """A person's own statement of work purpose for one site for a while."""

    id: str
    person: str
    host: str  # the site: a registrable domain
    until: datetime
    organisation: str = ""


@dataclass(frozen=True, slots=True)
class Presence:
    """Presence at one moment."""

    acknowledged: Mapping[PersonKey, Acknowledged] = field(default_factory=dict)
    signed_in: Mapping[str, SignedIn] = field(default_factory=dict)  # by client address
    active_role: Mapping[PersonKey, str] = field(default_factory=dict)
    # By person and site (registrable domain).
    confirmations: Mapping[tuple[str, str, str], Confirmation] = field(default_factory=dict)
    # Minutes of today's personal-use allowance, an estimate; whose day `allowance_day` is (ISO date).
    used: Mapping[PersonKey, int] = field(default_factory=dict)
    allowance_day: str = ""

    def confirmation(self, person: str, organisation: str, site: str, now: datetime) -> Confirmation | None:
        """What this person stated for this site, while it holds."""
        if not self.confirmations:
            return None
        found = self.confirmations.get((organisation, person, site))
        return found if found is not None and now < found.until else None

    def minutes(self, person: str, organisation: str, day: str) -> int:
        """How many minutes of the allowance this person has used on that day (ISO date)."""
        return self.used.get((organisation, person), 0) if day == self.allowance_day else 0
