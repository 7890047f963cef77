"""
What decisions name of the registers, as it stood at the moment that they were made.

Nothing of a register is deleted, so what opened or closed a request a year ago can be read as of then. Of a
restricted exemption the review service learns that there was one and when, and not for whom or what.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import Column, Engine, FromClause, MetaData, Row, Select, Table, inspect, null, or_, select

from db.engine import reading
from db.exemption_rows import exemption
from db.local_entries import local_entry
from db.models import ExemptionRow, LocalEntryRow
from db.people_models import ConfirmationRow
from policy.presence import Confirmation
from policy.registers import Exemption, LocalEntry

_EXEMPTION: FromClause = inspect(ExemptionRow).local_table
_SHOWN = (
    *("id", "organisation", "start", "until", "at", "revoked_at", "restricted", "grantee_kind", "grantee"),
    *("kind", "target", "purpose", "procedure", "requested_by", "granted_by", "second_by"),
)
# On PostgreSQL, where the review service may read no more; `until` is when it ends, whichever column says so.
_view = Table("reviewed_exemption", MetaData(), *(Column(name, _EXEMPTION.c[name].type) for name in _SHOWN))


class NamedInDecisions:
    """Looks up what rows of the log name. Writes nothing."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def local_entry(self, identifier: str, at: datetime) -> LocalEntry | None:
        """The local entry, where it was in force at `at`. Raises `DatabaseAway`."""
        row = self._one(
            select(LocalEntryRow.__table__).where(
                LocalEntryRow.id == identifier,
                LocalEntryRow.at <= at,
                or_(LocalEntryRow.ended_at.is_(None), LocalEntryRow.ended_at > at),
            )
        )
        return None if row is None else local_entry(row)

    def exemption(self, identifier: str, at: datetime) -> Exemption | None:
        """
        The exemption, where it was granted by `at` and not revoked; None also of a restricted one.

        Raises `DatabaseAway`.
        """
        whole = self._engine.dialect.name != "postgresql"
        source = _EXEMPTION if whole else _view
        # Neither decides anything once it is known when it ends.
        more = () if whole else (null().label("ends"), null().label("review"))
        c = source.c
        row = self._one(
            select(source, *more).where(
                c.id == identifier, c.at <= at, or_(c.revoked_at.is_(None), c.revoked_at > at)
            )
        )
        return None if row is None or row.restricted else exemption(row)

    def confirmation(self, identifier: str, at: datetime) -> Confirmation | None:
        """What somebody had stated by `at`. Raises `DatabaseAway`."""
        c = ConfirmationRow.__table__.c
        row = self._one(
            select(c.id, c.person, c.site, c.until, c.organisation).where(c.id == identifier, c.at <= at)
        )
        if row is None:
            return None
        return Confirmation(row.id, row.person, row.site, row.until, row.organisation)

    def _one(self, query: Select[Any]) -> Row[Any] | None:
        with reading(self._engine) as connection:
            return connection.execute(query).one_or_none()
