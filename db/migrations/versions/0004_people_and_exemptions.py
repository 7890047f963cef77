"""
People, devices, work-purpose exemptions in full, and what people do on the gateway's own pages.

The rule: the previous release must still run on the new schema (`script.py.mako`). It knows none of the new
tables, and names its own columns of `exemption`. An exemption that it would take for another (for a unit or a
network, or for somebody of another organisation) is over for it: `until` then says an instant after `start`, and
`ends` says the truth. A first grant that waits for a second office is no exemption yet.

On PostgreSQL: actor columns are the session's login and times the server's. Nobody grants what they asked for,
or what is for themselves, and no two words on one exemption are one person's. Nobody changes what the register
says of themselves. Restricted exemptions are seen by those who decided or asked for them, by an auditor, by the
gateways and by backups; row-level security keeps them from everybody else. What counts decisions of a person does
so only once the question, with that person in it, stands in `access`.

The database cannot know which categories need two offices: that is the policy's (`db/exemptions.py`).
"""
# ruff: noqa: S608 - every name in these statements is one of this file's own

from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0004_since_0003"
down_revision = "0003_since_0002"
branch_labels = None
depends_on = None

JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    _people()
    _presence()
    _exemptions()
    _pages()
    for name, columns in (("decision_person", ["person", "at"]), ("decision_exemption", ["exemption", "at"])):
        known = sa.text(f"{columns[0]} IS NOT NULL")
        op.create_index(name, "decision", columns, postgresql_where=known, sqlite_where=known)
    for statement in POSTGRESQL if op.get_bind().dialect.name == "postgresql" else SQLITE:
        op.execute(statement)


def downgrade() -> None:
    raise NotImplementedError("restore the backup that was made before the upgrade")


# --- Tables


def _key(*names: str) -> list[sa.Column[str]]:
    return [sa.Column(name, sa.Text(), primary_key=True) for name in names]


def _texts(*names: str) -> list[sa.Column[str]]:
    """Columns of text; a question mark behind a name: may be empty."""
    return [sa.Column(name.removesuffix("?"), sa.Text(), nullable=name.endswith("?")) for name in names]


def _times(*names: str) -> list[sa.Column[datetime]]:
    return [sa.Column(name.removesuffix("?"), INSTANT, nullable=name.endswith("?")) for name in names]


def _check(table: str, what: str, condition: str) -> sa.CheckConstraint:
    return sa.CheckConstraint(condition, name=f"{table}_{what}")


def _disabled(table: str) -> list[sa.schema.SchemaItem]:
    return [
        *_times("disabled_at?"),
        *_texts("disabled_by?", "disabled_because?"),
        _check(table, "disabled_as_a_whole", "(disabled_at IS NULL) = (disabled_by IS NULL)"),
    ]


def _people() -> None:
    op.create_table(
        "person",
        *_key("organisation", "login"),
        *_texts("name?", "email?", "kind", "unit?", "manager?"),
        *_times("ends?"),
        *_disabled("person"),
        *_times("at"),
        *_texts("actor"),
    )
    op.create_table(
        "person_role", *_key("organisation", "login", "role"), *_times("until", "at"), *_texts("actor")
    )
    op.create_table(
        "device",
        *_key("organisation", "id"),
        *_texts("network", "person?", "unit?"),
        *_disabled("device"),
        *_times("at"),
        *_texts("actor"),
    )
    op.create_table(
        "shared_use",
        *_key("id"),
        *_texts("organisation", "person?", "device?", "reference", "because"),
        *_times("start", "until", "at"),
        *_texts("actor"),
        _check("shared_use", "because", "because <> ''"),
        _check("shared_use", "period", '"start" < until'),
        _check("shared_use", "of_one", "(person IS NULL) <> (device IS NULL)"),
    )


def _presence() -> None:
    op.create_table(
        "acknowledgement",
        sa.Column("id", sa.Uuid(), primary_key=True),
        *_texts("organisation", "person", "version", "how", "policy"),
        *_times("at"),
        *_texts("actor"),
    )
    op.create_index("acknowledgement_of", "acknowledgement", ["organisation", "person", "at"])
    op.create_table(
        "confirmation",
        *_key("id"),
        *_texts("organisation", "person", "site", "category", "purpose", "reference"),
        *_times("at", "until"),
        *_texts("actor"),
        _check("confirmation", "purpose", "purpose <> ''"),
        _check("confirmation", "period", "at < until"),
    )
    op.create_index("confirmation_of", "confirmation", ["organisation", "person"])
    op.create_table("active_role", *_key("organisation", "person"), *_texts("role"), *_times("at"))
    op.create_table("sign_in", *_key("address"), *_texts("organisation", "person"), *_times("at", "until"))
    version = op.create_table(
        "presence_version",
        sa.Column("id", sa.Integer(), primary_key=True, autoincrement=False),
        sa.Column("version", sa.Uuid(), nullable=False),
        _check("presence_version", "only_one", "id = 1"),
    )
    op.execute(sa.insert(version).values(id=1, version=UUID(int=0)))


