"""A look is on record before anything is read, and shows what is within its bounds and nothing else."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import Connection, Engine, select, text
from sqlalchemy.exc import DBAPIError

from db.engine import reading, writing
from db.models import AccessRow
from db.review.authorities import AuthorityStore
from db.review.looks import Looks
from db.review.openings import OpeningStore
from policy.decision import Decision
from policy.errors import ReviewRefused
from policy.identifiers import uuid7
from policy.review.authority import Authority
from policy.review.reviewer import Reviewer
from policy.review.scope import Scope
from policy.words import RecordLevel, Resource, RetentionClass, ReviewerRole, Verdict
from tests.db.conftest import Database
from tests.db.examples import decision
from tests.db.people import becoming_login
from tests.db.review.asking import ORGANISATION, UNTIL, a_week
from tests.db.review.asking import SINCE as MONDAY
from tests.db.review.reviewing import (
    GRANTER,
    MONA,
    RITA,
    SINCE,
    bounded,
    grant,
    scope_of,
    service,
    ship,
)

__all__ = ["becoming_login", "bounded", "service"]

ASK: dict[str, Any] = {"what": "review search", "question": {"host": "bet.test"}, "purpose": "complaint 7"}
DAY = timedelta(days=1)
NAME_IT = text("SELECT set_config('sluicegate.access', :access, true)")


def accesses(engine: Engine) -> list[dict[str, Any]]:
    """Those there are, oldest first."""
    with reading(engine) as connection:
        found = connection.execute(select(AccessRow.__table__).order_by(AccessRow.at)).all()
    return [dict(row._mapping) for row in found]


def about(person: str | None, **changes: object) -> Decision:
    """A blocked visit of somebody's within the period of the authorities here."""
    return decision(**{"person": person, "organisation": None, "at": SINCE + DAY, "unit": None, **changes})


def shown(connection: Connection, table: str = "decision") -> set[UUID]:
    """All that raw SQL shows of a table, without a term of its own."""
    key = "decision" if table.endswith("outcome") else "id"
    return set(connection.scalars(text(f"SELECT {key} FROM {table}")))  # noqa: S608 - names of our own


def ids(decisions: Sequence[Decision]) -> set[UUID]:
    return {one.id for one in decisions}


def look_at(
    engine: Engine, authority: Authority, by: Reviewer = RITA, narrowed: Mapping[str, object] | None = None
) -> set[UUID]:
    """What one look shows of the log."""
    scope = scope_of(authority, **(narrowed or {}))
    with Looks(engine).open(by, authority=authority.id, scope=scope, **ASK) as look:
        return shown(look.connection)


# --- On record


def test_a_look_is_recorded_before_it_reads_and_answered_after(database: Database, service: Engine) -> None:
    authority = grant(service)
    with Looks(service).open(RITA, authority=authority.id, scope=scope_of(authority), **ASK) as look:
        (asked,) = accesses(database.engine)
        look.seen(3)
    asked, answer = accesses(database.engine)
    assert (asked["id"], asked["actor"], asked["organisation"]) == (look.access, "rita", "")
    assert (asked["authority"], asked["purpose"]) == (authority.id, "complaint 7")
    assert asked["scope"]["people"] == ["alice", "bob"]
    assert (answer["answers"], answer["rows_seen"], answer["result"]) == (look.access, 3, "shown")
    assert answer["actor"] == "rita"
    if database.is_postgresql:
        assert asked["via"] == answer["via"] == "login_review"


def test_a_look_that_fails_leaves_its_question(database: Database, service: Engine) -> None:
    authority = grant(service)
    with (
        pytest.raises(RuntimeError),
        Looks(service).open(RITA, authority=authority.id, scope=scope_of(authority), **ASK),
    ):
        raise RuntimeError("in the middle")
    (asked,) = accesses(database.engine)
    assert asked["result"] is None


