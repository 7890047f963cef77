"""The tables about people: what their constraints refuse, by whatever way a row comes."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Engine, insert
from sqlalchemy.exc import DBAPIError

from db.base import Base
from db.engine import writing
from db.people_models import (
    ConfirmationRow,
    DeviceRow,
    ExemptionRequestRow,
    PersonRow,
    PresenceVersionRow,
    SharedUseRow,
)
from policy.identifiers import uuid7
from policy.people import PersonKind
from policy.registers import GranteeKind, TargetKind
from policy.words import RequestOutcome
from tests.db.exemptions import me

NOW = datetime.now(UTC)
HOUR = timedelta(hours=1)
PERSON = {"organisation": "", "login": "jane", "kind": PersonKind.EMPLOYEE, "at": NOW}
DEVICE = {"organisation": "", "id": "x", "network": "10.0.0.1", "at": NOW}
SHARED = {
    "id": "S",
    "organisation": "",
    "person": "jane",
    "reference": "E/1",
    "because": "x",
    "start": NOW,
    "until": NOW + HOUR,
    "at": NOW,
}
CONFIRMED = {
    "id": "C",
    "organisation": "",
    "person": "jane",
    "site": "a.test",
    "category": "forums",
    "purpose": "x",
    "reference": "R",
    "at": NOW,
    "until": NOW + HOUR,
}
REQUEST = {
    "id": "R",
    "organisation": "",
    "grantee_kind": GranteeKind.PERSON,
    "grantee": "jane",
    "kind": TargetKind.HOST,
    "target": "a.test",
    "purpose": "x",
    "requested_by": "",
    "restricted": False,
    "joined": 0,
    "at": NOW,
}


@pytest.mark.parametrize(
    ("model", "row", "wrong", "why"),
    [
        (PersonRow, PERSON, {"disabled_at": NOW}, "disabled_as_a_whole"),
        (DeviceRow, DEVICE, {"disabled_at": NOW}, "disabled_as_a_whole"),
        (SharedUseRow, SHARED, {"because": ""}, "shared_use_because"),
        (SharedUseRow, SHARED, {"until": NOW}, "shared_use_period"),
        (SharedUseRow, SHARED, {"device": "x"}, "shared_use_of_one"),
        (SharedUseRow, SHARED, {"person": None}, "shared_use_of_one"),
        (ConfirmationRow, CONFIRMED, {"purpose": ""}, "confirmation_purpose"),
        (ConfirmationRow, CONFIRMED, {"until": NOW - HOUR}, "confirmation_period"),
        (ExemptionRequestRow, REQUEST, {"purpose": ""}, "exemption_request_purpose"),
        (ExemptionRequestRow, REQUEST, {"first_by": "bob"}, "undecided|first_as_a_whole"),
        (ExemptionRequestRow, REQUEST, {"outcome": RequestOutcome.GRANTED}, "undecided|decided_as_a_whole"),
        (PresenceVersionRow, {}, {"id": 2, "version": uuid7()}, "only_one"),
    ],
)
def test_a_row_that_cannot_be_is_refused_and_one_that_can_is_not(
    engine: Engine, model: type[Base], row: dict[str, object], wrong: dict[str, object], why: str
) -> None:
    named = {"actor": me(engine)} if "actor" in model.__table__.columns else {}
    with pytest.raises(DBAPIError, match=why), writing(engine) as connection:
        connection.execute(insert(model).values({**row, **named, **wrong}))
    if row:
        with writing(engine) as connection:
            connection.execute(insert(model).values(**row, **named))
