"""
An update between two versions of a public list, from its preview to its rollback, under a running gateway.

What changes is counted a second time here, by `sort` and `comm` and by walking up the labels of each host,
and not by anything of the product. The list is a real one as it was published in December and in March.
"""

import json
import subprocess
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from db.engine import make_engine
from db.settings import DatabaseSettings, SpoolSettings
from db.shipper import Shipper
from db.spool import SpoolWriter
from policy.decision import Decision
from policy.words import Reason, Verdict
from tests.db.examples import decision
from tests.journeys.conftest import StartGateway, World
from tests.journeys.harness.gateway import Gateway, eventually

pytestmark = [pytest.mark.journey, pytest.mark.real_data]

SECONDS = 2.0
NAME = "hagezi-gambling"
FILE = "wildcard/gambling.mini-onlydomains.txt"
CATEGORY = ("--category", "gambling", "--name", NAME)
# What is held back of December: a public suffix, one that a company gives sites under, help by the NHS.
HELD = {
    "bet.br",
    "base.shop",
    "eastmidlandsgambling.nhs.uk",
    "eofegamblingservice.nhs.uk",
    "northerngamblingservice.nhs.uk",
}


@dataclass(frozen=True)
class Versions:
    """One list in December and in March, and what sets the two apart, but for what is held back."""

    december: Path
    march: Path
    came: list[str]
    went: list[str]
    stayed: list[str]

    @property
    def newly_covered(self) -> list[str]:
        """Of the entries that came, those that December has not covered by another."""
        return self.covered_only_by(self.came, self.came, self.went)

    @property
    def covered_no_more(self) -> list[str]:
        """Of the entries that went, those that March does not cover by another."""
        return self.covered_only_by(self.went, self.went, self.came)

    def covered_only_by(self, hosts: Iterable[str], one: list[str], other: list[str]) -> list[str]:
        """The hosts that one version covers and the other does not."""
        these, those = {*one, *self.stayed}, {*other, *self.stayed}
        return [host for host in hosts if covered(host, these) and not covered(host, those)]


def covered(host: str, entries: set[str]) -> bool:
    """Whether the host or a parent of it is an entry."""
    labels = host.split(".")
    return any(".".join(labels[start:]) in entries for start in range(len(labels)))


def lines(*command: str | Path) -> list[str]:
    environment = {"LC_ALL": "C", "PATH": "/usr/bin:/bin"}
    return subprocess.run(
        command, capture_output=True, text=True, check=True, env=environment
    ).stdout.splitlines()


