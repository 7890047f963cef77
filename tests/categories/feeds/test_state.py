"""When a feed is asked, what is done with what it gave, and when somebody should look."""

from datetime import UTC, datetime, timedelta

import pytest

from categories.feeds.state import (
    FeedState,
    Standing,
    away,
    due,
    fetched,
    offered,
    read,
    refused,
    standing,
    to_be_offered,
    to_be_read,
    well,
)
from tests.categories.feeds.test_subscription import subscription

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
DAY, HOUR, MINUTE = timedelta(days=1), timedelta(hours=1), timedelta(minutes=1)
TAGS = {"If-None-Match": '"1"'}


def a_copy(sha256: str = "a1") -> FeedState:
    return fetched(FeedState(), sha256, 10, TAGS, NOW)


def in_force(text: str = "t1") -> FeedState:
    return well(offered(read(a_copy(), text), text, NOW), DAY, NOW)


def test_a_new_copy_is_to_be_read_and_what_was_said_of_the_former_is_forgotten() -> None:
    state = fetched(refused(in_force(), "no list", DAY, NOW, copy=True), "a2", 20, {}, NOW + DAY)
    assert (state.copy_sha256, state.copy_bytes, state.validators) == ("a2", 20, {})
    assert (state.text_sha256, state.refused_at) == (None, None)
    assert state.offered_sha256 == "t1"
    assert to_be_read(state, NOW + DAY, asked=False)


def test_the_same_copy_sent_again_is_nothing_new() -> None:
    state = fetched(in_force(), "a1", 10, {"If-None-Match": '"2"'}, NOW + DAY)
    assert state.validators == {"If-None-Match": '"2"'}
    assert state.copied_at == NOW
    assert not to_be_read(state, NOW + DAY, asked=True)


@pytest.mark.parametrize(
    ("state", "later", "asked", "answer"),
    [
        pytest.param(FeedState(), DAY, True, False, id="nothing-there"),
        pytest.param(a_copy(), MINUTE, False, True, id="not-read-yet"),
        pytest.param(read(a_copy(), "t1"), MINUTE, False, True, id="read-and-not-offered"),
        pytest.param(in_force(), 9 * DAY, True, False, id="offered"),
        pytest.param(refused(a_copy(), "x", DAY, NOW, copy=True), HOUR, False, False, id="refused"),
        pytest.param(refused(a_copy(), "x", DAY, NOW, copy=True), DAY, False, True, id="refused-a-day-ago"),
        pytest.param(refused(a_copy(), "x", DAY, NOW, copy=True), MINUTE, True, True, id="refused-and-asked"),
        pytest.param(
            refused(a_copy(), "x", DAY, NOW, copy=True), -DAY, False, True, id="refused-by-a-wrong-clock"
        ),
    ],
)
def test_a_copy_is_read_once_and_a_refused_one_daily(
    state: FeedState, later: timedelta, asked: bool, answer: bool
) -> None:
    assert to_be_read(state, NOW + later, asked=asked) is answer


@pytest.mark.parametrize(
    ("state", "text", "library", "answer"),
    [
        pytest.param(a_copy(), "t1", None, True, id="the-first"),
        pytest.param(in_force(), "t2", "t1", True, id="another"),
        pytest.param(in_force(), "t1", "t1", False, id="the-one-in-force"),
        pytest.param(in_force(), "t1", "t0", False, id="rolled-back-refused-or-pending"),
        pytest.param(in_force(), "t1", None, False, id="removed"),
        pytest.param(a_copy(), "t1", "t1", False, id="imported-by-hand-before"),
    ],
)
def test_a_text_is_offered_once(state: FeedState, text: str, library: str | None, answer: bool) -> None:
    assert to_be_offered(state, text, library) is answer


