"""What another site's page can do with the gateway's own pages in a real browser: nothing."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from playwright.async_api import Page, Route, async_playwright

from addons.desk import held
from addons.desk.protocol import Acknowledge, Done, MyRecord, Question, Spend
from addons.pages.own.tokens import Tokens, Topic, Use
from addons.pages.strings import own as strings
from policy.facts import Who
from policy.presence import Presence, SignedIn
from tests.addons.gateway import NOW
from tests.addons.live import Live, live
from tests.addons.pages.own.samples import FULL_RECORD
from tests.browser import ARGUMENTS, chromium_path

pytestmark = pytest.mark.journey

OWN = "https://webfilter.internal"
EVIL = "https://evil.test/"
JANE = Presence(signed_in={"127.0.0.1": SignedIn("ab1234", "", NOW + timedelta(hours=1))})
WHO = Who(person="ab1234", client_ip="127.0.0.1")


@asynccontextmanager
async def browsing(folder: Path, hostile: str) -> AsyncIterator[tuple[Live, Page]]:
    """A browser behind a gateway, with `hostile` in the place of another site's page."""

    async def serve(route: Route) -> None:
        await route.fulfill(content_type="text/html", body=f"<!DOCTYPE html><title>evil</title>{hostile}")

    async with live(folder, presence=JANE) as at, async_playwright() as playwright:
        at.gateway.desk.answers |= {Spend: Done(), Acknowledge: Done(), MyRecord: FULL_RECORD}
        browser = await playwright.chromium.launch(
            executable_path=chromium_path(), args=ARGUMENTS, proxy={"server": f"http://127.0.0.1:{at.port}"}
        )
        try:
            page = await browser.new_page(ignore_https_errors=True)
            await page.route(f"{EVIL}**", serve)
            yield at, page
        finally:
            await browser.close()


def form_token() -> str:
    """A token that is good in every respect, as if it had been stolen: the page it is on must not matter."""
    return Tokens(b"K" * 32).seal(Use.FORM, WHO, NOW, Topic(), page="/notice", shown="2")


def asked(at: Live) -> list[type[Question]]:
    return [type(question) for question in at.gateway.desk.asked]


async def test_our_own_form_is_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The browser says of our own forms what the router asks: one that took none would pass the rest."""
    monkeypatch.setattr(held, "HELD_SECONDS", 0.0)
    async with browsing(tmp_path, "") as (at, page):
        await page.goto(f"{OWN}/notice")
        await page.get_by_role("button", name="I have read this").click()
        await page.get_by_role("heading", name="Thank you").wait_for()
        assert asked(at) == [Spend, Acknowledge]


FORM = (
    '<form target=_top method=post action="{url}">'
    '<input name=token value="{token}"><button>go</button></form>'
)
SANDBOXED = (
    '<iframe sandbox="allow-forms allow-scripts allow-top-navigation" '
    f"srcdoc='{FORM}<script>document.forms[0].submit()</script>'></iframe>"
)


@pytest.mark.parametrize(
    "form", [pytest.param(FORM, id="a-form"), pytest.param(SANDBOXED, id="of-no-origin")]
)
async def test_another_sites_form_is_not_taken(tmp_path: Path, form: str) -> None:
    hostile = form.format(url=f"{OWN}/notice", token=form_token())
    async with browsing(tmp_path, hostile) as (at, page):
        await page.goto(EVIL)
        if form is FORM:
            await page.get_by_role("button", name="go").click()
        await page.get_by_role("heading", name=strings.WHY["elsewhere"][0]).wait_for()
        assert asked(at) == []


async def test_another_sites_script_can_neither_send_nor_read(tmp_path: Path) -> None:
    async with browsing(tmp_path, "") as (at, page):
        await page.goto(EVIL)
        outcomes = await page.evaluate(
            """async ([own, token]) => {
                const body = new URLSearchParams({token});
                const tell = promise => promise.then(r => r.type + ' ' + r.status, e => e.name);
                return [
                    await tell(fetch(own + '/my-record', {credentials: 'include'})),
                    await tell(fetch(own + '/my-record', {credentials: 'include', mode: 'no-cors'})),
                    await tell(fetch(own + '/notice', {method: 'POST', body, mode: 'no-cors'})),
                    await tell(fetch(own + '/notice', {method: 'POST', body})),
                ];
            }""",
            [OWN, form_token()],
        )
        # Without CORS not even an opaque answer: cross-origin-resource-policy.
        assert outcomes == ["TypeError"] * 4
        assert asked(at) == []


async def test_another_site_frames_nothing(tmp_path: Path) -> None:
    async with browsing(tmp_path, f'<iframe src="{OWN}/my-record"></iframe>') as (at, page):
        await page.goto(EVIL)
        [frame] = page.frames[1:]
        assert "ab1234" not in await frame.content()
        assert OWN not in frame.url or "web filter" not in (await frame.content()).lower()
        assert asked(at) == []


async def test_a_page_about_a_person_that_another_site_leads_to_opens_when_they_say_so(
    tmp_path: Path,
) -> None:
    async with browsing(tmp_path, f'<a href="{OWN}/my-record">free phone</a>') as (at, page):
        await page.goto(EVIL)
        await page.get_by_role("link", name="free phone").click()
        await page.get_by_role("heading", name=strings.DOORWAY_TITLE).wait_for()
        assert "ab1234" not in await page.content()
        assert asked(at) == []
        await page.get_by_role("link", name=strings.DOORWAY_LINK).click()
        await page.get_by_text("ab1234").first.wait_for()
        assert asked(at) == [MyRecord]


async def test_who_opened_a_page_of_ours_has_no_hold_on_it(tmp_path: Path) -> None:
    async with browsing(tmp_path, f"<button onclick=\"w = window.open('{OWN}/my-record')\">go</button>") as (
        _,
        page,
    ):
        await page.goto(EVIL)
        async with page.context.expect_page() as opened:
            await page.get_by_role("button", name="go").click()
        window = await opened.value
        await window.get_by_role("heading", name=strings.DOORWAY_TITLE).wait_for()
        assert await window.evaluate("window.opener") is None
        await page.wait_for_function("w.closed")
