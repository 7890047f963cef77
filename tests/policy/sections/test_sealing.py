"""The key that privileged decisions are sealed to."""

import pytest
from pydantic import ValidationError

from policy.sections.sealing import Sealing


def test_without_a_key_nothing_is_sealed() -> None:
    assert not Sealing().on
    assert Sealing(public_key="ab" * 32).on


@pytest.mark.parametrize("key", ["ab", "AB" * 32, "xy" * 32, "ab" * 33, " " + "ab" * 32])
def test_what_is_no_key_is_refused(key: str) -> None:
    with pytest.raises(ValidationError):
        Sealing(public_key=key)
