"""
Fetching feeds, each in a process of its own, a few at once.

A stranger's server may send a byte a minute for ever, at any step: name, handshake, headers, body. Timeouts
of single steps do not end that. A process can be ended whatever it waits for, so each fetch is one
(`python -m categories.feeds.fetching`), with an alarm of the kernel's set before it does anything: at the
deadline it is gone, also when whoever started it is gone before. Its memory goes with it. What it leaves is
a finished copy or a file that the next update clears away.

The job goes in as JSON on standard input; progress, then one outcome, come back as JSON lines.
"""

import io
import selectors
import signal
import subprocess
import sys
from collections import deque
from collections.abc import Callable, Generator, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import IO, cast

from pydantic import BaseModel, ConfigDict

from categories.durable import beside, put, sync
from categories.feeds import checksums, minisign
from categories.feeds.subscription import Subscription
from categories.feeds.transfer import Client, FeedAway, OnBytes, validators
from policy.errors import ListRefused

DEADLINE = timedelta(minutes=10)
AT_ONCE = 4
_CHUNK = 1 << 16
_LONGEST_SAID = 1 << 20


class Job(BaseModel):
    """One feed to fetch."""

    model_config = ConfigDict(frozen=True)

    feed: Subscription
    validators: Mapping[str, str] = {}  # of the copy we have
    copies: Path  # the folder
    proxy: str | None = None
    ca_file: Path | None = None
    seconds: int = int(DEADLINE.total_seconds())


class Copy(BaseModel):
    """A body that came whole and proven; it lies in the folder of copies under its digest."""

    model_config = ConfigDict(frozen=True)

    sha256: str
    size: int
    validators: Mapping[str, str]


class Outcome(BaseModel):
    """What became of a job: a copy, "not changed" (neither), or a problem."""

    model_config = ConfigDict(frozen=True)

    copied: Copy | None = None
    problem: str | None = None
    refused: bool = False  # with a problem: it may not be taken; else its server is away
    retry_after: timedelta | None = None


class _Line(BaseModel):
    """What a fetching process says: one of these a line."""

    received: tuple[int, int] | None = None
    outcome: Outcome | None = None


def fetch(job: Job, on_bytes: OnBytes | None = None) -> Copy | None:
    """
    Fetch a feed and prove it; the copy, None where ours is still the newest.

    Raises `FeedAway` and `ListRefused`, and then there is no copy.
    """
    feed = job.feed
    client = Client(job.ca_file, job.proxy, allow_http=feed.allow_http)
    temporary = beside(job.copies / "copy")
    try:
        with temporary.open("xb") as file:
            headers = client.get(feed.url, file, job.validators, on_bytes)
        if headers is None:
            return None
        _prove(temporary, job)
        sync(temporary)
        copied = Copy(
            sha256=checksums.digest(temporary, "sha256"),
            size=temporary.stat().st_size,
            validators=validators(headers),
        )
        put(temporary, job.copies / copied.sha256)
        return copied
    finally:
        temporary.unlink(missing_ok=True)


def outcome_of(job: Job, on_bytes: OnBytes | None = None) -> Outcome:
    """What `fetch` gives, or raises, as data."""
    try:
        return Outcome(copied=fetch(job, on_bytes))
    except FeedAway as error:
        return Outcome(problem=str(error), retry_after=error.retry_after)
    except ListRefused as error:
        return Outcome(problem=str(error), refused=True)
    except OSError as error:
        return Outcome(problem=f"the copy cannot be written: {error.strerror or error}")


def _prove(file: Path, job: Job) -> None:
    """Raises `FeedAway` where it is not what was published: between two requests that may have changed."""
    feed = job.feed
    try:
        if feed.checksum_url is not None:
            published = _small(job, feed.checksum_url, checksums.MOST_BYTES)
            name = feed.url.partition("?")[0].rpartition("/")[2]
            checksums.verify(file, checksums.find_checksum(published, name))
        if feed.signature is not None and feed.public_key is not None:
            signature = minisign.read_signature(_small(job, feed.signature, minisign.MOST_BYTES))
            minisign.verify(file, signature, minisign.read_public_key(feed.public_key))
    except ListRefused as error:
        raise FeedAway(str(error)) from error


