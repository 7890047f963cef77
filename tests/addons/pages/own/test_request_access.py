"""Request access for work: asked once, joined, decided, and appealed against."""

import pytest
from msgspec.structs import replace

from addons.desk.protocol import Done, MyRequests, NotDone, RequestAccess, Requests
from addons.pages.own import paths
from addons.pages.own.request_access import MOST_SHOWN
from addons.pages.own.tokens import Topic
from db.register_rules import MOST_REASON
from policy.facts import Who
from policy.words import Standing
from tests.addons.pages.own.samples import (
    DONE,
    EVERY_STATE,
    NEVER,
    NOBODY,
    STATES,
    TOPIC,
    Answers,
    get,
    post,
    shown,
    stored_request,
)

WRITTEN = {"purpose": "visits to\r\n licensed premises"}


def body(request: object, answers: Answers | None = None) -> str:
    page, _ = shown(request, answers)  # type: ignore[arg-type]  # the test's own requests
    return page.body.decode()


def test_what_is_sent_is_the_persons_the_tokens_and_the_purpose() -> None:
    """The host, category and reference come from the token, whatever the form says of them."""
    form = WRITTEN | {"host": "other.example", "category": "gambling", "person": "boss"}
    page, desk = shown(post(paths.REQUEST, form), {RequestAccess: DONE})
    assert desk.asked[0] == RequestAccess(
        "", "ab1234", "www.social.example", "social_media", "visits to licensed premises", "K7QF2M9T"
    )
    assert page.status == 200
    assert "Your request for www.social.example has been passed on" in page.body.decode()
    assert "<strong>K7QF-2M9T" in page.body.decode()


def test_who_came_from_a_refusal_is_shown_a_form_and_nothing_about_themselves() -> None:
    page, desk = shown(get(paths.REQUEST, TOPIC, fetch_site="cross-site"), {MyRequests: EVERY_STATE})
    text = page.body.decode()
    assert desk.asked == []
    assert "<form" in text
    assert "Asked before?" in text
    assert "ab1234" not in text


@pytest.mark.parametrize("state", STATES)
def test_what_was_asked_before_is_shown_and_asked_again_only_once_it_is_decided(state: str) -> None:
    text = body(get(paths.REQUEST, TOPIC), {MyRequests: Requests((stored_request(state),))})
    assert "What you have asked for" in text
    assert ("<form" in text) is (state not in {"waiting", "second-office"})


def test_a_refusal_is_shown_with_its_reason_and_where_to_appeal() -> None:
    text = body(get(paths.REQUEST, TOPIC), {MyRequests: Requests((stored_request("refused"),))})
    assert "Refused: The same is on the force&#39;s own page" in text
    assert "you can appeal to: Head of Information Management, telephone 555 0100" in text


def test_the_offices_that_decide_are_named() -> None:
    """S3.2.12: messaging needs two, and a procedure."""
    text = body(get(paths.REQUEST, Topic("K7QF2M9T", "chat.example", "messaging"), fetch_site="cross-site"))
    assert "It is decided by: Information Security Officer." in text
    assert "second office: Operational Security Officer" in text
    assert "written procedure" in text


def test_what_no_category_blocked_is_said_to_be_in_none() -> None:
    """An entry of the gateway's own names a host and no category."""
    assert "www.social.example was blocked. If" in body(get(paths.REQUEST, replace(TOPIC, category=None)))


def test_for_what_nothing_opens_there_is_no_form() -> None:
    for request in (get(paths.REQUEST, NEVER), post(paths.REQUEST, WRITTEN, NEVER)):
        page, desk = shown(request, {RequestAccess: DONE})
        assert "Nothing opens this category" in page.body.decode()
        assert b"<form" not in page.body
        assert desk.asked == []


@pytest.mark.parametrize(
    "who",
    [
        pytest.param(NOBODY, id="nobody"),
        pytest.param(Who(person="ab1234", standing=Standing.DISABLED), id="disabled"),
    ],
)
def test_nobody_asks_without_being_known(who: Who) -> None:
    for request in (get(paths.REQUEST, TOPIC, who), post(paths.REQUEST, WRITTEN, who=who)):
        page, desk = shown(request, {RequestAccess: DONE})
        assert page.status == 403
        assert desk.asked == []


@pytest.mark.parametrize(
    ("purpose", "says"),
    [
        ("", "Say what you need it for"),
        (" \n ", "Say what you need it for"),
        ("x" * (MOST_REASON + 1), "Use 500 characters"),
    ],
)
def test_a_request_without_a_fit_purpose_is_not_sent(purpose: str, says: str) -> None:
    page, desk = shown(post(paths.REQUEST, {"purpose": purpose}), {RequestAccess: DONE})
    assert page.status == 422
    assert says in page.body.decode()
    assert desk.asked == []


def test_a_purpose_may_be_as_long_as_one_is_kept() -> None:
    page, desk = shown(post(paths.REQUEST, {"purpose": "x" * MOST_REASON}), {RequestAccess: DONE})
    assert page.status == 200
    assert RequestAccess in map(type, desk.asked)


def test_while_nothing_can_be_kept_the_page_says_so_and_keeps_what_was_typed() -> None:
    page, _ = shown(post(paths.REQUEST, WRITTEN))
    text = page.body.decode()
    assert page.status == 503
    assert "As far as it can tell, nothing was sent" in text
    assert "visits to licensed premises</textarea>" in text
    assert "telephone the service desk on 555 0100" in text


@pytest.mark.parametrize(
    ("why", "says"), [("never-exempt", "Nothing opens"), ("a-new-word", "could not be taken")]
)
def test_what_the_desk_refuses_is_said_with_a_way_to_talk(why: str, says: str) -> None:
    page, _ = shown(post(paths.REQUEST, WRITTEN), {RequestAccess: NotDone(why)})
    assert page.status == 409
    assert says in page.body.decode()
    assert "K7QF-2M9T" in page.body.decode()


def test_from_our_own_list_everything_asked_for_is_shown() -> None:
    page, desk = shown(get(paths.REQUEST), {MyRequests: EVERY_STATE})
    assert desk.asked == [MyRequests("", "ab1234", None)]
    assert page.body.decode().count('<th scope="row">') == len(STATES)
    assert "cannot look anything up" in body(get(paths.REQUEST))


def test_a_long_history_is_cut() -> None:
    many = Requests(tuple(stored_request("refused") for _ in range(500)))
    assert body(get(paths.REQUEST), {MyRequests: many}).count('<th scope="row">') == MOST_SHOWN


def test_an_answer_of_another_kind_is_none() -> None:
    """The desk may be of another release: what is not understood keeps the form as it was."""
    page, _ = shown(post(paths.REQUEST, WRITTEN), {RequestAccess: Requests(())})
    assert page.status == 503
    first, _ = shown(get(paths.REQUEST, TOPIC), {MyRequests: Done("")})
    assert b"<form" in first.body
