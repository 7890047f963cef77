"""
What has to be known once an authority is over: whom it named, how often was looked by it, who was not told.

Whom it names by a unit are the people who are in that unit now, and those of whom the log had something in
it in the months of the authority's period: whoever has moved on since was looked at as much as who stayed. A
month is the finest that is kept for this, so somebody who came into the unit, or left it, in the first or the
last of them may be told of a look that could not have shown them.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import Connection, Engine, Row, func, not_, or_, select, text

from db.access import record_access, record_answer
from db.engine import reading
from db.models import AccessRow
from db.people_models import PersonRow
from db.review.authorities import authorities
from db.review_models import AuthorityRow, TallyPersonRow, TellingRow
from policy.people import fold_login
from policy.review.authority import Authority, Terms

_WITHIN = text("SELECT set_config('sluicegate.access', :access, true)")


@dataclass(frozen=True, slots=True)
class NamedPerson:
    """Somebody whom an authority names, by login or by unit."""

    login: str
    email: str | None  # None also of who is not in the register


class Afterwards:
    """Questions about authorities that are over. Raises `DatabaseAway` everywhere."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def named(self, authority: Authority) -> list[NamedPerson]:
        """Whom it names, by login; each once."""
        if not authority.terms.units:
            with reading(self._engine) as connection:
                return named(connection, authority)
        what, question = "people of units to be told", {"authority": authority.id}
        access = record_access(self._engine, what=what, question=question)
        with reading(self._engine) as connection:
            if connection.dialect.name == "postgresql":
                connection.execute(_WITHIN, {"access": str(access)})
            found = named(connection, authority)
        record_answer(self._engine, access, what=what, rows_seen=len(found))
        return found

    def looks(self, authority: str) -> int:
        """How often was looked by it; what was refused is no look."""
        row = AccessRow
        with reading(self._engine) as connection:
            return (
                connection.scalar(
                    select(func.count()).where(
                        row.authority == authority, row.answers.is_(None), row.scope.is_not(None)
                    )
                )
                or 0
            )

    def not_spoken_of(self, over: datetime) -> list[Authority]:
        """
        What was over at that moment, and of whose people nobody has said yet whether they are told.

        What was renewed is not over before the last of its renewals is: to be told of the first month would
        warn whoever is still looked into in the second.
        """
        row = AuthorityRow
        was_over = or_(row.ends <= over, row.revoked_at <= over)
        with reading(self._engine) as connection:
            found = authorities(
                connection,
                was_over,
                not_(select(TellingRow.id).where(TellingRow.authority == row.id).exists()),
            )
            renewals = defaultdict[str | None, list[str]](list)
            for renewed, by in connection.execute(select(row.renews, row.id).where(row.begins.is_not(None))):
                renewals[renewed].append(by)
            goes_on = row.ends > over, or_(row.revoked_at.is_(None), row.revoked_at > over)
            not_over = set(connection.scalars(select(row.id).where(*goes_on)))
        return [one for one in found if not_over.isdisjoint(_renewed_by(one.id, renewals))]


def named(connection: Connection, authority: Authority) -> list[NamedPerson]:
    """
    Whom it names, by login; each once.

    On PostgreSQL the connection is within an Access, without which units of the past are not looked up.
    """
    terms, row = authority.terms, PersonRow
    units = {fold_login(unit) for unit in terms.units}
    rows = connection.execute(
        select(row.login, row.email, row.unit).where(row.organisation == terms.organisation)
    ).all()
    # Units are compared as people write them, which no database does.
    now = {login for login, _, unit in rows if fold_login(unit or "") in units}
    then = {login for login, unit in _in_units(connection, terms) if fold_login(unit) in units}
    emails = {login: email for login, email, _ in rows}
    return [NamedPerson(login, emails.get(login)) for login in sorted({*terms.people, *now, *then})]


def _in_units(connection: Connection, terms: Terms) -> Iterator[Row[str, str]]:
    """Who had something in the log as of which unit, in the months of the period."""
    if not terms.units:
        return
    row = TallyPersonRow
    first = terms.since.astimezone(UTC).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    in_them = row.organisation == terms.organisation, row.month >= first, row.month < terms.until
    yield from connection.execute(select(row.person, row.unit).distinct().where(*in_them))


def _renewed_by(authority: str, renewals: Mapping[str | None, Sequence[str]]) -> Iterator[str]:
    """Its renewals, and theirs."""
    for one in renewals.get(authority, ()):
        yield one
        yield from _renewed_by(one, renewals)
