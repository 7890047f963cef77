"""
From facts to a recorded Decision. Knows no flow.

A `Draft` is a judgement that is not on record yet. It becomes a Decision by `record`, and until that
has returned nothing may be answered: it is the order of these two calls in `addons/gatekeeper.py`
that keeps invariant 4 ("no answer leaves before its Decision has been handed to the kernel").
"""

from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import datetime

from addons.identity.settings import IdentityKind
from addons.sealing import make_seal
from addons.snapshots import Parts
from categories import ENGINE
from categories.urls.sites import site_of
from db.settings import Durability, WhenFull
from policy.decision import Decision, Judgement
from policy.errors import DecisionLogUnavailable
from policy.facts import RequestFacts, Who
from policy.identifiers import uuid7
from policy.judge import (
    Asking,
    Evidence,
    accept_tunnel,
    is_document,
    is_privileged,
    judge,
    own_page,
    refuse,
    stands_against,
)
from policy.people import Claim, introduce
from policy.presence import Confirmation
from policy.quick import unfrozen
from policy.record import make_decision
from policy.words import Reason, Resource, Standing, Verdict

_UnfrozenEvidence = unfrozen(Evidence)
_UnfrozenAsking = unfrozen(Asking)


@dataclass(slots=True)
class Draft:
    """A judgement that is not on record yet."""

    facts: RequestFacts
    judgement: Judgement
    ruleset: str  # the digest of the one it was judged by
    essential: bool = False  # passes without a person, and by setting without a record
    break_glass: bool = False  # open when it was judged: nobody is asked for, nobody recorded

    @property
    def allows(self) -> bool:
        """Whether the exchange may go on."""
        return self.judgement.verdict is Verdict.ALLOW


