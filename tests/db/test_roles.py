"""What each PostgreSQL role may and may not do, in raw SQL, as a login that has this role and no other."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg
import pytest
from pydantic import SecretStr
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from db.access import record_access
from db.backup import is_empty, reading_tables, record_restore, restore_tables, table_names
from db.break_glass import BreakGlassStore, Tally, overlapping, report_overdue, tally
from db.changes import ListChanges
from db.dispose import dispose
from db.emergencies import EmergencyStore
from db.engine import make_engine, writing
from db.exemption_uses import exemption_uses
from db.exemptions import ExemptionStore
from db.local_entries import LocalChange
from db.my_record import MyRecords
from db.outbox import Outbox, Outgoing
from db.partitions import make_partitions
from db.policies import PolicyTexts
from db.presence import PresenceStore
from db.proposals import ProposalStore
from db.registers import RegisterStore
from db.reports import ReportStore
from db.roles import GRANTS
from db.ruleset_history import NewRuleset, RulesetHistory
from db.settings import DatabaseSettings, SpoolSettings
from db.shipper import Shipper
from db.spool import SpoolWriter
from db.upgrade import apply_roles, ensure_schema, upgrade
from db.withdrawals import WithdrawalStore, WrongEntry
from policy.document import read_policy
from policy.errors import ConfigurationError
from policy.registers import Exemption, TargetKind
from policy.words import Action, EntryKind, PersonHow, ProposalOutcome, ReportKind
from tests.db.conftest import Database
from tests.db.examples import break_glass_days_ago, decision, outcome
from tests.db.exemptions import give_roles, granted, wanted
from tests.postgres import PostgresServer

LATER = datetime.now(UTC) + timedelta(hours=1)
LOGINS = {role: role.replace("sluicegate_", "login_") for role in GRANTS}


@pytest.fixture
def logins(postgres: PostgresServer, postgresql: Database) -> None:
    """One login for each role; roles belong to the server, so they are made once."""
    with psycopg.connect(postgres.url("postgres"), autocommit=True) as connection:
        for role, login in LOGINS.items():
            if not connection.execute("SELECT FROM pg_roles WHERE rolname = %s", [login]).fetchall():
                connection.execute(f"CREATE ROLE {login} LOGIN; GRANT {role} TO {login}".encode())


@contextmanager
def as_role(postgres: PostgresServer, database: Database, role: str) -> Iterator[Database]:
    name = database.engine.url.database
    assert name is not None
    settings = DatabaseSettings(url=SecretStr(postgres.url(name, LOGINS[role])))
    engine = make_engine(settings, database.state)
    try:
        yield Database(database.state, settings, engine)
    finally:
        engine.dispose()


INSERT_ACCESS = (
    "INSERT INTO access (id, at, actor, what, question) VALUES (gen_random_uuid(), now(), {}, 'x', '{{}}')"
)
INSERT_CHANGE = (
    "INSERT INTO change (id, at, actor, what, because) VALUES (gen_random_uuid(), now(), {}, 'x', 'x')"
)
OPEN_BREAK_GLASS = (
    "INSERT INTO break_glass (id, at, actor, event, opening, because, begins, until) "
    "VALUES (gen_random_uuid(), now(), session_user, 'opened', 'A', 'x', now(), now() + interval '5 minutes')"
)
OPEN_DISPOSAL = (
    "INSERT INTO disposal (id, at, actor, source, before) "
    "VALUES (gen_random_uuid(), now(), session_user, 'decision', now() - interval '1 day')"
)
PROPOSE = (
    "INSERT INTO proposal (id, at, actor, change, summary, because) "
    "VALUES ('A', now(), {}, '{{}}', '{{}}', 'x')"
)
APPROVED_ALREADY = (
    "INSERT INTO proposal (id, at, actor, change, summary, because, outcome, decided_at, decided_by, "
    "decided_because) VALUES ('A', now(), session_user, '{}', '{}', 'x', 'approved', now(), 'bea', 'x')"
)
RECORD_RULESET = (
    "INSERT INTO ruleset "
    "(id, at, actor, what, digest, engine, lists, entries, proposal, proposed_by, because) "
    "VALUES (gen_random_uuid(), now(), {}, 'put', 'aa', '1', '[]', 1, {}, {}, 'x')"
)
WITHDRAW = (
    "INSERT INTO withdrawal (id, at, actor, list, kind, entry, category, because) "
    "VALUES ('A', now(), {}, 'a', 'host', 'bet.test', 'gambling', 'x')"
)
VISITED = "SELECT * FROM sluicegate_visited(now() - interval '30 days', now())"
PEOPLE_AT = (
    "SELECT * FROM sluicegate_people_at('{1}', '{bet.test}', '{/}', now() - interval '30 days', now())"
)
VIEWS = (
    "TABLE operator_decision",
    "TABLE replay_decision",
    "TABLE page_decision",
    "TABLE sample_decision",
    "TABLE withdrawn_tally",
)
LOG = ("decision", "outcome", "held_decision", "held_outcome", "tally", "tally_person")
OF_REVIEWS = ("authority", "telling", "sealed_opening", "legal_hold", "review_ticket")
TICKET = "SELECT sluicegate_review_ticket()"
ASK_AUTHORITY = (
    "INSERT INTO authority (id, organisation, role, matter, purpose, necessity, proportionality, "
    "less_intrusive, people, units, since, until, categories, allowed_visits, sealed, days, requested_by, "
    "at, via) VALUES ('A', '', 'professional-standards', 'x', 'breach', 'x', 'x', 'x', '[\"jane\"]', '[]', "
    "now() - interval '1 day', now(), '[]', true, false, 1, 'rita', now(), 'x')"
)
EVERYBODY = (
    "gateway",
    "lists",
    "people",
    "auditor",
    "break_glass",
    "operator",
    "reviewer",
    "review",
    "dispose",
    "backup",
)
HUMAN = tuple(role for role in EVERYBODY if role not in {"gateway", "review"})
"""Roles of people and of their timers: none of them reads a decision."""

ABOUT_PEOPLE = ("person", "person_role", "device", "exemption_request", "acknowledgement", "report")
ENTER_PERSON = (
    "INSERT INTO person (organisation, login, kind, at, actor) VALUES ('', 'jane', 'employee', now(), {})"
)
ENTER_EXEMPTION = (
    "INSERT INTO exemption (id, grantee_kind, grantee, kind, target, start, until, purpose, granted_by, at) "
    "VALUES ('A', 'person', 'jane', 'host', 'a.test', now(), now() + interval '1 hour', 'x', {}, now())"
)
ACKNOWLEDGE = (
    "INSERT INTO acknowledgement (id, organisation, person, version, how, policy, at, actor) "
    "VALUES (gen_random_uuid(), '', 'jane', '1', 'page', 'aa', now(), {})"
)
REPORT = (
    "INSERT INTO report (id, organisation, kind, host, text, at, actor) "
    "VALUES ('A', '', 'not-meant', 'a.test', '', now(), {})"
)
REQUEST = (
    "INSERT INTO exemption_request (id, organisation, grantee_kind, grantee, kind, target, purpose, "
    "requested_by, restricted, joined, at, actor) "
    "VALUES ('A', '', 'person', 'jane', 'host', 'a.test', 'x', 'jane', false, 0, now(), {})"
)
ABOUT_ONE = (
    "SELECT * FROM sluicegate_stored_about('', 'jane')",
    "SELECT * FROM sluicegate_missing_pieces('', 'jane', 'https://a.test', now())",
)
USES = "SELECT * FROM sluicegate_exemption_uses(now())"
UNUSED = "SELECT * FROM sluicegate_unused_people(now())"
REFUSALS = (
    "permission denied|must be owner|is the login|is not disposed of|disposal_of_the_past|"
    "has just approved|sluicegate_access_recorded|sluicegate_asked"
)
MAY = [
    ("gateway", "SELECT * FROM exemption"),
    ("gateway", "SELECT * FROM local_entry"),
    ("gateway", "SELECT version FROM register_version"),
    ("gateway", "SELECT sluicegate_make_partitions()"),
    ("gateway", "SELECT version_num FROM alembic_version"),
    ("lists", "SELECT * FROM local_entry"),
    ("people", "SELECT * FROM exemption"),
    ("gateway", "SELECT * FROM break_glass"),
    ("gateway", "SELECT sluicegate_report_break_glass()"),
    ("break_glass", OPEN_BREAK_GLASS),
    ("break_glass", "SELECT * FROM break_glass"),
    ("operator", "SELECT at, event, opening, begins, until FROM break_glass"),
    ("review", "SELECT * FROM break_glass"),
    ("operator", INSERT_ACCESS.format("session_user")),
    ("review", "SELECT * FROM decision JOIN outcome ON outcome.decision = decision.id"),
    *((role, TICKET) for role in ("lists", "people", "auditor", "operator", "reviewer")),
    ("review", ASK_AUTHORITY),
    ("review", "SELECT sluicegate_redeem_ticket('x')"),
    *(
        ("review", f"TABLE {table}")
        for table in ("tally", "tally_person", "authority", "telling", "legal_hold")
    ),
    *(("review", f"TABLE {table}") for table in ("chain", "sealed_opening", "review_notice")),
    ("gateway", "TABLE review_notice"),
    # Nobody looks in a name that is not theirs, but for the service: it says whose word it takes.
    ("review", INSERT_ACCESS.format("'somebody'")),
    ("review", INSERT_CHANGE.format("'somebody'")),
    ("review", "SELECT count(*) FROM decision"),
    ("review", "SELECT * FROM access"),
    ("dispose", "SELECT sluicegate_dispose('decision', 'other', now() - interval '30 days')"),
    *((role, "TABLE ruleset") for role in ("lists", "review", "backup")),
    *((role, "TABLE proposal") for role in ("lists", "review", "backup")),
    *((role, "TABLE withdrawal") for role in ("lists", "review", "backup")),
    ("lists", PROPOSE.format("session_user")),
    ("lists", RECORD_RULESET.format("session_user", "NULL", "NULL")),
    ("lists", WITHDRAW.format("session_user")),
    ("lists", "SELECT * FROM list_change"),
    ("gateway", "SELECT at, digest FROM ruleset"),
    ("gateway", "SELECT id, at FROM proposal WHERE outcome IS NULL"),
    *(("review", look) for look in (*VIEWS, VISITED, PEOPLE_AT)),
    *(("backup", f"TABLE {table}") for table in ("access", "change", "disposal", "exemption")),
    *(("backup", f"TABLE {table}") for table in ("authority", "telling", "legal_hold", "chain")),
    ("backup", INSERT_ACCESS.format("session_user")),
    # People: entered by who keeps them, read by who judges; what they do, kept by the gateway.
    *((role, f"TABLE {table}") for role in ("gateway", "people") for table in ABOUT_PEOPLE),
    *(("review", f"TABLE {table}") for table in ABOUT_PEOPLE if table != "exemption_request"),
    *(("auditor", f"TABLE {table}") for table in ("exemption", "exemption_request")),
    ("people", ENTER_PERSON.format("session_user")),
    ("people", ENTER_EXEMPTION.format("session_user")),
    ("gateway", ACKNOWLEDGE.format("session_user")),
    ("gateway", REPORT.format("session_user")),
    ("gateway", REQUEST.format("session_user")),
    ("gateway", "UPDATE presence_version SET version = gen_random_uuid()"),
    *(("gateway", look) for look in ABOUT_ONE),
    *((role, USES) for role in ("people", "auditor")),
    ("people", UNUSED),
    ("lists", "SELECT id, kind, host, text FROM report"),
    ("review", "TABLE reviewed_exemption"),
]
MAY_NOT = [
    # A gateway that was taken over lets nobody in, and lets nobody's word be forgotten.
    ("gateway", ENTER_PERSON.format("session_user")),
    ("gateway", ENTER_EXEMPTION.format("session_user")),
    ("gateway", "UPDATE person SET disabled_at = NULL"),
    ("gateway", "UPDATE person_role SET until = now()"),
    ("gateway", "UPDATE exemption_request SET outcome = 'granted'"),
    ("gateway", "UPDATE exemption_request SET purpose = 'another'"),
    ("gateway", "UPDATE acknowledgement SET at = now()"),
    ("gateway", "DELETE FROM acknowledgement"),
    ("gateway", "UPDATE report SET answer = 'x'"),
    ("gateway", "DELETE FROM report"),
    ("gateway", "DELETE FROM policy_text"),
    ("gateway", ACKNOWLEDGE.format("'somebody'")),
    ("gateway", REPORT.format("'somebody'")),
    ("gateway", "SELECT * FROM shared_use"),
    # Nobody reads a notice, or reports, in another's place.
    *((role, ACKNOWLEDGE.format("session_user")) for role in EVERYBODY if role != "gateway"),
    *((role, REPORT.format("session_user")) for role in EVERYBODY if role != "gateway"),
    ("people", REQUEST.format("session_user")),
    ("people", ENTER_PERSON.format("'somebody'")),
    ("people", "DELETE FROM person"),
    ("people", "UPDATE presence_version SET version = gen_random_uuid()"),
    ("people", "SELECT * FROM sign_in"),
    ("lists", "SELECT person FROM report"),
    ("auditor", ENTER_EXEMPTION.format("session_user")),
    ("auditor", "UPDATE exemption SET restricted = false"),
    ("auditor", "SELECT * FROM person"),
    ("review", "TABLE exemption"),
    ("review", "TABLE exemption_request"),
    *(
        (role, f"TABLE {table}")
        for role in ("lists", "break_glass", "operator", "dispose")
        for table in (*ABOUT_PEOPLE, "exemption", "sign_in", "active_role", "confirmation", "outbox")
    ),
    *((role, look) for look in ABOUT_ONE for role in EVERYBODY if role != "gateway"),
    *((role, USES) for role in EVERYBODY if role not in {"people", "auditor"}),
    *((role, UNUSED) for role in EVERYBODY if role != "people"),
    # Nobody but the review service reads the log, by whatever table or partition.
    *((role, f"TABLE {table}") for role in (*HUMAN, "gateway") for table in LOG),
    *((role, "SELECT 1 FROM decision_refused_default") for role in EVERYBODY),
    *((role, "COPY (SELECT host FROM decision) TO STDOUT") for role in HUMAN),
    *((role, "SELECT 1 FROM batch") for role in (*HUMAN, "gateway") if role != "auditor"),
    *((role, "SELECT 1 FROM access") for role in (*HUMAN, "gateway") if role != "backup"),
    *((role, look) for role in (*HUMAN, "gateway") for look in (*VIEWS, VISITED, PEOPLE_AT)),
    # What reviews are done by is the service's; nobody takes part in it by raw SQL.
    *((role, f"TABLE {table}") for role in (*HUMAN, "gateway") if role != "backup" for table in OF_REVIEWS),
    *((role, ASK_AUTHORITY) for role in (*HUMAN, "gateway")),
    *((role, "SELECT * FROM sluicegate_bounds()") for role in (*HUMAN, "gateway")),
    *((role, "SELECT sluicegate_redeem_ticket('x')") for role in (*HUMAN, "gateway")),
    *((role, TICKET) for role in ("gateway", "break_glass", "review", "dispose", "backup")),
    ("review", "DELETE FROM authority"),
    ("review", "DELETE FROM telling"),
    ("review", "DELETE FROM legal_hold"),
    ("review", "DELETE FROM chain"),
    ("review", "UPDATE authority SET via = 'x'"),
    ("review", "UPDATE telling SET via = 'x'"),
    ("review", "UPDATE legal_hold SET via = 'x'"),
    ("review", "UPDATE authority SET people = '[]'"),
    ("review", "UPDATE authority SET ends = now() + interval '1 year', days = 28"),
    ("review", "UPDATE tally SET n = 0"),
    ("review", "INSERT INTO tally_person SELECT * FROM tally_person"),
    ("review", "INSERT INTO chain SELECT * FROM chain"),
    ("review", "TABLE review_ticket"),
    ("review", "TABLE outbox"),
    ("gateway", "UPDATE review_notice SET notice = '{}'"),
    ("gateway", "DELETE FROM review_notice"),
    *((role, "TABLE review_notice") for role in HUMAN if role != "backup"),
    ("backup", "UPDATE access SET purpose = 'another'"),
    ("backup", "DELETE FROM change"),
    # Which rows came together, and in which order, is not for it to know either.
    ("review", "SELECT xmin FROM decision"),
    ("review", "SELECT ctid FROM decision"),
    ("review", "SELECT xmin FROM outcome"),
    # Nobody changes it, empties it, or deletes from it.
    *((f"{role}", "UPDATE decision SET host = 'x'") for role in ("gateway", "review", "dispose")),
    *((f"{role}", "DELETE FROM decision") for role in ("gateway", "review", "dispose")),
    *((f"{role}", "DELETE FROM access") for role in ("operator", "review", "dispose")),
    *((f"{role}", "TRUNCATE decision") for role in ("gateway", "review", "dispose")),
    *((f"{role}", "DROP TABLE decision_refused_default") for role in ("gateway", "review", "dispose")),
    # Disposal is one role's, through its function.
    *(
        (role, "SELECT sluicegate_dispose('decision', 'other', now() - interval '30 days')")
        for role in ("gateway", "lists", "people", "operator", "review")
    ),
    ("dispose", OPEN_DISPOSAL),
    ("dispose", "SELECT sluicegate_dispose('decision', 'other', now() + interval '1 day')"),
    ("dispose", "SELECT sluicegate_dispose('local_entry', NULL, now() - interval '1 day')"),
    # Registers are for those whose they are.
    ("gateway", "UPDATE register_version SET version = gen_random_uuid()"),
    ("gateway", "DELETE FROM exemption"),
    ("lists", "SELECT * FROM exemption"),
    ("people", "SELECT * FROM local_entry"),
    ("people", "UPDATE exemption SET until = now()"),
    ("lists", "DELETE FROM local_entry"),
    # Nobody opens but those who may; who opened and why is for them and for reviews.
    *((role, OPEN_BREAK_GLASS) for role in ("gateway", "lists", "people", "operator", "review", "dispose")),
    *((role, "SELECT actor FROM break_glass") for role in ("operator", "lists", "people", "dispose")),
    *((role, "SELECT sluicegate_report_break_glass()") for role in ("break_glass", "operator", "lists")),
    ("break_glass", "UPDATE break_glass SET until = now()"),
    ("break_glass", "SELECT 1 FROM decision"),
    # Nobody says that somebody else did it.
    ("break_glass", OPEN_BREAK_GLASS.replace("session_user", "'somebody'")),
    ("operator", INSERT_ACCESS.format("'somebody'")),
    ("lists", INSERT_CHANGE.format("'somebody'")),
    # What two people decide and what is on record for good is for those who change lists, and stays as it is.
    *((role, PROPOSE.format("session_user")) for role in EVERYBODY if role != "lists"),
    *((role, RECORD_RULESET.format("session_user", "NULL", "NULL")) for role in EVERYBODY if role != "lists"),
    *((role, WITHDRAW.format("session_user")) for role in EVERYBODY if role != "lists"),
    *((role, "TABLE proposal") for role in ("gateway", "people", "break_glass", "operator", "dispose")),
    *((role, "TABLE withdrawal") for role in ("gateway", "people", "break_glass", "operator", "dispose")),
    *((role, "TABLE ruleset") for role in ("gateway", "people", "break_glass", "operator", "dispose")),
    ("lists", "UPDATE ruleset SET because = 'another'"),
    ("lists", "DELETE FROM ruleset"),
    ("lists", "DELETE FROM proposal"),
    ("lists", "UPDATE proposal SET change = '{}'"),
    ("lists", "UPDATE withdrawal SET entry = 'other.test'"),
    ("lists", "DELETE FROM withdrawal"),
    ("lists", "UPDATE local_entry SET proposal = 'A'"),
    ("lists", "UPDATE local_entry SET confirm_by = NULL"),
    ("lists", "UPDATE register_version SET two_people = false"),
    ("gateway", "UPDATE register_version SET two_people = true"),
    ("lists", "SELECT * FROM change"),
    ("lists", APPROVED_ALREADY),
    ("lists", PROPOSE.format("'bea'")),
    ("lists", RECORD_RULESET.format("'bea'", "NULL", "NULL")),
    ("lists", RECORD_RULESET.format("session_user", "'A'", "'bea'")),
    ("lists", WITHDRAW.format("'bea'")),
    *((role, "SELECT * FROM list_change") for role in EVERYBODY if role != "lists"),
    # Nobody makes tables of their own here.
    *((role, "CREATE TABLE public.mine (x int)") for role in ("gateway", "lists", "review", "dispose")),
]


def refusal(own: Database, statement: str) -> str:
    """Why the database would not do it, and nothing where it did; it is taken back in any case."""
    with own.engine.connect() as connection:
        try:
            connection.execute(text(statement))
        except DBAPIError as error:
            return str(error.orig)
    return ""


# One database for all of a role's: they take longer to make than to ask.
@pytest.mark.parametrize("role", EVERYBODY)
def test_a_role_may_do_its_part(
    postgres: PostgresServer, postgresql: Database, logins: None, role: str
) -> None:
    with as_role(postgres, postgresql, f"sluicegate_{role}") as own:
        for statement in (statement for whose, statement in MAY if whose == role):
            assert refusal(own, statement) == "", statement


@pytest.mark.parametrize("role", EVERYBODY)
def test_a_role_may_do_nothing_else(
    postgres: PostgresServer, postgresql: Database, logins: None, role: str
) -> None:
    with as_role(postgres, postgresql, f"sluicegate_{role}") as own:
        for statement in (statement for whose, statement in MAY_NOT if whose == role):
            assert re.search(REFUSALS, refusal(own, statement)), statement


def test_the_gateways_role_suffices_for_a_keeper(
    postgres: PostgresServer, postgresql: Database, logins: None, tmp_path: Path
) -> None:
    writer = SpoolWriter(tmp_path / "spool" / "slot-0", SpoolSettings())
    made = decision()
    writer.record(made)
    writer.outcome(outcome(made))
    writer.close()
    with as_role(postgres, postgresql, "sluicegate_gateway") as own:
        ensure_schema(own.engine)
        make_partitions(own.engine)
        assert Shipper(own.engine, tmp_path / "spool", 10).ship_once().records == 2
        RegisterStore(own.engine).load()
        assert tally(own.engine, LATER) == Tally()
        assert report_overdue(own.engine, LATER) == 0


def test_the_gateways_role_suffices_to_report_what_nobody_confirmed(
    postgres: PostgresServer, postgresql: Database, logins: None
) -> None:
    with as_role(postgres, postgresql, "sluicegate_break_glass") as own:
        BreakGlassStore(own.engine).open(timedelta(minutes=5), because="a filter that blocks everything")
        assert BreakGlassStore(own.engine).close(because="over").entered.by == "login_break_glass"
    break_glass_days_ago(postgresql.engine, 1)
    with as_role(postgres, postgresql, "sluicegate_gateway") as own:
        assert report_overdue(own.engine, datetime.now(UTC)) == 1
        assert tally(own.engine, datetime.now(UTC)).overdue == 1
    with as_role(postgres, postgresql, "sluicegate_operator") as own:
        assert len(overlapping(own.engine, datetime(2020, 1, 1, tzinfo=UTC), LATER)) == 1


def test_the_roles_of_the_registers_suffice_for_their_stores(
    postgres: PostgresServer, postgresql: Database, logins: None
) -> None:
    with as_role(postgres, postgresql, "sluicegate_lists") as own:
        store = RegisterStore(own.engine)
        store.block(TargetKind.HOST, "news.test", until=None, because="complaint")
        store.allow(TargetKind.HOST, "news.test", until=None, because="mistake")
        assert store.forget(TargetKind.HOST, "news.test", because="over").by == "login_lists"
        assert len(store.local_entries(everything=True)) == 2
    with as_role(postgres, postgresql, "sluicegate_people") as own:
        exemption = granted(own.engine)
        assert exemption.granted_by == "login_people"
        ExemptionStore(own.engine).revoke(exemption.id, because="over")


def test_the_gateways_role_suffices_for_its_own_pages(
    postgres: PostgresServer, postgresql: Database, logins: None
) -> None:
    give_roles(postgresql.engine, "jane", "press", "licensing")
    with as_role(postgres, postgresql, "sluicegate_gateway") as own:
        presence = PresenceStore(own.engine)
        presence.acknowledge("", "jane", "1", how=PersonHow.PAGE, policy="aa")
        presence.state_purpose(
            "", "jane", site="a.test", category="forums", purpose="x", reference="K", minutes=60
        )
        presence.choose_role("", "jane", "press")
        presence.sign_in("10.0.0.7", "", "jane", LATER)
        assert presence.sign_out("10.0.0.7")
        assert presence.expire() == 0
        assert presence.load()[0].active_role == {("", "jane"): "press"}
        asked = ExemptionStore(own.engine).request(
            read_policy(),
            organisation="",
            grantee="jane",
            kind=TargetKind.HOST,
            target="social.test",
            purpose="an enquiry",
            requested_by="jane",
        )
        again = ExemptionStore(own.engine).request(
            read_policy(),
            organisation="",
            grantee="jane",
            kind=TargetKind.HOST,
            target="social.test",
            purpose="an enquiry",
            requested_by="jane",
        )
        assert (again.id, again.joined) == (asked.id, 1)
        ReportStore(own.engine).tell(
            organisation="",
            person="jane",
            kind=ReportKind.NOT_BLOCKED,
            host="a.test",
            messages=lambda _: [Outgoing("mail", {})],
        )
        outbox = Outbox(own.engine)
        ((taken, _),) = outbox.take("mail", 1, timedelta(minutes=1))
        outbox.sent(taken.id)
        assert PolicyTexts(own.engine).record("aa", "x", "gateway-1")
        record = MyRecords(own.engine).record("", "jane")
        assert (len(record.requests), len(record.reports), len(record.notices)) == (1, 1, 1)
        assert RegisterStore(own.engine).load()[0].people.persons.keys() == {("", "jane")}
    with as_role(postgres, postgresql, "sluicegate_people") as own:
        exemption = ExemptionStore(own.engine).grant(read_policy(), wanted(grantee="jane"), request=asked.id)
        assert isinstance(exemption, Exemption)
        assert exemption.requested_by == "jane"
        assert exemption_uses(own.engine, LATER - timedelta(days=1)) == {}
        assert PresenceStore(own.engine).notice_report()[0].version == "1"


def test_the_role_for_lists_suffices_for_their_stores(
    postgres: PostgresServer, postgresql: Database, logins: None
) -> None:
    wrong = WrongEntry("ut1-gambling", EntryKind.HOST, "bet.test", "gambling")
    superusers = ProposalStore(postgresql.engine).propose({"what": "disable", "name": "a"}, {}, because="x")
    entered = ProposalStore(postgresql.engine).propose(
        LocalChange(Action.BLOCK, TargetKind.HOST, "bet.test").plain(), {}, because="phishing"
    )
    with as_role(postgres, postgresql, "sluicegate_lists") as own:
        emergencies = EmergencyStore(own.engine)
        emergencies.allow_in_emergency(TargetKind.HOST, "news.test", until=None, because="an enquiry")
        assert RegisterStore(own.engine).enact(entered.id, because="agreed")[1].by == "login_lists"
        new = NewRuleset("disable", "aa" * 32, "1", (), 0, approves=superusers.id)
        with RulesetHistory(own.engine).record(new, because="agreed") as transaction:
            WithdrawalStore(own.engine).withdraw(wrong, since=None, because="x", within=transaction)
        WithdrawalStore(own.engine).take_back(wrong, because="x")
        (past,) = RulesetHistory(own.engine).all()
        assert (past.proposed_by, past.actor) == ("postgres", "login_lists")
        proposal = ProposalStore(own.engine).propose({}, {}, because="x")
        ProposalStore(own.engine).decide(proposal.id, ProposalOutcome.TAKEN_BACK, because="x")
        assert len(ListChanges(own.engine).recent()) == 11
    with as_role(postgres, postgresql, "sluicegate_gateway") as own:
        assert RulesetHistory(own.engine).newest_digest() == "aa" * 32
        assert ProposalStore(own.engine).waiting() == []
        assert [one.entry.target for one in EmergencyStore(own.engine).unconfirmed()] == ["news.test"]
        assert RegisterStore(own.engine).two_people is False
        assert len(RegisterStore(own.engine).load()[0].local) == 2


def test_a_look_that_is_not_on_record_shows_nothing(
    postgres: PostgresServer, postgresql: Database, logins: None, tmp_path: Path
) -> None:
    """Whichever way: of the views without people, of what is counted, and of the change log."""
    writer = SpoolWriter(tmp_path / "spool" / "slot-0", SpoolSettings())
    ago = datetime.now(UTC) - timedelta(minutes=5)
    for number in range(10):
        writer.record(decision(at=ago, person=f"person-{number}", page="https://news.test", path="/"))
    writer.close()
    Shipper(postgresql.engine, tmp_path / "spool", 100).ship_once()
    wrong = WrongEntry("ut1-gambling", EntryKind.HOST, "bet.test", "gambling")
    WithdrawalStore(postgresql.engine).withdraw(wrong, since=None, because="x")
    looks = {
        "review": (*VIEWS, VISITED, PEOPLE_AT.replace("{bet.test}", "{www.bet.test}")),
        "lists": ("TABLE list_change",),
    }
    ProposalStore(postgresql.engine).propose({}, {}, because="x")
    for role, asked in looks.items():
        with as_role(postgres, postgresql, f"sluicegate_{role}") as own, own.engine.connect() as connection:
            for look in asked:
                with connection.begin():
                    assert connection.execute(text(look)).all() == [], look
            with connection.begin():
                connection.execute(text(INSERT_ACCESS.format("session_user")))
                for look in asked:
                    assert connection.execute(text(look)).all() == [], look
            for look in asked:
                with connection.begin():
                    (row, *_) = connection.execute(text(look)).all()
                assert "person-" not in str(row), look


def test_the_role_for_disposal_suffices_for_it_and_is_named(
    postgres: PostgresServer, postgresql: Database, logins: None
) -> None:
    with as_role(postgres, postgresql, "sluicegate_dispose") as own:
        assert sum(one.rows for one in dispose(own.engine, read_policy(), datetime.now(UTC))) == 0
    with postgresql.engine.connect() as connection:
        assert set(connection.scalars(text("SELECT actor FROM disposal"))) == {"login_dispose"}


def test_the_service_sees_rows_without_people_only_once_the_question_is_committed(
    postgres: PostgresServer, postgresql: Database, logins: None, tmp_path: Path
) -> None:
    writer = SpoolWriter(tmp_path / "spool" / "slot-0", SpoolSettings())
    writer.record(decision(at=datetime.now(UTC)))
    writer.close()
    Shipper(postgresql.engine, tmp_path / "spool", 10).ship_once()
    look = text("SELECT count(*) FROM operator_decision")
    ask = text(INSERT_ACCESS.format("'iris'") + " RETURNING id")
    name = text("SELECT set_config('sluicegate.access', :access, true)")
    with as_role(postgres, postgresql, "sluicegate_review") as own, own.engine.connect() as connection:
        with connection.begin():
            assert connection.scalar(look) == 0, "nothing was asked"
        with connection.begin():
            asked = {"access": str(connection.scalar(ask))}
            connection.execute(name, asked)
            assert connection.scalar(look) == 0, "what is not committed can be taken back"
            with connection.begin_nested():
                connection.execute(ask)
                assert connection.scalar(look) == 0
        with connection.begin():
            assert connection.scalar(look) == 0, "somebody else's question, which this look is not"
            connection.execute(name, asked)
            assert connection.scalar(look) == 1


def test_one_logins_question_shows_another_nothing(
    postgres: PostgresServer, postgresql: Database, logins: None
) -> None:
    with as_role(postgres, postgresql, "sluicegate_operator") as own, own.engine.begin() as connection:
        connection.execute(text(INSERT_ACCESS.format("session_user")))
    with as_role(postgres, postgresql, "sluicegate_review") as own, own.engine.begin() as connection:
        assert connection.scalar(text("SELECT sluicegate_access_recorded()")) is False
    with postgresql.engine.connect() as connection:
        assert connection.scalar(text("SELECT sluicegate_access_recorded()")) is False


def test_roles_converge_on_what_is_written(
    postgres: PostgresServer, postgresql: Database, logins: None
) -> None:
    """Rights somebody added go, those of other things in the same schema stay."""
    with writing(postgresql.engine) as connection:
        connection.execute(text("GRANT SELECT, DELETE ON decision TO sluicegate_operator"))
        connection.execute(text("CREATE TABLE anothers (x int)"))
        connection.execute(text("GRANT SELECT ON anothers TO sluicegate_operator"))
    apply_roles(postgresql.engine)
    with (
        as_role(postgres, postgresql, "sluicegate_operator") as own,
        own.engine.connect() as connection,
        pytest.raises(DBAPIError, match="permission denied"),
    ):
        connection.execute(text("SELECT 1 FROM anothers"))
        connection.execute(text("SELECT 1 FROM decision"))


def test_everything_belongs_to_the_role_for_migrations(postgresql: Database) -> None:
    query = text(
        "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace "
        "AND relowner <> 'sluicegate_migrate'::regrole "
        "UNION SELECT proname FROM pg_proc WHERE pronamespace = 'public'::regnamespace "
        "AND proowner <> 'sluicegate_migrate'::regrole"
    )
    with postgresql.engine.connect() as connection:
        assert list(connection.scalars(query)) == []


def test_a_login_with_the_role_for_migrations_may_upgrade_and_no_other(
    postgres: PostgresServer, postgresql: Database, logins: None
) -> None:
    with as_role(postgres, postgresql, "sluicegate_migrate") as own:
        upgrade(own.engine)
    with (
        as_role(postgres, postgresql, "sluicegate_gateway") as own,
        pytest.raises(ConfigurationError, match="permission denied"),
    ):
        upgrade(own.engine)


def test_where_everybody_lost_the_right_to_temporary_tables_the_gateway_gets_it_back(
    postgres: PostgresServer, postgresql: Database, logins: None
) -> None:
    name = postgresql.engine.url.database
    may = text("SELECT has_database_privilege('login_gateway', current_database(), 'TEMPORARY')")
    with writing(postgresql.engine) as connection:
        connection.execute(text(f'REVOKE TEMPORARY ON DATABASE "{name}" FROM PUBLIC'))
        assert connection.scalar(may) is False
    apply_roles(postgresql.engine)
    with writing(postgresql.engine) as connection:
        assert connection.scalar(may) is True


def test_the_backup_login_reads_what_a_backup_holds_and_the_upgrading_one_restores_it(
    postgres: PostgresServer, postgresql: Database, upgraded: str, logins: None
) -> None:
    with as_role(postgres, postgresql, "sluicegate_lists") as own:
        RegisterStore(own.engine).block(TargetKind.HOST, "bet.test", until=None, because="phishing")
    with as_role(postgres, postgresql, "sluicegate_backup") as own:
        ensure_schema(own.engine)
        record_access(own.engine, what="backup", question={})
        with reading_tables(own.engine) as lines_of:
            tables = {name: list(lines_of(name)) for name in table_names()}
    assert [len(tables[name]) for name in ("access", "change", "local_entry")] == [1, 1, 1]
    with postgres.database(upgraded) as name:
        settings = DatabaseSettings(url=SecretStr(postgres.url(name)))
        empty = Database(postgresql.state, settings, make_engine(settings, postgresql.state))
        try:
            with as_role(postgres, empty, "sluicegate_migrate") as own:
                assert is_empty(own.engine)
                assert restore_tables(own.engine, tables, {})["access"] == 1
                dispose(own.engine, read_policy(), datetime.now(UTC))
                record_restore(own.engine, {})
            with (
                as_role(postgres, empty, "sluicegate_lists") as own,
                pytest.raises(ConfigurationError, match=r"permission|must be|role"),
            ):
                restore_tables(own.engine, tables, {})
        finally:
            empty.engine.dispose()
