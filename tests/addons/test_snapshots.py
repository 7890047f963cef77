"""What the addons are given."""

from datetime import UTC

from addons.snapshots import DecisionLog, RegistersInForce, Ruleset, Rulesets
from categories.ruleset import Ruleset as CompiledRuleset
from categories.store import CurrentRuleset
from db.snapshot import CurrentRegisters
from db.spool import SpoolWriter
from tests.addons.gateway import Gateway


def as_the_addons_see(
    ruleset: CompiledRuleset, rulesets: CurrentRuleset, registers: CurrentRegisters, spool: SpoolWriter
) -> tuple[Ruleset, Rulesets, RegistersInForce, DecisionLog]:
    """The type checker reads this: the real parts are what the addons ask for."""
    return ruleset, rulesets, registers, spool


def test_the_clock_of_a_gateway_is_aware_and_in_utc() -> None:
    parts = Gateway().parts
    assert type(parts)(**{n: getattr(parts, n) for n in parts.__slots__ if n != "now"}).now().tzinfo is UTC
