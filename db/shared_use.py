"""
Authorised shared use: that a login or a device was, or will be, lawfully used by others (S3.5.3).

It opens nothing. It is shown with the person or device: what was recorded of that time does not show who
it was.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Engine, Row, insert, select

from db.actor import actor
from db.change import record_change
from db.engine import reading, writing
from db.people_models import SharedUseRow
from db.register_rules import fit_reason, refuse_unfit_names, refuse_unfit_period
from policy.errors import RegisterRefused
from policy.identifiers import new_reference


@dataclass(frozen=True, slots=True)
class SharedUse:
    """One authorised shared use, of a person's login or of a device."""

    id: str
    organisation: str
    person: str | None
    device: str | None
    reference: str  # of the authorisation
    because: str
    start: datetime
    until: datetime
    at: datetime
    by: str


class SharedUseStore:
    """What may be done with shared uses: nothing is ever changed. The actor is the connection's own."""

    def __init__(self, engine: Engine, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._engine = engine
        self._now = now

    def record(
        self,
        organisation: str,
        *,
        person: str | None = None,
        device: str | None = None,
        reference: str,
        because: str,
        start: datetime,
        until: datetime,
    ) -> SharedUse:
        """Record one, of a person or of a device. Raises `RegisterRefused`."""
        because = fit_reason(because)
        reference = fit_reason(reference, "the reference of the authorisation")
        refuse_unfit_names(organisation, person, device)
        refuse_unfit_period(start, until)
        if (person is None) == (device is None):
            raise RegisterRefused("a shared use is of one person's login, or of one device; name it")
        identifier = new_reference()
        row = {"organisation": organisation, "person": person, "device": device, "reference": reference}
        with writing(self._engine) as connection:
            connection.execute(
                insert(SharedUseRow).values(
                    **row,
                    id=identifier,
                    because=because,
                    start=start,
                    until=until,
                    at=self._now(),
                    actor=actor(connection),
                )
            )
            after = {**row, "id": identifier, "start": start.isoformat(), "until": until.isoformat()}
            record_change(connection, what="shared use recorded", before=None, after=after, because=because)
            found = connection.execute(select(_TABLE).where(SharedUseRow.id == identifier)).one()
            return _shared(found)

    def shared_uses(self, *, everything: bool = False) -> list[SharedUse]:
        """Those that are not over, or all that are kept; newest first."""
        query = select(_TABLE).order_by(SharedUseRow.at.desc())
        if not everything:
            query = query.where(SharedUseRow.until > self._now())
        with reading(self._engine) as connection:
            return [_shared(row) for row in connection.execute(query)]


_TABLE = SharedUseRow.__table__


def _shared(row: Row[Any]) -> SharedUse:
    columns = {key: value for key, value in row._mapping.items() if key != "actor"}
    return SharedUse(**columns, by=row.actor)
