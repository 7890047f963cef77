"""What the page functions share."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from addons.pages.own import paths
from addons.pages.own.making import filled, nobody, page, problem, title_of, typed
from addons.pages.own_page import Choice, Field, FieldKind
from policy.words import Standing
from tests.addons.desk.fakes import FakeDesk
from tests.addons.pages.own.samples import NOBODY, PERSON, get, made, post, tools
from tests.samples import policy_with_authority

CHOICES = Field("how", "How?", FieldKind.CHOICE, choices=(Choice("a", "A"), Choice("b", "B")))


def test_a_page_speaks_in_the_policys_name_and_shows_a_reference_as_people_read_it() -> None:
    made = page(tools(FakeDesk()), "A title", "A lead.", status=409, reference="K7QF2M9T")
    body = made.body.decode()
    assert made.status == 409
    assert "Web filter of Example Force" in body
    assert "<strong>K7QF-2M9T</strong>" in body
    assert 'href="/"' in body


def test_who_is_not_known_is_told_so_and_how_to_become_known() -> None:
    made = nobody(get(paths.ROLE, who=NOBODY), tools(FakeDesk()), "A title")
    body = made.body.decode()
    assert made.status == 403
    assert 'href="/sign-in"' in body
    assert "telephone the service desk on 555 0100" in body


@pytest.mark.parametrize(
    ("changes", "signs_in", "status", "says"),
    [
        pytest.param({"who": NOBODY}, False, 403, "does not know who you are", id="no-passwords"),
        *(
            pytest.param({"who": replace(PERSON, standing=one)}, True, 403, "not for this account", id=one)
            for one in Standing
            if one is not Standing.GOOD
        ),
        pytest.param({"who": NOBODY, "break_glass": True}, True, 503, "at the moment", id="break-glass"),
    ],
)
def test_nobody_is_sent_to_sign_in_who_would_come_back_to_the_same_page(
    changes: Mapping[str, Any], signs_in: bool, status: int, says: str
) -> None:
    for path in (paths.ROLE, paths.SIGN_OUT, paths.NOTICE, paths.REPORT, paths.INDEX):
        made_of = replace(tools(FakeDesk()), signs_in=signs_in and path != paths.INDEX)
        body = made(replace(get(path), **changes), made_of).body.decode()
        assert 'href="/sign-in"' not in body, path
    page = nobody(
        replace(get(paths.ROLE), **changes), replace(tools(FakeDesk()), signs_in=signs_in), "A title"
    )
    assert (page.status, says in page.body.decode()) == (status, True)


@pytest.mark.parametrize(
    ("sent", "read"),
    [("a  b\r\n c ", "a b c"), ("  ", ""), ("\u00a0x\u2003", "x"), ("it's \U0001f600", "it's \U0001f600")],
)
def test_what_was_typed_stands_on_one_line(sent: str, read: str) -> None:
    assert typed(post("/report", {"text": sent}), "text") == read


def test_a_field_that_was_not_sent_is_empty() -> None:
    assert typed(post("/report"), "text") == ""


@pytest.mark.parametrize(
    ("text", "wrong"), [("", "Say it"), ("abc", ""), ("abcd", "Use 3 characters or fewer")]
)
def test_a_text_is_neither_empty_nor_too_long(text: str, wrong: str) -> None:
    assert problem(text, 3, "Say it") == wrong


@pytest.mark.parametrize(
    ("sent", "value", "error"), [("a", "a", ""), ("c", "", "Choose"), ("", "", "Choose"), (" b ", "b", "")]
)
def test_only_what_was_offered_can_be_chosen(sent: str, value: str, error: str) -> None:
    field = filled(CHOICES, post("/report", {"how": sent}), missing="Choose")
    assert (field.value, field.error) == (value, error)


def test_what_need_not_be_there_may_be_empty_but_not_too_long() -> None:
    field = Field("text", "Text", most=3, required=False)
    assert filled(field, post("/report"), missing="never said").error == ""
    assert "3 characters" in filled(field, post("/report", {"text": "abcd"}), missing="never said").error


@pytest.mark.parametrize(
    ("category", "title"), [("gambling", "Gambling"), ("gone_since", "gone_since"), (None, "no category")]
)
def test_a_category_is_named_as_people_read_it(category: str | None, title: str) -> None:
    assert title_of(policy_with_authority(), category) == title
