"""
Reading the log lawfully: who looked by which authority, and a database that shows no row beyond it.

The rule: the previous release must still run on the new schema (`script.py.mako`). It knows none of the new
tables, and names its own columns of `decision`, `outcome`, `access`, `change` and `disposal`. What it has for
people to look at decisions with (`decisions`, `explain --page`, previews of lists, the audit of accesses) no
longer works against PostgreSQL: this release asks its review service instead, the only login that may.

On PostgreSQL row-level security shows the review service the rows of one look and no others: of the Access that
it named for its transaction, as that was committed before, and of the authority behind it as it stands when the
query runs. The policies ask `sluicegate_bounds` in sub-selects that depend on no row, so that PostgreSQL
evaluates each once a query; whatever a query has in its own terms is looked up in indexes as without them, as
long as its operators are leakproof: equality and order are, LIKE is not. That is why `host_key` is there.

The service writes in the name of a person. Which login that was (`via`) and when is the server's to say, and so
is what nobody may do: decide their own request, or what is about them or their line manager; look by an authority
that they granted; decide, revoke, release, use or redeem anything twice.
"""
# ruff: noqa: S608 - every name in these statements is one of this file's own

import json
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from hashlib import sha256
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0005_since_0004"
down_revision = "0004_since_0003"
branch_labels = None
depends_on = None

JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    postgres = op.get_bind().dialect.name == "postgresql"
    _log(postgres)
    _authorities()
    _opened_and_held()
    _proof()
    _tallies()
    for statement in POSTGRESQL if postgres else SQLITE:
        op.execute(statement)
    if postgres:
        for statement in (*PROOF, *DISPOSAL):
            op.execute(statement)
    else:
        _link_what_is_there()


def downgrade() -> None:
    raise NotImplementedError("restore the backup that was made before the upgrade")


# --- Tables


def _key(*names: str) -> list[sa.Column[str]]:
    return [sa.Column(name, sa.Text(), primary_key=True) for name in names]


def _texts(*names: str) -> list[sa.Column[str]]:
    """Columns of text; a question mark behind a name: may be empty."""
    return [sa.Column(name.removesuffix("?"), sa.Text(), nullable=name.endswith("?")) for name in names]


def _times(*names: str) -> list[sa.Column[object]]:
    return [sa.Column(name.removesuffix("?"), INSTANT, nullable=name.endswith("?")) for name in names]


def _data(*names: str) -> list[sa.Column[object]]:
    return [sa.Column(name.removesuffix("?"), JSON, nullable=name.endswith("?")) for name in names]


def _flags(*names: str) -> list[sa.Column[bool]]:
    return [sa.Column(name, sa.Boolean(), nullable=False) for name in names]


def _check(table: str, what: str, condition: str) -> sa.CheckConstraint:
    return sa.CheckConstraint(condition, name=f"{table}_{what}")


def _decided(table: str) -> list[sa.schema.SchemaItem]:
    """What was decided of a request, as a whole, and not by who asked."""
    return [
        *_texts("outcome?"),
        *_times("decided_at?"),
        *_texts("decided_by?", "decided_office?", "decided_because?"),
        _check(
            table,
            "decided_as_a_whole",
            "(outcome IS NULL AND decided_at IS NULL AND decided_by IS NULL AND decided_office IS NULL "
            "AND decided_because IS NULL) OR "
            "(outcome IN ('granted', 'refused', 'taken-back') AND decided_at IS NOT NULL "
            "AND decided_by IS NOT NULL AND decided_office IS NOT NULL AND decided_because <> '')",
        ),
        _check(
            table,
            "not_ones_own",
            "outcome IS NULL OR (outcome = 'taken-back') = (lower(decided_by) = lower(requested_by))",
        ),
    ]


def _log(postgres: bool) -> None:
    op.add_column("access", sa.Column("via", sa.Text()))
    op.add_column("access", sa.Column("organisation", sa.Text()))
    op.add_column("access", sa.Column("authority", sa.Text()))
    op.add_column("access", sa.Column("scope", JSON))
    op.add_column("change", sa.Column("via", sa.Text()))
    op.add_column("disposal", sa.Column("held", sa.Integer()))
    op.create_index("access_answers", "access", ["answers"])
    op.create_index("access_authority", "access", ["authority", "at"])
    op.add_column("outcome", sa.Column("batch", sa.Uuid()))
    for table in ("decision", "outcome"):
        op.add_column(table, sa.Column("salt", sa.LargeBinary()))
    op.add_column("batch", sa.Column("roots", JSON))
    alone = sa.text("batch IS NULL AND salt IS NOT NULL")
    for table in ("decision", "outcome"):
        op.create_index(f"{table}_alone", table, ["at"], postgresql_where=alone, sqlite_where=alone)
    op.execute(f"ALTER TABLE decision ADD COLUMN {HOST_KEY['postgresql' if postgres else 'sqlite']}")
    op.drop_index("decision_person", "decision")
    for name, columns in DECISION_INDEXES.items():
        known = sa.text(f"{columns[0]} IS NOT NULL")
        op.create_index(name, "decision", columns, postgresql_where=known, sqlite_where=known)


# A host from its end, closed by a dot, in the order of its bytes: a host and all below it lie side by side, and
# plain comparisons find them, which a query may make before row-level security has spoken. SQLite cannot turn a
# text round; there it is the host.
HOST_KEY = {
    "postgresql": """host_key text COLLATE "C" GENERATED ALWAYS AS (reverse(host) || '.') STORED""",
    "sqlite": "host_key TEXT GENERATED ALWAYS AS (host) VIRTUAL",
}
DECISION_INDEXES = {
    # In the order of answers, newest first and by identifier, so that nothing has to be sorted.
    "decision_person": ["person", "at", "id", "verdict", "resource", "category"],
    "decision_unit": ["unit", "at", "id", "verdict", "resource", "category", "list", "host_key"],
    "decision_category": ["category", "reference"],  # by chance
    "decision_host": ["host_key", "at"],
    "decision_entry": ["entry", "list", "at"],
}


def _authorities() -> None:
    op.create_table(
        "authority",
        *_key("id"),
        *_texts("organisation", "role", "matter", "purpose"),
        *_texts("necessity", "proportionality", "less_intrusive"),
        *_data("people", "units"),
        *_times("since", "until"),
        *_data("categories"),
        *_flags("allowed_visits", "sealed"),
        sa.Column("days", sa.Integer(), nullable=False),
        *_texts("renews?", "requested_by"),
        *_times("at"),
        *_texts("via"),
        *_decided("authority"),
        *_times("begins?", "ends?", "revoked_at?"),
        *_texts("revoked_by?", "revoked_because?"),
        _check(
            "authority",
            "in_words",
            "matter <> '' AND necessity <> '' AND proportionality <> '' AND less_intrusive <> ''",
        ),
        _check("authority", "period", "since < until"),
        _check("authority", "days", "days BETWEEN 1 AND 28"),
        _check(
            "authority",
            "in_force_if_granted",
            "(coalesce(outcome, '') = 'granted') = (begins IS NOT NULL) AND (begins IS NULL) = (ends IS NULL)",
        ),
        _check(
            "authority",
            "revoked_as_a_whole",
            "(revoked_at IS NULL AND revoked_by IS NULL AND revoked_because IS NULL) OR "
            "(begins IS NOT NULL AND revoked_at IS NOT NULL AND revoked_by IS NOT NULL "
            "AND revoked_because <> '')",
        ),
    )
    op.create_index("authority_of", "authority", ["organisation", "at"])
    op.create_table(
        "telling",
        sa.Column("id", sa.Uuid(), primary_key=True),
        *_texts("authority"),
        *_times("at"),
        *_texts("actor", "via", "withheld?"),
        *_times("ask_again?"),
        _check("telling", "asked_again_if_withheld", "(withheld IS NULL) = (ask_again IS NULL)"),
        _check("telling", "withheld_because", "withheld <> ''"),
    )
    op.create_index("telling_of", "telling", ["authority", "at"])
    op.create_table(
        "review_notice",
        sa.Column("id", sa.Uuid(), primary_key=True),
        *_texts("authority", "organisation", "person"),
        *_times("at"),
        *_texts("actor", "via"),
        *_data("notice"),
        *_times("read_at?"),
    )
    # Each is told once.
    op.create_index(
        "review_notice_once", "review_notice", ["authority", "organisation", "person"], unique=True
    )
    op.create_index("review_notice_of", "review_notice", ["organisation", "person"])
    op.create_table(
        "review_ticket",
        sa.Column("digest", sa.LargeBinary(), primary_key=True),
        *_texts("login"),
        *_times("at", "until", "redeemed_at?"),
    )


