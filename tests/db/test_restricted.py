"""Who sees a restricted exemption beside SQLite: who has a part in it."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from db.engine import reading
from db.exemption_rows import AccessRequest, RequestDecided, Waits
from db.restricted import sees, sees_request, spoken
from policy.registers import Exemption, GranteeKind, TargetKind
from policy.words import RequestOutcome
from tests.db.conftest import Database

NOW = datetime.now(UTC)
EXEMPTION = Exemption(
    id="E",
    grantee_kind=GranteeKind.PERSON,
    grantee="jane",
    kind=TargetKind.HOST,
    target="a.test",
    start=NOW,
    until=NOW,
    purpose="x",
    granted_by="granter",
    requested_by="asker",
    second_by="second",
    restricted=True,
)
REQUEST = AccessRequest(
    id="R",
    organisation="",
    grantee_kind=GranteeKind.PERSON,
    grantee="jane",
    kind=TargetKind.HOST,
    target="a.test",
    category=None,
    purpose="x",
    decision=None,
    requested_by="asker",
    restricted=True,
    asked_of="asked",
    joined=0,
    at=NOW,
    first=Waits("first", NOW, {}),
    decided=RequestDecided(RequestOutcome.REFUSED, NOW, "decider", "x"),
)


@pytest.mark.parametrize(
    ("who", "exemption", "request_"),
    [
        ("granter", True, False),
        ("Second", True, False),
        ("asker", True, True),
        ("ASKED", False, True),
        ("first", False, True),
        ("decider", False, True),
        ("jane", False, False),
        ("eve", False, False),
        ("", False, False),
    ],
)
def test_who_has_a_part_in_it_sees_it(sqlite: Database, who: str, *, exemption: bool, request_: bool) -> None:
    with reading(sqlite.engine) as connection:
        assert sees(connection, who, EXEMPTION) is exemption
        assert sees_request(connection, who, REQUEST) is request_
        assert sees(connection, who, replace(EXEMPTION, restricted=False))
        assert sees_request(connection, who, replace(REQUEST, restricted=False))


def test_on_postgresql_the_database_has_left_out_the_others(postgresql: Database) -> None:
    with reading(postgresql.engine) as connection:
        assert sees(connection, "eve", EXEMPTION)
        assert sees_request(connection, "eve", REQUEST)


def test_the_change_log_is_told_no_reason_of_a_restricted_one() -> None:
    assert spoken(restricted=False, because="press work") == "press work"
    assert spoken(restricted=True, because="covert enquiry") == "restricted"
