"""Every page and state in a real browser: WCAG 2.2 AA by axe-core, small, enlarged, colours or style off."""

import re
from collections.abc import Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page

from addons.pages.page import Form
from tests.addons.pages.samples import pages
from tests.browser import AXE_RULES, chromium

pytestmark = pytest.mark.journey


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as running:
        yield running


def wider_than_the_window(page: Page) -> bool:
    return bool(page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth"))


@pytest.mark.parametrize("form", [Form.PAGE, Form.FRAME])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_page_and_state_passes_axe(browser: Browser, form: Form, scheme: str) -> None:
    context = browser.new_context(color_scheme=scheme, viewport={"width": 800, "height": 600})  # type: ignore[arg-type]
    page = context.new_page()
    looked_at = 0
    for name, made in pages(form):
        page.set_content(made.body.decode())
        results = Axe().run(page, options=AXE_RULES)
        assert results.violations_count == 0, f"{name}: {results.generate_report()}"
        assert results.response["passes"], name
        looked_at += 1
    assert looked_at == 76
    context.close()


def test_axe_would_notice(browser: Browser) -> None:
    """The check itself can fail: a page in grey on grey without a language is found wrong."""
    page = browser.new_page()
    page.set_content("<html><body><p style='color:#aaa;background:#bbb'>text</p></body></html>")
    assert Axe().run(page, options=AXE_RULES).violations_count >= 2
    page.close()


@pytest.mark.parametrize(
    ("width", "height", "zoom"),
    [pytest.param(320, 568, 1, id="320-px"), pytest.param(1280, 1024, 4, id="400-percent")],
)
def test_nothing_has_to_be_scrolled_sideways(browser: Browser, width: int, height: int, zoom: int) -> None:
    """WCAG 1.4.10: 1,280 px at 400 % are 320 CSS pixels at four device pixels each."""
    context = browser.new_context(
        viewport={"width": width // zoom, "height": height // zoom}, device_scale_factor=zoom
    )
    page = context.new_page()
    for name, made in pages():
        page.set_content(made.body.decode())
        assert not wider_than_the_window(page), name
    context.close()


def test_the_page_reads_the_same_without_its_style(browser: Browser) -> None:
    page = browser.new_page()
    for name, made in pages():
        html = made.body.decode()
        page.set_content(html)
        styled = page.inner_text("main")
        page.set_content(re.sub(r"<style>.*?</style>", "", html, flags=re.DOTALL))
        plain = page.inner_text("main")
        assert plain.split() == styled.split(), name
        assert not page.evaluate("document.styleSheets.length"), name
    page.close()


def test_forced_colours_leave_every_word_visible(browser: Browser) -> None:
    context = browser.new_context(forced_colors="active")
    page = context.new_page()
    name, made = next(iter(pages()))
    page.set_content(made.body.decode())
    assert page.evaluate("matchMedia('(forced-colors: active)').matches"), name
    colours = page.evaluate(
        "[...document.querySelectorAll('main *')].map(e => [getComputedStyle(e).color, "
        "getComputedStyle(document.body).backgroundColor])"
    )
    assert colours
    assert all(ink != paper for ink, paper in colours)
    context.close()


def test_a_keyboard_gets_to_every_link_in_the_order_of_reading_and_out_again(browser: Browser) -> None:
    """There is nothing else to get to, and no script that could catch a key."""
    page = browser.new_page()
    with_links = 0
    for name, made in pages():
        page.set_content(made.body.decode())
        links = page.evaluate("[...document.links].map(link => link.textContent)")
        reached = []
        for _ in links:
            page.keyboard.press("Tab")
            reached.append(page.evaluate("document.activeElement.textContent"))
            assert page.evaluate("document.activeElement.matches(':focus-visible')"), name
        assert reached == links, name
        page.keyboard.press("Tab")
        last = "document.links[document.links.length - 1]"
        assert len(links) < 2 or page.evaluate(f"document.activeElement !== {last}"), name
        others = "script, form, input, button, [tabindex]"
        assert page.evaluate(f"document.querySelectorAll('{others}').length") == 0, name
        with_links += bool(links)
    assert with_links > 20
    page.close()