@pytest.fixture(scope="module")
def versions(real_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Versions:
    folder = tmp_path_factory.mktemp("versions")
    (folder / "held").write_text("\n".join(HELD) + "\n")
    files = []
    for month in ("2025-12", "2026-03"):
        path = real_data / "lists" / f"hagezi-{month}" / FILE
        entries = folder / month
        entries.write_text("\n".join(lines("grep", "-v", "^#", path)) + "\n")
        # -x -F: as whole lines, and as they are.
        let_in = folder / f"{month}.let-in"
        let_in.write_text("\n".join(lines("grep", "-vxFf", folder / "held", entries)) + "\n")
        (folder / f"{month}.sorted").write_text("\n".join(lines("sort", "-u", let_in)) + "\n")
        files.append((path, folder / f"{month}.sorted"))
    (december, sorted_december), (march, sorted_march) = files
    return Versions(
        december,
        march,
        came=lines("comm", "-13", sorted_december, sorted_march),
        went=lines("comm", "-23", sorted_december, sorted_march),
        stayed=lines("comm", "-12", sorted_december, sorted_march),
    )


@pytest.fixture(scope="module")
def one_gateway(start: StartGateway, versions: Versions) -> Gateway:
    """Two workers that judge by the list of December."""
    gateway = start(workers=2)
    ran = gateway.command("lists", "import", *CATEGORY, str(versions.december), "--json")
    done = json.loads(ran.stdout)
    assert {each["entry"] for each in done["held"]} == HELD
    wait_for(gateway, done["ruleset"])
    return gateway


def visits(host: str, people: int, *, blocked: bool) -> Iterator[Decision]:
    """Each of so many people once."""
    now = datetime.now(UTC)
    allowed = {"verdict": Verdict.ALLOW, "reason": Reason.NOT_LISTED, "category": None}
    row = {"path": "/"} if blocked else {**allowed, "path": None, "replayable": False}
    for number in range(people):
        yield decision(**{"host": host, "person": f"person-{number}", "at": now, **row})


def record(gateway: Gateway, folder: Path, decisions: list[Decision]) -> None:
    """Let these decisions stand in its log."""
    writer = SpoolWriter(folder / "spool" / "slot-0", SpoolSettings())
    for one in decisions:
        writer.record(one)
    writer.close()
    engine = make_engine(DatabaseSettings(), gateway.state)
    shipper = Shipper(engine, folder / "spool", 1000)
    while shipper.ship_once().records:
        pass
    engine.dispose()


def asked(gateway: Gateway, *arguments: str) -> Any:
    return json.loads(gateway.command("lists", *arguments, "--json").stdout)


def refused_everywhere(gateway: Gateway, world: World, host: str) -> set[bool]:
    """Whether new connections, enough of them that every worker takes some, are refused."""
    client = gateway.client()
    return {client.get(f"http://{host}:{world.http.port}/").status == 403 for _ in range(16)}


def in_force(gateway: Gateway) -> set[str]:
    """What the workers say that they judge by, once a second."""
    return {worker.ruleset for worker in gateway.status().workers}


def wait_for(gateway: Gateway, digest: str) -> None:
    eventually(lambda: in_force(gateway) == {digest}, within=SECONDS + 1, what="the change")


def test_the_two_versions_differ_as_two_real_ones_do(versions: Versions) -> None:
    """Nothing below is shown by lists that are alike."""
    assert min(map(len, (versions.came, versions.went))) > 1_000
    assert len(versions.stayed) > 10_000
    assert len(versions.newly_covered) > 1_000
    assert len(versions.covered_no_more) > 1_000


def test_from_preview_to_rollback_with_right_counts(
    gateway: Gateway, world: World, versions: Versions, tmp_path: Path
) -> None:
    (december,) = in_force(gateway)
    newly, no_more = versions.newly_covered, versions.covered_no_more
    quiet_new, quiet_gone = newly[0], no_more[0]  # nobody goes there, but for this test

    # Twelve people each at five sites that will be blocked, and thirteen kept from four that will not be.
    busy, opened, stays = newly[1:6], no_more[1:5], versions.stayed[7]
    record(
        gateway,
        tmp_path,
        [
            *(one for host in busy for one in visits(host, 12, blocked=False)),
            *(one for host in opened for one in visits(host, 13, blocked=True)),
            *visits(newly[6], 3, blocked=False),
            *visits(stays, 20, blocked=True),
            *visits("nowhere-listed.test", 20, blocked=False),
        ],
    )
    urls, names = tmp_path / "urls.txt", [f"www.{host}" for host in (*versions.came, *versions.went)]
    urls.write_text("\n".join(f"https://{name}/" for name in names))

    # Beforehand.
    preview = asked(gateway, "preview", *CATEGORY, str(versions.march), "--urls", str(urls))
    assert preview["ruleset"] == december
    assert preview["newly_blocked"]["at_named_hosts"] == {"visits": 60, "other_requests": 0, "people": 12}
    assert preview["newly_blocked"]["at_other_hosts"]["people"] == "fewer than 10"
    assert {each["host"] for each in preview["newly_blocked"]["hosts"]} == set(busy)
    assert preview["newly_allowed"]["at_named_hosts"] == {"visits": 52, "other_requests": 0, "people": 13}
    assert {each["host"] for each in preview["newly_allowed"]["hosts"]} == set(opened)
    came, went = versions.came, versions.went
    assert preview["urls"]["read"] == len(names)
    assert preview["urls"]["newly_blocked"]["urls"] == len(versions.covered_only_by(names, came, went))
    assert preview["urls"]["newly_allowed"]["urls"] == len(versions.covered_only_by(names, went, came))
    assert refused_everywhere(gateway, world, quiet_new) == {False}
    assert refused_everywhere(gateway, world, quiet_gone) == {True}

    # The update. What newly covers a site that people visit waits until somebody has looked.
    update = asked(gateway, "import", *CATEGORY, str(versions.march))
    assert {each["host"] for each in update["held"]} == set(busy)
    eventually(lambda: refused_everywhere(gateway, world, quiet_new) == {True}, within=SECONDS)
    eventually(lambda: refused_everywhere(gateway, world, quiet_gone) == {False}, within=SECONDS)
    assert refused_everywhere(gateway, world, busy[0]) == {False}

    # What came of it.
    diff = asked(gateway, "diff")
    assert (diff["name"], diff["added"], diff["removed"]) == (
        NAME,
        len(versions.came) - len(busy),
        len(versions.went),
    )

    # And back.
    rollback = asked(gateway, "rollback", "--because", "it blocks what we need")
    assert rollback["ruleset"] == december
    eventually(lambda: refused_everywhere(gateway, world, quiet_new) == {False}, within=SECONDS)
    eventually(lambda: refused_everywhere(gateway, world, quiet_gone) == {True}, within=SECONDS)
    back = asked(gateway, "diff")
    assert (back["added"], back["removed"]) == (diff["removed"], diff["added"])


def test_an_own_entry_holds_in_both_workers_within_two_seconds_whatever_the_lists_become(
    gateway: Gateway, world: World, versions: Versions
) -> None:
    """An administrator's word on a listed site and on an unlisted one, over an update and a rollback."""
    listed, unlisted = versions.covered_no_more[10], "allowed.test"
    assert refused_everywhere(gateway, world, listed) == {True}
    gateway.command("lists", "allow", listed, "--because", "licensing visits")
    eventually(lambda: refused_everywhere(gateway, world, listed) == {False}, within=SECONDS)
    gateway.command("lists", "block", unlisted, "--because", "ticket 4711")
    eventually(lambda: refused_everywhere(gateway, world, unlisted) == {True}, within=SECONDS)
    digests = set()
    for change in (("import", *CATEGORY, str(versions.march)), ("rollback", "--because", "a test")):
        digest = asked(gateway, *change)["ruleset"]
        wait_for(gateway, digest)
        digests.add(digest)
        assert refused_everywhere(gateway, world, listed) == {False}
        assert refused_everywhere(gateway, world, unlisted) == {True}
    assert len(digests) == 2
    gateway.command("lists", "forget", listed)
    eventually(lambda: refused_everywhere(gateway, world, listed) == {True}, within=SECONDS)
    gateway.command("lists", "forget", unlisted)
    eventually(lambda: refused_everywhere(gateway, world, unlisted) == {False}, within=SECONDS)
