"""
Hosts that lists put into categories with different actions, most visited first: `lists conflicts`.

Lists disagree about thousands of hosts, and about most of them nobody cares. So two questions are asked. Of
the sites that many people visit: is there one that a list allows and another blocks, be it by a parent, a
pattern or the host itself? And of all hosts that stand in several lists: between which categories, and how
many? The policy has settled each of them by its order; whoever keeps the lists sees what it settled, and
where a list may be wrong.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from categories.ruleset import Ruleset
from db.visited import VisitedHost
from policy.document import Policy
from policy.judge import Evidence, judge_name
from policy.match import Match
from policy.words import Action, FoundBy, Verdict

_EXAMPLES = 3


@dataclass(frozen=True, slots=True)
class Side:
    """What one list makes of a host."""

    category: str
    action: Action
    list: str
    line: int
    entry: str


@dataclass(frozen=True, slots=True)
class VisitedConflict:
    """A much visited host about which lists in force disagree."""

    host: str
    visits: int
    sides: tuple[Side, ...]  # of each category the first entry
    category: str | None  # that decides
    verdict: Verdict


@dataclass(frozen=True, slots=True)
class Between:
    """How many hosts stand in exactly these categories, which do not all have one action."""

    categories: tuple[tuple[str, Action], ...]  # in the order of the policy
    hosts: int
    examples: tuple[str, ...]


def visited_conflicts(
    ruleset: Ruleset, policy: Policy, visited: Iterable[VisitedHost], now: datetime
) -> Iterator[VisitedConflict]:
    """
    Those of the visited hosts, in their order, about which the lists disagree; judged as for nobody.

    As if there were no confidential list: a host that one has is not named beside it.
    """
    for each in visited:
        matches = tuple(
            match for match in ruleset.matches(each.host) if match.found_by is not FoundBy.CONFIDENTIAL
        )
        sides = _sides(matches, policy)
        if _disagree(side.action for side in sides):
            judged = judge_name(Evidence(each.host, matches), policy, now)
            yield VisitedConflict(each.host, each.visits, sides, judged.category, judged.verdict)


def conflicts_between(ruleset: Ruleset, policy: Policy) -> tuple[Between, ...]:
    """How many hosts stand in lists of categories with different actions, the most first."""
    order = {category: number for number, category in enumerate(policy.rules)}
    found: dict[tuple[str, ...], tuple[int, tuple[str, ...]]] = {}
    for host, lists in ruleset.in_several_lists():
        categories = {info.category for info in lists} & policy.rules.keys()
        if _disagree(policy.rules[category].action for category in categories):
            key = tuple(sorted(categories, key=order.__getitem__))
            count, examples = found.get(key, (0, ()))
            found[key] = count + 1, examples if len(examples) == _EXAMPLES else (*examples, host)
    return tuple(
        Between(tuple((category, policy.rules[category].action) for category in key), count, examples)
        for key, (count, examples) in sorted(found.items(), key=lambda item: (-item[1][0], item[0]))
    )


def _sides(matches: Iterable[Match], policy: Policy) -> tuple[Side, ...]:
    first: dict[str, Side] = {}
    for match in matches:
        if match.category in policy.rules and match.category not in first:
            action = policy.rules[match.category].action
            first[match.category] = Side(match.category, action, match.list, match.line, match.entry)
    return tuple(first.values())


def _disagree(actions: Iterable[Action]) -> bool:
    return len(set(actions)) > 1
