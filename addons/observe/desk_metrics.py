"""What the desk says, as families of samples: what it answers, and what it has to send."""

from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import datetime

from prometheus_client.metrics_core import Metric

from addons.observe.samples import counters, gauge
from addons.observe.worker_metrics import plain
from addons.server.status import DeskFile


def families(desk: DeskFile | None, now: datetime) -> Iterator[Metric]:
    """What `desk` says at `now` (aware); it says nothing where it does not run."""
    yield gauge(
        "desk_up", "Whether the desk, which knows people by their proof, says how it is", desk is not None
    )
    if desk is None:
        return
    yield gauge("desk_database_up", "Whether the database did what the desk asked last", desk.database_ok)
    says = "What workers asked the desk, and what became of it"
    yield counters("desk_answers", says, ("question", "answer"), _answers(desk))
    yield gauge("messages_waiting", "Mails and webhooks about reports that wait to be sent", desk.waiting)
    yield gauge("messages_oldest_seconds", "How long the oldest of them has waited", _waited(desk, now))
    yield gauge("messages_given_up", "Messages that could not be sent in days", desk.given_up)
    for name, says, counts in (
        ("messages_sent", "Messages that were sent", desk.sent),
        ("messages_not_sent", "Attempts to send a message that failed", desk.failed),
    ):
        yield counters(name, says, ("channel",), _by_channel(counts))


def _answers(desk: DeskFile) -> Iterator[tuple[tuple[str, str], int]]:
    counts: Counter[tuple[str, str]] = Counter()
    for word, count in desk.answers.items():
        question, _, answer = word.partition(":")
        counts[plain(question), plain(answer)] += count
    return iter(counts.items())


def _by_channel(counts: Mapping[str, int]) -> Iterator[tuple[tuple[str], int]]:
    return (((plain(channel),), count) for channel, count in counts.items())


def _waited(desk: DeskFile, now: datetime) -> float:
    if desk.waiting_since is None:
        return 0.0
    return max(0.0, (now - datetime.fromisoformat(desk.waiting_since)).total_seconds())
