"""The parts are made once, and every topic is handed the same."""

from console.review.parts import Parts
from tests.console.review.office import Office


def test_the_parts_are_one_for_everybody_and_none_is_left_out(shared: Office) -> None:
    parts = shared.made.parts
    assert isinstance(parts, Parts)
    assert all(getattr(parts, name) is not None for name in Parts.__slots__)
    assert parts.now() <= parts.now()
