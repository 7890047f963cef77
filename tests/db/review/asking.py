"""Questions and bounds to ask a log of a few days with, and the log."""

import random
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from policy.decision import Decision
from policy.review.question import Question
from policy.review.scope import Scope
from policy.words import Reason, RecordLevel, Resource, RetentionClass, Verdict
from tests.db.examples import decision

SINCE = datetime(2026, 3, 9, tzinfo=UTC)
UNTIL = datetime(2026, 3, 16, tzinfo=UTC)
ORGANISATION = "Example Constabulary"

QUESTION = Question(authority="K7QF2M9T", purpose="complaint 7")
SCOPE = Scope(
    organisation=ORGANISATION,
    since=SINCE,
    until=UNTIL,
    people=frozenset({"alice"}),
    units=frozenset(),
    only=None,
    never=frozenset(),
    categories=None,
    allowed_visits=True,
)


def question(**changes: object) -> Question:
    """All that the bounds have, unless it is changed."""
    return replace(QUESTION, **changes)  # type: ignore[arg-type]  # any field, of any type


def scope(**changes: object) -> Scope:
    """A week of alice, unless it is changed."""
    return replace(SCOPE, **changes)  # type: ignore[arg-type]  # any field, of any type


def at(hours: float) -> datetime:
    """So many hours into the week."""
    return SINCE + timedelta(hours=hours)


def a_week(number: int, seed: int = 6) -> Sequence[Decision]:
    """Decisions of every kind about a few people, some of one moment."""
    chance = random.Random(seed)  # noqa: S311 - made-up rows
    return [_one(chance) for _ in range(number)]


def _one(chance: random.Random) -> Decision:
    person = chance.choice(["alice", "alice", "bob", "carol", "dave"])
    named = chance.random() < 0.8
    resource = chance.choice([Resource.VISIT, *Resource])
    verdict = chance.choice([Verdict.ALLOW, *Verdict])
    category = chance.choice([None, "gambling", "games", "news"])
    host = chance.choice(["bet.test", "www.bet.test", "notbet.test", "news.test", "a_b.test"])
    listed = category is not None
    return decision(
        # Few moments, so that some are of the same one.
        at=SINCE - timedelta(days=1) + timedelta(minutes=10 * chance.randrange(9 * 24 * 6)),
        organisation=chance.choice([ORGANISATION, ORGANISATION, ORGANISATION, "Another", None]),
        person=person if named else None,
        unit={"alice": "Finance", "bob": "Finance", "carol": "Traffic", "dave": None}[person]
        if named
        else None,
        final=chance.random() < 0.9,
        resource=resource,
        host=host,
        page=f"https://{host}" if resource is Resource.VISIT else chance.choice(["https://bet.test", None]),
        referrer_host=None,
        verdict=verdict,
        reason=chance.choice(
            [Reason.LISTED, Reason.TUNNEL, Reason.NOTICE] if chance.random() < 0.2 else [Reason.LISTED]
        ),
        category=category,
        list=f"list-{category}" if listed else None,
        entry=host if listed else None,
        entry_kind="host" if listed else None,
        exemption=chance.choice([None, None, "EXEMPT01"]),
        record=RecordLevel.FULL if named else RecordLevel.ANONYMOUS,
        retention_class=chance.choice(
            [RetentionClass.REFUSED, RetentionClass.VISIT, RetentionClass.EXEMPTED]
        ),
    )