class Judging:
    """Judges and records, by what is in force at that moment."""

    def __init__(self, parts: Parts, counts: Counter[str]) -> None:
        self._parts = parts
        self._counts = counts
        self._by_device = IdentityKind.DEVICE in parts.identity.kinds
        self._seal = make_seal(parts.policy.file.sealing.public_key)

    def introduce(self, claim: Claim | None, client_ip: str | None, at: datetime) -> Who:
        """Who asks, by what is known at this moment; nobody while break-glass is open."""
        parts = self._parts
        registers = parts.registers.registers
        if registers.is_open(at):
            return Who(client_ip=client_ip)
        presence = parts.presence.presence
        return introduce(claim, client_ip, registers.people, presence, at, by_device=self._by_device)

    def judge(self, facts: RequestFacts) -> Draft:
        """Judge an exchange by all its names, and by whether whoever asks may ask at all."""
        parts = self._parts
        ruleset, registers = parts.rulesets.ruleset, parts.registers.registers
        at, who = facts.at, facts.who
        break_glass = registers.is_open(at)
        # Nothing is looked into while break-glass is open, so https has but its names; http is judged alike.
        target = "" if break_glass else facts.target
        evidence: list[Evidence] = []
        for host in {name.host: None for name in facts.names}:
            matches = ruleset.matches(host, target)
            item = _UnfrozenEvidence(
                host,
                matches,
                registers.local_entry(host, target, at) if registers.local else None,
                # These take categories away, and nearly every request has none.
                registers.exemptions(who, host, target, at, [match.category for match in matches])
                if matches
                else (),
                self._confirmation(who, host, at) if matches else None,
                break_glass,
            )
            item.__class__ = Evidence
            evidence.append(item)
        judgement = judge(
            evidence,
            parts.policy,
            at,
            site_of,
            self._asking(facts, listed=any(item.matches for item in evidence)),
        )
        draft = Draft(facts, judgement, ruleset.digest, judgement.reason is Reason.ESSENTIAL, break_glass)
        if draft.essential or break_glass:
            return draft
        against = self._stands_against(facts)
        return draft if against is None else self.refused(facts, against)

    def _asking(self, facts: RequestFacts, *, listed: bool) -> Asking:
        asking = _UnfrozenAsking(
            facts.who,
            is_document(facts.step, facts.resource),
            # Both say something of a category, and nearly every request is in none.
            listed and self._parts.policy.is_sign_up(facts),
            listed and self._has_used_up(facts.who, facts.at),
        )
        asking.__class__ = Asking
        return asking

    def _has_used_up(self, who: Who, at: datetime) -> bool:
        policy, presence = self._parts.policy, self._parts.presence.presence
        if policy.allowance is None or who.person is None:
            return False
        used = presence.minutes(who.person, who.organisation or "", policy.allowance_day(at))
        return used >= policy.allowance.minutes_a_day

    def _confirmation(self, who: Who, host: str, at: datetime) -> Confirmation | None:
        presence = self._parts.presence.presence
        if who.person is None or not presence.confirmations:
            return None
        return presence.confirmation(who.person, who.organisation or "", site_of(host), at)

    def _stands_against(self, facts: RequestFacts) -> Reason | None:
        who = facts.who
        if who.person is not None and who.standing is Standing.GOOD:
            return None
        return stands_against(who, required=self.requires_person(facts))

    def requires_person(self, facts: RequestFacts) -> bool:
        """Whether a person is required, from there, for any name of this exchange."""
        identity, address = self._parts.identity, facts.who.client_ip
        return any(identity.requires(address, name.host) for name in facts.names)

    def refused(self, facts: RequestFacts, reason: Reason) -> Draft:
        """A refusal whatever the lists say; they are asked only how much of it may be recorded."""
        privileged = any(self.is_privileged(name.host, facts.target) for name in facts.names)
        judgement = refuse(reason, facts.host, privileged=privileged)
        break_glass = self._parts.registers.registers.is_open(facts.at)
        return Draft(facts, judgement, self._parts.rulesets.ruleset.digest, break_glass=break_glass)

    def is_privileged(self, host: str, target: str = "") -> bool:
        """Whether nobody may be tied to `host` or this part of it; where the lists cannot say, nobody is."""
        try:
            found = self._parts.rulesets.ruleset.matches(host, target)
        except Exception:  # noqa: BLE001 (a refusal must not fail over what its row may hold)
            return True
        # A URL inside the target lends its host no protection.
        return is_privileged([match for match in found if match.name == host], self._parts.policy)

    def tunnelled(self, draft: Draft) -> Draft:
        """A CONNECT is answered; `draft` is what its name alone would have been judged."""
        judgement = accept_tunnel(draft.facts.host, privileged=draft.judgement.privileged)
        return Draft(draft.facts, judgement, draft.ruleset, draft.essential, draft.break_glass)

    def own_page(self, facts: RequestFacts) -> Draft:
        """A page of the gateway's own, whatever the lists say of its host."""
        break_glass = self._parts.registers.registers.is_open(facts.at)
        digest = self._parts.rulesets.ruleset.digest
        return Draft(facts, own_page(facts.host), digest, break_glass=break_glass)

    def decision(self, draft: Draft, *, final: bool = True) -> Decision:
        """The row for `draft`."""
        return make_decision(
            # The one final Decision of an exchange goes by the exchange's own identifier.
            draft.facts.exchange if final else uuid7(),
            self._recorded_as(draft.facts),
            draft.judgement,
            self._parts.policy,
            gateway=self._parts.gateway,
            ruleset=draft.ruleset,
            engine=ENGINE,
            is_privileged=self.is_privileged,
            final=final,
            break_glass=draft.break_glass,
            seal=self._seal,
        )

    def _recorded_as(self, facts: RequestFacts) -> RequestFacts:
        """Where people are known by name, nobody visits anything namelessly: it is some program's request."""
        if not self._parts.identity.asks or facts.who.person is not None:
            return facts
        return replace(facts, resource=Resource.BACKGROUND, resource_why="nobody is known")

    def record(self, draft: Draft, then: Callable[[Decision | None], None]) -> Awaitable[None] | None:
        """
        Take the Decision into keeping and go on with it; with None where the log can take no more.

        Returns what is to be awaited where keeping takes time (durability "power"); `then` is called when
        it is done. Otherwise all is done on return: a task a request would cost more than the judgement.
        """
        decision = self.decision(draft)
        if self._parts.durability is Durability.POWER:
            return self._record_soon(decision, then)
        try:
            self._parts.spool.record(decision)
        except DecisionLogUnavailable:
            self._count_lost(decision)
            then(None)
        else:
            then(decision)
        return None

    async def _record_soon(self, decision: Decision, then: Callable[[Decision | None], None]) -> None:
        try:
            await self._parts.spool.record_soon(decision)
        except DecisionLogUnavailable:
            self._count_lost(decision)
            then(None)
        else:
            then(decision)

    def record_now(self, draft: Draft, *, final: bool = True) -> Decision | None:
        """The Decision, in keeping, where nothing can be awaited; None where the log can take no more."""
        decision = self.decision(draft, final=final)
        try:
            self._parts.spool.record(decision)
        except DecisionLogUnavailable:
            self._count_lost(decision)
            return None
        return decision

    def _count_lost(self, decision: Decision) -> None:
        self._counts[f"log-full:{decision.verdict}"] += 1

    def passes_unrecorded(self, draft: Draft) -> bool:
        """Whether `draft` may go on though the log can take no more."""
        return draft.essential and draft.allows and self._parts.when_full is WhenFull.PASS_ESSENTIAL
