"""
Telling the people whom an authority named, once it is over: the words on it, and what each was told.

A word is only added: who was not told is asked about again, and what is said then is a word of its own. A
notice is one person's, to the letter; what is added to it is when they read it.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Connection, Engine, func, insert, select, update

from db.actor import actor
from db.change import record_change
from db.engine import reading, writing
from db.outbox import Outbox, Outgoing
from db.review.authorities import authorities
from db.review.writing import writing_review
from db.review_models import AuthorityRow, ReviewNoticeRow, TellingRow
from policy.errors import ReviewRefused
from policy.identifiers import uuid7
from policy.review.authority import Authority


@dataclass(frozen=True, slots=True)
class ToldPerson:
    """What one person is to be told of one authority."""

    organisation: str
    person: str
    notice: Mapping[str, object]  # plain JSON


@dataclass(frozen=True, slots=True)
class ReviewNotice:
    """What one person was told, and when they read it."""

    id: UUID
    authority: str
    organisation: str
    person: str
    at: datetime
    notice: Mapping[str, Any]
    read_at: datetime | None


class TellingStore:
    """Words on telling, and the notices. Raises `DatabaseAway` everywhere."""

    def __init__(self, engine: Engine, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._engine = engine
        self._now = now

    def tell(
        self,
        authority: Authority,
        people: Sequence[ToldPerson],
        *,
        by: str | None = None,
        messages: Sequence[Outgoing] = (),
    ) -> int:
        """
        Tell these people, each of whom is named once. Returns how many are.

        `by` who decided so, else the service itself, where nobody has said anything yet; `messages` are sent
        with it. Raises `ReviewRefused` where the authority is not over, somebody has, or they have been told.
        """
        with writing_review(self._engine) as connection:
            me = by or actor(connection)
            if _words_on(connection, authority.id) and by is None:
                raise ReviewRefused("somebody has said already whether the people it names are told")
            self._word(connection, authority, me, withheld=None, ask_again=None)
            for one in people:
                connection.execute(
                    insert(ReviewNoticeRow).values(
                        id=uuid7(),
                        authority=authority.id,
                        organisation=one.organisation,
                        person=one.person,
                        at=self._now(),
                        actor=me,
                        via=actor(connection),
                        notice=dict(one.notice),
                    )
                )
            outbox = Outbox(self._engine, self._now)
            for message in messages:
                outbox.put(message, about=authority.id, within=connection)
            record_change(
                connection,
                what="review told",
                before=None,
                after={"authority": authority.id, "people": len(people)},
                because="it is over",
                by=by,
            )
            return len(people)

    def withhold(self, authority: Authority, *, by: str, because: str, ask_again: datetime) -> None:
        """Say why the people are not told, and when that is asked again. Raises `ReviewRefused`."""
        with writing_review(self._engine) as connection:
            _words_on(connection, authority.id)
            self._word(connection, authority, by, withheld=because, ask_again=ask_again)
            record_change(
                connection,
                what="review not told",
                before=None,
                after={"authority": authority.id, "ask_again": ask_again.isoformat()},
                because=because,
                by=by,
            )

    def withheld(self, organisation: str | None = None) -> list[Authority]:
        """Those whose last word is that people are not told; what is to be asked again first comes first."""
        last = (
            select(TellingRow.authority, func.max(TellingRow.at).label("at"))
            .group_by(TellingRow.authority)
            .subquery()
        )
        of = (
            select(TellingRow.authority)
            .join(last, (last.c.authority == TellingRow.authority) & (last.c.at == TellingRow.at))
            .where(TellingRow.withheld.is_not(None))
        )
        where: list[ColumnElement[bool]] = [AuthorityRow.id.in_(of)]
        if organisation is not None:
            where.append(AuthorityRow.organisation == organisation)
        with reading(self._engine) as connection:
            found = authorities(connection, *where)
        far = datetime.max.replace(tzinfo=UTC)
        return sorted(found, key=lambda one: ((one.told and one.told.ask_again) or far, one.id))

    def notices_of(self, organisation: str, person: str) -> list[ReviewNotice]:
        """What this person was told, newest first."""
        row = ReviewNoticeRow
        with reading(self._engine) as connection:
            rows = connection.execute(
                select(row.id, row.authority, row.organisation, row.person, row.at, row.notice, row.read_at)
                .where(row.organisation == organisation, row.person == person)
                .order_by(row.at.desc())
                .limit(200)
            )
            return [ReviewNotice(**one._mapping) for one in rows]

    def read(self, notice: UUID, organisation: str, person: str) -> None:
        """This person has read it; the first time counts."""
        row = ReviewNoticeRow
        with writing(self._engine) as connection:
            connection.execute(
                update(row)
                .where(
                    row.id == notice,
                    row.organisation == organisation,
                    row.person == person,
                    row.read_at.is_(None),
                )
                .values(read_at=self._now())
            )

    def _word(
        self,
        connection: Connection,
        authority: Authority,
        by: str,
        *,
        withheld: str | None,
        ask_again: datetime | None,
    ) -> None:
        connection.execute(
            insert(TellingRow).values(
                id=uuid7(),
                authority=authority.id,
                at=self._now(),
                actor=by,
                via=actor(connection),
                withheld=withheld,
                ask_again=ask_again,
            )
        )


def _words_on(connection: Connection, authority: str) -> int:
    """
    How many words there are on it: all that its people are not told.

    Two who decide at the same moment come one after the other. Raises `ReviewRefused` for whoever comes after
    people were told: no second mail is sent, and nobody says afterwards that they were not.
    """
    row = AuthorityRow
    connection.execute(select(row.id).where(row.id == authority).with_for_update())
    words = connection.scalars(select(TellingRow.withheld).where(TellingRow.authority == authority)).all()
    if None in words:
        raise ReviewRefused("the people whom it names have been told; that cannot be taken back")
    return len(words)
