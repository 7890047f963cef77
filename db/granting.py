"""
Granting, in the transaction of whoever grants (`db/exemptions.py`): which office they have, and what is
written.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, exists, insert, or_, select, update

from db.actor import actor
from db.change import record_change
from db.exemption_requests import ask, find_request, waiting
from db.exemption_rows import AccessRequest, exemption_columns
from db.grants import Grant, Offices, refuse_ones_own
from db.models import ExemptionRow
from db.people_models import ExemptionRequestRow, PersonRoleRow, PersonRow
from db.restricted import spoken
from policy.errors import RegisterRefused
from policy.identifiers import new_reference, show_reference
from policy.people import fold_login
from policy.registers import Exemption


def first_word(
    connection: Connection, grant: Grant, asked: AccessRequest | None, second: str | None, now: datetime
) -> AccessRequest:
    """Write down the first office's grant, which is no exemption yet; the request that it waits in."""
    if grant.restricted and second is None:
        raise RegisterRefused("a restricted exemption that needs a second office names whose word that is")
    me = actor(connection)
    if second is not None:
        refuse_ones_own(second, grant, asked.requested_by if asked is not None else "", me)
    if asked is None:
        wanted = {
            "organisation": grant.organisation,
            "grantee_kind": grant.grantee_kind,
            "grantee": grant.grantee,
            "kind": grant.kind,
            "target": grant.target,
        }
        if (same := waiting(connection, wanted)) is not None:
            raise RegisterRefused(f"{show_reference(same.id)} asks for the same already; grant that")
        more = {"category": None, "purpose": grant.purpose, "decision": None, "requested_by": ""}
        # Restricted by the first word, in this same transaction: before that nobody has a part in it.
        asked = ask(connection, {**wanted, **more, "asked_of": None}, now, restricted=False)
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
        because=spoken(restricted=grant.restricted, because=grant.purpose),
    )
    return find_request(connection, asked.id)


def insert_exemption(
    connection: Connection, grant: Grant, me: str, now: datetime, asked: AccessRequest | None
) -> Exemption:
    """Write down an exemption, by `me`'s word: the only one, or the second."""
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
    record_exemption(connection, "exemption granted", None, granted, granted.purpose)
    return granted


def refuse_without_office(
    connection: Connection, me: str, wanted: Offices, organisation: str, now: datetime
) -> None:
    """
    Raise `RegisterRefused` where this actor has none of the offices.

    An office is held by a role of the register of people, in that organisation or in the gateway's own.
    """
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
        if held.isdisjoint(map(fold_login, one)):
            raise RegisterRefused(
                f"the policy lets {' or '.join(one)} grant this, and the register gives you no such role"
            )


def record_exemption(
    connection: Connection, what: str, before: Exemption | None, after: Exemption | None, because: str
) -> None:
    """Leave a row in the change log; of a restricted one it says only that there is one."""
    one = after or before
    because = spoken(restricted=one is not None and one.restricted, because=because)
    record_change(connection, what=what, before=_plain(before), after=_plain(after), because=because)


def _plain(one: Exemption | None) -> dict[str, Any] | None:
    if one is None:
        return None
    columns = exemption_columns(one) | {"until": one.until}
    if one.restricted:
        columns = {"id": one.id, "restricted": True}
    return {
        name: value.isoformat() if isinstance(value, datetime) else value for name, value in columns.items()
    }
