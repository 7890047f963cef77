"""
Lists that administrators can trust: the Rulesets there were, what waits for a second person, what was withdrawn.

The rule: the previous release must still run on the new schema (`script.py.mako`). It knows none of the new
tables, names its own columns of `local_entry` and of the view `operator_decision`, and takes an emergency
allow for what it is to it: an allow that ends by itself.

Who did it and when is the server's to say on PostgreSQL, of endings and second words too. Nobody approves what
they proposed or confirms what they allowed themselves, by whatever way the row is written. A Ruleset that
names a proposal, or a local entry that does, is written by the very login that approved it, and once. Where
the owner has said that lists need two people (`db/two_people.py`), a local entry needs a proposal, or is an
emergency, whoever writes it and however.

`ruleset` is only added to and never disposed of: a decision names its Ruleset for as long as it is kept.
"""
# ruff: noqa: S608 - every name in these statements is one of this file's own

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0003_since_0002"
down_revision = "0002_since_0001"
branch_labels = None
depends_on = None

JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    _tables()
    if op.get_bind().dialect.name == "postgresql":
        for statement in POSTGRESQL:
            op.execute(statement)
    else:
        for statement in SQLITE:
            op.execute(statement)


def downgrade() -> None:
    raise NotImplementedError("restore the backup that was made before the upgrade")


