"""
The written authority that bounds a review (P4.0): what is asked for, what was granted, and until when.

Plain data. What makes terms fit to be asked for, and who may decide them, stands in
`policy/review/granting.py`; what one question may read within an authority in `policy/review/scope.py`.
"""

from dataclasses import dataclass
from datetime import datetime

from policy.words import AuthorityOutcome, Purpose, ReviewerRole


@dataclass(frozen=True, slots=True)
class Terms:
    """What an authority is asked for, and granted for if it is: never changed in between."""

    organisation: str  # whose people
    role: ReviewerRole  # in which it is asked for, and in which alone it serves (S3.4.4)
    matter: str  # the reference of the matter that it belongs to, in the organisation's own files
    purpose: Purpose
    necessity: str  # in words: why this must be looked at
    proportionality: str  # in words: why no more than this
    less_intrusive: str  # in words: what less intrusive means were considered, and why they do not do
    people: tuple[str, ...]  # logins, folded; with `units` never both empty
    units: tuple[str, ...]
    since: datetime  # the period of the data
    until: datetime
    categories: tuple[str, ...]  # empty: any
    allowed_visits: bool  # whether visits that were allowed are in it
    sealed: bool  # whether the sealed parts of privileged decisions may be opened
    days: int  # for how many days it holds once granted
    renews: str | None  # the authority that this one continues, which needs a reason of its own


@dataclass(frozen=True, slots=True)
class Decided:
    """What was decided of a request: when, by whom, in which office, and why."""

    outcome: AuthorityOutcome
    at: datetime
    by: str
    office: str
    because: str


@dataclass(frozen=True, slots=True)
class Ended:
    """When an authority was revoked, by whom and why."""

    at: datetime
    by: str
    because: str


@dataclass(frozen=True, slots=True)
class Told:
    """What was decided about telling the people named, once it was over."""

    at: datetime
    by: str
    withheld: str | None  # why they are not told; None: they are
    ask_again: datetime | None  # when that is asked again


@dataclass(frozen=True, slots=True)
class Authority:
    """One request for an authority, and what became of it."""

    id: str  # a reference
    terms: Terms
    requested_by: str
    requested_at: datetime
    decided: Decided | None = None
    begins: datetime | None = None  # set, as `ends`, if and only if it was granted
    ends: datetime | None = None
    revoked: Ended | None = None
    told: Told | None = None  # the last word on it

    def in_force(self, at: datetime) -> bool:
        """Granted, begun, and neither over nor revoked."""
        if self.begins is None or self.ends is None:
            return False
        over = self.ends if self.revoked is None else min(self.ends, self.revoked.at)
        return self.begins <= at < over
