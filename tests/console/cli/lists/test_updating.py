"""`lists update`, once and for as long as it runs: what it says, and that nothing ends it but a signal."""

import json
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from console.cli.workplace import Workplace
from tests.categories.feeds.server import FeedServer, feed_server, silent, status
from tests.console.cli.conftest import Cli
from tests.console.lists.test_feeds import BETS, _database, in_force, place, subscribe

__all__ = ["_database", "place"]

COMMAND = [sys.executable, "-m", "console.cli.main", "lists", "update"]


@pytest.fixture
def server() -> Iterator[FeedServer]:
    with feed_server() as running:
        yield running


def test_each_feed_is_told_of_and_the_worst_decides_the_exit_code(
    cli: Cli, place: Workplace, server: FeedServer
) -> None:
    assert cli("lists", "update").out == "no feed is subscribed; see: sluicegate lists catalogue\n"
    subscribe(place, server, "bets", BETS)
    ran = cli("lists", "update")
    assert (ran.code, ran.out, ran.err) == (0, "bets: in force, 2 entries\n", "")
    assert "nothing is due until" in cli("lists", "update").out
    server.answers["/bets"] = status(500)
    ran = cli("lists", "update", "bets")
    assert (ran.code, ran.out) == (4, "bets: away: the server answered 500 Internal Server Error\n")
    subscribe(place, server, "page", b"<html>\x1b[31m</html>")
    ran = cli("lists", "update", "--now", "--json")
    assert ran.code == 1
    told = {line["name"]: line for line in map(json.loads, ran.out.splitlines())}
    assert (told["bets"]["result"], told["page"]["result"]) == ("away", "refused")
    ran = cli("lists", "update", "nobody")
    assert (ran.code, ran.out) == (1, "")
    assert "no feed has this name" in ran.err
    assert cli("lists", "update", "--every", "1s").code == 2


def test_a_list_whose_feed_would_bring_it_back_is_not_removed(
    cli: Cli, place: Workplace, server: FeedServer
) -> None:
    subscribe(place, server, "bets", BETS)
    cli("lists", "update")
    ran = cli("lists", "remove", "bets", "--because", "not any more")
    assert ran.code == 1
    assert "end that first: sluicegate lists unsubscribe bets" in ran.err
    assert in_force(place) == {"bets": 2}
    cli("lists", "unsubscribe", "bets", "--because", "not any more")
    assert cli("lists", "remove", "bets", "--because", "not any more").code == 0
    assert in_force(place) == {}


def test_it_goes_on_through_every_error_and_ends_at_once_when_told_to(
    place: Workplace, server: FeedServer, tmp_path: Path
) -> None:
    """With settings that do not read at first, then with a server that says nothing."""
    subscribe(place, server, "bets", BETS)
    good = (tmp_path / "sluicegate.toml").read_text()
    (tmp_path / "sluicegate.toml").write_text("[nothing]\n")
    program = (
        "import console.cli.lists.updating as one, datetime;"
        "one._SHORTEST = datetime.timedelta(seconds=0.2);"
        "from console.cli.main import run_command; import sys;"
        "sys.exit(run_command(['lists', 'update', '--every', '2m']))"
    )
    with (tmp_path / "out").open("w+") as out:
        running = subprocess.Popen([sys.executable, "-c", program], stdout=out, stderr=out)
        try:
            _eventually(lambda: "no setting has this name" in (tmp_path / "out").read_text())
            (tmp_path / "sluicegate.toml").write_text(good)
            _eventually(lambda: place.store.current_digest() is not None)
            server.answers["/mute"] = silent
            assert in_force(place) == {"bets": 2}
            _ends_at_once(running)
        finally:
            running.kill()
            running.wait()


def test_sigterm_ends_it_in_the_middle_of_a_fetch_and_leaves_no_process(
    place: Workplace, server: FeedServer, tmp_path: Path
) -> None:
    server.answers["/mute"] = silent
    subscribe(place, server, "mute", None)
    running = subprocess.Popen([*COMMAND, "--every", "6h"])
    try:
        _eventually(lambda: server.seen("/mute"))
        _ends_at_once(running)
    finally:
        running.kill()
        running.wait()
    found = subprocess.run(["pgrep", "-P", str(running.pid)], capture_output=True, check=False)
    assert not found.stdout
    _eventually(lambda: not _fetching(tmp_path))


def _ends_at_once(running: subprocess.Popen[bytes]) -> None:
    running.send_signal(signal.SIGTERM)
    # A pause of hours or a fetch of minutes is over in the time that a loaded machine takes to end a program.
    assert running.wait(timeout=10) == 130


def _fetching(folder: Path) -> bool:
    """Whether a process still fetches into this folder: its copy is open."""
    for process in Path("/proc").glob("[0-9]*/fd"):
        try:
            if any(str(link.readlink()).startswith(f"{folder}/lists/feeds") for link in process.iterdir()):
                return True
        except OSError:
            continue
    return False


def _eventually(look: object) -> None:
    assert callable(look)
    until = time.monotonic() + 30
    while not look():
        assert time.monotonic() < until
        time.sleep(0.05)