def _tables() -> None:
    op.create_table(
        "ruleset",
        sa.Column("id", sa.Uuid(), primary_key=True),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("what", sa.Text(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("engine", sa.Text(), nullable=False),
        sa.Column("lists", JSON, nullable=False),
        sa.Column("entries", sa.BigInteger(), nullable=False),
        sa.Column("proposal", sa.Text()),
        sa.Column("proposed_by", sa.Text()),
        sa.Column("because", sa.Text(), nullable=False),
        sa.CheckConstraint("because <> ''", name="ruleset_because"),
        sa.CheckConstraint("(proposal IS NULL) = (proposed_by IS NULL)", name="ruleset_proposed"),
    )
    op.create_index("ruleset_digest", "ruleset", ["digest"])
    # One approval puts one Ruleset in force.
    op.create_index("ruleset_proposal", "ruleset", ["proposal"], unique=True)
    op.create_table(
        "proposal",
        sa.Column("id", sa.Text(), primary_key=True),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("change", JSON, nullable=False),
        sa.Column("summary", JSON, nullable=False),
        sa.Column("because", sa.Text(), nullable=False),
        sa.Column("outcome", sa.Text()),
        sa.Column("decided_at", INSTANT),
        sa.Column("decided_by", sa.Text()),
        sa.Column("decided_because", sa.Text()),
        sa.CheckConstraint("because <> ''", name="proposal_because"),
        sa.CheckConstraint(
            "(outcome IS NULL AND decided_at IS NULL AND decided_by IS NULL AND decided_because IS NULL) OR "
            "(outcome IN ('approved', 'refused', 'taken-back') AND decided_at IS NOT NULL "
            "AND decided_by IS NOT NULL AND decided_because <> '')",
            name="proposal_decided_as_a_whole",
        ),
        sa.CheckConstraint(
            "outcome IS NULL OR (outcome = 'taken-back') = (lower(decided_by) = lower(actor))",
            name="proposal_not_ones_own",
        ),
    )
    op.create_table(
        "withdrawal",
        sa.Column("id", sa.Text(), primary_key=True),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("list", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("entry", sa.Text(), nullable=False),
        sa.Column("category", sa.Text(), nullable=False),
        sa.Column("since", INSTANT),
        sa.Column("because", sa.Text(), nullable=False),
        sa.Column("ended_at", INSTANT),
        sa.Column("ended_by", sa.Text()),
        sa.Column("ended_because", sa.Text()),
        sa.CheckConstraint("because <> ''", name="withdrawal_because"),
    )
    # Also what the views look for decisions by.
    op.create_index(
        "withdrawal_standing",
        "withdrawal",
        ["list", "kind", "entry"],
        unique=True,
        postgresql_where=sa.text("ended_at IS NULL"),
        sqlite_where=sa.text("ended_at IS NULL"),
    )
    op.add_column("local_entry", sa.Column("proposal", sa.Text()))
    op.add_column("local_entry", sa.Column("confirm_by", INSTANT))
    op.add_column("local_entry", sa.Column("confirmed_at", INSTANT))
    op.add_column("local_entry", sa.Column("confirmed_by", sa.Text()))
    op.add_column("local_entry", sa.Column("confirmed_because", sa.Text()))
    op.create_index("local_entry_proposal", "local_entry", ["proposal"], unique=True)
    op.add_column("register_version", sa.Column("two_people", sa.Boolean()))


PROPOSED = ("id", "at", "actor", "change", "summary", "because")
WITHDRAWN = ("id", "at", "actor", "list", "kind", "entry", "category", "since", "because")
ENTERED = ("proposal", "confirm_by")  # of a local entry, beside what 0001 holds fast
ENDED = ("ended_at", "ended_by", "ended_because")
CONFIRMED = ("confirmed_at", "confirmed_by", "confirmed_because")


def _columns(names: tuple[str, ...]) -> str:
    return ", ".join(f'"{name}"' for name in names)


# --- Views. Of all of them: only what was done in the end, never a tunnel's own row, never a privileged one.

_FINAL = "d.final AND d.reason <> 'tunnel' AND d.retention_class <> 'privileged'"
# Joined and not looked up for each row: hashed, a million decisions cost seconds less.
_DECISIONS = """
    FROM decision d LEFT JOIN withdrawal w
        ON w.list = d.list AND w.kind = d.entry_kind AND w.entry = d.entry AND w.ended_at IS NULL
        AND (w.since IS NULL OR d.at >= w.since)
"""

VIEWS = {
    # As before, and since when the deciding entry is held to have been wrong.
    "operator_decision": f"""
        SELECT d.at, d.verdict, d.reason, d.category, d.host, d.list, d.line, d.resource, d.reference,
            w.at AS withdrawn_on
        {_DECISIONS} WHERE {_FINAL} AND d.record <> 'category'
    """,
    # What it takes to judge a request again under other lists. Nothing of anybody.
    "replay_decision": f"""
        SELECT d.at, d.host, d.path, d.scheme, d.decrypted, d.resource, d.verdict, d.reason, d.category,
            d.exemption IS NOT NULL AS exempted, d.local_entry, d.replayable,
            w.id IS NOT NULL AS withdrawn
        {_DECISIONS} WHERE {_FINAL}
    """,
    # Why a page half broke: what it was made of, for an hour. A path would say more than the entry that hit.
    "page_decision": f"""
        SELECT d.at, d.page, d.resource, d.host, d.verdict, d.reason, d.category, d.list, d.line, d.entry,
            d.entry_kind, d.reference, w.at AS withdrawn_on
        {_DECISIONS} WHERE {_FINAL} AND d.record <> 'category' AND d.page IS NOT NULL AND d.at > {{an_hour_ago}}
    """,
    # The change log without exemptions, which name people, and without what is not about lists.
    "list_change": """
        SELECT c.id, c.at, c.actor, c.what, c.before, c.after, c.because
        FROM change c WHERE c.what LIKE 'list %' OR c.what LIKE 'local entry%'
    """,
}


# --- SQLite


def _refuse(table: str, name: str, event: str, when: str, why: str) -> str:
    return (
        f'CREATE TRIGGER {table}_{name} BEFORE {event} ON "{table}" {when} '
        f"BEGIN SELECT RAISE(ABORT, '{table} {why}'); END"
    )


_HOUR_AGO_IN_SQLITE = "strftime('%Y-%m-%d %H:%M:%f000', 'now', '-1 hour')"
_NO_EMERGENCY = """
    NEW.action <> 'allow' OR NEW.until IS NULL OR NEW.proposal IS NOT NULL
    OR NEW.until > strftime('%Y-%m-%d %H:%M:%f', NEW.at, '+12 hours', '+1 second')
"""

SQLITE = (
    _refuse("ruleset", "no_update", "UPDATE", "", "is append-only"),
    _refuse("ruleset", "no_delete", "DELETE", "", "is append-only"),
    _refuse("proposal", "no_delete", "DELETE", "", "is decided, never deleted"),
    _refuse("proposal", "no_change", f"UPDATE OF {_columns(PROPOSED)}", "", "is never changed"),
    _refuse("proposal", "decided_once", "UPDATE", "WHEN OLD.outcome IS NOT NULL", "is decided already"),
    _refuse("proposal", "undecided", "INSERT", "WHEN NEW.outcome IS NOT NULL", "begins undecided"),
    _refuse("withdrawal", "no_delete", "DELETE", "", "is ended, never deleted"),
    _refuse("withdrawal", "no_change", f"UPDATE OF {_columns(WITHDRAWN)}", "", "is never changed"),
    _refuse("withdrawal", "ends_once", "UPDATE", "WHEN OLD.ended_at IS NOT NULL", "has ended already"),
    # An emergency that is over can still be confirmed, so only its end is once and for all.
    "DROP TRIGGER local_entry_ends_once",
    _refuse(
        "local_entry",
        "ends_once",
        f"UPDATE OF {_columns(ENDED)}",
        "WHEN OLD.ended_at IS NOT NULL",
        "has ended already",
    ),
    _refuse("local_entry", "no_other_way", f"UPDATE OF {_columns(ENTERED)}", "", "is never changed"),
    _refuse(
        "local_entry",
        "confirmed_once",
        f"UPDATE OF {_columns(CONFIRMED)}",
        "WHEN OLD.confirmed_at IS NOT NULL OR OLD.confirm_by IS NULL",
        "is not to be confirmed",
    ),
    _refuse(
        "local_entry",
        "not_ones_own",
        f"UPDATE OF {_columns(CONFIRMED)}",
        "WHEN lower(NEW.confirmed_by) = lower(OLD.by)",
        "is confirmed by somebody else",
    ),
    _refuse(
        "local_entry",
        "emergency",
        "INSERT",
        f"WHEN NEW.confirm_by IS NOT NULL AND ({_NO_EMERGENCY})",
        "of an emergency is an allow for 12 hours at most",
    ),
    _refuse(
        "local_entry", "unconfirmed", "INSERT", "WHEN NEW.confirmed_at IS NOT NULL", "begins unconfirmed"
    ),
    "DROP VIEW operator_decision",
    *(
        f"CREATE VIEW {name} AS {query.format(an_hour_ago=_HOUR_AGO_IN_SQLITE)}"
        for name, query in VIEWS.items()
    ),
)


# --- PostgreSQL


def _stamped_end(table: str, columns: tuple[str, ...]) -> str:
    at, by, _ = columns
    return (
        f"CREATE TRIGGER a_stamp_{at} BEFORE UPDATE OF {_columns(columns)} ON {table} "
        f"FOR EACH ROW EXECUTE FUNCTION sluicegate_stamp_end('{at}', '{by}')"
    )


def _refused(table: str, name: str, event: str, when: str, why: str) -> str:
    when = f"WHEN ({when}) " if when else ""
    return (
        f"CREATE TRIGGER {name} BEFORE {event} ON {table} FOR EACH ROW {when}"
        f"EXECUTE FUNCTION sluicegate_refuse('{why}')"
    )


def _kept(table: str) -> tuple[str, ...]:
    return (
        f"CREATE TRIGGER no_truncate BEFORE TRUNCATE ON {table} "
        "FOR EACH STATEMENT EXECUTE FUNCTION sluicegate_refuse('is never emptied')",
        f"CREATE TRIGGER a_stamp BEFORE INSERT ON {table} "
        "FOR EACH ROW EXECUTE FUNCTION sluicegate_stamp('actor')",
    )


POSTGRESQL = (
    # The server's word on who ended, decided or confirmed something, and when; `sluicegate_stamp` for an UPDATE.
    """
    CREATE FUNCTION sluicegate_stamp_end() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
    BEGIN
        IF to_jsonb(NEW) ->> TG_ARGV[1] IS DISTINCT FROM session_user::text THEN
            RAISE EXCEPTION '%.% is the login: %', TG_TABLE_NAME, TG_ARGV[1], session_user;
        END IF;
        RETURN jsonb_populate_record(NEW, jsonb_build_object(TG_ARGV[0], clock_timestamp()));
    END $$
    """,
    # As people read them (`db/register_rules.py`); only a database in UTF-8 has the first half of that.
    """
    CREATE FUNCTION sluicegate_same_person(one text, other text) RETURNS boolean STABLE LANGUAGE sql AS $$
        SELECT CASE WHEN getdatabaseencoding() = 'UTF8'
            THEN lower(btrim(normalize(one, NFKC))) = lower(btrim(normalize(other, NFKC)))
            ELSE lower(btrim(one)) = lower(btrim(other))
        END
    $$
    """,
    # The same host, or one above the other, whatever the path.
    """
    CREATE FUNCTION sluicegate_one_site(one text, other text) RETURNS boolean IMMUTABLE LANGUAGE sql AS $$
        SELECT split_part(one, '/', 1) = split_part(other, '/', 1)
            OR right(split_part(one, '/', 1), length(split_part(other, '/', 1)) + 1)
                = '.' || split_part(other, '/', 1)
            OR right(split_part(other, '/', 1), length(split_part(one, '/', 1)) + 1)
                = '.' || split_part(one, '/', 1)
    $$
    """,
    """
    CREATE FUNCTION sluicegate_decide() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
    BEGIN
        IF (NEW.outcome = 'taken-back') <> sluicegate_same_person(NEW.decided_by, OLD.actor) THEN
            RAISE EXCEPTION 'nobody decides what they proposed themselves, and nobody else takes it back';
        END IF;
        RETURN NEW;
    END $$
    """,
    # What two people agreed on is written down by the second of them, in the transaction in which they agree: the
    # proposal's row is then this transaction's own.
    """
    CREATE FUNCTION sluicegate_approved() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
    DECLARE
        approved proposal;
    BEGIN
        SELECT * INTO approved FROM proposal p
        WHERE p.id = NEW.proposal AND p.outcome = 'approved' AND p.xmin = pg_current_xact_id()::xid;
        IF NOT FOUND THEN
            RAISE EXCEPTION '% is no proposal that this login has just approved', NEW.proposal;
        END IF;
        IF TG_TABLE_NAME = 'ruleset' THEN
            IF approved.change ->> 'what' LIKE 'local-entry%' THEN
                RAISE EXCEPTION '% proposed something else', NEW.proposal;
            END IF;
            NEW.proposed_by := approved.actor;
        ELSIF approved.change ->> 'what' IS DISTINCT FROM 'local-entry'
            OR approved.change ->> 'action' IS DISTINCT FROM NEW.action
            OR approved.change ->> 'kind' IS DISTINCT FROM NEW.kind
            OR approved.change ->> 'target' IS DISTINCT FROM NEW.target
            OR (approved.change ->> 'until')::timestamptz IS DISTINCT FROM NEW.until THEN
            RAISE EXCEPTION '% proposed something else', NEW.proposal;
        END IF;
        RETURN NEW;
    END $$
    """,
    """
    CREATE FUNCTION sluicegate_emergency() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
    BEGIN
        IF NEW.action <> 'allow' OR NEW.until IS NULL OR NEW.proposal IS NOT NULL THEN
            RAISE EXCEPTION 'an emergency is an allow for 12 hours at most';
        ELSIF EXISTS (
            SELECT FROM local_entry e
            WHERE e.confirm_by IS NOT NULL AND e.confirmed_at IS NULL AND (
                sluicegate_one_site(e.target, NEW.target)
                OR e.confirm_by <= NEW.at AND sluicegate_same_person(e."by", NEW."by"))
        ) THEN
            RAISE EXCEPTION 'somebody else has to confirm the emergency before';
        END IF;
        -- From when it is counted is the server's to say.
        NEW.until := least(NEW.until, NEW.at + interval '12 hours');
        NEW.confirm_by := NEW.until;
        RETURN NEW;
    END $$
    """,
    # Where lists need two people no single one enters or ends an entry; an emergency may be ended by anybody.
    """
    CREATE FUNCTION sluicegate_two_people() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
    BEGIN
        IF NOT coalesce((SELECT two_people FROM register_version), false) THEN
            RETURN NEW;
        ELSIF TG_OP = 'INSERT' AND NEW.proposal IS NULL AND NEW.confirm_by IS NULL THEN
            RAISE EXCEPTION 'a local entry needs two people: propose it';
        ELSIF TG_OP = 'UPDATE' AND OLD.confirm_by IS NULL
            AND coalesce(OLD.until > clock_timestamp(), true) AND NOT EXISTS (
            SELECT FROM proposal p
            WHERE p.outcome = 'approved' AND p.xmin = pg_current_xact_id()::xid
            AND p.change ->> 'what' IN ('local-entry', 'local-entry-end')
            AND p.change ->> 'kind' = OLD.kind AND p.change ->> 'target' = OLD.target
        ) THEN
            RAISE EXCEPTION 'that a local entry ends needs two people: propose it';
        END IF;
        RETURN NEW;
    END $$
    """,
    """
    CREATE FUNCTION sluicegate_confirm() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
    BEGIN
        IF OLD.confirm_by IS NULL OR OLD.confirmed_at IS NOT NULL THEN
            RAISE EXCEPTION '% is not to be confirmed', OLD.id;
        ELSIF sluicegate_same_person(NEW.confirmed_by, OLD."by") THEN
            RAISE EXCEPTION 'nobody confirms what they allowed themselves';
        ELSIF coalesce(NEW.confirmed_because, '') = '' THEN
            RAISE EXCEPTION 'a confirmation says why';
        END IF;
        RETURN NEW;
    END $$
    """,
    *(statement for table in ("ruleset", "proposal", "withdrawal") for statement in _kept(table)),
    _refused("ruleset", "append_only", "UPDATE OR DELETE", "", "is append-only"),
    "CREATE TRIGGER b_approved BEFORE INSERT ON ruleset FOR EACH ROW WHEN (NEW.proposal IS NOT NULL) "
    "EXECUTE FUNCTION sluicegate_approved()",
    _refused("proposal", "no_delete", "DELETE", "", "is decided, never deleted"),
    _refused("proposal", "no_change", f"UPDATE OF {_columns(PROPOSED)}", "", "is never changed"),
    _refused("proposal", "a_decided_once", "UPDATE", "OLD.outcome IS NOT NULL", "is decided already"),
    _refused("proposal", "undecided", "INSERT", "NEW.outcome IS NOT NULL", "begins undecided"),
    _stamped_end("proposal", ("decided_at", "decided_by", "decided_because")),
    "CREATE TRIGGER b_decide BEFORE UPDATE ON proposal FOR EACH ROW EXECUTE FUNCTION sluicegate_decide()",
    _refused("withdrawal", "no_delete", "DELETE", "", "is ended, never deleted"),
    _refused("withdrawal", "no_change", f"UPDATE OF {_columns(WITHDRAWN)}", "", "is never changed"),
    _refused("withdrawal", "a_ends_once", "UPDATE", "OLD.ended_at IS NOT NULL", "has ended already"),
    _stamped_end("withdrawal", ENDED),
    # An emergency that is over can still be confirmed, so only its end is once and for all.
    "DROP TRIGGER ends_once ON local_entry",
    _refused(
        "local_entry",
        "a_ends_once",
        f"UPDATE OF {_columns(ENDED)}",
        "OLD.ended_at IS NOT NULL",
        "has ended already",
    ),
    _refused("local_entry", "no_other_way", f"UPDATE OF {_columns(ENTERED)}", "", "is never changed"),
    _stamped_end("local_entry", ENDED),
    _stamped_end("local_entry", CONFIRMED),
    f"CREATE TRIGGER b_confirm BEFORE UPDATE OF {_columns(CONFIRMED)} ON local_entry "
    "FOR EACH ROW EXECUTE FUNCTION sluicegate_confirm()",
    _refused("local_entry", "unconfirmed", "INSERT", "NEW.confirmed_at IS NOT NULL", "begins unconfirmed"),
    "CREATE TRIGGER b_emergency BEFORE INSERT ON local_entry FOR EACH ROW WHEN (NEW.confirm_by IS NOT NULL) "
    "EXECUTE FUNCTION sluicegate_emergency()",
    "CREATE TRIGGER c_approved BEFORE INSERT ON local_entry FOR EACH ROW WHEN (NEW.proposal IS NOT NULL) "
    "EXECUTE FUNCTION sluicegate_approved()",
    "CREATE TRIGGER d_two_people BEFORE INSERT ON local_entry FOR EACH ROW EXECUTE FUNCTION sluicegate_two_people()",
    f"CREATE TRIGGER d_two_people_end BEFORE UPDATE OF {_columns(ENDED)} ON local_entry "
    "FOR EACH ROW EXECUTE FUNCTION sluicegate_two_people()",
    # That nobody ends an exemption in another's name either was forgotten in 0001.
    _stamped_end("exemption", ("revoked_at", "revoked_by", "revoked_because")),
    *(
        f"CREATE OR REPLACE VIEW {name} WITH (security_barrier) AS "
        f"{query.format(an_hour_ago="now() - interval '1 hour'").rstrip()} AND sluicegate_access_recorded()"
        for name, query in VIEWS.items()
        if name != "list_change"
    ),
    "CREATE VIEW list_change WITH (security_barrier) AS SELECT * FROM "
    f"({VIEWS['list_change']}) of_lists WHERE sluicegate_access_recorded()",
    # The sites that many people visit: nothing is told of fewer than ten, nor of what only people's files say.
    """
    CREATE FUNCTION sluicegate_visited(since timestamptz, until timestamptz)
    RETURNS TABLE (host text, visits bigint, people bigint)
    STABLE LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS $$
        SELECT d.host, count(*) FILTER (WHERE d.resource = 'visit'), nullif(count(DISTINCT d.person), 0)
        FROM decision d
        WHERE d.final AND d.reason <> 'tunnel' AND d.retention_class NOT IN ('privileged', 'other')
        AND d.host IS NOT NULL AND d.at >= since AND d.at < until AND sluicegate_access_recorded()
        GROUP BY d.host
        HAVING count(DISTINCT d.person) >= 10
            OR count(d.person) = 0 AND count(*) FILTER (WHERE d.resource = 'visit') >= 10
    $$
    """,
    # How many people asked for any of the sites of a part: none where nobody is known, 0 for fewer than ten.
    """
    CREATE FUNCTION sluicegate_people_at(
        parts integer[], hosts text[], paths text[], since timestamptz, until timestamptz
    )
    RETURNS TABLE (part integer, people bigint)
    STABLE LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS $$
        SELECT s.part, CASE WHEN count(DISTINCT d.person) < 10 THEN 0 ELSE count(DISTINCT d.person) END
        FROM unnest(parts, hosts, paths) AS s (part, host, path)
        JOIN decision d ON d.host = s.host AND coalesce(d.path, '') = coalesce(s.path, '')
        WHERE d.final AND d.reason <> 'tunnel' AND d.retention_class <> 'privileged' AND d.person IS NOT NULL
        AND d.at >= since AND d.at < until AND sluicegate_access_recorded()
        GROUP BY s.part
    $$
    """,
    """
    REVOKE ALL ON FUNCTION sluicegate_visited(timestamptz, timestamptz),
        sluicegate_people_at(integer[], text[], text[], timestamptz, timestamptz) FROM PUBLIC
    """,
)