def _opened_and_held() -> None:
    op.create_table(
        "sealed_opening",
        *_key("id"),
        *_texts("authority", "requested_by"),
        *_times("at"),
        *_texts("via", "because"),
        *_decided("sealed_opening"),
        *_times("used_at?"),
        *_texts("used_by?"),
        _check("sealed_opening", "because", "because <> ''"),
        _check(
            "sealed_opening",
            "used_if_granted",
            "(used_at IS NULL) = (used_by IS NULL) AND (used_at IS NULL OR coalesce(outcome, '') = 'granted')",
        ),
    )
    op.create_index("sealed_opening_of", "sealed_opening", ["authority"])
    op.create_table(
        "legal_hold",
        *_key("id"),
        *_texts("organisation"),
        *_data("people"),
        *_times("since", "until"),
        *_texts("matter", "because", "actor"),
        *_times("at"),
        *_texts("via"),
        *_times("released_at?"),
        *_texts("released_by?", "released_because?"),
        _check("legal_hold", "because", "matter <> '' AND because <> ''"),
        _check("legal_hold", "period", "since < until"),
        _check(
            "legal_hold",
            "released_as_a_whole",
            "(released_at IS NULL AND released_by IS NULL AND released_because IS NULL) OR "
            "(released_at IS NOT NULL AND released_by IS NOT NULL AND released_because <> '')",
        ),
    )
    # Rows of the log that a hold keeps, column for column.
    connection = op.get_bind()
    for table, more in (("decision", _data("proof?")), ("outcome", _data("proof?"))):
        columns = sa.inspect(connection).get_columns(table)
        key = sa.inspect(connection).get_pk_constraint(table)["constrained_columns"]
        op.create_table(
            f"held_{table}",
            *(
                sa.Column(
                    column["name"],
                    column["type"],
                    nullable=column["nullable"] and column["name"] not in key,
                    primary_key=column["name"] in key,
                )
                for column in columns
                if column["name"] != "host_key"
            ),
            *_times("held_at"),
            *more,
            sqlite_with_rowid=False,
        )
    op.execute(f"ALTER TABLE held_decision ADD COLUMN {HOST_KEY[connection.dialect.name]}")
    op.create_index("held_decision_person", "held_decision", ["person", "at"])


def _proof() -> None:
    op.create_table(
        "chain",
        sa.Column("position", sa.BigInteger(), primary_key=True, autoincrement=False),
        *_texts("source"),
        sa.Column("row", sa.Uuid(), nullable=False),
        *_times("at"),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("link", sa.LargeBinary(), nullable=False),
    )
    op.create_index("chain_row", "chain", ["row", "source"], unique=True)
    op.create_table(
        "hour_cover",
        sa.Column("id", sa.Uuid(), primary_key=True),
        *_times("at"),
        *_texts("source", "retention_class"),
        *_times("hour"),
        sa.Column("leaves", sa.LargeBinary(), nullable=False),
    )
    op.create_index("hour_cover_of", "hour_cover", ["source", "retention_class", "hour"])


def _tallies() -> None:
    op.create_table(
        "tally",
        sa.Column("hour", INSTANT, primary_key=True),
        *_key("gateway", "organisation", "unit", "retention_class", "category", "list", "verdict"),
        sa.Column("visit", sa.Boolean(), primary_key=True),
        sa.Column("n", sa.BigInteger(), nullable=False),
    )
    op.create_table(
        "tally_person",
        sa.Column("month", INSTANT, primary_key=True),
        *_key("gateway", "organisation", "unit", "retention_class", "category", "verdict"),
        sa.Column("visit", sa.Boolean(), primary_key=True),
        *_key("person"),
    )


# --- What triggers hold on both

TERMS = (
    "id",
    "organisation",
    "role",
    "matter",
    "purpose",
    "necessity",
    "proportionality",
    "less_intrusive",
    "people",
    "units",
    "since",
    "until",
    "categories",
    "allowed_visits",
    "sealed",
    "days",
    "renews",
    "requested_by",
    "at",
    "via",
)
DECIDED = ("outcome", "decided_at", "decided_by", "decided_office", "decided_because")
REVOKED = ("revoked_at", "revoked_by", "revoked_because")
NEVER_CHANGED = {
    "authority": TERMS,
    "telling": (),  # nothing of it
    "review_notice": ("id", "authority", "organisation", "person", "at", "actor", "via", "notice"),
    "sealed_opening": ("id", "authority", "requested_by", "at", "via", "because"),
    "legal_hold": (
        "id",
        "organisation",
        "people",
        "since",
        "until",
        "matter",
        "because",
        "actor",
        "at",
        "via",
    ),
    "held_decision": (),
    "held_outcome": (),
    "review_ticket": ("digest", "login", "at", "until"),
    "chain": (),
    "hour_cover": (),
}
# What is written once, by the first of these columns.
ONCE: dict[str, dict[str, tuple[tuple[str, ...], str]]] = {
    "authority": {
        "decided": ((*DECIDED, "begins", "ends"), "is decided already"),
        "revoked": (REVOKED, "is revoked already"),
    },
    "review_notice": {"read": (("read_at",), "is read already")},
    "sealed_opening": {
        "decided": (DECIDED, "is decided already"),
        "used": (("used_at", "used_by"), "is used already"),
    },
    "legal_hold": {"released": (("released_at", "released_by", "released_because"), "is released already")},
    "review_ticket": {"redeemed": (("redeemed_at",), "is redeemed already")},
}
# What begins without an answer.
BEGINS = {
    "authority": ("outcome", "begins", "revoked_at"),
    "review_notice": ("read_at",),
    "sealed_opening": ("outcome", "used_at"),
    "legal_hold": ("released_at",),
    "review_ticket": ("redeemed_at",),
}
# When a row is over, by the first of these columns that says something: only a disposal takes it, later.
OVER = {
    "authority": ("revoked_at", "ends", "decided_at", "at"),
    "telling": ("at",),
    "review_notice": ("at",),
    "sealed_opening": ("used_at", "decided_at", "at"),
    "legal_hold": ("released_at",),
    "hour_cover": ("at",),
}
"""`db/dispose.py` has the same."""
OVER_BEFORE = {
    "acknowledgement": ("at",),
    "confirmation": ("until",),
    "exemption": ("revoked_at", "ends", "until"),
    "exemption_request": ("decided_at", "at"),
    "person": ("ends",),
    "report": ("at",),
    "shared_use": ("until",),
}
"""As `0004…` has it, of tables whose rows go by nothing else."""

_FINAL = "{0}.final AND {0}.reason <> 'tunnel'"
# As `policy.review.rows.ReviewedDecision.is_visit` has it; what is not final is not counted at all.
_VISIT = "{0}.resource = 'visit' AND {0}.reason NOT IN ('notice', 'own-page')"


# What nobody needs an authority for, and the review service looks up for a question that is on record.
VIEWS = {
    # Of the restricted nobody learns by a subject access: not even that there is one.
    "reviewed_request": """
        SELECT r.id, r.organisation, r.grantee_kind, r.grantee, r.kind, r.target, r.category, r.purpose,
            r.decision, r.requested_by, r.at, r.outcome, r.decided_at, r.decided_because
        FROM exemption_request r WHERE NOT r.restricted
    """,
    # To draw a dip sample from: nothing of anybody, nor of the page that they were on.
    "sample_decision": f"""
        SELECT d.at, d.organisation, d.resource, d.host, d.decrypted, d.verdict, d.would_be, d.reason,
            d.category, d.clause, d.list, d.line, d.entry, d.entry_kind, d.reference,
            w.id IS NOT NULL AS withdrawn
        FROM decision d LEFT JOIN withdrawal w
            ON w.list = d.list AND w.kind = d.entry_kind AND w.entry = d.entry AND w.ended_at IS NULL
            AND (w.since IS NULL OR d.at >= w.since)
        WHERE {_FINAL.format("d")} AND d.retention_class <> 'privileged' AND d.record <> 'category'
    """,
    # What the tallies have of entries that were found wrong: to be taken off, since it counts no more.
    "withdrawn_tally": f"""
        SELECT {{hour}} AS hour, coalesce(d.organisation, '') AS organisation, coalesce(d.unit, '') AS unit,
            d.retention_class, coalesce(d.category, '') AS category, coalesce(d.list, '') AS list, d.verdict,
            ({_VISIT.format("d")}) AS visit, count(*) AS n
        FROM withdrawal w JOIN decision d
            ON d.entry = w.entry AND d.list = w.list AND d.entry_kind = w.kind
            AND (w.since IS NULL OR d.at >= w.since)
        WHERE w.ended_at IS NULL AND {_FINAL.format("d")} {{more}}
        GROUP BY 1, 2, 3, 4, 5, 6, 7, 8
    """,
}


def _columns(names: tuple[str, ...]) -> str:
    return ", ".join(f'"{name}"' for name in names)


def _of(names: tuple[str, ...]) -> str:
    return f"UPDATE OF {_columns(names)}" if names else "UPDATE"


_TALLY = ("gateway", "organisation", "unit", "retention_class", "category", "list", "verdict", "visit")
_TALLY_PERSON = (
    "gateway",
    "organisation",
    "unit",
    "retention_class",
    "category",
    "verdict",
    "visit",
    "person",
)
_MAY_BE_MISSING = ("organisation", "unit", "category", "list")


