"""
The decision log, the registers, and what keeps the log from being changed.

The rule: the previous release must still run on the new schema (`script.py.mako`).

Append-only is the database's own doing. On SQLite and PostgreSQL triggers refuse every UPDATE of the
log and every DELETE that no open row of `disposal` covers; opening one, deleting and closing it is
one transaction, so outside it nothing is ever open. On PostgreSQL nobody but the owner holds the
privileges anyway (`db/roles.py`); what a role needs beyond INSERT it gets as a function here that
runs with the owner's rights and does one thing.
"""
# ruff: noqa: S608 - every name in these statements is one of this file's own

from uuid import UUID

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

CLASSES = ("refused", "confirmed", "exempted", "visit", "other", "privileged")
PARTITIONED = ("decision", "outcome")
APPEND_ONLY = (*PARTITIONED, "batch", "access", "change")

JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    _log()
    _registers()
    if op.get_bind().dialect.name == "postgresql":
        _postgresql()
    else:
        _sqlite()


def downgrade() -> None:
    raise NotImplementedError("restore the backup that was made before the upgrade")


def _log() -> None:
    op.create_table(
        "decision",
        sa.Column("at", INSTANT, primary_key=True),
        sa.Column("id", sa.Uuid(), primary_key=True),
        sa.Column("retention_class", sa.Text(), primary_key=True),
        sa.Column("exchange", sa.Uuid(), nullable=False),
        sa.Column("step", sa.Text(), nullable=False),
        sa.Column("final", sa.Boolean(), nullable=False),
        sa.Column("gateway", sa.Text(), nullable=False),
        sa.Column("organisation", sa.Text()),
        sa.Column("person", sa.Text()),
        sa.Column("person_how", sa.Text(), nullable=False),
        sa.Column("unit", sa.Text()),
        sa.Column("role", sa.Text()),
        sa.Column("device", sa.Text()),
        sa.Column("client_ip", sa.Text()),
        sa.Column("resource", sa.Text(), nullable=False),
        sa.Column("resource_why", sa.Text(), nullable=False),
        sa.Column("page", sa.Text()),
        sa.Column("method", sa.Text()),
        sa.Column("scheme", sa.Text()),
        sa.Column("host", sa.Text()),
        sa.Column("port", sa.Integer()),
        sa.Column("path", sa.Text()),
        sa.Column("names", JSON, nullable=False),
        sa.Column("referrer_host", sa.Text()),
        sa.Column("decrypted", sa.Boolean(), nullable=False),
        sa.Column("verdict", sa.Text(), nullable=False),
        sa.Column("would_be", sa.Text()),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("category", sa.Text()),
        sa.Column("categories", JSON, nullable=False),
        sa.Column("clause", sa.Text()),
        sa.Column("list", sa.Text()),
        sa.Column("line", sa.BigInteger()),
        sa.Column("entry", sa.Text()),
        sa.Column("entry_kind", sa.Text()),
        sa.Column("found_by", sa.Text()),
        sa.Column("matches", JSON, nullable=False),
        sa.Column("exemption", sa.Text()),
        sa.Column("confirmation", sa.Text()),
        sa.Column("local_entry", sa.Text()),
        sa.Column("approval", sa.Text()),
        sa.Column("record", sa.Text(), nullable=False),
        sa.Column("replayable", sa.Boolean(), nullable=False),
        sa.Column("sealed", sa.LargeBinary()),
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("ruleset", sa.Text(), nullable=False),
        sa.Column("policy", sa.Text(), nullable=False),
        sa.Column("engine", sa.Text(), nullable=False),
        sa.Column("batch", sa.Uuid()),
        postgresql_partition_by="LIST (retention_class)",
        sqlite_with_rowid=False,
    )
    op.create_index("decision_reference", "decision", ["reference"])
    op.create_table(
        "outcome",
        sa.Column("decision", sa.Uuid(), primary_key=True),
        sa.Column("at", INSTANT, primary_key=True),
        sa.Column("retention_class", sa.Text(), primary_key=True),
        sa.Column("status", sa.Integer()),
        sa.Column("content_type", sa.Text()),
        sa.Column("bytes_in", sa.BigInteger(), nullable=False),
        sa.Column("bytes_out", sa.BigInteger(), nullable=False),
        sa.Column("duration_us", sa.BigInteger(), nullable=False),
        sa.Column("ended", sa.Text(), nullable=False),
        postgresql_partition_by="LIST (retention_class)",
        sqlite_with_rowid=False,
    )
    op.create_table(
        "batch",
        sa.Column("id", sa.Uuid(), primary_key=True),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("slot", sa.Integer(), nullable=False),
        sa.Column("decisions", sa.Integer(), nullable=False),
    )
    op.create_table(
        "access",
        sa.Column("id", sa.Uuid(), primary_key=True),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("what", sa.Text(), nullable=False),
        sa.Column("question", JSON, nullable=False),
        sa.Column("purpose", sa.Text()),
        sa.Column("answers", sa.Uuid()),
        sa.Column("rows_seen", sa.Integer()),
        sa.Column("result", sa.Text()),
    )
    op.create_index("access_at", "access", ["at"])
    op.create_table(
        "change",
        sa.Column("id", sa.Uuid(), primary_key=True),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("what", sa.Text(), nullable=False),
        sa.Column("before", JSON),
        sa.Column("after", JSON),
        sa.Column("because", sa.Text(), nullable=False),
    )
    op.create_table(
        "disposal",
        sa.Column("id", sa.Uuid(), primary_key=True),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("retention_class", sa.Text()),
        sa.Column("before", INSTANT, nullable=False),
        sa.Column("disposed", sa.Integer()),
        sa.CheckConstraint("before < at", name="disposal_of_the_past"),
    )


