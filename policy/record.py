"""
How much of a Decision is kept: the one place where facts about a person are cut away.

The level comes from the class of the record and, where a category decided, from its rule too; the
lesser of the two holds. Nobody is named without a standing authority in force, nor by a policy without a
notice, nor before they have read one: `full` and `site` become `anonymous`, and the row says so in its
`record` column. Whoever is not known has read none, so no address
is kept either. What each level leaves:

    full       who, every name, path without its query
    site       who and host, no path
    anonymous  host; no person, role, unit, address, path, page or referrer
    category   category, verdict, reason and the hour; nothing else, not even the entry that matched,
               but where the policy has a key what is sealed to it (`policy/sealed.py`)

Segments of a path that look like a token, a number of a person or an address are cut even at `full`:
about one path in ten holds such a thing, and no question of a review needs it. A name in plain words
(`/in/jane-doe`) cannot be told from other words and stays. Whatever the level, a privileged site never
stands beside a person: not as the page they came from, not inside a path. And whatever was decided while
break-glass was open is kept at `category`, among the privileged rows, refusals too: nobody is recorded.
"""

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from urllib.parse import unquote
from uuid import UUID

from policy.decision import Decision, Judgement, Outcome
from policy.document import Policy
from policy.facts import RequestFacts, Who
from policy.identifiers import on_the_hour, reference_of
from policy.match import Match
from policy.quick import unfrozen
from policy.sealed import is_sealed, text_to_seal
from policy.sections.rule import Rule
from policy.text import CONTENT_TYPE_LENGTH, ENTRY_LENGTH, HOST_LENGTH, PATH_LENGTH, WHY_LENGTH, storable
from policy.words import Action, Ended, Reason, RecordLevel, Resource, RetentionClass, Verdict

MOST_MATCHES = 16

_NOBODY = Who()
_NAMED = frozenset({RecordLevel.SITE, RecordLevel.FULL})
# Who was shown a notice, or looked at a page of ours, has visited nothing.
_OF_OUR_PAGES = frozenset({Reason.NOTICE, Reason.OWN_PAGE})

_UnfrozenDecision = unfrozen(Decision)
_UnfrozenOutcome = unfrozen(Outcome)

CUT = "[cut]"
_WORD = re.compile(r"[^\W_]+")
_HEX = re.compile(r"[0-9a-fA-F]{16,}")
_HOST = re.compile(r"[a-z0-9-]+(?:\.[a-z0-9-]+)+")
_SCHEME = re.compile(r"(?i)https?:")
_MOST_DIGITS = 7
_LONGEST_MIXED = 15
_LONGEST_WORD = 31


def cut_path(path: str, is_privileged: Callable[[str], bool]) -> str:
    """
    `path` without its query, parameters, tokens, addresses and privileged sites, bounded and storable.

    An address inside the path is cut to its end: it is somebody else's, with a path of its own.
    """
    path = path[: 2 * PATH_LENGTH].partition("?")[0].partition("#")[0]
    kept: list[str] = []
    for segment in path.split("/"):
        plain = unquote(segment.partition(";")[0])
        if _SCHEME.match(plain):
            kept.append(CUT)
            break
        kept.append(CUT if _is_personal(plain, is_privileged) else segment.partition(";")[0])
    return storable("/".join(kept), PATH_LENGTH)


def _is_personal(segment: str, is_privileged: Callable[[str], bool]) -> bool:
    """Whether a segment, its escapes taken off, holds an address, a number of somebody, or a token."""
    # "key=value" is a query by other means; a second layer of escapes hides what it says.
    if "@" in segment or "=" in segment or "%" in segment or "://" in segment:
        return True
    digits = sum(map(str.isdigit, segment))
    if digits > _MOST_DIGITS or _HEX.search(segment):
        return True
    if any(map(_is_token, _WORD.findall(segment))):
        return True
    return any(map(is_privileged, _HOST.findall(segment.lower())))


def _is_token(word: str) -> bool:
    """Longer than any word, mixing letters and digits like none does, or capitals within."""
    length = len(word)
    if length > _LONGEST_WORD:
        return True
    digits = sum(map(str.isdigit, word))
    if 0 < digits < length:
        return length > _LONGEST_MIXED or digits >= 5
    return length > _LONGEST_MIXED and not (word.islower() or word.isupper() or word.istitle())


