"""What the desk does with each question: kept first, in the snapshot next, answered last."""

import asyncio
import threading
from collections import Counter
from collections.abc import AsyncIterator, Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import cast

import pytest
from sqlalchemy import Engine

from addons.desk import answering as module
from addons.desk.answering import Answering, Lanes, Stores
from addons.desk.lane import Lane
from addons.desk.minutes import Minutes
from addons.desk.outgoing import Receivers
from addons.desk.presence_file import read_presence
from addons.desk.protocol import (
    Acknowledge,
    Answer,
    AnyQuestion,
    Away,
    CheckPassword,
    CheckTicket,
    ChooseRole,
    Done,
    Known,
    MissingPieces,
    MyRecord,
    MyRequests,
    NotDone,
    NotKnown,
    Pieces,
    Record,
    RequestAccess,
    Requests,
    SignIn,
    SignOut,
    Spend,
    StatePurpose,
    Tell,
    UsedMinute,
)
from addons.desk.publisher import Publisher
from addons.desk.settings import MailSettings, WebhookSettings
from addons.desk.spent import SpentTokens
from addons.identity.doorkeeper import Doorkeeper
from db.engine import make_engine
from db.exemptions import ExemptionStore
from db.my_record import MyRecords, PersonalRecord
from db.outbox import Outbox
from db.people import PeopleStore
from db.person_rows import PersonEntry
from db.presence import PresenceStore
from db.reports import ReportStore
from db.settings import DatabaseSettings
from policy.errors import DatabaseAway
from policy.presence import Presence
from policy.words import PersonHow
from tests.samples import NOW, policy_with_authority, shipped_policy

JANE = ("", "jane")
ADDRESS = "192.0.2.7"
POLICY = policy_with_authority()
NOTICE = POLICY.notice
assert NOTICE is not None
READ = Acknowledge(*JANE, NOTICE.version, PersonHow.BASIC)
PURPOSE = StatePurpose(*JANE, "a.test", "social_media", "a campaign for work", "K7QF2M9T")
REQUEST = RequestAccess(*JANE, "a.test", "social_media", "a campaign for work", "K7QF2M9T")
REPORT = Tell(*JANE, "not-blocked", "bad.test", None, "It came up by itself.", None)


class Door:
    """Knows one password and one ticket; may be slow."""

    async def check_password(self, login: str, password: str, address: str) -> Known | NotKnown:
        assert address == ADDRESS
        return Known("", login) if password == "geheim" else NotKnown("wrong")

    async def check_for_address(self, login: str, password: str, address: str) -> Known | NotKnown:
        return await self.check_password(login, password, address)

    async def check_ticket(self, token: bytes, _address: str) -> Known | NotKnown:
        return Known("", "jane", b"mutual") if token == b"ticket" else NotKnown("wrong")


class World:
    """Everything that answers, over a database of its own."""

    def __init__(self, folder: Path) -> None:
        self.engine = make_engine(DatabaseSettings(), folder)
        self.snapshot = folder / "presence.snapshot"
        self.now = NOW
        self.counts: Counter[str] = Counter()
        self.lanes = Lanes(*(Lane(name, most_waiting=8, seconds=10) for name in Lanes._fields))
        self.housekeeping = Lane("housekeeping", most_waiting=100, seconds=10)
        self.publisher = Publisher(
            PresenceStore(self.engine, self.clock),
            self.snapshot,
            Minutes(POLICY.allowance_day, Presence()),
            self.housekeeping,
            self.clock,
        )
        self.stores = self.stores_on(self.engine)
        mail = MailSettings.model_validate(
            {"host": "mail.test", "sender": "a@example.org", "service_desk": "desk@example.org"}
        )
        self.answering = Answering(
            policy=POLICY,
            sign_in_minutes=60,
            doorkeeper=cast("Doorkeeper", Door()),
            stores=self.stores,
            lanes=self.lanes,
            publisher=self.publisher,
            spent=SpentTokens(folder / "spent.sqlite"),
            receivers=Receivers(POLICY, mail, WebhookSettings()),
            counts=self.counts,
            now=self.clock,
        )

    def clock(self) -> datetime:
        return self.now

    def stores_on(self, engine: Engine) -> Stores:
        kinds = (PresenceStore, PeopleStore, ExemptionStore, ReportStore, MyRecords)
        return Stores(*(kind(engine, self.clock) for kind in kinds))  # type: ignore[arg-type]  # in their order

    async def ask(self, question: AnyQuestion) -> Answer:
        return await self.answering(question)

    @property
    def presence(self) -> Presence:
        return read_presence(self.snapshot)

    def close(self) -> None:
        for lane in (*self.lanes, self.housekeeping):
            lane.close()
        self.engine.dispose()


