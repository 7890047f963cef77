"""Clients that know of no proxy, in network namespaces: routed through the gateway, and led to it."""

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

import pytest

from tests.journeys.conftest import NAMES
from tests.journeys.harness import namespaces
from tests.journeys.harness.certificates import OriginAuthority
from tests.journeys.harness.clients import Answer, UnawareClient
from tests.journeys.harness.gateway import Gateway, copy_state
from tests.journeys.harness.namespaces import GATEWAY, INTERNET, ORIGIN, RESOLVER, NameServer, Network
from tests.journeys.harness.origins import Origin, running_origins

pytestmark = pytest.mark.journey

# Every right there is taken away: nothing that the gateway does needs one.
WITHOUT_RIGHTS = ("setpriv", "--bounding-set=-all", "--inh-caps=-all", "--no-new-privs")
BOTH = pytest.mark.parametrize("version", [0, 1], ids=["ipv4", "ipv6"])


@dataclass(frozen=True, slots=True)
class Place:
    """Three machines, with a gateway on the one in the middle."""

    network: Network
    gateway: Gateway
    http: tuple[Origin, Origin]  # IPv4, IPv6
    https: tuple[Origin, Origin]

    def there[T](self, work: Callable[[], T]) -> T:
        """Do something on the client's machine."""
        return self.network.client.call(work)

    def unaware(self, version: int = 0) -> UnawareClient:
        """A client that has looked the names up, by IPv4 or IPv6."""
        return UnawareClient(dict.fromkeys(NAMES, ORIGIN[version]), self.gateway.ca_file)

    def get(self, url: str, version: int = 0, *, http2: bool = False) -> Answer:
        """One GET of a client that knows of no proxy."""
        return self.there(lambda: self.unaware(version).get(url, http2=http2))

    @property
    def requests(self) -> list[tuple[str, str, str]]:
        """What all origins have been asked."""
        return [one for origin in (*self.http, *self.https) for one in origin.seen.requests]


@pytest.fixture(scope="module")
def running(template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    """The gateway in both modes, with no capability, behind the shipped rules."""
    authority = OriginAuthority(tmp_path_factory.mktemp("origins"))
    certificate = authority.issue(*NAMES)
    state = copy_state(template, template.parent / uuid4().hex)
    names = dict.fromkeys(NAMES, ORIGIN) | {"inner.test": ["10.0.0.1"], "six.test": [ORIGIN[1]]}
    with namespaces.network() as network, running_origins(network.origin.enter) as origins:
        resolver = NameServer(names).serve(network.origin, RESOLVER[0])
        network.filter()
        gateway = Gateway(
            state,
            {
                "gateway": {
                    "workers": 1,
                    "drain_seconds": 2,
                    "mode": "both",
                    "listen": [f"{GATEWAY[0]}:8080"],
                },
                "destinations": {"inner": list(INTERNET), "ca_file": str(authority.ca_file)},
            },
            wrap=network.gateway.command(*WITHOUT_RIGHTS),
        )
        try:
            gateway.start()
            yield Place(
                network,
                gateway,
                (origins.http(80, ORIGIN[0]), origins.http(80, ORIGIN[1])),
                (
                    origins.https(certificate, http2=True, port=443, address=ORIGIN[0]),
                    origins.https(certificate, http2=True, port=443, address=ORIGIN[1]),
                ),
            )
        finally:
            gateway.stop()
            resolver.close()
            shutil.rmtree(state)


@pytest.fixture
def place(running: Place) -> Place:
    """It, and as if nothing had happened on it."""
    running.gateway.forget()
    for origin in (*running.http, *running.https):
        origin.seen.forget()
    return running


@BOTH
@pytest.mark.parametrize(
    ("url", "http2"),
    [
        pytest.param("http://allowed.test/news", False, id="http"),
        pytest.param("https://allowed.test/news", False, id="https"),
        pytest.param("https://allowed.test/news", True, id="http2"),
    ],
)
def test_an_allowed_page_is_had(place: Place, url: str, http2: bool, version: int) -> None:
    answer = place.get(url, version, http2=http2)
    assert answer.status == 200
    assert answer.text.startswith("hello from allowed.test")
    (row,) = place.gateway.decisions()
    assert (row.host, row.verdict, row.client_ip) == ("allowed.test", "allow", None)


@BOTH
@pytest.mark.parametrize(
    ("url", "http2"),
    [
        pytest.param("http://bet.test/table", False, id="http"),
        pytest.param("https://bet.test/table", False, id="https"),
        pytest.param("https://bet.test/table", True, id="http2"),
    ],
)
def test_a_blocked_page_is_ours_and_the_origin_is_never_contacted(
    place: Place, url: str, http2: bool, version: int
) -> None:
    answer = place.get(url, version, http2=http2)
    assert answer.status == 403
    assert "Gambling: this page is blocked" in answer.text
    assert [origin.seen.connections for origin in (*place.http, *place.https)] == [0, 0, 0, 0]
    (row,) = place.gateway.decisions()
    assert (row.host, row.verdict, row.client_ip) == (
        "bet.test",
        "block",
        namespaces.CLIENT[version],
    )
