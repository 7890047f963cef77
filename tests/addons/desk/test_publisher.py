"""The workers' snapshot: begun after what was committed, shared by who comes together, and kept fresh."""

import asyncio
import threading
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from addons.desk.lane import Lane
from addons.desk.minutes import Minutes
from addons.desk.presence_file import read_presence, write_presence
from addons.desk.publisher import MINUTES_EVERY, Publisher
from policy.errors import DatabaseAway
from policy.presence import Acknowledged, Presence
from tests.addons.desk.waiting import until

NOON = datetime(2026, 3, 4, 12, 0, tzinfo=UTC)
JANE = ("", "jane")


class Presences:
    """A database that can be slow or away."""

    def __init__(self) -> None:
        self.acknowledged: dict[tuple[str, str], Acknowledged] = {}
        self.loads = 0
        self.marker = 0
        self.away = False
        self.may_load = threading.Event()
        self.may_load.set()

    def acknowledge(self, login: str) -> None:
        self.acknowledged["", login] = Acknowledged("1", NOON)
        self.marker += 1

    def load(self) -> tuple[Presence, str]:
        if self.away:
            raise DatabaseAway("away")
        found = Presence(acknowledged=dict(self.acknowledged)), str(self.marker)
        self.loads += 1
        assert self.may_load.wait(10)
        return found

    def version(self) -> str:
        if self.away:
            raise DatabaseAway("away")
        return str(self.marker)


class Clock:
    def __init__(self) -> None:
        self.now = NOON

    def __call__(self) -> datetime:
        return self.now


class World:
    """A publisher and what it works with."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.presences = Presences()
        self.clock = Clock()
        minutes = Minutes(lambda at: at.date().isoformat(), Presence())
        self.lane = Lane("test", most_waiting=100, seconds=10)
        self.publisher = Publisher(self.presences, path, minutes, self.lane, self.clock)

    @property
    def published(self) -> set[str]:
        return {login for _, login in read_presence(self.path).acknowledged}


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    world = World(tmp_path / "presence.snapshot")
    yield world
    world.lane.close()


async def test_what_was_committed_before_is_in_place_afterwards(world: World) -> None:
    world.presences.acknowledge("jane")
    await world.publisher.publish()
    assert world.published == {"jane"}


async def test_who_comes_while_one_is_written_waits_for_the_next_and_all_share_it(world: World) -> None:
    """The one being written may have looked before their commit."""
    world.presences.may_load.clear()
    first = asyncio.create_task(world.publisher.publish())
    await until(lambda: world.presences.loads == 1)
    logins = [f"person{number}" for number in range(20)]
    later = []
    for login in logins:
        world.presences.acknowledge(login)
        later.append(asyncio.create_task(world.publisher.publish()))
    await asyncio.sleep(0)
    world.presences.may_load.set()
    await first
    assert world.published == set() or world.published == set(logins)
    await asyncio.gather(*later)
    assert world.published == set(logins)
    assert world.presences.loads == 2


async def test_a_failure_is_everybodys_and_the_next_who_asks_tries_again(world: World) -> None:
    world.presences.away = True
    found = await asyncio.gather(*(world.publisher.publish() for _ in range(3)), return_exceptions=True)
    assert [type(one) for one in found] == [DatabaseAway] * 3
    world.presences.away = False
    world.presences.acknowledge("jane")
    await world.publisher.publish()
    assert world.published == {"jane"}


async def test_what_another_gateway_changed_is_published_when_its_marker_is_seen(world: World) -> None:
    await world.publisher.look()
    assert (world.published, world.presences.loads) == (set(), 1)
    await world.publisher.look()
    assert world.presences.loads == 1, "nothing has changed"
    world.presences.acknowledge("john")
    await world.publisher.look()
    assert world.published == {"john"}


async def test_minutes_are_published_now_and_then_and_a_new_day_at_once(world: World) -> None:
    await world.publisher.look()
    world.publisher.count(JANE)
    await world.publisher.look()
    assert read_presence(world.path).used == {}
    world.clock.now += MINUTES_EVERY
    await world.publisher.look()
    assert read_presence(world.path).used == {JANE: 1}
    loads = world.presences.loads
    world.publisher.count(JANE)
    world.clock.now += MINUTES_EVERY
    await world.publisher.look()
    assert world.presences.loads == loads, "the same minute is no news"
    world.clock.now += timedelta(days=1)
    await world.publisher.look()
    assert (read_presence(world.path).used, read_presence(world.path).allowance_day) == ({}, "2026-03-05")


async def test_a_folder_that_cannot_be_written_is_told_of(world: World) -> None:
    world.path.mkdir()
    with pytest.raises(OSError, match="directory"):
        await world.publisher.publish()


async def test_what_another_desk_put_in_its_place_too_late_is_replaced(world: World) -> None:
    """Else who has signed out in between would stay signed in until somebody changed something else."""
    world.presences.acknowledge("jane")
    await world.publisher.look()
    write_presence(world.path, Presence(), "0")
    await world.publisher.look()
    assert world.published == {"jane"}
    world.path.unlink()
    await world.publisher.look()
    assert world.published == {"jane"}
    loads = world.presences.loads
    await world.publisher.look()
    assert world.presences.loads == loads


async def test_minutes_do_not_wait_for_a_clock_that_was_set_back(world: World) -> None:
    await world.publisher.look()
    world.publisher.count(JANE)
    world.clock.now -= timedelta(hours=2)
    await world.publisher.look()
    assert read_presence(world.path).used == {JANE: 1}
