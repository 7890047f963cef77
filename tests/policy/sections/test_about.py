"""Whose policy it is."""

from datetime import date

from policy.sections.about import About, Appeal


def test_what_is_not_filled_in_is_empty_and_not_invented() -> None:
    about = About.model_validate({"title": "T", "version": "1"})
    assert (about.organisation, about.owner, about.service_desk, about.next_review) == ("", "", "", None)
    assert Appeal() == Appeal(office="", telephone="")


def test_the_review_is_a_date() -> None:
    assert About(title="T", version="1", next_review=date(2027, 1, 1)).next_review == date(2027, 1, 1)
