"""
From a login to who asks: the one person of the register who has it, and what they may ask for at this moment.

Asked anew for each question. Whoever is disabled or has left is nobody here, and so is a login that two
organisations share: which of two people it was, the record of a look could not say.
"""

from collections.abc import Callable
from datetime import UTC, datetime

from sqlalchemy import Connection, Engine, select

from db.engine import reading
from db.people_models import PersonRoleRow, PersonRow
from policy.errors import ReviewRefused
from policy.people import fold_login
from policy.review.reviewer import Reviewer
from policy.sections.review import Review


class Actors:
    """Who stands behind a login, by the register of people and the policy."""

    def __init__(
        self, engine: Engine, review: Review, now: Callable[[], datetime] = lambda: datetime.now(UTC)
    ) -> None:
        self._engine = engine
        self._review = review
        self._now = now

    def reviewer(self, login: str) -> Reviewer:
        """
        The person who has this login, with the roles and offices they hold now; perhaps none.

        Raises `ReviewRefused` where that is nobody, somebody who may do nothing, or more than one; and
        `DatabaseAway`.
        """
        now = self._now()
        folded = fold_login(login)
        with reading(self._engine) as connection:
            people = connection.execute(select(PersonRow.__table__).where(PersonRow.login == folded)).all()
            if not people:
                raise ReviewRefused(
                    f"{login} is not in the register of people; whoever keeps it enters who is to ask, "
                    "and a program is named in review.programs"
                )
            if len(people) > 1:
                raise ReviewRefused(
                    f"{login} is a login of {len(people)} organisations: which of these people asks "
                    "cannot be told; ask with a login that only one of them has"
                )
            (person,) = people
            if person.disabled_at is not None:
                raise ReviewRefused(f"{login} is disabled in the register of people, and may ask for nothing")
            if person.ends is not None and person.ends <= now:
                raise ReviewRefused(f"{login} has left, says the register of people, and may ask for nothing")
            offices = frozenset(
                connection.scalars(
                    select(PersonRoleRow.role).where(
                        PersonRoleRow.organisation == person.organisation,
                        PersonRoleRow.login == folded,
                        PersonRoleRow.until > now,
                    )
                )
            )
            manager = fold_login(person.manager) if person.manager else None
            return Reviewer(
                organisation=person.organisation,
                login=folded,
                roles=self._review.roles_of(offices),
                offices=offices,
                manager=manager,
                team=_team(connection, person.organisation, folded),
                unit=person.unit,
                manager_unit=_unit(connection, person.organisation, manager),
            )


def _team(connection: Connection, organisation: str, login: str) -> frozenset[str]:
    """Who has this person for a line manager."""
    return frozenset(
        connection.scalars(
            select(PersonRow.login).where(PersonRow.organisation == organisation, PersonRow.manager == login)
        )
    )


def _unit(connection: Connection, organisation: str, login: str | None) -> str | None:
    """The unit of somebody, where they are in the register."""
    return connection.scalar(
        select(PersonRow.unit).where(PersonRow.organisation == organisation, PersonRow.login == login)
    )
