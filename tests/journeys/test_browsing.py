"""What a person meets: pages that are allowed, pages that are not, over every protocol a browser speaks."""

import re
import ssl
from dataclasses import dataclass

import pytest

from policy.identifiers import read_reference
from tests.journeys.conftest import PINNED, World
from tests.journeys.harness.clients import Answer, exchange
from tests.journeys.harness.gateway import Gateway
from tests.journeys.harness.origins import Origin

pytestmark = pytest.mark.journey

BROWSER = {"Accept": "text/html,application/xhtml+xml", "Sec-Fetch-Dest": "document"}


@dataclass(frozen=True, slots=True)
class Way:
    """A way from a client to an origin."""

    scheme: str
    origin: str
    http2: bool = False

    def to(self, world: World) -> Origin:
        """The origin at its end."""
        origin: Origin = getattr(world, self.origin)
        return origin

    def get(self, gateway: Gateway, world: World, host: str, target: str = "/") -> Answer:
        """One GET this way."""
        url = f"{self.scheme}://{host}:{self.to(world).port}{target}"
        return gateway.client().get(url, headers=BROWSER, http2=self.http2)


WAYS = [
    pytest.param(Way("http", "http"), id="http"),
    pytest.param(Way("https", "https1"), id="https-h1-to-h1"),
    pytest.param(Way("https", "https"), id="https-h1-to-h2"),
    pytest.param(Way("https", "https1", http2=True), id="https-h2-to-h1"),
    pytest.param(Way("https", "https", http2=True), id="https-h2-to-h2"),
]


def reference_of(answer: Answer) -> str:
    """The reference that a page shows, as it is stored."""
    shown = re.search(r"\b[0-9A-Z]{4}-[0-9A-Z]{4}\b", answer.text)
    assert shown, answer.text
    return read_reference(shown.group())


@pytest.mark.parametrize("way", WAYS)
def test_an_allowed_page_is_carried_and_recorded(gateway: Gateway, world: World, way: Way) -> None:
    answer = way.get(gateway, world, "allowed.test", "/news/today?q=1")
    assert (answer.status, answer.complete) == (200, True)
    assert answer.text == f"hello from allowed.test:{way.to(world).port}\n"
    (row,) = gateway.decisions("step = 'request'")
    assert (row.verdict, row.reason, row.host, row.final) == ("allow", "not-listed", "allowed.test", 1)
    assert row.decrypted == (way.scheme == "https")
    outcome = gateway.outcome_of(row)
    assert (outcome.status, outcome.ended, outcome.content_type) == (200, "complete", "text/plain")
    assert outcome.bytes_out == len(answer.body)
    tunnels = gateway.decisions("step = 'connect'")
    assert [tunnel.reason for tunnel in tunnels] == ["tunnel"] * (way.scheme == "https")


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("host", ["bet.test", "www.bet.test"])
def test_a_blocked_host_is_answered_with_our_page_and_never_contacted(
    gateway: Gateway, world: World, way: Way, host: str
) -> None:
    answer = way.get(gateway, world, host, "/table/7?stake=5")
    assert answer.status == 403
    assert answer.headers["cache-control"] == "no-store"
    assert "online gambling" in answer.text
    assert "clause 3.2" in answer.text
    (row,) = gateway.decisions("step = 'request'")
    assert row.reference == reference_of(answer)
    assert (row.verdict, row.reason, row.category, row.list) == ("block", "listed", "gambling", "gambling")
    assert (row.entry, row.line, row.found_by, row.host) == ("bet.test", 2, "host-index", host)
    assert (row.path, row.client_ip, row.final) == (None, None, 1), "nobody is known, so nobody was told"
    assert gateway.outcome_of(row).ended == "refused"
    assert way.to(world).seen.connections == 0


@pytest.mark.parametrize("way", WAYS)
def test_a_blocked_page_of_an_allowed_host_is_not_asked_for(gateway: Gateway, world: World, way: Way) -> None:
    for target, entry in (("/casino/", "allowed.test/casino"), ("/play/roulette/1", "/roulette/")):
        answer = way.get(gateway, world, "allowed.test", target)
        assert answer.status == 403
        (row,) = gateway.decisions("reference = ?", reference_of(answer))
        assert (row.verdict, row.category, row.entry) == ("block", "gambling", entry)
    assert way.get(gateway, world, "allowed.test", "/casinos").status == 200
    assert [target for _, _, target in way.to(world).seen.requests] == ["/casinos"]


