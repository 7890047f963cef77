"""Telling: once it is over, each person once; what is withheld is asked again, and stays on record."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Engine, func, select, text
from sqlalchemy.exc import DBAPIError

from db.engine import reading, writing
from db.outbox import Outgoing
from db.people_models import OutboxRow
from db.review.authorities import AuthorityStore
from db.review.tellings import TellingStore, ToldPerson
from policy.errors import ReviewRefused
from policy.review.authority import Authority
from tests.db.conftest import Database
from tests.db.people import Becoming, becoming_login
from tests.db.review.reviewing import GRANTER, bounded, grant, service

__all__ = ["becoming_login", "bounded", "service"]

ALICE = ToldPerson("", "alice", {"matter": "PSD/7"})
BOB = ToldPerson("", "bob", {"matter": "PSD/7"})


def over(engine: Engine) -> Authority:
    return AuthorityStore(engine).revoke(grant(engine).id, GRANTER, because="over")


def mailed(database: Database) -> int:
    with reading(database.engine) as connection:
        return connection.scalar(select(func.count()).select_from(OutboxRow)) or 0


def test_each_person_is_told_once_and_it_is_known_when_they_read_it(
    database: Database, service: Engine
) -> None:
    authority, store = over(service), TellingStore(service)
    assert store.tell(authority, [ALICE, BOB]) == 2
    # Who decided at the same moment, on what they saw before: no second mail, no word that they were not.
    mail = Outgoing("mail", {"to": "alice@example.org"})
    for by in ("greta", None):
        with pytest.raises(ReviewRefused, match="have been told"):
            store.tell(authority, [ALICE], by=by, messages=[mail])
    with pytest.raises(ReviewRefused, match="have been told"):
        store.withhold(authority, by="greta", because="too late", ask_again=datetime.now(UTC))
    assert (mailed(database), store.withheld()) == (0, [])
    (notice,) = store.notices_of("", "alice")
    assert (notice.authority, notice.notice, notice.read_at) == (authority.id, {"matter": "PSD/7"}, None)
    assert store.notices_of("Another", "alice") == []


def test_who_read_it_is_said_once_and_by_nobody_else(
    database: Database, service: Engine, request: pytest.FixtureRequest
) -> None:
    store = TellingStore(service)
    store.tell(over(service), [ALICE])
    (notice,) = store.notices_of("", "alice")
    engine = service
    if database.is_postgresql:
        becoming: Becoming = request.getfixturevalue("becoming_login")
        with becoming("login_gateway", "sluicegate_gateway") as engine:
            pages = TellingStore(engine)
            pages.read(notice.id, "", "bob")
            assert pages.notices_of("", "alice")[0].read_at is None
            pages.read(notice.id, "", "alice")
            pages.read(notice.id, "", "alice")
    else:
        store.read(notice.id, "", "alice")
    assert store.notices_of("", "alice")[0].read_at is not None


def test_mail_goes_with_it_or_nobody_is_told(service: Engine) -> None:
    authority, store = over(service), TellingStore(service)
    with pytest.raises(ValueError, match="a NUL"):
        store.tell(authority, [ALICE], messages=[Outgoing("mail", {"to": "\0"})])
    assert store.notices_of("", "alice") == []
    store.tell(authority, [ALICE], messages=[Outgoing("mail", {"to": "alice@example.org"})])
    assert len(store.notices_of("", "alice")) == 1


def test_what_is_withheld_is_listed_by_when_it_is_asked_again_until_it_is_told(service: Engine) -> None:
    store, now = TellingStore(service), datetime.now(UTC)
    later, sooner = over(service), over(service)
    store.withhold(later, by="greta", because="an inquiry goes on", ask_again=now + timedelta(days=90))
    store.withhold(sooner, by="greta", because="an inquiry goes on", ask_again=now + timedelta(days=30))
    assert [one.id for one in store.withheld()] == [sooner.id, later.id]
    with pytest.raises(ReviewRefused, match="said already"):
        store.tell(sooner, [ALICE])
    assert store.withheld("Another") == []
    (first, _) = store.withheld("")
    assert first.told is not None
    assert (first.told.by, first.told.withheld) == ("greta", "an inquiry goes on")
    store.tell(sooner, [ALICE], by="greta")
    assert [one.id for one in store.withheld()] == [later.id]


def test_on_postgresql_nobody_is_told_before_it_is_over_or_by_whom_it_names(bounded: Engine) -> None:
    store = TellingStore(bounded)
    with pytest.raises(ReviewRefused, match="no authority that is over"):
        store.tell(grant(bounded), [ALICE])
    with pytest.raises(ReviewRefused, match="themselves"):
        store.withhold(over(bounded), by="alice", because="x", ask_again=datetime.now(UTC))


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE telling SET withheld = 'another'",
        "DELETE FROM telling",
        "UPDATE review_notice SET notice = '{}'",
        "UPDATE review_notice SET person = 'bob'",
        "DELETE FROM review_notice",
    ],
)
def test_by_whatever_way_no_word_and_no_notice_is_changed(
    database: Database, service: Engine, statement: str
) -> None:
    TellingStore(service).tell(over(service), [ALICE])
    with pytest.raises(DBAPIError), writing(database.engine) as connection:
        connection.execute(text(statement))