def _counted(row: str, names: tuple[str, ...]) -> str:
    """What a tally has of a row, name by name."""

    def one(name: str) -> str:
        if name == "visit":
            return f"({_VISIT.format(row)})"
        return f"coalesce({row}.{name}, '')" if name in _MAY_BE_MISSING else f"{row}.{name}"

    return ", ".join(one(name) for name in names)


# --- SQLite


def _refuse(table: str, name: str, event: str, when: str, why: str) -> str:
    return (
        f'CREATE TRIGGER {table}_{name} BEFORE {event} ON "{table}" {when} '
        f"BEGIN SELECT RAISE(ABORT, '{table} {why}'); END"
    )


def _over_in_sqlite(columns: tuple[str, ...]) -> str:
    first, *others = (f"OLD.{column}" for column in columns)
    return f"coalesce({', '.join((first, *others))})" if others else first


def _only_by_disposal(table: str, over: str) -> str:
    return _refuse(
        table,
        "no_delete",
        "DELETE",
        f"WHEN NOT EXISTS (SELECT 1 FROM disposal d WHERE d.source = '{table}' "
        f"AND d.disposed IS NULL AND {over} < d.before)",
        "goes by disposal only, once it is past its time",
    )


_SQLITE_HOUR = "strftime('%Y-%m-%d %H:00:00.000000', {}.at)"
_SQLITE_MONTH = "strftime('%Y-%m-01 00:00:00.000000', {}.at)"
_OWN = "lower(NEW.decided_by) IN (SELECT lower(p.value) FROM json_each(OLD.people) p)"


def _tallied(table: str, at: str, names: tuple[str, ...], when: str, row: str, more: str) -> str:
    """A trigger's statement, or one that counts what was there before."""
    return (
        f"INSERT INTO {table} ({at}, {_columns(names)}{', n' if table == 'tally' else ''}) "
        f"SELECT {(_SQLITE_HOUR if at == 'hour' else _SQLITE_MONTH).format(row)}, {_counted(row, names)}"
        f"{more} {when}"
    )


_ADD = f"ON CONFLICT (hour, {_columns(_TALLY)}) DO UPDATE SET n = n + excluded.n"

SQLITE = (
    *(
        _refuse(table, "no_change", _of(columns), "", "is never changed")
        for table, columns in NEVER_CHANGED.items()
    ),
    *(
        _refuse(table, f"{name}_once", _of(columns), f'WHEN OLD."{columns[0]}" IS NOT NULL', why)
        for table, ways in ONCE.items()
        for name, (columns, why) in ways.items()
    ),
    *(
        _refuse(
            table,
            "undecided",
            "INSERT",
            f"WHEN coalesce({', '.join((*(f'NEW.{column}' for column in columns), 'NULL'))}) IS NOT NULL",
            "begins undecided",
        )
        for table, columns in BEGINS.items()
    ),
    *(_only_by_disposal(table, _over_in_sqlite(columns)) for table, columns in OVER.items()),
    *(
        _refuse(
            f"held_{table}",
            "no_delete",
            "DELETE",
            f"WHEN NOT EXISTS (SELECT 1 FROM disposal d WHERE d.source = 'held_{table}' "
            "AND d.disposed IS NULL AND OLD.at < d.before AND d.retention_class = OLD.retention_class)",
            "goes by disposal only, once no hold keeps it",
        )
        for table in ("decision", "outcome")
    ),
    _refuse("chain", "no_delete", "DELETE", "", "is append-only"),
    _refuse(
        "authority",
        "about_oneself",
        "UPDATE OF outcome",
        f"WHEN NEW.outcome = 'granted' AND {_OWN}",
        "is granted by nobody that it names",
    ),
    _refuse(
        "authority",
        "of_nobody",
        "INSERT",
        "WHEN json_array_length(NEW.people) = 0 AND json_array_length(NEW.units) = 0",
        "names nobody",
    ),
    f"CREATE TRIGGER decision_tally AFTER INSERT ON decision WHEN {_FINAL.format('NEW')} BEGIN "
    f"{_tallied('tally', 'hour', _TALLY, 'WHERE true', 'NEW', ', 1')} {_ADD}; END",
    "CREATE TRIGGER decision_tally_person AFTER INSERT ON decision "
    f"WHEN {_FINAL.format('NEW')} AND NEW.person IS NOT NULL BEGIN "
    f"{_tallied('tally_person', 'month', _TALLY_PERSON, 'WHERE true', 'NEW', '')} ON CONFLICT DO NOTHING; END",
    f"CREATE VIEW sample_decision AS {VIEWS['sample_decision']}",
    f"CREATE VIEW reviewed_request AS {VIEWS['reviewed_request']}",
    "CREATE VIEW withdrawn_tally AS "
    + VIEWS["withdrawn_tally"].format(hour=_SQLITE_HOUR.format("d"), more=""),
    # What is in the log already.
    _tallied("tally", "hour", _TALLY, f"FROM decision d WHERE {_FINAL.format('d')}", "d", ", 1") + f" {_ADD}",
    _tallied(
        "tally_person",
        "month",
        _TALLY_PERSON,
        f"FROM decision d WHERE {_FINAL.format('d')} AND d.person IS NOT NULL",
        "d",
        "",
    )
    + " ON CONFLICT DO NOTHING",
)


# --- PostgreSQL


def _trigger(table: str, name: str, event: str, function: str, when: str = "") -> str:
    when = f"WHEN ({when}) " if when else ""
    return f"CREATE TRIGGER {name} BEFORE {event} ON {table} FOR EACH ROW {when}EXECUTE FUNCTION {function}"


def _refused(table: str, name: str, event: str, when: str, why: str) -> str:
    return _trigger(table, name, event, f"sluicegate_refuse('{why}')", when)


NEW_TABLES = (*NEVER_CHANGED, "tally", "tally_person")
# Who is named by the service, and is no login of the server.
STAMPED = ("authority", "telling", "review_notice", "sealed_opening", "legal_hold")


def _bound(name: str) -> str:
    """One of the bounds of this transaction's look: evaluated once a query, since it depends on no row."""
    return f"(SELECT b.{name} FROM sluicegate_bounds() b)"


# The period as a range and not as two comparisons: of bounds that it does not know the planner expects a two
# hundredth of all rows, and it would read a month by its times in place of a person's rows by theirs.
IN_BOUNDS = f"""
    (SELECT tstzrange(b.since, b.until) FROM sluicegate_bounds() b) @> at AND (
        coalesce(organisation, '') = {_bound("organisation")}
        AND (person = ANY ({_bound("people")}::text[]) OR unit = ANY ({_bound("units")}::text[]))
        AND ({_bound("team")} IS NULL OR person = ANY ({_bound("team")}::text[]))
        AND coalesce(person, '') <> ALL ({_bound("never")}::text[])
        AND ({_bound("categories")} IS NULL OR category = ANY ({_bound("categories")}::text[]))
        AND ({_bound("allowed_visits")} OR NOT (verdict = 'allow' AND resource = 'visit'))
        OR {_bound("opening")} AND retention_class = 'privileged' AND sealed IS NOT NULL
            AND coalesce(organisation, {_bound("organisation")}) = {_bound("organisation")}
    )
"""

# An outcome of a decision that is shown: the policy above has its word in here too. It was decided while the
# exchange lasted; without that an index would be read from its beginning. A clock may have been set in between.
SHOWN = """
    EXISTS (
        SELECT FROM {0} d
        WHERE d.id = {1}.decision AND d.retention_class = {1}.retention_class
        AND d.at <= {1}.at + interval '10 seconds'
        AND d.at >= {1}.at - interval '10 seconds' - {1}.duration_us * interval '1 microsecond'
    )
"""

POLICIES = {
    "decision": {
        "shipped FOR INSERT TO sluicegate_gateway": "WITH CHECK (true)",
        "reviewed FOR SELECT TO sluicegate_review": f"USING ({IN_BOUNDS})",
    },
    "outcome": {
        "shipped FOR INSERT TO sluicegate_gateway": "WITH CHECK (true)",
        "reviewed FOR SELECT TO sluicegate_review": f"USING ({SHOWN.format('decision', 'outcome')})",
    },
    "held_decision": {"reviewed FOR SELECT TO sluicegate_review": f"USING ({IN_BOUNDS})"},
    "held_outcome": {
        "reviewed FOR SELECT TO sluicegate_review": f"USING ({SHOWN.format('held_decision', 'held_outcome')})"
    },
    # How few people are behind a number is looked up for a figure that is asked for, and only then.
    "tally_person": {
        "counted FOR SELECT TO sluicegate_review": "USING ((SELECT sluicegate_access_recorded()))"
    },
}

SINCE_A_DAY = {
    "sluicegate_exemption_uses": "exemption text, uses bigint, days bigint, last_day date",
    "sluicegate_unused_people": "organisation text, login text",
}

