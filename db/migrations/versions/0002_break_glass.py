"""
Break-glass: who opened everything for a while, who closed it, who confirmed it, and what was bypassed.

The rule: the previous release must still run on the new schema (`script.py.mako`). It knows nothing of this
table, and a gateway of that release does not open.

The table is only added to, and never disposed of. On PostgreSQL, where people are kept apart, a trigger also
holds what `db/break_glass.py` holds: an opening begins when it is written down and lasts an hour at most,
there is one at a time, nobody confirms their own, and `reported` is the truth. The gateway's role, which may
not write here, reports through a function that can do nothing else.
"""

import sqlalchemy as sa
from alembic import op

revision = "0002_since_0001"
down_revision = "0001"
branch_labels = None
depends_on = None

INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "break_glass",
        sa.Column("id", sa.Uuid(), primary_key=True),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("event", sa.Text(), nullable=False),
        sa.Column("opening", sa.Text(), nullable=False),
        sa.Column("because", sa.Text(), nullable=False),
        sa.Column("begins", INSTANT),
        sa.Column("until", INSTANT),
        sa.Column("account", sa.Text()),
        sa.CheckConstraint("because <> ''", name="break_glass_because"),
        sa.CheckConstraint("begins < until", name="break_glass_period"),
    )
    op.create_index("break_glass_once", "break_glass", ["opening", "event"], unique=True)
    for statement in POSTGRESQL if op.get_bind().dialect.name == "postgresql" else SQLITE:
        op.execute(statement)


def downgrade() -> None:
    raise NotImplementedError("restore the backup that was made before the upgrade")


SQLITE = tuple(
    f"CREATE TRIGGER break_glass_no_{event.lower()} BEFORE {event} ON break_glass "
    "BEGIN SELECT RAISE(ABORT, 'break_glass is append-only'); END"
    for event in ("UPDATE", "DELETE")
)

POSTGRESQL = (
    """
    CREATE FUNCTION sluicegate_break_glass() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
    DECLARE
        first break_glass;
    BEGIN
        IF (NEW.event IN ('opened', 'bypassed')) <> (NEW.begins IS NOT NULL AND NEW.until IS NOT NULL) THEN
            RAISE EXCEPTION 'begins and until are those of an opening or bypass';
        END IF;
        IF NEW.event IN ('opened', 'bypassed')
            AND EXISTS (SELECT FROM break_glass b WHERE b.opening = NEW.opening) THEN
            RAISE EXCEPTION '% is written down already', NEW.opening;
        END IF;
        IF NEW.event = 'opened' THEN
            IF NEW.until - NEW.begins NOT BETWEEN interval '1 minute' AND interval '60 minutes' THEN
                RAISE EXCEPTION 'break-glass is opened for 1 to 60 minutes';
            END IF;
            IF EXISTS (
                SELECT FROM break_glass b WHERE b.event = 'opened' AND b.until > NEW.at AND NOT EXISTS (
                    SELECT FROM break_glass c WHERE c.opening = b.opening AND c.event = 'closed')
            ) THEN
                RAISE EXCEPTION 'break-glass is open already';
            END IF;
            -- When it begins is the server's to say, as for every `at`.
            NEW.until := NEW.at + (NEW.until - NEW.begins);
            NEW.begins := NEW.at;
            RETURN NEW;
        ELSIF NEW.event = 'bypassed' THEN
            IF NEW.until > NEW.at THEN
                RAISE EXCEPTION 'a bypass is written down when it is over';
            END IF;
            RETURN NEW;
        END IF;
        SELECT * INTO first FROM break_glass b
        WHERE b.opening = NEW.opening AND b.event IN ('opened', 'bypassed');
        IF NOT FOUND THEN
            RAISE EXCEPTION 'there is no opening or bypass %', NEW.opening;
        ELSIF NEW.event = 'closed' THEN
            IF first.event <> 'opened' OR first.until <= NEW.at THEN
                RAISE EXCEPTION 'it is not open';
            END IF;
        ELSIF NEW.event = 'confirmed' THEN
            IF lower(NEW.actor) IN (lower(first.actor), lower(coalesce(first.account, first.actor))) THEN
                RAISE EXCEPTION 'nobody confirms what they opened or entered themselves';
            END IF;
        ELSIF NEW.event = 'reported' THEN
            IF NEW.at < first.at + interval '24 hours' OR EXISTS (
                SELECT FROM break_glass b WHERE b.opening = NEW.opening AND b.event = 'confirmed'
            ) THEN
                RAISE EXCEPTION 'it is confirmed, or there is time left';
            END IF;
        ELSE
            -- Nobody could read it, and so nobody the others: not the one that reports, either.
            RAISE EXCEPTION 'no such event: %', NEW.event;
        END IF;
        RETURN NEW;
    END $$
    """,
    # After the stamp, by its name: it goes by the server's time.
    """
    CREATE TRIGGER a_stamp BEFORE INSERT ON break_glass
    FOR EACH ROW EXECUTE FUNCTION sluicegate_stamp('actor')
    """,
    """
    CREATE TRIGGER b_rules BEFORE INSERT ON break_glass
    FOR EACH ROW EXECUTE FUNCTION sluicegate_break_glass()
    """,
    """
    CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON break_glass
    FOR EACH ROW EXECUTE FUNCTION sluicegate_refuse('is append-only')
    """,
    """
    CREATE TRIGGER no_truncate BEFORE TRUNCATE ON break_glass
    FOR EACH STATEMENT EXECUTE FUNCTION sluicegate_refuse('is never emptied')
    """,
    # The gateway calls this. No arguments: what it writes does not depend on the caller.
    """
    CREATE FUNCTION sluicegate_report_break_glass() RETURNS integer
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
    DECLARE
        first break_glass;
        why text := 'not confirmed by a second person within 24 hours';
        reported integer := 0;
    BEGIN
        PERFORM pg_advisory_xact_lock(hashtext('sluicegate_report_break_glass'));
        FOR first IN
            SELECT * FROM break_glass b
            WHERE b.event IN ('opened', 'bypassed') AND b.at <= clock_timestamp() - interval '24 hours'
            AND NOT EXISTS (
                SELECT FROM break_glass c WHERE c.opening = b.opening AND c.event IN ('confirmed', 'reported'))
        LOOP
            INSERT INTO break_glass (id, at, actor, event, opening, because)
            VALUES (gen_random_uuid(), now(), session_user, 'reported', first.opening, why);
            INSERT INTO change (id, at, actor, what, after, because)
            VALUES (gen_random_uuid(), now(), session_user, 'break-glass reported', jsonb_build_object(
                'id', first.opening, 'begins', first.begins, 'until', first.until, 'account', first.account
            ), why);
            reported := reported + 1;
        END LOOP;
        RETURN reported;
    END $$
    """,
    "REVOKE ALL ON FUNCTION sluicegate_report_break_glass() FROM PUBLIC",
)
