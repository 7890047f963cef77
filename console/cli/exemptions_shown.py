"""Exemptions and requests for them, as lines, tables and JSON."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime

from console.cli import show
from console.cli.times import show_moment
from db.exemption_rows import AccessRequest
from db.exemptions import RegisteredExemption
from db.grants import Grant
from policy.document import Policy
from policy.identifiers import show_reference
from policy.registers import Exemption, TargetKind
from policy.sections.rule import Rule


def print_exemptions(found: Sequence[RegisteredExemption], now: datetime) -> None:
    """A table, a line an exemption."""
    show.table(
        ["id", "for", "opens", "from", "until", "review", "state", "purpose", "granted by"],
        (
            [
                *(show_reference(one.entry.id), whom(one.entry), f"{one.entry.kind} {one.entry.target}"),
                *(show_moment(one.entry.start), show_moment(one.entry.until)),
                one.entry.review and show_moment(one.entry.review),
                *(state(one, now), purpose(one.entry), by(one.entry)),
            ]
            for one in found
        ),
    )


def print_requests(found: Sequence[AccessRequest], policy: Policy) -> None:
    """A table, a line a request, with whose word it waits for."""
    show.table(
        ["reference", "asked", "by", "for", "opens", "category", "times", "state", "waits for", "purpose"],
        (
            [
                *(show_reference(one.id), show_moment(one.at), one.requested_by, whom(one)),
                *(f"{one.kind} {one.target}", one.category, one.joined + 1, request_state(one)),
                *(_waits_for(one, policy), one.purpose),
            ]
            for one in found
        ),
    )


def record_of(one: Exemption | AccessRequest) -> dict[str, object]:
    """As JSON."""
    if isinstance(one, Exemption):
        return asdict(one)
    return {**asdict(one), "state": request_state(one)}


def registered_record(one: RegisteredExemption, now: datetime) -> dict[str, object]:
    """As JSON, with what has become of it."""
    revoked = asdict(one.revoked) if one.revoked else None
    return {**asdict(one.entry), "at": one.at, "state": state(one, now), "ended": revoked}


def granted_line(one: Exemption) -> str:
    """What was granted, in a sentence."""
    return (
        f"{show_reference(one.id)}: {show.plain(one.target)} opened for {show.plain(whom(one))} from "
        f"{show_moment(one.start)} until {show_moment(one.until)}, granted by {show.plain(by(one))}"
    )


def state(one: RegisteredExemption, now: datetime) -> str:
    """Whether it is in force, and why not."""
    if one.revoked is not None:
        return "revoked"
    if one.entry.holds(now):
        return "in force"
    return "to come" if now < one.entry.start else "ended"


def request_state(one: AccessRequest) -> str:
    """What has become of a request."""
    if one.decided is not None:
        return one.decided.outcome
    return "waiting" if one.first is None else "second office"


def _waits_for(one: AccessRequest, policy: Policy) -> str:
    """The offices whose word is wanted now, by the policy; of a second one also what the first granted."""
    if one.decided is not None:
        return ""
    if one.first is None:
        rules = _rules(policy, _category(one.kind, one.target), one.category)
        return ", ".join(dict.fromkeys(" or ".join(rule.granted_by) for rule in rules if rule.granted_by))
    grant = Grant.of(one.first.grant)
    rules = _rules(policy, _category(grant.kind, grant.target), *grant.categories, one.category)
    offices = ", ".join(dict.fromkeys(rule.second_office for rule in rules if rule.second_office))
    until = show_moment(grant.until)
    return f"{offices}: {grant.kind} {grant.target} until {until}, granted by {one.first.by}"


def _category(kind: TargetKind, target: str) -> str | None:
    return target if kind is TargetKind.CATEGORY else None


def _rules(policy: Policy, *categories: str | None) -> list[Rule]:
    """The rules of those categories that the policy (still) has."""
    return [policy.rules[one] for one in categories if one is not None and one in policy.rules]


def whom(one: Exemption | AccessRequest) -> str:
    """For whom it is."""
    of = f" of {one.organisation}" if one.organisation else ""
    return f"{one.grantee_kind} {one.grantee}".strip() + of


def purpose(one: Exemption) -> str:
    """What for, and under which procedure."""
    restricted = "restricted: " if one.restricted else ""
    return f"{restricted}{one.purpose}" + (f" ({one.procedure})" if one.procedure else "")


def by(one: Exemption) -> str:
    """Whose word it is."""
    return one.granted_by + (f", {one.second_by}" if one.second_by else "")
