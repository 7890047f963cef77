"""
Written authorities as they stand in the database: asked for, decided once, perhaps revoked.

Who asks and decides is given, since the service's login is not the person; who may is judged before
(`policy/review/granting.py`). On PostgreSQL triggers hold the hardest of it again: that nobody decides
their own request or one about themselves or their line manager, and that terms never change. When something
was decided, and so when an authority begins and ends, is the server's to say.

Each leaves a row in `change`, in the same transaction.
"""

from collections.abc import Callable, Sequence
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, Engine, Row, insert, select, update

from db.actor import actor
from db.change import record_change
from db.engine import reading
from db.review.writing import writing_review
from db.review_models import AuthorityRow, TellingRow
from policy.errors import ReviewRefused
from policy.identifiers import new_reference, show_reference
from policy.review.authority import Authority, Decided, Ended, Terms, Told
from policy.review.reviewer import Reviewer
from policy.words import AuthorityOutcome

_LISTS = ("people", "units", "categories")


class AuthorityStore:
    """What there is of authorities. Raises `DatabaseAway` everywhere."""

    def __init__(self, engine: Engine, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._engine = engine
        self._now = now

    def request(self, terms: Terms, reviewer: Reviewer) -> Authority:
        """Write down what somebody asks for. Raises `ReviewRefused`."""
        with writing_review(self._engine) as connection:
            identifier = new_reference()
            now = self._now()
            connection.execute(
                insert(AuthorityRow).values(
                    id=identifier,
                    requested_by=reviewer.login,
                    at=now,
                    via=actor(connection),
                    **terms_columns(terms),
                )
            )
            record_change(
                connection,
                what="authority requested",
                before=None,
                after={"id": identifier, **plain_terms(terms)},
                because=terms.necessity,
                by=reviewer.login,
            )
            return find_authority(connection, identifier)

    def grant(self, authority: str, reviewer: Reviewer, *, office: str, because: str) -> Authority:
        """Grant it, from now on for its days. Raises `ReviewRefused` where it is decided or there is none."""
        return self._decide(authority, AuthorityOutcome.GRANTED, reviewer, office, because)

    def refuse(self, authority: str, reviewer: Reviewer, *, office: str, because: str) -> Authority:
        """Refuse it. Raises as `grant` does."""
        return self._decide(authority, AuthorityOutcome.REFUSED, reviewer, office, because)

    def take_back(self, authority: str, reviewer: Reviewer, *, because: str) -> Authority:
        """Take one's own request back. Raises as `grant` does."""
        return self._decide(authority, AuthorityOutcome.TAKEN_BACK, reviewer, "", because)

    def revoke(self, authority: str, reviewer: Reviewer, *, because: str) -> Authority:
        """End it now. Raises `ReviewRefused` where it is not in force."""
        now = self._now()
        with writing_review(self._engine) as connection:
            row = AuthorityRow
            done = connection.execute(
                update(row)
                .where(row.id == authority, row.begins.is_not(None), row.ends > now, row.revoked_at.is_(None))
                .values(revoked_at=now, revoked_by=reviewer.login, revoked_because=because)
            )
            found = find_authority(connection, authority)
            if done.rowcount == 0:
                raise ReviewRefused(
                    f"{show_reference(authority)} is not in force; there is nothing to revoke"
                )
            record_change(
                connection,
                what="authority revoked",
                before={"id": authority},
                after={"id": authority, "matter": found.terms.matter},
                because=because,
                by=reviewer.login,
            )
            return found

    def get(self, authority: str) -> Authority:
        """One of them. Raises `ReviewRefused` where there is none."""
        with reading(self._engine) as connection:
            return find_authority(connection, authority)

    def of(
        self,
        organisation: str,
        *,
        requested_by: str | None = None,
        since: datetime | None = None,
        limit: int = 500,
    ) -> list[Authority]:
        """Those of an organisation, newest first: all, or those that somebody asked for, or since then."""
        row = AuthorityRow
        where: list[ColumnElement[bool]] = [row.organisation == organisation]
        if requested_by is not None:
            where.append(row.requested_by == requested_by)
        if since is not None:
            where.append(row.at >= since)
        with reading(self._engine) as connection:
            return authorities(connection, *where, limit=limit)

    def waiting(self, organisation: str) -> list[Authority]:
        """Those that nobody has decided yet, newest first."""
        with reading(self._engine) as connection:
            return authorities(
                connection, AuthorityRow.organisation == organisation, AuthorityRow.outcome.is_(None)
            )

    def _decide(
        self, authority: str, outcome: AuthorityOutcome, reviewer: Reviewer, office: str, because: str
    ) -> Authority:
        now = self._now()
        with writing_review(self._engine) as connection:
            asked = find_authority(connection, authority)
            values: dict[str, object] = {
                "outcome": outcome,
                "decided_at": now,
                "decided_by": reviewer.login,
                "decided_office": office,
                "decided_because": because,
            }
            if outcome is AuthorityOutcome.GRANTED:
                values |= {"begins": now, "ends": now + timedelta(days=asked.terms.days)}
            this = AuthorityRow.id == authority, AuthorityRow.outcome.is_(None)
            if connection.execute(update(AuthorityRow).where(*this).values(**values)).rowcount == 0:
                raise ReviewRefused(f"{show_reference(authority)} is decided already; look at it")
            found = find_authority(connection, authority)
            record_change(
                connection,
                what=f"authority {outcome.value}",
                before={"id": authority},
                after={
                    "id": authority,
                    "matter": found.terms.matter,
                    "office": office,
                    "ends": found.ends.isoformat() if found.ends else None,
                },
                because=because,
                by=reviewer.login,
            )
            return found


def terms_columns(terms: Terms) -> dict[str, Any]:
    """Terms as the columns of their row."""
    columns = {name: getattr(terms, name) for name in Terms.__slots__}
    return {**columns, **{name: list(columns[name]) for name in _LISTS}}


def plain_terms(terms: Terms) -> dict[str, object]:
    """Terms as plain JSON."""
    plain = asdict(terms)
    return {**plain, "since": terms.since.isoformat(), "until": terms.until.isoformat()}


def find_authority(connection: Connection, authority: str) -> Authority:
    """One of them. Raises `ReviewRefused` where there is none."""
    found = authorities(connection, AuthorityRow.id == authority)
    if not found:
        raise ReviewRefused(f"there is no authority {show_reference(authority)}; look at the list of them")
    return found[0]


def authorities(
    connection: Connection, *where: ColumnElement[bool], limit: int | None = None
) -> list[Authority]:
    """Authorities, newest first, each with the last word on telling; without a limit, all of them."""
    rows = connection.execute(
        select(AuthorityRow.__table__)
        .where(*where)
        .order_by(AuthorityRow.at.desc(), AuthorityRow.id)
        .limit(limit)
    ).all()
    told = _last_words(connection, [row.id for row in rows])
    return [_authority(row, told.get(row.id)) for row in rows]


def _last_words(connection: Connection, of: Sequence[str]) -> dict[str, Told]:
    rows = connection.execute(
        select(TellingRow.__table__)
        .where(TellingRow.authority.in_(of))
        .order_by(TellingRow.at, TellingRow.id)
    )
    return {row.authority: Told(row.at, row.actor, row.withheld, row.ask_again) for row in rows}


def _authority(row: Row[Any], told: Told | None) -> Authority:
    values = row._mapping
    given: dict[str, Any] = {name: values[name] for name in Terms.__slots__}
    terms = Terms(**{**given, **{name: tuple(given[name]) for name in _LISTS}})
    decided = None
    if row.outcome is not None:
        decided = Decided(
            row.outcome, row.decided_at, row.decided_by, row.decided_office, row.decided_because
        )
    revoked = None
    if row.revoked_at is not None:
        revoked = Ended(row.revoked_at, row.revoked_by, row.revoked_because)
    return Authority(
        id=row.id,
        terms=terms,
        requested_by=row.requested_by,
        requested_at=row.at,
        decided=decided,
        begins=row.begins,
        ends=row.ends,
        revoked=revoked,
        told=told,
    )
