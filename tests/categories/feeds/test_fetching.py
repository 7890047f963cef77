"""Each feed is fetched apart from the others: what one server does ends with its own process."""

import hashlib
import os
import signal
import subprocess
import time
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from categories.feeds.fetching import Job, Outcome, _Child, fetch, fetch_all
from categories.feeds.transfer import FeedAway
from policy.errors import ListRefused
from tests.categories.feeds.server import FeedServer, dripping, give, silent, status
from tests.categories.feeds.signing import Publisher
from tests.categories.feeds.test_subscription import subscription
from tests.journeys.harness.certificates import OriginAuthority

LIST = b"bet.test\ncasino.test\n"
SHA256 = hashlib.sha256(LIST).hexdigest()


@pytest.fixture
def a_job(server: FeedServer, feed_authority: OriginAuthority, tmp_path: Path) -> Any:
    def made(path: str = "/list.txt", seconds: int = 20, **changes: object) -> Job:
        feed = subscription(name=path.strip("/.tx") or "root", url=server.url(path), **changes)
        return Job(feed=feed, copies=tmp_path, ca_file=feed_authority.ca_file, seconds=seconds)

    return made


def test_a_copy_lies_under_its_digest_and_is_not_sent_twice(
    server: FeedServer, a_job: Any, tmp_path: Path
) -> None:
    server.answers["/list.txt"] = give(LIST)
    copied = fetch(a_job())
    assert copied is not None
    assert (copied.sha256, copied.size) == (SHA256, len(LIST))
    assert [path.read_bytes() for path in tmp_path.iterdir()] == [LIST]
    assert fetch(a_job().model_copy(update={"validators": copied.validators})) is None


def test_a_published_checksum_must_fit(server: FeedServer, a_job: Any, tmp_path: Path) -> None:
    server.answers |= {"/list.txt": give(LIST), "/SUMS": give(f"{SHA256}  list.txt\n".encode())}
    assert fetch(a_job(checksum_url=server.url("/SUMS"))) is not None
    for answer in (
        give(f"{'0' * 64}  list.txt\n".encode()),
        give(b"<html>"),
        status(404),
        give(b"x" * 2**21),
    ):
        server.answers["/SUMS"] = answer
        with pytest.raises((FeedAway, ListRefused)):
            fetch(a_job(checksum_url=server.url("/SUMS")))
        assert [path.name for path in tmp_path.iterdir()] == [SHA256]


def test_with_a_key_nothing_unsigned_is_taken(server: FeedServer, a_job: Any, tmp_path: Path) -> None:
    publisher = Publisher()
    server.answers |= {"/list.txt": give(LIST), "/list.txt.minisig": give(publisher.sign(LIST))}
    assert fetch(a_job(public_key=publisher.public_key)) is not None
    (tmp_path / SHA256).unlink()
    for answer in (give(Publisher().sign(LIST)), give(publisher.sign(LIST[1:])), status(404)):
        server.answers["/list.txt.minisig"] = answer
        with pytest.raises(FeedAway):
            fetch(a_job(public_key=publisher.public_key))
        assert not list(tmp_path.iterdir())


def test_one_that_fails_never_stops_the_others(server: FeedServer, a_job: Any) -> None:
    """More than are fetched at once; the slow ones end at their deadline, whatever they drip."""
    server.answers |= {
        "/good.txt": give(LIST),
        "/away.txt": status(503, Retry_After="60"),
        "/slow.txt": dripping(b"HTTP/1.1 200 OK\r\n" + b"A: b\r\n" * 50),
        "/mute.txt": silent,
    }
    paths = ("/slow.txt", "/mute.txt", "/away.txt", "/good.txt", "/gone.txt")
    heard: list[int] = []
    jobs = [a_job(path, seconds=2) for path in paths]
    told = fetch_all(jobs, lambda _, received, __: heard.append(received))
    outcomes = {job.feed.name: outcome for job, outcome in told}
    assert outcomes["good"].copied is not None
    assert outcomes["away"].problem == "the server answered 503 Service Unavailable"
    assert outcomes["away"].retry_after is not None
    assert outcomes["gone"].problem == "the server answered 404 Not Found"
    for slow in ("slow", "mute"):
        assert outcomes[slow] == Outcome(problem="not done after 2 seconds: its server is too slow")
    assert heard == [len(LIST)]


def test_whoever_gives_up_leaves_no_process(server: FeedServer, a_job: Any) -> None:
    server.answers |= {"/list.txt": silent, "/gone.txt": status(404)}
    with closing(fetch_all([a_job(), a_job("/gone.txt")])) as fetching_them:
        assert next(fetching_them)[0].feed.name == "gone"
        children = _children()
        assert len(children) == 1
    assert _children() == []


def test_a_process_that_is_killed_is_a_problem_and_not_an_end(server: FeedServer, a_job: Any) -> None:
    server.answers["/list.txt"] = silent
    outcomes = fetch_all([a_job()], lambda *_: None)
    # The generator starts it when it is asked; so somebody else has to end it.
    killer = subprocess.Popen(["sh", "-c", f"sleep 1; kill -9 $(pgrep -P {os.getpid()} python)"])
    try:
        assert [outcome for _, outcome in outcomes] == [
            Outcome(problem="the fetch stopped by itself (exit -9)")
        ]
    finally:
        killer.wait()


def test_one_whose_parent_is_gone_ends_at_its_deadline(server: FeedServer, a_job: Any) -> None:
    server.answers["/list.txt"] = silent
    child = _Child(a_job(seconds=1))
    began = time.monotonic()
    assert child.process.wait(timeout=60) == -signal.SIGALRM
    assert time.monotonic() - began < 5
    child.end()


def _children() -> Sequence[str]:
    """The processes of ours that fetch."""
    found = subprocess.run(
        ["pgrep", "-P", str(os.getpid()), "-f", "categories.feeds.fetching"],
        capture_output=True,
        text=True,
        check=False,
    )
    return found.stdout.split()