def test_what_was_seen_before_a_failure_is_recorded_too(database: Database, service: Engine) -> None:
    with pytest.raises(RuntimeError), Looks(service).open(RITA, **ASK) as look:
        look.seen(2, "exported")
        raise RuntimeError("the client left")
    _, answer = accesses(database.engine)
    assert (answer["rows_seen"], answer["result"]) == (2, "exported")


def test_a_refused_question_of_any_length_takes_little_of_the_record(engine: Engine) -> None:
    asked = {"what": "review search", "purpose": "p", "authority": None, "why": "it names too many"}
    for people in (["alice"] * 200, ["alice"] * 20_000):
        Looks(engine).refused(RITA, question={"people": people}, **asked)  # type: ignore[arg-type]  # by name
    few, many = accesses(engine)
    assert few["question"] == {"people": ["alice"] * 200}
    assert many["question"] == {"too_long_to_keep": 180_012}
    assert many["result"] == "refused: it names too many"


def test_a_refusal_is_recorded_with_its_reason_and_shows_nothing(database: Database, service: Engine) -> None:
    looks = Looks(service)
    looks.refused(RITA, **ASK, authority="NONE", why="it ended")
    looks.turned_away("Nobody\x00\ud800", what="review search", why="not in the register")
    first, second = accesses(database.engine)
    assert (first["actor"], first["rows_seen"], first["result"]) == ("rita", 0, "refused: it ended")
    assert (second["organisation"], second["result"]) == (None, "refused: not in the register")
    assert second["actor"].startswith("Nobody")
    if database.is_postgresql:
        ship(database, [about("alice")])
        with reading(service) as connection:
            connection.execute(NAME_IT, {"access": str(first["id"])})
            assert shown(connection) == set()


# --- Within the bounds


SCOPES: dict[str, dict[str, object]] = {
    "all that the authority has": {},
    "one person": {"people": frozenset({"alice"}), "units": frozenset()},
    "a unit": {"people": frozenset(), "units": frozenset({"Traffic"})},
    "of these one alone": {"only": frozenset({"bob"})},
    "somebody never": {"never": frozenset({"alice"})},
    "a category": {"categories": frozenset({"gambling"})},
    "no category": {"categories": frozenset()},
    "no visit that was allowed": {"allowed_visits": False},
    "two days": {"since": MONDAY + 2 * DAY, "until": MONDAY + 4 * DAY},
}
REVIEWER = Reviewer(ORGANISATION, "rita", frozenset({ReviewerRole.PROFESSIONAL_STANDARDS}))


def test_raw_sql_shows_what_the_scope_holds_and_nothing_else(postgresql: Database, bounded: Engine) -> None:
    week = a_week(400)
    ship(postgresql, week)
    authority = grant(
        bounded,
        REVIEWER,
        organisation=ORGANISATION,
        people=("alice", "bob"),
        units=("Traffic",),
        since=MONDAY,
        until=UNTIL,
    )
    for case, narrowed in SCOPES.items():
        scope = scope_of(authority, **narrowed)
        held = [one for one in week if holds(scope, one)]
        assert 0 < len(held) < len(week) or case == "no category"
        with Looks(bounded).open(REVIEWER, authority=authority.id, scope=scope, **ASK) as look:
            assert shown(look.connection) == ids(held), case
            assert shown(look.connection, "outcome") == ids(held), case


def holds(scope: Scope, one: Decision) -> bool:
    """As `policy.review.scope` has it."""
    names = ("organisation", "at", "person", "unit", "category", "resource", "verdict")
    return scope.holds(**{name: getattr(one, name) for name in names})


WIDER: tuple[dict[str, object], ...] = (
    {"people": frozenset({"alice", "carol"})},
    {"units": frozenset({"Finance"})},
    {"since": SINCE - DAY},
    {"until": SINCE + 60 * DAY},
    {"categories": None},
    {"categories": frozenset({"gambling", "games"})},
    {"allowed_visits": True},
    {"organisation": "Another"},
)


