"""Places: one integer for a list and a line."""

from hypothesis import given
from hypothesis import strategies as st

from categories.index.places import Places


@given(st.lists(st.integers(0, 50), min_size=1, max_size=8))
def test_a_place_says_its_list_and_line_again(lines: list[int]) -> None:
    """Line 0 is that of an entry without a line."""
    places = Places(lines)
    every = [(index, line) for index, count in enumerate(lines) for line in range(count + 1)]
    assert [places.place(*each) for each in every] == list(range(places.count))
    assert [places.where(place) for place in range(places.count)] == every