def _exemptions() -> None:
    columns: list[sa.Column[Any]] = [
        sa.Column("organisation", sa.Text(), nullable=False, server_default=""),
        *_times("ends?"),
        sa.Column("requested_by", sa.Text(), nullable=False, server_default=""),
        *_texts("second_by?"),
        *_times("second_at?", "review?"),
        *_texts("procedure?"),
        sa.Column("restricted", sa.Boolean(), nullable=False, server_default=sa.text("false")),
        *_texts("request?"),
    ]
    for column in columns:
        op.add_column("exemption", column)
    # One request gives one exemption.
    op.create_index("exemption_request_granted", "exemption", ["request"], unique=True)
    table = "exemption_request"
    op.create_table(
        table,
        *_key("id"),
        *_texts("organisation", "grantee_kind", "grantee", "kind", "target", "category?", "purpose"),
        *_texts("decision?", "requested_by"),
        sa.Column("restricted", sa.Boolean(), nullable=False),
        *_texts("asked_of?"),
        sa.Column("joined", sa.Integer(), nullable=False),
        *_times("at"),
        *_texts("actor", "first_by?"),
        *_times("first_at?"),
        sa.Column("first_grant", JSON),
        *_texts("outcome?"),
        *_times("decided_at?"),
        *_texts("decided_by?", "decided_because?"),
        _check(table, "purpose", "purpose <> ''"),
        _check(
            table,
            "first_as_a_whole",
            "(first_by IS NULL AND first_at IS NULL AND first_grant IS NULL) OR "
            "(first_by IS NOT NULL AND first_at IS NOT NULL AND first_grant IS NOT NULL)",
        ),
        _check(
            table,
            "decided_as_a_whole",
            "(outcome IS NULL AND decided_at IS NULL AND decided_by IS NULL AND decided_because IS NULL) OR "
            "(outcome IN ('granted', 'refused', 'taken-back') AND decided_at IS NOT NULL "
            "AND decided_by IS NOT NULL AND decided_because <> '')",
        ),
        _check(
            table,
            "not_ones_own",
            "outcome IS NULL OR (outcome = 'taken-back') = (lower(decided_by) = lower(requested_by))",
        ),
    )
    # Of a restricted one nobody learns by asking for the same.
    waiting = sa.text("outcome IS NULL AND NOT restricted")
    op.create_index(
        "exemption_request_waiting",
        table,
        ["organisation", "grantee_kind", "grantee", "kind", "target"],
        unique=True,
        postgresql_where=waiting,
        sqlite_where=waiting,
    )


def _pages() -> None:
    op.create_table(
        "report",
        *_key("id"),
        *_texts("organisation", "person?", "kind", "host", "category?", "text", "decision?"),
        *_times("at"),
        *_texts("actor"),
        *_times("answered_at?"),
        *_texts("answered_by?", "answer?"),
        _check(
            "report",
            "answered_as_a_whole",
            "(answered_at IS NULL AND answered_by IS NULL AND answer IS NULL) OR "
            "(answered_at IS NOT NULL AND answered_by IS NOT NULL AND answer <> '')",
        ),
    )
    op.create_index("report_of", "report", ["organisation", "person"])
    op.create_table(
        "outbox",
        sa.Column("id", sa.Uuid(), primary_key=True),
        *_times("at"),
        *_texts("channel", "about?"),
        sa.Column("content", JSON),
        sa.Column("tries", sa.Integer(), nullable=False),
        *_times("due?"),
        *_texts("error?"),
        *_times("sent_at?", "given_up_at?"),
        _check("outbox", "content", "(sent_at IS NULL AND given_up_at IS NULL) = (content IS NOT NULL)"),
    )
    op.create_index("outbox_due", "outbox", ["due"])
    op.create_table(
        "policy_text", *_key("digest"), *_texts("text"), *_times("at"), *_texts("gateway", "actor")
    )


# --- What triggers hold on both