def test_a_service_that_asks_for_more_than_the_authority_has_is_not_shown_it(
    postgresql: Database, bounded: Engine
) -> None:
    mine = about("alice")
    ship(
        postgresql,
        [
            mine,
            about("carol"),
            about("bob", unit="Finance", category="games"),
            about(None, unit="Finance"),
            about("alice", at=SINCE - timedelta(hours=1)),
            about("alice", at=SINCE + 40 * DAY),
            about("alice", category="games"),
            about("alice", category=None),
            about("alice", verdict=Verdict.ALLOW),
            about("alice", organisation="Another"),
        ],
    )
    authority = grant(bounded, categories=("gambling",), allowed_visits=False)
    for wider in WIDER:
        assert look_at(bounded, authority, RITA, wider) == {mine.id}, wider


def test_nobody_sees_their_own_rows_or_their_managers_whatever_the_query_forgot(
    postgresql: Database, bounded: Engine
) -> None:
    others = about("carol", unit="Finance")
    ship(postgresql, [others, about("rita", unit="Finance"), about("chief", unit="Finance")])
    authority = grant(bounded, people=(), units=("Finance",))
    assert look_at(bounded, authority) == {others.id}


def test_a_line_manager_sees_their_team_by_the_register_and_not_by_what_was_asked(
    postgresql: Database, bounded: Engine
) -> None:
    team, other = about("alice", unit="Finance"), about("carol", unit="Finance")
    ship(postgresql, [team, other, about(None, unit="Finance")])
    authority = grant(bounded, MONA, role=ReviewerRole.LINE_MANAGER, units=("Finance",))
    everybody = frozenset({"alice", "bob", "carol"})
    assert look_at(bounded, authority, MONA, {"only": everybody}) == {team.id}
    assert look_at(bounded, authority, MONA, {"only": None}) == {team.id}
    assert look_at(bounded, authority, MONA, {"only": frozenset({"bob"})}) == set()


NOT_BY: dict[str, tuple[Reviewer, dict[str, object], str]] = {
    "who granted it": (GRANTER, {}, "they granted"),
    "whom it names": (replace(RITA, login="alice"), {}, "themselves"),
    "whose manager it names": (replace(RITA, login="bob"), {"people": ("mona",)}, "line manager"),
    "another manager": (replace(MONA, login="max"), {"role": ReviewerRole.LINE_MANAGER}, "their own"),
    "another's": (replace(RITA, organisation="Another"), {}, "no authority in force"),
}


def test_who_may_not_look_by_an_authority_does_not(postgresql: Database, bounded: Engine) -> None:
    for case, (by, changes, why) in NOT_BY.items():
        authority = grant(bounded, MONA if "role" in changes else RITA, **changes)
        with (
            pytest.raises(ReviewRefused, match=why),
            Looks(bounded).open(by, authority=authority.id, scope=scope_of(authority), **ASK),
        ):
            raise AssertionError(case)
    assert accesses(postgresql.engine) == []


def test_an_authority_that_is_waiting_refused_revoked_or_none_opens_nothing(
    postgresql: Database, bounded: Engine
) -> None:
    store = AuthorityStore(bounded)
    revoked = grant(bounded)
    store.revoke(revoked.id, GRANTER, because="the complaint was withdrawn")
    waiting = store.request(revoked.terms, RITA)
    refused = store.refuse(
        store.request(revoked.terms, RITA).id, GRANTER, office="Head of Standards", because="no need"
    )
    for id_ in (revoked.id, waiting.id, refused.id, "NONE"):
        with (
            pytest.raises(ReviewRefused, match="no authority in force"),
            Looks(bounded).open(RITA, authority=id_, scope=scope_of(revoked), **ASK),
        ):
            raise AssertionError("it was opened")


