"""Report something that was not blocked: by name to those whom the policy says, or without one."""

import pytest

from addons.desk.protocol import Done, Tell
from addons.pages.own import paths
from policy.facts import Who
from tests.addons.pages.own.samples import DONE, NOBODY, PERSON, TOPIC, get, post, shown

WRITTEN = {"site": "https://www.odd.example/a/page?who=me#here", "text": "It showed gambling."}


@pytest.mark.parametrize(
    ("who", "how", "person"),
    [
        pytest.param(PERSON, "named", "ab1234", id="named"),
        pytest.param(PERSON, "nameless", None, id="nameless"),
        pytest.param(NOBODY, "named", None, id="nobody-is-named"),
        pytest.param(NOBODY, "", None, id="nobody"),
    ],
)
def test_a_report_names_who_chose_to_be_named_and_keeps_the_sites_name_alone(
    who: Who, how: str, person: str | None
) -> None:
    told = Done("K7QF2M9T", ("manager", "service-desk") if person else ())
    page, desk = shown(post(paths.REPORT, WRITTEN | {"how": how}, who=who), {Tell: told})
    assert desk.asked == [
        Tell("", person, "not-blocked", "www.odd.example", None, "It showed gambling.", None)
    ]
    manager = "Your line manager and the service desk are being told" in page.body.decode()
    assert manager is (person is not None)


def test_who_reports_where_nobody_can_be_told_is_asked_to_do_it_themselves() -> None:
    page, _ = shown(post(paths.REPORT, WRITTEN | {"how": "named"}), {Tell: Done("K7QF2M9T")})
    assert "Please tell your line manager yourself" in page.body.decode()


def test_a_report_is_about_no_refusal_whatever_led_here() -> None:
    """It would tie a nameless report to a row that may have a name."""
    _, desk = shown(post(paths.REPORT, WRITTEN | {"how": "nameless"}, TOPIC), {Tell: DONE})
    (told,) = desk.asked
    assert isinstance(told, Tell)
    assert told.reference is None


def test_nobody_is_named_who_did_not_choose() -> None:
    page, desk = shown(post(paths.REPORT, WRITTEN), {Tell: DONE})
    assert (page.status, desk.asked) == (422, [])
    assert "Choose who should be told" in page.body.decode()
    assert b" checked" not in page.body
    assert b" checked" not in shown(get(paths.REPORT))[0].body


@pytest.mark.parametrize(
    "site", ["", "a b", "javascript:alert(1)", "http://", "x" * 3000, "/only/a/path", "a..b"]
)
def test_what_names_no_site_is_not_sent(site: str) -> None:
    form = WRITTEN | {"site": site, "how": "named"}
    page, desk = shown(post(paths.REPORT, form), {Tell: DONE})
    assert (page.status, desk.asked) == (422, [])
    assert "It showed gambling.</textarea>" in page.body.decode()


@pytest.mark.parametrize(
    ("typed", "host"),
    [
        ("www.Odd.Example", "www.odd.example"),
        ("HTTPS://odd.example:8443/x", "odd.example"),
        ("b\u00fccher.example", "xn--bcher-kva.example"),
        ("http://user:secret@odd.example/", "odd.example"),
    ],
)
def test_a_site_is_read_however_it_is_written(typed: str, host: str) -> None:
    _, desk = shown(post(paths.REPORT, WRITTEN | {"site": typed, "how": "named"}), {Tell: DONE})
    (told,) = desk.asked
    assert isinstance(told, Tell)
    assert told.host == host


def test_who_is_not_known_is_told_where_the_report_goes() -> None:
    text = shown(get(paths.REPORT, who=NOBODY))[0].body.decode()
    assert "goes to the list administrators without a name" in text
    assert 'type="radio"' not in text


def test_a_virus_does_not_wait_for_a_form() -> None:
    """S3.11.4."""
    text = shown(get(paths.REPORT))[0].body.decode()
    assert "stop using the computer and telephone now: 555 0100" in text


def test_a_report_that_cannot_be_kept_is_not_lost() -> None:
    page, _ = shown(post(paths.REPORT, WRITTEN | {"how": "nameless"}))
    assert page.status == 503
    assert "It showed gambling.</textarea>" in page.body.decode()
    assert page.body.count(b" checked") == 1