NEVER_CHANGED = {
    "shared_use": (),  # nothing of it
    "acknowledgement": (),
    "confirmation": (),
    "policy_text": (),
    "report": ("id", "organisation", "person", "kind", "host", "category", "text", "decision", "at", "actor"),
    "exemption": (
        "organisation",
        "ends",
        "requested_by",
        "second_by",
        "second_at",
        "review",
        "procedure",
        "restricted",
        "request",
    ),
    "exemption_request": (
        "id",
        "organisation",
        "grantee_kind",
        "grantee",
        "kind",
        "target",
        "category",
        "purpose",
        "decision",
        "requested_by",
        "at",
        "actor",
    ),
}
ANSWERED = ("answered_at", "answered_by", "answer")

# When a row is over, by the first of these columns that says something: only a disposal takes it, later.
OVER = {
    "acknowledgement": ("at",),
    "confirmation": ("until",),
    "device": ("at",),
    "exemption": ("revoked_at", "ends", "until"),
    "exemption_request": ("decided_at", "at"),
    "person": ("ends",),
    "policy_text": ("at",),
    "report": ("at",),
    "shared_use": ("until",),
}
"""`db/dispose.py` has the same."""


def _columns(names: tuple[str, ...]) -> str:
    return ", ".join(f'"{name}"' for name in names)


def _of(names: tuple[str, ...]) -> str:
    return f"UPDATE OF {_columns(names)}" if names else "UPDATE"


# --- SQLite


def _refuse(table: str, name: str, event: str, when: str, why: str) -> str:
    return (
        f'CREATE TRIGGER {table}_{name} BEFORE {event} ON "{table}" {when} '
        f"BEGIN SELECT RAISE(ABORT, '{table} {why}'); END"
    )


def _over_in_sqlite(columns: tuple[str, ...]) -> str:
    first, *others = (f"OLD.{column}" for column in columns)
    return f"coalesce({', '.join((first, *others))})" if others else first


_OWN_REQUEST = """
    NEW.granted_by <> '' AND lower(NEW.granted_by) IN (lower(NEW.requested_by), lower(coalesce(NEW.second_by, '')))
    OR NEW.second_by IS NOT NULL AND (lower(NEW.second_by) = lower(NEW.requested_by)
        OR NEW.grantee_kind = 'person' AND lower(NEW.second_by) = lower(NEW.grantee))
"""
_OWN_WORD = """
    OLD.first_by IS NULL AND NEW.first_by IS NOT NULL AND (lower(NEW.first_by) = lower(OLD.requested_by)
        OR OLD.grantee_kind = 'person' AND lower(NEW.first_by) = lower(OLD.grantee))
    OR NEW.outcome = 'granted' AND (lower(NEW.decided_by) = lower(coalesce(OLD.first_by, ''))
        OR OLD.grantee_kind = 'person' AND lower(NEW.decided_by) = lower(OLD.grantee))
"""

SQLITE = (
    "DROP TRIGGER exemption_no_delete",
    *(
        _refuse(
            table,
            "no_delete",
            "DELETE",
            f"WHEN NOT EXISTS (SELECT 1 FROM disposal d WHERE d.source = '{table}' "
            f"AND d.disposed IS NULL AND {_over_in_sqlite(columns)} < d.before)",
            "goes by disposal only, once it is past its time",
        )
        for table, columns in OVER.items()
    ),
    *(
        _refuse(table, "no_other_change", _of(columns), "", "is never changed")
        for table, columns in NEVER_CHANGED.items()
    ),
    _refuse(
        "report",
        "answered_once",
        f"UPDATE OF {_columns(ANSWERED)}",
        "WHEN OLD.answered_at IS NOT NULL",
        "is answered already",
    ),
    _refuse("exemption", "not_ones_own", "INSERT", f"WHEN {_OWN_REQUEST}", "is granted by somebody else"),
    _refuse(
        "exemption_request",
        "undecided",
        "INSERT",
        "WHEN NEW.outcome IS NOT NULL OR NEW.first_by IS NOT NULL",
        "begins undecided",
    ),
    _refuse(
        "exemption_request", "decided_once", "UPDATE", "WHEN OLD.outcome IS NOT NULL", "is decided already"
    ),
    _refuse(
        "exemption_request",
        "first_once",
        'UPDATE OF "first_at", "first_by", "first_grant"',
        "WHEN OLD.first_by IS NOT NULL",
        "has its first word already",
    ),
    _refuse("exemption_request", "own_word", "UPDATE", f"WHEN {_OWN_WORD}", "is granted by somebody else"),
)


# --- PostgreSQL


def _trigger(table: str, name: str, event: str, function: str, when: str = "") -> str:
    when = f"WHEN ({when}) " if when else ""
    return f"CREATE TRIGGER {name} BEFORE {event} ON {table} FOR EACH ROW {when}EXECUTE FUNCTION {function}"


