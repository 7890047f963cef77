"""
A decision judged again, by the very lists and the very policy that it names: was it what they say?

What a gateway judges by is taken from the record and from what was kept beside it: the texts of the lists
(`past_lists.py`), the text of the policy, and whatever the row itself names of the registers, as that stood
at the moment. That nothing else of the registers applied is taken from the row too, which would name it.

Three answers. *Same*: the judge comes to this verdict, by this reason and this entry. *Different*: it does
not, and nothing that could explain that is missing. *Cannot be told*: something took part that is not kept,
most of it by design, since it would have said too much about somebody:

- a query, a segment of a path that was cut out, other names of the exchange, who asked at a level that names
  nobody. What is left may suffice all the same. Where it is judged again more mildly than it was, what is not
  kept may have matched; where it is judged otherwise and nobody is named, a departure may have been theirs;
- how much of a day's personal use somebody had left, and which notice they had read;
- the text of a list or policy that is no longer kept, or another version of the engine.

Some refusals no list or policy decides, such as a port, or somebody unknown: there is nothing to judge again.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Protocol

from categories.urls.normalise import UrlRefused, normalise_host, normalise_target
from categories.urls.sites import site_of
from console.review.answers import Again, Explained
from console.review.past_lists import NotKept, PastLists
from policy.decision import Judgement
from policy.document import Policy, parse_policy
from policy.errors import ConfigurationError
from policy.facts import RequestFacts, Who
from policy.judge import Asking, Evidence, is_document, judge
from policy.presence import Confirmation
from policy.registers import Exemption, LocalEntry, Registers
from policy.review.rows import ReviewedDecision
from policy.text import ENTRY_LENGTH, storable
from policy.words import Reason, RecordLevel, Replayed

_OF_THE_GATEWAY = "the gateway itself refused it, whatever the lists and the policy said"
_OF_WHO_ASKED = "it was refused for who asked, or because nobody was known; no list took part"
_NOT_JUDGED = {
    Reason.NOTICE: "which notice somebody had read took part, and a row that asks for it names nobody",
    Reason.BREAK_GLASS: "of what was asked for while break-glass was open nothing is kept",
    Reason.TUNNEL: "it only opened a tunnel; what went through it was decided by itself",
    Reason.OWN_PAGE: "it was a page of the gateway's own, whatever the lists said",
    Reason.NO_PERSON: _OF_WHO_ASKED,
    Reason.UNKNOWN_PERSON: _OF_WHO_ASKED,
    Reason.DISABLED: _OF_WHO_ASKED,
    Reason.MALFORMED: _OF_THE_GATEWAY,
    Reason.PORT: _OF_THE_GATEWAY,
    Reason.PRIVATE_ADDRESS: _OF_THE_GATEWAY,
    Reason.NOT_HTTP: _OF_THE_GATEWAY,
    Reason.WEBSOCKET: _OF_THE_GATEWAY,
    Reason.TOO_MUCH: _OF_THE_GATEWAY,
    Reason.LOG_FULL: _OF_THE_GATEWAY,
    Reason.UNDECIDABLE: "something had failed, and what cannot be decided is refused",
}
_NAMED = frozenset({RecordLevel.SITE, RecordLevel.FULL})


class Named(Protocol):
    """What rows name of the registers, as it stood at a moment (`db/review/named.py`)."""

    def local_entry(self, identifier: str, at: datetime) -> LocalEntry | None:
        """The local entry, where it was in force."""

    def exemption(self, identifier: str, at: datetime) -> Exemption | None:
        """The exemption, where it was granted, not revoked, and may be shown."""

    def confirmation(self, identifier: str, at: datetime) -> Confirmation | None:
        """What somebody had stated of their work purpose."""


@dataclass(frozen=True, slots=True)
class _Asked:
    """What of a request is kept, in the form it is judged in."""

    hosts: tuple[str, ...]  # the one that was connected to first
    target: str  # "" where the host is all that is known
    whole: bool  # all that was judged, of the address and of who asked


class Replaying:
    """Judges decisions again. Reads no decision itself."""

    def __init__(self, lists: PastLists, policy_text: Callable[[str], str | None], named: Named) -> None:
        """`policy_text` gives the text of a policy by its digest, where it is kept."""
        self._lists = lists
        self._policy_text = policy_text
        self._named = named

    def explain(self, decision: ReviewedDecision) -> Explained:
        """The decision, and what the lists and the policy of its time say of it. Raises `DatabaseAway`."""
        try:
            asked = _asked(decision)
            policy = self._policy(decision.policy)
            evidence = self._evidence(decision, asked)
        except NotKept as missing:
            return Explained(decision, Replayed.CANNOT_BE_TOLD, str(missing), None)
        used_up = decision.reason is Reason.ALLOWANCE
        judgement = _judged(decision, asked, policy, evidence, used_up=used_up)
        replayed, why = _told(decision, asked, judgement, used_up=used_up)
        if replayed is Replayed.DIFFERENT and judgement.allowance:
            # Open for as long as the day's personal use lasted: perhaps it was over.
            over = _judged(decision, asked, policy, evidence, used_up=True)
            if _is_same(decision, over):
                return Explained(decision, *_ALLOWANCE_UNKNOWN, _again(over))
        return Explained(decision, replayed, why, _again(judgement))

    def _policy(self, digest: str) -> Policy:
        text = self._policy_text(digest)
        if text is None:
            raise NotKept("the text of the policy it was judged by is not kept")
        try:
            return parse_policy(text.encode(), Path(f"policy {digest[:12]}"))
        except ConfigurationError as error:
            raise NotKept(f"this release cannot read the policy it was judged by: {error}") from error

    def _evidence(self, decision: ReviewedDecision, asked: _Asked) -> Sequence[Evidence]:
        registers = self._registers(decision)
        who = _who(decision, None)
        ruleset = self._lists.ruleset(decision.ruleset, [(host, asked.target) for host in asked.hosts])
        confirmation = None
        if decision.confirmation is not None:
            confirmation = self._named.confirmation(decision.confirmation, decision.at)
            if confirmation is None:
                raise NotKept("what somebody stated of their work purpose is not kept any more")
        found = []
        for host in asked.hosts:
            matches = ruleset.matches(host, asked.target)
            categories = [match.category for match in matches]
            stated = confirmation is not None and confirmation.host == site_of(host)
            found.append(
                Evidence(
                    host,
                    matches,
                    registers.local_entry(host, asked.target, decision.at),
                    registers.exemptions(who, host, asked.target, decision.at, categories),
                    confirmation if stated else None,
                )
            )
        return found

    def _registers(self, decision: ReviewedDecision) -> Registers:
        """What the row names of them, as it stood then."""
        local, exemption = None, None
        if decision.local_entry is not None:
            local = self._named.local_entry(decision.local_entry, decision.at)
        if decision.exemption is not None:
            exemption = self._named.exemption(decision.exemption, decision.at)
            if exemption is None:
                raise NotKept("the exemption that opened it is restricted, or not kept")
        return Registers.of([local] if local else [], [exemption] if exemption else [])


_ALLOWANCE_UNKNOWN = (
    Replayed.CANNOT_BE_TOLD,
    "the lists and the policy were as the row says, if the day's personal use was used up; how much of it "
    "somebody had left is not kept",
)


def _asked(decision: ReviewedDecision) -> _Asked:
    """Raises `NotKept` where nothing can be judged by what is kept."""
    if (why := _NOT_JUDGED.get(decision.reason)) is not None:
        raise NotKept(why)
    if decision.host is None:
        raise NotKept(f'at the record level "{decision.record}" no host is kept')
    if decision.reason is Reason.NAME_MISMATCH and not decision.names:
        raise NotKept("its names belonged to different sites, and only one of them is kept")
    by_name = decision.scheme != "http" and not decision.decrypted and decision.path is None
    names = [name.partition(":")[2] for name in decision.names] or [decision.host]
    try:
        hosts = tuple(dict.fromkeys(map(normalise_host, names)))
        target = "" if decision.path is None else normalise_target(decision.path)
    except UrlRefused as error:
        raise NotKept(f"what is kept of its address can be read in more than one way: {error}") from error
    whole = decision.replayable or (by_name and decision.record is RecordLevel.FULL)
    return _Asked(hosts, target, whole)


def _judged(
    decision: ReviewedDecision,
    asked: _Asked,
    policy: Policy,
    evidence: Sequence[Evidence],
    *,
    used_up: bool,
) -> Judgement:
    who = _who(decision, policy)
    facts = RequestFacts(
        exchange=decision.exchange,
        at=decision.at,
        step=decision.step,
        names=(),
        scheme=decision.scheme or "",
        port=decision.port or 0,
        who=who,
        method=decision.method,
        target=asked.target or "/",
    )
    document = is_document(decision.step, decision.resource)
    asking = Asking(who, document=document, sign_up=policy.is_sign_up(facts), used_up=used_up)
    return judge(evidence, policy, decision.at, site_of, asking)


def _who(decision: ReviewedDecision, policy: Policy | None) -> Who:
    """Who asked, as far as it is kept; whoever is named had read the notice, or the row would say so."""
    notice = policy.notice if policy is not None else None
    return Who(
        person=decision.person,
        how=decision.person_how,
        organisation=decision.organisation,
        unit=decision.unit,
        role=decision.role,
        device=decision.device,
        client_ip=decision.client_ip,
        notified=decision.person is not None,
        notice=notice.version if notice is not None else None,
    )


def _told(
    decision: ReviewedDecision, asked: _Asked, judgement: Judgement, *, used_up: bool
) -> tuple[Replayed, str]:
    if _is_same(decision, judgement):
        if used_up:
            return _ALLOWANCE_UNKNOWN
        if asked.whole:
            return (
                Replayed.SAME,
                "the lists and the policy of its time give the same verdict, for the same reason",
            )
        return (
            Replayed.SAME,
            "the lists and the policy of its time give the same verdict for what is kept of the request, for "
            "the same reason",
        )
    found = f"{judgement.verdict} ({judgement.reason}) instead of {decision.verdict} ({decision.reason})"
    if not asked.whole:
        if judgement.verdict.strictness <= decision.verdict.strictness:
            return (
                Replayed.CANNOT_BE_TOLD,
                f"judged by what is kept of the request it is {found}; something that is not kept took part, "
                "such as a query, a part of the path or another name of the exchange",
            )
        if decision.record not in _NAMED:
            return (
                Replayed.CANNOT_BE_TOLD,
                f"judged for nobody in particular it is {found}; who asked is not kept, and may matter",
            )
    return (
        Replayed.DIFFERENT,
        f"by the lists and the policy of its time it is {_what_differs(decision, judgement)}",
    )


def _what_differs(decision: ReviewedDecision, judgement: Judgement) -> str:
    if (judgement.verdict, judgement.reason) != (decision.verdict, decision.reason):
        return f"{judgement.verdict} ({judgement.reason}) instead of {decision.verdict} ({decision.reason})"
    return f"{judgement.verdict} ({judgement.reason}), by another entry, category or list than the row names"


def _is_same(decision: ReviewedDecision, judgement: Judgement) -> bool:
    again = _again(judgement)
    return (
        again.verdict is decision.verdict
        and judgement.reason is decision.reason
        and (again.category, again.list, again.line, again.entry)
        == (decision.category, decision.list, decision.line, decision.entry)
        and (judgement.local_entry, judgement.exemption, judgement.confirmation)
        == (decision.local_entry, decision.exemption, decision.confirmation)
    )


def _again(judgement: Judgement) -> Again:
    deciding = judgement.deciding_match
    return Again(
        verdict=judgement.verdict,
        reason=judgement.reason.value,
        category=judgement.category,
        list=deciding.list if deciding else None,
        line=deciding.line if deciding else None,
        entry=storable(deciding.entry, ENTRY_LENGTH) if deciding else None,
    )
