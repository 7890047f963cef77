"""The first page: everything that bears on the rows, loading and running nothing, whatever is in them."""

import re
from dataclasses import replace
from pathlib import Path

import pytest

from console.evidence.contents import Contents
from console.evidence.first_page import FirstPage, first_page
from console.evidence.limits import cannot_show, missing, times, told
from console.evidence.summary import summary
from policy.review.question import Question
from policy.words import Verdict
from tests.browser import AXE_RULES, chromium
from tests.console.evidence.found import AUTHORITY, CONTENTS, QUESTION, row
from tests.console.evidence.samples import KEY

FILES = [("decisions.csv", "The rows, to be read in a spreadsheet.")]
HOSTILE = "</title><script>alert(1)</script>\u202e\x1b]0;x\x07{{ 7*7 }}"


def page_of(contents: Contents) -> FirstPage:
    return first_page(contents, summary(contents.rows), FILES, KEY.public.fingerprint)


def words(text: str) -> str:
    return " ".join(text.split())


def test_all_that_limits_it_stands_on_it() -> None:
    found = summary(CONTENTS.rows)
    text = words(page_of(CONTENTS).as_text().decode().replace("\n- ", "\n"))
    limits = (
        cannot_show(found, CONTENTS.shared_uses),
        missing(CONTENTS, found),
        told(CONTENTS, found),
        times(CONTENTS),
    )
    sentences = [sentence for each in limits for sentence in each]
    assert len(sentences) > 25
    for sentence in sentences:
        assert sentence in text


@pytest.mark.parametrize(
    "said",
    [
        "OFFICIAL-SENSITIVE",
        "Matter: PSD/2026/114",
        "Access 01976d3e-0000-7000-8000-000000000001",
        "For: Complaint 114: was it opened on duty?",
        "Authority: K7QF-2M9T",
        "Purpose: to detect a breach of the policy",
        "Granted by: monitoring, Monitoring Officer, on 27 March 2026",
        "Necessary because: A complaint says",
        "Visits, pages that a browser was told to open: 2, of which 1 allowed, 1 refused.",
        "Decided by an entry that was wrong, and counting for nothing: 1.",
        "decisions.csv: The rows",
        "sha256sum --check --strict SHA256SUMS",
        KEY.public.fingerprint,
    ],
)
def test_it_says_what_it_is_and_why_it_was_permitted(said: str) -> None:
    assert said in words(page_of(CONTENTS).as_text().decode())


def test_the_marking_stands_at_both_ends() -> None:
    lines = page_of(CONTENTS).as_text().decode().split()
    assert lines[0] == lines[-1] == "OFFICIAL-SENSITIVE"
    assert page_of(CONTENTS).as_html().decode().count('class="marking">OFFICIAL-SENSITIVE<') == 2


def test_what_was_asked_is_said_as_it_was_asked() -> None:
    question = Question(
        authority=AUTHORITY.id,
        purpose="p",
        since=CONTENTS.scope.since,
        until=CONTENTS.scope.until,
        units=("Traffic",),
        verdicts=(Verdict.BLOCK,),
        host="bet.test",
        reference="K7QF2M9T",
        visits_only=True,
    )
    text = words(page_of(replace(CONTENTS, question=question)).as_text().decode())
    for said in (
        "From: 4 March",
        "Units: Traffic",
        "Verdicts: block",
        "below it: bet.test",
        "Reference: K7QF-2M9T",
    ):
        assert said in text
    assert "Only: visits" in text


def test_finding_nothing_is_said_to_show_nothing() -> None:
    text = words(page_of(replace(CONTENTS, rows=())).as_text().decode())
    assert "That nothing was recorded within these bounds does not show that nothing happened" in text


def test_hostile_text_is_shown_and_does_nothing() -> None:
    contents = replace(
        CONTENTS,
        marking=HOSTILE,
        question=replace(QUESTION, purpose=HOSTILE, host=HOSTILE),
        authority=replace(AUTHORITY, terms=replace(AUTHORITY.terms, matter=HOSTILE, people=(HOSTILE,))),
        rows=(row(person=HOSTILE, gateway=HOSTILE),),
    )
    html = page_of(contents).as_html().decode()
    assert "<script" not in html
    assert "&lt;script&gt;" in html
    assert "{{ 7*7 }}" in html
    text = page_of(contents).as_text().decode()
    for shown in (html, text):
        assert not re.search("[\u202e\x1b\x07]", shown)


def test_it_loads_nothing_and_runs_nothing() -> None:
    html = page_of(CONTENTS).as_html().decode()
    assert "default-src 'none'" in html
    assert not re.search(r"<(script|img|link|iframe|object|form|a)\b|url\(|javascript:|\bon\w+=", html)


@pytest.mark.journey
def test_a_browser_shows_it_to_everybody(tmp_path: Path) -> None:
    from axe_playwright_python.sync_playwright import Axe

    file = tmp_path / "first-page.html"
    file.write_bytes(page_of(CONTENTS).as_html())
    with chromium() as browser:
        context = browser.new_context(bypass_csp=True)
        page = context.new_page()
        asked: list[str] = []
        page.on("request", lambda request: asked.append(request.url))
        page.goto(file.as_uri())
        assert asked == [file.as_uri()]
        for width in (1000, 320):
            page.set_viewport_size({"width": width, "height": 800})
            assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
        assert Axe().run(page, options=AXE_RULES).response["violations"] == []
        context.close()
