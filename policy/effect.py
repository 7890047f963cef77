"""
What the policy asks for of a category, for who asks and when: the rule, or what departs from it.

Most categories have one answer for everybody, made once. Where departures or the allowance name a category:

    1. The first departure in the file that is for who asks, and whose schedule holds, decides. One on trial
       decides nothing; what the first of those would have said is noted (`would_be`).
    2. Else the personal-use allowance opens the category for a known person while its schedule holds.
    3. Else the rule. A rule on trial lets everything through and says what it would have been.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from policy.facts import Who
from policy.schedule import Timetable
from policy.sections.allowance import Allowance
from policy.sections.departure import Departure
from policy.sections.rule import Rule
from policy.words import Action

type Conditional = tuple[Departure, Timetable | None]


@dataclass(frozen=True, slots=True)
class Effect:
    """What is asked for of one category."""

    action: Action
    reason: str  # plain English, shown to staff
    clause: str
    # What something on trial would have asked for, where that differs: from an allowance anything does.
    would_be: Action | None = None
    departure: str | None = None  # the name of the departure that decided
    allowance: bool = False  # opened by the personal-use allowance, so its minutes count and may be used up


@dataclass(frozen=True, slots=True)
class Effects:
    """Every category's. Build with `Effects.of`."""

    standing: Mapping[str, Effect]  # of the rule by itself
    departures: Mapping[str, tuple[Conditional, ...]]  # in the order of the file
    opened: frozenset[str]  # by the allowance
    allowance_times: Timetable | None  # when it holds; None: at any time

    @classmethod
    def of(
        cls,
        rules: Mapping[str, Rule],
        departures: tuple[Departure, ...],
        allowance: Allowance | None,
        schedules: Mapping[str, Timetable],
    ) -> "Effects":
        """Arrange what the policy says by category."""
        conditional: dict[str, tuple[Conditional, ...]] = {}
        for departure in departures:
            when = schedules[departure.schedule] if departure.schedule else None
            for category in departure.categories:
                conditional[category] = (*conditional.get(category, ()), (departure, when))
        return cls(
            standing={name: _standing(rule) for name, rule in rules.items()},
            departures=conditional,
            opened=frozenset(allowance.categories) if allowance is not None else frozenset(),
            allowance_times=schedules[allowance.schedule]
            if allowance is not None and allowance.schedule
            else None,
        )

    def effect(self, category: str, who: Who, at: datetime) -> Effect:
        """What holds for this category. Raises `KeyError` for one without a rule."""
        effect = self.standing[category]
        if category not in self.departures and category not in self.opened:
            return effect
        tried: Action | None = None
        for departure, when in self.departures.get(category, ()):
            if not departure.is_for(who) or (when is not None and not when.holds(at)):
                continue
            if not departure.trial:
                decided = Effect(
                    departure.action, departure.reason, departure.clause, departure=departure.name
                )
                return _noting(decided, tried)
            tried = tried or departure.action
        if category in self.opened and who.person is not None and self._allowance_holds(at):
            return Effect(Action.ALLOW, effect.reason, effect.clause, would_be=tried, allowance=True)
        return _noting(effect, tried)

    def _allowance_holds(self, at: datetime) -> bool:
        return self.allowance_times is None or self.allowance_times.holds(at)


def _standing(rule: Rule) -> Effect:
    if rule.trial:
        return Effect(Action.ALLOW, rule.reason, rule.clause, would_be=rule.action)
    return Effect(rule.action, rule.reason, rule.clause)


def _noting(effect: Effect, tried: Action | None) -> Effect:
    if tried is None:
        return effect
    return replace(effect, would_be=tried if tried is not effect.action else None)
