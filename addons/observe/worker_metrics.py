"""
What the workers have counted, as families of samples with a label `worker`, which is the slot.

A worker that is replaced counts from 0 again in the same slot, and the next generation's workers have other
slots: to Prometheus both are resets of a counter, which it expects.

Nothing that came from outside may become a label. A category must be one of the policy's; any other word
must look like one of ours. What does not is counted as `other`.
"""

import re
from collections import Counter
from collections.abc import Iterator, Sequence

from prometheus_client.metrics_core import Metric

from addons.observe.samples import counters, gauges, histograms
from addons.server.status import WorkerFile

OTHER = "other"
_WORD = re.compile(r"[a-z][a-z_-]{0,39}")

# By the first part of the word that a worker counts by: the metric, the label for the rest, what it counts.
_COUNTED = {
    "not-a-request": ("not_a_request", "reason", "What clients sent that is no request"),
    "log-full": ("log_full", "what", "Decisions (by verdict) and outcomes that the spool could not take"),
    "undecidable": ("undecidable", "hook", "Failures of our own, answered by a refusal"),
    "sign-in": ("sign_in_refused", "reason", "Refused attempts to sign in to the proxy"),
    "own-page": ("own_page_refused", "reason", "Requests for the gateway's own pages that were refused"),
    "tls-not-signed": ("tls_not_signed", "reason", "Handshakes for which the signer gave no certificate"),
    "tls-failed": ("tls_failed", "side", "TLS handshakes that failed, by the side that ended them"),
}
_TIMES = {
    "request": (
        "added_request_seconds",
        "From a request's complete head until it was handed on or answered by us, without the origin's part",
    ),
    "answer": (
        "added_answer_seconds",
        "From the complete head of an origin's answer until it was handed to the client",
    ),
    "loop": ("loop_delay_seconds", "How much too late a worker's loop did what it does every second"),
}


def families(workers: Sequence[WorkerFile], categories: frozenset[str]) -> Iterator[Metric]:
    """What the workers say. `categories` are the policy's."""
    yield gauges(
        "connections",
        "Client connections open",
        ("worker",),
        (((str(w.slot),), w.connections) for w in workers),
    )
    yield counters("requests", "Requests begun", ("worker",), (((str(w.slot),), w.requests) for w in workers))
    yield _decisions(workers, categories)
    for first, (name, label, says) in _COUNTED.items():
        counted = (((str(w.slot), word), count) for w in workers for word, count in _counted(w, first))
        yield counters(name, says, ("worker", label), counted)
    for word, (name, says) in _TIMES.items():
        yield histograms(name, says, {w.slot: w.times[word] for w in workers if word in w.times})


def _decisions(workers: Sequence[WorkerFile], categories: frozenset[str]) -> Metric:
    counts: Counter[tuple[str, ...]] = Counter()
    for worker in workers:
        for word, count in worker.decisions.items():
            verdict, reason, category = (*word.split(":", 2), "", "")[:3]
            shown = category if not category or category in categories else OTHER
            counts[str(worker.slot), plain(verdict), plain(reason), shown] += count
    labels = ("worker", "verdict", "reason", "category")
    says = "Final decisions on record, by the deciding category"
    return counters("decisions", says, labels, counts.items())


def _counted(worker: WorkerFile, first: str) -> list[tuple[str, int]]:
    counts: Counter[str] = Counter()
    for word, count in worker.counts.items():
        kind, _, rest = word.partition(":")
        if kind == first:
            counts[plain(rest)] += count
    return list(counts.items())


def plain(word: str) -> str:
    """The word as a label, where it looks like one of ours."""
    return word if _WORD.fullmatch(word) else OTHER
