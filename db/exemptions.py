"""
Work-purpose exemptions: asked for, granted by one office or two, refused, taken back, revoked.

A request waits until somebody decides it. Where the policy asks for two offices the first one's grant waits
in the request, and the exemption begins with the second's word. Nobody grants what is for them or what they
asked for, and both words are two people's; on PostgreSQL triggers hold that against raw SQL, and the
exemption is written by the very login that grants it, in the same transaction.

A restricted exemption is seen by who asked for it, who decided it and an auditor. On PostgreSQL that is
row-level security; beside SQLite, which keeps nobody apart, it is this module. The change log says of one
that there is one.

Nothing is deleted: what is revoked says since when, by whom and why.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Engine, and_, exists, func, insert, or_, select, update
from sqlalchemy.exc import IntegrityError

from db.actor import actor
from db.change import record_change
from db.engine import reading, writing
from db.exemption_rows import (
    REQUESTS,
    AccessRequest,
    access_request,
    exemption,
    exemption_columns,
    exemption_ends,
)
from db.grants import Grant, Offices, fitted, offices, refuse_ones_own
from db.models import ExemptionRow
from db.people_models import ExemptionRequestRow, PersonRoleRow, PersonRow
from db.register_marker import changing
from db.register_rules import (
    fit_reason,
    refuse_unfit_category,
    refuse_unfit_grantee,
    refuse_unfit_names,
    refuse_unfit_target,
    same_person,
)
from policy.document import Policy
from policy.errors import RegisterRefused
from policy.identifiers import new_reference, show_reference
from policy.people import fold_login
from policy.registers import Exemption, GranteeKind, TargetKind
from policy.words import RequestOutcome

MOST_WAITING = 50  # requests of one person that nobody has decided


@dataclass(frozen=True, slots=True)
class Revoked:
    """When, by whom and why an exemption was ended before its time."""

    at: datetime
    by: str
    because: str


@dataclass(frozen=True, slots=True)
class RegisteredExemption:
    """An exemption as it stands in the database."""

    entry: Exemption
    at: datetime  # when it was granted
    revoked: Revoked | None


class ExemptionStore:
    """What may be done with exemptions. The actor is the connection's own."""

    def __init__(self, engine: Engine, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._engine = engine
        self._now = now

    # --- Requests

    def request(
        self,
        policy: Policy,
        *,
        organisation: str,
        grantee: str,
        kind: TargetKind,
        target: str,
        purpose: str,
        category: str | None = None,
        decision: str | None = None,
        grantee_kind: GranteeKind = GranteeKind.PERSON,
        requested_by: str | None = None,
        asked_of: str | None = None,
    ) -> AccessRequest:
        """
        Ask for an exemption, or join the same request where it waits already.

        `category` and `decision` (its reference) are those of the refusal that led to it. `requested_by` is
        who asks on the gateway's page, whose own login stands between; None, at a terminal, is the actor.
        `asked_of` makes it a restricted one, which this login alone may see and decide.
        Raises `RegisterRefused` for what the policy never exempts or cannot be, `DatabaseAway`.
        """
        purpose = fit_reason(purpose, "the work purpose")
        grantee = fold_login(grantee) if grantee_kind is GranteeKind.PERSON else grantee.strip()
        refuse_unfit_grantee(grantee_kind, grantee)
        refuse_unfit_names(organisation, category, decision, requested_by, asked_of)
        if kind is not TargetKind.CATEGORY:
            refuse_unfit_target(kind, target)
        for opened in {target} if kind is TargetKind.CATEGORY else {category} - {None}:
            refuse_unfit_category(policy, str(opened), grantee_kind)
        wanted = {
            "organisation": organisation,
            "grantee_kind": grantee_kind,
            "grantee": grantee,
            "kind": kind,
            "target": target,
        }
        try:
            with writing(self._engine) as connection:
                me = actor(connection)
                by = me if requested_by is None else requested_by
                if (same := _waiting(connection, wanted)) is not None:
                    return _join(connection, same, by)
                _refuse_too_many(connection, organisation, by)
                more = {"category": category, "purpose": purpose, "decision": decision, "requested_by": by}
                return _ask(
                    connection,
                    {**wanted, **more, "asked_of": asked_of},
                    self._now(),
                    restricted=bool(asked_of),
                )
        except IntegrityError as error:
            # Somebody else was first by a moment, or theirs is restricted.
            raise RegisterRefused(_ALREADY) from error

    def requests(
        self, *, everything: bool = False, organisation: str | None = None, person: str | None = None
    ) -> list[AccessRequest]:
        """Those that nobody has decided, or all there are, of everybody or about one person; newest first."""
        query = select(REQUESTS).order_by(ExemptionRequestRow.at.desc())
        if not everything:
            query = query.where(ExemptionRequestRow.outcome.is_(None))
        if organisation is not None:
            query = query.where(ExemptionRequestRow.organisation == organisation)
        if person is not None:
            of_theirs = and_(
                ExemptionRequestRow.grantee_kind == GranteeKind.PERSON, ExemptionRequestRow.grantee == person
            )
            query = query.where(or_(ExemptionRequestRow.requested_by == person, of_theirs))
        with reading(self._engine) as connection:
            me = actor(connection)
            found = [access_request(row) for row in connection.execute(query)]
            return [one for one in found if _sees_request(connection, me, one)]

    def one_request(self, reference: str) -> AccessRequest:
        """The request with this reference. Raises `RegisterRefused` where there is none to be seen."""
        with reading(self._engine) as connection:
            return _find_request(connection, reference)

    def refuse(self, reference: str, *, because: str) -> AccessRequest:
        """Refuse a request, also one that waits for the second office. Raises `RegisterRefused`."""
        return self._end_request(reference, RequestOutcome.REFUSED, because)

    def take_back(self, reference: str, *, because: str) -> AccessRequest:
        """No longer ask for it. Raises `RegisterRefused` where somebody else did."""
        return self._end_request(reference, RequestOutcome.TAKEN_BACK, because)

    # --- Grants

    def grant(
        self, policy: Policy, grant: Grant, *, request: str | None = None, second: str | None = None
    ) -> Exemption | AccessRequest:
        """
        Grant an exemption, in answer to a request or of one's own accord.

        Where the policy asks for a second office it is the `AccessRequest` in which the grant now waits for
        `second_word`; of a restricted one `second` names whose word that is to be. Raises `RegisterRefused`
        for what the policy does not admit, for one's own, and for who does not have the office.
        """
        now = self._now()
        grant = fitted(grant, now)
        with changing(self._engine) as connection:
            me = actor(connection)
            asked = _find_request(connection, request) if request is not None else None
            if asked is not None:
                _refuse_unfit_answer(asked, grant)
            refuse_ones_own(me, grant, asked.requested_by if asked else "")
            wanted = offices(policy, grant, [asked.category] if asked and asked.category else [])
            _refuse_without_office(connection, me, wanted, grant.organisation, now)
            if wanted.second:
                return _first_word(connection, grant, asked, second, now)
            if asked is not None:
                _decide(connection, asked, RequestOutcome.GRANTED, grant.purpose, now, grant.restricted)
            return _insert(connection, grant, me, now, asked)

    def second_word(self, policy: Policy, reference: str, *, because: str) -> Exemption:
        """
        The second office's yes to what the first one granted.

        Raises `RegisterRefused` for one's own, for who does not have the office, where nothing waits for it,
        and where what was granted has ended meanwhile.
        """
        because = fit_reason(because)
        with changing(self._engine) as connection:
            now, me = self._now(), actor(connection)
            asked = _find_request(connection, reference)
            _refuse_decided(asked)
            if asked.first is None:
                raise RegisterRefused(f"{show_reference(reference)} has no first word yet; grant it")
            grant = fitted(Grant.of(asked.first.grant), now)
            refuse_ones_own(me, grant, asked.requested_by, asked.first.by)
            wanted = offices(policy, grant, [asked.category] if asked.category else [])
            second = Offices(first=tuple(frozenset({office}) for office in wanted.second))
            _refuse_without_office(connection, me, second, grant.organisation, now)
            _decide(connection, asked, RequestOutcome.GRANTED, because, now, grant.restricted)
            return _insert(connection, grant, me, now, asked)

    def revoke(self, identifier: str, *, because: str) -> Exemption:
        """End an exemption before its time. Raises `RegisterRefused` when there is none to end."""
        because = fit_reason(because)
        now = self._now()
        with changing(self._engine) as connection:
            me = actor(connection)
            standing = ExemptionRow.id == identifier, ExemptionRow.revoked_at.is_(None), now < exemption_ends
            row = connection.execute(select(_EXEMPTIONS).where(*standing)).one_or_none()
            if row is None or not _sees(connection, me, exemption(row)):
                raise RegisterRefused(
                    f"no exemption {identifier} stands; `sluicegate exemptions list` shows them"
                )
            connection.execute(
                update(ExemptionRow)
                .where(*standing)
                .values(revoked_at=now, revoked_by=me, revoked_because=because)
            )
            _change(connection, "exemption revoked", exemption(row), None, because)
            return exemption(row)

    def exemptions(self, *, everything: bool = False) -> list[RegisteredExemption]:
        """Those that stand, or all there ever were; newest first."""
        query = select(_EXEMPTIONS).order_by(ExemptionRow.at.desc())
        if not everything:
            query = query.where(ExemptionRow.revoked_at.is_(None), self._now() < exemption_ends)
        with reading(self._engine) as connection:
            me = actor(connection)
            return [
                RegisteredExemption(
                    exemption(row),
                    row.at,
                    row.revoked_at and Revoked(row.revoked_at, row.revoked_by, row.revoked_because),
                )
                for row in connection.execute(query)
                if _sees(connection, me, exemption(row))
            ]

    def _end_request(self, reference: str, outcome: RequestOutcome, because: str) -> AccessRequest:
        because = fit_reason(because)
        with writing(self._engine) as connection:
            asked = _find_request(connection, reference)
            own = same_person(actor(connection), asked.requested_by)
            if own is not (outcome is RequestOutcome.TAKEN_BACK):
                raise RegisterRefused(
                    f"{show_reference(reference)} is your own request; take it back instead"
                    if own
                    else f"{show_reference(reference)} is another's to take back; refuse it instead"
                )
            _decide(connection, asked, outcome, because, self._now(), asked.restricted)
            return _find_request(connection, reference)


_EXEMPTIONS = ExemptionRow.__table__
_ALREADY = "the same has been asked for already, by somebody else"


# --- Requests


def _waiting(connection: Connection, wanted: Mapping[str, object]) -> AccessRequest | None:
    same = [getattr(ExemptionRequestRow, name) == value for name, value in wanted.items()]
    query = select(REQUESTS).where(*same, ExemptionRequestRow.outcome.is_(None))
    row = connection.execute(query).one_or_none()
    return None if row is None else access_request(row)


def _join(connection: Connection, same: AccessRequest, by: str) -> AccessRequest:
    if same.restricted and not same_person(same.requested_by, by):
        raise RegisterRefused(_ALREADY)
    again = update(ExemptionRequestRow).where(ExemptionRequestRow.id == same.id)
    connection.execute(again.values(joined=ExemptionRequestRow.joined + 1))
    return replace(same, joined=same.joined + 1)


def _refuse_too_many(connection: Connection, organisation: str, by: str) -> None:
    mine = (
        ExemptionRequestRow.organisation == organisation,
        ExemptionRequestRow.requested_by == by,
        ExemptionRequestRow.outcome.is_(None),
    )
    query = select(func.count()).select_from(ExemptionRequestRow).where(*mine)
    if (connection.scalar(query) or 0) >= MOST_WAITING:
        raise RegisterRefused(f"{MOST_WAITING} requests wait already; let them be decided first")


def _ask(
    connection: Connection, columns: Mapping[str, object], now: datetime, *, restricted: bool
) -> AccessRequest:
    row = {
        "id": new_reference(),
        "at": now,
        "actor": actor(connection),
        "joined": 0,
        "restricted": restricted,
    }
    connection.execute(insert(ExemptionRequestRow).values(**columns, **row))
    return _find_request(connection, str(row["id"]))


def _find_request(connection: Connection, reference: str) -> AccessRequest:
    row = connection.execute(select(REQUESTS).where(ExemptionRequestRow.id == reference)).one_or_none()
    if row is None or not _sees_request(connection, actor(connection), access_request(row)):
        raise RegisterRefused(
            f"there is no request {show_reference(reference)}; `sluicegate exemptions requests` shows them"
        )
    return access_request(row)


def _refuse_decided(asked: AccessRequest) -> None:
    if asked.decided is not None:
        raise RegisterRefused(
            f"{show_reference(asked.id)} is {asked.decided.outcome} already, by {asked.decided.by}"
        )


def _refuse_unfit_answer(asked: AccessRequest, grant: Grant) -> None:
    _refuse_decided(asked)
    if asked.first is not None:
        raise RegisterRefused(f"{show_reference(asked.id)} waits for its second word, not for another grant")
    wanted = asked.organisation, asked.grantee_kind, asked.grantee
    if wanted != (grant.organisation, grant.grantee_kind, grant.grantee):
        raise RegisterRefused(f"{show_reference(asked.id)} asks for somebody else; grant that by itself")


def _decide(
    connection: Connection,
    asked: AccessRequest,
    outcome: RequestOutcome,
    because: str,
    now: datetime,
    restricted: bool,
) -> None:
    _refuse_decided(asked)
    values = {
        "outcome": outcome,
        "decided_at": now,
        "decided_by": actor(connection),
        "restricted": restricted,
    }
    undecided = ExemptionRequestRow.id == asked.id, ExemptionRequestRow.outcome.is_(None)
    decided = update(ExemptionRequestRow).where(*undecided).values(**values, decided_because=because)
    if connection.execute(decided).rowcount == 0:  # somebody else was first, between our look and our word
        _refuse_decided(_find_request(connection, asked.id))


# --- Grants


def _first_word(
    connection: Connection, grant: Grant, asked: AccessRequest | None, second: str | None, now: datetime
) -> AccessRequest:
    if grant.restricted and second is None:
        raise RegisterRefused("a restricted exemption that needs a second office names whose word that is")
    if asked is None:
        wanted = {
            "organisation": grant.organisation,
            "grantee_kind": grant.grantee_kind,
            "grantee": grant.grantee,
            "kind": grant.kind,
            "target": grant.target,
        }
        if (same := _waiting(connection, wanted)) is not None:
            raise RegisterRefused(f"{show_reference(same.id)} asks for the same already; grant that")
        more = {"category": None, "purpose": grant.purpose, "decision": None, "requested_by": ""}
        columns = {**wanted, **more, "asked_of": second if grant.restricted else None}
        asked = _ask(connection, columns, now, restricted=grant.restricted)
    me = actor(connection)
    values = {"first_by": me, "first_at": now, "first_grant": grant.plain(), "restricted": grant.restricted}
    if grant.restricted:
        values["asked_of"] = second
    this = ExemptionRequestRow.id == asked.id, ExemptionRequestRow.first_by.is_(None)
    connection.execute(update(ExemptionRequestRow).where(*this).values(**values))
    after = {"id": asked.id, "restricted": True} if grant.restricted else {"id": asked.id, **grant.plain()}
    record_change(
        connection,
        what="exemption granted, and to be granted by a second office",
        before=None,
        after=after,
        because=_spoken(grant.restricted, grant.purpose),
    )
    return _find_request(connection, asked.id)


def _insert(
    connection: Connection, grant: Grant, me: str, now: datetime, asked: AccessRequest | None
) -> Exemption:
    first = asked.first if asked is not None else None
    granted = Exemption(
        id=new_reference(),
        grantee_kind=grant.grantee_kind,
        grantee=grant.grantee,
        kind=grant.kind,
        target=grant.target,
        start=grant.start or now,
        until=grant.until,
        purpose=grant.purpose,
        granted_by=first.by if first is not None else me,
        organisation=grant.organisation,
        requested_by=asked.requested_by if asked is not None else "",
        second_by=me if first is not None else None,
        review=grant.review,
        procedure=grant.procedure,
        restricted=grant.restricted,
    )
    beside = {
        "at": now,
        "second_at": now if first is not None else None,
        "request": asked.id if asked is not None else None,
    }
    connection.execute(insert(ExemptionRow).values(**exemption_columns(granted), **beside))
    _change(connection, "exemption granted", None, granted, granted.purpose)
    return granted


def _refuse_without_office(
    connection: Connection, me: str, wanted: Offices, organisation: str, now: datetime
) -> None:
    """An office is held by a role of the register of people, in that organisation or in the gateway's own."""
    if not wanted.first:
        return
    stands = exists().where(
        PersonRow.organisation == PersonRoleRow.organisation,
        PersonRow.login == PersonRoleRow.login,
        PersonRow.disabled_at.is_(None),
        or_(PersonRow.ends.is_(None), PersonRow.ends > now),
    )
    mine: tuple[ColumnElement[bool], ...] = (
        PersonRoleRow.login == fold_login(me),
        PersonRoleRow.organisation.in_({"", organisation}),
        PersonRoleRow.until > now,
    )
    held = {fold_login(role) for role in connection.scalars(select(PersonRoleRow.role).where(*mine, stands))}
    for one in wanted.first:
        if not one & held:
            raise RegisterRefused(
                f"the policy lets {_or(one)} grant this, and you do not have that role in the register"
            )


# --- Who sees what


def _sees(connection: Connection, me: str, one: Exemption) -> bool:
    return _is_shown(connection, me, one.restricted, (one.granted_by, one.second_by, one.requested_by))


def _sees_request(connection: Connection, me: str, one: AccessRequest) -> bool:
    first = one.first.by if one.first is not None else None
    decided = one.decided.by if one.decided is not None else None
    return _is_shown(connection, me, one.restricted, (one.requested_by, one.asked_of, first, decided))


def _is_shown(connection: Connection, me: str, restricted: bool, by: Iterable[str | None]) -> bool:
    # PostgreSQL has left out what this login may not see.
    if not restricted or connection.dialect.name == "postgresql":
        return True
    return any(one and same_person(me, one) for one in by)


def _change(
    connection: Connection, what: str, before: Exemption | None, after: Exemption | None, because: str
) -> None:
    one = after or before
    because = _spoken(one is not None and one.restricted, because)
    record_change(connection, what=what, before=_plain(before), after=_plain(after), because=because)


def _spoken(restricted: bool, because: str) -> str:
    return "restricted" if restricted else because


def _plain(one: Exemption | None) -> dict[str, Any] | None:
    if one is None:
        return None
    columns = exemption_columns(one) | {"until": one.until}
    if one.restricted:
        columns = {"id": one.id, "restricted": True}
    return {
        name: value.isoformat() if isinstance(value, datetime) else value for name, value in columns.items()
    }


def _or(names: Iterable[str]) -> str:
    return " or ".join(sorted(names))