POSTGRESQL = (
    # --- Whose word it is
    # The review service writes in the name of the person whose word it takes; everybody else in their own.
    """
    CREATE FUNCTION sluicegate_is_review() RETURNS boolean STABLE LANGUAGE sql SET search_path = public, pg_temp AS $$
        SELECT pg_has_role(session_user, 'sluicegate_review', 'MEMBER')
    $$
    """,
    """
    CREATE FUNCTION sluicegate_stamp_act() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
    BEGIN
        IF NEW.actor IS DISTINCT FROM session_user::text
            AND NOT pg_has_role(session_user, 'sluicegate_review', 'MEMBER') THEN
            RAISE EXCEPTION '%.actor is the login: %', TG_TABLE_NAME, session_user;
        END IF;
        NEW.via := session_user;
        NEW.at := clock_timestamp();
        RETURN NEW;
    END $$
    """,
    """
    CREATE FUNCTION sluicegate_stamp_via() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
    BEGIN
        NEW.via := session_user;
        NEW.at := clock_timestamp();
        RETURN NEW;
    END $$
    """,
    # Whether a list of logins has this one in it, or their line manager's.
    """
    CREATE FUNCTION sluicegate_concerns(logins jsonb, of_organisation text, of_login text) RETURNS boolean
    STABLE LANGUAGE sql SET search_path = public, pg_temp AS $$
        SELECT EXISTS (
            SELECT FROM jsonb_array_elements_text(logins) l (login)
            WHERE sluicegate_same_person(l.login, of_login) OR sluicegate_same_person(l.login, (
                SELECT p.manager FROM person p WHERE p.organisation = of_organisation AND p.login = of_login
            ))
        )
    $$
    """,
    # --- What may not be
    """
    CREATE FUNCTION sluicegate_look() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
    DECLARE
        word authority;
    BEGIN
        IF NOT sluicegate_is_review() THEN
            RAISE EXCEPTION 'only the review service looks within bounds';
        ELSIF NEW.authority IS NULL OR NEW.scope IS NULL THEN
            RETURN NEW;
        END IF;
        SELECT * INTO word FROM authority a WHERE a.id = NEW.authority;
        IF NOT FOUND OR word.organisation IS DISTINCT FROM coalesce(NEW.organisation, '')
            OR word.begins IS NULL OR NEW.at < word.begins OR NEW.at >= word.ends
            OR word.revoked_at IS NOT NULL THEN
            RAISE EXCEPTION '% is no authority in force', NEW.authority;
        ELSIF sluicegate_same_person(NEW.actor, word.decided_by) THEN
            RAISE EXCEPTION 'nobody looks by an authority that they granted';
        ELSIF word.role = 'line-manager' AND NOT sluicegate_same_person(NEW.actor, word.requested_by) THEN
            RAISE EXCEPTION 'a line manager looks by an authority of their own';
        ELSIF sluicegate_concerns(word.people, word.organisation, NEW.actor) THEN
            RAISE EXCEPTION 'nobody looks by an authority about themselves or their line manager';
        END IF;
        RETURN NEW;
    END $$
    """,
    """
    CREATE FUNCTION sluicegate_authority() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
    BEGIN
        IF TG_OP = 'INSERT' THEN
            IF jsonb_array_length(NEW.people) = 0 AND jsonb_array_length(NEW.units) = 0 THEN
                RAISE EXCEPTION 'authority names nobody';
            ELSIF sluicegate_concerns(NEW.people, NEW.organisation, NEW.requested_by) THEN
                RAISE EXCEPTION 'nobody asks for an authority about themselves or their line manager';
            END IF;
        ELSIF NEW.outcome IS DISTINCT FROM OLD.outcome THEN
            NEW.decided_at := clock_timestamp();
            IF (NEW.outcome = 'taken-back') <> sluicegate_same_person(NEW.decided_by, OLD.requested_by) THEN
                RAISE EXCEPTION 'nobody decides what they asked for themselves, and nobody else takes it back';
            ELSIF NEW.outcome <> 'taken-back'
                AND sluicegate_concerns(OLD.people, OLD.organisation, NEW.decided_by) THEN
                RAISE EXCEPTION 'nobody decides on an authority about themselves or their line manager';
            ELSIF NEW.outcome = 'granted' THEN
                NEW.begins := NEW.decided_at;
                NEW.ends := NEW.begins + make_interval(days => OLD.days);
            END IF;
        ELSIF (NEW.decided_by, NEW.decided_office, NEW.decided_because, NEW.decided_at, NEW.begins, NEW.ends)
            IS DISTINCT FROM (OLD.decided_by, OLD.decided_office, OLD.decided_because, OLD.decided_at,
                OLD.begins, OLD.ends) THEN
            RAISE EXCEPTION 'authority is decided as a whole';
        END IF;
        IF TG_OP = 'UPDATE' AND NEW.revoked_at IS NOT NULL AND OLD.revoked_at IS NULL THEN
            IF NOT sluicegate_same_person(NEW.revoked_by, OLD.requested_by)
                AND sluicegate_concerns(OLD.people, OLD.organisation, NEW.revoked_by) THEN
                RAISE EXCEPTION 'nobody revokes an authority about themselves or their line manager';
            END IF;
            NEW.revoked_at := clock_timestamp();
        END IF;
        RETURN NEW;
    END $$
    """,
    # Telling, and what is told: of what was granted, and is over.
    """
    CREATE FUNCTION sluicegate_told() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
    DECLARE
        word authority;
    BEGIN
        SELECT * INTO word FROM authority a WHERE a.id = NEW.authority;
        IF NOT FOUND OR word.begins IS NULL
            OR NEW.at < least(word.ends, coalesce(word.revoked_at, word.ends)) THEN
            RAISE EXCEPTION '% is no authority that is over', NEW.authority;
        ELSIF sluicegate_concerns(word.people, word.organisation, NEW.actor) THEN
            RAISE EXCEPTION 'nobody decides on being told themselves';
        END IF;
        RETURN NEW;
    END $$
    """,
    """
    CREATE FUNCTION sluicegate_opening() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
    DECLARE
        word authority;
    BEGIN
        SELECT * INTO word FROM authority a WHERE a.id = NEW.authority;
        IF NOT FOUND OR NOT word.sealed OR word.begins IS NULL OR word.revoked_at IS NOT NULL
            OR clock_timestamp() >= word.ends THEN
            IF coalesce(NEW.outcome, 'granted') = 'granted' THEN
                RAISE EXCEPTION '% is no authority in force that lets sealed parts be opened', NEW.authority;
            END IF;
        END IF;
        IF TG_OP = 'INSERT' THEN
            RETURN NEW;
        END IF;
        IF NEW.outcome IS DISTINCT FROM OLD.outcome THEN
            NEW.decided_at := clock_timestamp();
            IF (NEW.outcome = 'taken-back') <> sluicegate_same_person(NEW.decided_by, OLD.requested_by) THEN
                RAISE EXCEPTION 'nobody decides what they asked for themselves, and nobody else takes it back';
            ELSIF NEW.outcome <> 'taken-back'
                AND sluicegate_concerns(word.people, word.organisation, NEW.decided_by) THEN
                RAISE EXCEPTION 'nobody decides on opening what is about themselves or their line manager';
            END IF;
        END IF;
        IF NEW.used_at IS NOT NULL AND OLD.used_at IS NULL THEN
            NEW.used_at := clock_timestamp();
        END IF;
        RETURN NEW;
    END $$
    """,
    # A hold that is placed while a disposal runs waits for it, and the next disposal knows of it.
    """
    CREATE FUNCTION sluicegate_hold() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
    BEGIN
        IF TG_OP = 'INSERT' THEN
            PERFORM pg_advisory_xact_lock(hashtext('sluicegate dispose'));
        ELSIF NEW.released_at IS NOT NULL THEN
            NEW.released_at := clock_timestamp();
        END IF;
        RETURN NEW;
    END $$
    """,
    """
    CREATE FUNCTION sluicegate_read_now() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
    BEGIN
        NEW.read_at := clock_timestamp();
        RETURN NEW;
    END $$
    """,
    # --- Triggers, in the order of their names
    "DROP TRIGGER a_stamp ON access",
    "DROP TRIGGER a_stamp ON change",
    *(_trigger(table, "a_stamp", "INSERT", "sluicegate_stamp_act()") for table in ("access", "change")),
    _trigger(
        "access",
        "b_look",
        "INSERT",
        "sluicegate_look()",
        "NEW.authority IS NOT NULL OR NEW.scope IS NOT NULL OR NEW.organisation IS NOT NULL",
    ),
    *(
        f"CREATE TRIGGER no_truncate BEFORE TRUNCATE ON {table} "
        "FOR EACH STATEMENT EXECUTE FUNCTION sluicegate_refuse('is never emptied')"
        for table in NEW_TABLES
    ),
    *(_trigger(table, "a_stamp", "INSERT", "sluicegate_stamp_via()") for table in STAMPED),
    *(
        _refused(table, "a_no_change", _of(columns), "", "is never changed")
        for table, columns in NEVER_CHANGED.items()
    ),
    *(
        _refused(table, f"a_{name}_once", _of(columns), f'OLD."{columns[0]}" IS NOT NULL', why)
        for table, ways in ONCE.items()
        for name, (columns, why) in ways.items()
    ),
    *(
        _refused(
            table,
            "a_undecided",
            "INSERT",
            " OR ".join(f"NEW.{column} IS NOT NULL" for column in columns),
            "begins undecided",
        )
        for table, columns in BEGINS.items()
    ),
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
        f"CREATE TRIGGER append_only BEFORE DELETE ON held_{table} "
        f"FOR EACH ROW EXECUTE FUNCTION sluicegate_append_only('held_{table}')"
        for table in ("decision", "outcome")
    ),
    _refused("chain", "no_delete", "DELETE", "", "is append-only"),
    _trigger("authority", "b_rules", "INSERT OR UPDATE", "sluicegate_authority()"),
    _trigger("telling", "b_told", "INSERT", "sluicegate_told()"),
    _trigger("review_notice", "b_told", "INSERT", "sluicegate_told()"),
    _trigger("review_notice", "b_read", "UPDATE OF read_at", "sluicegate_read_now()"),
    _trigger("sealed_opening", "b_rules", "INSERT OR UPDATE", "sluicegate_opening()"),
    _trigger("legal_hold", "b_rules", "INSERT OR UPDATE", "sluicegate_hold()"),
    # --- Who sees what
    # The bounds of the look that this transaction names: of its Access, which stands committed, and of its
    # authority as it is at this instant. No row of it where anything is amiss: then nothing is shown.
    """
    CREATE FUNCTION sluicegate_bounds() RETURNS TABLE (
        organisation text, since timestamptz, until timestamptz, people text[], units text[], team text[],
        never text[], categories text[], allowed_visits boolean, opening boolean
    )
    STABLE LANGUAGE plpgsql ROWS 1 SECURITY DEFINER SET search_path = public, pg_temp AS $$
    DECLARE
        look access;
        word authority;
        of_manager text;
    BEGIN
        IF pg_current_xact_id_if_assigned() IS NOT NULL THEN
            RETURN;
        END IF;
        SELECT * INTO look FROM access a
        WHERE a.id = nullif(current_setting('sluicegate.access', true), '')::uuid
        AND a.via = session_user AND a.answers IS NULL AND a.result IS NULL AND a.scope IS NOT NULL
        AND a.at > now() - interval '1 minute';
        IF NOT FOUND THEN
            RETURN;
        END IF;
        organisation := coalesce(look.organisation, '');
        opening := false;
        IF look.authority IS NULL THEN
            -- What is kept about one person, for that person.
            IF look.scope ->> 'subject' IS NULL THEN
                RETURN;
            END IF;
            since := '-infinity';
            until := 'infinity';
            people := ARRAY[look.scope ->> 'subject'];
            units := ARRAY[]::text[];
            never := ARRAY[]::text[];
            allowed_visits := true;
            RETURN NEXT;
            RETURN;
        END IF;
        SELECT * INTO word FROM authority a
        WHERE a.id = look.authority AND a.organisation = coalesce(look.organisation, '')
        AND a.begins <= clock_timestamp() AND a.ends > clock_timestamp() AND a.revoked_at IS NULL
        AND NOT sluicegate_same_person(a.decided_by, look.actor)
        AND NOT sluicegate_concerns(a.people, a.organisation, look.actor)
        AND (a.role <> 'line-manager' OR sluicegate_same_person(a.requested_by, look.actor));
        IF NOT FOUND THEN
            RETURN;
        END IF;
        SELECT p.manager INTO of_manager FROM person p
        WHERE p.organisation = word.organisation AND p.login = look.actor;
        since := greatest(word.since, (look.scope ->> 'since')::timestamptz);
        until := least(word.until, (look.scope ->> 'until')::timestamptz);
        people := ARRAY(
            SELECT jsonb_array_elements_text(word.people)
            INTERSECT SELECT jsonb_array_elements_text(look.scope -> 'people')
        );
        units := ARRAY(
            SELECT jsonb_array_elements_text(word.units)
            INTERSECT SELECT jsonb_array_elements_text(look.scope -> 'units')
        );
        IF look.scope -> 'only' <> 'null' THEN
            team := ARRAY(SELECT jsonb_array_elements_text(look.scope -> 'only'));
        END IF;
        IF word.role = 'line-manager' THEN
            team := ARRAY(
                SELECT p.login FROM person p
                WHERE p.organisation = word.organisation AND p.manager = look.actor
                AND (team IS NULL OR p.login = ANY (team))
            );
        END IF;
        never := array_remove(
            ARRAY[look.actor, of_manager] || ARRAY(SELECT jsonb_array_elements_text(look.scope -> 'never')), NULL
        );
        IF jsonb_array_length(word.categories) > 0 THEN
            categories := ARRAY(
                SELECT jsonb_array_elements_text(word.categories)
                EXCEPT SELECT c FROM jsonb_array_elements_text(word.categories) c
                WHERE look.scope -> 'categories' <> 'null' AND NOT look.scope -> 'categories' ? c
            );
        ELSIF look.scope -> 'categories' <> 'null' THEN
            categories := ARRAY(SELECT jsonb_array_elements_text(look.scope -> 'categories'));
        END IF;
        allowed_visits := word.allowed_visits AND (look.scope ->> 'allowed_visits')::boolean;
        opening := word.sealed AND EXISTS (
            SELECT FROM sealed_opening o
            WHERE o.id = look.scope ->> 'opening' AND o.authority = word.id AND o.outcome = 'granted'
            AND o.used_at <= look.at AND o.used_by = look.actor
            -- What is sealed leaves once.
            AND NOT EXISTS (
                SELECT FROM access e WHERE e.authority = word.id AND e.scope ->> 'opening' = o.id
                AND e.actor = look.actor AND e.answers IS NULL
                AND e.at >= o.used_at AND (e.at, e.id) < (look.at, look.id)
            )
        );
        RETURN NEXT;
    END $$
    """,
    # As before; the review service names the Access, which is another's, and may take longer over it.
    """
    CREATE OR REPLACE FUNCTION sluicegate_access_recorded() RETURNS boolean STABLE LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS $$
        SELECT pg_current_xact_id_if_assigned() IS NULL AND (EXISTS (
            SELECT FROM access
            WHERE actor = session_user AND answers IS NULL AND at > now() - interval '1 minute'
        ) OR EXISTS (
            SELECT FROM access
            WHERE id = nullif(current_setting('sluicegate.access', true), '')::uuid
            AND via = session_user AND answers IS NULL AND result IS NULL AND at > now() - interval '1 hour'
        ))
    $$
    """,
    # Days and not times: who may ask since any moment finds out, moment by moment, when somebody was there.
    *(
        statement
        for name, columns in SINCE_A_DAY.items()
        for statement in (
            f"ALTER FUNCTION {name}(timestamptz) RENAME TO {name}_since",
            f"""
            CREATE FUNCTION {name}(since timestamptz) RETURNS TABLE ({columns})
            STABLE LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS $$
                SELECT * FROM {name}_since(date_trunc('day', since, 'UTC'))
            $$
            """,
        )
    ),
    *(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY" for table in POLICIES),
    *(
        f"CREATE POLICY {name.partition(' ')[0]} ON {table} {name.partition(' ')[2]} {rule}"
        for table, policies in POLICIES.items()
        for name, rule in policies.items()
    ),
    # --- Tickets
    """
    CREATE FUNCTION sluicegate_review_ticket() RETURNS text
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
    DECLARE
        ticket text := encode(uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid()), 'hex');
    BEGIN
        DELETE FROM review_ticket t WHERE t.until < now() - interval '1 hour';
        INSERT INTO review_ticket (digest, login, at, until)
        VALUES (sha256(convert_to(ticket, 'UTF8')), session_user, now(), now() + interval '60 seconds');
        RETURN ticket;
    END $$
    """,
    # The login that a ticket was given to, once; nothing where there is no such ticket, or it is over or used.
    """
    CREATE FUNCTION sluicegate_redeem_ticket(ticket text) RETURNS text
    LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS $$
        UPDATE review_ticket t SET redeemed_at = clock_timestamp()
        WHERE t.digest = sha256(convert_to(ticket, 'UTF8')) AND t.redeemed_at IS NULL
        AND t.until > clock_timestamp()
        RETURNING t.login
    $$
    """,
    # --- Tallies: of the rows that came in, and not of those that were there already
    f"""
    CREATE FUNCTION sluicegate_tally() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
    BEGIN
        INSERT INTO tally (hour, {_columns(_TALLY)}, n)
        SELECT date_trunc('hour', d.at, 'UTC'), {_counted("d", _TALLY)}, count(*)
        FROM incoming d WHERE {_FINAL.format("d")}
        GROUP BY 1, 2, 3, 4, 5, 6, 7, 8, 9 ORDER BY 1, 2, 3, 4, 5, 6, 7, 8, 9
        ON CONFLICT (hour, {_columns(_TALLY)}) DO UPDATE SET n = tally.n + excluded.n;
        INSERT INTO tally_person (month, {_columns(_TALLY_PERSON)})
        SELECT DISTINCT date_trunc('month', d.at, 'UTC'), {_counted("d", _TALLY_PERSON)}
        FROM incoming d WHERE {_FINAL.format("d")} AND d.person IS NOT NULL
        ORDER BY 1, 2, 3, 4, 5, 6, 7, 8, 9
        ON CONFLICT DO NOTHING;
        RETURN NULL;
    END $$
    """,
    f"CREATE VIEW sample_decision WITH (security_barrier) AS {VIEWS['sample_decision'].rstrip()} "
    "AND sluicegate_access_recorded()",
    f"CREATE VIEW reviewed_request WITH (security_barrier) AS {VIEWS['reviewed_request'].rstrip()} "
    "AND sluicegate_access_recorded()",
    "CREATE VIEW withdrawn_tally WITH (security_barrier) AS "
    + VIEWS["withdrawn_tally"].format(
        hour="date_trunc('hour', d.at, 'UTC')", more="AND sluicegate_access_recorded()"
    ),
    "CREATE TRIGGER tally AFTER INSERT ON decision REFERENCING NEW TABLE AS incoming "
    "FOR EACH STATEMENT EXECUTE FUNCTION sluicegate_tally()",
    # What is in the log already.
    f"""
    INSERT INTO tally (hour, {_columns(_TALLY)}, n)
    SELECT date_trunc('hour', d.at, 'UTC'), {_counted("d", _TALLY)}, count(*)
    FROM decision d WHERE {_FINAL.format("d")} GROUP BY 1, 2, 3, 4, 5, 6, 7, 8, 9
    """,
    f"""
    INSERT INTO tally_person (month, {_columns(_TALLY_PERSON)})
    SELECT DISTINCT date_trunc('month', d.at, 'UTC'), {_counted("d", _TALLY_PERSON)}
    FROM decision d WHERE {_FINAL.format("d")} AND d.person IS NOT NULL
    """,
)


