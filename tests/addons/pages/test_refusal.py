"""What a person reads when something was refused, in the order they need it."""

import pytest

from addons.pages.page import Form
from addons.pages.refusal import failure_page, not_a_request_page, refusal_page, unrecorded_page
from policy.judge import Evidence, judge_name, refuse
from policy.words import Ended, Reason
from tests.addons.pages.samples import REFERENCE, pages, quoted
from tests.samples import NOW, decision, facts, match, policy_with_authority, shipped_policy

ADDRESS = "https://www.bet.example/table/7"


def blocked(category: str = "gambling", *, named: bool = True) -> str:
    policy = policy_with_authority() if named else shipped_policy()
    judged = judge_name(Evidence("www.bet.example", (match(category),)), policy, NOW)
    made, effect = decision(judged, policy, reference=REFERENCE), quoted(judged, policy)
    page = refusal_page(made, policy, Form.PAGE, address=ADDRESS, effect=effect)
    return page.body.decode()


def test_a_block_page_says_what_why_what_next_what_was_kept_and_that_it_is_no_allegation_in_this_order() -> (
    None
):
    body = blocked()
    order = [
        ADDRESS,
        "“Gambling”",
        "may not be used for online gambling",
        "Use of Communications Policy, version 5.0 (April 2020), clause 3.2",
        "What you can do",
        "telephone the service desk on 555 0100",
        "What was recorded, and who may see it",
        "kept for 365 days",
        "written authority",
        "not an allegation",
        "Reference: <strong>K7QF-2M9T",
    ]
    places = [body.index(part, body.index("<main>")) for part in order]
    assert places == sorted(places)


def test_what_the_page_says_was_recorded_is_what_the_row_holds() -> None:
    """Without a standing authority nobody is named, and the page may not say otherwise."""
    named, anonymous = blocked(), blocked(named=False)
    assert "as AB1234" in named
    assert "Not who you are" in anonymous
    assert "AB1234" not in anonymous


def test_a_page_for_malware_tells_people_to_stop_and_telephone() -> None:
    """S3.11.4."""
    body = blocked("malware")
    assert "stop using the computer and telephone the service desk" in body
    assert "Nothing opens this category" in body


def test_a_rule_with_two_clauses_quotes_both() -> None:
    body = blocked("offensive")
    assert "clause 3.2 and W1001 ICT acceptable use (August 2023), clause 3.2.8" in body


@pytest.mark.parametrize(
    ("reason", "status"),
    [
        (Reason.NO_PERSON, 407),
        (Reason.MALFORMED, 400),
        (Reason.TOO_MUCH, 413),
        (Reason.UNDECIDABLE, 503),
        (Reason.PORT, 403),
        (Reason.PRIVATE_ADDRESS, 403),
        (Reason.NAME_MISMATCH, 403),
        (Reason.WEBSOCKET, 403),
    ],
)
def test_each_reason_has_its_status(reason: Reason, status: int) -> None:
    policy = policy_with_authority()
    made = decision(refuse(reason, "x.example"), policy)
    page = refusal_page(made, policy, Form.PAGE, address="https://x.example/", schemes=("Negotiate", "Basic"))
    assert page.status == status
    asked = [value for name, value in page.headers if name == "proxy-authenticate"]
    expected = ["Negotiate", 'Basic realm="Sign in to use the internet", charset="UTF-8"']
    assert asked == (expected if reason is Reason.NO_PERSON else [])


def test_who_cannot_be_asked_to_sign_in_is_told_why() -> None:
    policy = policy_with_authority()
    made = decision(refuse(Reason.NO_PERSON, "x.example"), policy, reference=REFERENCE)
    page = refusal_page(made, policy, Form.PAGE, address="https://x.example/", schemes=())
    body = page.body.decode()
    assert page.status == 403
    assert "proxy-authenticate" not in dict(page.headers)
    assert "This network does not know who you are" in body
    assert "give the reference K7QF-2M9T" in body
    assert "Enter your user name" not in body


@pytest.mark.parametrize(
    ("ended", "status"),
    [
        (Ended.NO_SUCH_NAME, 502),
        (Ended.TIMEOUT, 504),
        (Ended.BAD_CERTIFICATE, 502),
        (Ended.PRIVATE_ADDRESS, 403),
    ],
)
def test_a_site_that_cannot_be_had_is_not_said_to_be_blocked(ended: Ended, status: int) -> None:
    page = failure_page(REFERENCE, ended, shipped_policy(), Form.PAGE, host="x.example")
    assert page.status == status
    assert "did not block this page" in page.body.decode()


def test_a_hostile_address_is_bounded_and_inert() -> None:
    policy = policy_with_authority()
    made = decision(refuse(Reason.PORT, "x.example"), policy, facts())
    address = "https://x.example/<script>alert(1)</script>\x1b[31m\u202e" + "a" * 100_000
    page = refusal_page(made, policy, Form.PAGE, address=address)
    assert b"<script>" not in page.body
    assert b"\x1b" not in page.body
    assert len(page.body) < 10_000


def test_without_a_record_there_is_no_reference_to_give() -> None:
    page = unrecorded_page(shipped_policy(), Form.PAGE)
    assert page.status == 503
    assert b"Reference" not in page.body


def test_what_is_not_a_request_gets_a_fixed_line() -> None:
    page = not_a_request_page()
    assert (page.status, page.body.count(b"\n")) == (400, 1)


@pytest.mark.parametrize("form", Form)
def test_every_page_has_a_title_and_a_body_in_every_form(form: Form) -> None:
    made = list(pages(form))
    assert len(made) == 76
    for name, page in made:
        assert page.status >= 400, name
        assert len(page.body) < 8_192, name