@pytest.mark.parametrize("way", WAYS)
def test_bodies_arrive_whole_and_are_counted(gateway: Gateway, world: World, way: Way) -> None:
    size = 3_000_000
    for target in (f"/bytes/{size}", f"/chunked/{size}"):
        answer = way.get(gateway, world, "allowed.test", target)
        assert (len(answer.body), answer.complete) == (size, True)
    url = f"{way.scheme}://allowed.test:{way.to(world).port}/count"
    answer = gateway.client().request("POST", url, body=b"x" * 60_000, http2=way.http2)
    assert answer.text == "60000"
    sizes = [gateway.outcome_of(row) for row in gateway.decisions("step = 'request'")]
    assert [(outcome.bytes_in, outcome.bytes_out) for outcome in sizes] == [(0, size), (0, size), (60_000, 5)]


@pytest.mark.parametrize("way", WAYS)
def test_a_body_that_breaks_off_does_not_look_complete(gateway: Gateway, world: World, way: Way) -> None:
    try:
        answer = way.get(gateway, world, "allowed.test", "/cut/100000")
    except ConnectionError:
        pass  # a reset says it as clearly
    else:
        assert not answer.complete
    (row,) = gateway.decisions("step = 'request'")
    assert gateway.outcome_of(row).ended == "origin-left"


def test_a_kept_connection_carries_allowed_and_blocked_requests_in_turn(
    gateway: Gateway, world: World
) -> None:
    with gateway.client().kept(f"https://allowed.test:{world.https1.port}") as kept:
        statuses = []
        for target in ("/", "/casino/", "/bytes/10", "/casino/2", "/"):
            answer = kept.get(target)
            assert answer is not None
            statuses.append(answer.status)
    assert statuses == [200, 403, 200, 403, 200]
    assert len(gateway.decisions("step = 'request' AND final")) == 5
    assert len(gateway.decisions("step = 'connect' AND final")) == 1


def test_a_privileged_site_is_not_decrypted_and_not_named(gateway: Gateway, world: World) -> None:
    """Whoever looks at the certificate sees the site's own; the log holds a category and an hour."""
    issuer = gateway.client().certificate("union.test", world.https1.port).issuer.rfc4514_string()
    assert issuer == "CN=Test origins"
    ours = gateway.client().certificate("allowed.test", world.https1.port).issuer.rfc4514_string()
    assert "Sluicegate" in ours
    line = gateway.client().tls("union.test", world.https1.port, trust=world.authority.ca_file)
    answer = exchange(line, "GET", "/bytes/5000", "union.test")
    line.close()
    assert answer is not None
    assert (answer.status, len(answer.body)) == (200, 5000)
    rows = gateway.decisions("retention_class = 'privileged'")
    assert {row.step for row in rows} == {"connect", "sni"}
    for row in rows:
        assert (row.record, row.decrypted) == ("category", 0)
        assert (row.host, row.person, row.client_ip, row.path, row.names) == (None, None, None, None, "[]")
        assert re.fullmatch(r"\d{4}-\d\d-\d\d.\d\d:00:00.*", row.at), row.at
        outcome = gateway.outcome_of(row)
        assert (outcome.status, outcome.bytes_in, outcome.bytes_out, outcome.duration_us) == (None, 0, 0, 0)


def test_a_site_that_would_break_is_not_decrypted_but_counted(gateway: Gateway, world: World) -> None:
    """Pinned certificates and the like; it is nobody's confidential advice, so its host is recorded."""
    line = gateway.client().tls(PINNED, world.https1.port, trust=world.authority.ca_file)
    answer = exchange(line, "GET", "/bytes/5000", PINNED)
    line.close()
    assert answer is not None
    assert len(answer.body) == 5000
    (row,) = gateway.decisions("step = 'sni'")
    assert (row.verdict, row.host, row.decrypted, row.final) == ("allow", PINNED, 0, 1)
    outcome = gateway.outcome_of(row)
    assert outcome.ended == "complete"
    assert outcome.bytes_out > 5000
    assert outcome.bytes_in > 100


