"""I did not mean to come here: a note beside a refusal, which names nobody."""

from addons.desk.protocol import Tell
from addons.pages.own import paths
from tests.addons.pages.own.samples import DONE, TOPIC, get, post, shown


def test_the_note_hangs_on_the_refusal_and_names_nobody() -> None:
    """The row says who it was exactly where it may; a name here would put one beside rows that have none."""
    page, desk = shown(post(paths.NOT_MEANT, {"text": "an advert"}), {Tell: DONE})
    assert desk.asked == [
        Tell("", None, "not-meant", "www.social.example", "social_media", "an advert", "K7QF2M9T")
    ]
    assert page.status == 200
    assert "You need do nothing else" in page.body.decode()


def test_nothing_need_be_written() -> None:
    page, desk = shown(post(paths.NOT_MEANT), {Tell: DONE})
    assert page.status == 200
    assert len(desk.asked) == 1


def test_the_form_says_that_it_is_not_needed_and_what_is_kept() -> None:
    text = shown(get(paths.NOT_MEANT, TOPIC))[0].body.decode()
    assert "you need do nothing" in text
    assert "(optional)" in text
    assert "without your name" in text
    assert "365 days" in text


def test_without_a_refusal_there_is_nothing_to_leave_a_note_on() -> None:
    for request in (get(paths.NOT_MEANT), post(paths.NOT_MEANT, topic=TOPIC.__class__())):
        page, desk = shown(request, {Tell: DONE})
        assert b"<form" not in page.body
        assert desk.asked == []


def test_a_note_that_is_too_long_is_not_sent_and_one_that_cannot_be_kept_is_not_lost() -> None:
    page, desk = shown(post(paths.NOT_MEANT, {"text": "x" * 501}), {Tell: DONE})
    assert (page.status, desk.asked) == (422, [])
    away, _ = shown(post(paths.NOT_MEANT, {"text": "an advert"}))
    assert away.status == 503
    assert "an advert</textarea>" in away.body.decode()
