"""
The gateway's own pages in a real browser: every page and state, at an https origin with its headers.

What a page says in each state is looked at in `tests/addons/pages/own`; here it is what a person meets: WCAG
2.2 AA by axe-core, in both colours, on a telephone, by keyboard alone. `test_own_pages_in_use.py` has them
from a running gateway. Each state is opened once and everything is looked at there: a browser takes its time.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import BrowserContext, Page, Route

from addons.pages.page import Page as Made
from tests.addons.pages.own.samples import HOST, own_pages
from tests.browser import AXE_RULES, chromium, keep_picture

pytestmark = pytest.mark.journey

# axe-core is in the page by then.
COLOURS = """async () => {
    const colours = {type: 'rule', values: ['color-contrast', 'link-in-text-block']};
    const found = await axe.run(document, {runOnly: colours, resultTypes: ['violations']});
    return found.violations.map(one => one.help);
}"""
FOCUSABLE = "a[href], button, input:not([type=hidden]), textarea"
# What has the focus, and whether somebody would see that it has.
FOCUSED = """() => {
    const here = document.activeElement, seen = getComputedStyle(here).outlineStyle;
    return [here.tagName, here.id || here.textContent.trim(), seen !== 'none'];
}"""
WIDER = "document.documentElement.scrollWidth > document.documentElement.clientWidth"
TOPS = "all => all.map(one => one.getBoundingClientRect().top)"
NOT_THERE = "a => a.filter(one => document.querySelector(one.getAttribute('href')) === null).length"


@dataclass
class Seen:
    """What there was to see of one state."""

    made: Made
    status: int
    wrong: str  # by axe-core
    passed: int
    sheets: int  # style sheets that our own policy let through
    stops: int  # of the keyboard, that there should be
    reached: list[str] = field(default_factory=list)
    unseen: list[str] = field(default_factory=list)  # had the focus and did not show it
    left: bool = False  # the keyboard came on from the last one, too
    tops: list[float] = field(default_factory=list)
    scripts: int = 0
    aimless: int = 0  # links of the summary of errors that lead to no field
    wrong_in_the_dark: list[str] = field(default_factory=list)
    wider: bool = False  # than a telephone, or than a large screen at 400 %
    text: str | None = ""
    bare_text: str | None = ""  # without the style


@pytest.fixture(scope="module")
def seen() -> Iterator[dict[str, Seen]]:
    """Every state, opened once."""
    states = dict(own_pages())
    with chromium() as browser:
        context = browser.new_context()
        page = served(context, states)
        yield {name: look(page, name, made) for name, made in states.items()}
        context.close()


def served(context: BrowserContext, states: dict[str, Made]) -> Page:
    """A page of a browser that is given each state at our own host, as a gateway gives it."""

    def answer(route: Route) -> None:
        made = states.get(route.request.url.rpartition("/")[2])
        if made is None:
            route.abort()
        else:
            route.fulfill(status=made.status, headers=dict(made.headers), body=made.body)

    context.route("**/*", answer)
    return context.new_page()


def look(page: Page, name: str, made: Made) -> Seen:
    """Open one state, and look at it in every way."""
    page.emulate_media(color_scheme="light")
    page.set_viewport_size({"width": 800, "height": 600})
    answer = page.goto(f"https://{HOST}/{name}")
    assert answer is not None
    results = Axe().run(page, options=AXE_RULES)
    radios = page.locator("input[type=radio]").count()
    found = Seen(
        made,
        answer.status,
        results.generate_report() if results.violations_count else "",
        len(results.response["passes"]),
        page.evaluate("document.styleSheets.length"),
        page.locator(FOCUSABLE).count() - max(0, radios - 1),
    )
    keep_picture(page, name)
    found.tops = page.eval_on_selector_all(FOCUSABLE, TOPS)
    found.scripts = page.locator("script, [tabindex], [onclick]").count()
    found.aimless = page.eval_on_selector_all(".wrong a", NOT_THERE)
    for _ in range(found.stops):
        page.keyboard.press("Tab")
        _, what, shows = page.evaluate(FOCUSED)
        found.reached.append(what)
        if not shows:
            found.unseen.append(what)
    page.keyboard.press("Tab")
    # On to the browser's own buttons; with none, as here, to the page or its first stop.
    found.left = page.evaluate(FOCUSED)[1] != found.reached[-1] or found.stops == 1
    page.emulate_media(color_scheme="dark")
    page.set_viewport_size({"width": 320, "height": 568})
    found.wrong_in_the_dark = page.evaluate(COLOURS)
    found.wider = page.evaluate(WIDER)
    keep_picture(page, f"{name}-dark")
    found.text = page.text_content("main")
    page.evaluate("document.querySelector('style').remove()")
    found.bare_text = page.text_content("main")
    return found


def test_every_state_passes_axe(seen: dict[str, Seen]) -> None:
    assert len(seen) >= 83
    for name, one in seen.items():
        assert one.wrong == "", name
        assert one.passed, name
        assert one.status == one.made.status, name


def test_every_state_can_be_read_in_the_dark_and_on_a_telephone(seen: dict[str, Seen]) -> None:
    """WCAG 1.4.3 and 1.4.10: 320 CSS pixels, which 1,280 at 400 % are too."""
    for name, one in seen.items():
        assert one.wrong_in_the_dark == [], name
        assert not one.wider, name


def test_a_keyboard_reaches_everything_in_the_order_of_reading_and_leaves_it(seen: dict[str, Seen]) -> None:
    """WCAG 2.1.1, 2.1.2, 2.4.3, 2.4.7: each thing once (of a choice one), seen to be there, and out again."""
    for name, one in seen.items():
        assert len(set(one.reached)) == one.stops, f"{name}: {one.reached}"
        assert one.unseen == [], name
        assert one.left, f"{name}: {one.reached}"
        assert one.tops == sorted(one.tops), name
        assert one.scripts == 0, name


def test_each_mistake_is_named_above_with_a_link_to_its_field(seen: dict[str, Seen]) -> None:
    """WCAG 3.3.1."""
    mistaken = {name: one for name, one in seen.items() if b'role="alert"' in one.made.body}
    assert len(mistaken) >= 12
    for name, one in mistaken.items():
        assert one.aimless == 0, name
        assert b"<title>Error: " in one.made.body, name


def test_our_own_policy_lets_our_style_through_and_nothing_is_lost_without_it(seen: dict[str, Seen]) -> None:
    for name, one in seen.items():
        assert one.sheets == 1, name
        assert one.text, name
        assert one.bare_text == one.text, name
