"""Granting in somebody's transaction: the office is looked up there, in the right organisation."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Engine

from db.engine import reading
from db.granting import refuse_without_office
from db.grants import Offices
from policy.errors import RegisterRefused
from tests.db.exemptions import give_roles

NOW = datetime.now(UTC)
PRESS = Offices(first=(("Press Office", "Editor"),))
TWO = Offices(first=(("Press Office",), ("Editor",)))


@pytest.mark.parametrize(
    ("who", "wanted", "organisation", "may"),
    [
        ("ines", PRESS, "", True),
        ("INES", PRESS, "", True),
        ("ines", PRESS, "fire", True),
        ("ines", TWO, "", False),
        ("both", TWO, "", True),
        ("otto", PRESS, "", False),
        ("fay", PRESS, "fire", True),
        ("fay", PRESS, "", False),
        ("nobody", PRESS, "", False),
        ("nobody", Offices(), "", True),
    ],
)
def test_an_office_is_a_role_of_the_register(
    engine: Engine, who: str, wanted: Offices, organisation: str, *, may: bool
) -> None:
    give_roles(engine, "ines", "press office")
    give_roles(engine, "both", "Press Office", "Editor")
    give_roles(engine, "otto", "Reader")
    give_roles(engine, "fay", "Editor", organisation="fire")
    with reading(engine) as connection:
        if may:
            refuse_without_office(connection, who, wanted, organisation, NOW)
            return
        with pytest.raises(RegisterRefused, match=r"Press Office or Editor|Editor"):
            refuse_without_office(connection, who, wanted, organisation, NOW)


def test_a_role_that_nobody_confirmed_in_time_is_no_office(engine: Engine) -> None:
    give_roles(engine, "ines", "Editor")
    with reading(engine) as connection, pytest.raises(RegisterRefused, match="no such role"):
        refuse_without_office(connection, "ines", PRESS, "", NOW + timedelta(days=91))
