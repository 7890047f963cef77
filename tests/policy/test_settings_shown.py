"""What the notice says of the policy's own settings, filled in and empty."""

from policy.document import SHIPPED
from policy.sections.allowance import Allowance
from policy.settings_shown import settings_shown
from policy.words import RetentionClass
from tests.samples import policy_with_authority, shipped_policy


def test_every_class_of_record_can_be_told_with_what_is_kept_and_how_long() -> None:
    shown = settings_shown(shipped_policy().file)
    for retention in RetentionClass:
        kept = shipped_policy().records[retention]
        assert shown[f"{retention}_days"] == str(kept.keep_days)
    assert "who you are" in shown["refused_what"]
    assert "not the page" in shown["visit_what"]
    assert "without who you are" in shown["other_what"]
    assert "who you are" not in shown["privileged_what"]


def test_what_is_empty_is_said_to_be_so_and_never_left_out() -> None:
    empty, whole = settings_shown(shipped_policy().file), settings_shown(policy_with_authority().file)
    assert empty.keys() == whole.keys()
    assert all(empty.values())
    assert empty["authority"] == "reference not filled in yet"
    assert whole["authority"] == "SA/2026/1"
    assert whole["organisation"] == "Example Force"
    assert whole["purposes"] == "detecting breaches of the organisation's rules"
    assert empty["purposes"].startswith("none")


def test_an_appeal_that_nobody_named_goes_to_the_policy_s_owner() -> None:
    shown = settings_shown(policy_with_authority().file)
    assert shown["appeal_office"] == "Head of Information Management"
    assert shown["appeal_telephone"] == "555 0100"


def test_what_is_looked_at_and_counted_is_told_when_it_is_and_when_it_is_not() -> None:
    file = shipped_policy().file
    assert settings_shown(file)["search_terms"] == "is not looked at"
    assert settings_shown(file)["allowance"] == "is not counted"
    watching = file.model_copy(
        update={"search_terms": True, "allowance": Allowance(categories=("games",), minutes_a_day=30)}
    )
    assert "that term is recorded" in settings_shown(watching)["search_terms"]
    assert "minutes a day" in settings_shown(watching)["allowance"]


def test_every_setting_that_can_be_named_is_one_the_documentation_lists() -> None:
    page = (SHIPPED.parents[1] / "docs" / "policy.md").read_text("utf-8")
    for name in settings_shown(shipped_policy().file):
        assert f"`{{{name}}}`" in page, name
