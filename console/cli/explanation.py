"""
The order of judgement made visible, for one URL and one person: pure, from the gateway's own evidence.

The verdict comes from `policy.judge` and from nowhere else. Beside it, `steps` says what was found
at each number of that order, reached or not: whoever asks "why" at three in the morning, or in a
hearing, asks next "and what else would have held". Whether an exemption covers a category is not worked
out here a second time either: the judge is asked about the two alone.
"""

from dataclasses import dataclass
from datetime import datetime

from policy.decision import Judgement
from policy.document import Policy
from policy.effect import Effect
from policy.judge import NOBODY, Asking, Evidence, judge, judge_name, taking_part
from policy.match import Match
from policy.record import record_level, retention_class
from policy.registers import Exemption, LocalEntry
from policy.sections.part import clauses_of
from policy.words import CategoryKind, ExemptionRule, Reason, Resource

_DECIDED_BY = {
    Reason.ESSENTIAL: 0,
    Reason.NEVER_EXEMPT: 2,
    Reason.BREAK_GLASS: 3,
    Reason.LOCAL_ALLOW: 4,
    Reason.LOCAL_BLOCK: 4,
    Reason.EXEMPTED: 5,
    Reason.CONFIRMED: 6,
    Reason.LISTED: 7,
    Reason.ALLOWANCE: 7,
    Reason.SIGN_UP: 7,
    Reason.NOT_LISTED: 8,
    Reason.NOTICE: 9,
}

REASONS = {
    Reason.ESSENTIAL: "an essential host is allowed, whatever a list says",
    Reason.NEVER_EXEMPT: "a category that nothing opens",
    Reason.BREAK_GLASS: "break-glass is open: all but the never-exempt passes, and nobody is recorded",
    Reason.LOCAL_ALLOW: "an administrator allowed it",
    Reason.LOCAL_BLOCK: "an administrator blocked it",
    Reason.EXEMPTED: "an exemption covers everything that is against it",
    Reason.CONFIRMED: "its work purpose was confirmed",
    Reason.LISTED: "the strictest category that matched decides",
    Reason.ALLOWANCE: "today's personal use is used up",
    Reason.SIGN_UP: "signing up with a site is for work only; reading it is free",
    Reason.NOT_LISTED: "nothing matched; the policy's default holds",
    Reason.NOTICE: "its person has not read the current notice",
    Reason.UNDECIDABLE: "a list has a category that the policy has no rule for",
}


@dataclass(frozen=True, slots=True)
class Step:
    """One number of the order of judgement and what was found at it."""

    number: int
    title: str
    found: tuple[str, ...]
    decides: bool


@dataclass(frozen=True, slots=True)
class Explanation:
    """A judgement and everything that took part in it."""

    judgement: Judgement
    why: str  # the reason in words
    rule: str  # the deciding category's title, or ""
    rule_reason: str  # what staff are told
    clauses: tuple[str, ...]  # quoted by the document's title
    steps: tuple[Step, ...]
    local_entry: LocalEntry | None  # the one that decided
    exemption: Exemption | None  # the one that opened it, unless that is restricted
    exemptions: tuple[Exemption, ...]  # every one that applies to this person here, but the restricted
    departure: str | None  # from the one standard level: the name of the one that holds for the category
    record: str  # how much of a visit would be stored
    retention: str
    keep_days: int


def explain(evidence: Evidence, policy: Policy, now: datetime, asking: Asking = NOBODY) -> Explanation:
    """Judge this name as the gateway would, and say how it came to that."""
    judgement = judge((evidence,), policy, now, str, asking)
    rule = policy.rules.get(judgement.category) if judgement.category else None
    effect = (
        policy.behind(judgement.reason, judgement.category, asking.who, now)
        if rule and judgement.category
        else None
    )
    shown = tuple(exemption for exemption in evidence.exemptions if not exemption.restricted)
    retention = retention_class(judgement, Resource.VISIT, policy, break_glass=evidence.break_glass)
    decided_by, opened_by = judgement.local_entry, judgement.exemption
    return Explanation(
        judgement=judgement,
        why=REASONS.get(judgement.reason, judgement.reason),
        rule=rule.title if rule else "",
        rule_reason=effect.reason
        if effect
        else policy.default.reason
        if judgement.reason is Reason.NOT_LISTED
        else "",
        clauses=tuple(policy.quote(clause) for clause in clauses_of(effect.clause)) if effect else (),
        steps=_steps(evidence, judgement, policy, now, asking),
        local_entry=evidence.local_entry if decided_by is not None else None,
        exemption=next((one for one in shown if one.id == opened_by), None),
        exemptions=shown,
        departure=effect.departure if effect else None,
        record=record_level(judgement, retention, policy, now, notified=asking.who.notified),
        retention=retention,
        keep_days=policy.records[retention].keep_days,
    )


