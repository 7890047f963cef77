"""
What is to be granted, and what the policy asks of it; pure.

A category of the policy says whom it may be opened to, which offices may grant that, whether a second office
has to say yes too, and whether a procedure has to be named. An exemption for a host or prefix opens what is
there whatever its categories say, so it is held to the rules of each of them.
"""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any

import msgspec

from db.register_rules import (
    fit_reason,
    refuse_unfit_category,
    refuse_unfit_grantee,
    refuse_unfit_names,
    refuse_unfit_target,
    same_person,
)
from policy.document import Policy
from policy.errors import RegisterRefused
from policy.people import fold_login
from policy.registers import GranteeKind, TargetKind


@dataclass(frozen=True, slots=True)
class Grant:
    """An exemption that somebody wants to grant."""

    grantee_kind: GranteeKind
    grantee: str  # "" for everyone
    kind: TargetKind
    target: str  # a category, or normalised
    until: datetime
    purpose: str
    organisation: str = ""
    start: datetime | None = None  # None, or a time that has passed: now
    review: datetime | None = None
    procedure: str | None = None
    restricted: bool = False
    categories: tuple[str, ...] = ()  # of a host or prefix: those that it is in

    def plain(self) -> dict[str, object]:
        """As JSON, to the letter."""
        return {
            name: value.isoformat() if isinstance(value, datetime) else value
            for name, value in asdict(self).items()
        }

    @classmethod
    def of(cls, plain: Mapping[str, Any]) -> "Grant":
        """What `plain` wrote. Raises `RegisterRefused` where somebody else wrote it."""
        try:
            found = msgspec.convert(plain, cls)
        except msgspec.ValidationError as error:
            raise RegisterRefused("what the first office granted cannot be read; refuse it") from error
        if any(one is not None and one.tzinfo is None for one in (found.until, found.start, found.review)):
            raise RegisterRefused("what the first office granted has a time without a zone; refuse it")
        return found


@dataclass(frozen=True, slots=True)
class Offices:
    """Who has to say yes, by the policy. An office is a role of the register of people."""

    first: tuple[tuple[str, ...], ...] = ()  # any of each
    second: tuple[str, ...] = ()  # all of them


def fitted(grant: Grant, now: datetime) -> Grant:
    """The grant as it is kept, from `now` at the earliest. Raises `RegisterRefused`."""
    grantee = grant.grantee.strip()
    if grant.grantee_kind is GranteeKind.PERSON:
        grantee = fold_login(grantee)
    refuse_unfit_grantee(grant.grantee_kind, grantee)
    refuse_unfit_names(grant.organisation, grant.procedure, *grant.categories)
    if grant.kind is not TargetKind.CATEGORY:
        refuse_unfit_target(grant.kind, grant.target)
    start = max(grant.start or now, now)
    if grant.until <= start:
        raise RegisterRefused(
            f"until {grant.until:%Y-%m-%d %H:%M} is past, or before it begins; name a later time"
        )
    if grant.review is not None and not start < grant.review <= grant.until:
        raise RegisterRefused("the review date lies before it begins, or after it ends; name one between")
    purpose = fit_reason(grant.purpose, "the work purpose")
    return replace(grant, grantee=grantee, start=start, purpose=purpose)


def offices(policy: Policy, grant: Grant, also: Iterable[str] = ()) -> Offices:
    """
    Who has to say yes to this; `also` are further categories that it would open.

    Raises `RegisterRefused` where the policy admits no such exemption, or asks for the procedure it is under.
    """
    target = (grant.target,) if grant.kind is TargetKind.CATEGORY else ()
    first, second = [], {}
    for category in dict.fromkeys((*target, *grant.categories, *also)):
        refuse_unfit_category(policy, category, grant.grantee_kind)
        rule = policy.rules[category]
        if rule.procedure and not grant.procedure:
            raise RegisterRefused(f"{category}: the policy asks for the reference of a procedure; name it")
        if rule.granted_by:
            first.append(rule.granted_by)
        if rule.second_office:
            second[fold_login(rule.second_office)] = rule.second_office
    return Offices(tuple(first), tuple(second.values()))


def refuse_ones_own(me: str, grant: Grant, requested_by: str, first_by: str | None = None) -> None:
    """Nobody grants what is for them, what they asked for, or a second time."""
    if grant.grantee_kind is GranteeKind.PERSON and same_person(me, grant.grantee):
        raise RegisterRefused("nobody grants their own exemption; ask somebody else who may grant")
    if requested_by and same_person(me, requested_by):
        raise RegisterRefused("nobody grants what they asked for; ask somebody else who may grant")
    if first_by is not None and same_person(me, first_by):
        raise RegisterRefused("the first word was yours; the second is somebody else's")
