"""Authorities: asked for, decided once by somebody else, revoked once; each on record."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, insert, select, text
from sqlalchemy.exc import DBAPIError

from db.engine import reading, writing
from db.models import ChangeRow
from db.review.authorities import AuthorityStore, authorities
from db.review.tellings import TellingStore
from db.review_models import AuthorityRow
from policy.errors import ReviewRefused
from policy.review.authority import Authority
from policy.review.reviewer import Reviewer
from policy.words import AuthorityOutcome, ReviewerRole
from tests.db.conftest import Database
from tests.db.people import becoming_login
from tests.db.review.reviewing import (
    GRANTER,
    MONA,
    RITA,
    bounded,
    grant,
    service,
    terms,
)

__all__ = ["becoming_login", "bounded", "service"]

OFFICE = "Head of Standards"


def changes(engine: Engine) -> list[tuple[str, str, str]]:
    """What was changed, by whom and why, oldest first; without the register of people."""
    columns = (ChangeRow.what, ChangeRow.actor, ChangeRow.because)
    query = select(*columns).where(ChangeRow.what != "people entered").order_by(ChangeRow.at)
    with reading(engine) as connection:
        return [(row.what, row.actor, row.because) for row in connection.execute(query)]


def test_what_was_asked_for_comes_back_to_the_letter(service: Engine) -> None:
    wanted = terms(categories=("gambling",), units=("Finance",), sealed=True, renews="K7QF2M9T")
    asked = AuthorityStore(service).request(wanted, RITA)
    assert asked.terms == wanted
    assert (asked.requested_by, asked.decided, asked.begins, asked.told) == ("rita", None, None, None)
    assert AuthorityStore(service).get(asked.id) == asked


def test_a_grant_begins_now_and_lasts_for_its_days(service: Engine) -> None:
    before = datetime.now(UTC)
    granted = grant(service, days=3)
    assert granted.decided is not None
    assert (granted.decided.outcome, granted.decided.by) == (AuthorityOutcome.GRANTED, "greta")
    assert granted.begins is not None
    assert granted.ends == granted.begins + timedelta(days=3)
    assert before <= granted.begins <= datetime.now(UTC)
    assert granted.in_force(granted.begins)


def test_every_step_is_a_change_by_whoever_took_it(database: Database, service: Engine) -> None:
    store = AuthorityStore(service)
    granted = grant(service)
    store.revoke(granted.id, GRANTER, because="over")
    store.refuse(store.request(terms(), RITA).id, GRANTER, office=OFFICE, because="no need")
    store.take_back(store.request(terms(), RITA).id, RITA, because="a mistake")
    necessity = terms().necessity
    assert changes(database.engine) == [
        ("authority requested", "rita", necessity),
        ("authority granted", "greta", "it is needed"),
        ("authority revoked", "greta", "over"),
        ("authority requested", "rita", necessity),
        ("authority refused", "greta", "no need"),
        ("authority requested", "rita", necessity),
        ("authority taken-back", "rita", "a mistake"),
    ]


def test_what_is_decided_is_not_decided_again_and_what_is_over_not_ended(service: Engine) -> None:
    store = AuthorityStore(service)
    granted = grant(service)
    with pytest.raises(ReviewRefused, match="decided already"):
        store.refuse(granted.id, GRANTER, office=OFFICE, because="after all")
    with pytest.raises(ReviewRefused, match="decided already"):
        store.take_back(granted.id, RITA, because="after all")
    store.revoke(granted.id, GRANTER, because="over")
    with pytest.raises(ReviewRefused, match="not in force"):
        store.revoke(granted.id, GRANTER, because="once more")
    with pytest.raises(ReviewRefused, match="there is no authority"):
        store.grant("NONE", GRANTER, office=OFFICE, because="x")


@pytest.mark.parametrize(
    ("wrong", "why"),
    [
        ({"people": (), "units": ()}, "names nobody"),
        ({"necessity": ""}, "in_words"),
        ({"days": 29}, "authority_days"),
        ({"until": terms().since}, "authority_period"),
    ],
)
def test_terms_that_cannot_be_are_refused_by_the_database_too(
    service: Engine, wrong: dict[str, object], why: str
) -> None:
    with pytest.raises(ReviewRefused, match=why):
        AuthorityStore(service).request(terms(**wrong), RITA)


def test_nobody_decides_their_own_and_nobody_else_takes_it_back(service: Engine) -> None:
    store = AuthorityStore(service)
    asked = store.request(terms(), RITA)
    shouting = Reviewer("", "RITA", frozenset())
    decisions: tuple[Callable[[], Authority], ...] = (
        lambda: store.grant(asked.id, RITA, office=OFFICE, because="x"),
        lambda: store.grant(asked.id, shouting, office=OFFICE, because="x"),
        lambda: store.refuse(asked.id, RITA, office=OFFICE, because="x"),
        lambda: store.take_back(asked.id, GRANTER, because="x"),
    )
    for decide in decisions:
        with pytest.raises(ReviewRefused, match=r"themselves|not_ones_own"):
            decide()
    assert store.get(asked.id).decided is None


@pytest.mark.parametrize(("login", "named"), [("alice", "alice"), ("ALICE", "alice"), ("alice", "mona")])
def test_on_postgresql_nobody_asks_about_themselves_or_their_line_manager(
    bounded: Engine, login: str, named: str
) -> None:
    with pytest.raises(ReviewRefused, match="about themselves or their line manager"):
        AuthorityStore(bounded).request(terms(people=("carol", named)), Reviewer("", login, frozenset()))


def test_on_postgresql_nobody_decides_or_ends_what_is_about_themselves_or_their_line_manager(
    bounded: Engine,
) -> None:
    store = AuthorityStore(bounded)
    for named, login in ((("alice",), "alice"), (("mona",), "bob")):
        by = Reviewer("", login, frozenset())
        asked, granted = store.request(terms(people=named), RITA), grant(bounded, people=named)
        with pytest.raises(ReviewRefused, match="about themselves or their line manager"):
            store.grant(asked.id, by, office=OFFICE, because="x")
        with pytest.raises(ReviewRefused, match="about themselves or their line manager"):
            store.refuse(asked.id, by, office=OFFICE, because="x")
        with pytest.raises(ReviewRefused, match="about themselves or their line manager"):
            store.revoke(granted.id, by, because="x")


def test_lists_are_of_an_organisation_newest_first(service: Engine) -> None:
    store = AuthorityStore(service)
    first, second = store.request(terms(), RITA), store.request(terms(), MONA)
    store.request(terms(organisation="Another"), Reviewer("Another", "rita", frozenset()))
    granted = store.grant(first.id, GRANTER, office=OFFICE, because="x")
    assert [one.id for one in store.of("")] == [second.id, granted.id]
    assert [one.id for one in store.of("", requested_by="mona")] == [second.id]
    assert [one.id for one in store.waiting("")] == [second.id]
    assert store.of("", since=datetime.now(UTC) + timedelta(hours=1)) == []


def test_without_a_limit_none_is_left_out(sqlite: Database) -> None:
    """The auditor's list of whom nobody told would lose its oldest first, silently."""
    AuthorityStore(sqlite.engine).request(terms(), RITA)
    with writing(sqlite.engine) as connection:
        row = dict(connection.execute(select(AuthorityRow.__table__)).one()._mapping)
        many = [{**row, "id": f"A{number:07}"} for number in range(600)]
        connection.execute(insert(AuthorityRow), many)
        assert len(authorities(connection)) == 601
        assert len(authorities(connection, limit=500)) == 500


