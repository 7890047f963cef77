"""What is said in the log once, when it begins and when it is over."""

import logging
from dataclasses import replace
from datetime import timedelta

import pytest

from addons.observe.certificates import Ends
from addons.observe.notices import notices
from addons.observe.observed import Observed
from policy.events import Event
from tests.addons.observe.samples import NOW, OBSERVED, STATUS, WORKER

QUIET = replace(OBSERVED, status=replace(STATUS, workers=(replace(WORKER, counts={}),)), authorities=())


def said(before: Observed | None, now: Observed) -> list[Event]:
    return [notice.event for notice in notices(before, now)]


def with_lost(*counts: int) -> Observed:
    workers = tuple(
        replace(WORKER, slot=slot, counts={"log-full:block": count, "not-a-request:tls": 9})
        for slot, count in enumerate(counts)
    )
    return replace(QUIET, status=replace(STATUS, workers=workers))


def with_status(**fields: float | None) -> Observed:
    # Every field that is given here is a number of seconds or bytes.
    return replace(QUIET, status=replace(QUIET.status, **fields))  # type: ignore[arg-type]


def ending_in(days: float, what: str = "issuing") -> Observed:
    return replace(QUIET, authorities=(Ends(what, NOW + timedelta(days=days)),))


def test_a_gateway_in_order_says_nothing() -> None:
    assert said(None, QUIET) == []
    assert said(QUIET, QUIET) == []
    assert said(None, ending_in(400)) == []


@pytest.mark.parametrize(
    ("before", "now", "says"),
    [
        pytest.param(None, (0, 0), False, id="nothing-lost"),
        pytest.param((0, 0), (0, 3), True, id="one-worker-lost-some"),
        pytest.param((0, 3), (0, 3), False, id="said-already"),
        pytest.param((0, 3), (1, 3), True, id="and-now-the-other"),
        pytest.param((5, 3), (0, 3), False, id="a-worker-was-replaced"),
        pytest.param(None, (2, 0), True, id="before-we-looked"),
    ],
)
def test_what_cannot_be_kept_is_said(
    before: tuple[int, ...] | None, now: tuple[int, ...], says: bool
) -> None:
    found = said(with_lost(*before) if before else None, with_lost(*now))
    assert found == ([Event.SPOOL_FULL] if says else [])


def test_break_glass_is_said_when_it_opens_and_when_it_is_over() -> None:
    open_, open_still = with_status(break_glass_left_s=1800.0), with_status(break_glass_left_s=1795.0)
    unknown = with_status(spool_records=None, database_ok=None)
    assert said(QUIET, open_) == said(None, open_) == [Event.BREAK_GLASS_OPEN]
    assert said(open_, open_still) == []
    assert said(open_still, QUIET) == [Event.BREAK_GLASS_OVER]
    assert said(open_still, unknown) == [], "nobody knows"


def test_what_nobody_confirmed_is_said_once() -> None:
    overdue = with_status(break_glass_overdue=1)
    assert said(QUIET, overdue) == [Event.BREAK_GLASS_OVERDUE]
    assert said(overdue, overdue) == []


@pytest.mark.parametrize(
    ("before", "now", "level"),
    [
        pytest.param(91.5, 89.5, logging.WARNING, id="ninety-days"),
        pytest.param(89.5, 88.5, None, id="between"),
        pytest.param(31.5, 29.5, logging.WARNING, id="thirty"),
        pytest.param(8.5, 6.5, logging.CRITICAL, id="seven"),
        pytest.param(6.5, 5.5, None, id="said-already"),
        pytest.param(1.5, -0.5, None, id="over"),
        pytest.param(20, 400, None, id="replaced"),
    ],
)
def test_the_end_of_the_authority_is_said_at_each_mark(before: float, now: float, level: int | None) -> None:
    found = list(notices(ending_in(before), ending_in(now)))
    expected = [] if level is None else [(Event.CA_ENDS, level)]
    assert [(notice.event, notice.level) for notice in found] == expected
    if found:
        assert f"issuing certificate ends in {int(now)} days" in found[0].says


def test_at_the_first_look_what_is_so_already_is_said() -> None:
    assert said(None, ending_in(20)) == [Event.CA_ENDS]
