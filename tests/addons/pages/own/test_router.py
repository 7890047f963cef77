"""Nothing gets to a page of ours that was not sent from one, by whom it was made for, once."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from addons.desk.protocol import Answer, Away, Done, NotDone, Question, Spend, StatePurpose
from addons.pages.own import paths
from addons.pages.own.request import OwnRequest, Route, Tools
from addons.pages.own.router import Router
from addons.pages.own.routes import ROUTES
from addons.pages.own.tokens import LIFETIME, Tokens, Topic, Use
from addons.pages.own_page import OwnContent, render_own
from addons.pages.page import Page
from addons.pages.strings import own as strings
from policy.facts import Who
from policy.words import PersonHow
from tests.addons.desk.fakes import FakeDesk
from tests.addons.pages.own.samples import HOST, NOBODY, PERSON, TOPIC, tools
from tests.samples import NOW

ORIGIN = f"https://{HOST}"


class Spent:
    """Takes each nonce once, as the desk does."""

    def __init__(self) -> None:
        self.nonces: set[bytes] = set()

    def __call__(self, question: Question) -> Answer:
        assert isinstance(question, Spend)
        assert NOW < question.until <= NOW + LIFETIME
        if question.nonce in self.nonces:
            return NotDone("replayed")
        self.nonces.add(question.nonce)
        return Done()


class House:
    """A router with one page of each kind, which notes what it was asked."""

    def __init__(self) -> None:
        self.desk = FakeDesk({Spend: Spent()})
        self.tools = tools(self.desk)
        self.asked: list[OwnRequest] = []
        self.now = 0.0
        self.counts: Counter[str] = Counter()
        self.router = Router(
            self.tools,
            {
                "/form": Route(self._page),
                "/read": Route(self._page, form=False),
                "/mine": Route(self._page, personal=True),
                "/named": Route(self._page, named=True),
            },
            self.counts,
            lambda: self.now,
        )

    async def _page(self, request: OwnRequest, tools: Tools) -> Page:
        self.asked.append(request)
        return render_own(200, OwnContent("us", "the page", f"for {request.who.person}"))

    async def ask(self, **changes: Any) -> int:
        """Its status."""
        return (await self.page(**changes)).status

    async def page(self, **changes: Any) -> Page:
        self.now += 5.0
        request = OwnRequest("GET", "/form", {}, {}, None, "none", PERSON, NOW, fetch_dest="document")
        return await self.router.answer(replace(request, **changes))

    async def post(self, token: str | None = None, **changes: Any) -> Page:
        form = {"token": self.form_token() if token is None else token, "purpose": "work"}
        sent: Mapping[str, Any] = {
            "method": "POST",
            "origin": ORIGIN,
            "fetch_site": "same-origin",
            "form": form,
        }
        return await self.page(**{**sent, **changes})

    def form_token(self, who: Who = PERSON, path: str = "/form", at: Any = NOW) -> str:
        return self.tools.tokens.seal(Use.FORM, who, at, TOPIC, page=path)

    def link_token(self, who: Who = PERSON, at: Any = NOW) -> str:
        return self.tools.tokens.seal(Use.LINK, who, at, TOPIC)


def says(page: Page, why: str) -> bool:
    return strings.WHY[why][0] in page.body.decode()


# --- 1 to 4: which page, how, and how often


@pytest.mark.parametrize(
    ("method", "path", "status", "allow"),
    [
        pytest.param("GET", "/form", 200, None, id="a-page"),
        pytest.param("HEAD", "/form", 200, None, id="its-head"),
        pytest.param("GET", "/nothing", 404, None, id="no-page"),
        pytest.param("GET", "/form/", 404, None, id="nearly-a-page"),
        pytest.param("GET", "//form", 404, None, id="another-host-to-some"),
        pytest.param("PUT", "/form", 405, "GET, HEAD, POST", id="put"),
        pytest.param("OPTIONS", "/form", 405, "GET, HEAD, POST", id="a-preflight"),
        pytest.param("get", "/form", 405, "GET, HEAD, POST", id="methods-have-capitals"),
        pytest.param("POST", "/read", 405, "GET, HEAD", id="a-form-where-there-is-none"),
    ],
)
async def test_what_can_be_asked_for_is_fixed(method: str, path: str, status: int, allow: str | None) -> None:
    page = await House().page(method=method, path=path)
    assert page.status == status
    assert dict(page.headers).get("allow") == allow
    assert not any(name.startswith("access-control") for name, _ in page.headers)


@pytest.mark.parametrize(
    ("dest", "status"),
    [
        ("document", 200),
        (None, 200),
        ("iframe", 403),
        ("frame", 403),
        ("object", 403),
        ("image", 403),
        ("script", 403),
        ("empty", 403),
        ("", 403),
    ],
)
async def test_only_a_whole_window_is_shown_a_page(dest: str | None, status: int) -> None:
    house = House()
    assert await house.ask(fetch_dest=dest) == status
    assert len(house.asked) == (status == 200)


async def test_who_asks_too_often_is_told_when_to_come_back() -> None:
    house = House()
    for _ in range(200):
        house.now -= 5.0
        last = await house.page()
    assert last.status == 429
    assert dict(last.headers)["retry-after"] == "20"
    assert len(house.asked) == 60
    assert await house.ask(who=replace(PERSON, person="john")) == 200
    house.now += 60.0
    assert await house.ask() == 200


async def test_a_flood_of_forms_costs_the_desk_nothing() -> None:
    house = House()
    token = house.form_token()
    for _ in range(200):
        house.now -= 5.0
        await house.post(token)
    assert len(house.desk.asked) == 30


# --- 5: links


async def test_a_good_link_says_what_the_page_is_about() -> None:
    house = House()
    assert await house.ask(query={"t": house.link_token()}, fetch_site="cross-site") == 200
    assert house.asked[0].topic == TOPIC
    assert house.asked[0].method == "GET"


@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize("fetch_site", ["cross-site", "none", "same-origin", None])
@pytest.mark.parametrize(
    ("which", "why"),
    [("forged", "forged"), ("foreign", "foreign"), ("expired", "expired"), ("of-a-form", "elsewhere")],
)
async def test_a_bad_link_shows_no_page(which: str, why: str, fetch_site: str | None, method: str) -> None:
    house = House()
    token = {
        "forged": Tokens(b"K" * 32).seal(Use.LINK, PERSON, NOW, TOPIC),
        "foreign": house.link_token(replace(PERSON, person="john")),
        "expired": house.link_token(at=NOW - LIFETIME),
        "of-a-form": house.form_token(),
    }[which]
    page = await house.page(query={"t": token}, fetch_site=fetch_site, method=method)
    assert page.status == 403
    assert says(page, why)
    assert house.asked == []
    body = page.body.decode()
    assert not any(word in body for word in ("ab1234", "john", TOPIC.host, TOPIC.reference, "K7QF-2M9T"))


@pytest.mark.parametrize(
    ("fetch_site", "shown"),
    [
        pytest.param("same-origin", True, id="from-one-of-our-pages"),
        pytest.param("none", True, id="typed-or-kept"),
        pytest.param("cross-site", False, id="from-another-site"),
        pytest.param("same-site", False, id="from-a-neighbour"),
        pytest.param(None, False, id="from-a-program"),
        pytest.param("NONE", False, id="not-a-word-of-the-standard"),
    ],
)
async def test_a_page_about_a_person_is_not_led_to_from_elsewhere(
    fetch_site: str | None, shown: bool
) -> None:
    house = House()
    page = await house.page(path="/mine", fetch_site=fetch_site)
    assert page.status == 200
    assert bool(house.asked) is shown
    assert ("ab1234" in page.body.decode()) is shown
    assert (strings.DOORWAY_TITLE in page.body.decode()) is not shown


async def test_the_way_to_a_page_about_a_person_keeps_what_it_is_about() -> None:
    house = House()
    doorway = await house.page(path="/mine", fetch_site="cross-site", query={"t": house.link_token()})
    token = doorway.body.decode().partition('href="/mine?t=')[2].partition('"')[0]
    assert await house.ask(path="/mine", fetch_site="same-origin", query={"t": token}) == 200
    assert house.asked[0].topic == TOPIC


async def test_who_asks_cannot_bring_a_token_past_the_router() -> None:
    house = House()
    forged = Tokens(b"K" * 32)
    token = forged.open(forged.seal(Use.LINK, PERSON, NOW, TOPIC), Use.LINK, PERSON, NOW)
    assert await house.ask(token=token) == 200
    assert house.asked[0].topic == Topic()


# --- 6 to 8: forms


async def test_a_form_of_ours_is_taken_with_what_its_page_was_about() -> None:
    house = House()
    assert (await house.post()).status == 200
    assert house.asked[0].topic == TOPIC
    assert house.asked[0].form["purpose"] == "work"


@pytest.mark.parametrize(
    ("origin", "fetch_site", "taken"),
    [
        pytest.param(ORIGIN, "same-origin", True, id="ours"),
        pytest.param(ORIGIN, None, True, id="ours-by-an-older-browser"),
        pytest.param("https://evil.example", "cross-site", False, id="another-sites"),
        pytest.param("https://evil.example", "same-origin", False, id="two-stories"),
        pytest.param(ORIGIN, "cross-site", False, id="the-other-two-stories"),
        pytest.param(ORIGIN, "same-site", False, id="a-neighbours"),
        pytest.param(ORIGIN, "none", False, id="nobodys"),
        pytest.param(f"https://www.{HOST}", "same-site", False, id="a-subdomains"),
        pytest.param(f"http://{HOST}", "cross-site", False, id="without-encryption"),
        pytest.param(f"{ORIGIN}:8443", "same-site", False, id="another-ports"),
        pytest.param(f"{ORIGIN}/", "same-origin", False, id="not-quite-an-origin"),
        pytest.param("null", "cross-site", False, id="a-sandboxed-frames"),
        pytest.param(None, "same-origin", False, id="no-origin"),
        pytest.param(None, None, False, id="a-programs"),
    ],
)
async def test_a_form_comes_from_our_own_origin(
    origin: str | None, fetch_site: str | None, taken: bool
) -> None:
    house = House()
    page = await house.post(origin=origin, fetch_site=fetch_site)
    assert page.status == (200 if taken else 403)
    assert len(house.asked) == taken
    assert taken or says(page, "elsewhere")
    assert taken or house.desk.asked == [], "what was not taken spends no token"


@pytest.mark.parametrize(
    ("which", "why"),
    [
        pytest.param("none", "forged", id="no-token"),
        pytest.param("forged", "forged", id="forged"),
        pytest.param("foreign", "foreign", id="somebody-elses"),
        pytest.param("before", "foreign", id="from-before-signing-in"),
        pytest.param("expired", "expired", id="of-yesterday"),
        pytest.param("link", "elsewhere", id="a-links"),
        pytest.param("other", "elsewhere", id="another-forms"),
    ],
)
async def test_a_form_has_a_token_that_was_made_for_it_and_for_who_sends_it(which: str, why: str) -> None:
    house = House()
    token = {
        "none": "",
        "forged": Tokens(b"K" * 32).seal(Use.FORM, PERSON, NOW, TOPIC, page="/form"),
        "foreign": house.form_token(replace(PERSON, person="john")),
        "before": house.form_token(NOBODY),
        "expired": house.form_token(at=NOW - LIFETIME - timedelta(seconds=1)),
        "link": house.link_token(),
        "other": house.form_token(path="/mine"),
    }[which]
    page = await house.post(token)
    assert page.status == 403
    assert says(page, why)
    assert house.asked == []
    assert house.desk.asked == []


async def test_a_form_is_taken_once() -> None:
    house = House()
    token = house.form_token()
    assert (await house.post(token)).status == 200
    again = await house.post(token)
    assert again.status == 409
    assert says(again, "replayed")
    assert len(house.asked) == 1
    assert (await house.post()).status == 200, "a form that was shown anew is another"


async def test_while_the_desk_is_away_a_page_can_do_nothing_and_show_what_was_typed_again() -> None:
    house = House()
    house.desk.answers[Spend] = Away()
    house.desk.answers[StatePurpose] = Done()
    router = Router(house.tools, {paths.PURPOSE: ROUTES[paths.PURPOSE]}, house.counts)
    house.router = router
    page = await house.post(house.form_token(path=paths.PURPOSE), path=paths.PURPOSE)
    assert page.status == 503
    assert ">\nwork</textarea>" in page.body.decode()
    assert "555 0100" in page.body.decode()
    assert [type(question) for question in house.desk.asked] == [Spend]


async def test_a_tokens_place_in_the_address_is_none_of_a_forms() -> None:
    house = House()
    form = {"purpose": "work"}
    assert (
        await house.post(form=form, query={"token": house.form_token(), "t": house.form_token()})
    ).status == 403


# --- what every answer is like


async def test_every_refusal_is_counted_by_its_word() -> None:
    house = House()
    await house.page(path="/nothing")
    await house.post(origin=None)
    await house.post("")
    token = house.form_token()
    await house.post(token)
    await house.post(token)
    words = ("not-found", "elsewhere", "forged", "replayed")
    assert house.counts == Counter({f"own-page:{word}": 1 for word in words})


async def test_every_refusal_can_be_neither_framed_kept_nor_led_from() -> None:
    house = House()
    for page in (
        await house.page(path="/nothing"),
        await house.post(origin=None),
        house.router.refuse("failed", 500),
    ):
        headers = dict(page.headers)
        assert "frame-ancestors 'none'" in headers["content-security-policy"]
        assert "form-action 'self'" in headers["content-security-policy"]
        assert headers["x-frame-options"] == "DENY"
        assert headers["cache-control"] == "no-store"
        assert headers["referrer-policy"] == "same-origin"
        assert headers["cross-origin-resource-policy"] == "same-origin"
        assert headers["cross-origin-opener-policy"] == "same-origin"
        assert "location" not in headers
        assert b"<script" not in page.body


@pytest.mark.parametrize("why", strings.WHY)
async def test_every_refusal_says_what_to_do(why: str) -> None:
    house = House()
    body = house.router.refuse(why, 403).body.decode()
    assert "555 0100" in body
    assert "ab1234" not in body


async def test_how_somebody_is_known_makes_no_difference_to_their_token() -> None:
    house = House()
    signed_in = replace(PERSON, how=PersonHow.PAGE)
    assert (await house.post(house.form_token(), who=signed_in)).status == 200


async def test_nothing_is_kept_with_a_name_before_its_person_has_read_a_notice() -> None:
    house, unread = House(), replace(PERSON, notified=False, notice=None)
    asked = await house.page(path="/named", who=unread, query={"t": house.link_token(unread)})
    assert strings.UNREAD_TITLE in asked.body.decode()
    assert f"{paths.NOTICE}?t=" in asked.body.decode()
    sent = await house.post(house.form_token(unread, "/named"), path="/named", who=unread)
    assert strings.UNREAD_TITLE in sent.body.decode()
    assert (house.asked, house.desk.asked) == ([], [])
    for who in (PERSON, NOBODY, replace(PERSON, notice="0")):
        await house.page(path="/named", who=who)
    await house.page(path="/form", who=unread)
    assert len(house.asked) == 4


def test_every_page_that_keeps_something_with_a_name_is_marked() -> None:
    """All that take a form but those that make somebody known or told, and the look at what was missing."""
    others = {paths.NOTICE, paths.SIGN_IN, paths.SIGN_OUT, paths.MISSING}
    assert {path for path, route in ROUTES.items() if route.named} == {
        path for path, route in ROUTES.items() if route.form
    } - others
