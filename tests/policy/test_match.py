"""A Match is plain data: two hits of one line are one Match."""

from tests.samples import match


def test_hits_of_the_same_line_are_one_and_of_another_line_are_not() -> None:
    assert len({match(line=1), match(line=1)}) == 1
    assert len({match(line=1), match(line=2)}) == 2
