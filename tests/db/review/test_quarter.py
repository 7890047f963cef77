"""The counts of a quarter, by the review service's own login: what is in it, and what is another's."""

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import cast

from sqlalchemy import Engine

from db.break_glass import BreakGlassStore
from db.engine import reading
from db.review.authorities import AuthorityStore
from db.review.holds import HoldStore
from db.review.looks import Looks
from db.review.quarter import counts
from db.review.tellings import TellingStore, ToldPerson
from db.ruleset_history import NewRuleset, RulesetHistory
from policy.review.hold import HoldTerms
from policy.review.transparency import Counts, Quarter
from policy.words import Purpose
from tests.db.conftest import Database
from tests.db.people import becoming, becoming_login
from tests.db.review.reviewing import GRANTER, RITA, SINCE, UNTIL, grant, scope_of, service, terms

__all__ = ["becoming", "becoming_login", "service"]

DAY = timedelta(days=1)


def around(moment: datetime) -> Quarter:
    """A quarter that has the moment well within it, on whichever day the tests run."""
    return cast("Quarter", SimpleNamespace(since=moment - DAY, until=moment + DAY))


def counted(
    engine: Engine, at: datetime | None = None, organisation: str = "", later: timedelta = DAY
) -> Counts:
    now = datetime.now(UTC)
    with reading(engine) as connection:
        return counts(connection, organisation, around(at or now), {"privileged"}, now + later)


def test_authorities_and_looks_are_counted_by_their_purpose(service: Engine) -> None:
    store, looks = AuthorityStore(service), Looks(service)
    one, crime = grant(service), grant(service, purpose=Purpose.CRIME)
    waits = store.request(terms(), RITA)
    store.take_back(waits.id, RITA, because="no more need")
    no = store.request(terms(), RITA)
    store.refuse(no.id, GRANTER, office="Head of Standards", because="too much")
    for _ in range(2):
        with looks.open(
            RITA, what="review search", question={}, purpose="p", authority=crime.id, scope=scope_of(crime)
        ) as look:
            look.seen(3)
    with looks.open(RITA, what="review statistics", question={}, purpose="p") as look:
        look.seen(5, "counted")
    looks.refused(RITA, what="review search", question={}, purpose="p", authority=one.id, why="no")
    store.revoke(crime.id, GRANTER, because="it is done")
    found = counted(service)
    assert found.asked == {Purpose.BREACH: 3, Purpose.CRIME: 1}
    assert found.granted == {Purpose.BREACH: 1, Purpose.CRIME: 1}
    assert (found.refused, found.taken_back, found.revoked) == (1, 1, 1)
    assert (found.looks, found.looks_without, found.looks_refused) == ({Purpose.CRIME: 2}, 1, 1)


def test_another_quarter_and_another_organisation_have_none_of_it(service: Engine) -> None:
    AuthorityStore(service).revoke(grant(service).id, GRANTER, because="it is done")
    Looks(service).refused(RITA, what="review search", question={}, purpose="p", authority=None, why="no")
    assert counted(service) != Counts()
    assert counted(service, datetime.now(UTC) - 9 * DAY) == Counts()
    assert counted(service, organisation="fire") == Counts()


def test_who_was_told_and_who_not_yet(service: Engine) -> None:
    store, tellings = AuthorityStore(service), TellingStore(service)
    told, withheld, silent, running = (grant(service) for _ in range(4))
    for one in (told, withheld, silent):
        store.revoke(one.id, GRANTER, because="it is done")
    tellings.tell(told, [ToldPerson("", "alice", {}), ToldPerson("", "bob", {})], by="greta")
    tellings.withhold(
        withheld, by="greta", because="it would warn them", ask_again=datetime.now(UTC) + 90 * DAY
    )
    found = counted(service)
    # Of two that are over alice and bob are not told yet: they are two people, and no four.
    assert (found.people_told, found.people_not_yet) == (2, 2)
    assert (found.withheld, found.to_be_asked_again_now) == (1, 0)
    assert counted(service, later=91 * DAY).to_be_asked_again_now == 1
    assert running.ends is not None


def test_people_are_counted_and_not_what_they_were_sent(service: Engine) -> None:
    """Ten notices to one person would be told as ten people, which is not few enough to be kept back."""
    store, tellings = AuthorityStore(service), TellingStore(service)
    for _ in range(3):
        one = grant(service)
        store.revoke(one.id, GRANTER, because="it is done")
        tellings.tell(one, [ToldPerson("", "alice", {}), ToldPerson("", "bob", {})], by="greta")
    of_unit = grant(service, people=(), units=("finance",))
    store.revoke(of_unit.id, GRANTER, because="it is done")
    found = counted(service)
    # The unit's people are not told yet: all eight that `service` entered.
    assert (found.people_told, found.people_not_yet) == (2, 8)


def test_lists_break_glass_and_holds(database: Database, service: Engine) -> None:
    history = RulesetHistory(database.engine)
    bare = {"format": "hosts", "entries": 1, "bad_lines": 0, "lines": 1, "left_out": []}
    before = {"name": "unions", "category": "privileged", "sha256": "aa", **bare}
    other = {"name": "games", "category": "games", "sha256": "aa", **bare}
    # The same again, another list's change, the privileged list's, and a line of it left out.
    for place, lists in enumerate(
        (
            [before, other],
            [before, other],
            [before, {**other, "sha256": "bb"}],
            [{**before, "sha256": "bb"}, other],
            [{**before, "sha256": "bb", "left_out": [3]}, other],
        )
    ):
        with history.record(NewRuleset("put", f"{place}" * 64, "1", lists, 2), because="a test"):
            pass
    BreakGlassStore(database.engine).open(timedelta(minutes=5), because="a child is missing")
    HoldStore(service).place(HoldTerms("", ("alice",), SINCE, UNTIL, "PSD/7", "a tribunal"), RITA)
    found = counted(service)
    assert found.privileged_changes == 3, "the first, which had none before it, and two"
    assert (found.break_glass, found.bypasses, found.holds) == (1, 0, 1)
