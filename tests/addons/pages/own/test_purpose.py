"""A work purpose opens the site of the link, to who stated it, and no other."""

from dataclasses import replace

import pytest

from addons.desk.protocol import Done, NotDone, StatePurpose
from addons.pages.own import paths
from addons.pages.own.tokens import Topic
from addons.pages.strings import purpose as strings
from policy.words import Standing
from tests.addons.pages.own.samples import NOBODY, PERSON, REFERENCE, SENT, TOPIC, get, post, shown

WRITTEN = {"purpose": "visits to licensed premises"}


def test_the_purpose_is_kept_for_the_site_of_the_link() -> None:
    form = WRITTEN | {"host": "evil.example", "site": "evil.example", "category": "malware"}
    page, desk = shown(post(paths.PURPOSE, form), {StatePurpose: Done()})
    assert desk.asked == [
        StatePurpose("", "ab1234", "social.example", "social_media", WRITTEN["purpose"], REFERENCE)
    ]
    body = page.body.decode()
    assert "social.example is open to you for 1 hour from now" in body
    assert f'href="{TOPIC.back}"' in body
    assert "evil" not in body


@pytest.mark.parametrize(
    ("form", "error"),
    [
        pytest.param({}, strings.PURPOSE_MISSING, id="nothing"),
        pytest.param(
            {"purpose": " \n\t \u200b\x00 "}, strings.PURPOSE_MISSING, id="nothing-that-can-be-seen"
        ),
        pytest.param({"purpose": "x" * 501}, "Use 500 characters or fewer", id="too-long"),
    ],
)
def test_a_purpose_that_says_nothing_or_too_much_is_asked_for_again(form: dict[str, str], error: str) -> None:
    page, desk = shown(post(paths.PURPOSE, form), {StatePurpose: Done()})
    body = page.body.decode()
    assert page.status == 422
    assert desk.asked == []
    assert f'<a href="#purpose">{error}</a>' in body
    assert 'aria-invalid="true"' in body


def test_who_had_sent_something_is_told_before_and_after_that_it_was_not_sent_on() -> None:
    before, _ = shown(get(paths.PURPOSE, SENT))
    after, _ = shown(post(paths.PURPOSE, WRITTEN, SENT), {StatePurpose: Done()})
    for page in (before, after):
        assert "What you sent to forum.example was not sent on" in page.body.decode()
    assert "Back button" in after.body.decode()
    assert "Go on to" not in after.body.decode()


def test_without_a_link_there_is_no_site_to_state_it_for() -> None:
    unlisted = Topic(REFERENCE, "new.example", None, "https://new.example/")
    for request in (
        get(paths.PURPOSE),
        *(post(paths.PURPOSE, WRITTEN, topic) for topic in (Topic(), unlisted)),
    ):
        page, desk = shown(request, {StatePurpose: Done()})
        assert strings.NO_SITE in page.body.decode()
        assert desk.asked == []


@pytest.mark.parametrize("who", [NOBODY, replace(PERSON, standing=Standing.ENDED)], ids=["nobody", "ended"])
def test_nobody_states_a_purpose(who: object) -> None:
    page, desk = shown(post(paths.PURPOSE, WRITTEN, who=who), {StatePurpose: Done()})  # type: ignore[arg-type]  # of two kinds of sample
    assert page.status == 403
    assert desk.asked == []


@pytest.mark.parametrize("category", ["gambling", "malware", "webmail", "gone_since"])
def test_no_page_promises_to_open_what_a_purpose_does_not_open(category: str) -> None:
    """A link's token is good for all of our pages, so whoever was blocked can come here with theirs."""
    topic = Topic(REFERENCE, "bet.example", category)
    for request in (get(paths.PURPOSE, topic), post(paths.PURPOSE, WRITTEN, topic)):
        page, desk = shown(request, {StatePurpose: Done()})
        assert page.status == 409
        assert "cannot be opened by stating a purpose" in page.body.decode()
        assert b"<form" not in page.body
        assert desk.asked == []


@pytest.mark.parametrize("why", ["not-confirm", "refused", "a-word-of-tomorrow"])
def test_what_the_desk_refuses_is_said_with_the_telephone(why: str) -> None:
    page, _ = shown(post(paths.PURPOSE, WRITTEN), {StatePurpose: NotDone(why)})
    body = page.body.decode()
    assert page.status == 409
    assert "555 0100" in body
    assert "Go on to" not in body


def test_while_the_desk_is_away_what_was_typed_stays() -> None:
    page, _ = shown(post(paths.PURPOSE, WRITTEN))
    assert page.status == 503
    assert WRITTEN["purpose"] in page.body.decode()


def test_a_link_from_another_site_shows_nothing_of_the_person() -> None:
    page, _ = shown(get(paths.PURPOSE, TOPIC, fetch_site="cross-site"))
    assert "ab1234" not in page.body.decode()


def test_markup_that_is_typed_stays_text() -> None:
    page, _ = shown(post(paths.PURPOSE, {"purpose": "</textarea><script>x</script>"}))
    assert "<script>" not in page.body.decode()
