"""The sentences of a challenge."""

from addons.pages.strings import wrong_category as strings
from tests.samples import shipped_policy


def test_whether_a_name_is_kept_is_said() -> None:
    named, nameless = (strings.kept(shipped_policy(), named=named) for named in (True, False))
    assert "your user name" in named
    assert "not kept" in nameless
    assert "user name" not in nameless
    assert "365 days" in named
    assert "365 days" in nameless


def test_the_category_is_named() -> None:
    assert strings.lead("odd.example", "Gambling").startswith("odd.example is in the category “Gambling”.")
