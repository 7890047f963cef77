"""
What bears on rows that are shown: what they were decided by, who had been told, and what is gone.

Nothing of it names anybody whom the rows do not, and it is read in the transaction of the look itself.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, and_, func, or_, select

from db.models import DisposalRow, RulesetRow
from db.people_models import AcknowledgementRow, PolicyTextRow, SharedUseRow
from db.review_models import TallyRow
from db.shared_use import SharedUse
from policy.words import PersonHow, RetentionClass

SHORTEST_SILENCE = timedelta(hours=6)
MOST_SILENCES = 50

_HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class NoticeRead:
    """That somebody said that they had read a version of the monitoring notice."""

    person: str
    version: str
    at: datetime
    how: PersonHow  # how they were known when they said it
    policy: str  # the digest of the policy whose text they were shown


@dataclass(frozen=True, slots=True)
class PolicyUsed:
    """A policy that rows were decided by, or that a notice was read from."""

    digest: str
    text: str | None  # None: it is not kept (any more)
    first_seen: datetime | None


@dataclass(frozen=True, slots=True)
class RulesetUsed:
    """The lists that rows were decided by."""

    digest: str
    put_in_force: tuple[datetime, ...]  # empty: not on record
    engine: str | None
    lists: tuple[Mapping[str, Any], ...]  # a `categories.manifest.ListInfo` each; texts by their SHA-256


@dataclass(frozen=True, slots=True)
class Disposal:
    """What was disposed of that may have been in the answer."""

    at: datetime
    source: str
    retention_class: RetentionClass | None
    before: datetime
    rows: int


@dataclass(frozen=True, slots=True)
class Silence:
    """A time of which a gateway's decisions, of anybody, are not in the log at all."""

    gateway: str
    since: datetime
    until: datetime


def notices_read(connection: Connection, organisation: str, people: Collection[str]) -> list[NoticeRead]:
    """What these people have acknowledged, oldest first."""
    row = AcknowledgementRow
    query = select(row.person, row.version, row.at, row.how, row.policy).where(
        row.organisation == organisation, row.person.in_(sorted(people))
    )
    return [NoticeRead(*found) for found in connection.execute(query.order_by(row.at, row.id))]


def policies_used(connection: Connection, digests: Collection[str]) -> list[PolicyUsed]:
    """These policies to the letter, by digest."""
    row = PolicyTextRow
    query = select(row.digest, row.text, row.at).where(row.digest.in_(sorted(digests)))
    known = {found.digest: PolicyUsed(*found) for found in connection.execute(query)}
    return [known.get(digest) or PolicyUsed(digest, None, None) for digest in sorted(digests)]


def rulesets_used(connection: Connection, digests: Collection[str]) -> list[RulesetUsed]:
    """What lists these Rulesets were built of, and when each was put in force; by digest."""
    row = RulesetRow
    query = select(row.digest, row.at, row.engine, row.lists).where(row.digest.in_(sorted(digests)))
    known: dict[str, RulesetUsed] = {}
    for digest, at, engine, lists in connection.execute(query.order_by(row.at, row.id)):
        before = known[digest].put_in_force if digest in known else ()
        known[digest] = RulesetUsed(digest, (*before, at), engine, tuple(lists))  # type: ignore[arg-type]  # as `RulesetHistory` wrote them
    return [known.get(digest) or RulesetUsed(digest, (), None, ()) for digest in sorted(digests)]


def shared_uses_of(
    connection: Connection,
    organisation: str,
    people: Collection[str],
    devices: Collection[str],
    since: datetime,
    until: datetime,
) -> list[SharedUse]:
    """Authorised shared uses of these logins and devices of which any moment lies in the period."""
    row = SharedUseRow
    query = select(row.__table__).where(
        row.organisation == organisation,
        or_(row.person.in_(sorted(people)), row.device.in_(sorted(devices))),
        and_(row.start < until, row.until > since),
    )
    return [
        SharedUse(
            **{name: value for name, value in found._mapping.items() if name != "actor"}, by=found.actor
        )
        for found in connection.execute(query.order_by(row.start, row.id))
    ]


def disposals_since(connection: Connection, since: datetime) -> list[Disposal]:
    """
    What was disposed of from behind `since`, oldest first: of each table and class the last that took any.

    A disposal takes everything from before its day, so the last one says what the earlier ones do.
    """
    row = DisposalRow
    query = select(row.at, row.source, row.retention_class, row.before, row.disposed).where(
        row.source.in_(["decision", "acknowledgement", "shared_use"]), row.before > since, row.disposed > 0
    )
    last: dict[tuple[str, str | None], Disposal] = {}
    for at, source, retention_class, before, disposed in connection.execute(query.order_by(row.at)):
        of = None if retention_class is None else RetentionClass(retention_class)
        earlier = last.get((source, of))
        rows = (disposed or 0) + (earlier.rows if earlier else 0)
        last[source, of] = Disposal(at, source, of, before, rows)
    return sorted(last.values(), key=lambda one: one.at)


def silences(connection: Connection, since: datetime, until: datetime) -> list[Silence]:
    """
    The longest times of `SHORTEST_SILENCE` and more, at most `MOST_SILENCES`, by gateway and then time.

    Of a gateway of which nothing at all is in the period nothing is known.
    """
    first, last = _whole_hour(since), _whole_hour(until)
    hour = TallyRow.hour
    query = (
        select(TallyRow.gateway, hour)
        .where(hour >= first, hour < last)
        .group_by(TallyRow.gateway, hour)
        .order_by(TallyRow.gateway, hour)
    )
    heard: dict[str, list[datetime]] = {}
    for gateway, at in connection.execute(query):
        heard.setdefault(gateway, []).append(at)
    found = [
        silence
        for gateway, hours in heard.items()
        for silence in _between(gateway, hours, first, last)
        if silence.until - silence.since >= SHORTEST_SILENCE
    ]
    longest = sorted(found, key=lambda one: one.since - one.until)[:MOST_SILENCES]
    return sorted(longest, key=lambda one: (one.gateway, one.since))


def database_ahead(connection: Connection, now: datetime) -> float:
    """By how many seconds the database's clock is ahead of `now`; SQLite has none of its own."""
    if connection.dialect.name != "postgresql":
        return 0.0
    at: datetime = connection.execute(select(func.clock_timestamp())).scalar_one()
    return (at - now).total_seconds()


def _between(gateway: str, hours: Sequence[datetime], since: datetime, until: datetime) -> Iterator[Silence]:
    quiet = since
    for hour in (*hours, until):
        if hour > quiet:
            yield Silence(gateway, quiet, hour)
        quiet = hour + _HOUR


def _whole_hour(at: datetime) -> datetime:
    return at.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