@pytest.fixture
async def world(state: Path) -> AsyncIterator[World]:
    world = World(state)
    yield world
    world.close()


def enter_jane(world: World) -> None:
    world.stores.people.enter(
        [
            PersonEntry(*JANE, name="Jane Doe", manager="mary", roles=("editor", "clerk")),
            PersonEntry("", "mary", email="mary@example.org"),
        ],
        roles_until=NOW + timedelta(days=90),
        because="the yearly import",
    )


async def test_who_shows_a_password_or_ticket_is_who_the_doorkeeper_says(world: World) -> None:
    assert await world.ask(CheckPassword("jane", "geheim", ADDRESS)) == Known("", "jane")
    assert await world.ask(CheckPassword("jane", "falsch", ADDRESS)) == NotKnown("wrong")
    assert await world.ask(CheckTicket(b"ticket", ADDRESS)) == Known("", "jane", b"mutual")


async def test_a_sign_in_stands_for_its_address_until_it_is_over_or_ended(world: World) -> None:
    until = NOW + timedelta(hours=1)
    assert await world.ask(SignIn("jane", "geheim", ADDRESS)) == Known("", "jane", until=until)
    assert world.presence.signed_in[ADDRESS].until == until
    assert await world.ask(SignIn("john", "falsch", ADDRESS)) == NotKnown("wrong")
    assert world.presence.signed_in[ADDRESS].login == "jane"
    assert await world.ask(SignIn("john", "geheim", ADDRESS)) == Known("", "john", until=until)
    assert world.presence.signed_in[ADDRESS].login == "john"
    assert await world.ask(SignOut(ADDRESS)) == Done()
    assert world.presence.signed_in == {}


async def test_a_notice_is_acknowledged_in_the_version_in_force_and_in_the_snapshot_when_answered(
    world: World,
) -> None:
    assert await world.ask(Acknowledge(*JANE, "of last year", PersonHow.BASIC)) == NotDone("changed")
    assert await world.ask(READ) == Done()
    assert world.presence.acknowledged[JANE].version == READ.version
    assert await world.ask(READ) == Done(), "twice is no harm"


async def test_a_purpose_is_for_its_site_and_ends(world: World) -> None:
    assert isinstance(await world.ask(PURPOSE), Done)
    found = world.presence.confirmation("jane", "", "a.test", NOW)
    assert found is not None
    assert found.until == NOW + timedelta(minutes=POLICY.confirm_minutes)
    assert world.presence.confirmation("jane", "", "b.test", NOW) is None
    assert world.presence.confirmation("jane", "", "a.test", found.until) is None


@pytest.mark.parametrize("category", ["malware", "updates", "helplines", "no such category", ""])
async def test_a_purpose_opens_no_category_that_the_policy_never_opens(world: World, category: str) -> None:
    """Whatever a worker says: it may have been made to say it."""
    asked = StatePurpose(*JANE, "a.test", category, "a campaign for work", "K7QF2M9T")
    assert await world.ask(asked) == NotDone("not-confirm")


async def test_a_role_is_one_that_is_held(world: World) -> None:
    enter_jane(world)
    assert await world.ask(ChooseRole(*JANE, "editor")) == Done()
    assert world.presence.active_role == {JANE: "editor"}
    assert await world.ask(ChooseRole(*JANE, "chief")) == NotDone("refused")
    assert world.presence.active_role == {JANE: "editor"}
    world.now += timedelta(days=91)
    assert await world.ask(ChooseRole(*JANE, "clerk")) == NotDone("refused"), "nobody confirmed it"