def retention_class(
    judgement: Judgement, resource: Resource, policy: Policy, *, break_glass: bool = False
) -> RetentionClass:
    """What kind of record this is; `break_glass`: whether it was open when this was judged."""
    if judgement.privileged or break_glass:
        return RetentionClass.PRIVILEGED
    if judgement.reason in _OF_OUR_PAGES:
        return RetentionClass.OTHER
    rule = policy.rules.get(judgement.category) if judgement.category else None
    if judgement.verdict is Verdict.CONFIRM or judgement.reason is Reason.CONFIRMED:
        return RetentionClass.CONFIRMED
    if judgement.reason is Reason.EXEMPTED:
        return RetentionClass.EXEMPTED
    if judgement.verdict is Verdict.BLOCK:
        return _as_the_rule_says(rule, Action.BLOCK) or RetentionClass.REFUSED
    if resource is not Resource.VISIT:
        return RetentionClass.OTHER
    return _as_the_rule_says(rule, Action.ALLOW) or RetentionClass.VISIT


def _as_the_rule_says(rule: Rule | None, action: Action) -> RetentionClass | None:
    """
    The class that the category's rule names, where its own action was done.

    A category that is blocked names the class of what was refused. Where a departure, the allowance or a
    trial lets it through, that would keep a visit as a refusal, for as long and with as much in it.
    """
    if rule is None or (rule.action is not action and rule.retention is not RetentionClass.PRIVILEGED):
        return None
    return rule.retention


def record_level(
    judgement: Judgement, retention: RetentionClass, policy: Policy, now: datetime, *, notified: bool
) -> RecordLevel:
    """How much of it may be stored; `notified`: whether it is a person's who has read a notice."""
    level = policy.records[retention].level
    rule = policy.rules.get(judgement.category) if judgement.category else None
    if rule is not None and rule.record.rank < level.rank:
        level = rule.record
    if level not in _NAMED:
        return level
    if not notified or policy.notice is None or judgement.reason in _OF_OUR_PAGES:
        return RecordLevel.ANONYMOUS
    return level if policy.authority.in_force(now.date()) else RecordLevel.ANONYMOUS


