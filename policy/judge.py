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
    9. Who has not read the current notice reads it before anything that would be allowed.

An exchange has several names (CONNECT, SNI, Host …). Each is judged by steps 0 to 8 on its own; the
strictest verdict holds. Names of different sites whose verdicts differ are refused as such: either
name might be a disguise for the other. Step 9 is about the whole exchange.

What an action is (5 to 7): the policy's rule in effect for who asks and when (`Policy.in_effect`), which a
departure or the personal-use allowance may have changed. An allowance that is used up opens nothing, and
signing up asks for what the category says of that where it is stricter. What is on trial takes no part;
the same steps are gone through once more with it, and a verdict that differs is noted (`would_be`).

What an Exemption covers: one for a category takes away that category; one for a host or prefix
takes away every category on it, but none of a URL inside its URLs. Neither touches a never-exempt
category, a category that admits only named persons is not touched by an exemption for a role or
for everyone, nor one that asks for two offices or a procedure by an exemption that lacks them: a host may
have come into such a category after it was granted. A page in two blocked categories therefore needs both
covered.

Who may ask at all (`stands_against`) is settled beside this order: an essential host is anybody's.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from policy.decision import Judgement
from policy.document import Policy
from policy.effect import Effect
from policy.facts import Who
from policy.match import Match
from policy.presence import Confirmation
from policy.quick import unfrozen
from policy.registers import Exemption, GranteeKind, LocalEntry, TargetKind
from policy.words import (
    Action,
    CategoryKind,
    EntryKind,
    ExemptionRule,
    Reason,
    Resource,
    Standing,
    Step,
    Verdict,
)

_UnfrozenJudgement = unfrozen(Judgement)

_PRIVILEGED = frozenset({CategoryKind.PRIVILEGED, CategoryKind.HELP})
# What a person looks at: where a page can be read in its place.
_DOCUMENTS = frozenset({Resource.VISIT, Resource.NAVIGATION, Resource.UNKNOWN})


@dataclass(frozen=True, slots=True)
class Evidence:
    """What is known about one name of the exchange."""

    host: str
    matches: tuple[Match, ...] = ()
    local_entry: LocalEntry | None = None
    exemptions: tuple[Exemption, ...] = ()
    confirmation: Confirmation | None = None
    break_glass: bool = False  # open at this moment; `matches` are then those of the name alone


@dataclass(frozen=True, slots=True)
class Asking:
    """Who asks, and for what, as far as it takes part in the judgement."""

    who: Who = Who()  # noqa: RUF009 (frozen, so it can be everybody's)
    document: bool = False  # a request whose answer a person looks at
    sign_up: bool = False  # it sends a form that signs somebody up
    used_up: bool = False  # today's personal-use allowance is


NOBODY = Asking()


def judge(
    evidence: Sequence[Evidence],
    policy: Policy,
    now: datetime,
    site_of: Callable[[str], str],
    asking: Asking = NOBODY,
) -> Judgement:
    """
    Judge an exchange by all its names.

    `evidence` has one item a distinct name, the one we would connect to first; `site_of` gives a
    host's registrable domain. Raises `ValueError` when there is no name at all.
    """
    if not evidence:
        raise ValueError("an exchange without a name cannot be judged")
    if len(evidence) == 1:
        return _noticed(judge_name(evidence[0], policy, now, asking), policy, asking)
    judgements = [judge_name(item, policy, now, asking) for item in evidence]
    strictest = max(judgements, key=_strictness)
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
    return _noticed(_with_privilege(strictest, privileged), policy, asking)


def judge_name(evidence: Evidence, policy: Policy, now: datetime, asking: Asking = NOBODY) -> Judgement:
    """Judge one name by steps 0 to 8 of the numbered order at the top of this module."""
    if not evidence.matches:
        # Nearly every request: of the steps only 3, 4 and 8 can apply.
        return _judge_listed(evidence, (), policy, now, asking)
    rules, matches = policy.rules, taking_part(evidence, policy)
    privileged = is_privileged(matches, policy)

    # A category without a rule can only come from a Ruleset newer than this policy: we refuse to guess.
    if any(match.category not in rules for match in matches):
        undecidable = Judgement(Verdict.BLOCK, Reason.UNDECIDABLE, evidence.host, matches=matches)
        return _with_privilege(undecidable, privileged)

    # 0. An essential host is allowed, whatever a list says.
    for match in matches:
        if rules[match.category].kind is CategoryKind.ESSENTIAL:
            return _judgement(Verdict.ALLOW, Reason.ESSENTIAL, evidence, matches, match)

    # 1. A privileged host is never decrypted and never tied to a person; then go on.
    return _with_privilege(_judge_listed(evidence, matches, policy, now, asking), privileged)


