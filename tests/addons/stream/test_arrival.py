"""How a client has come is plain data that nobody changes on the way."""

from dataclasses import FrozenInstanceError

import pytest

from addons.settings import Mode
from addons.stream.arrival import Arrival


def test_it_stays_as_it_was_found() -> None:
    arrival = Arrival(Mode.TRANSPARENT, ("192.0.2.10", 50123), ("198.51.100.7", 443))
    with pytest.raises(FrozenInstanceError):
        arrival.to = ("192.0.2.1", 8081)  # type: ignore[misc]
    assert arrival == Arrival(Mode.TRANSPARENT, ("192.0.2.10", 50123), ("198.51.100.7", 443))
