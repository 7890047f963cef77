"""Every metric of one moment, and what becomes of what nobody knows."""

from dataclasses import replace

from prometheus_client.exposition import generate_latest

from addons.observe.metrics import families
from addons.observe.observed import Observed
from addons.observe.pages import registry_of
from addons.server.status import Reloads
from tests.addons.observe.reading import samples, value
from tests.addons.observe.samples import CATEGORIES, NOW, OBSERVED, STATUS


def page(observed: Observed) -> str:
    return generate_latest(registry_of(families(observed, CATEGORIES))).decode()


def test_a_gateway_in_order_shows_all_of_it() -> None:
    text = page(OBSERVED)
    for name, expected in {
        "ready": 1,
        "generation": 1,
        "generations": 1,
        "started_timestamp_seconds": NOW.timestamp() - 3600,
        "supervisor_age_seconds": 0.5,
        "workers_wanted": 1,
        "workers_ready": 1,
        "worker_deaths_total": 1,
        "reloads_total": 2,
        "reload_failed": 0,
        "rulesets": 1,
        "shared_folder_age_seconds": 0.7,
        "keeper_up": 1,
        "spool_records": 3,
        "spool_bytes": 120,
        "spool_oldest_seconds": 0.2,
        "database_up": 1,
        "database_age_seconds": 0.4,
        "records_set_aside": 0,
        "spool_damaged_bytes": 0,
        "break_glass_seconds": 0,
        "break_glass_unconfirmed": 0,
        "break_glass_overdue": 0,
        "ruleset_built_timestamp_seconds": NOW.timestamp() - 86400,
        "list_oldest_timestamp_seconds": NOW.timestamp(),
        "feed_oldest_timestamp_seconds": NOW.timestamp() - 4 * 86400,
        "clock_synchronised": 1,
        "clock_offset_seconds": -0.002,
        "clock_max_error_seconds": 0.016,
        "state_free_bytes": 10**9,
    }.items():
        assert value(text, f"sluicegate_{name}") == expected, name
    assert value(text, "sluicegate_lists", category="gambling") == 2
    assert value(text, "sluicegate_list_entries", category="help") == 7
    assert value(text, "sluicegate_feeds", standing="stale") == 1
    issuing = value(text, "sluicegate_ca_not_after_timestamp_seconds", certificate="issuing")
    assert issuing == NOW.timestamp() + 30 * 86400
    assert value(text, "sluicegate_process_cpu_seconds_total", role="worker", worker="0") == 1.5
    assert value(text, "sluicegate_process_open_files", role="supervisor", worker="") == 12
    assert any(name == "sluicegate_build_info" for name, _ in samples(text))


def test_what_nobody_knows_is_left_out_and_never_zero() -> None:
    unknown = replace(
        OBSERVED,
        status=replace(
            STATUS,
            spool_records=None,
            spool_bytes=None,
            database_ok=None,
            database_age_s=None,
            spool_oldest_s=None,
            shared_age_s=None,
        ),
        lists=None,
        authorities=(),
        clock=None,
        free_bytes=None,
        processes={},
    )
    text = page(unknown)
    assert value(text, "sluicegate_keeper_up") == 0
    for name in (
        "spool_records", "database_up", "records_set_aside", "break_glass_seconds", "clock_synchronised",
        "state_free_bytes", "ruleset_built_timestamp_seconds", "spool_oldest_seconds",
        "shared_folder_age_seconds",
    ):  # fmt: skip
        assert value(text, f"sluicegate_{name}") is None, name


def test_a_gateway_that_has_ended_is_not_ready_and_shows_no_more() -> None:
    ended = replace(OBSERVED, status=replace(STATUS, serving=False, generation=None))
    found = samples(page(ended))
    assert found["sluicegate_ready", ()] == 0
    assert {name for name, _ in found} == {"sluicegate_ready", "sluicegate_build_info"}


def test_a_reload_that_failed_is_shown() -> None:
    failed = replace(OBSERVED, status=replace(STATUS, reload=Reloads(3, 3, False, "policy.toml: line 3")))
    text = page(failed)
    assert value(text, "sluicegate_reload_failed") == 1
    assert "policy.toml" not in text


def test_a_list_of_a_category_that_the_policy_does_not_have_is_not_named() -> None:
    assert OBSERVED.lists is not None
    lists = replace(OBSERVED.lists, lists={"marked-host.test": 1}, entries={"marked-host.test": 1})
    assert "marked" not in page(replace(OBSERVED, lists=lists))
