"""A page loads nothing and runs nothing, whatever stands in it."""

import re
from datetime import UTC, datetime
from html.parser import HTMLParser

from console.cli.review import plots
from console.cli.review.page import Head, Table, render
from console.cli.review.plots import Series

MADE = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
HOSTILE = "<script>alert(1)</script>\" onload='x' \x1b[2J\u202e}</style>{{ 7*7 }}"


class Elements(HTMLParser):
    """Which elements and attributes a browser would see."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: set[tuple[str, str | None]] = set()
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes |= set(attrs)


def page(text: str) -> str:
    table = Table(text, ("host", "number"), ((text, 1234), (None, None)))
    return render(
        "timeline.html",
        Head(text, MADE, text, ((text, text),)),
        cannot_show=[text],
        step=text,
        plot=plots.columns("by-time", text, [text], [Series(text, "confirm", (1,))]),
        by_time=table,
        visits=table,
        visits_line=text,
        rest=Table(text, ("time",), ()),
        rest_line=text,
        more=text,
    )


def test_hostile_text_is_shown_and_acts_nowhere() -> None:
    harmless, hostile = page("harmless"), page(HOSTILE)
    assert Elements(harmless).tags == Elements(hostile).tags
    names = {name for name, _ in Elements(hostile).attributes}
    assert {name for name, _ in Elements(harmless).attributes} == names
    assert not any(name.startswith("on") for name in names)
    assert "\x1b" not in hostile
    assert "\u202e" not in hostile
    assert "{{ 7*7 }}" in hostile
    assert "&lt;script&gt;" in hostile


def test_nothing_is_loaded_and_a_browser_is_told_to_load_nothing() -> None:
    text = page("harmless")
    assert not Elements(text).tags & {
        "script",
        "link",
        "img",
        "iframe",
        "object",
        "form",
        "base",
        "image",
        "use",
    }
    assert not {name for name, _ in Elements(text).attributes} & {"src", "href", "style"}
    assert "default-src 'none'; style-src 'unsafe-inline'" in text
    assert not re.search(r"@import|url\((?!#)", text)


def test_numbers_have_commas_and_nothing_is_an_empty_cell() -> None:
    text = page("harmless")
    assert ">1,234</td>" in text
    assert "None" not in text


def test_columns_are_set_by_what_they_hold() -> None:
    table = Table("", ("time", "host", "visits allowed", "verdict"), ())
    assert [table.kind(place) for place in range(4)] == ["whole", "cut", "number", ""]