def _steps(
    evidence: Evidence, judgement: Judgement, policy: Policy, now: datetime, asking: Asking
) -> tuple[Step, ...]:
    rules, matches, local = policy.rules, taking_part(evidence, policy), evidence.local_entry
    known = [match for match in matches if match.category in rules]

    def of_kind(*kinds: CategoryKind) -> tuple[str, ...]:
        return tuple(_entry(match) for match in known if rules[match.category].kind in kinds)

    never = [match for match in known if rules[match.category].exemption is ExemptionRule.NEVER]
    found: list[tuple[str, tuple[str, ...]]] = [
        ("Essential hosts: allowed, whatever a list says", of_kind(CategoryKind.ESSENTIAL)),
        (
            "Privileged hosts: never decrypted, never tied to a person",
            of_kind(CategoryKind.PRIVILEGED, CategoryKind.HELP),
        ),
        ("Never-exempt categories: blocked", tuple(map(_entry, never))),
        (
            "Break-glass: what is left is allowed, nobody recorded, nothing decrypted",
            ("open now",) if evidence.break_glass else (),
        ),
        ("Local entries of the administrators", (_local(local),) if local else ()),
        ("Exemptions in force for this person", _exempted(evidence, policy, now, asking)),
        ("Confirmations of a work purpose", ()),
        (
            "Matched categories: the strictest action, then the highest in the policy",
            tuple(
                f"{_asked_for(policy.in_effect(match.category, asking.who, now))}: {_entry(match)}"
                for match in known
            )
            + tuple(f"no rule in the policy: {_entry(match)}" for match in matches if match not in known),
        ),
        ("Where nothing matched, the policy's default", (str(policy.default.action),) if not matches else ()),
        ("The notice, for who has not read it", _notice(policy, asking)),
    ]
    deciding = _DECIDED_BY.get(judgement.reason)
    return tuple(
        Step(number, title, what, decides=number == deciding) for number, (title, what) in enumerate(found)
    )


def _asked_for(effect: Effect) -> str:
    """`allow by departure licensing, on trial: would be block`."""
    because = f" by departure {effect.departure}" if effect.departure else ""
    because += " for personal use" if effect.allowance else ""
    tried = f", on trial: would be {effect.would_be}" if effect.would_be else ""
    return f"{effect.action}{because}{tried}"


def _notice(policy: Policy, asking: Asking) -> tuple[str, ...]:
    notice, who = policy.notice, asking.who
    if notice is None or who.person is None or who.notice == notice.version:
        return ()
    return (f"version {notice.version} is shown before anything that would be allowed",)


def _entry(match: Match) -> str:
    return f"{match.category}: {match.entry} ({match.list}, line {match.line})"


def _local(entry: LocalEntry) -> str:
    return f"{entry.action} {entry.target}: {entry.because} ({entry.by})"


def _exempted(evidence: Evidence, policy: Policy, now: datetime, asking: Asking) -> tuple[str, ...]:
    lines = []

    def covers(exemption: Exemption, match: Match) -> bool:
        alone = Evidence(evidence.host, (match,), exemptions=(exemption,))
        return judge_name(alone, policy, now, asking).reason is Reason.EXEMPTED

    for exemption in evidence.exemptions:
        covered = dict.fromkeys(match.category for match in evidence.matches if covers(exemption, match))
        what = ", ".join(covered) or "nothing that matched here"
        if exemption.restricted:
            lines.append(f"exempted: opens {what} (restricted: its approvers and an auditor may see more)")
            continue
        whom = f"{exemption.grantee_kind} {exemption.grantee}".strip()
        lines.append(f"{exemption.target} for {whom}: opens {what} ({exemption.purpose})")
    return tuple(lines)