def _refused(table: str, name: str, event: str, when: str, why: str) -> str:
    return _trigger(table, name, event, f"sluicegate_refuse('{why}')", when)


NEW_TABLES = (
    "person",
    "person_role",
    "device",
    "shared_use",
    "acknowledgement",
    "confirmation",
    "active_role",
    "sign_in",
    "presence_version",
    "exemption_request",
    "report",
    "outbox",
    "policy_text",
)
STAMPED = ("shared_use", "acknowledgement", "confirmation", "exemption_request", "report", "policy_text")
KEPT_UP = ("person", "person_role", "device")  # changed in place: who did that last

_APPROVERS = "sluicegate_same_person({}, session_user::text)"
SEES_EXEMPTION = " OR ".join(
    ("NOT restricted", *(_APPROVERS.format(name) for name in ("granted_by", "second_by", "requested_by")))
)
SEES_REQUEST = " OR ".join(
    (
        "NOT restricted",
        *(_APPROVERS.format(name) for name in ("requested_by", "asked_of", "first_by", "decided_by")),
    )
)

# Who sees which rows; what they may do with them is `db/roles.py`.
POLICIES = {
    "exemption": {
        "everything FOR SELECT TO sluicegate_gateway, sluicegate_auditor, sluicegate_backup": "USING (true)",
        "seen FOR SELECT TO sluicegate_people": f"USING ({SEES_EXEMPTION})",
        "granted FOR INSERT TO sluicegate_people": "WITH CHECK (true)",
        "revoked FOR UPDATE TO sluicegate_people": f"USING ({SEES_EXEMPTION})",
    },
    "exemption_request": {
        "everything FOR SELECT TO sluicegate_gateway, sluicegate_auditor, sluicegate_backup": "USING (true)",
        "seen FOR SELECT TO sluicegate_people": f"USING ({SEES_REQUEST})",
        "asked FOR INSERT TO sluicegate_gateway, sluicegate_people": "WITH CHECK (true)",
        "joined FOR UPDATE TO sluicegate_gateway": "USING (true)",
        "decided FOR UPDATE TO sluicegate_people": f"USING ({SEES_REQUEST})",
    },
    # What somebody says of their own doing is not for those who keep lists.
    "report": {
        "everything FOR SELECT TO sluicegate_gateway, sluicegate_people, sluicegate_review": "USING (true)",
        "of_lists FOR SELECT TO sluicegate_lists": "USING (kind <> 'not-meant')",
        "told FOR INSERT TO sluicegate_gateway": "WITH CHECK (true)",
        "answered FOR UPDATE TO sluicegate_people": "USING (true)",
        "answered_by_lists FOR UPDATE TO sluicegate_lists": "USING (kind <> 'not-meant')",
    },
}

