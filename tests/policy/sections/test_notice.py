"""The notice: whole, filled in from the policy's own settings, and never half of it."""

from typing import Any

import pytest
from pydantic import ValidationError

from policy.sections.notice import NoticeSection, fill_in
from tests.samples import policy_with_authority, shipped_policy

TEXT = {
    part: f"About {part}."
    for part in (
        "recorded", "not_recorded", "decrypted", "purposes", "who_may_look", "how_long", "rights", "contacts",
    )
}  # fmt: skip


def section(**keys: Any) -> NoticeSection:
    return NoticeSection.model_validate({"version": "1", "text": TEXT, **keys})


def test_a_string_is_one_paragraph_and_a_list_several() -> None:
    notice = fill_in(section(text={**TEXT, "rights": ["One.", "Two."]}), {})
    assert notice.recorded == ("About recorded.",)
    assert notice.rights == ("One.", "Two.")
    assert list(notice.parts) == list(TEXT)
    assert (notice.version, notice.meanwhile) == ("1", "allow")


@pytest.mark.parametrize("part", TEXT)
def test_a_part_that_is_missing_or_empty_is_refused(part: str) -> None:
    for text in ({k: v for k, v in TEXT.items() if k != part}, {**TEXT, part: ""}, {**TEXT, part: []}):
        with pytest.raises(ValidationError):
            section(text=text)


def test_settings_are_filled_in() -> None:
    notice = fill_in(section(text={**TEXT, "how_long": "{days} days, then {days} more."}), {"days": "7"})
    assert notice.how_long == ("7 days, then 7 more.",)


@pytest.mark.parametrize("braces", ["{dayz}", "{}", "{", "}", "{days!r}", "{0}", "{days.real}", "{{days}}"])
def test_braces_that_name_no_setting_are_refused_where_they_stand(braces: str) -> None:
    with pytest.raises(
        ValueError, match=r"notice\.text\.how_long: .* names no setting; braces hold one of days"
    ):
        fill_in(section(text={**TEXT, "how_long": f"For {braces} days."}), {"days": "7"})


@pytest.mark.parametrize("version", ["", " 1", "a\nb", "x" * 33])
def test_a_version_is_short_and_plain(version: str) -> None:
    with pytest.raises(ValidationError):
        section(version=version)


def test_meanwhile_has_two_words_and_no_third() -> None:
    assert section(meanwhile="refuse").meanwhile == "refuse"
    with pytest.raises(ValidationError):
        section(meanwhile="record")


def test_the_shipped_notice_says_the_policy_s_own_periods_and_offices() -> None:
    notice = policy_with_authority().notice
    assert notice is not None
    text = "\n".join(paragraph for part in notice.parts.values() for paragraph in part)
    assert "{" not in text
    for said in ("Example Force", "SA/2026/1", "555 0100", "365 days", "90 days", "2190 days", "DPIA/2026/4"):
        assert said in text, said
    assert "consent" not in text.lower(), "it informs; nobody is asked to agree"


def test_the_shipped_notice_names_no_person_s_name_and_every_purpose_only_with_an_authority() -> None:
    notice = shipped_policy().notice
    assert notice is not None
    assert "none, since no authority names any" in notice.purposes[0]
