"""What stands around the policy's own text of the notice."""

from addons.pages.strings import notice as strings
from tests.samples import shipped_policy


def test_every_part_of_a_notice_has_a_heading() -> None:
    notice = shipped_policy().notice
    assert notice is not None
    assert list(strings.HEADINGS) == list(notice.parts)


def test_it_is_said_what_is_kept_and_that_nothing_is_agreed_to() -> None:
    kept = strings.KEPT.format(days="1,000")
    assert "kept for 1,000 days" in kept
    assert "does not say that you agree" in kept


def test_the_version_is_said() -> None:
    assert strings.version("2026-1") == "This is version 2026-1 of the notice."