def test_the_last_word_on_telling_comes_with_it(service: Engine) -> None:
    store = AuthorityStore(service)
    over, standing = grant(service), grant(service)
    over = store.revoke(over.id, GRANTER, because="over")
    TellingStore(service).tell(over, [])
    told = store.get(over.id).told
    assert told is not None
    assert told.withheld is None
    assert store.get(standing.id).told is None


NEVER: tuple[str, ...] = (
    "UPDATE authority SET people = '[\"carol\"]'",
    "UPDATE authority SET allowed_visits = false",
    "UPDATE authority SET requested_by = 'x'",
    "UPDATE authority SET decided_because = 'another'",
    "UPDATE authority SET ends = begins",
    "UPDATE authority SET revoked_because = 'another'",
    "DELETE FROM authority",
)


def test_by_whatever_way_nothing_of_it_is_changed_or_goes(database: Database, service: Engine) -> None:
    granted = grant(service)
    AuthorityStore(service).revoke(granted.id, GRANTER, because="over")
    for statement in NEVER:
        with pytest.raises(DBAPIError), writing(database.engine) as connection:
            connection.execute(text(statement))


def test_by_whatever_way_it_begins_undecided(database: Database, service: Engine) -> None:
    grant(service)
    columns = "organisation, role, matter, purpose, necessity, proportionality, less_intrusive, people, units"
    columns += ", since, until, categories, allowed_visits, sealed, days, requested_by, at, via, outcome"
    columns += ", decided_at, decided_by, decided_office, decided_because, begins, ends"
    copy = f"INSERT INTO authority (id, {columns}) SELECT 'B', {columns} FROM authority"  # noqa: S608 - names of our own
    with pytest.raises(DBAPIError, match="begins undecided"), writing(database.engine) as connection:
        connection.execute(text(copy))


def test_roles_are_kept_as_words(service: Engine) -> None:
    given: Any = AuthorityStore(service).request(terms(role=ReviewerRole.LINE_MANAGER), MONA).terms.role
    assert given is ReviewerRole.LINE_MANAGER