def test_it_is_tried_soon_again_then_less_and_less_soon_and_at_its_own_pace_at_last() -> None:
    state, pauses = in_force(), []
    for _ in range(12):
        state = away(state, "500", DAY, NOW)
        pauses.append(state.next_at - NOW)
    assert pauses[:4] == [5 * MINUTE, 10 * MINUTE, 20 * MINUTE, 40 * MINUTE]
    assert pauses[8:] == [5 * MINUTE * 2**8, DAY, DAY, DAY]
    assert away(FeedState(failures=10**6), "500", DAY, NOW).next_at == NOW + DAY
    assert (state.failures, state.problem) == (12, "500")
    assert (well(state, DAY, NOW).failures, well(state, DAY, NOW).problem) == (0, None)


def test_a_server_that_asks_for_more_time_gets_it() -> None:
    assert away(FeedState(), "503", DAY, NOW, 2 * HOUR).next_at == NOW + 2 * HOUR
    assert away(FeedState(), "503", DAY, NOW, timedelta(0)).next_at == NOW + 5 * MINUTE


def test_what_was_refused_is_asked_for_at_its_own_pace() -> None:
    assert refused(FeedState(), "a bomb", DAY, NOW, copy=False) == FeedState(
        tried_at=NOW, failures=1, next_at=NOW + DAY, problem="a bomb"
    )


@pytest.mark.parametrize(
    ("state", "later", "answer"),
    [
        pytest.param(FeedState(), timedelta(0), True, id="never-tried"),
        pytest.param(in_force(), HOUR, False, id="too-soon"),
        pytest.param(in_force(), DAY - 9 * MINUTE, True, id="a-timer-that-is-early"),
        pytest.param(in_force(), DAY - 11 * MINUTE, False, id="earlier-than-a-timer-is"),
        pytest.param(in_force(), DAY, True, id="in-time"),
        pytest.param(in_force(), -DAY, True, id="the-clock-went-back"),
        pytest.param(away(in_force(), "500", DAY, NOW), 4 * MINUTE, False, id="failed-just-now"),
        pytest.param(away(in_force(), "500", DAY, NOW), 5 * MINUTE, True, id="failed-a-while-ago"),
    ],
)
def test_it_is_due_by_its_own_pace(state: FeedState, later: timedelta, answer: bool) -> None:
    assert due(state, DAY, NOW + later) is answer


@pytest.mark.parametrize(
    ("state", "later", "answer"),
    [
        pytest.param(FeedState(), DAY, Standing.NEW, id="never-tried"),
        pytest.param(FeedState(), 3 * DAY + MINUTE, Standing.STALE, id="never-tried-for-days"),
        pytest.param(in_force(), 3 * DAY, Standing.WELL, id="well-three-spans-ago"),
        pytest.param(in_force(), 3 * DAY + MINUTE, Standing.STALE, id="longer-ago"),
        pytest.param(in_force(), -4 * DAY, Standing.STALE, id="well-by-a-clock-that-went-back"),
        pytest.param(in_force(), -MINUTE, Standing.WELL, id="well-by-a-clock-that-was-set"),
        pytest.param(away(in_force(), "500", DAY, NOW), DAY, Standing.FAILING, id="failing"),
        pytest.param(
            refused(in_force(), "x", DAY, NOW, copy=True), 4 * DAY, Standing.STALE, id="refused-for-days"
        ),
    ],
)
def test_it_is_stale_after_three_of_its_own_spans(
    state: FeedState, later: timedelta, answer: Standing
) -> None:
    feed = subscription(every=DAY, subscribed_at=NOW)
    assert standing(state, feed, NOW + later) is answer


def test_stale_may_be_said_otherwise() -> None:
    assert standing(in_force(), subscription(), NOW + 2 * HOUR, HOUR) is Standing.STALE
    assert standing(in_force(), subscription(), NOW + 30 * DAY, 60 * DAY) is Standing.WELL


def test_a_problem_is_one_bounded_inert_line() -> None:
    problem = away(FeedState(), "\x1b[31m\n" + "x" * 999, DAY, NOW).problem
    assert problem is not None
    assert len(problem) <= 300
    assert problem.isprintable()


def test_it_comes_back_from_its_file_as_it_was() -> None:
    for state in (FeedState(), refused(in_force(), "x", DAY, NOW, copy=True)):
        assert FeedState.model_validate_json(state.model_dump_json()) == state
