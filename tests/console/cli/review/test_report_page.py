"""A report as a page, as a browser has it."""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe

from console.cli.review.report_page import report_page
from console.cli.review.statistics_page import statistics_page
from console.cli.review.timeline_page import timeline_page
from console.review.answers import Within
from policy.review.figures import FiguresAt, Statistics, StatisticsQuestion, StatisticsRow, Timeline
from policy.review.meaning import KNOWN, WITHDRAWN
from policy.review.rows import Found, PageOpened
from policy.words import PersonHow, Resource, Verdict
from tests.browser import AXE_RULES, chromium, keep_picture
from tests.console.cli.review.test_bounds_shown import BOUNDS
from tests.console.cli.review.test_figures_shown import DAY, REPORT, SOME
from tests.reviewed import reviewed

MADE = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
HOSTILE = "<img src=x onerror=alert(1)>" + "w" * 300


def test_a_report_says_how_people_were_known_and_what_is_withdrawn() -> None:
    text = report_page(Within(BOUNDS, REPORT), "the complaint", MADE)
    assert KNOWN[PersonHow.BASIC].not_shown in text
    assert KNOWN[PersonHow.PAGE].not_shown not in text
    assert WITHDRAWN in text
    assert "How people were known" in text
    assert "Hosts: the 1 with the most visits of 70." in text
    none = replace(REPORT, total=replace(SOME, withdrawn=0), hosts=1)
    text = report_page(Within(BOUNDS, none), "the complaint", MADE)
    assert WITHDRAWN not in text
    assert "with the most visits" not in text


def pages() -> dict[str, str]:
    """One of each kind of page, with text of the longest and worst kind."""
    row = reviewed(at=DAY, host=HOSTILE, path=HOSTILE, withdrawn_on=MADE)
    piece = reviewed(at=DAY, resource=Resource.EMBEDDED, page=HOSTILE)
    timeline = Timeline(
        "alice",
        DAY,
        REPORT.until,
        False,
        (FiguresAt(DAY, SOME),),
        Found((PageOpened(row, 3),), (piece,), None),
    )
    question = StatisticsQuestion("the board", "Example", DAY.date(), REPORT.until.date())
    number = StatisticsRow(DAY.date(), HOSTILE, None, None, None, Verdict.BLOCK, visit=True, number=20)
    return {
        "report": report_page(Within(BOUNDS, REPORT), HOSTILE, MADE),
        "timeline": timeline_page(Within(BOUNDS, timeline), HOSTILE, MADE),
        "statistics": statistics_page(
            Statistics(question.since, question.until, False, (number,)), question, MADE
        ),
    }


@pytest.mark.journey
def test_pages_are_accessible_narrow_or_wide_and_run_nothing(tmp_path: Path) -> None:
    with chromium() as browser:
        context = browser.new_context(viewport={"width": 320, "height": 800})
        page = context.new_page()
        asked: list[str] = []
        page.on("request", lambda request: asked.append(request.url))
        page.on("dialog", lambda dialog: pytest.fail(dialog.message))
        for name, text in pages().items():
            file = tmp_path / f"{name}.html"
            file.write_text(text, "utf-8")
            page.goto(file.as_uri())
            found = Axe().run(page, options=AXE_RULES)
            assert found.violations_count == 0, found.generate_report()
            assert page.evaluate("document.documentElement.scrollWidth") <= 320
            keep_picture(page, f"review-{name}")
        assert asked == [(tmp_path / f"{name}.html").as_uri() for name in pages()]
