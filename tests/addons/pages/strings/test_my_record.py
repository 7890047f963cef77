"""The sentences of one's record."""

import pytest

from addons.desk.protocol import StoredClass, StoredExemption, StoredReport
from addons.pages.strings import my_record as strings
from policy.words import PersonHow, ReportKind, RetentionClass
from tests.samples import NOW, policy_with_authority, shipped_policy


def test_every_class_kind_and_way_has_words() -> None:
    assert set(strings.CLASSES) == set(RetentionClass)
    assert set(strings.KINDS) == set(ReportKind)
    assert set(strings.HOW) == set(PersonHow) - {PersonHow.NONE}


def test_a_class_is_a_row_of_words() -> None:
    row = strings.decisions(StoredClass("visit", 1840, "2025-12-05", "2026-03-04", 90))
    assert row == ("Allowed pages that you opened", "1,840", "5 December 2025", "4 March 2026", "90 days")


def test_a_restricted_exemption_says_neither_what_nor_why() -> None:
    one = StoredExemption("E2BBBBBB", "host secret.example", NOW, NOW, "covert", True)
    assert strings.exemption(shipped_policy(), one, "from", "until", "E2BB-BBBB") == (
        strings.RESTRICTED,
        "from",
        "until",
        "",
        "E2BB-BBBB",
    )


def test_an_answer_is_shown_in_its_own_words() -> None:
    assert strings.became(StoredReport("R", NOW, "not-blocked", "x", "answered", "Thanks.")) == "Thanks."
    assert strings.became(StoredReport("R", NOW, "not-blocked", "x", "answered")) == "Answered"


def test_what_the_look_leaves_and_what_to_do_about_a_mistake_are_said() -> None:
    assert "2,190 days" in strings.looked(shipped_policy())
    assert "555 0100" in strings.wrong(policy_with_authority())


@pytest.mark.parametrize(
    ("target", "opened"),
    [("social_media", "The category “Social media”"), ("club.example/a", "club.example/a")],
)
def test_what_an_exemption_opens_is_named_as_people_read_it(target: str, opened: str) -> None:
    one = StoredExemption("E1AAAAAA", target, NOW, NOW, "licensing visits")
    assert strings.exemption(shipped_policy(), one, "from", "until", "E1AA-AAAA")[0] == opened
