"""The tree of errors is the one drawn at the top of its module."""

import inspect
import re

from policy import errors


def test_the_tree_is_as_drawn() -> None:
    drawn: dict[str, str] = {}
    above: list[tuple[int, str]] = []
    for line in (errors.__doc__ or "").splitlines():
        if found := re.match(r"^( {4,})([A-Z]\w+)(?: {2,}|$)", line):
            depth, name = len(found[1]), found[2]
            above = [item for item in above if item[0] < depth]
            drawn[name] = above[-1][1] if above else "Exception"
            above.append((depth, name))
    real = {
        name: cls.__bases__[0].__name__
        for name, cls in inspect.getmembers(errors, inspect.isclass)
        if cls.__module__ == errors.__name__
    }
    assert drawn == real
    assert len(real) == 12
