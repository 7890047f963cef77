"""What has died is started again: at once when it had lived, ever more slowly when it had not."""

import pytest

from addons.server.restarts import LONGEST_SECONDS, SETTLED_SECONDS, Restarts


def wait_after(lives: list[float]) -> float:
    """How long the last of these deaths is answered with waiting."""
    restarts, now = Restarts(), 100.0
    for life in lives:
        now = max(now, restarts.not_before)
        assert restarts.may_begin(now)
        restarts.begun(now)
        now += life
        restarts.ended(now)
    return restarts.not_before - now


@pytest.mark.parametrize(
    ("lives", "wait"),
    [
        pytest.param([60], 0, id="one-that-had-lived"),
        pytest.param([0.1], 0, id="the-first-early-death"),
        pytest.param([0.1, 0.1], 1, id="the-second"),
        pytest.param([0.1, 0.1, 0.1], 2, id="the-third"),
        pytest.param([0.1] * 40, LONGEST_SECONDS, id="never-longer-than-this"),
        pytest.param([0.1, 0.1, 0.1, SETTLED_SECONDS, 0.1], 0, id="a-proper-start-in-between"),
        pytest.param([SETTLED_SECONDS - 0.01, SETTLED_SECONDS - 0.01], 1, id="nearly-settled-is-early"),
    ],
)
def test_only_what_dies_again_and_again_right_after_its_start_has_to_wait(
    lives: list[float], wait: float
) -> None:
    assert wait_after(lives) == pytest.approx(wait)


def test_it_may_not_begin_before_its_wait_is_over() -> None:
    restarts = Restarts()
    for _ in range(2):
        restarts.begun(50)
        restarts.ended(50.5)
    assert not restarts.may_begin(51.4)
    assert restarts.may_begin(51.5)