def _registers() -> None:
    op.create_table(
        "local_entry",
        sa.Column("id", sa.Text(), primary_key=True),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("target", sa.Text(), nullable=False),
        sa.Column("until", INSTANT),
        sa.Column("because", sa.Text(), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("ended_at", INSTANT),
        sa.Column("ended_by", sa.Text()),
        sa.Column("ended_because", sa.Text()),
        sa.CheckConstraint("because <> ''", name="local_entry_because"),
    )
    op.create_index(
        "local_entry_standing",
        "local_entry",
        ["kind", "target"],
        unique=True,
        postgresql_where=sa.text("ended_at IS NULL"),
        sqlite_where=sa.text("ended_at IS NULL"),
    )
    op.create_table(
        "exemption",
        sa.Column("id", sa.Text(), primary_key=True),
        sa.Column("grantee_kind", sa.Text(), nullable=False),
        sa.Column("grantee", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("target", sa.Text(), nullable=False),
        sa.Column("start", INSTANT, nullable=False),
        sa.Column("until", INSTANT, nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("granted_by", sa.Text(), nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("revoked_at", INSTANT),
        sa.Column("revoked_by", sa.Text()),
        sa.Column("revoked_because", sa.Text()),
        sa.CheckConstraint("purpose <> ''", name="exemption_purpose"),
        sa.CheckConstraint('"start" < until', name="exemption_period"),
        # Nobody grants their own request, by whatever way the row is written.
        sa.CheckConstraint(
            "grantee_kind <> 'person' OR lower(grantee) <> lower(granted_by)", name="exemption_not_ones_own"
        ),
    )
    version = op.create_table(
        "register_version",
        sa.Column("id", sa.Integer(), primary_key=True, autoincrement=False),
        sa.Column("version", sa.Uuid(), nullable=False),
        sa.CheckConstraint("id = 1", name="register_version_only_one"),
    )
    op.execute(sa.insert(version).values(id=1, version=UUID(int=0)))


# What an entry of a register says may not be changed, only ended, and only once.
REGISTERS = {
    "local_entry": ("ended_at", ("id", "action", "kind", "target", "until", "because", "by", "at")),
    "exemption": (
        "revoked_at",
        ("id", "grantee_kind", "grantee", "kind", "target", "start", "until", "purpose", "granted_by", "at"),
    ),
}


def _sqlite() -> None:
    def refuse(table: str, name: str, event: str, when: str, why: str) -> None:
        op.execute(
            f'CREATE TRIGGER {table}_{name} BEFORE {event} ON "{table}" {when} '
            f"BEGIN SELECT RAISE(ABORT, '{table} {why}'); END"
        )

    for table in APPEND_ONLY:
        refuse(table, "no_update", "UPDATE", "", "is append-only")
        of_class = "AND d.retention_class = OLD.retention_class" if table in PARTITIONED else ""
        refuse(
            table,
            "no_delete",
            "DELETE",
            f"WHEN NOT EXISTS (SELECT 1 FROM disposal d WHERE d.source = '{table}' "
            f"AND d.disposed IS NULL AND OLD.at < d.before {of_class})",
            "is append-only: only an open disposal removes what is older than it says",
        )
    refuse("disposal", "no_delete", "DELETE", "", "is append-only")
    refuse("disposal", "no_update", "UPDATE", "WHEN OLD.disposed IS NOT NULL", "is append-only")
    refuse(
        "disposal",
        "no_change",
        "UPDATE OF id, at, actor, source, retention_class, before",
        "",
        "is append-only",
    )
    for table, (ended, fixed) in REGISTERS.items():
        refuse(table, "no_delete", "DELETE", "", "is ended, never deleted")
        refuse(table, "no_change", "UPDATE OF " + ", ".join(f'"{c}"' for c in fixed), "", "is never changed")
        refuse(table, "ends_once", "UPDATE", f"WHEN OLD.{ended} IS NOT NULL", "has ended already")
    op.execute(f"CREATE VIEW operator_decision AS {OPERATOR_VIEW}")


# What an operator may see: nothing of a person, no privileged row, nothing that decides nothing about a site.
OPERATOR_VIEW = """
    SELECT at, verdict, reason, category, host, list, line, resource, reference FROM decision
    WHERE final AND reason <> 'tunnel' AND retention_class <> 'privileged' AND record <> 'category'
"""


def _postgresql() -> None:
    for statement in POSTGRESQL:
        op.execute(statement)
    for table in APPEND_ONLY:
        op.execute(
            f"CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON {table} "
            f"FOR EACH ROW EXECUTE FUNCTION sluicegate_append_only('{table}')"
        )
    for table in (*APPEND_ONLY, "disposal", *REGISTERS):
        _never_emptied(table)
    for table in ("disposal", *REGISTERS):
        op.execute(
            f"CREATE TRIGGER no_delete BEFORE DELETE ON {table} "
            "FOR EACH ROW EXECUTE FUNCTION sluicegate_refuse('keeps its rows')"
        )
    op.execute(
        "CREATE TRIGGER no_update BEFORE UPDATE ON disposal FOR EACH ROW WHEN (OLD.disposed IS NOT NULL) "
        "EXECUTE FUNCTION sluicegate_refuse('is append-only')"
    )
    op.execute(
        "CREATE TRIGGER no_change BEFORE UPDATE OF id, at, actor, source, retention_class, before ON disposal "
        "FOR EACH ROW EXECUTE FUNCTION sluicegate_refuse('is append-only')"
    )
    for table, (ended, fixed) in REGISTERS.items():
        columns = ", ".join(f'"{column}"' for column in fixed)
        op.execute(
            f"CREATE TRIGGER no_change BEFORE UPDATE OF {columns} ON {table} "
            "FOR EACH ROW EXECUTE FUNCTION sluicegate_refuse('is never changed')"
        )
        op.execute(
            f"CREATE TRIGGER ends_once BEFORE UPDATE ON {table} FOR EACH ROW WHEN (OLD.{ended} IS NOT NULL) "
            "EXECUTE FUNCTION sluicegate_refuse('has ended already')"
        )
    for table, actor in (
        ("access", "actor"),
        ("change", "actor"),
        ("local_entry", "by"),
        ("exemption", "granted_by"),
    ):
        op.execute(
            f"CREATE TRIGGER a_stamp BEFORE INSERT ON {table} "
            f"FOR EACH ROW EXECUTE FUNCTION sluicegate_stamp('{actor}')"
        )
    for table in PARTITIONED:
        for name in CLASSES:
            partition = f"{table}_{name}"
            op.execute(
                f"CREATE TABLE {partition} PARTITION OF {table} FOR VALUES IN ('{name}') PARTITION BY RANGE (at)"
            )
            # A record with an odd time, or of a month nobody prepared, is kept here and not lost.
            op.execute(f"CREATE TABLE {partition}_default PARTITION OF {partition} DEFAULT")
            _never_emptied(partition)
            _never_emptied(f"{partition}_default")
        # A record of a class that this schema does not know yet.
        op.execute(f"CREATE TABLE {table}_default PARTITION OF {table} DEFAULT")
        _never_emptied(f"{table}_default")
    op.execute("SELECT sluicegate_make_partitions()")
    op.execute(
        f"CREATE VIEW operator_decision WITH (security_barrier) AS {OPERATOR_VIEW} AND sluicegate_access_recorded()"
    )


def _never_emptied(table: str) -> None:
    # Unlike a trigger for rows, one for TRUNCATE is not handed down to partitions.
    op.execute(
        f"CREATE TRIGGER no_truncate BEFORE TRUNCATE ON {table} "
        "FOR EACH STATEMENT EXECUTE FUNCTION sluicegate_refuse('is never emptied')"
    )


POSTGRESQL = (
    """
    CREATE FUNCTION sluicegate_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        RAISE EXCEPTION '% %', TG_TABLE_NAME, TG_ARGV[0];
    END $$
    """,
    """
    CREATE FUNCTION sluicegate_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF TG_OP = 'DELETE' AND EXISTS (
            SELECT FROM public.disposal d
            WHERE d.source = TG_ARGV[0] AND d.disposed IS NULL AND OLD.at < d.before
            AND d.retention_class IS NOT DISTINCT FROM to_jsonb(OLD) ->> 'retention_class'
        ) THEN
            RETURN OLD;
        END IF;
        RAISE EXCEPTION '% is append-only: only an open disposal removes what is older than it says', TG_ARGV[0];
    END $$
    """,
    # Who did it and when is the server's to say, not the client's.
    """
    CREATE FUNCTION sluicegate_stamp() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF to_jsonb(NEW) ->> TG_ARGV[0] IS DISTINCT FROM session_user::text THEN
            RAISE EXCEPTION '%.% is the login: %', TG_TABLE_NAME, TG_ARGV[0], session_user;
        END IF;
        NEW.at := clock_timestamp();
        RETURN NEW;
    END $$
    """,
    # The gateway calls this, so that a month's turn finds its partitions though nobody is awake. No arguments:
    # what it makes does not depend on the caller. A month that already lies in a default partition stays there.
    """
    CREATE FUNCTION sluicegate_make_partitions() RETURNS integer LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
    DECLARE
        parent regclass;
        begins timestamptz;
        ends timestamptz;
        leaf text;
        occupied boolean;
        made integer := 0;
    BEGIN
        PERFORM pg_advisory_xact_lock(hashtext('sluicegate_make_partitions'));
        FOR parent IN
            SELECT i.inhrelid FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
            WHERE i.inhparent IN ('public.decision'::regclass, 'public.outcome'::regclass) AND c.relkind = 'p'
        LOOP
            FOR ahead IN -1..2 LOOP
                begins := (date_trunc('month', now() AT TIME ZONE 'UTC') + make_interval(months => ahead))
                          AT TIME ZONE 'UTC';
                ends := (date_trunc('month', now() AT TIME ZONE 'UTC') + make_interval(months => ahead + 1))
                        AT TIME ZONE 'UTC';
                leaf := parent::text || to_char(begins AT TIME ZONE 'UTC', '_YYYY_MM');
                CONTINUE WHEN to_regclass('public.' || leaf) IS NOT NULL;
                EXECUTE format('SELECT EXISTS (SELECT FROM public.%I WHERE at >= $1 AND at < $2)',
                               parent::text || '_default') INTO occupied USING begins, ends;
                CONTINUE WHEN occupied;
                EXECUTE format('CREATE TABLE public.%I PARTITION OF %s FOR VALUES FROM (%L) TO (%L)',
                               leaf, parent, begins, ends);
                EXECUTE format('CREATE TRIGGER no_truncate BEFORE TRUNCATE ON public.%I FOR EACH STATEMENT '
                               'EXECUTE FUNCTION sluicegate_refuse(''is never emptied'')', leaf);
                made := made + 1;
            END LOOP;
        END LOOP;
        RETURN made;
    END $$
    """,
    # Removes what is older, and says so in `disposal`. Of decisions and outcomes whole months go, once their last
    # day is older; what lies in a default partition goes row by row.
    """
    CREATE FUNCTION sluicegate_dispose(of_table text, of_class text, older_than timestamptz) RETURNS bigint
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
    DECLARE
        disposal_id uuid := gen_random_uuid();
        leaf text;
        part bigint;
        gone bigint := 0;
    BEGIN
        IF of_table NOT IN ('decision', 'outcome', 'batch', 'access', 'change') THEN
            RAISE EXCEPTION '% is not disposed of', of_table;
        END IF;
        INSERT INTO disposal (id, at, actor, source, retention_class, before)
        VALUES (disposal_id, clock_timestamp(), session_user, of_table, of_class, older_than);
        IF of_table IN ('decision', 'outcome') THEN
            FOR leaf IN
                SELECT c.relname FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
                WHERE i.inhparent = to_regclass(format('public.%I', of_table || '_' || of_class))
                AND c.relname ~ '_[0-9]{4}_[0-9]{2}$'
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
        ELSE
            EXECUTE format('DELETE FROM public.%I WHERE at < $1', of_table) USING older_than;
            GET DIAGNOSTICS gone = ROW_COUNT;
        END IF;
        UPDATE disposal SET disposed = gone WHERE id = disposal_id;
        RETURN gone;
    END $$
    """,
    # True once this login's question stands in `access`, committed: a transaction that has written nothing cannot
    # see anything uncommitted, not even its own.
    """
    CREATE FUNCTION sluicegate_access_recorded() RETURNS boolean STABLE LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS $$
        SELECT pg_current_xact_id_if_assigned() IS NULL AND EXISTS (
            SELECT FROM access
            WHERE actor = session_user AND answers IS NULL AND at > now() - interval '1 minute'
        )
    $$
    """,
    """
    REVOKE ALL ON FUNCTION sluicegate_make_partitions(), sluicegate_dispose(text, text, timestamptz),
        sluicegate_access_recorded() FROM PUBLIC
    """,
)