def taking_part(evidence: Evidence, policy: Policy) -> tuple[Match, ...]:
    """
    The matches that the order is gone through with.

    A protected host inside a URL lends the page nothing, neither its way in nor its way out of the record:
    anybody can write `?u=https://essential.test/` behind the address of a casino. What somebody searched for
    takes part only where the policy says so.
    """
    searches = policy.search_terms
    return tuple(
        match
        for match in evidence.matches
        if (match.name == evidence.host or not _is_protected(match, policy))
        and (searches or match.kind is not EntryKind.SEARCH_TERM)
    )


def _judge_listed(
    evidence: Evidence, matches: tuple[Match, ...], policy: Policy, now: datetime, asking: Asking
) -> Judgement:
    rules = policy.rules

    # 2. A never-exempt category is blocked.
    never = [match for match in matches if rules[match.category].exemption is ExemptionRule.NEVER]
    if never:
        deciding = min(never, key=lambda match: _place(match, policy))
        return _judgement(Verdict.BLOCK, Reason.NEVER_EXEMPT, evidence, matches, deciding)

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

    if matches:
        return _judge_categories(evidence, matches, policy, now, asking)

    # 8. Where nothing matched, the policy's default: most requests end here.
    judgement = _UnfrozenJudgement(Verdict(policy.default.action), Reason.NOT_LISTED, evidence.host)
    judgement.__class__ = Judgement
    return judgement


@dataclass(frozen=True, slots=True)
class _Claimed:
    """A match, and what its category asks for of who asks now."""

    match: Match
    action: Action
    reason: Reason = Reason.LISTED
    tried: Action | None = None  # instead, by what is on trial
    allowance: bool = False  # open for as long as the personal-use allowance lasts

    @property
    def is_open(self) -> bool:
        """Whether nothing has to be taken away for it to be allowed."""
        return self.action is Action.ALLOW and not self.allowance

    def on_trial(self) -> "_Claimed":
        """What would be asked for if what is on trial held."""
        if self.tried is None:
            return self
        return _Claimed(self.match, self.tried)


def _judge_categories(
    evidence: Evidence, matches: tuple[Match, ...], policy: Policy, now: datetime, asking: Asking
) -> Judgement:
    """Steps 5 to 7, and a second time with what is on trial."""
    claimed = [_claimed(match, evidence.host, policy, now, asking) for match in matches]
    judgement = _steps_5_to_7(evidence, matches, claimed, policy, now)
    if all(one.tried is None for one in claimed):
        return judgement
    tried = _steps_5_to_7(evidence, matches, [one.on_trial() for one in claimed], policy, now)
    if tried.verdict is judgement.verdict:
        return judgement
    if judgement.reason is Reason.LISTED and judgement.verdict is Verdict.ALLOW:
        # What is let through only because it is tried: the row names the category that the trial is about.
        judgement = replace(judgement, category=tried.category, matches=tried.matches)
    return replace(judgement, would_be=tried.verdict)


def _claimed(match: Match, host: str, policy: Policy, now: datetime, asking: Asking) -> _Claimed:
    rule = policy.rules[match.category]
    effect: Effect = policy.in_effect(match.category, asking.who, now)
    action, reason, tried = effect.action, Reason.LISTED, effect.would_be
    if effect.allowance and asking.used_up:
        action = rule.action
        reason = Reason.ALLOWANCE if action is Action.BLOCK else Reason.LISTED
    # A site inside the URL is not signed up with.
    sign_up = rule.sign_up if asking.sign_up and match.name == host else None
    if sign_up is not None:
        if tried is not None and sign_up.strictness > tried.strictness:
            tried = sign_up
        if sign_up.strictness > action.strictness:
            return _Claimed(match, sign_up, Reason.SIGN_UP, tried)
    allowance = effect.allowance and not asking.used_up
    return _Claimed(match, action, reason, tried, allowance=allowance)