def make_decision(
    id_: UUID,
    facts: RequestFacts,
    judgement: Judgement,
    policy: Policy,
    *,
    gateway: str,
    ruleset: str,
    engine: str,
    is_privileged: Callable[[str], bool],
    final: bool = True,
    break_glass: bool = False,
    seal: Callable[[bytes], bytes] | None = None,
) -> Decision:
    """
    The row for one judgement, reduced to what its record level permits.

    `is_privileged` says of a host whether nobody may be tied to it: one that a person came from, or
    that stands in a path, is left out of a row that names them. `seal` makes of a text what only the holders
    of a key can open; without it nothing is kept of what a privileged row leaves out.
    """
    retention = retention_class(judgement, facts.resource, policy, break_glass=break_glass)
    level = record_level(judgement, retention, policy, facts.at, notified=facts.who.notified)
    named = level in _NAMED
    full = level is RecordLevel.FULL
    hosted = level is not RecordLevel.CATEGORY
    clause = _clause(judgement, facts, policy)
    deciding = judgement.deciding_match
    who = facts.who if named else _NOBODY
    referrer, page = (facts.referrer_host, facts.page) if named else (None, None)
    if (referrer and is_privileged(referrer)) or (page and is_privileged(page.partition("://")[2])):
        referrer = page = None
    path = cut_path(facts.path, is_privileged) if full and facts.path is not None else None
    row = id_ if hosted else on_the_hour(id_)
    sealed = None
    if seal is not None and final and is_sealed(judgement, facts, policy, break_glass=break_glass):
        cut = None if facts.path is None else cut_path(facts.path, is_privileged)
        sealed = seal(text_to_seal(row, facts, cut))
    decision = _UnfrozenDecision(
        id=row,
        exchange=facts.exchange if hosted else on_the_hour(facts.exchange),
        step=facts.step,
        final=final,
        at=facts.at if hosted else _hour(facts.at),
        gateway=gateway,
        organisation=facts.who.organisation if hosted else None,
        person=who.person,
        person_how=who.how,
        unit=who.unit,
        role=who.role,
        device=who.device,
        client_ip=who.client_ip,
        resource=facts.resource if hosted else Resource.UNKNOWN,
        resource_why=storable(facts.resource_why, WHY_LENGTH) if hosted else "",
        page=storable(page, HOST_LENGTH + 8) if page else None,
        method=storable(facts.method, 32) if hosted and facts.method else None,
        scheme=facts.scheme or None if hosted else None,
        host=storable(facts.host, HOST_LENGTH) if hosted else None,
        port=facts.port if hosted else None,
        path=path,
        names=tuple(f"{n.source}:{storable(n.host, HOST_LENGTH)}" for n in facts.names) if full else (),
        referrer_host=storable(referrer, HOST_LENGTH) if referrer else None,
        decrypted=facts.decrypted,
        verdict=judgement.verdict,
        would_be=judgement.would_be,
        reason=judgement.reason,
        category=judgement.category,
        categories=_categories(judgement, break_glass=break_glass),
        clause=clause or None,
        list=deciding.list if hosted and deciding else None,
        line=deciding.line if hosted and deciding else None,
        entry=storable(deciding.entry, ENTRY_LENGTH) if hosted and deciding else None,
        entry_kind=deciding.kind if hosted and deciding else None,
        found_by=deciding.found_by if hosted and deciding else None,
        matches=_without_inner_names(judgement.matches[:MOST_MATCHES], facts)
        if hosted and judgement.matches
        else (),
        # Both registers say whose they are: at a level that names nobody they would.
        exemption=judgement.exemption if named else None,
        confirmation=judgement.confirmation if named else None,
        local_entry=judgement.local_entry if hosted else None,
        approval=None,
        record=level,
        retention_class=retention,
        # A query or a cut segment may have taken part in the judgement; then the row alone cannot replay it.
        replayable=path is not None and path == facts.path and "?" not in facts.target,
        sealed=sealed,
        reference=reference_of(id_),
        ruleset=ruleset,
        policy=policy.digest,
        engine=engine,
    )
    decision.__class__ = Decision
    return decision


def make_outcome(
    decision: Decision,
    *,
    at: datetime,
    status: int | None,
    content_type: str | None,
    bytes_in: int,
    bytes_out: int,
    duration_us: int,
    ended: Ended,
) -> Outcome:
    """
    The row for what came of a Decision, reduced to what the Decision's record level permits.

    Size, type and duration of an answer tell one page of a site from another, so `category` keeps none.
    """
    hosted = decision.record is not RecordLevel.CATEGORY
    outcome = _UnfrozenOutcome(
        decision=decision.id,
        at=at if hosted else _hour(at),
        status=status if hosted else None,
        content_type=storable(content_type, CONTENT_TYPE_LENGTH) if hosted and content_type else None,
        bytes_in=bytes_in if hosted else 0,
        bytes_out=bytes_out if hosted else 0,
        duration_us=duration_us if hosted else 0,
        ended=ended,
        retention_class=decision.retention_class,
    )
    outcome.__class__ = Outcome
    return outcome


def _clause(judgement: Judgement, facts: RequestFacts, policy: Policy) -> str:
    """What the policy quotes for it: the rule's clause, or that of a departure from it."""
    if judgement.category is None or judgement.category not in policy.rules:
        return ""
    return policy.behind(judgement.reason, judgement.category, facts.who, facts.at).clause


def _categories(judgement: Judgement, *, break_glass: bool) -> tuple[str, ...]:
    """Every category that matched; while break-glass is open only the one that refused."""
    if not judgement.matches:
        return ()
    if break_glass:
        return (judgement.category,) if judgement.category else ()
    return judgement.categories[:MOST_MATCHES]


def _without_inner_names(matches: tuple[Match, ...], facts: RequestFacts) -> tuple[Match, ...]:
    """A host inside the URL is part of its query or path: the entry that it hit is kept, its name is not."""
    names = {name.host for name in facts.names}
    return tuple(match if match.name in names else replace(match, name="") for match in matches)


def _hour(at: datetime) -> datetime:
    return at.replace(minute=0, second=0, microsecond=0)
