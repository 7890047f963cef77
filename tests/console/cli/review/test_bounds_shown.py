"""What an answer was read within, in words."""

from dataclasses import replace
from datetime import UTC, datetime
from uuid import UUID

import pytest

from console.cli.review.bounds_shown import facts, print_bounds, record
from console.review.answers import Bounds
from policy.review.scope import Scope

SCOPE = Scope(
    organisation="Example",
    since=datetime(2026, 11, 1, tzinfo=UTC),
    until=datetime(2026, 11, 2, tzinfo=UTC),
    people=frozenset({"bob", "alice"}),
    units=frozenset(),
    only=None,
    never=frozenset({"olga"}),
    categories=None,
    allowed_visits=False,
)
BOUNDS = Bounds(UUID(int=7), "K7QF2M9T", SCOPE)


def test_the_authority_and_the_look_are_named() -> None:
    found = dict(facts(BOUNDS))
    assert found["Authority"] == "K7QF-2M9T"
    assert found["This look"].endswith(str(UUID(int=7)))
    assert found["People"] == "alice, bob"
    assert found["Categories"] == "any"
    assert found["Allowed visits"] == "are not in it"
    assert "Units" not in found


def test_what_narrows_it_is_said() -> None:
    narrow = replace(
        SCOPE, units=frozenset({"CID"}), only=frozenset({"bob"}), categories=frozenset(), allowed_visits=True
    )
    found = dict(facts(replace(BOUNDS, scope=narrow)))
    assert (found["Units"], found["Of these only"], found["Categories"]) == ("CID", "bob", "none")
    assert record(replace(BOUNDS, scope=narrow))["only"] == ["bob"]


def test_who_is_never_in_it_is_not_named() -> None:
    """A reviewer's own login stands with their Access, and need not go with the answer."""
    assert "olga" not in str(facts(BOUNDS)) + str(record(BOUNDS))


def test_the_lines_are_inert(capsys: pytest.CaptureFixture[str]) -> None:
    print_bounds(replace(BOUNDS, scope=replace(SCOPE, people=frozenset({"\x1b[2J"}))))
    assert "\x1b" not in capsys.readouterr().out
