"""
Who may do what in PostgreSQL: group roles without a login, each with the least it needs.

Logins are the organisation's own; a login gets a role by `GRANT sluicegate_lists TO alice`. No person
is to be given `sluicegate_gateway` or `sluicegate_review`, which are for services: the one adds to the
log, the other reads it within what a review permits, and row-level security shows it nothing beyond that.
Every other role reads no decision, by whatever way: who may ask for one asks the review service.

The owner of everything is `sluicegate_migrate`, so that functions which run with their owner's rights
do not run with a superuser's.
"""

from sqlalchemy import Connection, text

from db.base import Base
from db.models import DecisionRow, OutcomeRow
from db.review_models import HeldDecisionRow, HeldOutcomeRow
from db.tables import BACKED_UP
from policy.errors import ConfigurationError

OWNER = "sluicegate_migrate"

_MAY_TEMPORARY = "SELECT has_database_privilege('sluicegate_gateway', current_database(), 'TEMPORARY')"
_GRANT_TEMPORARY = """
    DO $$ BEGIN
        EXECUTE format('GRANT TEMPORARY ON DATABASE %I TO sluicegate_gateway', current_database());
    END $$
"""
# Other things may live in the same schema, and are not ours to touch.
_OUR_TABLES = """
    SELECT oid::regclass FROM pg_class WHERE relnamespace = 'public'::regnamespace
    AND relowner = current_user::regrole AND relkind IN ('r', 'p', 'v')
"""
_OUR_FUNCTIONS = """
    SELECT oid::regprocedure FROM pg_proc WHERE pronamespace = 'public'::regnamespace
    AND proowner = current_user::regrole
"""
_ASKED = (
    "id, organisation, grantee_kind, grantee, kind, target, category, purpose, decision, requested_by, "
    "restricted, asked_of, joined, at, actor"
)
_TOLD = "id, organisation, kind, host, category, text, decision, at, answered_at, answered_by, answer"
# A ticket to the review service: that it is they who ask.
_ASKS = "EXECUTE ON FUNCTION sluicegate_review_ticket()"
_VERIFYING = (
    "sluicegate_linked(bigint, integer), sluicegate_not_linked(), sluicegate_held_leaves(), "
    "sluicegate_leaves(timestamptz, timestamptz), sluicegate_unproven(timestamptz, timestamptz)"
)
_REGISTER_CHANGES = ("SELECT, UPDATE (version) ON register_version", "INSERT ON change")


def _columns(*models: type[Base]) -> tuple[str, ...]:
    """The right to read every column, but not the system's: `xmin` would tell which rows came together."""
    return tuple(
        f"SELECT ({', '.join(column.name for column in model.__table__.columns)}) ON {model.__tablename__}"
        for model in models
    )


