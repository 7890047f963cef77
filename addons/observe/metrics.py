"""
What is observed, as Prometheus' metrics. Pure: from one moment's data to families of samples.

What is unknown is left out and never zero: an alert on a value that is absent can be written, one on a zero
that means "nobody knows" cannot. `docs/monitoring.md` lists all of them.
"""

import platform
from collections.abc import Iterator, Mapping
from importlib.metadata import PackageNotFoundError, version

from prometheus_client.metrics_core import InfoMetricFamily, Metric

from addons.observe import desk_metrics, worker_metrics
from addons.observe.feeds import Feeds
from addons.observe.observed import Observed, Who
from addons.observe.processes import Process
from addons.observe.samples import PREFIX, counters, gauge, gauges
from addons.server.status import GatewayStatus


def families(observed: Observed, categories: frozenset[str]) -> Iterator[Metric]:
    """Every metric. `categories` are the policy's: another name is not passed on."""
    status = observed.status
    yield _build()
    yield gauge("ready", "Whether a worker lets clients in", float(status.serving))
    if status.generation is None:
        return
    yield from _of_gateway(status)
    yield from worker_metrics.families(status.workers, categories)
    yield from desk_metrics.families(status.desk, observed.at)
    yield from _of_log(status)
    yield from _of_lists(observed, categories)
    yield from _of_feeds(observed.feeds)
    yield from _of_machine(observed)
    yield from _of_processes(observed.processes)


def _build() -> Metric:
    info = InfoMetricFamily(f"{PREFIX}build", "What runs")
    versions = {name: _version(name) for name in ("sluicegate", "mitmproxy")}
    info.add_metric((), {**versions, "python": platform.python_version()})
    return info


def _version(distribution: str) -> str:
    try:
        return version(distribution)
    except PackageNotFoundError:
        return "unknown"


def _of_gateway(status: GatewayStatus) -> Iterator[Metric]:
    began = status.started_at.timestamp() if status.started_at else None
    ready = sum(worker.ready for worker in status.workers)
    yield gauge("started_timestamp_seconds", "When the supervisor began", began)
    yield gauge("supervisor_age_seconds", "Since the supervisor said how it is", status.supervisor_age_s)
    yield gauge("generation", "The number of the generation that serves", status.generation)
    yield gauge("generations", "Generations alive; two during a reload", len(status.generations) or None)
    yield gauge("workers_wanted", "Workers that there should be", status.workers_wanted)
    yield gauge("workers_ready", "Workers that let clients in", ready)
    yield gauge("rulesets", "Different Rulesets that the ready workers judge by", status.rulesets)
    says = "Since all was well with the shared folder that Rulesets are taken from"
    yield gauge("shared_folder_age_seconds", says, status.shared_age_s)
    yield gauge("reload_failed", "Whether the last reload failed", not status.reload.succeeded)
    yield counters("reloads", "Reloads asked for", (), [((), status.reload.asked)])
    says = "Workers of this generation that died and were replaced"
    yield counters("worker_deaths", says, (), [((), status.deaths)])


def _of_log(status: GatewayStatus) -> Iterator[Metric]:
    keeper = status.spool_records is not None
    database = None if status.database_ok is None else float(status.database_ok)
    yield gauge("keeper_up", "Whether the keeper, which ships to the database, says how it is", keeper)
    yield gauge("spool_records", "Records that wait for the database", status.spool_records)
    yield gauge("spool_bytes", "Bytes that wait for the database", status.spool_bytes)
    yield gauge("spool_oldest_seconds", "How long the oldest of them has waited", status.spool_oldest_s)
    yield gauge("database_up", "Whether the database did what it was asked last", database)
    yield gauge("database_age_seconds", "Since it last did what it was asked", status.database_age_s)
    for name, says, value in (
        ("records_set_aside", "Records that the database would not take", status.set_aside),
        ("spool_damaged_bytes", "Bytes of spools, damaged and stepped over", status.damaged_bytes),
        ("break_glass_seconds", "For how long break-glass is still open", status.break_glass_left_s),
        ("break_glass_unconfirmed", "Uses that wait for a second person", status.break_glass_unconfirmed),
        ("break_glass_overdue", "Uses that nobody confirmed in a day", status.break_glass_overdue),
    ):
        yield gauge(name, says, value if keeper else None)


def _of_lists(observed: Observed, categories: frozenset[str]) -> Iterator[Metric]:
    lists = observed.lists
    if lists is None:
        return
    oldest = lists.oldest.timestamp() if lists.oldest else None
    built = lists.built_at.timestamp()
    yield gauge("ruleset_built_timestamp_seconds", "When the Ruleset in force was built", built)
    yield gauge(
        "list_oldest_timestamp_seconds", "When the oldest imported list was read in, or confirmed", oldest
    )
    for name, says, counts in (
        ("lists", "Lists in force", lists.lists),
        ("list_entries", "Entries in force", lists.entries),
    ):
        known = (((name,), count) for name, count in sorted(counts.items()) if name in categories)
        yield gauges(name, says, ("category",), known)


def _of_feeds(feeds: Feeds) -> Iterator[Metric]:
    counts = (((each.value,), count) for each, count in feeds.standing.items())
    yield gauges("feeds", "Feeds of the lists, by how they are", ("standing",), counts)
    oldest = feeds.oldest.timestamp() if feeds.oldest else None
    yield gauge("feed_oldest_timestamp_seconds", "When the feed was well that was so longest ago", oldest)


def _of_machine(observed: Observed) -> Iterator[Metric]:
    yield gauges(
        "ca_not_after_timestamp_seconds",
        "When what signs, and what clients trust, ends",
        ("certificate",),
        (((one.what,), one.at.timestamp()) for one in observed.authorities),
    )
    if (clock := observed.clock) is not None:
        yield gauge("clock_synchronised", "Whether somebody keeps the clock", clock.synchronised)
        yield gauge("clock_offset_seconds", "By how much it is still being corrected", clock.offset_s)
        yield gauge("clock_max_error_seconds", "How far off it may be at most", clock.max_error_s)
    yield gauge("state_free_bytes", "Free on the disk of the state folder", observed.free_bytes)


def _of_processes(processes: Mapping[Who, Process]) -> Iterator[Metric]:
    labels = ("role", "worker")
    each = {(who.role, "" if who.slot is None else str(who.slot)): one for who, one in processes.items()}
    used = ((key, one.cpu_s) for key, one in each.items())
    yield counters("process_cpu_seconds", "Processor time used", labels, used)
    for name, says, values in (
        (
            "resident_memory_bytes",
            "Memory in use, shared memory included",
            [o.resident_bytes for o in each.values()],
        ),
        (
            "proportional_memory_bytes",
            "Memory in use, of what is shared a fair part",
            [o.proportional_bytes for o in each.values()],
        ),
        ("open_files", "Descriptors open", [o.open_files for o in each.values()]),
        ("most_files", "Descriptors that may be open", [o.most_files for o in each.values()]),
    ):
        yield gauges(f"process_{name}", says, labels, zip(each, values, strict=True))
