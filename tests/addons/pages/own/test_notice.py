"""The notice is read by anybody, and said to be read of the version that was shown."""

from dataclasses import replace

import pytest

from addons.desk.protocol import Acknowledge, Away, Done, NotDone
from addons.pages.own import paths
from addons.pages.own.tokens import Tokens, Topic, Use
from addons.pages.strings import notice as strings
from policy.facts import Who
from policy.words import PersonHow, Standing
from tests.addons.desk.fakes import FakeDesk
from tests.addons.pages.own.samples import NOBODY, PERSON, TOPIC, get, made, post, shown, tools
from tests.samples import NOW, policy_with_authority

NEW = Who(person="ab1234", organisation="county", how=PersonHow.NEGOTIATE)


def test_the_whole_notice_is_shown_in_the_order_of_the_policy() -> None:
    page, desk = shown(get(paths.NOTICE, who=NEW))
    body = page.body.decode()
    notice = policy_with_authority().notice
    assert notice is not None
    places = [body.index(f"<h2>{strings.HEADINGS[part]}</h2>") for part in notice.parts]
    assert places == sorted(places)
    assert len(places) == 8
    assert "version 2" in body
    assert desk.asked == []


@pytest.mark.parametrize(
    ("who", "fetch_site", "asks"),
    [
        pytest.param(NEW, "none", True, id="who-has-read-none"),
        pytest.param(replace(NEW, notified=True, notice="0"), "none", True, id="who-has-read-an-older-one"),
        pytest.param(PERSON, "same-origin", False, id="who-has-read-it"),
        # Whether they have would be something about them.
        pytest.param(PERSON, "cross-site", True, id="led-here-by-another-site"),
        pytest.param(NOBODY, "none", False, id="nobody"),
        pytest.param(replace(NEW, standing=Standing.DISABLED), "none", False, id="whose-time-is-over"),
    ],
)
def test_who_is_asked_to_say_that_they_have_read_it(who: Who, fetch_site: str, asks: bool) -> None:
    page, _ = shown(get(paths.NOTICE, who=who, fetch_site=fetch_site))
    body = page.body.decode()
    assert (strings.BUTTON in body) is asks
    assert "ab1234" not in body


def test_having_read_it_is_kept_with_the_version_and_how_they_were_known() -> None:
    page, desk = shown(post(paths.NOTICE, who=NEW, shown="2"), {Acknowledge: Done()})
    assert desk.asked == [Acknowledge("county", "ab1234", "2", PersonHow.NEGOTIATE)]
    assert (page.status, strings.THANKS_TITLE in page.body.decode()) == (200, True)
    assert f'href="{TOPIC.back}"' in page.body.decode()


@pytest.mark.parametrize("version", ["0", "", "3"])
def test_a_notice_that_was_changed_meanwhile_is_shown_anew(version: str) -> None:
    page, desk = shown(post(paths.NOTICE, who=NEW, shown=version), {Acknowledge: Done()})
    assert desk.asked == []
    assert (page.status, strings.CHANGED in page.body.decode()) == (409, True)
    assert strings.BUTTON in page.body.decode()


def test_the_form_carries_the_version_that_it_stands_under() -> None:
    by = tools(FakeDesk())
    body = made(get(paths.NOTICE, TOPIC, NEW), by).body.decode()
    sealed = body.partition('name="token" value="')[2].partition('"')[0]
    token = Tokens(bytes(32)).open(sealed, Use.FORM, NEW, NOW, page=paths.NOTICE)
    assert (token.shown, token.topic) == ("2", TOPIC)


@pytest.mark.parametrize(
    ("answer", "status", "said"),
    [(Away(), 503, strings.NOT_KEPT), (NotDone("changed"), 409, strings.CHANGED)],
)
def test_what_was_not_kept_is_said_and_asked_again(answer: Away | NotDone, status: int, said: str) -> None:
    page, _ = shown(post(paths.NOTICE, who=NEW, shown="2"), {Acknowledge: answer})
    assert (page.status, said in page.body.decode()) == (status, True)
    assert strings.BUTTON in page.body.decode()


def test_nobody_has_nothing_kept() -> None:
    page, desk = shown(post(paths.NOTICE, who=NOBODY, shown="2"), {Acknowledge: Done()})
    assert desk.asked == []
    assert strings.NOBODY[0] in page.body.decode()


def test_a_policy_without_a_notice_says_so_and_leads_on() -> None:
    policy = policy_with_authority()
    without = replace(policy, file=policy.file.model_copy(update={"notice": None}))
    body = made(get(paths.NOTICE, TOPIC), tools(FakeDesk(), without)).body.decode()
    assert strings.NO_NOTICE_TITLE in body
    assert TOPIC.back in body
    assert strings.BUTTON not in body


def test_it_is_no_consent() -> None:
    assert "does not say that you agree" in strings.KEPT
    assert Topic() == get(paths.NOTICE).topic