GRANTS: dict[str, tuple[str, ...]] = {
    # Adds to the log and can read none of it; keeps what people do on its own pages, and grants nothing.
    "sluicegate_gateway": (
        "INSERT ON decision, outcome, batch",
        "SELECT ON local_entry, exemption, break_glass, register_version",
        # For `check`: whether the Ruleset in force is on record, and how long something has waited.
        "SELECT (at, digest) ON ruleset",
        "SELECT (id, at, outcome) ON proposal",
        "EXECUTE ON FUNCTION sluicegate_make_partitions(), sluicegate_report_break_glass(), "
        "sluicegate_cover_hours()",
        "SELECT ON person, person_role, device, exemption_request, report, presence_version",
        "SELECT, INSERT ON acknowledgement, confirmation, policy_text",
        "SELECT, INSERT, UPDATE, DELETE ON active_role, sign_in",
        "SELECT, INSERT, UPDATE (content, tries, due, error, sent_at, given_up_at) ON outbox",
        "UPDATE (version) ON presence_version",
        f"INSERT ({_ASKED}), UPDATE (joined) ON exemption_request",
        "INSERT (id, organisation, person, kind, host, category, text, decision, at, actor) ON report",
        # What is stored about somebody: counts and days, once the question stands in `access`.
        "INSERT ON access",
        "EXECUTE ON FUNCTION sluicegate_stored_about(text, text), "
        "sluicegate_missing_pieces(text, text, text, timestamptz), sluicegate_same_person(text, text)",
        # What somebody is told of reviews that named them.
        "SELECT, UPDATE (read_at) ON review_notice",
    ),
    # An administrator of lists: records Rulesets, proposes and decides, withdraws, enters local entries.
    "sluicegate_lists": (
        "SELECT, INSERT, UPDATE (ended_at, ended_by, ended_because, confirmed_at, confirmed_by, "
        "confirmed_because) ON local_entry",
        "SELECT, INSERT ON ruleset",
        "SELECT, INSERT (id, at, actor, change, summary, because), "
        "UPDATE (outcome, decided_at, decided_by, decided_because) ON proposal",
        "SELECT, INSERT, UPDATE (ended_at, ended_by, ended_because) ON withdrawal",
        "SELECT ON list_change",
        "INSERT ON access",
        "EXECUTE ON FUNCTION sluicegate_access_recorded(), sluicegate_same_person(text, text), "
        "sluicegate_one_site(text, text)",
        _ASKS,
        # What staff say of a list, and never who said it.
        f"SELECT ({_TOLD}), UPDATE (answered_at, answered_by, answer) ON report",
        *_REGISTER_CHANGES,
    ),
    # Who keeps the register of people and devices, grants exemptions, and answers reports. Of restricted
    # exemptions they see those that they asked for or decided themselves (row-level security).
    "sluicegate_people": (
        "SELECT, INSERT, UPDATE (revoked_at, revoked_by, revoked_because) ON exemption",
        f"SELECT, INSERT ({_ASKED}), UPDATE (joined, restricted, asked_of, first_by, first_at, first_grant, "
        "outcome, decided_at, decided_by, decided_because) ON exemption_request",
        "SELECT, INSERT, UPDATE ON person, device",
        "SELECT, INSERT, UPDATE, DELETE ON person_role",
        "SELECT, INSERT ON shared_use",
        "SELECT, UPDATE (answered_at, answered_by, answer) ON report",
        "SELECT ON acknowledgement, policy_text",
        "INSERT ON access",
        "EXECUTE ON FUNCTION sluicegate_same_person(text, text), sluicegate_exemption_uses(timestamptz), "
        "sluicegate_unused_people(timestamptz)",
        _ASKS,
        *_REGISTER_CHANGES,
    ),
    # Sees restricted exemptions too, and changes nothing. Who looked at what they ask the review service.
    "sluicegate_auditor": (
        "SELECT ON exemption, exemption_request",
        "INSERT ON access",
        "EXECUTE ON FUNCTION sluicegate_exemption_uses(timestamptz)",
        # Verifying the log: hashes of its rows, and no row.
        "SELECT ON chain, batch, disposal, hour_cover",
        f"EXECUTE ON FUNCTION {_VERIFYING}",
        _ASKS,
    ),
    # Who may open everything but the never-exempt for a while, and who confirms it: never the same person.
    "sluicegate_break_glass": ("SELECT, INSERT ON break_glass", *_REGISTER_CHANGES),
    # Who runs the gateway: when nothing was recorded, and not who opened what or why.
    "sluicegate_operator": (
        "SELECT (at, event, opening, begins, until) ON break_glass",
        "INSERT ON access",
        _ASKS,
    ),
    # Who asks the review service from a login of their own, and does nothing else here.
    "sluicegate_reviewer": (_ASKS,),
    # The review service. The only role that can read the log: the rows of one look, once it is recorded.
    "sluicegate_review": (
        *_columns(DecisionRow, OutcomeRow, HeldDecisionRow, HeldOutcomeRow),
        "SELECT ON operator_decision, replay_decision, page_decision, sample_decision, tally, tally_person, "
        "withdrawn_tally, reviewed_request",
        "EXECUTE ON FUNCTION sluicegate_access_recorded(), sluicegate_bounds(), sluicegate_is_review(), "
        "sluicegate_trees(text, uuid[], text[], timestamptz[], timestamptz[]), "
        "sluicegate_visited(timestamptz, timestamptz), "
        "sluicegate_people_at(integer[], text[], text[], timestamptz, timestamptz)",
        "SELECT ON batch, hour_cover, chain, access, change, disposal, local_entry, reviewed_exemption, "
        "break_glass, ruleset, proposal, withdrawal, person, person_role, device, shared_use, "
        "acknowledgement, confirmation, active_role, sign_in, report, policy_text",
        "INSERT ON access, change",
        "SELECT, INSERT, UPDATE (outcome, decided_at, decided_by, decided_office, decided_because, begins, "
        "ends, revoked_at, revoked_by, revoked_because) ON authority",
        "SELECT, INSERT ON telling, review_notice",
        "SELECT, INSERT, UPDATE (outcome, decided_at, decided_by, decided_office, decided_because, used_at, "
        "used_by) ON sealed_opening",
        "SELECT, INSERT, UPDATE (released_at, released_by, released_because) ON legal_hold",
        "INSERT (id, at, channel, about, content, tries, due) ON outbox",
        "EXECUTE ON FUNCTION sluicegate_redeem_ticket(text), sluicegate_same_person(text, text), "
        "sluicegate_concerns(jsonb, text, text)",
    ),
    # Removes what is past its time, through one function that leaves a record of it.
    "sluicegate_dispose": (
        "EXECUTE ON FUNCTION sluicegate_dispose(text, text, timestamptz), "
        "sluicegate_dispose_of(text, text, timestamptz)",
    ),
    # Copies everything but decisions to a file, once the question stands in `access`.
    "sluicegate_backup": (
        f"SELECT ON {', '.join(table.name for table in BACKED_UP)}",
        "INSERT ON access",
    ),
    OWNER: (),
}


