"""What waits is sent, tried again later and later, and given up in the end; nothing stops the next."""

import threading
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from addons.desk import sender as module
from addons.desk.sender import GIVE_UP, Sender
from addons.desk.sending import NotSent
from db.engine import make_engine
from db.outbox import Outbox, Outgoing, Taken
from db.settings import DatabaseSettings
from policy.errors import DatabaseAway
from tests.addons.server.supervised import eventually

NOON = datetime(2026, 3, 4, 12, 0, tzinfo=UTC)


class Clock:
    def __init__(self) -> None:
        self.now = NOON

    def __call__(self) -> datetime:
        return self.now


class Receiver:
    """Takes what it is sent, unless told not to."""

    def __init__(self) -> None:
        self.got: list[str] = []
        self.refuses: Exception | None = None

    def __call__(self, _message: Taken, content: Mapping[str, Any]) -> None:
        if self.refuses is not None:
            raise self.refuses
        self.got.append(content["says"])


class World:
    """A sender of mail over a real outbox."""

    def __init__(self, folder: Path) -> None:
        engine = make_engine(DatabaseSettings(), folder)
        self.clock = Clock()
        self.outbox = Outbox(engine, self.clock)
        self.receiver = Receiver()
        self.sender = Sender("mail", self.outbox, self.receiver, self.clock)

    def put(self, says: str, channel: str = "mail") -> None:
        self.outbox.put(Outgoing(channel, {"says": says}), about="K7QF2M9T")

    def send_all(self) -> None:
        while self.sender.send_some():
            pass


@pytest.fixture
def world(state: Path) -> World:
    return World(state)


def test_what_waits_is_sent_once_in_its_order_and_another_channels_is_left(world: World) -> None:
    for number in range(6):
        world.put(f"letter {number}")
        world.clock.now += timedelta(seconds=1)
    world.put("a call", "webhook")
    world.send_all()
    assert world.receiver.got == [f"letter {number}" for number in range(6)]
    world.clock.now += timedelta(days=1)
    world.send_all()
    assert len(world.receiver.got) == 6
    assert (world.sender.sent, world.outbox.backlog().waiting) == (6, 1)


def test_what_could_not_be_sent_is_tried_again_later_and_later(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    world.put("letter")
    world.receiver.refuses = NotSent("away")
    tried = []
    began = world.clock.now
    for _ in range(60 * 24):
        failed = world.sender.failed
        world.send_all()
        if world.sender.failed > failed:
            tried.append((world.clock.now - began).total_seconds() / 60)
        world.clock.now += timedelta(seconds=30)
    assert tried[:8] == [0, 0.5, 1.5, 3.5, 7.5, 15.5, 31.5, 63.5]
    assert {later - earlier for earlier, later in pairwise(tried[8:])} == {60}
    assert str(world.sender.error) == "away"
    assert caplog.text.count("could not be sent") == 1
    world.receiver.refuses = None
    world.clock.now += timedelta(hours=1)
    world.send_all()
    assert world.receiver.got == ["letter"]
    assert world.sender.error is None
    assert "was sent again" in caplog.text


@pytest.mark.parametrize(
    ("refuses", "after", "given_up"),
    [
        pytest.param(NotSent("away"), GIVE_UP - timedelta(seconds=1), False, id="not-yet"),
        pytest.param(NotSent("away"), GIVE_UP, True, id="after-days"),
        pytest.param(NotSent("receiver", for_good=True), timedelta(0), True, id="no-such-receiver"),
        pytest.param(KeyError("says"), timedelta(0), False, id="a-bug"),
    ],
)
def test_it_is_given_up_where_it_is_no_use(
    world: World,
    refuses: Exception,
    after: timedelta,
    given_up: bool,
    caplog: pytest.LogCaptureFixture,
) -> None:
    world.put("letter")
    world.clock.now += after
    world.receiver.refuses = refuses
    world.send_all()
    assert (world.outbox.backlog().given_up == 1) is given_up
    assert ("about K7QF-2M9T was given up" in caplog.text) is given_up
    assert "letter" not in caplog.text


def test_one_that_cannot_be_sent_does_not_keep_the_next(world: World) -> None:
    def only_good(_message: Taken, content: Mapping[str, Any]) -> None:
        if content["says"] == "bad":
            raise NotSent("refused")
        world.receiver.got.append(content["says"])

    world.sender.send = only_good
    for says in ("bad", "good"):
        world.put(says)
    world.send_all()
    assert world.receiver.got == ["good"]


def test_a_database_that_is_away_is_waited_for(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "LOOK_SECONDS", 0.01)
    looks: list[int] = []
    backlog = world.outbox.backlog

    def away_at_first() -> object:
        looks.append(1)
        if len(looks) < 3:
            raise DatabaseAway("away") if len(looks) == 1 else ValueError("a bug")
        return backlog()

    monkeypatch.setattr(world.outbox, "backlog", away_at_first)
    world.put("letter")
    stop = threading.Event()
    thread = threading.Thread(target=world.sender.run, args=(stop,))
    thread.start()
    eventually(lambda: world.receiver.got == ["letter"])
    stop.set()
    thread.join(10)
    assert not thread.is_alive()
