"""
Who sees a restricted exemption: who asked for it, who decided it, and on PostgreSQL an auditor.

PostgreSQL leaves out what a login may not see, by row-level security; beside SQLite, which keeps nobody
apart, it is this module that does. Neither the change log nor anything else tells of one what it is for.
"""

from collections.abc import Iterable

from sqlalchemy import Connection

from db.exemption_rows import AccessRequest
from db.register_rules import same_person
from policy.registers import Exemption


def sees(connection: Connection, me: str, one: Exemption) -> bool:
    """Whether this actor may be shown the exemption."""
    return _is_shown(connection, me, one.restricted, (one.granted_by, one.second_by, one.requested_by))


def sees_request(connection: Connection, me: str, one: AccessRequest) -> bool:
    """Whether this actor may be shown the request."""
    first = one.first.by if one.first is not None else None
    decided = one.decided.by if one.decided is not None else None
    return _is_shown(connection, me, one.restricted, (one.requested_by, one.asked_of, first, decided))


def _is_shown(connection: Connection, me: str, restricted: bool, by: Iterable[str | None]) -> bool:
    # PostgreSQL has left out what this login may not see.
    if not restricted or connection.dialect.name == "postgresql":
        return True
    return any(one and same_person(me, one) for one in by)


def spoken(*, restricted: bool, because: str) -> str:
    """The reason, as the change log may have it."""
    return "restricted" if restricted else because
