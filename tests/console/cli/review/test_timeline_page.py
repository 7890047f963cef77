"""One person's timeline as a page."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

from console.cli.review.timeline_page import every_step, timeline_page
from console.review.answers import Within
from policy.review.figures import Figures, FiguresAt, Timeline
from policy.review.question import Cursor
from policy.review.rows import Found, PageOpened
from policy.words import Resource
from tests.console.cli.review.test_bounds_shown import BOUNDS
from tests.reviewed import reviewed

AT = datetime(2026, 11, 1, 10, 30, tzinfo=UTC)
ONE = Figures(blocked=1)


def timeline(found: Found, *, hourly: bool = False) -> Timeline:
    return Timeline(
        "alice", AT, AT + timedelta(days=2), hourly, (FiguresAt(AT.replace(hour=0, minute=0), ONE),), found
    )


def test_rows_say_what_limits_them() -> None:
    visit = PageOpened(reviewed(at=AT, host="bet.test", reference="K7QF2M9T"), embedded=3, refused=1)
    piece = reviewed(at=AT, host="ads.test", resource=Resource.EMBEDDED)
    text = timeline_page(Within(BOUNDS, timeline(Found((visit,), (piece,), None))), "why", AT)
    for wanted in ("Timeline of alice", "K7QF-2M9T", "3 (1 refused)", "part of a page", "password"):
        assert wanted in text
    assert "withdrawn as wrong on" not in text
    assert "There is more" not in text


def test_a_part_of_it_says_that_there_is_more() -> None:
    more = Found((), (), Cursor(AT, UUID(int=1)))
    text = timeline_page(Within(BOUNDS, timeline(more)), "why", AT)
    assert "There is more than these rows" in text
    assert "Visits: none." in text


def test_what_was_not_asked_for_is_not_said_to_be_none() -> None:
    visit = PageOpened(reviewed(at=AT))
    text = timeline_page(Within(BOUNDS, timeline(Found((visit,), (), None))), "why", AT, visits_only=True)
    assert "Other requests: not asked for" in text
    assert "went there: 0" not in text


def test_what_was_withdrawn_is_marked() -> None:
    wrong = PageOpened(reviewed(at=AT, withdrawn_on=AT))
    text = timeline_page(Within(BOUNDS, timeline(Found((wrong,), (), None))), "why", AT)
    assert "withdrawn as wrong on" in text


def test_a_plot_has_a_place_for_days_and_hours_without_anything() -> None:
    assert [each.figures for each in every_step(timeline(Found((), (), None)))] == [ONE, Figures(), Figures()]
    assert len(every_step(timeline(Found((), (), None), hourly=True))) == 49
