"""Decisions and Outcomes to store, made the way the gateway makes them."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

from sqlalchemy import Engine, text

from db.engine import writing
from policy.decision import Decision, Outcome
from policy.identifiers import reference_of, uuid7
from policy.match import Match
from policy.words import (
    Ended,
    EntryKind,
    FoundBy,
    PersonHow,
    Reason,
    RecordLevel,
    Resource,
    RetentionClass,
    Step,
    Verdict,
)

MATCH = Match(
    category="gambling",
    list="ut1-gambling",
    line=4711,
    entry="bet.test",
    kind=EntryKind.HOST,
    found_by=FoundBy.HOST_INDEX,
    name="www.bet.test",
    specificity=8,
)

BLOCKED = Decision(
    id=UUID(int=0),
    exchange=UUID(int=0),
    step=Step.REQUEST,
    final=True,
    at=datetime(2026, 3, 14, 15, 9, 26, 535897, tzinfo=UTC),
    gateway="gateway-1",
    organisation="Example Constabulary",
    person="alice",
    person_how=PersonHow.BASIC,
    unit="Finance",
    role="clerk",
    device=None,
    client_ip="192.0.2.17",
    resource=Resource.VISIT,
    resource_why="Sec-Fetch-Dest: document, Sec-Fetch-User: ?1",
    page=None,
    method="GET",
    scheme="https",
    host="www.bet.test",
    port=443,
    path="/tips/today",
    names=("connect:www.bet.test", "sni:www.bet.test", "host:www.bet.test"),
    referrer_host="search.test",
    decrypted=True,
    verdict=Verdict.BLOCK,
    would_be=None,
    reason=Reason.LISTED,
    category="gambling",
    categories=("gambling",),
    clause="P3.2",
    list="ut1-gambling",
    line=4711,
    entry="bet.test",
    entry_kind=EntryKind.HOST,
    found_by=FoundBy.HOST_INDEX,
    matches=(MATCH,),
    exemption=None,
    confirmation=None,
    local_entry=None,
    approval=None,
    record=RecordLevel.FULL,
    retention_class=RetentionClass.REFUSED,
    replayable=True,
    sealed=None,
    reference="",
    ruleset="5f" * 32,
    policy="a0" * 32,
    engine="1",
)


def decision(**changes: object) -> Decision:
    """A blocked visit with an identity of its own, changed as asked."""
    identifier = uuid7()  # the final Decision of an exchange is called after it
    own = {"id": identifier, "exchange": identifier, "reference": reference_of(identifier)}
    return replace(BLOCKED, **{**own, **changes})  # type: ignore[arg-type]  # any field, of any type


def outcome(of: Decision, **changes: object) -> Outcome:
    """What came of it."""
    made = Outcome(
        decision=of.id,
        at=of.at + timedelta(milliseconds=12),
        status=403,
        content_type="text/html",
        bytes_in=0,
        bytes_out=5120,
        duration_us=12_000,
        ended=Ended.REFUSED,
        retention_class=of.retention_class,
    )
    return replace(made, **changes)  # type: ignore[arg-type]  # any field, of any type


def break_glass_days_ago(engine: Engine, days: int) -> None:
    """Let everything that stands in the register have been said so many days earlier."""
    with writing(engine) as connection:
        if engine.dialect.name == "postgresql":
            connection.execute(text("ALTER TABLE break_glass DISABLE TRIGGER USER"))
            connection.execute(
                text(
                    "UPDATE break_glass SET at = at - make_interval(days => :days), "
                    "begins = begins - make_interval(days => :days), "
                    "until = until - make_interval(days => :days)"
                ),
                {"days": days},
            )
            connection.execute(text("ALTER TABLE break_glass ENABLE TRIGGER USER"))
            return
        connection.execute(text("DROP TRIGGER break_glass_no_update"))
        moved = ", ".join(
            f"{column} = strftime('%Y-%m-%d %H:%M:%f000', {column}, '-{days} days')"
            for column in ("at", "begins", "until")
        )
        connection.execute(text(f"UPDATE break_glass SET {moved}"))  # noqa: S608 - names of our own, and a number
