"""What the page to choose a role says."""

from addons.pages.strings import role as strings


def test_the_role_is_named() -> None:
    assert strings.ONE.format(role="licensing").endswith("licensing.")
    assert strings.DONE.format(role="licensing").endswith("licensing.")


def test_it_is_said_that_the_role_is_recorded() -> None:
    assert "part of what is recorded" in strings.KEPT