# --- Proof

LINKED = ("access", "change", "disposal", "batch", "hour_cover")
"""Rows of these are linked (`db/proof/chain.py`); a batch, where it has roots."""

# Form 1 of what is hashed of a row (`db/proof/canonical.py`).
SAID = {
    "decision": (
        "at, id, retention_class, exchange, step, final, gateway, organisation, person, person_how, unit, role, "
        "device, client_ip, resource, resource_why, page, method, scheme, host, port, path, names, referrer_host, "
        "decrypted, verdict, would_be, reason, category, categories, clause, list, line, entry, entry_kind, "
        "found_by, matches, exemption, confirmation, local_entry, approval, record, replayable, sealed, reference, "
        "ruleset, policy, engine"
    ),
    "outcome": (
        "decision, at, retention_class, status, content_type, bytes_in, bytes_out, duration_us, ended"
    ),
}
_WRITTEN = {
    "at": "(extract(epoch FROM {0}.at) * 1000000)::bigint AS at",
    "sealed": "encode({0}.sealed, 'hex') AS sealed",
}


def _leaf(table: str, row: str) -> str:
    """The leaf of a row of the log, or of one that is held."""
    said = ", ".join(_WRITTEN.get(name, f'{{0}}."{name}"').format(row) for name in SAID[table].split(", "))
    text = f"(SELECT to_json(said)::text FROM (SELECT {said}) said)"
    return f"sha256('\\x00'::bytea || {row}.salt || convert_to({text}, 'UTF8'))"


