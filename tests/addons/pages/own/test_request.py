"""What a page is told of who asks, and what it may show them."""

from dataclasses import replace

import pytest

from addons.pages.own import paths
from addons.pages.own.tokens import Topic, Use
from policy.facts import Who
from policy.words import Standing
from tests.addons.desk.fakes import FakeDesk
from tests.addons.pages.own.samples import NOBODY, PERSON, TOPIC, get, post, tools
from tests.samples import NOW


@pytest.mark.parametrize(
    ("who", "key"),
    [
        (PERSON, ("", "ab1234")),
        (replace(PERSON, organisation="county"), ("county", "ab1234")),
        (NOBODY, None),
        *((replace(PERSON, standing=standing), None) for standing in Standing if standing != Standing.GOOD),
    ],
)
def test_only_a_person_against_whom_nothing_stands_is_known(who: Who, key: tuple[str, str] | None) -> None:
    assert get("/", who=who).person == key


@pytest.mark.parametrize(
    ("fetch_site", "may"),
    [("same-origin", True), ("none", True), ("same-site", False), ("cross-site", False), ("", False)],
)
def test_a_page_shows_nothing_of_a_person_whom_another_site_led_here(fetch_site: str, may: bool) -> None:
    assert get("/", fetch_site=fetch_site).may_show_person is may


def test_a_form_comes_from_one_of_our_pages() -> None:
    assert post(paths.ROLE).may_show_person


def test_without_a_token_a_page_is_about_nothing() -> None:
    assert get("/").topic == Topic()
    assert get("/", TOPIC).topic == TOPIC


def test_a_link_to_another_page_of_ours_is_about_the_same() -> None:
    by = tools(FakeDesk())
    path, _, token = by.link(get(paths.NOTICE, TOPIC), paths.SIGN_IN).partition("?t=")
    assert path == paths.SIGN_IN
    assert by.tokens.open(token, Use.LINK, PERSON, NOW).topic == TOPIC
    assert by.link(get(paths.NOTICE), paths.SIGN_IN) == paths.SIGN_IN


def test_a_forms_token_is_for_its_page_and_keeps_what_was_shown() -> None:
    by = tools(FakeDesk())
    token = by.form_token(get(paths.NOTICE, TOPIC), shown="2")
    opened = by.tokens.open(token, Use.FORM, PERSON, NOW, page=paths.NOTICE)
    assert (opened.topic, opened.shown) == (TOPIC, "2")


def test_our_origin_is_what_browsers_call_it() -> None:
    assert tools(FakeDesk()).origin == "https://webfilter.test"
