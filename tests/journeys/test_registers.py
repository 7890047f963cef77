"""What an administrator grants or blocks holds within two seconds in every worker, and ends to the second."""

import json
import time
from datetime import UTC, datetime

import pytest

from tests.journeys.conftest import StartGateway, World
from tests.journeys.harness.gateway import Gateway, eventually

pytestmark = pytest.mark.journey

SECONDS = 2.0


@pytest.fixture(scope="module")
def one_gateway(start: StartGateway) -> Gateway:
    """Two workers: what holds must hold in both."""
    return start(workers=2)


def statuses(gateway: Gateway, world: World, host: str, count: int = 24) -> set[int]:
    """What several new connections are answered, enough of them that every worker takes some."""
    client = gateway.client()
    return {client.get(f"http://{host}:{world.http.port}/").status for _ in range(count)}


def seconds_until(gateway: Gateway, world: World, host: str, status: int) -> float:
    """How long until every worker answers so."""
    began = time.monotonic()
    eventually(lambda: statuses(gateway, world, host) == {status}, within=SECONDS + 1)
    return time.monotonic() - began


def test_every_worker_takes_connections(gateway: Gateway, world: World) -> None:
    """What the other journeys of this file rely on."""
    gateway.wait_for_beat()
    before = {worker.slot: worker.requests for worker in gateway.status().workers}
    statuses(gateway, world, "allowed.test")
    gateway.wait_for_beat()
    gained = {worker.slot: worker.requests - before[worker.slot] for worker in gateway.status().workers}
    assert set(gained) == {0, 1}
    assert min(gained.values()) > 0


def test_an_exemption_opens_what_it_covers_and_ends_to_the_second(gateway: Gateway, world: World) -> None:
    assert statuses(gateway, world, "social.test") == {403}
    granted = gateway.command(
        *("exemptions", "grant", "--everyone", "--category", "social_media"),
        *("--until", "+6s", "--purpose", "a campaign", "--json"),
    )
    exemption = json.loads(granted.stdout)
    until = datetime.fromisoformat(exemption["until"])
    assert seconds_until(gateway, world, "social.test", 200) < SECONDS
    client = gateway.client()
    url = f"http://social.test:{world.http.port}/"
    answers: list[tuple[datetime, int, datetime]] = []
    while datetime.now(UTC) < until or answers[-1][1] == 200:
        before = datetime.now(UTC)
        answers.append((before, client.get(url).status, datetime.now(UTC)))
        assert (before - until).total_seconds() < 1
    assert all(status == 200 for _, status, after in answers if after < until)
    assert all(status == 403 for before, status, _ in answers if before > until)
    rows = gateway.decisions("reason = 'exempted'")
    assert rows
    assert {row.exemption for row in rows} == {None}, (
        "the register says whose it is, and nobody is known here"
    )
    assert {row.retention_class for row in rows} == {"exempted"}


def test_an_exemption_that_is_revoked_ends_within_two_seconds(gateway: Gateway, world: World) -> None:
    granted = gateway.command(
        *("exemptions", "grant", "--everyone", "--host", "social.test"),
        *("--until", "+1h", "--purpose", "a campaign", "--json"),
    )
    seconds_until(gateway, world, "social.test", 200)
    gateway.command("exemptions", "revoke", json.loads(granted.stdout)["id"])
    assert seconds_until(gateway, world, "social.test", 403) < SECONDS


def test_an_own_block_and_its_end_hold_within_two_seconds(gateway: Gateway, world: World) -> None:
    gateway.command("lists", "block", "allowed.test", "--because", "ticket 4711")
    assert seconds_until(gateway, world, "allowed.test", 403) < SECONDS
    gateway.command("lists", "forget", "allowed.test")
    assert seconds_until(gateway, world, "allowed.test", 200) < SECONDS
    (blocked, *_) = gateway.decisions("verdict = 'block'")
    assert (blocked.reason, blocked.host) == ("local-block", "allowed.test")
    assert blocked.local_entry


def test_nothing_opens_what_is_never_exempt(gateway: Gateway, world: World) -> None:
    gateway.command("lists", "allow", "virus.test", "--because", "a mistake", check=False)
    time.sleep(SECONDS)
    assert statuses(gateway, world, "virus.test") == {403}


def test_what_was_blocked_is_blocked_from_the_first_request_after_a_restart(
    start: StartGateway, world: World
) -> None:
    gateway = start()
    gateway.command("lists", "block", "allowed.test", "--because", "ticket 4711")
    seconds_until(gateway, world, "allowed.test", 403)
    gateway.stop()
    gateway.start()
    assert statuses(gateway, world, "allowed.test", count=1) == {403}
