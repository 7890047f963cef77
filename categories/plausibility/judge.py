"""
Every entry of a candidate Ruleset that is held back, with the gravest thing that is against it.

    1. refused      public suffixes of ICANN's; patterns and keywords that are too short or hit too much
    2. quarantined  what keeps an essential or help host from being allowed; what newly covers an
                    essential, help or protected host
    3. waiting      private suffixes that are new; what newly covers one of the hosts visited most

Of what newly covers hosts only entries count that restrict somebody: of an ordinary category that the policy
does not allow anyway. An entry that an administrator let in is not held again, unless it is refused or keeps
an essential or help host from being allowed: there is nobody who may let that in.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from categories.check import Conflict, protected_urls
from categories.library import SourceList
from categories.plausibility.held import Held
from categories.plausibility.newly import Newly
from categories.plausibility.protected import (
    against_open_hosts,
    newly_over_open_hosts,
    newly_over_protected_hosts,
)
from categories.plausibility.suffixes import new_suffixes, refused_suffixes
from categories.plausibility.terms import refused_terms
from categories.plausibility.visited import newly_over_visited_hosts
from categories.plausibility.yardstick import Yardstick
from policy.document import Policy
from policy.errors import ListRefused
from policy.words import Action, CategoryKind

MOST_HELD = 1_000
"""Entries of one list; with more it is no list for a gateway, and nobody could look at them all."""


def entries_held_back(
    newly: Newly,
    sources: Sequence[SourceList],
    policy: Policy,
    yardstick: Yardstick,
    conflicts: Iterable[Conflict],
) -> tuple[Held, ...]:
    """
    Each entry once. `sources` are the candidate's lists, `conflicts` what `find_conflicts` found in it.

    Raises `ListRefused` where more than `MOST_HELD` entries of one list would be held back.
    """
    let_in = {(each.list, each.kind, each.entry) for each in yardstick.let_in}
    held: dict[object, Held] = {}
    counts: Counter[str] = Counter()
    for found, for_good in (
        (_refused(newly, policy, yardstick), True),
        (against_open_hosts(conflicts), True),
        (_quarantined(newly, sources, policy, yardstick), False),
        (_waiting(newly, policy, yardstick), False),
    ):
        for each in found:
            if each.key in held or (each.key in let_in and not for_good):
                continue
            held[each.key] = each
            counts[each.list] += 1
            if counts[each.list] > MOST_HELD:
                raise ListRefused(
                    f"{each.list}: more than {MOST_HELD:,} of its entries would be held back, the last of "
                    f"them {each.entry} in line {each.line:,}: {each.because}; this is no list for a gateway"
                )
    return tuple(held.values())


def _refused(newly: Newly, policy: Policy, yardstick: Yardstick) -> Iterator[Held]:
    open_categories = policy.of_kind(*set(CategoryKind) - {CategoryKind.ORDINARY})
    yield from refused_suffixes(newly.candidate, yardstick.settings.protected_hosts, open_categories)
    yield from refused_terms(newly.candidate)


def _quarantined(
    newly: Newly, sources: Sequence[SourceList], policy: Policy, yardstick: Yardstick
) -> Iterator[Held]:
    urls = ((host, target, source.category) for source, host, target in protected_urls(sources, policy))
    against = _restricting(policy)
    yield from newly_over_open_hosts(newly, urls, against)
    yield from newly_over_protected_hosts(newly, yardstick.settings.protected_hosts, against)


def _waiting(newly: Newly, policy: Policy, yardstick: Yardstick) -> Iterator[Held]:
    yield from new_suffixes(newly)
    yield from newly_over_visited_hosts(newly, yardstick.visited, _restricting(policy))


def _restricting(policy: Policy) -> frozenset[str]:
    return frozenset(
        name
        for name, rule in policy.rules.items()
        if rule.kind is CategoryKind.ORDINARY and rule.action is not Action.ALLOW
    )