_DAY_OR_HOUR = "date_trunc(CASE WHEN {0}.batch IS NULL THEN 'hour' ELSE 'day' END, {0}.at, 'UTC')"
_LINK = """sha256({before} || {digest} || convert_to(format('%s %s %s %s', {position}, {source}, {row},
    (extract(epoch FROM {at}) * 1000000)::bigint), 'UTF8'))"""
_SAYS = "sha256(convert_to(sluicegate_said(to_jsonb({0})), 'UTF8'))"
_NOT_LINKED = " UNION ALL ".join(
    f"SELECT '{table}', t.id, t.at FROM {table} t WHERE NOT EXISTS "
    f"(SELECT FROM chain c WHERE c.source = '{table}' AND c.row = t.id AND c.position >= 1)"
    + (" AND t.roots IS NOT NULL" if table == "batch" else "")
    for table in LINKED
)

PROOF = (
    """
    CREATE FUNCTION sluicegate_said(of_row jsonb) RETURNS text IMMUTABLE LANGUAGE sql SET search_path = public, pg_temp AS $$
        SELECT jsonb_object_agg(key, value)::text FROM jsonb_each(of_row) WHERE value <> 'null'
    $$
    """,
    # At the end of a transaction, as `db/proof/chain.py` does it for SQLite. The lock is one that nobody else may
    # take, and lasts as long as the commit. The row is read again: a disposal has ended since.
    f"""
    CREATE FUNCTION sluicegate_link() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp SET timezone = 'UTC' AS $$
    DECLARE
        says jsonb;
        made chain;
        before bytea;
    BEGIN
        -- Not the table: nobody shall wait for its vacuum. The first link is there for good.
        PERFORM FROM chain c WHERE c.position = 1 FOR UPDATE;
        IF NOT FOUND THEN
            -- Nor here: two that have looked for it hold a lock on the table already, and would wait for each other.
            PERFORM pg_advisory_xact_lock(hashtext('sluicegate first link'));
            PERFORM FROM chain c WHERE c.position = 1 FOR UPDATE;
        END IF;
        EXECUTE format('SELECT to_jsonb(t) FROM public.%I t WHERE t.id = $1', TG_TABLE_NAME)
        INTO says USING NEW.id;
        IF says IS NULL THEN
            RETURN NULL;
        END IF;
        SELECT c.position, c.link INTO made.position, before FROM chain c ORDER BY c.position DESC LIMIT 1;
        made.position := coalesce(made.position, 0) + 1;
        made.source := TG_TABLE_NAME;
        made.row := NEW.id;
        made.at := NEW.at;
        made.digest := sha256(convert_to(sluicegate_said(says), 'UTF8'));
        made.link := {
        _LINK.format(
            before="coalesce(before, decode(repeat('00', 32), 'hex'))",
            digest="made.digest",
            position="made.position",
            source="made.source",
            row="made.row",
            at="made.at",
        )
    };
        INSERT INTO chain SELECT made.*;
        RETURN NULL;
    END $$
    """,
    # What is there already, in the order of its time.
    f"""
    DO $$
    DECLARE
        made chain;
        before bytea := decode(repeat('00', 32), 'hex');
    BEGIN
        SET LOCAL timezone = 'UTC';
        made.position := 0;
        FOR made.source, made.row, made.at, made.digest IN
            {
        " UNION ALL ".join(
            f"SELECT '{table}', t.id, t.at, {_SAYS.format('t')} FROM {table} t"
            + (" WHERE t.roots IS NOT NULL" if table == "batch" else "")
            for table in LINKED
        )
    } ORDER BY 3, 2
        LOOP
            made.position := made.position + 1;
            before := {
        _LINK.format(
            before="before",
            digest="made.digest",
            position="made.position",
            source="made.source",
            row="made.row",
            at="made.at",
        )
    };
            made.link := before;
            INSERT INTO chain SELECT made.*;
        END LOOP;
    END $$
    """,
    *(
        f"CREATE CONSTRAINT TRIGGER linked AFTER INSERT ON {table} DEFERRABLE INITIALLY DEFERRED FOR EACH ROW "
        f"{'WHEN (NEW.roots IS NOT NULL) ' if table == 'batch' else ''}EXECUTE FUNCTION sluicegate_link()"
        for table in LINKED
    ),
    # What verifying needs, for who may read none of it: hashes of the rows as they are now.
    f"""
    CREATE FUNCTION sluicegate_linked(behind bigint, most integer) RETURNS TABLE (
        "position" bigint, source text, "row" uuid, at timestamptz, digest bytea, link bytea, says bytea
    )
    STABLE LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp SET timezone = 'UTC' AS $$
        SELECT c.position, c.source, c.row, c.at, c.digest, c.link, CASE c.source
            {" ".join(f"WHEN '{table}' THEN (SELECT {_SAYS.format('t')} FROM {table} t WHERE t.id = c.row)" for table in LINKED)}
        END
        FROM chain c WHERE c.position > behind ORDER BY c.position LIMIT most
    $$
    """,
    f"""
    CREATE FUNCTION sluicegate_not_linked() RETURNS TABLE (source text, "row" uuid, at timestamptz)
    STABLE LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS $$
        {_NOT_LINKED}
    $$
    """,
    # The leaves of a time, by what they stand in a tree with: a batch, class and day, or a class and hour.
    f"""
    CREATE FUNCTION sluicegate_leaves(since timestamptz, until timestamptz) RETURNS TABLE (
        source text, batch uuid, retention_class text, begins timestamptz, leaves bytea
    )
    STABLE LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp SET timezone = 'UTC' AS $$
        {
        " UNION ALL ".join(
            f"SELECT '{table}', l.batch, l.retention_class, l.begins, string_agg(l.leaf, ''::bytea ORDER BY l.leaf) "
            f"FROM (SELECT t.batch, t.retention_class, {_DAY_OR_HOUR.format('t')} AS begins, {_leaf(table, 't')} AS leaf "
            f"FROM {table} t WHERE t.at >= since AND t.at < until AND t.salt IS NOT NULL) l GROUP BY 2, 3, 4"
            for table in SAID
        )
    }
    $$
    """,
    # Of some trees, each within a time: to show of rows that are exported where they stood, without the others.
    f"""
    CREATE FUNCTION sluicegate_trees(
        of_table text, batches uuid[], classes text[], begins timestamptz[], ends timestamptz[]
    ) RETURNS TABLE (place bigint, leaves bytea)
    STABLE LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp SET timezone = 'UTC' AS $$
        SELECT w.place, (SELECT string_agg(each.leaf, ''::bytea ORDER BY each.leaf) FROM ({
        " UNION ALL ".join(
            f"SELECT {_leaf(table, 't')} AS leaf FROM {table} t WHERE of_table = '{table}' "
            "AND t.batch = w.batch AND t.retention_class = w.class AND t.at >= w.since AND t.at < w.until "
            "AND t.salt IS NOT NULL"
            for table in SAID
        )
    }) each)
        FROM unnest(batches, classes, begins, ends) WITH ORDINALITY w (batch, class, since, until, place)
    $$
    """,
    f"""
    CREATE FUNCTION sluicegate_held_leaves() RETURNS TABLE (
        source text, batch uuid, retention_class text, begins timestamptz, leaf bytea, proof jsonb
    )
    STABLE LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp SET timezone = 'UTC' AS $$
        {
        " UNION ALL ".join(
            f"SELECT '{table}', t.batch, t.retention_class, {_DAY_OR_HOUR.format('t')}, {_leaf(table, 't')}, t.proof "
            f"FROM held_{table} t"
            for table in SAID
        )
    }
    $$
    """,
    # Rows that there is nothing to verify by. The release before ships without a salt, in batches without roots, and
    # its outcomes name no batch; any others are astray: no release ever wrote them.
    """
    CREATE FUNCTION sluicegate_unproven(since timestamptz, until timestamptz) RETURNS TABLE (
        source text, astray boolean, found bigint, newest timestamptz
    )
    STABLE LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS $$
        SELECT each.source, each.astray, count(*), max(each.at) FROM (
            SELECT 'decision' AS source, d.at, CASE
                WHEN d.batch IS NULL THEN d.record <> 'category'
                WHEN b.id IS NULL THEN d.at >= coalesce(
                    (SELECT max(g.before) FROM disposal g WHERE g.source = 'batch'), '-infinity'
                )
                ELSE b.roots IS NOT NULL
            END AS astray
            FROM decision d LEFT JOIN batch b ON b.id = d.batch
            WHERE d.at >= since AND d.at < until
            AND (d.salt IS NULL OR d.batch IS NULL AND d.record <> 'category')
            UNION ALL
            SELECT 'outcome', o.at, o.batch IS NOT NULL OR o.salt IS NOT NULL
            FROM outcome o
            WHERE o.at >= since AND o.at < until
            AND (o.salt IS NULL OR o.batch IS NULL AND o.at <> date_trunc('hour', o.at, 'UTC'))
        ) each GROUP BY 1, 2
    $$
    """,
    # Rows that name no batch are covered by class and hour, two hours after its end: nothing then tells which of
    # them came together. What comes later still is covered by a row of its own.
    f"""
    CREATE FUNCTION sluicegate_cover_hours() RETURNS integer
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp SET timezone = 'UTC' AS $$
    DECLARE
        made integer;
        covered integer := 0;
    BEGIN
        PERFORM pg_advisory_xact_lock(hashtext('sluicegate cover hours'));
        {
        "".join(
            f'''
        WITH hours AS (
            SELECT there.retention_class, there.hour FROM (
                SELECT t.retention_class, date_trunc('hour', t.at) AS hour, count(*) AS found
                FROM {table} t WHERE t.batch IS NULL AND t.salt IS NOT NULL
                AND t.at < date_trunc('hour', now()) - interval '2 hours'
                GROUP BY 1, 2
            ) there WHERE there.found > (
                SELECT coalesce(sum(length(c.leaves) / 32), 0) FROM hour_cover c WHERE c.source = '{table}'
                AND c.retention_class = there.retention_class AND c.hour = there.hour
            )
        ), open AS (
            SELECT h.retention_class, h.hour, {_leaf(table, "t")} AS leaf
            FROM hours h JOIN {table} t ON t.retention_class = h.retention_class
            AND t.at >= h.hour AND t.at < h.hour + interval '1 hour' AND t.batch IS NULL AND t.salt IS NOT NULL
        ), known AS (
            SELECT substring(c.leaves FROM n * 32 + 1 FOR 32) AS leaf
            FROM hours h JOIN hour_cover c ON c.source = '{table}'
            AND c.retention_class = h.retention_class AND c.hour = h.hour,
            generate_series(0, length(c.leaves) / 32 - 1) n
        )
        INSERT INTO hour_cover (id, at, source, retention_class, hour, leaves)
        SELECT gen_random_uuid(), clock_timestamp(), '{table}', o.retention_class, o.hour,
            string_agg(o.leaf, ''::bytea ORDER BY o.leaf)
        FROM open o WHERE o.leaf NOT IN (SELECT k.leaf FROM known k) GROUP BY o.retention_class, o.hour;
        GET DIAGNOSTICS made = ROW_COUNT;
        covered := covered + made;
        '''
            for table in SAID
        )
    }
        RETURN covered;
    END $$
    """,
)


