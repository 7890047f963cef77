"""Which earlier Ruleset somebody means, and the change that brings its lists back: pure functions."""

from collections.abc import Sequence

from categories.library_state import SHIPPED_PREFIX
from categories.list_change import Restore
from categories.manifest import ListInfo
from db.ruleset_history import PastRuleset
from policy.errors import ListRefused

_FEWEST_DIGITS = 6


def earlier(past: Sequence[PastRuleset], digest: str | None) -> PastRuleset:
    """
    The Ruleset whose digest begins so; without one, what was in force before the newest was.

    `past` is newest first. Raises `ListRefused` where there is none, or more than one.
    """
    if digest is None:
        before = next((each for each in past if each.digest != past[0].digest), None)
        if before is None:
            raise ListRefused("no other Ruleset was in force before this one: sluicegate lists history")
        return before
    digest = digest.strip().lower()
    if len(digest) < _FEWEST_DIGITS:
        raise ListRefused(f"{digest!r}: give at least {_FEWEST_DIGITS} digits of the digest")
    found = {each.digest: each for each in reversed(past) if each.digest.startswith(digest)}
    if len(found) != 1:
        many = "none" if not found else f"{len(found)} of them"
        raise ListRefused(f"{digest[:64]}: {many} on the record begins so: sluicegate lists history")
    return next(iter(found.values()))


def restoring(past: Sequence[PastRuleset], wanted: PastRuleset, shipped: frozenset[str]) -> Restore:
    """
    The change that brings back the lists of `wanted`; `shipped` are the lists that this release ships.

    A shipped list that had no part in it was disabled then, if it was there before; else a later release
    brought it.
    """
    lists = lists_of(wanted)
    part = {info.name for info in lists}
    known = {
        info.name
        for each in past
        if each.at <= wanted.at
        for info in lists_of(each)
        if info.name.startswith(SHIPPED_PREFIX)
    }
    return Restore(digest=wanted.digest, lists=lists, disabled=tuple(sorted((known & shipped) - part)))


def lists_of(past: PastRuleset) -> tuple[ListInfo, ...]:
    """What the history keeps of its lists. Fields that a later release added have its defaults."""
    return tuple(ListInfo.model_validate(each) for each in past.lists)
