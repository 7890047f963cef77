"""Facts are plain: the first name is the one we would connect to."""

from dataclasses import replace

from tests.samples import facts


def test_the_first_name_is_the_host() -> None:
    assert facts("a.example").host == "a.example"
    assert replace(facts(), names=()).host == ""
