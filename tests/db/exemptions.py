"""Exemptions as tests want them, and the people who may grant them."""

from datetime import UTC, datetime, timedelta

from sqlalchemy import Engine

from db.actor import actor
from db.engine import reading
from db.exemptions import ExemptionStore
from db.grants import Grant
from db.people import PeopleStore
from db.person_rows import PersonEntry
from policy.document import read_policy
from policy.people import fold_login
from policy.registers import Exemption, GranteeKind, TargetKind

POLICY = read_policy()
FIRST_OFFICE, SECOND_OFFICE = "Information Security Officer", "Operational Security Officer"
"""Of the category `messaging` of the shipped policy, which also asks for a procedure."""


def wanted(**given: object) -> Grant:
    """Social media for alice, for an hour, unless it is said otherwise."""
    columns: dict[str, object] = {
        "grantee_kind": GranteeKind.PERSON,
        "grantee": "alice",
        "kind": TargetKind.HOST,
        "target": "social.test",
        "until": datetime.now(UTC) + timedelta(hours=1),
        "purpose": "an enquiry into fraud",
        **given,
    }
    return Grant(**columns)  # type: ignore[arg-type]  # each of its own type


def granted(engine: Engine, **given: object) -> Exemption:
    """An exemption that one office grants."""
    exemption = ExemptionStore(engine).grant(POLICY, wanted(**given))
    assert isinstance(exemption, Exemption)
    return exemption


def me(engine: Engine) -> str:
    """Who acts by this engine."""
    with reading(engine) as connection:
        return actor(connection)


def give_roles(engine: Engine, login: str, *roles: str, organisation: str = "") -> None:
    """Enter somebody who has these roles; the actor of `engine` is another."""
    PeopleStore(engine).enter(
        [PersonEntry(organisation, fold_login(login), roles=roles)],
        roles_until=datetime.now(UTC) + timedelta(days=90),
        because="a test",
    )