# --- Disposal, and what is held back from it

_STANDS = """
    EXISTS (
        SELECT FROM legal_hold h
        WHERE h.released_at IS NULL AND h.organisation = coalesce({0}.organisation, '')
        AND {0}.at >= h.since AND {0}.at < h.until
        AND (jsonb_array_length(h.people) = 0 OR h.people @> to_jsonb({0}.person))
    )
"""
_GROUP = "t.batch, date_trunc('day', t.at, 'UTC')"


def _hold_back(table: str) -> str:
    """What copies the rows of one partition that a hold is on, each with its path to the root of its batch."""
    kept = ", ".join(f't."{name}"' for name in KEPT[table])
    held = (
        _STANDS.format("t")
        if table == "decision"
        else "EXISTS (SELECT FROM held_decision d WHERE d.id = t.decision "
        "AND d.retention_class = t.retention_class)"
    )
    return f"""
        WITH held AS (
            SELECT t.*, {_leaf(table, "t")} AS leaf FROM public.%1$I t
            WHERE t.retention_class = $1 AND t.at < $2 AND {held}
        ), trees (batch, day, leaves) AS (
            SELECT {_GROUP}, array_agg({_leaf(table, "t")}) FROM public.%1$I t
            WHERE t.retention_class = $1 AND t.salt IS NOT NULL
            AND ({_GROUP}) IN (SELECT {_GROUP} FROM held t)
            GROUP BY 1, 2
        ), paths AS (
            SELECT p.leaf, p.path FROM trees, sluicegate_paths(trees.leaves) p
        )
        INSERT INTO held_{table} ({_columns(KEPT[table])}, held_at, proof)
        SELECT {kept}, clock_timestamp(), p.path FROM held t LEFT JOIN paths p ON p.leaf = t.leaf
        ON CONFLICT DO NOTHING
    """


KEPT = {table: (*(name.strip() for name in said.split(",")), "batch", "salt") for table, said in SAID.items()}

