"""Departures: their conditions, and whom they are for."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from policy.facts import Who
from policy.sections.departure import Departure

PLAIN = {"name": "one", "categories": ["games"], "action": "block", "reason": "R.", "because": "B."}


def departure(**keys: Any) -> Departure:
    return Departure.model_validate({**PLAIN, **keys})


@pytest.mark.parametrize(
    ("keys", "said"),
    [
        pytest.param({}, "has no condition", id="for-everybody"),
        pytest.param({"units": [""]}, "at least 1 character", id="a-unit-without-a-name"),
        pytest.param({"networks": ["10.0.0.1/8"]}, "10.0.0.1/8 has host bits set", id="host-bits"),
        pytest.param({"networks": [10]}, "expected a network such as", id="a-number"),
        pytest.param({"networks": ["all"]}, "does not appear to be an IPv4 or IPv6 network", id="no-network"),
        pytest.param({"units": ["U"], "name": "Two words"}, "match pattern", id="a-name-that-is-none"),
        pytest.param({"units": ["U"], "because": " "}, "at least 1 character", id="no-reason-given"),
        pytest.param({"units": ["U"], "categories": []}, "at least 1 item", id="for-no-category"),
    ],
)
def test_what_is_no_departure_is_refused(keys: dict[str, Any], said: str) -> None:
    with pytest.raises(ValidationError) as raised:
        departure(**keys)
    assert said in str(raised.value)


def test_its_conditions_can_be_read() -> None:
    assert departure(
        units=["Licensing", "Events"], networks=["10.2.0.0/16"], schedule="breaks"
    ).conditions == (
        "unit licensing or events",
        "network 10.2.0.0/16",
        "schedule breaks",
    )


@pytest.mark.parametrize(
    ("unit", "met"),
    [
        ("Licensing", True),
        (" LICENSING ", True),
        ("ｌicensing", True),  # a letter of full width  # noqa: RUF001 -- that is what is tested
        ("Licensing 2", False),
        ("", False),
        (None, False),
    ],
)
def test_a_unit_is_compared_as_people_write_it(unit: str | None, met: bool) -> None:
    assert departure(units=["licensing"]).is_for(Who(unit=unit)) is met


words = st.sampled_from(["a", "b", "c"])


@given(
    st.lists(words, max_size=2), st.lists(words, max_size=2), st.lists(words, max_size=2),
    st.none() | words, st.none() | words, st.none() | words,
)  # fmt: skip
def test_every_condition_must_hold_and_any_of_its_values_suffices(
    units: list[str],
    roles: list[str],
    devices: list[str],
    unit: str | None,
    role: str | None,
    device: str | None,
) -> None:
    one = departure(units=units, roles=roles, devices=devices, schedule="s")
    expected = all(
        not wanted or has in wanted for wanted, has in ((units, unit), (roles, role), (devices, device))
    )
    assert one.is_for(Who(unit=unit, role=role, device=device)) is expected