def test_what_is_revoked_while_somebody_looks_shows_nothing_more(
    postgresql: Database, bounded: Engine
) -> None:
    ship(postgresql, [about("alice")])
    authority = grant(bounded)
    with Looks(bounded).open(RITA, authority=authority.id, scope=scope_of(authority), **ASK) as look:
        assert len(shown(look.connection)) == 1
        AuthorityStore(bounded).revoke(authority.id, GRANTER, because="it went too far")
        assert shown(look.connection) == set()


def test_an_answer_that_was_read_while_its_authority_ended_is_none(
    postgresql: Database, bounded: Engine
) -> None:
    """What was read before is whole, and what after is not there: nobody could tell the two apart."""
    authority = grant(bounded)
    with (
        pytest.raises(ReviewRefused, match="ended while this was read"),
        Looks(bounded).open(RITA, authority=authority.id, scope=scope_of(authority), **ASK) as look,
    ):
        AuthorityStore(bounded).revoke(authority.id, GRANTER, because="it went too far")
        look.seen(1)
    (asked,) = accesses(postgresql.engine)
    assert asked["answers"] is None


# --- Past the store, in raw SQL with the service's own login


def test_a_transaction_that_names_no_look_of_its_own_is_shown_nothing(
    postgresql: Database, bounded: Engine, becoming_login: Any
) -> None:
    ship(postgresql, [about("alice")])
    authority = grant(bounded)
    scope = scope_of(authority)
    with Looks(bounded).open(RITA, authority=authority.id, scope=scope, **ASK) as look:
        assert len(shown(look.connection)) == 1
        look.seen(1)
    asked, answer = (str(row["id"]) for row in accesses(postgresql.engine))

    def sees(engine: Engine, access: str) -> int:
        with reading(engine) as connection:
            connection.execute(NAME_IT, {"access": access})
            return len(shown(connection))

    with reading(bounded) as connection:
        assert shown(connection) == set(), "no look is named"
    assert sees(bounded, asked) == 1
    assert sees(bounded, answer) == 0, "an answer is no look"
    assert sees(bounded, str(uuid7())) == 0, "there is none"
    with becoming_login("login_review_two", "sluicegate_review") as another:
        assert sees(another, asked) == 0, "another service's look"
    _age(postgresql.engine, "access", "at", timedelta(minutes=2))
    assert sees(bounded, asked) == 0, "it is over"


def test_a_look_that_is_not_committed_shows_nothing(postgresql: Database, bounded: Engine) -> None:
    ship(postgresql, [about("alice")])
    authority = grant(bounded)
    with Looks(bounded).open(RITA, authority=authority.id, scope=scope_of(authority), **ASK):
        pass
    copy = text(
        "INSERT INTO access (id, at, actor, what, question, organisation, authority, scope) "
        "SELECT gen_random_uuid(), at, actor, what, question, organisation, authority, scope FROM access "
        "RETURNING id"
    )
    with writing(bounded) as connection:
        connection.execute(NAME_IT, {"access": str(connection.scalar(copy))})
        assert shown(connection) == set()
        with connection.begin_nested():
            assert shown(connection) == set()


def test_an_authority_is_over_by_the_servers_clock(postgresql: Database, bounded: Engine) -> None:
    ship(postgresql, [about("alice")])
    authority = grant(bounded, days=1)
    with Looks(bounded).open(RITA, authority=authority.id, scope=scope_of(authority), **ASK) as look:
        access = str(look.access)
    _age(postgresql.engine, "authority", "ends", timedelta(days=2))
    with reading(bounded) as connection:
        connection.execute(NAME_IT, {"access": access})
        assert shown(connection) == set()