def make_roles(connection: Connection) -> None:
    """
    Make the roles that do not exist, and let the owner make tables here.

    Raises `ConfigurationError` when this login may not.
    """
    existing = set(connection.scalars(text("SELECT rolname FROM pg_roles WHERE rolname LIKE 'sluicegate%'")))
    missing = [role for role in GRANTS if role not in existing]
    may = connection.scalar(
        text("SELECT rolsuper OR rolcreaterole FROM pg_roles WHERE rolname = current_user")
    )
    if missing and not may:
        raise ConfigurationError(
            f"this login may not create roles; let one that may create {', '.join(missing)} (NOLOGIN) first, "
            "and grant this one sluicegate_migrate"
        )
    for role in missing:
        connection.execute(text(f"CREATE ROLE {role} NOLOGIN"))
        if role == OWNER:
            connection.execute(text(f"GRANT {OWNER} TO CURRENT_USER"))
    # What PostgreSQL gives to everybody, but a server may have taken from them.
    for role in GRANTS:
        if not connection.scalar(text(f"SELECT has_schema_privilege('{role}', 'public', 'USAGE')")):
            connection.execute(text(f"GRANT USAGE ON SCHEMA public TO {role}"))
    if not connection.scalar(text(_MAY_TEMPORARY)):  # for shipping
        connection.execute(text(_GRANT_TEMPORARY))
    if not connection.scalar(text(f"SELECT has_schema_privilege('{OWNER}', 'public', 'CREATE')")):
        connection.execute(text(f"GRANT CREATE ON SCHEMA public TO {OWNER}"))


def grant_rights(connection: Connection) -> None:
    """Give every role exactly what stands above, and nobody else anything. Run as the owner of the tables."""
    roles = ", ".join(role for role in GRANTS if role != OWNER)
    tables = ", ".join(connection.scalars(text(_OUR_TABLES)))
    functions = ", ".join(connection.scalars(text(_OUR_FUNCTIONS)))
    connection.execute(text(f"REVOKE ALL ON {tables} FROM PUBLIC, {roles}"))
    connection.execute(text(f"REVOKE ALL ON FUNCTION {functions} FROM PUBLIC, {roles}"))
    for role, grants in GRANTS.items():
        if role != OWNER:
            for grant in (*grants, "SELECT ON alembic_version"):
                connection.execute(text(f"GRANT {grant} TO {role}"))