POSTGRESQL = (
    # What rules and triggers of every table call looks nothing up where whoever calls would have it looked up.
    *(
        f"ALTER FUNCTION {function} SET search_path = public, pg_temp"
        for function in (
            "sluicegate_append_only()",
            "sluicegate_refuse()",
            "sluicegate_same_person(text, text)",
            "sluicegate_stamp()",
        )
    ),
    # --- Whose word it is
    """
    CREATE FUNCTION sluicegate_stamp_disabled() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
    BEGIN
        IF NEW.disabled_by IS NOT NULL AND (TG_OP = 'INSERT' OR OLD.disabled_by IS NULL
            OR (NEW.disabled_by, NEW.disabled_at, NEW.disabled_because)
                IS DISTINCT FROM (OLD.disabled_by, OLD.disabled_at, OLD.disabled_because)) THEN
            IF NEW.disabled_by IS DISTINCT FROM session_user::text THEN
                RAISE EXCEPTION '%.disabled_by is the login: %', TG_TABLE_NAME, session_user;
            END IF;
            NEW.disabled_at := clock_timestamp();
        END IF;
        RETURN NEW;
    END $$
    """,
    # A role, a unit or a later end opens what others were granted: so somebody else gives it.
    """
    CREATE FUNCTION sluicegate_not_oneself() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
    BEGIN
        IF sluicegate_same_person(to_jsonb(NEW) ->> TG_ARGV[0], session_user::text)
            OR TG_OP = 'UPDATE' AND sluicegate_same_person(to_jsonb(OLD) ->> TG_ARGV[0], session_user::text) THEN
            RAISE EXCEPTION 'nobody changes what the register says of themselves';
        END IF;
        RETURN NEW;
    END $$
    """,
    """
    CREATE FUNCTION sluicegate_only_disposal() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
    DECLARE
        over timestamptz;
    BEGIN
        FOR i IN 0..TG_NARGS - 1 LOOP
            over := coalesce(over, (to_jsonb(OLD) ->> TG_ARGV[i])::timestamptz);
        END LOOP;
        IF EXISTS (
            SELECT FROM disposal d WHERE d.source = TG_TABLE_NAME AND d.disposed IS NULL AND over < d.before
        ) THEN
            RETURN OLD;
        END IF;
        RAISE EXCEPTION '% goes by disposal only, once it is past its time', TG_TABLE_NAME;
    END $$
    """,
    # What is asked for on a page is asked through the gateway's login; everybody else asks as themselves. Nobody
    # asked for what a first office grants of its own accord.
    """
    CREATE FUNCTION sluicegate_ask() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
    BEGIN
        IF NEW.requested_by <> '' AND NOT sluicegate_same_person(NEW.requested_by, session_user::text)
            AND NOT pg_has_role(session_user, 'sluicegate_gateway', 'MEMBER') THEN
            RAISE EXCEPTION 'exemption_request.requested_by is the login: %', session_user;
        ELSIF NEW.outcome IS NOT NULL OR NEW.first_by IS NOT NULL OR NEW.joined <> 0 THEN
            RAISE EXCEPTION 'a request begins undecided';
        END IF;
        RETURN NEW;
    END $$
    """,
    """
    CREATE FUNCTION sluicegate_answer() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
    DECLARE
        granting text;
    BEGIN
        IF OLD.outcome IS NOT NULL THEN
            RAISE EXCEPTION '% is decided already', OLD.id;
        ELSIF NEW.joined NOT BETWEEN OLD.joined AND OLD.joined + 1 OR OLD.restricted AND NOT NEW.restricted THEN
            RAISE EXCEPTION 'exemption_request is never changed';
        ELSIF (NEW.restricted, NEW.asked_of) IS DISTINCT FROM (OLD.restricted, OLD.asked_of)
            AND (NEW.first_by, NEW.outcome) IS NOT DISTINCT FROM (OLD.first_by, OLD.outcome) THEN
            RAISE EXCEPTION 'who may see exemption_request is never changed but by a word on it';
        END IF;
        IF (NEW.first_by, NEW.first_grant) IS DISTINCT FROM (OLD.first_by, OLD.first_grant) THEN
            IF OLD.first_by IS NOT NULL THEN
                RAISE EXCEPTION '% has its first word already', OLD.id;
            ELSIF NEW.first_by IS DISTINCT FROM session_user::text THEN
                RAISE EXCEPTION 'exemption_request.first_by is the login: %', session_user;
            END IF;
            NEW.first_at := clock_timestamp();
            granting := NEW.first_by;
        ELSE
            NEW.first_at := OLD.first_at;
        END IF;
        IF NEW.outcome IS NOT NULL THEN
            IF NEW.decided_by IS DISTINCT FROM session_user::text THEN
                RAISE EXCEPTION 'exemption_request.decided_by is the login: %', session_user;
            ELSIF (NEW.outcome = 'taken-back') <> sluicegate_same_person(NEW.decided_by, OLD.requested_by) THEN
                RAISE EXCEPTION 'nobody decides what they asked for themselves, and nobody else takes it back';
            END IF;
            NEW.decided_at := clock_timestamp();
            IF NEW.outcome = 'granted' THEN
                IF sluicegate_same_person(NEW.decided_by, coalesce(NEW.first_by, '')) THEN
                    RAISE EXCEPTION 'the second word is somebody else''s';
                END IF;
                granting := NEW.decided_by;
            END IF;
        END IF;
        IF granting IS NOT NULL AND (sluicegate_same_person(granting, OLD.requested_by)
            OR OLD.grantee_kind = 'person' AND sluicegate_same_person(granting, OLD.grantee)) THEN
            RAISE EXCEPTION 'nobody grants their own';
        END IF;
        RETURN NEW;
    END $$
    """,
    # An exemption is its granter's word; one that answers a request is written by the very login that granted the
    # request, in the same transaction; and of two offices' word the first one's grant stands in the request.
    """
    CREATE FUNCTION sluicegate_exempt() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
    DECLARE
        asked exemption_request;
    BEGIN
        NEW.at := clock_timestamp();
        IF NEW.request IS NULL THEN
            IF NEW.second_by IS NOT NULL OR NEW.requested_by <> '' THEN
                RAISE EXCEPTION 'it answers no request: nobody asked for it or gave a second word';
            END IF;
        ELSE
            SELECT * INTO asked FROM exemption_request r
            WHERE r.id = NEW.request AND r.outcome = 'granted' AND r.xmin = pg_current_xact_id()::xid;
            IF NOT FOUND OR (asked.organisation, asked.grantee_kind, asked.grantee)
                IS DISTINCT FROM (NEW.organisation, NEW.grantee_kind, NEW.grantee) THEN
                RAISE EXCEPTION '% is no such request that this login has just granted', NEW.request;
            END IF;
            NEW.requested_by := asked.requested_by;
        END IF;
        IF asked.first_by IS NULL THEN
            IF NEW.granted_by IS DISTINCT FROM session_user::text OR NEW.second_by IS NOT NULL THEN
                RAISE EXCEPTION 'exemption.granted_by is the login: %', session_user;
            END IF;
        ELSE
            IF NEW.granted_by IS DISTINCT FROM asked.first_by
                OR NEW.second_by IS DISTINCT FROM session_user::text THEN
                RAISE EXCEPTION 'exemption.second_by is the login: %', session_user;
            ELSIF (asked.first_grant ->> 'kind', asked.first_grant ->> 'target', asked.first_grant ->> 'purpose',
                    asked.first_grant ->> 'procedure', (asked.first_grant ->> 'restricted')::boolean,
                    (asked.first_grant ->> 'until')::timestamptz, (asked.first_grant ->> 'review')::timestamptz)
                IS DISTINCT FROM (NEW.kind, NEW.target, NEW.purpose, NEW.procedure, NEW.restricted,
                    coalesce(NEW.ends, NEW.until), NEW.review)
                OR NEW."start" < (asked.first_grant ->> 'start')::timestamptz THEN
                RAISE EXCEPTION 'the first office granted something else';
            END IF;
            NEW.second_at := NEW.at;
        END IF;
        IF sluicegate_same_person(NEW.granted_by, NEW.requested_by)
            OR sluicegate_same_person(coalesce(NEW.second_by, ''), NEW.granted_by)
            OR NEW.second_by IS NOT NULL AND sluicegate_same_person(NEW.second_by, NEW.requested_by)
            OR NEW.grantee_kind = 'person' AND (sluicegate_same_person(NEW.granted_by, NEW.grantee)
                OR NEW.second_by IS NOT NULL AND sluicegate_same_person(NEW.second_by, NEW.grantee)) THEN
            RAISE EXCEPTION 'nobody grants their own';
        END IF;
        RETURN NEW;
    END $$
    """,
    # --- Triggers, in the order of their names
    *(
        f"CREATE TRIGGER no_truncate BEFORE TRUNCATE ON {table} "
        "FOR EACH STATEMENT EXECUTE FUNCTION sluicegate_refuse('is never emptied')"
        for table in NEW_TABLES
    ),
    *(_trigger(table, "a_stamp", "INSERT", "sluicegate_stamp('actor')") for table in STAMPED),
    *(_trigger(table, "a_stamp", "INSERT OR UPDATE", "sluicegate_stamp('actor')") for table in KEPT_UP),
    *(
        _trigger(table, "b_disabled", "INSERT OR UPDATE", "sluicegate_stamp_disabled()")
        for table in ("person", "device")
    ),
    *(
        _trigger(table, "c_not_oneself", "INSERT OR UPDATE", f"sluicegate_not_oneself('{login}')")
        for table, login in (("person", "login"), ("person_role", "login"), ("device", "person"))
    ),
    "DROP TRIGGER no_delete ON exemption",
    *(
        _trigger(
            table,
            "no_delete",
            "DELETE",
            f"sluicegate_only_disposal({', '.join(f"'{column}'" for column in columns)})",
        )
        for table, columns in OVER.items()
    ),
    *(
        _refused(table, "no_other_change", _of(columns), "", "is never changed")
        for table, columns in NEVER_CHANGED.items()
    ),
    _refused(
        "report",
        "a_answered_once",
        f"UPDATE OF {_columns(ANSWERED)}",
        "OLD.answered_at IS NOT NULL",
        "is answered already",
    ),
    _trigger(
        "report",
        "a_stamp_answered_at",
        f"UPDATE OF {_columns(ANSWERED)}",
        "sluicegate_stamp_end('answered_at', 'answered_by')",
    ),
    _trigger("exemption_request", "b_ask", "INSERT", "sluicegate_ask()"),
    _trigger("exemption_request", "b_answer", "UPDATE", "sluicegate_answer()"),
    "DROP TRIGGER a_stamp ON exemption",
    _trigger("exemption", "a_exempt", "INSERT", "sluicegate_exempt()"),
    # --- Who sees what
    *(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY" for table in POLICIES),
    *(
        f"CREATE POLICY {name.partition(' ')[0]} ON {table} {name.partition(' ')[2]} {rule}"
        for table, policies in POLICIES.items()
        for name, rule in policies.items()
    ),
    # Of a restricted one: that there is one, and when.
    """
    CREATE VIEW reviewed_exemption WITH (security_barrier) AS
    SELECT e.id, e.organisation, e."start", coalesce(e.ends, e.until) AS until, e.at, e.revoked_at, e.restricted,
        CASE WHEN NOT e.restricted THEN e.grantee_kind END AS grantee_kind,
        CASE WHEN NOT e.restricted THEN e.grantee END AS grantee,
        CASE WHEN NOT e.restricted THEN e.kind END AS kind,
        CASE WHEN NOT e.restricted THEN e.target END AS target,
        CASE WHEN NOT e.restricted THEN e.purpose END AS purpose,
        CASE WHEN NOT e.restricted THEN e.procedure END AS procedure,
        CASE WHEN NOT e.restricted THEN e.requested_by END AS requested_by,
        CASE WHEN NOT e.restricted THEN e.granted_by END AS granted_by,
        CASE WHEN NOT e.restricted THEN e.second_by END AS second_by
    FROM exemption e
    """,
    # --- What is counted of decisions, for whom, and only once the question stands in `access`
    """
    CREATE FUNCTION sluicegate_asked(of_what text, of_organisation text, of_person text) RETURNS boolean
    STABLE LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS $$
        SELECT pg_current_xact_id_if_assigned() IS NULL AND EXISTS (
            SELECT FROM access
            WHERE actor = session_user AND answers IS NULL AND at > now() - interval '1 minute'
            AND what = of_what AND question ->> 'organisation' = of_organisation
            AND question ->> 'person' = of_person
        )
    $$
    """,
    """
    CREATE FUNCTION sluicegate_stored_about(of_organisation text, of_person text)
    RETURNS TABLE (retention_class text, decisions bigint, oldest date, newest date)
    STABLE LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
    BEGIN
        IF NOT sluicegate_asked('my record', of_organisation, of_person) THEN
            RETURN;
        END IF;
        RETURN QUERY
            SELECT d.retention_class, count(*), min(d.at AT TIME ZONE 'UTC')::date,
                max(d.at AT TIME ZONE 'UTC')::date
            FROM decision d
            WHERE d.person = of_person AND coalesce(d.organisation, '') = of_organisation
            GROUP BY d.retention_class;
    END $$
    """,
    """
    CREATE FUNCTION sluicegate_missing_pieces(
        of_organisation text, of_person text, of_page text, since timestamptz
    )
    RETURNS TABLE (host text, category text, reference text)
    STABLE LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
    BEGIN
        IF NOT sluicegate_asked('missing pieces', of_organisation, of_person) THEN
            RETURN;
        END IF;
        RETURN QUERY
            SELECT DISTINCT ON (d.host) d.host, d.category, d.reference
            FROM decision d
            WHERE d.person = of_person AND coalesce(d.organisation, '') = of_organisation
            AND d.at >= greatest(since, now() - interval '30 minutes') AND d.page = of_page
            AND d.final AND d.verdict <> 'allow' AND d.host IS NOT NULL AND d.retention_class <> 'privileged'
            ORDER BY d.host, d.at DESC LIMIT 100;
    END $$
    """,
    # Days and not times: how often an exemption is needed, and not when somebody was where.
    f"""
    CREATE FUNCTION sluicegate_exemption_uses(since timestamptz)
    RETURNS TABLE (exemption text, uses bigint, days bigint, last_day date)
    STABLE LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
    BEGIN
        IF NOT sluicegate_access_recorded() THEN
            RETURN;
        END IF;
        RETURN QUERY
            SELECT d.exemption, count(*), count(DISTINCT (d.at AT TIME ZONE 'UTC')::date),
                max(d.at AT TIME ZONE 'UTC')::date
            FROM exemption e JOIN decision d ON d.exemption = e.id AND d.at >= since
            WHERE d.final AND d.reason <> 'tunnel' AND (
                {SEES_EXEMPTION.replace("restricted", "e.restricted").replace("(", "(e.")}
                OR pg_has_role(session_user, 'sluicegate_auditor', 'MEMBER'))
            GROUP BY d.exemption;
    END $$
    """,
    # Who has a login and has not been seen: no decision that names them, and no notice read.
    """
    CREATE FUNCTION sluicegate_unused_people(since timestamptz)
    RETURNS TABLE (organisation text, login text)
    STABLE LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
    BEGIN
        IF NOT sluicegate_access_recorded() THEN
            RETURN;
        END IF;
        RETURN QUERY
            SELECT p.organisation, p.login FROM person p
            WHERE p.at < since AND NOT EXISTS (
                SELECT FROM decision d WHERE d.person = p.login
                AND coalesce(d.organisation, '') = p.organisation AND d.at >= since
            ) AND NOT EXISTS (
                SELECT FROM acknowledgement a
                WHERE a.organisation = p.organisation AND a.person = p.login AND a.at >= since
            );
    END $$
    """,
    # As before, and every table that has joined.
    f"""
    CREATE OR REPLACE FUNCTION sluicegate_dispose(of_table text, of_class text, older_than timestamptz) RETURNS bigint
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
    DECLARE
        disposal_id uuid := gen_random_uuid();
        leaf text;
        part bigint;
        gone bigint := 0;
    BEGIN
        INSERT INTO disposal (id, at, actor, source, retention_class, before)
        VALUES (disposal_id, clock_timestamp(), session_user, of_table, of_class, older_than);
        IF of_table IN ('decision', 'outcome') THEN
            FOR leaf IN
                SELECT c.relname FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
                WHERE i.inhparent = to_regclass(format('public.%I', of_table || '_' || of_class))
                AND c.relname ~ '_[0-9]{{4}}_[0-9]{{2}}$'
                AND (to_date(right(c.relname, 7), 'YYYY_MM') + interval '1 month') AT TIME ZONE 'UTC' <= older_than
            LOOP
                EXECUTE format('SELECT count(*) FROM public.%I', leaf) INTO part;
                EXECUTE format('DROP TABLE public.%I', leaf);
                gone := gone + part;
            END LOOP;
            FOREACH leaf IN ARRAY ARRAY[of_table || '_' || of_class || '_default', of_table || '_default'] LOOP
                EXECUTE format('DELETE FROM public.%I WHERE retention_class = $1 AND at < $2', leaf)
                USING of_class, older_than;
                GET DIAGNOSTICS part = ROW_COUNT;
                gone := gone + part;
            END LOOP;
        ELSIF of_table IN ('batch', 'access', 'change') THEN
            EXECUTE format('DELETE FROM public.%I WHERE at < $1', of_table) USING older_than;
            GET DIAGNOSTICS gone = ROW_COUNT;
        ELSIF of_table = 'person_role' THEN
            -- With their person. One that nobody confirmed stays: an import would give it anew.
            DELETE FROM person_role r WHERE NOT EXISTS (
                SELECT FROM person p WHERE p.organisation = r.organisation AND p.login = r.login
            );
            GET DIAGNOSTICS gone = ROW_COUNT;
        ELSIF of_table = 'device' THEN
            -- Of somebody who has gone. One that is lost stays: an import would bring it back as if it were not.
            DELETE FROM device d WHERE d.at < older_than AND d.person IS NOT NULL AND NOT EXISTS (
                SELECT FROM person p WHERE p.organisation = d.organisation AND p.login = d.person
            );
            GET DIAGNOSTICS gone = ROW_COUNT;
        ELSIF of_table = 'outbox' THEN
            DELETE FROM outbox o WHERE o.at < older_than;
            GET DIAGNOSTICS gone = ROW_COUNT;
        ELSIF of_table = 'policy_text' THEN
            -- What somebody was shown stays as long as the proof that they were, and the last one in any case.
            DELETE FROM policy_text t WHERE t.at < older_than
            AND t.at < (SELECT max(n.at) FROM policy_text n)
            AND NOT EXISTS (SELECT FROM acknowledgement a WHERE a.policy = t.digest);
            GET DIAGNOSTICS gone = ROW_COUNT;
        ELSE
            CASE of_table
                {
        " ".join(
            f"WHEN '{table}' THEN DELETE FROM {table} t WHERE coalesce({', '.join(f't.{c}' for c in columns)}) < older_than;"
            for table, columns in OVER.items()
            if table not in {"device", "policy_text"}
        )
    }
                ELSE RAISE EXCEPTION '% is not disposed of', of_table;
            END CASE;
            GET DIAGNOSTICS gone = ROW_COUNT;
        END IF;
        UPDATE disposal SET disposed = gone WHERE id = disposal_id;
        RETURN gone;
    END $$
    """,
    """
    REVOKE ALL ON FUNCTION sluicegate_asked(text, text, text), sluicegate_stored_about(text, text),
        sluicegate_missing_pieces(text, text, text, timestamptz), sluicegate_exemption_uses(timestamptz),
        sluicegate_unused_people(timestamptz) FROM PUBLIC
    """,
)
