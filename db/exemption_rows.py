"""
Exemptions and requests for them as they stand in the database.

The release before knows exemptions for a person, a role and everyone, and no organisation but one. What it
would take for another exemption is over for it: its `until` is an instant after its start, and `ends` says
when it ends. So nothing opens on a gateway that has not been upgraded yet, and none chokes on a word it does
not know.

Of a restricted exemption the gateways get what it takes to judge, and neither purpose nor which procedure.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Text, func, select, type_coerce

from db.models import ExemptionRow
from db.people_models import ExemptionRequestRow
from db.register_rules import is_network
from policy.people import fold_login
from policy.registers import Exemption, GranteeKind, TargetKind
from policy.words import RequestOutcome

_INSTANT = timedelta(microseconds=1)
_AS_EVER = {GranteeKind.PERSON, GranteeKind.ROLE, GranteeKind.EVERYONE}

exemption_ends: ColumnElement[datetime] = func.coalesce(ExemptionRow.ends, ExemptionRow.until)
"""When an exemption ends, in a query."""


@dataclass(frozen=True, slots=True)
class Waits:
    """The first office's grant, which waits for the second's word."""

    by: str
    at: datetime
    grant: Mapping[str, Any]  # plain JSON: what `Grant.plain` of `db/grants.py` wrote


@dataclass(frozen=True, slots=True)
class RequestDecided:
    """What became of a request, when, by whom and why."""

    outcome: RequestOutcome
    at: datetime
    by: str
    because: str


@dataclass(frozen=True, slots=True)
class AccessRequest:
    """A request for an exemption, as it stands."""

    id: str  # a reference of eight characters
    organisation: str
    grantee_kind: GranteeKind
    grantee: str
    kind: TargetKind
    target: str
    category: str | None  # that refused it
    purpose: str
    decision: str | None  # the reference of the Decision that refused it
    requested_by: str  # "" of what a first office granted of its own accord
    restricted: bool
    asked_of: str | None  # of a restricted one: who else may see and decide it
    joined: int  # how often it was asked for again while it waited
    at: datetime
    first: Waits | None
    decided: RequestDecided | None


def exemption_columns(exemption: Exemption) -> dict[str, object]:
    """The columns of a row that says this."""
    columns = asdict(exemption)
    if exemption.grantee_kind not in _AS_EVER or exemption.organisation:
        columns |= {"until": exemption.start + _INSTANT, "ends": exemption.until}
    return columns


def exemption(row: Row[Any]) -> Exemption:
    """What a row says."""
    return Exemption(
        id=row.id,
        grantee_kind=GranteeKind(row.grantee_kind),
        grantee=fold_login(row.grantee) if row.grantee_kind == GranteeKind.PERSON else row.grantee,
        kind=TargetKind(row.kind),
        target=row.target,
        start=row.start,
        until=row.ends or row.until,
        purpose=row.purpose,
        granted_by=row.granted_by,
        organisation=row.organisation,
        requested_by=row.requested_by,
        second_by=row.second_by,
        review=row.review,
        procedure=row.procedure,
        restricted=row.restricted,
    )


def exemptions_at(connection: Connection, now: datetime) -> list[Exemption]:
    """
    What holds at `now` or later, as the gateways are to know it.

    One row that somebody wrote past every command must not keep all registers from the workers: what cannot
    be read opens nothing.
    """
    # As text: a later release may know more words than this one.
    as_text = {name: type_coerce(getattr(ExemptionRow, name), Text) for name in ("grantee_kind", "kind")}
    columns = [as_text.get(column.name, column) for column in ExemptionRow.__table__.columns]
    rows = connection.execute(select(*columns).where(ExemptionRow.revoked_at.is_(None), now < exemption_ends))
    return [_unspoken(exemption(row)) for row in rows if _is_readable(row)]


def access_request(row: Row[Any]) -> AccessRequest:
    """What a row says."""
    first = row.first_by and Waits(row.first_by, row.first_at, row.first_grant)
    decided = row.outcome and RequestDecided(row.outcome, row.decided_at, row.decided_by, row.decided_because)
    same = {name: getattr(row, name) for name in AccessRequest.__slots__ if name not in ("first", "decided")}
    return AccessRequest(**same, first=first, decided=decided)


REQUESTS = ExemptionRequestRow.__table__


def _unspoken(one: Exemption) -> Exemption:
    if not one.restricted:
        return one
    # That a procedure is named decides what it opens; which one is not the gateways' to know.
    return replace(one, purpose="", procedure=one.procedure and "restricted", requested_by="")


def _is_readable(row: Row[Any]) -> bool:
    try:
        GranteeKind(row.grantee_kind)
        TargetKind(row.kind)
    except ValueError:
        return False
    return row.grantee_kind != GranteeKind.NETWORK or is_network(row.grantee)
