"""What came of late from each address."""

from contextlib import ExitStack

import pytest

from addons.identity import tries as module
from addons.identity.tries import (
    BUSY,
    MOST_WAITING,
    MOST_WAITING_FROM_ONE,
    MOST_WAITING_FROM_SUBNET,
    MOST_WRONG,
    MOST_WRONG_FROM_SUBNET,
    TOO_MANY_WRONG,
    Tries,
)


class Clock:
    """Stands until it is moved."""

    now = 1000.0

    def __call__(self) -> float:
        return self.now


def test_after_ten_wrong_ones_in_a_minute_an_address_waits_and_no_other() -> None:
    clock = Clock()
    tries = Tries(clock)
    for _ in range(MOST_WRONG):
        assert tries.refuses("192.0.2.1") is None
        tries.wrong("192.0.2.1")
        clock.now += 1.0
    assert tries.refuses("192.0.2.1") == TOO_MANY_WRONG
    assert tries.refuses("192.0.2.2") is None
    # The first of them is a minute ago.
    clock.now = 1000.0 + module.WRONG_SECONDS
    assert tries.refuses("192.0.2.1") is None


def test_a_few_from_one_address_wait_at_a_time() -> None:
    tries = Tries()
    with ExitStack() as waiting:
        for _ in range(MOST_WAITING_FROM_ONE):
            assert tries.refuses("192.0.2.1") is None
            waiting.enter_context(tries.waiting("192.0.2.1"))
        assert tries.refuses("192.0.2.1") == BUSY
        assert tries.refuses("192.0.2.2") is None
    assert tries.refuses("192.0.2.1") is None


def test_so_many_wait_in_all() -> None:
    tries = Tries()
    with ExitStack() as waiting:
        for number in range(MOST_WAITING):
            waiting.enter_context(tries.waiting(f"192.0.2.{number}"))
        assert tries.refuses("198.51.100.1") == BUSY
    assert tries.refuses("198.51.100.1") is None


def test_a_device_that_guesses_from_every_address_of_its_subnet_waits_with_that() -> None:
    tries = Tries()
    for number in range(MOST_WRONG_FROM_SUBNET):
        assert tries.refuses(f"2001:db8::{number:x}") is None
        tries.wrong(f"2001:db8::{number:x}")
    assert tries.refuses("2001:db8::ffff") == TOO_MANY_WRONG
    assert tries.refuses("2001:db8:0:1::1") is None
    assert tries.refuses("192.0.2.1") is None


def test_a_neighbour_in_the_subnet_is_not_shut_out_by_one_who_is_wrong() -> None:
    tries = Tries()
    for _ in range(MOST_WRONG):
        tries.wrong("2001:db8::1")
    assert tries.refuses("2001:db8::1") == TOO_MANY_WRONG
    assert tries.refuses("2001:db8::2") is None


def test_no_subnet_has_all_the_places_there_are_to_wait() -> None:
    tries = Tries()
    with ExitStack() as waiting:
        for number in range(MOST_WAITING_FROM_SUBNET):
            waiting.enter_context(tries.waiting(f"2001:db8::{number:x}"))
        assert tries.refuses("2001:db8::ffff") == BUSY
        assert tries.refuses("2001:db8:0:1::1") is None
    assert tries.refuses("2001:db8::ffff") is None
    assert not tries._waiting


def test_what_is_kept_of_addresses_has_a_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_MOST_ADDRESSES", 3)
    tries = Tries()
    for _ in range(MOST_WRONG):
        for number in range(3):
            tries.wrong(f"192.0.2.{number}")
    tries.wrong("192.0.2.9")
    assert [tries.refuses(f"192.0.2.{number}") for number in range(3)] == [
        None,
        TOO_MANY_WRONG,
        TOO_MANY_WRONG,
    ]
    assert len(tries._wrong) == 3
    assert not tries._waiting
