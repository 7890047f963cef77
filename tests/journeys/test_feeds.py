"""A feed's server may do what it likes: nobody's request fails by it, and what was blocked stays so."""

import gzip
import hashlib
import json
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest

from categories.store import RulesetStore
from tests.categories.feeds.server import (
    Answer,
    FeedServer,
    dripping,
    endless,
    feed_server,
    give,
    redirect,
    status,
    truncated,
)
from tests.journeys.conftest import StartGateway, World
from tests.journeys.harness.gateway import Gateway, environment, eventually
from tests.journeys.harness.load import Person, at_work, kept

pytestmark = pytest.mark.journey

BLOCKED, OPEN = "wrong-name.test", "allowed.test"
# As the command does it, with a deadline that a test can wait for.
UPDATE = """
import sys
from functools import partial
import console.lists.feeds as feeds
from console.cli.main import run_command
feeds.Job = partial(feeds.Job, seconds=3)
sys.exit(run_command(["lists", "update", "--json", *sys.argv[1:]]))
"""


def entries(name: str, count: int = 300) -> bytes:
    """A list that blocks one host that people ask for, and is its feed's own."""
    return b"".join(
        [b"%s\n" % BLOCKED.encode(), *(b"%s%d.test\n" % (name.encode(), n) for n in range(count))]
    )


def misbehaving(server: FeedServer) -> dict[str, tuple[Answer, set[str]]]:
    """What each feed's server does, and what may become of it."""
    away, refused, unchanged = {"away"}, {"refused"}, {"unchanged"}
    bomb = give(gzip.compress(bytes(32 << 20), 1), Content_Encoding="gzip")
    packed_bomb = give(gzip.compress(b"a.test\n" * (8 << 20), 1))
    return {
        "slow": (dripping(b"HTTP/1.1 200 OK\r\n\r\n" + b"a.test\n" * 99), away),
        "endless": (endless(), away | refused),
        "truncated": (truncated(entries("truncated")), away),
        "same": (give(entries("same")), unchanged),
        "error": (status(500), away),
        "loop": (redirect(server.url("/loop")), away),
        "page": (give(b"<!DOCTYPE html><html><body>Not found</body></html>"), refused),
        "bomb": (bomb, refused),
        "packed": (packed_bomb, refused),
        "shrunk": (give(entries("shrunk", 3)), refused),
        "sums": (give(entries("sums", 400)), away),
    }


@pytest.fixture(scope="module")
def server(internet: World) -> Iterator[FeedServer]:
    with feed_server(internet.authority.issue("localhost")) as running:
        yield running


@pytest.fixture(scope="module")
def one_gateway(start: StartGateway) -> Gateway:
    return start(workers=2)


def update(gateway: Gateway, *arguments: str) -> dict[str, dict[str, Any]]:
    ran = subprocess.run(
        [sys.executable, "-c", UPDATE, *arguments],
        env=environment(gateway.state),
        cwd=gateway.state,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert "Traceback" not in ran.stderr, ran.stderr
    return {told["name"]: told for told in map(json.loads, ran.stdout.splitlines())}


def subscribe(gateway: Gateway, server: FeedServer, name: str, *more: str) -> None:
    where = ("--url", server.url(f"/{name}"), "--category", "games", "--because", "a journey")
    gateway.command("lists", "subscribe", name, *where, *more)


def in_force(gateway: Gateway) -> dict[str, int]:
    return {each.name: each.entries for each in RulesetStore(gateway.state / "rulesets").open_current().lists}


def people(gateway: Gateway, world: World) -> list[Person]:
    client, http = gateway.client(), world.http.port
    asking = [
        kept("reads", client, OPEN, http, "/"),
        kept("reads by tls", client, OPEN, world.https1.port, "/", tls=True),
        kept("is refused", client, BLOCKED, http, "/", status=403),
        kept("is refused, too", client, BLOCKED, http, "/", status=403),
        kept("is refused by another list", client, "bet.test", http, "/", status=403),
    ]
    for person in asking:
        person.longest_pause = 0.2  # so that the lists are built at all, on a small machine
    return list(asking)


def test_whatever_a_feed_does_no_request_fails_and_nothing_that_was_blocked_gets_through(
    gateway: Gateway, world: World, server: FeedServer
) -> None:
    wrong = misbehaving(server)
    subscribe_all = dict.fromkeys(wrong, ()) | {"sums": ("--checksum", server.url("/sums.sha256"))}
    for name, more in subscribe_all.items():
        server.answers[f"/{name}"] = give(entries(name))
        subscribe(gateway, server, name, *more)
    subscribe(gateway, server, "good")
    server.answers["/good"] = give(entries("good"))
    server.answers["/sums.sha256"] = give(f"{hashlib.sha256(entries('sums')).hexdigest()}  sums\n".encode())
    assert {told["result"] for told in update(gateway).values()} == {"in force"}
    good = in_force(gateway)
    url = f"http://{BLOCKED}:{world.http.port}/"
    eventually(lambda: {gateway.client().get(url).status for _ in range(20)} == {403}, within=2.0)

    asking = people(gateway, world)
    with at_work(*asking):
        server.answers |= {f"/{name}": answer for name, (answer, _) in wrong.items()}
        server.answers["/good"] = give(entries("good", 310))
        told = update(gateway, "--now")
        digest = RulesetStore(gateway.state / "rulesets").current_digest()
        everywhere = [digest, digest]
        eventually(lambda: [worker.ruleset for worker in gateway.status().workers] == everywhere, within=4.0)

    assert [failure for person in asking for failure in person.failures] == []
    assert min(person.answers for person in asking) > 20
    for name, (_, expected) in wrong.items():
        assert told[name]["result"] in expected, told[name]
    assert told["good"]["result"] == "in force"
    assert in_force(gateway) == {**good, "good": 311}
    assert gateway.client().get(url).status == 403


def test_a_hostile_list_blocks_nothing_more_and_lets_nothing_through(
    gateway: Gateway, world: World, server: FeedServer
) -> None:
    """Patterns that hit everything, public suffixes, and exceptions for what other lists block."""
    hostile = {
        "pattern": b"# sluicegate-list: 1\nkeyword:com\n/./\n*.test\ncom\nco.uk\nshop.example.net\n",
        "exceptions": f"||chess.test^\n@@||{BLOCKED}^\n@@||bet.test^\n@@||test^\n".encode(),
    }
    server.answers["/well"] = give(entries("well"))
    subscribe(gateway, server, "well")
    update(gateway, "well")
    asking = people(gateway, world)
    with at_work(*asking):
        for name, body in hostile.items():
            server.answers[f"/{name}"] = give(body)
            subscribe(gateway, server, name)
            assert update(gateway, name)[name]["result"] in {"in force", "refused"}
        eventually(lambda: all(person.answers > 20 for person in asking), within=20.0)
    assert [failure for person in asking for failure in person.failures] == []
    said = json.loads(gateway.command("explain", "--json", "http://www.example.co.uk/").stdout)
    assert said["verdict"] == "allow"
    said = json.loads(gateway.command("explain", "--json", "http://shop.example.com/welcome").stdout)
    assert said["verdict"] == "allow"
