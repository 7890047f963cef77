"""Nobody asks without end, and nobody makes a worker remember without end."""

import pytest

from addons.pages.own.rates import MOST_KEPT, Rates


def taken(rates: Rates, holder: str, address: str | None, times: int, now: float = 0.0) -> int:
    return sum(rates.take(holder, address, now) for _ in range(times))


def test_a_person_may_ask_as_often_as_hands_can_and_then_once_a_second() -> None:
    rates = Rates()
    assert taken(rates, "person /jane", "192.0.2.1", 100) == 60
    assert taken(rates, "person /jane", "192.0.2.1", 100, now=5.0) == 5
    assert taken(rates, "person /john", "192.0.2.1", 10) == 10, "one person's haste is not another's"


def test_a_person_is_the_same_at_every_desk() -> None:
    rates = Rates()
    assert sum(rates.take("person /jane", f"192.0.2.{n}", 0.0) for n in range(100)) == 60


@pytest.mark.parametrize(
    ("addresses", "allowed"),
    [
        pytest.param(["192.0.2.1"], 600, id="one-address"),
        pytest.param([f"2001:db8::{n:x}" for n in range(1, 50)], 600, id="one-network-of-ipv6"),
        pytest.param(["192.0.2.1", "::ffff:192.0.2.2"], 1200, id="two-addresses"),
        pytest.param([None, "", "nonsense"], 600, id="no-address"),
    ],
)
def test_many_names_from_one_place_are_bounded(addresses: list[str | None], allowed: int) -> None:
    rates = Rates()
    asked = (rates.take(f"person /p{n}", addresses[n % len(addresses)], 0.0) for n in range(2 * allowed))
    assert sum(asked) == allowed


def test_forms_are_sent_as_often_as_somebody_has_something_to_say() -> None:
    """Each report is mailed to three people."""
    rates = Rates()
    assert sum(rates.take("person /jane", "192.0.2.1", 0.0, sends=True) for _ in range(100)) == 30
    assert rates.take("person /jane", "192.0.2.1", 1.0), "she may still read"
    assert sum(rates.take("person /jane", "192.0.2.1", 3600.0, sends=True) for _ in range(100)) == 30
    assert rates.take("person /john", "192.0.2.1", 0.0, sends=True), "one person's haste is not another's"


def test_whoever_asks_without_end_takes_nothing_from_those_who_sit_behind_the_same_address() -> None:
    rates = Rates()
    taken(rates, "person /jane", "192.0.2.1", 10_000)
    assert taken(rates, "person /john", "192.0.2.1", 60) == 60


def test_what_is_remembered_is_bounded() -> None:
    rates = Rates()
    for n in range(MOST_KEPT):
        rates.take(f"person /p{n}", f"10.{n >> 16}.{n >> 8 & 255}.{n & 255}", 0.0)
    assert len(rates) == MOST_KEPT
    assert taken(rates, "person /new", "192.0.2.9", 100) == 60
