"""The way on is a link to what this person asked for, and to nothing else."""

from addons.pages.own import paths
from addons.pages.own.onward import onward
from addons.pages.own.tokens import Topic
from addons.pages.strings import onward as strings
from tests.addons.pages.own.samples import SENT, TOPIC, get


def test_there_is_a_link_to_what_was_asked_for() -> None:
    [section] = onward(get(paths.NOTICE, TOPIC))
    [link] = section.links
    assert (link.href, link.text) == (TOPIC.back, strings.go_on(TOPIC.host))


def test_what_was_sent_is_said_not_to_have_been_sent_on() -> None:
    [section] = onward(get(paths.NOTICE, SENT))
    assert section.links == ()
    assert "was not sent on" in section.paragraphs[0]


def test_without_anything_asked_for_there_is_no_way_on() -> None:
    assert onward(get(paths.NOTICE)) == ()
    assert onward(get(paths.NOTICE, Topic("K7QF2M9T", "a.example"))) == ()
