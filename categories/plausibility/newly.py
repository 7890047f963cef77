"""What a Ruleset would cover that the one in force does not, category by category."""

from collections.abc import Collection, Iterable

from categories.manifest import ListInfo
from categories.ruleset import Ruleset
from policy.match import Match


class Newly:
    """
    A candidate beside the Ruleset in force.

    `in_force` is `None` where there is none or it is of another engine. Its lists are known all the same, and
    perhaps others that were in force: what a list holds that is the very one of those (`before`) is not new.
    """

    def __init__(self, candidate: Ruleset, in_force: Ruleset | None, before: Iterable[ListInfo]) -> None:
        self.candidate = candidate
        self.in_force = in_force
        known = list(before)
        self._same = {info.name for info in candidate.lists if any(_is_same(info, each) for each in known)}

    def matches(self, host: str, target: str = "/", among: Collection[str] | None = None) -> list[Match]:
        """The entries that cover this URL, of categories (of `among`) that did not cover it before."""
        found = [
            match
            for match in self.candidate.matches(host, target)
            if match.list not in self._same and (among is None or match.category in among)
        ]
        if not found or self.in_force is None:
            return found
        covered = {match.category for match in self.in_force.matches(host, target)}
        return [match for match in found if match.category not in covered]


def _is_same(info: ListInfo, before: ListInfo) -> bool:
    """Whether every entry of a list was in force before."""
    same = (info.name, info.category, info.sha256) == (before.name, before.category, before.sha256)
    return same and set(before.left_out) <= set(info.left_out)
