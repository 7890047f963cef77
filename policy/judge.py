"""
Where every verdict is made: a pure function from facts, matches and registers to a Judgement.

The order is numbered, and `docs/judging.md` and `tests/policy/test_judge.py` carry the same list:

    0. An essential host is allowed, whatever a list says.
    1. A privileged host is never decrypted and never tied to a person; then go on.
    2. A never-exempt category is blocked: no local entry, exemption or confirmation opens it.
    3. While break-glass is open, what is left is allowed: nobody is recorded and nothing decrypted.
    4. A LocalEntry of an administrator decides; the most specific one, a block before an allow.
    5. An Exemption takes away the categories it covers. If nothing stricter than allow is left, allow.
    6. A Confirmation takes away the categories whose action is confirm. If nothing is left, allow.
    7. The category with the strictest action decides; among equals the one highest in the policy file.
    8. Where nothing matched, the policy's default.

An exchange has several names (CONNECT, SNI, Host …). Each is judged by this order on its own; the
strictest verdict holds. Names of different sites whose verdicts differ are refused as such: either
name might be a disguise for the other.

What an Exemption covers: one for a category takes away that category; one for a host or prefix
takes away every category on it, but none of a URL inside its URLs. Neither touches a never-exempt
category, and a category that admits only named persons is not touched by an exemption for a role or
for everyone. A page in two blocked categories therefore needs both covered.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from policy.decision import Judgement
from policy.document import Policy
from policy.match import Match
from policy.presence import Confirmation
from policy.quick import unfrozen
from policy.registers import Exemption, GranteeKind, LocalEntry, TargetKind
from policy.words import Action, CategoryKind, ExemptionRule, Reason, Verdict

_UnfrozenJudgement = unfrozen(Judgement)

_PRIVILEGED = frozenset({CategoryKind.PRIVILEGED, CategoryKind.HELP})


@dataclass(frozen=True, slots=True)
class Evidence:
    """What is known about one name of the exchange."""

    host: str
    matches: tuple[Match, ...] = ()
    local_entry: LocalEntry | None = None
    exemptions: tuple[Exemption, ...] = ()
    confirmation: Confirmation | None = None
    break_glass: bool = False  # open at this moment; `matches` are then those of the name alone


def judge(
    evidence: Sequence[Evidence],
    policy: Policy,
    now: datetime,
    site_of: Callable[[str], str],
) -> Judgement:
    """
    Judge an exchange by all its names.

    `evidence` has one item a distinct name, the one we would connect to first; `site_of` gives a
    host's registrable domain. Raises `ValueError` when there is no name at all.
    """
    if not evidence:
        raise ValueError("an exchange without a name cannot be judged")
    if len(evidence) == 1:
        return judge_name(evidence[0], policy, now)
    judgements = [judge_name(item, policy, now) for item in evidence]
    strictest = max(judgements, key=lambda judgement: judgement.verdict.strictness)
    privileged = any(judgement.privileged for judgement in judgements)
    sites = {site_of(item.host) for item in evidence}
    if len(sites) > 1 and len({judgement.verdict for judgement in judgements}) > 1:
        return Judgement(
            verdict=Verdict.BLOCK,
            reason=Reason.NAME_MISMATCH,
            name=strictest.name,
            category=strictest.category,
            matches=strictest.matches,
            privileged=privileged,
        )
    return _with_privilege(strictest, privileged)


def judge_name(evidence: Evidence, policy: Policy, now: datetime) -> Judgement:
    """Judge one name by the numbered order at the top of this module."""
    if not evidence.matches:
        # Nearly every request: of the steps only 3, 4 and 8 can apply.
        return _judge_listed(evidence, (), policy, now)
    rules = policy.rules
    # A category without a rule can only come from a Ruleset newer than this policy: we refuse to guess.
    if any(match.category not in rules for match in evidence.matches):
        return Judgement(Verdict.BLOCK, Reason.UNDECIDABLE, evidence.host, matches=evidence.matches)

    # A protected host inside a URL lends the page nothing, neither its way in nor its way out of the
    # record: anybody can write `?u=https://essential.test/` behind the address of a casino.
    matches = tuple(
        match
        for match in evidence.matches
        if match.name == evidence.host or rules[match.category].kind is CategoryKind.ORDINARY
    )

    # 0. An essential host is allowed, whatever a list says.
    for match in matches:
        if rules[match.category].kind is CategoryKind.ESSENTIAL:
            return _judgement(Verdict.ALLOW, Reason.ESSENTIAL, evidence, matches, match)

    # 1. A privileged host is never decrypted and never tied to a person; then go on.
    privileged = is_privileged(matches, policy)

    return _with_privilege(_judge_listed(evidence, matches, policy, now), privileged)


def _judge_listed(evidence: Evidence, matches: tuple[Match, ...], policy: Policy, now: datetime) -> Judgement:
    rules = policy.rules

    # 2. A never-exempt category is blocked.
    never = [match for match in matches if rules[match.category].exemption is ExemptionRule.NEVER]
    if never:
        return _judgement(Verdict.BLOCK, Reason.NEVER_EXEMPT, evidence, matches, _deciding(never, policy))

    # 3. Break-glass: what would have decided is left out, since it would tell what was looked at.
    if evidence.break_glass:
        return Judgement(Verdict.ALLOW, Reason.BREAK_GLASS, evidence.host)

    # 4. A LocalEntry of an administrator decides.
    local = evidence.local_entry
    if local is not None and local.holds(now):
        allowed = local.action is Action.ALLOW
        return Judgement(
            verdict=Verdict.ALLOW if allowed else Verdict.BLOCK,
            reason=Reason.LOCAL_ALLOW if allowed else Reason.LOCAL_BLOCK,
            name=evidence.host,
            matches=matches,
            local_entry=local.id,
        )

    # 5. An Exemption takes away the categories it covers.
    left = [match for match in matches if rules[match.category].action is not Action.ALLOW]
    used: Exemption | None = None
    for exemption in evidence.exemptions:
        if left and exemption.holds(now):
            uncovered = [match for match in left if not _exempts(exemption, match, evidence.host, policy)]
            if len(uncovered) < len(left):
                used, left = used or exemption, uncovered
    if used is not None and not left:
        return Judgement(Verdict.ALLOW, Reason.EXEMPTED, evidence.host, matches=matches, exemption=used.id)

    # 6. A Confirmation takes away the categories whose action is confirm.
    confirmation = evidence.confirmation
    if left and confirmation is not None and now < confirmation.until:
        left = [match for match in left if rules[match.category].action is not Action.CONFIRM]
        if not left:
            return Judgement(
                Verdict.ALLOW,
                Reason.CONFIRMED,
                evidence.host,
                matches=matches,
                confirmation=confirmation.id,
            )

    # 7. The category with the strictest action decides.
    if left:
        deciding = _deciding(left, policy)
        verdict = Verdict(rules[deciding.category].action)
        return _judgement(verdict, Reason.LISTED, evidence, matches, deciding)
    if matches:
        return _judgement(Verdict.ALLOW, Reason.LISTED, evidence, matches, _deciding(list(matches), policy))

    # 8. Where nothing matched, the policy's default: most requests end here.
    judgement = _UnfrozenJudgement(Verdict(policy.default.action), Reason.NOT_LISTED, evidence.host)
    judgement.__class__ = Judgement
    return judgement


def is_privileged(matches: Sequence[Match], policy: Policy) -> bool:
    """Whether the host that these matches are of is never decrypted and never tied to a person."""
    rules = policy.rules
    return any(match.category in rules and rules[match.category].kind in _PRIVILEGED for match in matches)


def refuse(reason: Reason, host: str = "", *, privileged: bool = False) -> Judgement:
    """
    What is refused whatever the lists say: malformed, no person, a port, an inner address.

    `privileged` where a list was asked all the same and knows the host as such: a refusal ties nobody to it.
    """
    return Judgement(Verdict.BLOCK, reason, host, privileged=privileged)


def accept_tunnel(host: str, *, privileged: bool) -> Judgement:
    """A CONNECT is answered; what the tunnel carries is an exchange of its own and decided there."""
    return Judgement(Verdict.ALLOW, Reason.TUNNEL, host, privileged=privileged)


def own_page(host: str) -> Judgement:
    """One of the gateway's own pages: nothing is contacted, and nobody may be kept from them."""
    return Judgement(Verdict.ALLOW, Reason.OWN_PAGE, host)


