"""What workers have counted, and that nothing else gets into a label."""

from dataclasses import replace

import pytest

from addons.observe.worker_metrics import families
from addons.server.status import WorkerFile
from tests.addons.observe.samples import CATEGORIES, WORKER

MARK = "marked-host.test"


def shown(*workers: WorkerFile) -> dict[tuple[str, str], float]:
    """Samples by name and labels as text, buckets aside."""
    return {
        (
            sample.name,
            " ".join(f"{name}={value}" for name, value in sorted(sample.labels.items())),
        ): sample.value
        for family in families(workers, CATEGORIES)
        for sample in family.samples
        if "_bucket" not in sample.name
    }


def test_everything_that_is_counted_is_shown_by_slot() -> None:
    found = shown(WORKER, replace(WORKER, slot=3, requests=11, decisions={}, counts={}, times={}))
    assert found["sluicegate_requests_total", "worker=0"] == 10
    assert found["sluicegate_requests_total", "worker=3"] == 11
    assert found["sluicegate_connections", "worker=0"] == 3
    assert found["sluicegate_decisions_total", "category=gambling reason=listed verdict=block worker=0"] == 4
    assert found["sluicegate_decisions_total", "category= reason=not-listed verdict=allow worker=0"] == 6
    assert found["sluicegate_not_a_request_total", "reason=user-info worker=0"] == 2
    assert found["sluicegate_log_full_total", "what=outcome worker=0"] == 1
    assert found["sluicegate_undecidable_total", "hook=requestheaders worker=0"] == 5
    assert found["sluicegate_sign_in_refused_total", "reason=wrong worker=0"] == 6
    assert found["sluicegate_tls_failed_total", "side=client worker=0"] == 7
    for name in ("added_request", "added_answer", "loop_delay"):
        assert found[f"sluicegate_{name}_seconds_count", "worker=0"] == 7
        assert found[f"sluicegate_{name}_seconds_sum", "worker=0"] == 12.5


@pytest.mark.parametrize(
    "decisions",
    [
        pytest.param({f"block:listed:{MARK}": 4}, id="as-a-category"),
        pytest.param({f"block:{MARK}:gambling": 4}, id="as-a-reason"),
        pytest.param({f"{MARK}:listed:gambling": 4}, id="as-a-verdict"),
        pytest.param({MARK: 4}, id="as-all-of-it"),
        pytest.param({f"block:listed:gambling:{MARK}": 4}, id="behind-it"),
    ],
)
def test_what_is_no_word_of_ours_is_counted_but_not_named(decisions: dict[str, int]) -> None:
    found = shown(replace(WORKER, decisions=decisions))
    assert not any(MARK in labels for _, labels in found)
    assert [count for (name, _), count in found.items() if "decisions" in name] == [4]


@pytest.mark.parametrize("rest", [MARK, "http://a/", "192.0.2.1", "A", "", "a" * 60, 'a"} 1\nfake 1', "a b"])
def test_a_counter_that_is_called_otherwise_is_counted_as_other(rest: str) -> None:
    found = shown(replace(WORKER, counts={f"not-a-request:{rest}": 2, "not-a-request:other": 1}))
    assert found["sluicegate_not_a_request_total", "reason=other worker=0"] == 3


def test_a_counter_of_another_release_is_left_out() -> None:
    assert not any("surprise" in name for name, _ in shown(replace(WORKER, counts={"surprise:x": 1})))
