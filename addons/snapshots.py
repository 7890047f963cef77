"""
What the gateway's addons are given: the parts that change by being replaced, and those that never change.

`rulesets`, `registers` and `presence` are *asked* at the moment of a request (`rulesets.ruleset`, never a
Ruleset kept in an addon), so that a new one is in force with the next request and a request that began
keeps the one it has. They are Protocols because the addons need no more of them than stands here; the real
ones are `categories.store.CurrentRuleset`, `db.snapshot.CurrentRegisters`, the presence that the desk writes
and `db.spool.SpoolWriter`.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Protocol

from addons.certificates import Signs
from addons.desk.protocol import Answer, Question
from addons.desk.settings import PagesSettings
from addons.identity.settings import IdentitySettings
from addons.never_decrypt import NeverDecrypt
from addons.settings import DestinationSettings, LimitSettings
from db.settings import Durability, WhenFull
from policy.decision import Decision, Outcome
from policy.document import Policy
from policy.match import Match
from policy.presence import Presence
from policy.registers import Registers


class Ruleset(Protocol):
    """A compiled Ruleset, immutable."""

    @property
    def digest(self) -> str:
        """Its name."""

    def matches(self, host: str, target: str = "/") -> tuple[Match, ...]:
        """Every entry that hit a normalised host and target; target `""` means the name alone."""


class Rulesets(Protocol):
    """Where the Ruleset in force is found."""

    @property
    def ruleset(self) -> Ruleset:
        """The one in force now."""


class RegistersInForce(Protocol):
    """Where the registers in force are found."""

    @property
    def registers(self) -> Registers:
        """The ones in force now."""


class PresenceInForce(Protocol):
    """Where what people did on our pages is found."""

    @property
    def presence(self) -> Presence:
        """As it is now."""

    def refresh(self) -> bool:
        """Look at once whether it is another, for who has just changed it; True when it is."""


class Desk(Protocol):
    """Who verifies people and keeps what they do (`addons/desk/client.py`)."""

    async def ask(self, question: Question) -> Answer:
        """The desk's answer; `Away` where none came in time. Raises nothing."""


class DecisionLog(Protocol):
    """Where Decisions and Outcomes are taken into keeping; all raise `DecisionLogUnavailable`."""

    def record(self, decision: Decision) -> None:
        """Return when the Decision is in keeping."""

    async def record_soon(self, decision: Decision) -> None:
        """The same from the event loop, which goes on meanwhile."""

    def outcome(self, outcome: Outcome) -> None:
        """Return when the Outcome is in the hands of the kernel."""


def _now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Parts:
    """Everything `build_chain` needs."""

    gateway: str  # its name, stored in every Decision
    policy: Policy
    rulesets: Rulesets
    registers: RegistersInForce
    presence: PresenceInForce
    desk: Desk
    spool: DecisionLog
    signs: Signs
    never_decrypt: NeverDecrypt
    limits: LimitSettings
    destinations: DestinationSettings
    identity: IdentitySettings
    pages: PagesSettings
    page_key: bytes  # that the tokens of our pages are sealed with
    when_full: WhenFull = WhenFull.BLOCK
    durability: Durability = Durability.PROCESS
    listening: tuple[tuple[str, int], ...] = ()  # our own addresses, as bound: never a destination
    now: Callable[[], datetime] = field(default=_now)