def _exempts(exemption: Exemption, match: Match, host: str, policy: Policy) -> bool:
    if exemption.kind is TargetKind.CATEGORY:
        if exemption.target != match.category:
            return False
    elif match.name != host:
        return False  # a site that a translator or proxy was asked for is another site
    admits = policy.rules[match.category].exemption
    if admits is ExemptionRule.NAMED_PERSON:
        return exemption.grantee_kind is GranteeKind.PERSON
    return admits is ExemptionRule.WORK_PURPOSE


def _deciding(candidates: Sequence[Match], policy: Policy) -> Match:
    """Strictest action, then highest in the policy file, then list by name, then most specific entry."""
    return min(
        candidates,
        key=lambda match: (
            -policy.rules[match.category].action.strictness,
            policy.rank[match.category],
            match.list,
            -match.specificity,
            match.line,
        ),
    )


def _judgement(
    verdict: Verdict, reason: Reason, evidence: Evidence, matches: tuple[Match, ...], deciding: Match
) -> Judgement:
    others = tuple(match for match in matches if match is not deciding)
    return Judgement(verdict, reason, evidence.host, deciding.category, (deciding, *others))


def _with_privilege(judgement: Judgement, privileged: bool) -> Judgement:
    if judgement.privileged == privileged:
        return judgement
    return Judgement(
        verdict=judgement.verdict,
        reason=judgement.reason,
        name=judgement.name,
        category=judgement.category,
        matches=judgement.matches,
        privileged=privileged,
        local_entry=judgement.local_entry,
        exemption=judgement.exemption,
        confirmation=judgement.confirmation,
    )
