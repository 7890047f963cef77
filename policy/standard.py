"""
What departs from the one standard level of access (P3.1), in words for whoever answers for the policy.

Departing is lawful and often right; doing so unnoticed is not. So each departure, trial and allowance is said
at every `sluicegate check`, with its reason, until it is taken out of the file.
"""

from collections.abc import Iterator

from policy.document import Policy
from policy.sections.departure import Departure


def departures_said(policy: Policy) -> Iterator[tuple[str, str]]:
    """What holds for some people, places or hours only, or on trial: the key and the words."""
    for departure in policy.departures:
        yield f"departure {departure.name}", _said(departure)
    for name, rule in policy.rules.items():
        if rule.trial:
            yield f"category.{name}.trial", f"on trial: everything is let through that is to {rule.action}"
    if policy.allowance is not None:
        allowance = policy.allowance
        when = f" in the windows of {allowance.schedule}" if allowance.schedule else ""
        yield (
            "allowance",
            f"opens {', '.join(allowance.categories)} for {allowance.minutes_a_day} minutes of each known "
            f"person's day{when}; the minutes are an estimate",
        )
    if policy.search_terms:
        yield "search_terms", "words typed into search engines are compared with the lists' search terms"


def _said(departure: Departure) -> str:
    does = f"would {departure.action}" if departure.trial else departure.action
    return (
        f"departs from the one standard level (P3.1): {does} {', '.join(departure.categories)} for "
        f"{' and '.join(departure.conditions)}; because: {departure.because}"
    )
