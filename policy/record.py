"""
How much of a Decision is kept: the one place where facts about a person are cut away.

The level comes from the class of the record and, where a category decided, from its rule too; the
lesser of the two holds. Without a standing authority in force nobody is named: `full` and `site`
become `anonymous`, and the row says so in its `record` column. What each level leaves:

    full       who, every name, path without its query
    site       who and host, no path
    anonymous  host; no person, role, unit, address, path, page or referrer
    category   category, verdict, reason and the hour; nothing else, not even the entry that matched

Segments of a path that look like a token, a number of a person or an address are cut even at `full`:
about one path in ten holds such a thing, and no question of a review needs it.
"""

import re
from datetime import datetime
from uuid import UUID

from policy.decision import Decision, Judgement, Outcome
from policy.document import Policy
from policy.facts import RequestFacts
from policy.identifiers import new_reference, on_the_hour
from policy.quick import unfrozen
from policy.text import CONTENT_TYPE_LENGTH, ENTRY_LENGTH, HOST_LENGTH, PATH_LENGTH, WHY_LENGTH, storable
from policy.words import Ended, PersonHow, Reason, RecordLevel, Resource, RetentionClass, Verdict

MOST_MATCHES = 16

_UnfrozenDecision = unfrozen(Decision)
_UnfrozenOutcome = unfrozen(Outcome)

# Longer than any word, or mixing letters and digits like no word does, or digits like an account's.
_TOKEN = re.compile(
    r"""(?x)
      ^ (?: [^/]*@[^/]* | [^/]*%40[^/]*                         # an address
          | [0-9a-fA-F]{16,}                                    # a digest
          | [0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}
          | \+?[0-9][0-9-]{7,}                                  # a number of eight digits or more
          | (?=[^/]*[0-9])(?=[^/]*[A-Za-z])[A-Za-z0-9_=~+.-]{32,}
          | [A-Za-z0-9_=~+-]{48,}
        ) $
    """
)
CUT = "[cut]"


def cut_path(path: str) -> str:
    """`path` without its query, parameters, tokens and addresses, bounded and storable."""
    path = path[: 2 * PATH_LENGTH].partition("?")[0].partition("#")[0]
    segments = [segment.partition(";")[0] for segment in path.split("/")]
    return storable("/".join(CUT if _TOKEN.match(s) else s for s in segments), PATH_LENGTH)


def retention_class(judgement: Judgement, resource: Resource, policy: Policy) -> RetentionClass:
    """What kind of record this is."""
    if judgement.privileged:
        return RetentionClass.PRIVILEGED
    rule = policy.rules.get(judgement.category) if judgement.category else None
    match judgement.verdict, judgement.reason:
        case Verdict.BLOCK, _:
            return rule.retention if rule else RetentionClass.REFUSED
        case Verdict.CONFIRM, _:
            return RetentionClass.CONFIRMED
        case _, Reason.EXEMPTED:
            return RetentionClass.EXEMPTED
        case _, Reason.CONFIRMED:
            return RetentionClass.CONFIRMED
    if resource is not Resource.VISIT:
        return RetentionClass.OTHER
    return rule.retention if rule else RetentionClass.VISIT


def record_level(
    judgement: Judgement, retention: RetentionClass, policy: Policy, now: datetime
) -> RecordLevel:
    """How much of it may be stored."""
    level = policy.records[retention].level
    rule = policy.rules.get(judgement.category) if judgement.category else None
    if rule is not None and rule.record.rank < level.rank:
        level = rule.record
    if level.rank > RecordLevel.ANONYMOUS.rank and not policy.authority.in_force(now.date()):
        return RecordLevel.ANONYMOUS
    return level


def make_decision(
    id_: UUID,
    facts: RequestFacts,
    judgement: Judgement,
    policy: Policy,
    *,
    gateway: str,
    ruleset: str,
    engine: str,
    final: bool = True,
) -> Decision:
    """The row for one judgement, reduced to what its record level permits."""
    retention = retention_class(judgement, facts.resource, policy)
    level = record_level(judgement, retention, policy, facts.at)
    named = level.rank >= RecordLevel.SITE.rank
    full = level is RecordLevel.FULL
    hosted = level is not RecordLevel.CATEGORY
    rule = policy.rules.get(judgement.category) if judgement.category else None
    deciding = judgement.deciding_match
    who = facts.who
    path = cut_path(facts.path) if full and facts.path is not None else None
    decision = _UnfrozenDecision(
        id=id_ if hosted else on_the_hour(id_),
        exchange=facts.exchange if hosted else on_the_hour(facts.exchange),
        step=facts.step,
        final=final,
        at=facts.at if hosted else _hour(facts.at),
        gateway=gateway,
        organisation=who.organisation if hosted else None,
        person=who.person if named else None,
        person_how=who.how if named else PersonHow.NONE,
        unit=who.unit if named else None,
        role=who.role if named else None,
        device=who.device if named else None,
        client_ip=who.client_ip if named else None,
        resource=facts.resource if hosted else Resource.UNKNOWN,
        resource_why=storable(facts.resource_why, WHY_LENGTH) if hosted else "",
        page=storable(facts.page, HOST_LENGTH + 8) if named and facts.page else None,
        method=storable(facts.method, 32) if hosted and facts.method else None,
        scheme=facts.scheme or None if hosted else None,
        host=storable(facts.host, HOST_LENGTH) if hosted else None,
        port=facts.port if hosted else None,
        path=path,
        names=tuple(f"{n.source}:{storable(n.host, HOST_LENGTH)}" for n in facts.names) if full else (),
        referrer_host=storable(facts.referrer_host, HOST_LENGTH) if named and facts.referrer_host else None,
        decrypted=facts.decrypted,
        verdict=judgement.verdict,
        would_be=None,
        reason=judgement.reason,
        category=judgement.category,
        categories=judgement.categories[:MOST_MATCHES],
        clause=(rule.clause or None) if rule else None,
        list=deciding.list if hosted and deciding else None,
        line=deciding.line if hosted and deciding else None,
        entry=storable(deciding.entry, ENTRY_LENGTH) if hosted and deciding else None,
        entry_kind=deciding.kind if hosted and deciding else None,
        found_by=deciding.found_by if hosted and deciding else None,
        matches=judgement.matches[:MOST_MATCHES] if hosted else (),
        exemption=judgement.exemption if hosted else None,
        confirmation=judgement.confirmation if hosted else None,
        local_entry=judgement.local_entry if hosted else None,
        approval=None,
        record=level,
        retention_class=retention,
        # A query or a cut segment may have taken part in the judgement; then the row alone cannot replay it.
        replayable=path is not None and path == facts.path and "?" not in facts.target,
        sealed=None,
        reference=new_reference(),
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


def _hour(at: datetime) -> datetime:
    return at.replace(minute=0, second=0, microsecond=0)
