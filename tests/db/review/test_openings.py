"""Openings of sealed parts: two people's word, under an authority that permits it, used once."""

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError

from db.engine import writing
from db.review.authorities import AuthorityStore
from db.review.openings import OpeningStore
from policy.errors import ReviewRefused
from policy.review.reviewer import Reviewer
from policy.words import AuthorityOutcome
from tests.db.conftest import Database
from tests.db.people import becoming_login
from tests.db.review.reviewing import GRANTER, RITA, bounded, grant, service

__all__ = ["becoming_login", "bounded", "service"]

OFFICE = "Data Protection Officer"


def test_two_people_agree_and_it_is_used_once(service: Engine) -> None:
    store = OpeningStore(service)
    asked = store.request(grant(service, sealed=True).id, RITA, because="a threat to life")
    with pytest.raises(ReviewRefused, match="not agreed to"):
        store.use(asked.id, RITA)
    agreed = store.agree(asked.id, GRANTER, office=OFFICE, because="agreed")
    assert agreed.decided is not None
    assert (agreed.decided.outcome, agreed.decided.by) == (AuthorityOutcome.GRANTED, "greta")
    with pytest.raises(ReviewRefused, match="decided already"):
        store.refuse(asked.id, GRANTER, office=OFFICE, because="after all")
    used = store.use(asked.id, RITA)
    assert (used.used_by, store.get(asked.id)) == ("rita", used)
    with pytest.raises(ReviewRefused, match="used already"):
        store.use(asked.id, RITA)
    assert store.of("") == [used]
    assert store.of("Another") == []


def test_nobody_agrees_to_their_own_and_who_asked_may_take_it_back(service: Engine) -> None:
    store = OpeningStore(service)
    asked = store.request(grant(service, sealed=True).id, RITA, because="x")
    with pytest.raises(ReviewRefused, match=r"themselves|not_ones_own"):
        store.agree(asked.id, RITA, office=OFFICE, because="x")
    taken = store.refuse(asked.id, RITA, office="", because="a mistake")
    assert taken.decided is not None
    assert taken.decided.outcome is AuthorityOutcome.TAKEN_BACK
    with pytest.raises(ReviewRefused, match="there is no opening"):
        store.get("NONE")


def test_on_postgresql_the_authority_has_to_permit_it_and_to_be_in_force(bounded: Engine) -> None:
    store = OpeningStore(bounded)
    with pytest.raises(ReviewRefused, match="lets sealed parts be opened"):
        store.request(grant(bounded).id, RITA, because="x")
    authority = grant(bounded, sealed=True)
    waiting = store.request(authority.id, RITA, because="x")
    agreed = store.request(authority.id, RITA, because="x")
    store.agree(agreed.id, GRANTER, office=OFFICE, because="x")
    with pytest.raises(ReviewRefused, match="about themselves"):
        store.agree(waiting.id, Reviewer("", "alice", frozenset()), office=OFFICE, because="x")
    AuthorityStore(bounded).revoke(authority.id, GRANTER, because="over")
    with pytest.raises(ReviewRefused, match="lets sealed parts be opened"):
        store.agree(waiting.id, GRANTER, office=OFFICE, because="x")
    with pytest.raises(ReviewRefused, match="lets sealed parts be opened"):
        store.use(agreed.id, RITA)
    store.refuse(waiting.id, GRANTER, office=OFFICE, because="it is over")


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE sealed_opening SET authority = 'another'",
        "UPDATE sealed_opening SET used_at = NULL, used_by = NULL",
        "UPDATE sealed_opening SET decided_by = 'another'",
        "DELETE FROM sealed_opening",
    ],
)
def test_by_whatever_way_nothing_of_it_is_changed(
    database: Database, service: Engine, statement: str
) -> None:
    store = OpeningStore(service)
    asked = store.request(grant(service, sealed=True).id, RITA, because="x")
    store.agree(asked.id, GRANTER, office=OFFICE, because="x")
    store.use(asked.id, RITA)
    with pytest.raises(DBAPIError), writing(database.engine) as connection:
        connection.execute(text(statement))
