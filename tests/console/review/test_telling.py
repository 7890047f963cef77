"""People are told of authorities that are over: by the granting office's word, or by itself after a while."""

import threading
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Engine, select

from console.review.telling import Telling, tell_repeatedly
from db.engine import reading
from db.models import ChangeRow
from db.people import PeopleStore
from db.people_models import OutboxRow
from db.person_rows import PersonEntry
from db.review.afterwards import Afterwards, NamedPerson
from db.review.authorities import AuthorityStore
from db.review.tellings import TellingStore
from policy.errors import DatabaseAway, ReviewRefused
from policy.review.authority import Authority
from policy.review.reviewer import Reviewer
from policy.review.telling import GRACE, SUBJECT
from tests.db.conftest import Database
from tests.db.people import becoming, becoming_login
from tests.db.review.reviewing import GRANTER, RITA, grant, service
from tests.samples import shipped_policy

__all__ = ["becoming", "becoming_login", "service"]

CHIEF = Reviewer("", "greta", frozenset(), frozenset({"chief executive and monitoring officer"}))


def telling(engine: Engine, later: timedelta = timedelta(), *, mails: bool = True) -> Telling:
    """What tells people, so much later than now."""
    return Telling(
        shipped_policy(),
        AuthorityStore(engine),
        TellingStore(engine),
        Afterwards(engine),
        lambda: datetime.now(UTC) + later,
        mails,
    )


def over(engine: Engine) -> Authority:
    """An authority about alice and bob that has just been revoked."""
    authority = grant(engine)
    return AuthorityStore(engine).revoke(authority.id, GRANTER, because="it is done")


def with_mail(database: Database) -> None:
    """Alice's address is one that mail can be sent to; bob's is no plain one."""
    people = [
        PersonEntry("", "alice", email="alice@example.org", manager="mona"),
        PersonEntry("", "bob", email="Bob <bob@example.org>", manager="mona"),
    ]
    PeopleStore(database.engine).enter(
        people, roles_until=datetime.now(UTC) + timedelta(days=90), because="a test"
    )


def mailed(database: Database) -> list[dict[str, str]]:
    """What waits to be sent, as the desk will read it."""
    with reading(database.engine) as connection:
        return list(connection.scalars(select(OutboxRow.content).order_by(OutboxRow.id)))


def changes(database: Database) -> list[tuple[str, str]]:
    with reading(database.engine) as connection:
        rows = connection.execute(select(ChangeRow.what, ChangeRow.actor).order_by(ChangeRow.at))
        return [(what, actor) for what, actor in rows if what.startswith("review")]


def test_the_granting_offices_word_tells_them_by_page_and_mail(database: Database, service: Engine) -> None:
    with_mail(database)
    authority = over(service)
    told = telling(service).decide(authority, CHIEF, None).told
    assert told is not None
    assert (told.by, told.withheld, told.ask_again) == ("greta", None, None)
    for person in ("alice", "bob"):
        (notice,) = TellingStore(service).notices_of("", person)
        assert notice.notice["reference"] == authority.id
        assert notice.notice["subject"] == SUBJECT
        assert notice.read_at is None
    (mail,) = mailed(database)
    assert (mail["to"], mail["subject"]) == ("alice@example.org", SUBJECT)
    assert all(paragraph in mail["body"] for paragraph in notice.notice["paragraphs"])
    assert "bob" not in mail["body"]
    assert changes(database) == [("review told", "greta")]
    with pytest.raises(ReviewRefused, match="have been told"):
        telling(service).decide(AuthorityStore(service).get(authority.id), CHIEF, "Too late.")


def test_where_nothing_is_mailed_their_own_page_says_it(database: Database, service: Engine) -> None:
    """A mail that nobody sends would lie there with a name in it."""
    with_mail(database)
    telling(service, mails=False).decide(over(service), CHIEF, None)
    assert len(TellingStore(service).notices_of("", "alice")) == 1
    assert mailed(database) == []


def test_a_reason_for_not_telling_holds_until_something_else_is_said(
    database: Database, service: Engine
) -> None:
    authority = over(service)
    spoken = telling(service).decide(authority, CHIEF, "It would warn a third person.").told
    assert spoken is not None
    assert spoken.ask_again is not None
    assert timedelta(days=89) < spoken.ask_again - datetime.now(UTC) <= timedelta(days=90)
    assert telling(service, timedelta(days=400)).tell_due() == 0, "also long after it was to be asked again"
    assert TellingStore(service).notices_of("", "alice") == []
    assert [one.id for one in TellingStore(service).withheld("")] == [authority.id]
    telling(service).decide(AuthorityStore(service).get(authority.id), CHIEF, None)
    assert len(TellingStore(service).notices_of("", "alice")) == 1
    assert TellingStore(service).withheld("") == []
    assert changes(database) == [("review not told", "greta"), ("review told", "greta")]


def test_who_was_not_spoken_of_is_told_after_a_while_and_once(database: Database, service: Engine) -> None:
    with_mail(database)
    authority = over(service)
    grant(service)  # in force: nobody is told of it
    assert telling(service).tell_due() == 0
    assert telling(service, GRACE - timedelta(minutes=1)).tell_due() == 0
    assert telling(service, GRACE + timedelta(minutes=1)).tell_due() == 1
    assert telling(service, GRACE + timedelta(minutes=1)).tell_due() == 0
    (notice,) = TellingStore(service).notices_of("", "alice")
    assert notice.authority == authority.id
    assert len(mailed(database)) == 1


def test_one_whose_people_cannot_be_told_keeps_nobody_elses(
    service: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken, other = over(service), over(service)
    tells = telling(service, GRACE + timedelta(minutes=1))
    named = tells.afterwards.named

    def fails(authority: Authority) -> list[NamedPerson]:
        if authority.id == broken.id:
            raise ValueError("what nobody thought of")
        return named(authority)

    monkeypatch.setattr(tells.afterwards, "named", fails)
    assert tells.tell_due() == 1
    assert [one.authority for one in TellingStore(service).notices_of("", "alice")] == [other.id]


def test_only_the_granting_office_decides(service: Engine) -> None:
    authority = over(service)
    for who in (RITA, Reviewer("", "alice", frozenset())):
        with pytest.raises(ReviewRefused, match="is decided by"):
            telling(service).decide(authority, who, "Because I say so.")
    assert telling(service, GRACE + timedelta(minutes=1)).tell_due() == 1


def test_what_fails_is_tried_again_and_ends_when_it_is_told_to(caplog: pytest.LogCaptureFixture) -> None:
    end, tries = threading.Event(), list[int]()

    def tell_due() -> int:
        tries.append(len(tries))
        if len(tries) == 1:
            raise DatabaseAway("the database is away")
        if len(tries) == 2:
            raise AssertionError("a bug")
        end.set()
        return 1

    with caplog.at_level("INFO"):
        tell_repeatedly(tell_due, end, every=0)
    assert len(tries) == 3
    said = [record.getMessage() for record in caplog.records]
    assert said == [
        "nobody was told of reviews that are over: the database is away",
        "nobody was told of reviews that are over",
        "the people of 1 reviews that are over were told",
    ]
