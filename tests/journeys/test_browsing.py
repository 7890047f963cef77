"""What a person meets: pages that are allowed, pages that are not, over every protocol a browser speaks."""

import pytest

from tests.journeys.conftest import World
from tests.journeys.harness.gateway import Gateway

pytestmark = pytest.mark.journey


def test_an_allowed_page_is_carried_and_recorded(gateway: Gateway, world: World) -> None:
    answer = gateway.client().get(f"http://allowed.test:{world.http.port}/news/today")
    assert answer.status == 200
    assert answer.text == f"hello from allowed.test:{world.http.port}\n"
    (row,) = gateway.decisions()
    assert (row.verdict, row.reason, row.host, row.step, row.final) == (
        "allow",
        "not-listed",
        "allowed.test",
        "request",
        1,
    )
