"""Exemptions as rows: there and back, over for the release before where it would take them for another."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Engine, insert, select

from db.engine import reading, writing
from db.exemption_rows import exemption, exemption_columns, exemptions_at
from db.models import ExemptionRow
from policy.registers import Exemption, GranteeKind, TargetKind
from tests.db.exemptions import me

NOW = datetime.now(UTC)
HOUR = timedelta(hours=1)


def example(engine: Engine, kind: GranteeKind, grantee: str, organisation: str = "") -> Exemption:
    return Exemption(
        id="E",
        grantee_kind=kind,
        grantee=grantee,
        kind=TargetKind.HOST,
        target="a.test",
        start=NOW,
        until=NOW + HOUR,
        purpose="an enquiry",
        granted_by=me(engine),
        organisation=organisation,
        review=NOW + HOUR / 2,
        procedure="SOP 7",
    )


@pytest.mark.parametrize(
    ("kind", "grantee", "organisation", "as_ever"),
    [
        (GranteeKind.PERSON, "jane", "", True),
        (GranteeKind.ROLE, "Press", "", True),
        (GranteeKind.EVERYONE, "", "", True),
        (GranteeKind.UNIT, "Fraud", "", False),
        (GranteeKind.NETWORK, "10.0.0.0/24", "", False),
        (GranteeKind.PERSON, "jane", "fire", False),
    ],
)
def test_a_row_says_what_it_was_written_from(
    engine: Engine, kind: GranteeKind, grantee: str, organisation: str, *, as_ever: bool
) -> None:
    one = example(engine, kind, grantee, organisation)
    columns = exemption_columns(one)
    assert ("ends" not in columns) is as_ever
    assert (columns["until"] == one.until) is as_ever
    with writing(engine) as connection:
        connection.execute(insert(ExemptionRow).values(**columns, at=NOW))
    with reading(engine) as connection:
        assert exemption(connection.execute(select(ExemptionRow.__table__)).one()) == one
        assert exemptions_at(connection, NOW) == [one]
        assert exemptions_at(connection, NOW + HOUR) == []


def test_a_login_of_the_release_before_is_read_in_its_one_form(engine: Engine) -> None:
    with writing(engine) as connection:
        written = exemption_columns(example(engine, GranteeKind.PERSON, "Jane.Doe"))
        connection.execute(insert(ExemptionRow).values(**written, at=NOW))
    with reading(engine) as connection:
        (one,) = exemptions_at(connection, NOW)
    assert one.grantee == "jane.doe"
