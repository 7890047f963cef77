"""What the topics of the review service are made with: built once where the service is (`made.py`)."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from console.evidence.keys import SigningKey
from console.review.answers import Explained
from console.review.telling import Telling
from db.review.authorities import AuthorityStore
from db.review.counts import Counts
from db.review.holds import HoldStore
from db.review.looks import Looks
from db.review.openings import OpeningStore
from db.review.tellings import TellingStore
from policy.document import Policy
from policy.review.rows import ReviewedDecision

type Explain = Callable[[ReviewedDecision], Explained]
"""A decision, judged again by the lists and the policy of its time."""


@dataclass(frozen=True, slots=True)
class Parts:
    """Whatever the service reads and writes by."""

    policy: Policy
    looks: Looks
    authorities: AuthorityStore
    holds: HoldStore
    openings: OpeningStore
    tellings: TellingStore
    telling: Telling
    explain: Explain
    signing_key: Callable[[], SigningKey]  # made when it is first asked for
    now: Callable[[], datetime]
    spool: Path | None = None  # of a gateway on this machine, where there is one
    counts: Counts = field(default_factory=Counts)