def _steps_5_to_7(
    evidence: Evidence,
    matches: tuple[Match, ...],
    claimed: list[_Claimed],
    policy: Policy,
    now: datetime,
) -> Judgement:
    # 5. An Exemption takes away the categories it covers.
    left = [one for one in claimed if not one.is_open]
    used: Exemption | None = None
    for exemption in evidence.exemptions:
        if left and exemption.holds(now):
            uncovered = [one for one in left if not _exempts(exemption, one.match, evidence.host, policy)]
            if len(uncovered) < len(left):
                used, left = used or exemption, uncovered
    if used is not None and not left:
        return Judgement(Verdict.ALLOW, Reason.EXEMPTED, evidence.host, matches=matches, exemption=used.id)

    # 6. A Confirmation takes away the categories whose action is confirm.
    confirmation = evidence.confirmation
    if confirmation is not None and now < confirmation.until:
        asked = [one for one in left if one.action is not Action.CONFIRM]
        if len(asked) < len(left):
            left = asked
            if not left:
                return Judgement(
                    Verdict.ALLOW,
                    Reason.CONFIRMED,
                    evidence.host,
                    matches=matches,
                    confirmation=confirmation.id,
                )

    # 7. The category with the strictest action decides.
    deciding = min(left or claimed, key=lambda one: (-one.action.strictness, _place(one.match, policy)))
    judgement = _judgement(Verdict(deciding.action), deciding.reason, evidence, matches, deciding.match)
    if judgement.verdict is Verdict.ALLOW and any(one.allowance for one in left):
        return replace(judgement, allowance=True)
    return judgement


def _noticed(judgement: Judgement, policy: Policy, asking: Asking) -> Judgement:
    # 9. Who has not read the current notice reads it before anything that would be allowed.
    notice, who = policy.notice, asking.who
    if notice is None or who.person is None or who.notice == notice.version:
        return judgement
    if who.standing is not Standing.GOOD:
        # Where nobody has to be known they are nobody, and could not say that they have read it.
        return judgement
    if judgement.verdict is not Verdict.ALLOW or judgement.privileged or judgement.reason in _UNNOTICED:
        return judgement
    if asking.document:
        return Judgement(Verdict.CONFIRM, Reason.NOTICE, judgement.name)
    if notice.meanwhile == "refuse":
        return Judgement(Verdict.BLOCK, Reason.NOTICE, judgement.name)
    return judgement


_UNNOTICED = frozenset({Reason.ESSENTIAL, Reason.BREAK_GLASS})


def is_document(step: Step, resource: Resource) -> bool:
    """Whether a person looks at the answer, so that a page can be read in its place."""
    return step is Step.REQUEST and resource in _DOCUMENTS


def stands_against(who: Who, *, required: bool) -> Reason | None:
    """
    Why somebody may ask for essential hosts only; None where nothing stands against them.

    `required`: whether a person is, from there, for this. A disabled device is refused everywhere: it is
    lost, or worse, and whoever disabled it meant every network.
    """
    if who.standing is Standing.DEVICE_DISABLED:
        return Reason.DISABLED
    if not required:
        return None
    if who.person is None:
        return Reason.NO_PERSON
    if who.standing is Standing.UNKNOWN:
        return Reason.UNKNOWN_PERSON
    return None if who.standing is Standing.GOOD else Reason.DISABLED


def _is_protected(match: Match, policy: Policy) -> bool:
    rule = policy.rules.get(match.category)
    return rule is not None and rule.kind is not CategoryKind.ORDINARY


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
    rule = policy.rules[match.category]
    if (rule.second_office and exemption.second_by is None) or (rule.procedure and not exemption.procedure):
        return False
    admits = rule.exemption
    if admits is ExemptionRule.NAMED_PERSON:
        return exemption.grantee_kind is GranteeKind.PERSON
    return admits is ExemptionRule.WORK_PURPOSE


def _strictness(judgement: Judgement) -> tuple[int, int]:
    """As it is, then as it would be: of names that are judged alike the one that a trial is about."""
    return judgement.verdict.strictness, (judgement.would_be or judgement.verdict).strictness


def _place(match: Match, policy: Policy) -> tuple[int, str, int, int]:
    """Among equals: highest in the policy file, then list by name, then most specific entry."""
    return policy.rank[match.category], match.list, -match.specificity, match.line


def _judgement(
    verdict: Verdict, reason: Reason, evidence: Evidence, matches: tuple[Match, ...], deciding: Match
) -> Judgement:
    others = tuple(match for match in matches if match is not deciding)
    return Judgement(verdict, reason, evidence.host, deciding.category, (deciding, *others))


def _with_privilege(judgement: Judgement, privileged: bool) -> Judgement:
    return judgement if judgement.privileged == privileged else replace(judgement, privileged=privileged)
