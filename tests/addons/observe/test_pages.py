"""Probes and metrics, as they are served."""

import shutil
import subprocess
from dataclasses import replace

import pytest

from addons.observe.http import Page
from addons.observe.observed import Observed
from addons.observe.pages import Pages
from tests.addons.observe.reading import samples
from tests.addons.observe.samples import CATEGORIES, OBSERVED, STATUS


def page(path: str, observed: Observed = OBSERVED) -> Page:
    found = Pages(lambda: observed, CATEGORIES).page(path)
    assert found is not None
    return found


def test_there_are_three() -> None:
    pages = Pages(lambda: OBSERVED, CATEGORIES)
    assert [pages.page(path) is not None for path in ("/healthz", "/readyz", "/metrics")] == [True] * 3
    assert [pages.page(path) for path in ("/", "/metrics/", "/Metrics", "/status", "//metrics")] == [None] * 5


@pytest.mark.parametrize(
    ("age", "status"),
    [
        pytest.param(0.9, 200, id="it-beats"),
        pytest.param(60.0, 503, id="it-stands-still"),
        pytest.param(None, 503, id="it-has-ended"),
        pytest.param(float("inf"), 503, id="it-says-nothing-readable"),
    ],
)
def test_health_is_the_supervisors_and_nobody_elses(age: float | None, status: int) -> None:
    """A restart mends neither a database that is away nor registers that nobody has read."""
    not_serving = replace(STATUS, serving=False, database_ok=False, workers=(), supervisor_age_s=age)
    assert page("/healthz", replace(OBSERVED, status=not_serving)).status == status


def test_ready_is_whoever_lets_clients_in() -> None:
    assert page("/readyz").status == 200
    refused = page("/readyz", replace(OBSERVED, status=replace(STATUS, serving=False, problems=("secret",))))
    assert (refused.status, b"secret" in refused.body) == (503, False)


def test_metrics_are_what_prometheus_reads() -> None:
    found = page("/metrics")
    assert found.content_type == "text/plain; version=0.0.4; charset=utf-8"
    assert len(samples(found.body.decode())) > 80


def test_prometheus_own_tool_finds_nothing_to_say_against_them() -> None:
    promtool = shutil.which("promtool")
    assert promtool is not None, "install the Debian package prometheus, which brings promtool"
    said = subprocess.run(
        [promtool, "check", "metrics"], input=page("/metrics").body, capture_output=True, check=False
    )
    assert (said.returncode, said.stdout + said.stderr) == (0, b"")
