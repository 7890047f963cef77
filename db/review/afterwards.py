"""
What has to be known once an authority is over: whom it named, how often was looked by it, who was not told.

Whom it names by a unit are the people of that unit now: who was in it at the time nothing here says.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Engine, func, not_, or_, select

from db.engine import reading
from db.models import AccessRow
from db.people_models import PersonRow
from db.review.authorities import authorities
from db.review_models import AuthorityRow, TellingRow
from policy.people import fold_login
from policy.review.authority import Authority


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
        terms, row = authority.terms, PersonRow
        units = {fold_login(unit) for unit in terms.units}
        with reading(self._engine) as connection:
            rows = connection.execute(
                select(row.login, row.email, row.unit).where(
                    row.organisation == terms.organisation,
                    or_(row.login.in_(terms.people), row.unit.is_not(None) if units else row.login.in_(())),
                )
            )
            # Units are compared as people write them, which no database does.
            emails = {
                login: email
                for login, email, unit in rows
                if login in terms.people or fold_login(unit or "") in units
            }
        return [NamedPerson(login, emails.get(login)) for login in sorted({*terms.people, *emails})]

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


def _renewed_by(authority: str, renewals: Mapping[str | None, Sequence[str]]) -> Iterator[str]:
    """Its renewals, and theirs."""
    for one in renewals.get(authority, ()):
        yield one
        yield from _renewed_by(one, renewals)
