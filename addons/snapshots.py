"""
What the gateway's addons are given: the parts that change by being replaced, and those that never change.

Each of the first three is *asked* at the moment of a request (`rulesets.ruleset`, never a Ruleset kept
in an addon), so that a new one is in force with the next request and a request that began keeps the
one it has. They are Protocols because the addons need no more of them than stands here; the real
ones are `categories.store.CurrentRuleset`, `db.snapshot.CurrentRegisters` and `db.spool.SpoolWriter`.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Protocol

from addons.certificates import Signs
from addons.never_decrypt import NeverDecrypt
from addons.settings import DestinationSettings, IdentitySettings, LimitSettings
from db.settings import Durability, WhenFull
from policy.decision import Decision, Outcome
from policy.document import Policy
from policy.match import Match
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
    spool: DecisionLog
    signs: Signs
    never_decrypt: NeverDecrypt
    limits: LimitSettings
    destinations: DestinationSettings
    identity: IdentitySettings
    when_full: WhenFull = WhenFull.BLOCK
    durability: Durability = Durability.PROCESS
    listening: tuple[tuple[str, int], ...] = ()  # our own addresses, as bound: never a destination
    now: Callable[[], datetime] = field(default=_now)
