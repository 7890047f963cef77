"""An address stands for whoever signed in from it; a password goes to the desk and to no page."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from addons.desk.protocol import Away, Done, Known, NotKnown, SignIn, SignOut
from addons.pages.own import paths
from addons.pages.own.request import OwnRequest
from addons.pages.strings import sign_in as strings
from policy.facts import Who
from policy.words import PersonHow
from tests.addons.desk.fakes import FakeDesk
from tests.addons.pages.own.samples import NOBODY, PERSON, TOPIC, get, made, post, shown, tools
from tests.samples import NOW

FORM = {"login": " ab1234 ", "password": " correct horse "}
BY_PAGE = Who(person="ab1234", how=PersonHow.PAGE, client_ip="192.0.2.77")
KNOWN = Known("", "ab1234", until=NOW + timedelta(hours=8))


def test_whoever_signs_in_is_known_by_the_address_they_sit_at() -> None:
    page, desk = shown(post(paths.SIGN_IN, FORM, who=NOBODY), {SignIn: KNOWN})
    assert desk.asked == [SignIn("ab1234", " correct horse ", "192.0.2.77")]
    body = page.body.decode()
    assert "For the next 8 hours this device stands for you" in body
    assert f'href="{TOPIC.back}"' in body
    assert 'href="/sign-out"' in body


@pytest.mark.parametrize(
    ("answer", "status"),
    [
        (NotKnown("wrong"), 403),
        (NotKnown("too-many-wrong"), 429),
        (NotKnown("busy"), 503),
        (NotKnown("away"), 503),
        (NotKnown("a-word-of-tomorrow"), 503),
        (Away(), 503),
        (Done(), 503),
    ],
    ids=repr,
)
def test_who_is_not_known_is_told_why_and_asked_again(answer: NotKnown | Away | Done, status: int) -> None:
    page, _ = shown(post(paths.SIGN_IN, FORM, who=NOBODY), {SignIn: answer})
    body = page.body.decode()
    assert page.status == status
    word = answer.why if isinstance(answer, NotKnown) else "away"
    assert f'<a href="#login">{strings.why(word)}</a>' in body
    assert 'value="ab1234"' in body
    assert "correct horse" not in body
    assert strings.BUTTON in body


def test_a_wrong_name_and_a_wrong_password_are_not_told_apart() -> None:
    assert "user name or the password" in strings.why("wrong")


@pytest.mark.parametrize(
    ("form", "errors"),
    [
        ({}, ["login", "password"]),
        ({"login": "ab1234"}, ["password"]),
        ({"password": "x"}, ["login"]),
        ({"login": "\x00\u202e", "password": "x"}, ["login"]),
        ({"login": "l" * 257, "password": "x"}, ["login"]),
        ({"login": "ab1234", "password": "x" * 1025}, ["password"]),
    ],
)
def test_what_is_wanting_is_named_field_by_field(form: dict[str, str], errors: list[str]) -> None:
    page, desk = shown(post(paths.SIGN_IN, form, who=NOBODY), {SignIn: KNOWN})
    body = page.body.decode()
    assert page.status == 422
    assert desk.asked == []
    assert [name for name in ("login", "password") if f'<a href="#{name}">' in body] == errors


def test_password_managers_find_the_fields() -> None:
    body = shown(get(paths.SIGN_IN, who=NOBODY))[0].body.decode()
    assert 'autocomplete="username"' in body
    assert 'autocomplete="current-password"' in body
    assert 'type="password"' in body


@pytest.mark.parametrize(
    ("how", "asks"),
    [
        (PersonHow.NONE, True),
        (PersonHow.PAGE, True),  # somebody else at the same device
        (PersonHow.DEVICE, True),
        (PersonHow.BASIC, False),
        (PersonHow.NEGOTIATE, False),
        (PersonHow.HEADER, False),
    ],
)
def test_what_a_connection_proved_needs_no_sign_in(how: PersonHow, asks: bool) -> None:
    for request in (get, post):
        page, desk = shown(request(paths.SIGN_IN, who=replace(PERSON, how=how)), {SignIn: KNOWN})
        assert (strings.BUTTON in page.body.decode().replace(strings.TITLE, "")) is asks
        assert desk.asked == []


@pytest.mark.parametrize("method", [get, post])
def test_where_no_password_makes_anybody_known_none_is_asked_for(method: Callable[..., OwnRequest]) -> None:
    desk = FakeDesk({SignIn: KNOWN})
    body = made(method(paths.SIGN_IN, who=NOBODY), replace(tools(desk), signs_in=False)).body.decode()
    assert "Nobody signs in on this page here" in body
    assert "<form" not in body
    assert desk.asked == []


def test_whoever_signed_in_can_sign_out() -> None:
    before, _ = shown(get(paths.SIGN_OUT, who=BY_PAGE))
    assert "You are signed in as ab1234" in before.body.decode()
    page, desk = shown(post(paths.SIGN_OUT, who=BY_PAGE), {SignOut: Done()})
    assert desk.asked == [SignOut("192.0.2.77")]
    assert strings.OUT_DONE in page.body.decode()


def test_who_is_known_otherwise_has_nothing_to_sign_out_of() -> None:
    page, desk = shown(post(paths.SIGN_OUT), {SignOut: Done()})
    assert strings.NOT_BY_PAGE in page.body.decode()
    assert desk.asked == []


def test_nobody_cannot_sign_out() -> None:
    page, desk = shown(post(paths.SIGN_OUT, who=NOBODY), {SignOut: Done()})
    assert page.status == 403
    assert desk.asked == []


def test_a_sign_out_that_was_not_kept_is_said() -> None:
    page, _ = shown(post(paths.SIGN_OUT, who=BY_PAGE))
    assert (page.status, strings.NOT_KEPT_OUT in page.body.decode()) == (503, True)