_GRANT = (
    "UPDATE authority SET outcome = 'granted', decided_by = '{}', decided_at = now(), decided_office = 'x', "
    "decided_because = 'x', begins = now(), ends = now() + interval '1 day' WHERE outcome IS NULL"
)
_NO_LONGER = " RETURNING 1 / (ends > now() + interval '29 days')::int"
FORGED = {
    "UPDATE authority SET ends = ends + interval '1 year'": "decided already|as a whole",
    "UPDATE authority SET people = '[\"carol\"]'": "denied",
    "UPDATE authority SET revoked_at = NULL WHERE revoked_at IS NOT NULL": "revoked already",
    _GRANT.format("rita"): "what they asked for themselves",
    _GRANT.format("alice"): "about themselves",
    _GRANT.format("greta").replace("1 day", "1 year")
    + " RETURNING 1 / (ends > now() + interval '29 days')::int": ("by zero"),
    "DELETE FROM access": "denied",
    "UPDATE access SET scope = NULL": "denied",
    "SET ROLE sluicegate_migrate": "denied",
    "ALTER TABLE decision DISABLE ROW LEVEL SECURITY": "owner",
    "DROP POLICY reviewed ON decision": "owner",
    "CREATE POLICY all_of_it ON decision FOR SELECT USING (true)": "owner",
    "SELECT * FROM decision_refused_default": "denied",
    "SELECT xmin FROM held_decision": "denied",
    "SELECT pg_read_file('/etc/hostname')": "denied",
    "SELECT stavalues1 FROM pg_statistic": "denied",
    "SELECT 1 / count(*) FROM pg_stats WHERE tablename LIKE 'decision%'": "by zero",
}


def test_the_service_cannot_make_itself_more_by_raw_sql(postgresql: Database, bounded: Engine) -> None:
    authority = grant(bounded)
    AuthorityStore(bounded).request(authority.terms, RITA)
    AuthorityStore(bounded).revoke(authority.id, GRANTER, because="over")
    for statement, why in FORGED.items():
        with bounded.connect() as connection, pytest.raises(DBAPIError, match=why):
            connection.execute(text(statement))


def test_row_security_cannot_be_switched_off_without_an_error(postgresql: Database, bounded: Engine) -> None:
    with bounded.connect() as connection, pytest.raises(DBAPIError, match="row-level security"):
        connection.execute(text("SET row_security = off"))
        connection.execute(text("SELECT id FROM decision"))


# --- Other bounds


def test_what_is_kept_about_one_person_is_shown_for_that_person(
    postgresql: Database, bounded: Engine
) -> None:
    own = about("alice", verdict=Verdict.ALLOW, retention_class=RetentionClass.VISIT)
    ship(postgresql, [own, about("bob"), about("alice", organisation="Another"), about(None)])
    with Looks(bounded).open(RITA, subject="alice", **ASK) as look:
        assert shown(look.connection) == shown(look.connection, "outcome") == {own.id}
    with Looks(bounded).open(RITA, **ASK) as look:
        assert shown(look.connection) == set()


def test_sealed_parts_are_shown_to_who_used_an_opening_and_to_nobody_else(
    postgresql: Database, bounded: Engine
) -> None:
    hour = (SINCE + DAY).replace(minute=0, second=0, microsecond=0)
    sealed = about(
        None,
        at=hour,
        retention_class=RetentionClass.PRIVILEGED,
        record=RecordLevel.CATEGORY,
        sealed=b"sealed",
        resource=Resource.UNKNOWN,
    )
    ship(postgresql, [sealed, replace(sealed, id=uuid7(), sealed=None)])
    authority = grant(bounded, sealed=True)
    openings = OpeningStore(bounded)
    opening = openings.request(authority.id, RITA, because="a threat to life")

    def sees(by: Reviewer = RITA) -> set[UUID]:
        scope = scope_of(authority)
        with Looks(bounded).open(by, authority=authority.id, scope=scope, opening=opening.id, **ASK) as look:
            return shown(look.connection)

    assert sees() == set(), "nobody has agreed"
    openings.agree(opening.id, GRANTER, office="Data Protection Officer", because="agreed")
    assert sees() == set(), "it was not used"
    openings.use(opening.id, RITA)
    assert sees() == {sealed.id}
    assert sees() == set(), "once"
    again = openings.request(authority.id, RITA, because="the file was lost")
    openings.agree(again.id, GRANTER, office="Data Protection Officer", because="agreed")
    openings.use(again.id, RITA)
    scope = scope_of(authority)
    for login, shows in (("max", set()), ("rita", {sealed.id})):
        by = replace(RITA, login=login)
        with Looks(bounded).open(by, authority=authority.id, scope=scope, opening=again.id, **ASK) as look:
            assert shown(look.connection) == shows, login
    with pytest.raises(ReviewRefused, match="used already"):
        openings.use(opening.id, RITA)