DISPOSAL = (
    # The path of every leaf of one tree (`db/proof/merkle.py`), level by level.
    """
    CREATE FUNCTION sluicegate_paths(of_leaves bytea[]) RETURNS TABLE (leaf bytea, path jsonb)
    IMMUTABLE LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
    DECLARE
        leaves bytea[] := ARRAY(SELECT l FROM unnest(of_leaves) l ORDER BY l);
        level bytea[] := leaves;
        above bytea[];
        number integer := cardinality(leaves);
        places integer[] := ARRAY(SELECT n FROM generate_series(0, number - 1) n);
        beside jsonb[] := array_fill('[]'::jsonb, ARRAY[number]);
        other integer;
    BEGIN
        WHILE cardinality(level) > 1 LOOP
            FOR i IN 1..number LOOP
                other := places[i] # 1;
                IF other < cardinality(level) THEN
                    beside[i] := beside[i] || to_jsonb(encode(level[other + 1], 'hex'));
                END IF;
                places[i] := places[i] / 2;
            END LOOP;
            above := ARRAY[]::bytea[];
            FOR i IN 1..cardinality(level) BY 2 LOOP
                above := above || CASE WHEN i = cardinality(level) THEN level[i]
                    ELSE sha256('\x01'::bytea || level[i] || level[i + 1]) END;
            END LOOP;
            level := above;
        END LOOP;
        FOR i IN 1..number LOOP
            leaf := leaves[i];
            path := jsonb_build_object('place', i - 1, 'leaves', number, 'beside', beside[i]);
            RETURN NEXT;
        END LOOP;
    END $$
    """,
    # As before, and every table that has joined. Rows that a hold is on are copied out before they go.
    f"""
    CREATE FUNCTION sluicegate_dispose_of(of_table text, of_class text, older_than timestamptz)
    RETURNS TABLE (disposed bigint, held bigint)
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp SET timezone = 'UTC' AS $$
    DECLARE
        disposal_id uuid := gen_random_uuid();
        leaf text;
        part bigint;
        gone bigint := 0;
        kept bigint := 0;
        hold_back text;
        months text[];
        others text[];
    BEGIN
        PERFORM pg_advisory_xact_lock(hashtext('sluicegate dispose'));
        INSERT INTO disposal (id, at, actor, source, retention_class, before)
        VALUES (disposal_id, clock_timestamp(), session_user, of_table, of_class, older_than);
        IF of_table IN ('decision', 'outcome') THEN
            hold_back := CASE
                WHEN of_table = 'outcome' AND EXISTS (SELECT FROM held_decision) THEN $hold${
        _hold_back("outcome")
    }$hold$
                WHEN of_table = 'decision' AND EXISTS (SELECT FROM legal_hold h WHERE h.released_at IS NULL)
                    THEN $hold${_hold_back("decision")}$hold$
            END;
            months := ARRAY(
                SELECT c.relname FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
                WHERE i.inhparent = to_regclass(format('public.%I', of_table || '_' || of_class))
                AND c.relname ~ '_[0-9]{{4}}_[0-9]{{2}}$'
                AND (to_date(right(c.relname, 7), 'YYYY_MM') + interval '1 month') AT TIME ZONE 'UTC' <= older_than
            );
            others := ARRAY[of_table || '_' || of_class || '_default', of_table || '_default'];
            -- Nothing joins these months from here on; all others are shipped to and read as ever. What takes long
            -- comes before the months are dropped, which nobody can read beside.
            FOREACH leaf IN ARRAY months LOOP
                EXECUTE format('LOCK TABLE public.%I IN SHARE MODE', leaf);
            END LOOP;
            IF hold_back IS NOT NULL THEN
                FOREACH leaf IN ARRAY months || others LOOP
                    EXECUTE format(hold_back, leaf) USING of_class, older_than;
                    GET DIAGNOSTICS part = ROW_COUNT;
                    kept := kept + part;
                END LOOP;
            END IF;
            FOREACH leaf IN ARRAY others LOOP
                EXECUTE format('DELETE FROM public.%I WHERE retention_class = $1 AND at < $2', leaf)
                USING of_class, older_than;
                GET DIAGNOSTICS part = ROW_COUNT;
                gone := gone + part;
            END LOOP;
            FOREACH leaf IN ARRAY months LOOP
                EXECUTE format('SELECT count(*) FROM public.%I', leaf) INTO part;
                gone := gone + part;
            END LOOP;
            FOREACH leaf IN ARRAY months LOOP
                EXECUTE format('DROP TABLE public.%I', leaf);
            END LOOP;
        ELSIF of_table = 'held_decision' THEN
            DELETE FROM held_decision d
            WHERE d.retention_class = of_class AND d.at < older_than AND NOT {_STANDS.format("d")};
            GET DIAGNOSTICS gone = ROW_COUNT;
        ELSIF of_table = 'held_outcome' THEN
            DELETE FROM held_outcome o
            WHERE o.retention_class = of_class AND o.at < older_than AND NOT EXISTS (
                SELECT FROM held_decision d WHERE d.id = o.decision AND d.retention_class = of_class
            );
            GET DIAGNOSTICS gone = ROW_COUNT;
        ELSIF of_table IN ('tally', 'tally_person') THEN
            -- With the months that they count.
            EXECUTE format('DELETE FROM public.%I WHERE retention_class = $1 AND %I < date_trunc(''month'', $2)',
                of_table, CASE of_table WHEN 'tally' THEN 'hour' ELSE 'month' END) USING of_class, older_than;
            GET DIAGNOSTICS gone = ROW_COUNT;
        ELSIF of_table = 'batch' THEN
            -- Rows that are held are proved by theirs.
            DELETE FROM batch b WHERE b.at < older_than
            AND NOT EXISTS (SELECT FROM held_decision d WHERE d.batch = b.id)
            AND NOT EXISTS (SELECT FROM held_outcome o WHERE o.batch = b.id);
            GET DIAGNOSTICS gone = ROW_COUNT;
        ELSIF of_table = 'hour_cover' THEN
            DELETE FROM hour_cover c WHERE c.at < older_than
            AND NOT EXISTS (
                SELECT FROM held_decision d WHERE d.batch IS NULL AND c.source = 'decision'
                AND d.retention_class = c.retention_class AND date_trunc('hour', d.at) = c.hour
            ) AND NOT EXISTS (
                SELECT FROM held_outcome o WHERE o.batch IS NULL AND c.source = 'outcome'
                AND o.retention_class = c.retention_class AND date_trunc('hour', o.at) = c.hour
            );
            GET DIAGNOSTICS gone = ROW_COUNT;
        ELSIF of_table IN ('access', 'change') THEN
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
            for table, columns in {**OVER_BEFORE, **OVER}.items()
            if table != "hour_cover"
        )
    }
                ELSE RAISE EXCEPTION '% is not disposed of', of_table;
            END CASE;
            GET DIAGNOSTICS gone = ROW_COUNT;
        END IF;
        UPDATE disposal d SET disposed = gone, held = nullif(kept, 0) WHERE d.id = disposal_id;
        RETURN QUERY SELECT gone, kept;
    END $$
    """,
    # For the release before, which is told of rows only.
    """
    CREATE OR REPLACE FUNCTION sluicegate_dispose(of_table text, of_class text, older_than timestamptz) RETURNS bigint
    LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS $$
        SELECT d.disposed FROM sluicegate_dispose_of(of_table, of_class, older_than) d
    $$
    """,
)


def _link_what_is_there() -> None:
    """On SQLite, which has no hash of its own."""
    connection = op.get_bind()
    rows = []
    for name in LINKED:
        table = sa.Table(name, sa.MetaData(), autoload_with=connection)
        for row in connection.execute(sa.select(table)).mappings():
            said = {key: _as_meant(table.columns[key].type, value) for key, value in row.items()}
            if name != "batch" or said["roots"] is not None:
                rows.append((said["at"], said["id"], name, sha256(_said(said)).digest()))
    chain = sa.Table("chain", sa.MetaData(), autoload_with=connection)
    before = bytes(32)
    for position, (at, id_, name, digest) in enumerate(sorted(rows), 1):
        microseconds = (at - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)
        place = f"{position} {name} {id_} {microseconds}"
        before = sha256(before + digest + place.encode()).digest()
        values = {"position": position, "source": name, "row": id_.hex, "at": at.replace(tzinfo=None)}
        connection.execute(sa.insert(chain).values(**values, digest=digest, link=before))


def _as_meant(kind: sa.types.TypeEngine[Any], value: Any) -> Any:
    match kind:
        case sa.CHAR() if value is not None:
            return UUID(hex=value)
        case sa.DateTime() if value is not None:
            return value.replace(tzinfo=UTC)
    return value


def _said(row: dict[str, Any]) -> bytes:
    """What a row says, as `db/proof/canonical.py` had it when this was written: no upgrade changes afterwards."""
    return _jsonb({name: _plain(value) for name, value in row.items() if value is not None}).encode()


def _jsonb(value: Any) -> str:
    match value:
        case dict():
            keys = sorted(value, key=lambda key: (len(key.encode()), key.encode()))
            inside = (f"{json.dumps(key, ensure_ascii=False)}: {_jsonb(value[key])}" for key in keys)
            return "{" + ", ".join(inside) + "}"
        case list():
            return "[" + ", ".join(map(_jsonb, value)) + "]"
        case float():
            written = f"{Decimal(repr(value)):f}"
            return written.removeprefix("-") if value == 0 else written
    return json.dumps(value, ensure_ascii=False)


def _plain(value: Any) -> Any:
    match value:
        case UUID():
            return str(value)
        case datetime():
            fraction = f".{value.microsecond:06}".rstrip("0") if value.microsecond else ""
            return f"{value:%Y-%m-%dT%H:%M:%S}{fraction}+00:00"
    return value
