"""When an allowed page cannot be had, the gateway says why on a page of its own, with a reference."""

import socket
from collections.abc import Iterator

import pytest

from tests.journeys.conftest import StartGateway, World
from tests.journeys.harness.gateway import Gateway
from tests.journeys.test_browsing import BROWSER, reference_of

pytestmark = pytest.mark.journey


@pytest.fixture(scope="module")
def one_gateway(start: StartGateway) -> Gateway:
    """It waits a second for a first byte, so that a journey does not wait a minute."""
    return start(settings={"limits": {"origin_first_byte_seconds": 1.0, "origin_connect_seconds": 2.0}})


@pytest.fixture
def closed_port(gateway: Gateway) -> Iterator[int]:
    """A port that was ours a moment ago and that nobody listens on."""
    with socket.socket() as unheard:
        unheard.bind(("127.0.0.1", 0))
        yield unheard.getsockname()[1]


@pytest.mark.parametrize(
    ("url", "status", "ended"),
    [
        pytest.param("http://nowhere.test/", {502, 504}, {"no-such-name", "timeout"}, id="no-such-name"),
        pytest.param("http://allowed.test:{closed}/", {502}, {"unreachable"}, id="refused"),
        pytest.param("http://169.254.169.254/latest/", {403}, {"refused"}, id="an-inner-address"),
        pytest.param("http://allowed.test:{http}/hang", {504}, {"timeout"}, id="a-silent-origin"),
        pytest.param("https://allowed.test:{https1}/hang", {504}, {"timeout"}, id="silent-inside-tls"),
        pytest.param("https://expired.test:{expired}/", {502}, {"bad-certificate"}, id="expired"),
        pytest.param("https://self-signed.test:{self_signed}/", {502}, {"bad-certificate"}, id="self-signed"),
        pytest.param("https://wrong-name.test:{https1}/", {502}, {"bad-certificate"}, id="wrong-name"),
    ],
)
@pytest.mark.parametrize("http2", [False, True], ids=["h1", "h2"])
def test_it_is_said_why(
    gateway: Gateway,
    world: World,
    closed_port: int,
    url: str,
    status: set[int],
    ended: set[str],
    http2: bool,
) -> None:
    """Where no resolver answers at all, a name that is nowhere is one that could not be found in time."""
    if http2 and url.startswith("http:"):
        return
    ports = {
        "closed": closed_port,
        "http": world.http.port,
        "https1": world.https1.port,
        "expired": world.expired.port,
        "self_signed": world.self_signed.port,
    }
    answer = gateway.client().get(url.format(**ports), headers=BROWSER, http2=http2)
    assert answer.status in status
    assert answer.complete
    assert answer.headers["cache-control"] == "no-store"
    (row,) = gateway.decisions("step = 'request' AND final")
    assert row.reference == reference_of(answer)
    outcome = gateway.outcome_of(row)
    assert outcome.ended in ended
    assert outcome.status == answer.status


def test_a_bad_certificate_is_refused_before_anything_is_asked(gateway: Gateway, world: World) -> None:
    gateway.client().get(f"https://expired.test:{world.expired.port}/secret")
    assert world.expired.seen.requests == []
