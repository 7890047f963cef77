"""Pairs that were right a moment ago."""

import pytest

from addons.identity import remembered as module
from addons.identity.remembered import REMEMBERED_SECONDS, Remembered
from tests.addons.identity.test_tries import Clock


def test_what_was_right_is_remembered_for_some_minutes() -> None:
    clock = Clock()
    remembered = Remembered[str](clock)
    mark = remembered.mark("ann", "secret")
    assert remembered.get(mark) is None
    remembered.keep(mark, "found")
    clock.now += REMEMBERED_SECONDS - 1
    assert remembered.get(mark) == "found"
    clock.now += 1
    assert remembered.get(mark) is None
    assert not remembered._kept


def test_no_other_pair_and_no_other_process_has_the_same_mark() -> None:
    remembered = Remembered[str]()
    pairs = [("ann", "secret"), ("ann", "secreT"), ("anns", "ecret"), ("an", "nsecret"), ("ann\0s", "ecret")]
    marks = {remembered.mark(*pair) for pair in pairs}
    assert len(marks) == len(pairs)
    assert Remembered[str]().mark("ann", "secret") not in marks


def test_no_password_is_kept() -> None:
    remembered = Remembered[str]()
    remembered.keep(remembered.mark("ann", "secret"), "found")
    assert b"secret" not in repr(vars(remembered)).encode()


def test_what_is_remembered_has_a_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_MOST", 2)
    remembered = Remembered[int]()
    marks = [remembered.mark("ann", str(number)) for number in range(3)]
    for number, mark in enumerate(marks):
        remembered.keep(mark, number)
    assert [remembered.get(mark) for mark in marks] == [None, 1, 2]
