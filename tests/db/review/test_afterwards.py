"""What has to be known once an authority is over, on both databases, by the review service's own login."""

from datetime import UTC, datetime, timedelta

from sqlalchemy import Engine, select

from db.engine import reading
from db.models import AccessRow
from db.people import PeopleStore
from db.person_rows import PersonEntry
from db.review.afterwards import Afterwards, NamedPerson
from db.review.authorities import AuthorityStore
from db.review.looks import Looks
from db.review.tellings import TellingStore, ToldPerson
from tests.db.conftest import Database
from tests.db.examples import decision
from tests.db.people import becoming, becoming_login
from tests.db.review.reviewing import GRANTER, RITA, SINCE, grant, scope_of, service, ship, terms

__all__ = ["becoming", "becoming_login", "service"]


def test_whom_an_authority_names_by_login_and_by_unit(database: Database, service: Engine) -> None:
    """A unit is compared as people write it; whom the register does not have is named too."""
    PeopleStore(database.engine).enter(
        [
            PersonEntry("", "alice", email="alice@example.org", unit="Finance"),
            PersonEntry("", "eve", email="eve@example.org", unit="FRAUD"),
            PersonEntry("", "finn", unit="Frauds"),
            PersonEntry("fire", "gus", unit="Fraud"),
        ],
        roles_until=datetime.now(UTC) + timedelta(days=90),
        because="a test",
    )
    afterwards = Afterwards(service)
    by_name = grant(service, people=("alice", "gone"))
    assert afterwards.named(by_name) == [NamedPerson("alice", "alice@example.org"), NamedPerson("gone", None)]
    by_both = grant(service, people=("gone",), units=("fraud",))
    assert afterwards.named(by_both) == [NamedPerson("eve", "eve@example.org"), NamedPerson("gone", None)]


def test_who_has_moved_out_of_a_unit_since_is_told_as_who_stayed(database: Database, service: Engine) -> None:
    then = SINCE + timedelta(days=3)
    ship(
        database,
        [
            decision(at=then, organisation="", person="alice", unit="Fraud"),
            decision(at=then, organisation="", person="bob", unit="Finance"),
            decision(at=then + timedelta(days=60), organisation="", person="carol", unit="Fraud"),
            decision(at=then, organisation="fire", person="gus", unit="Fraud"),
        ],
    )
    of_unit = grant(service, people=(), units=("fraud",))
    assert Afterwards(service).named(of_unit) == [NamedPerson("alice", None)], "who is in Finance now"
    with reading(service) as connection:
        seen = select(AccessRow.question, AccessRow.rows_seen).order_by(AccessRow.at)
        assert [tuple(row) for row in connection.execute(seen)] == [
            ({"authority": of_unit.id}, None),
            ({}, 1),
        ]


def test_looks_by_an_authority_are_counted_and_refusals_are_none(service: Engine) -> None:
    one, other = grant(service), grant(service)
    looks, asked = Looks(service), {"people": ["alice"]}
    for _ in range(3):
        with looks.open(
            RITA, what="search", question=asked, purpose="a test", authority=one.id, scope=scope_of(one)
        ) as look:
            look.seen(0)
    looks.refused(RITA, what="search", question=asked, purpose="a test", authority=one.id, why="no")
    afterwards = Afterwards(service)
    assert (afterwards.looks(one.id), afterwards.looks(other.id)) == (3, 0)


def test_what_was_renewed_is_over_with_the_last_of_its_renewals(service: Engine) -> None:
    """Whoever was told of the first would be warned of the second."""
    store = AuthorityStore(service)
    first = grant(service)
    second = grant(service, renews=first.id, necessity="one more has to be heard")
    third = grant(service, renews=second.id, necessity="and another")
    refused = store.request(terms(renews=third.id, necessity="for ever"), RITA)
    store.refuse(refused.id, GRANTER, office="Head of Standards", because="enough")
    afterwards = Afterwards(service)
    for one in (first, second):
        store.revoke(one.id, GRANTER, because="it is done")
    # The third is in force, and was never revoked.
    assert afterwards.not_spoken_of(datetime.now(UTC) + timedelta(minutes=1)) == []
    store.revoke(third.id, GRANTER, because="it is done")
    found = afterwards.not_spoken_of(datetime.now(UTC) + timedelta(minutes=1))
    assert {one.id for one in found} == {first.id, second.id, third.id}


def test_what_is_over_and_not_spoken_of(service: Engine) -> None:
    store, tellings = AuthorityStore(service), TellingStore(service)
    in_force, silent, told, withheld = (grant(service) for _ in range(4))
    asked = store.request(in_force.terms, RITA)
    for one in (silent, told, withheld):
        store.revoke(one.id, GRANTER, because="it is done")
    again = datetime.now(UTC) + timedelta(days=90)
    tellings.tell(told, [ToldPerson("", "alice", {"paragraphs": []})], by="greta")
    tellings.withhold(withheld, by="greta", because="it would warn them", ask_again=again)
    afterwards, now = Afterwards(service), datetime.now(UTC) + timedelta(minutes=1)
    assert [one.id for one in afterwards.not_spoken_of(now)] == [silent.id]
    assert afterwards.not_spoken_of(now - timedelta(days=1)) == []
    much_later = {one.id for one in afterwards.not_spoken_of(now + timedelta(days=29))}
    assert much_later == {silent.id, in_force.id}
    assert asked.id not in much_later
