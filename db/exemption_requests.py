"""
Requests for exemptions, in the transaction of whoever asks or decides (`db/exemptions.py`).

The same is asked for once at a time: who asks again joins the request that waits. A restricted one is joined
by nobody, and stands in nobody's way: whoever asks for the same would learn of it.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from sqlalchemy import Connection, func, insert, select, update

from db.actor import actor
from db.exemption_rows import REQUESTS, AccessRequest, access_request
from db.grants import Grant
from db.people_models import ExemptionRequestRow
from db.restricted import sees_request
from policy.errors import RegisterRefused
from policy.identifiers import new_reference, show_reference
from policy.words import RequestOutcome

MOST_WAITING = 50  # requests of one person that nobody has decided


def waiting(connection: Connection, wanted: Mapping[str, object]) -> AccessRequest | None:
    """The request for exactly this that nobody has decided, a restricted one aside."""
    same = [getattr(ExemptionRequestRow, name) == value for name, value in wanted.items()]
    undecided = ExemptionRequestRow.outcome.is_(None), ~ExemptionRequestRow.restricted
    query = select(REQUESTS).where(*same, *undecided)
    row = connection.execute(query).one_or_none()
    return None if row is None else access_request(row)


def join(connection: Connection, same: AccessRequest) -> AccessRequest:
    """Count that the same was asked for again."""
    again = update(ExemptionRequestRow).where(ExemptionRequestRow.id == same.id)
    connection.execute(again.values(joined=ExemptionRequestRow.joined + 1))
    return replace(same, joined=same.joined + 1)


def refuse_too_many(connection: Connection, organisation: str, by: str) -> None:
    """Nobody has more than `MOST_WAITING` of them wait."""
    mine = (
        ExemptionRequestRow.organisation == organisation,
        ExemptionRequestRow.requested_by == by,
        ExemptionRequestRow.outcome.is_(None),
    )
    query = select(func.count()).select_from(ExemptionRequestRow).where(*mine)
    if (connection.scalar(query) or 0) >= MOST_WAITING:
        raise RegisterRefused(f"{MOST_WAITING} requests wait already; let them be decided first")


def ask(
    connection: Connection, columns: Mapping[str, object], now: datetime, *, restricted: bool
) -> AccessRequest:
    """Enter a request; `columns` are what it asks for. Raises `IntegrityError` where the same waits."""
    row = {
        "id": new_reference(),
        "at": now,
        "actor": actor(connection),
        "joined": 0,
        "restricted": restricted,
    }
    connection.execute(insert(ExemptionRequestRow).values(**columns, **row))
    return find_request(connection, str(row["id"]))


def find_request(connection: Connection, reference: str) -> AccessRequest:
    """The request with this reference. Raises `RegisterRefused` where there is none to be seen."""
    row = connection.execute(select(REQUESTS).where(ExemptionRequestRow.id == reference)).one_or_none()
    if row is None or not sees_request(connection, actor(connection), access_request(row)):
        raise RegisterRefused(
            f"there is no request {show_reference(reference)}: sluicegate exemptions list --waiting"
        )
    return access_request(row)


def refuse_decided(asked: AccessRequest) -> None:
    """Nothing is decided twice."""
    if asked.decided is not None:
        raise RegisterRefused(
            f"{show_reference(asked.id)} is {asked.decided.outcome} already, by {asked.decided.by}"
        )


def refuse_unfit_answer(asked: AccessRequest, grant: Grant) -> None:
    """A grant answers a request for the same people, once."""
    refuse_decided(asked)
    if asked.first is not None:
        raise RegisterRefused(f"{show_reference(asked.id)} waits for its second word, not for another grant")
    wanted = asked.organisation, asked.grantee_kind, asked.grantee
    if wanted != (grant.organisation, grant.grantee_kind, grant.grantee):
        raise RegisterRefused(f"{show_reference(asked.id)} asks for somebody else; grant that by itself")


def decide(
    connection: Connection,
    asked: AccessRequest,
    outcome: RequestOutcome,
    because: str,
    now: datetime,
    *,
    restricted: bool,
) -> None:
    """Write down what became of a request. Raises `RegisterRefused` where somebody else was first."""
    refuse_decided(asked)
    values = {
        "outcome": outcome,
        "decided_at": now,
        "decided_by": actor(connection),
        "restricted": restricted,
    }
    undecided = ExemptionRequestRow.id == asked.id, ExemptionRequestRow.outcome.is_(None)
    decided = update(ExemptionRequestRow).where(*undecided).values(**values, decided_because=because)
    if connection.execute(decided).rowcount == 0:  # somebody else was first, between our look and our word
        refuse_decided(find_request(connection, asked.id))