def fetch_all(
    jobs: Iterable[Job], on_bytes: Callable[[Job, int, int], None] | None = None
) -> Generator[tuple[Job, Outcome]]:
    """Fetch feeds, each apart from the others; each with its outcome, in the order they come to an end."""
    waiting = deque(jobs)
    with selectors.DefaultSelector() as running:
        try:
            while waiting or running.get_map():
                while waiting and len(running.get_map()) < AT_ONCE:
                    child = _Child(waiting.popleft())
                    running.register(child.output, selectors.EVENT_READ, child)
                for key, _ in running.select():
                    child = cast("_Child", key.data)
                    if (outcome := child.listen(on_bytes)) is not None:
                        running.unregister(child.output)
                        child.end()
                        yield child.job, outcome
        finally:
            # Also when an operator gives up: nobody fetches for nobody.
            for key in running.get_map().values():
                key.data.end()


def _small(job: Job, url: str, most_bytes: int) -> bytes:
    """A small file beside the feed."""
    client = Client(
        job.ca_file,
        job.proxy,
        allow_http=job.feed.allow_http,
        most_received=most_bytes,
        most_bytes=most_bytes,
    )
    into = io.BytesIO()
    client.get(url, into, {})
    return into.getvalue()


@dataclass
class _Child:
    """A process that fetches one feed."""

    job: Job
    process: subprocess.Popen[bytes] = field(init=False)
    _said: bytes = b""

    def __post_init__(self) -> None:
        # -P: without it a module would first be looked for in the current folder, which may be anybody's.
        self.process = subprocess.Popen(
            [sys.executable, "-P", "-m", "categories.feeds.fetching"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            process_group=0,  # Ctrl-C is ours to act on
        )
        # One that dies before it has read its job is told of by its silence.
        with suppress(BrokenPipeError), cast("IO[bytes]", self.process.stdin) as stdin:
            stdin.write(self.job.model_dump_json().encode())

    @property
    def output(self) -> IO[bytes]:
        """What it says."""
        return cast("IO[bytes]", self.process.stdout)

    def listen(self, on_bytes: Callable[[Job, int, int], None] | None) -> Outcome | None:
        """Read what it has said since; its outcome, once there is one."""
        some = self.output.read1(_CHUNK)  # type: ignore[attr-defined]  # Popen's pipes are buffered readers
        if not some or len(self._said) > _LONGEST_SAID:
            return self._silent()
        *lines, self._said = (self._said + some).split(b"\n")
        for text in lines:
            line = _Line.model_validate_json(text)
            if line.outcome is not None:
                return line.outcome
            if line.received is not None and on_bytes is not None:
                on_bytes(self.job, *line.received)
        return None

    def end(self) -> None:
        """It is over, or is now."""
        self.process.kill()
        self.process.wait()
        self.output.close()

    def _silent(self) -> Outcome:
        if self.process.wait() == -signal.SIGALRM:
            return Outcome(problem=f"not done after {self.job.seconds} seconds: its server is too slow")
        return Outcome(problem=f"the fetch stopped by itself (exit {self.process.returncode})")


# In the fetching process -------------------------------------------------------------------------


def main() -> None:
    """Fetch the job on standard input."""

    def say(line: _Line) -> None:
        sys.stdout.write(line.model_dump_json(exclude_defaults=True) + "\n")
        sys.stdout.flush()

    job = Job.model_validate_json(sys.stdin.read())
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    signal.alarm(job.seconds)
    outcome = outcome_of(job, lambda received, total: say(_Line(received=(received, total))))
    with suppress(BrokenPipeError):  # whoever asked is gone
        say(_Line(outcome=outcome))


if __name__ == "__main__":
    main()