async def test_a_request_for_access_waits_and_the_same_joins_it(world: World) -> None:
    first, second = await world.ask(REQUEST), await world.ask(REQUEST)
    assert isinstance(first, Done)
    assert first == second
    asked = await world.ask(MyRequests(*JANE, "a.test"))
    assert isinstance(asked, Requests)
    assert [one.reference for one in asked.requests] == [first.reference]
    assert await world.ask(MyRequests(*JANE, "b.test")) == Requests(())
    assert await world.ask(MyRequests("other", "jane")) == Requests(())


async def test_a_request_that_cannot_be_is_refused_in_a_word(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    never = RequestAccess(*JANE, "virus.test", "malware", "a campaign for work", "K7QF2M9T")
    assert await world.ask(never) == NotDone("never-exempt")
    empty = RequestAccess(*JANE, "a.test", "social_media", " ", "K7QF2M9T")
    assert await world.ask(empty) == NotDone("refused")
    monkeypatch.setattr("db.exemption_requests.MOST_WAITING", 1)
    monkeypatch.setattr(module, "MOST_WAITING", 1)
    await world.ask(REQUEST)
    another = RequestAccess(*JANE, "b.test", "social_media", "a campaign for work", "K7QF2M9T")
    assert await world.ask(another) == NotDone("too-many")


async def test_a_report_is_kept_with_what_tells_of_it(world: World) -> None:
    enter_jane(world)
    told = await world.ask(REPORT)
    assert isinstance(told, Done)
    [report] = world.stores.reports.reports()
    assert (report.id, report.person, report.host) == (told.reference, "jane", "bad.test")
    waiting = Outbox(world.engine, world.clock).take("mail", 10, timedelta(minutes=1))
    assert {content["to"] for _, content in waiting} == {"mary@example.org", "desk@example.org"}
    assert all("Jane Doe (jane)" in content["body"] for _, content in waiting)
    assert {message.about for message, _ in waiting} == {told.reference}


async def test_a_report_of_somebody_whom_the_register_does_not_have_is_a_report(world: World) -> None:
    assert isinstance(await world.ask(REPORT), Done)
    [(_, content)] = Outbox(world.engine, world.clock).take("mail", 10, timedelta(minutes=1))
    assert "no mail address of a line manager" in content["body"]


async def test_a_report_that_is_too_long_or_of_no_kind_is_not_kept(world: World) -> None:
    long = Tell(*JANE, "not-blocked", "bad.test", None, "x" * 2001, None)
    assert await world.ask(long) == NotDone("refused")
    with pytest.raises(ValueError, match="gossip"):
        await world.ask(Tell(*JANE, "gossip", "bad.test", None, "", None))
    assert world.stores.reports.reports() == []


async def test_a_token_is_spent_once(world: World) -> None:
    token = Spend(b"nonce", NOW + timedelta(hours=24))
    assert await world.ask(token) == Done()
    assert await world.ask(token) == NotDone("replayed")
    assert await world.ask(Spend(b"other", NOW)) == NotDone("replayed"), "it is over"


async def test_minutes_are_answered_at_once_and_published_later(world: World) -> None:
    assert await world.ask(UsedMinute(*JANE)) == Done()
    world.now += timedelta(seconds=10)
    await world.publisher.look()
    assert world.presence.used == {JANE: 1}


async def test_somebodys_record_is_their_own(world: World) -> None:
    await world.ask(READ)
    await world.ask(PURPOSE)
    record = await world.ask(MyRecord(*JANE))
    assert isinstance(record, Record)
    assert [one.version for one in record.notices] == [READ.version]
    assert [site for site, _, _ in record.confirmations] == ["a.test"]
    other = await world.ask(MyRecord("", "john"))
    assert isinstance(other, Record)
    assert (other.notices, other.confirmations) == ((), ())


async def test_missing_pieces_are_looked_for_only_where_somebody_is_named(world: World) -> None:
    asked = MissingPieces(*JANE, "https://a.test")
    assert await world.ask(asked) == Pieces((), told=True)
    world.answering._policy = shipped_policy()  # without a standing authority
    assert await world.ask(asked) == Pieces((), told=False)


def away(*_: object, **__: object) -> object:
    raise DatabaseAway("away")


@pytest.mark.parametrize(
    ("question", "breaks"),
    [
        pytest.param(READ, "db.presence.PresenceStore.acknowledge", id="acknowledge"),
        pytest.param(PURPOSE, "db.presence.PresenceStore.state_purpose", id="purpose"),
        pytest.param(SignOut(ADDRESS), "db.presence.PresenceStore.sign_out", id="sign-out"),
        pytest.param(SignIn("jane", "geheim", ADDRESS), "db.presence.PresenceStore.sign_in", id="sign-in"),
        pytest.param(REQUEST, "db.exemptions.ExemptionStore.request", id="request"),
        pytest.param(REPORT, "db.reports.ReportStore.tell", id="report"),
        pytest.param(MyRecord(*JANE), "db.my_record.MyRecords.record", id="record"),
    ],
)
async def test_without_a_database_nothing_is_kept_and_everybody_is_still_known(
    world: World, question: AnyQuestion, breaks: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(breaks, away)
    assert await world.ask(question) == Away()
    assert await world.ask(CheckPassword("jane", "geheim", ADDRESS)) == Known("", "jane")
    assert not world.snapshot.exists()


async def test_what_was_kept_is_done_though_the_snapshot_has_to_wait(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr("db.presence.PresenceStore.load", away)
        assert await world.ask(READ) == Done()
    await world.publisher.look()
    assert JANE in world.presence.acknowledged


def stuck(may_end: threading.Event) -> Callable[..., bool]:
    def wait(*_: object, **__: object) -> bool:
        assert may_end.wait(10)
        return True

    return wait


async def test_a_database_that_hangs_holds_up_nobody_else(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "WORK_SECONDS", 0.2)
    may_end = threading.Event()
    monkeypatch.setattr("db.presence.PresenceStore.acknowledge", stuck(may_end))
    waiting = [asyncio.create_task(world.ask(READ)) for _ in range(20)]
    await asyncio.sleep(0.05)
    assert await world.ask(CheckPassword("jane", "geheim", ADDRESS)) == Known("", "jane")
    assert await world.ask(Spend(b"nonce", NOW + timedelta(hours=24))) == Done()
    assert isinstance(await world.ask(MyRecord(*JANE)), Record)
    assert [await one for one in waiting] == [Away()] * 20
    may_end.set()


async def test_whoever_looks_without_end_keeps_nobody_else_from_looking(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    may_end = threading.Event()

    def slowly(store: MyRecords, organisation: str, person: str) -> PersonalRecord:
        assert may_end.wait(10)
        return record(store, organisation, person)

    record = MyRecords.record
    monkeypatch.setattr(MyRecords, "record", slowly)
    jane = [asyncio.create_task(world.ask(MyRecord(*JANE))) for _ in range(100)]
    done, _ = await asyncio.wait(jane, timeout=10, return_when=asyncio.FIRST_COMPLETED)
    assert {type(one.result()) for one in done} == {Away}
    john = asyncio.create_task(world.ask(MyRecord("", "john")))
    await asyncio.sleep(0)
    may_end.set()
    assert isinstance(await john, Record)
    assert [type(await one) for one in jane] == [Record] * 2 + [Away] * 98
    assert isinstance(await world.ask(MyRecord(*JANE)), Record), "once it is over she may look again"


async def test_answers_are_counted_by_fixed_words(world: World) -> None:
    await world.ask(CheckPassword("jane", "falsch", ADDRESS))
    await world.ask(Spend(b"nonce", NOW + timedelta(hours=24)))
    assert world.counts == {"check-password:not-known": 1, "spend:done": 1}
    assert not any("jane" in word for word in world.counts)
