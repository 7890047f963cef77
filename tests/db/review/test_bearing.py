"""What bears on rows: read as the service's login may, of the people and the time that are asked for."""

from datetime import UTC, datetime, timedelta

from sqlalchemy import Engine, insert

from db.engine import reading, writing
from db.models import DisposalRow
from db.people_models import AcknowledgementRow
from db.policies import PolicyTexts
from db.review.bearing import (
    MOST_SILENCES,
    RulesetUsed,
    Silence,
    database_ahead,
    disposals_since,
    notices_read,
    policies_used,
    rulesets_used,
    shared_uses_of,
    silences,
)
from db.ruleset_history import NewRuleset, RulesetHistory
from db.shared_use import SharedUseStore
from policy.identifiers import uuid7
from policy.words import PersonHow, RetentionClass
from tests.db.conftest import Database
from tests.db.examples import decision
from tests.db.people import becoming_login
from tests.db.review.reviewing import service, ship

__all__ = ["becoming_login", "service"]

DAY = datetime(2026, 3, 9, tzinfo=UTC)


def acknowledge(engine: Engine, person: str, version: str, at: datetime, organisation: str = "") -> None:
    """Somebody has read a notice, at a time of the test's own."""
    row = {"id": uuid7(), "organisation": organisation, "person": person, "version": version, "at": at}
    with writing(engine) as connection:
        connection.execute(
            insert(AcknowledgementRow).values(**row, how=PersonHow.PAGE, policy="p" * 64, actor="gateway")
        )


def test_notices_are_those_of_the_people_asked_for(sqlite: Database) -> None:
    acknowledge(sqlite.engine, "alice", "2", DAY + timedelta(days=1))
    acknowledge(sqlite.engine, "alice", "1", DAY)
    acknowledge(sqlite.engine, "bob", "1", DAY)
    acknowledge(sqlite.engine, "alice", "9", DAY, organisation="Another")
    with reading(sqlite.engine) as connection:
        found = notices_read(connection, "", {"alice", "carol"})
    assert [(one.person, one.version) for one in found] == [("alice", "1"), ("alice", "2")]


def test_the_service_may_read_all_of_it(database: Database, service: Engine) -> None:
    """By its own login, which row-level security and grants bind."""
    ship(database, [decision(at=DAY)])
    with reading(service) as connection:
        assert notices_read(connection, "", {"alice"}) == []
        assert policies_used(connection, {"a" * 64})[0].text is None
        assert rulesets_used(connection, {"a" * 64}) == [RulesetUsed("a" * 64, (), None, ())]
        assert shared_uses_of(connection, "", {"alice"}, {"desk"}, DAY, DAY + timedelta(days=1)) == []
        assert disposals_since(connection, DAY) == []
        assert len(silences(connection, DAY, DAY + timedelta(days=1))) == 1
        assert abs(database_ahead(connection, datetime.now(UTC))) < 300


def test_policies_and_lists_are_known_by_digest(sqlite: Database) -> None:
    PolicyTexts(sqlite.engine, lambda: DAY).record("a" * 64, "# rules", "gw-1")
    lists = [{"name": "gambling", "sha256": "f" * 64}]
    for at in (DAY, DAY + timedelta(days=1)):
        new = NewRuleset(what="put", digest="b" * 64, engine="4", lists=lists, entries=1)
        with RulesetHistory(sqlite.engine, lambda at=at: at).record(new, because="a test"):  # type: ignore[misc]  # a lambda's default
            pass
    with reading(sqlite.engine) as connection:
        known, unknown = policies_used(connection, {"c" * 64, "a" * 64})
        (ruleset,) = rulesets_used(connection, {"b" * 64})
    assert (known.text, known.first_seen, unknown.digest, unknown.text) == ("# rules", DAY, "c" * 64, None)
    assert ruleset == RulesetUsed("b" * 64, (DAY, DAY + timedelta(days=1)), "4", tuple(lists))


def test_shared_uses_are_of_the_time_and_the_logins_or_devices(sqlite: Database) -> None:
    now = datetime.now(UTC)
    store = SharedUseStore(sqlite.engine)

    def use(hours: int, **whose: str) -> str:
        start = now + timedelta(hours=hours)
        given = {
            "reference": "EM/1",
            "because": "a test",
            "start": start,
            "until": start + timedelta(hours=1),
        }
        return store.record("", **whose, **given).id  # type: ignore[arg-type]  # by name

    wanted = [use(1, person="alice"), use(2, device="desk-1")]
    use(1, person="bob")
    use(30, person="alice")
    with reading(sqlite.engine) as connection:
        found = shared_uses_of(connection, "", {"alice"}, {"desk-1"}, now, now + timedelta(hours=24))
        assert [one.id for one in found] == wanted
        assert found[0].by
        assert shared_uses_of(connection, "Another", {"alice"}, set(), now, now + timedelta(days=3)) == []


def dispose(
    engine: Engine, source: str, retention_class: RetentionClass | None, days: int, rows: int
) -> None:
    """The record of a disposal of what was from before so many days after `DAY`."""
    before = DAY + timedelta(days=days)
    row = {"at": before + timedelta(days=30), "before": before, "actor": "timer", "disposed": rows}
    with writing(engine) as connection:
        connection.execute(
            insert(DisposalRow).values(id=uuid7(), source=source, retention_class=retention_class, **row)
        )


def test_disposals_are_those_that_reach_into_the_time_and_took_something(sqlite: Database) -> None:
    dispose(sqlite.engine, "decision", RetentionClass.OTHER, 1, 5)
    dispose(sqlite.engine, "decision", RetentionClass.OTHER, 2, 7)
    dispose(sqlite.engine, "decision", RetentionClass.VISIT, 3, 0)
    dispose(sqlite.engine, "acknowledgement", None, 1, 1)
    dispose(sqlite.engine, "report", None, 1, 1)
    with reading(sqlite.engine) as connection:
        found = disposals_since(connection, DAY)
        assert disposals_since(connection, DAY + timedelta(days=2)) == []
    assert [(one.source, one.rows, one.before) for one in found] == [
        ("acknowledgement", 1, DAY + timedelta(days=1)),
        # The last of a class speaks for all of them.
        ("decision", 12, DAY + timedelta(days=2)),
    ]


def test_silence_is_what_a_gateway_says_nothing_of_for_hours(database: Database) -> None:
    heard = [decision(at=DAY + timedelta(hours=hour)) for hour in (2, 3, 5, 14, 23)]
    ship(database, [*heard, decision(at=DAY + timedelta(hours=4), gateway="gateway-2")])
    with reading(database.engine) as connection:
        found = silences(connection, DAY, DAY + timedelta(days=1))
    assert found == [
        Silence("gateway-1", DAY + timedelta(hours=6), DAY + timedelta(hours=14)),
        Silence("gateway-1", DAY + timedelta(hours=15), DAY + timedelta(hours=23)),
        Silence("gateway-2", DAY + timedelta(hours=5), DAY + timedelta(hours=24)),
    ]


def test_of_very_many_silences_the_longest_are_told(sqlite: Database) -> None:
    hours = [*range(0, 8 * (MOST_SILENCES + 5), 8), 8 * (MOST_SILENCES + 5) + 20]
    ship(sqlite, [decision(at=DAY + timedelta(hours=hour)) for hour in hours])
    with reading(sqlite.engine) as connection:
        found = silences(connection, DAY, DAY + timedelta(hours=hours[-1]))
    assert len(found) == MOST_SILENCES
    assert found[-1].until - found[-1].since > timedelta(hours=20)
    assert found == sorted(found, key=lambda one: one.since)