def test_numbers_of_people_are_counted_only_for_a_question_on_record(
    postgresql: Database, bounded: Engine
) -> None:
    ship(postgresql, [about("alice")])
    count = text("SELECT count(*) FROM tally_person")
    with reading(bounded) as connection:
        assert connection.scalar(count) == 0
    with Looks(bounded).open(RITA, **ASK) as look:
        assert look.connection.scalar(count) == 1


# --- Fast


SERVED = {
    "person = 'alice'": "(person = 'alice'",
    "unit = 'Finance'": "(unit = 'Finance'",
    "category = 'gambling'": "(category = 'gambling'",
    "host_key >= 'tset.teb.' AND host_key < 'tset.teb/'": "(host_key >= 'tset.teb.'",
    "entry = 'bet.test' AND list = 'ut1'": "(entry = 'bet.test'",
    "exemption = 'E'": "(exemption = 'E'",
    "reference = 'K7QF2M9T'": "(reference = 'K7QF2M9T'",
    "at > '2020-01-02'": "(at > '2020-01-02",
}


def test_what_a_query_asks_for_is_found_by_an_index_and_each_bound_asked_for_once(
    postgresql: Database, bounded: Engine
) -> None:
    authority = grant(bounded)
    with Looks(bounded).open(RITA, authority=authority.id, scope=scope_of(authority), **ASK) as look:
        look.connection.execute(text("SELECT set_config('enable_seqscan', 'off', true)"))
        for term, served in SERVED.items():
            plan = look.connection.scalars(text(f"EXPLAIN SELECT host FROM decision WHERE {term}")).all()  # noqa: S608 - names of our own
            assert any("Index Cond" in line and served in line for line in plan), plan
            # Each bound is a plan of its own that is run once, and none is run for each row.
            assert not any("SubPlan" in line for line in plan), plan
            asked = [line for line in plan if "Function Scan on sluicegate_bounds" in line]
            assert len(asked) == len([line for line in plan if line.strip().startswith("InitPlan")])


def _age(engine: Engine, table: str, column: str, by: timedelta) -> None:
    """As if it had been so much earlier."""
    with writing(engine) as connection:
        connection.execute(text(f"ALTER TABLE {table} DISABLE TRIGGER USER"))
        connection.execute(text(f"UPDATE {table} SET {column} = {column} - :by"), {"by": by})  # noqa: S608 - names of our own
        if column == "ends":
            connection.execute(text(f"UPDATE {table} SET begins = begins - :by"), {"by": by})  # noqa: S608 - names of our own
        connection.execute(text(f"ALTER TABLE {table} ENABLE TRIGGER USER"))


def test_a_moment_is_as_the_database_has_it(database: Database, service: Engine) -> None:
    now = datetime(2020, 6, 1, tzinfo=SINCE.tzinfo)
    with Looks(service, lambda: now).open(RITA, **ASK):
        pass
    (asked,) = accesses(database.engine)
    assert (asked["at"] == now) is not database.is_postgresql


def test_a_question_that_would_read_for_ever_is_ended(postgresql: Database) -> None:
    with Looks(postgresql.engine).open(RITA, what="a test", question={}, purpose="") as look:
        found = look.connection.execute(
            text(
                "SELECT current_setting('statement_timeout'), "
                "current_setting('idle_in_transaction_session_timeout')"
            )
        ).one()
    assert tuple(found) == ("1min", "5min")
