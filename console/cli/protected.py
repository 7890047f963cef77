"""
What nobody may enter into the registers, because of what the Ruleset in force says of the target.

An exemption for a privileged host would write a person beside it, in clear and for years, which nothing
else in the product does; and it would open what is open. A local block of a help line would close what no
list may close. So both are refused here, before anything is written. Where none is in force yet, a Ruleset
is built first: not knowing is no permission.
"""

from datetime import UTC, datetime

from categories.check import protected_urls
from categories.urls.sites import is_public_suffix
from console.cli.targets import Target
from console.cli.workplace import Workplace
from policy.errors import RegisterRefused
from policy.judge import Evidence, is_privileged, judge_name
from policy.match import Match
from policy.registers import TargetKind, hosts_upwards
from policy.words import CategoryKind, ExemptionRule, Verdict


def refuse_exemption(place: Workplace, target: Target) -> tuple[str, ...]:
    """
    The categories that a host or prefix is in, by the lists in force: the policy's word on each holds.

    Raises `RegisterRefused` for a privileged target, an open category, or a public suffix.
    """
    kind, text = target
    if kind is TargetKind.CATEGORY:
        rule = place.policy.rules.get(text)
        if rule is not None and rule.kind is not CategoryKind.ORDINARY:
            raise RegisterRefused(f"{text} is open to everyone (kind {rule.kind}); it needs no exemption")
        return ()
    _refuse_public_suffix(target)
    matches = _matches(place, text)
    for match in matches:
        # Also one inside the URL: its name would stand in the register just the same.
        if is_privileged([match], place.policy):
            raise RegisterRefused(
                f"{match.name} is privileged ({match.category}): an exemption would tie somebody to it; "
                "it is open to everyone, unless a list is against it, and then `lists allow` opens it"
            )
    return tuple(dict.fromkeys(match.category for match in matches))


def refuse_allow(place: Workplace, target: Target) -> None:
    """Raise `RegisterRefused` for a privileged host that is allowed already, and for a public suffix."""
    _refuse_public_suffix(target)
    host = target[1].partition("/")[0]
    matches = _matches(place, target[1])
    of_host = [match for match in matches if match.name == host]
    open_already = judge_name(Evidence(host, matches), place.policy, datetime.now(UTC)).verdict
    if open_already is Verdict.ALLOW and is_privileged(of_host, place.policy):
        raise RegisterRefused(f"{target[1]} is privileged and open to everyone already; nothing to allow")


def refuse_emergency(place: Workplace, target: Target) -> None:
    """Raise `RegisterRefused` for what the policy never exempts: an emergency would open nothing of it."""
    for match in _matches(place, target[1]):
        rule = place.policy.rules.get(match.category)
        if rule is not None and rule.exemption is ExemptionRule.NEVER:
            raise RegisterRefused(
                f"{target[1]} is {match.category} ({match.entry}), which the policy never exempts: nothing "
                "opens it; where the entry is wrong, withdraw it: sluicegate lists withdraw"
            )


def refuse_block(place: Workplace, target: Target) -> list[str]:
    """
    The essential hosts below the target, which stay open all the same.

    Raises `RegisterRefused` where the target is protected, or a help line lies under it.
    """
    host, _, path = target[1].partition("/")
    for match in _matches(place, target[1]):
        kind = place.policy.rules[match.category].kind if match.category in place.policy.rules else None
        if match.name == host and kind is CategoryKind.ESSENTIAL:
            raise RegisterRefused(
                f"{target[1]} is essential ({match.entry}) and stays open, whatever is entered"
            )
        if match.name == host and kind in {CategoryKind.HELP, CategoryKind.PRIVILEGED}:
            raise RegisterRefused(
                f"{target[1]} is protected by the category {match.category} ({match.entry}): nobody blocks it"
            )
    if path:
        return []
    essential: set[str] = set()
    for source, protected, its_path in protected_urls(place.library.items(), place.policy):
        if host not in hosts_upwards(protected):
            continue
        shown = protected if its_path == "/" else protected + its_path
        if place.policy.rules[source.category].kind is CategoryKind.HELP:
            raise RegisterRefused(
                f"{host} cannot be blocked as a whole: {shown} ({source.category}) lies under it; "
                "block a host or a part that leaves it open"
            )
        essential.add(shown)
    return sorted(essential)


def _matches(place: Workplace, target: str) -> tuple[Match, ...]:
    host, slash, path = target.partition("/")
    return place.ruleset().matches(host, slash + path or "/")


def _refuse_public_suffix(target: Target) -> None:
    kind, text = target
    if kind is TargetKind.HOST and is_public_suffix(text):
        raise RegisterRefused(f"{text} is a public suffix: everybody's sites lie under it; name one site")
