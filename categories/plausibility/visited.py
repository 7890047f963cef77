"""The hosts that people here visit most: an entry that newly covers one waits for an administrator."""

from collections.abc import Collection, Iterator, Sequence

from categories.list_change import WithheldWhy
from categories.plausibility.held import Held, held
from categories.plausibility.newly import Newly


def newly_over_visited_hosts(
    newly: Newly, visited: Sequence[str], against: Collection[str]
) -> Iterator[Held]:
    """
    Every entry of the categories `against` that newly covers one of `visited`, the most visited first.

    Nothing where the Ruleset in force cannot be asked: then everything would be new, and a gateway whose
    Rulesets were lost would come back with all its lists disarmed.
    """
    if newly.in_force is None:
        return
    for rank, host in enumerate(visited, 1):
        for match in newly.matches(host, among=against):
            because = f"it covers {host}, number {rank} of the hosts visited most"
            yield held(match, WithheldWhy.WAITING, host, because)