def test_an_essential_host_is_reached_whatever_else_is_said_of_its_url(
    gateway: Gateway, world: World
) -> None:
    answer = gateway.client().get(f"http://updates.test:{world.http.port}/roulette/")
    assert answer.status == 200
    (row,) = gateway.decisions()
    assert (row.verdict, row.reason, row.category) == ("allow", "essential", "essential")


@pytest.mark.parametrize("scheme", ["ws", "wss"])
def test_a_websocket_is_carried_both_ways_and_has_an_outcome(
    gateway: Gateway, world: World, scheme: str
) -> None:
    port = (world.http if scheme == "ws" else world.https1).port
    socket = gateway.client().websocket(f"{scheme}://allowed.test:{port}/ws")
    for size in (1, 70_000):
        socket.send(b"m" * size)
        assert socket.receive() == b"m" * size
    socket.close()
    (row,) = gateway.decisions("step = 'request'")
    outcome = gateway.outcome_of(row)
    assert outcome.status == 101
    # The messages, and the two bytes of the code it was closed with.
    assert (outcome.bytes_in, outcome.bytes_out) == (70_003, 70_003)


@pytest.mark.parametrize("scheme", ["ws", "wss"])
def test_a_websocket_to_a_blocked_host_is_refused(gateway: Gateway, world: World, scheme: str) -> None:
    origin = world.http if scheme == "ws" else world.https1
    socket = gateway.client().websocket(f"{scheme}://bet.test:{origin.port}/ws")
    assert socket.refused is not None
    assert socket.refused.status == 403
    assert origin.seen.connections == 0


def test_a_switch_to_a_protocol_that_nobody_knows_is_not_carried(gateway: Gateway, world: World) -> None:
    line = gateway.client().line()
    headers = {"Upgrade": "odd", "Connection": "upgrade"}
    url = f"http://allowed.test:{world.http.port}/switch"
    answer = exchange(line, "GET", url, f"allowed.test:{world.http.port}", headers)
    assert answer is not None
    assert answer.status != 101
    line.close()


@pytest.mark.parametrize(
    "said",
    [
        pytest.param(b"SSH-2.0-OpenSSH_9.9\r\n", id="ssh"),
        pytest.param(b"\x00\x01\x02\x03\x04\x05\x06\x07", id="binary"),
    ],
)
def test_what_is_not_http_is_closed_and_recorded(gateway: Gateway, world: World, said: bytes) -> None:
    line, answer = gateway.client().tunnel("allowed.test", world.raw.port)
    assert answer is not None
    assert answer.status == 200
    line.send(said)
    assert line.some() == b""
    line.close()
    (row,) = gateway.decisions("step = 'raw'")
    assert (row.verdict, row.reason, row.host) == ("block", "not-http", "allowed.test")
    assert world.raw.seen.connections == 0


def test_a_tunnel_may_only_lead_to_the_ports_that_are_named(gateway: Gateway, world: World) -> None:
    line, answer = gateway.client().tunnel("allowed.test", world.http.port)
    line.close()
    assert answer is not None
    assert answer.status == 403
    (row,) = gateway.decisions()
    assert (row.step, row.reason) == ("connect", "port")
    assert world.http.seen.connections == 0


def test_what_is_no_request_gets_a_fixed_page_and_is_counted(gateway: Gateway) -> None:
    before = sum(gateway.status().not_a_request.values())
    line = gateway.client().line()
    line.send(b"GET http://someone@allowed.test/ HTTP/1.1\r\nHost: allowed.test\r\n\r\n")
    answer = line.read_answer()
    line.close()
    assert answer is not None
    assert answer.status == 400
    assert not re.search(r"\b[0-9A-Z]{4}-[0-9A-Z]{4}\b", answer.text)
    assert gateway.decisions() == []
    gateway.wait_for_beat()
    assert sum(gateway.status().not_a_request.values()) == before + 1


def test_a_client_that_does_not_trust_our_certificate_is_served_nothing(
    gateway: Gateway, world: World
) -> None:
    with pytest.raises(ssl.SSLCertVerificationError):
        gateway.client().tls("allowed.test", world.https1.port, trust=world.authority.ca_file)
    assert world.https1.seen.requests == []
