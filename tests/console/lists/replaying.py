"""Rulesets of a few hosts, and requests that were recorded, for everything that judges them again."""

from collections.abc import Mapping
from dataclasses import replace

from console.lists.replay import Replay, Side
from db.replay import PastRequest
from policy.document import Policy
from policy.match import Match
from policy.registers import Registers, hosts_upwards
from policy.words import Reason, Verdict
from tests.samples import NOW, match, shipped_policy


class FewHosts:
    """A Ruleset as a table: the categories of each host, or of each host and path."""

    def __init__(self, listed: Mapping[str, tuple[str, ...]]) -> None:
        self._listed = listed

    def matches(self, host: str, target: str = "/") -> tuple[Match, ...]:
        """Every entry that covers the host, or the host and the path."""
        keys = [*hosts_upwards(host), f"{host}{target}"]
        return tuple(
            replace(match(category, key), name=host) for key in keys for category in self._listed.get(key, ())
        )


def replay(
    before: Mapping[str, tuple[str, ...]],
    after: Mapping[str, tuple[str, ...]],
    *,
    policy_after: Policy | None = None,
    local: Registers | None = None,
) -> Replay:
    """What is judged by these lists, before and after."""
    policy = shipped_policy()
    return Replay(
        Side(FewHosts(before), policy),
        Side(FewHosts(after), policy_after or policy),
        local or Registers(),
        NOW,
    )


ALLOWED = PastRequest(
    host="www.bet.test",
    path=None,
    by_name=False,
    visit=True,
    verdict=Verdict.ALLOW,
    reason=Reason.NOT_LISTED,
    replayable=False,
    decisions=1,
)
REFUSED = ALLOWED._replace(path="/tips", verdict=Verdict.BLOCK, reason=Reason.LISTED, replayable=True)
