"""Who stands behind a login: one person of the register, as it is at that moment."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Engine, text

from db.engine import writing
from db.people import PeopleStore
from db.person_rows import PersonEntry
from db.review.actors import Actors
from policy.errors import ReviewRefused
from policy.review.reviewer import Reviewer
from policy.sections.review import Review, ReviewRole, ReviewRoles
from policy.words import ReviewerRole

REVIEW = Review(
    granted_by="Head of Standards",
    role=ReviewRoles(
        professional_standards=ReviewRole(offices=("PSD Officer",)),
        line_manager=ReviewRole(offices=("Manager",)),
    ),
)
NOW = datetime.now(UTC)


@pytest.fixture
def people(engine: Engine) -> PeopleStore:
    store = PeopleStore(engine)
    enter(
        store,
        PersonEntry("", "rita", manager="mona", roles=("psd officer", "driver")),
        PersonEntry("", "mona", roles=("Manager",)),
        PersonEntry("", "greta", roles=("Head of Standards",)),
        PersonEntry("", "left", ends=NOW - timedelta(days=1), roles=("PSD Officer",)),
        PersonEntry("A", "shared"),
        PersonEntry("B", "shared"),
        PersonEntry("B", "rob", manager="mona"),
    )
    return store


def enter(store: PeopleStore, *entries: PersonEntry) -> None:
    store.enter(entries, roles_until=NOW + timedelta(days=90), because="a test")


def test_a_login_is_one_person_with_the_roles_of_their_offices(engine: Engine, people: PeopleStore) -> None:
    found = Actors(engine, REVIEW).reviewer("RITA")
    assert found == Reviewer(
        "",
        "rita",
        frozenset({ReviewerRole.PROFESSIONAL_STANDARDS}),
        offices=frozenset({"psd officer", "driver"}),
        manager="mona",
    )


def test_a_persons_unit_and_their_line_managers_are_known(engine: Engine, people: PeopleStore) -> None:
    """An authority about a unit is about who is of it."""
    enter(
        people,
        PersonEntry("", "rita", unit="CID", manager="mona", roles=("PSD Officer",)),
        PersonEntry("", "mona", unit="Traffic", roles=("Manager",)),
    )
    found = Actors(engine, REVIEW).reviewer("rita")
    assert (found.unit, found.manager_unit) == ("CID", "Traffic")
    alone = Actors(engine, REVIEW).reviewer("greta")
    assert (alone.unit, alone.manager_unit) == (None, None)


def test_a_line_manager_has_the_team_of_their_own_organisation(engine: Engine, people: PeopleStore) -> None:
    found = Actors(engine, REVIEW).reviewer("mona")
    assert (found.roles, found.team) == (frozenset({ReviewerRole.LINE_MANAGER}), frozenset({"rita"}))


def test_who_only_grants_has_an_office_and_no_role(engine: Engine, people: PeopleStore) -> None:
    found = Actors(engine, REVIEW).reviewer("greta")
    assert (found.roles, found.offices) == (frozenset(), frozenset({"Head of Standards"}))


def test_a_role_that_nobody_confirmed_is_none(engine: Engine, people: PeopleStore) -> None:
    later = Actors(engine, REVIEW, lambda: NOW + timedelta(days=91))
    assert later.reviewer("rita").offices == frozenset()


@pytest.mark.parametrize(
    ("login", "why"),
    [
        ("nobody", "not in the register"),
        ("", "not in the register"),
        ("rita' OR true", "not in the register"),
        ("left", "has left"),
        ("shared", "2 organisations"),
    ],
)
def test_who_cannot_be_told_is_refused(engine: Engine, people: PeopleStore, login: str, why: str) -> None:
    with pytest.raises(ReviewRefused, match=why):
        Actors(engine, REVIEW).reviewer(login)


def test_who_is_disabled_is_refused_from_then_on(engine: Engine, people: PeopleStore) -> None:
    actors = Actors(engine, REVIEW)
    actors.reviewer("rita")
    people.disable("", "rita", because="suspended")
    with pytest.raises(ReviewRefused, match="disabled"):
        actors.reviewer("rita")


def test_without_the_section_nobody_has_a_role(engine: Engine, people: PeopleStore) -> None:
    assert Actors(engine, Review()).reviewer("rita").roles == frozenset()


def test_a_manager_is_read_as_logins_are(engine: Engine, people: PeopleStore) -> None:
    with writing(engine) as connection:
        if engine.dialect.name == "postgresql":
            connection.execute(text("ALTER TABLE person DISABLE TRIGGER USER"))
        connection.execute(text("UPDATE person SET manager = 'MONA' WHERE login = 'rita'"))
        if engine.dialect.name == "postgresql":
            connection.execute(text("ALTER TABLE person ENABLE TRIGGER USER"))
    assert Actors(engine, REVIEW).reviewer("rita").manager == "mona"
