"""This category is wrong: a challenge, with a name where somebody is known."""

import pytest

from addons.desk.protocol import Tell
from addons.pages.own import paths
from addons.pages.own.tokens import Topic
from policy.facts import Who
from tests.addons.pages.own.samples import DONE, NOBODY, PERSON, TOPIC, get, post, shown

WRITTEN = {"text": "It is a sailing club."}


@pytest.mark.parametrize(("who", "person"), [(PERSON, "ab1234"), (NOBODY, None)], ids=["known", "nobody"])
def test_a_challenge_is_of_the_tokens_site_and_category(who: Who, person: str | None) -> None:
    form = WRITTEN | {"category": "gambling", "host": "other.example"}
    page, desk = shown(post(paths.WRONG_CATEGORY, form, who=who), {Tell: DONE})
    assert desk.asked == [
        Tell(
            "",
            person,
            "wrong-category",
            "www.social.example",
            "social_media",
            "It is a sailing club.",
            "K7QF2M9T",
        )
    ]
    assert ("Their answer appears in your record" in page.body.decode()) is (person is not None)


@pytest.mark.parametrize(
    ("who", "says"), [(PERSON, "your user name, the site"), (NOBODY, "your name, which is not kept")]
)
def test_the_form_says_whether_a_name_is_kept(who: Who, says: str) -> None:
    assert says in shown(get(paths.WRONG_CATEGORY, TOPIC, who))[0].body.decode()


def test_who_needs_the_page_meanwhile_is_led_to_ask_for_it() -> None:
    text = shown(post(paths.WRONG_CATEGORY, WRITTEN), {Tell: DONE})[0].body.decode()
    assert 'href="/request-access?t=' in text


@pytest.mark.parametrize("topic", [Topic(), Topic("K7QF2M9T", "www.odd.example", None)])
def test_what_is_in_no_category_is_in_no_wrong_one(topic: Topic) -> None:
    for request in (get(paths.WRONG_CATEGORY, topic), post(paths.WRONG_CATEGORY, WRITTEN, topic)):
        page, desk = shown(request, {Tell: DONE})
        assert b"<form" not in page.body
        assert desk.asked == []


def test_a_challenge_without_a_word_is_not_sent_and_one_that_cannot_be_kept_is_not_lost() -> None:
    page, desk = shown(post(paths.WRONG_CATEGORY), {Tell: DONE})
    assert (page.status, desk.asked) == (422, [])
    away, _ = shown(post(paths.WRONG_CATEGORY, WRITTEN))
    assert away.status == 503
    assert "It is a sailing club.</textarea>" in away.body.decode()
