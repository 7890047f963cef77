"""Clients that know of no proxy, in network namespaces: routed through the gateway, and led to it."""

import contextlib
import json
import shlex
import shutil
import socket
import ssl
import struct
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

import pytest

from tests.browser import chromium, chromium_path
from tests.journeys.conftest import NAMES, PINNED
from tests.journeys.harness import namespaces
from tests.journeys.harness.certificates import OriginAuthority
from tests.journeys.harness.clients import Answer, Line, UnawareClient
from tests.journeys.harness.gateway import Gateway, copy_state, eventually, have_read_notice, sluicegate
from tests.journeys.harness.namespaces import (
    BALANCER,
    CLIENT,
    GATEWAY,
    INTERNET,
    ORIGIN,
    OUTSIDE,
    RESOLVER,
    STRANGER,
    NameServer,
    Network,
    ask,
    echo,
)
from tests.journeys.harness.origins import Origin, running_origins

pytestmark = pytest.mark.journey

# Every right there is taken away: nothing that the gateway does needs one.
WITHOUT_RIGHTS = ("setpriv", "--bounding-set=-all", "--inh-caps=-all", "--no-new-privs")
PORT = 8081
BOTH = pytest.mark.parametrize("version", [0, 1], ids=["ipv4", "ipv6"])


PERSON = "203.0.113.9"
READER = "jane"


@dataclass(frozen=True, slots=True)
class Place:
    """Three machines, with a gateway on the one in the middle."""

    network: Network
    gateway: Gateway
    http: tuple[Origin, Origin]  # IPv4, IPv6
    https: tuple[Origin, Origin]
    resolver: NameServer  # the organisation's
    stranger: NameServer

    def there[T](self, work: Callable[[], T]) -> T:
        """Do something on the client's machine."""
        return self.network.client.call(work)

    def unaware(self, version: int = 0) -> UnawareClient:
        """A client that has looked the names up, by IPv4 or IPv6."""
        return UnawareClient(ORIGIN[version], self.gateway.ca_file)

    def get(self, url: str, version: int = 0, *, http2: bool = False) -> Answer:
        """One GET of a client that knows of no proxy."""
        return self.there(lambda: self.unaware(version).get(url, http2=http2))

    def refused(self, why: str) -> int:
        """How many connections were no request, for this reason."""
        return self.gateway.status().not_a_request.get(why, 0)

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
    # Known by the device, and told: rows of nobody hold so little that they would compare too well.
    for address in (*CLIENT, PERSON):
        sluicegate("devices", "add", f"at-{address}", address, "--person", READER, state=state)
    have_read_notice(state, [("", READER)])
    resolver, stranger = NameServer(names), NameServer(names)
    with (
        namespaces.network() as network,
        running_origins(network.origin.enter) as origins,
        contextlib.ExitStack() as stack,
    ):
        for version in (0, 1):
            resolver.serve(stack, network.origin, RESOLVER[version])
            stranger.serve(stack, network.origin, STRANGER[version])
        for port, tcp in ((443, False), (853, False), (853, True), (4433, False), (4433, True)):
            echo(stack, network.origin, port, tcp=tcp)
        network.filter()
        gateway = Gateway(
            state,
            {
                "gateway": {
                    "workers": 1,
                    "drain_seconds": 1,
                    "mode": "both",
                    "listen": [f"{GATEWAY[0]}:8080"],
                    "proxy_protocol_from": [f"{BALANCER}/32"],
                },
                "destinations": {"inner": list(INTERNET), "ca_file": str(authority.ca_file)},
                "identity": {"kinds": ["device"], "required": False},
            },
            wrap=network.gateway.command(*WITHOUT_RIGHTS),
        )
        stack.callback(shutil.rmtree, state)
        stack.callback(gateway.stop)
        gateway.start()
        yield Place(
            network,
            gateway,
            (origins.http(80, ORIGIN[0]), origins.http(80, ORIGIN[1])),
            (
                origins.https(certificate, http2=True, port=443, address=ORIGIN[0]),
                origins.https(certificate, http2=True, port=443, address=ORIGIN[1]),
            ),
            resolver,
            stranger,
        )


@pytest.fixture
def place(running: Place) -> Place:
    """It, and as if nothing had happened on it."""
    running.gateway.forget()
    for origin in (*running.http, *running.https):
        origin.seen.forget()
    return running


# What is the same as for an explicit proxy ---------------------------------------------------------

PAGES = [
    pytest.param("http://allowed.test/news", False, 0, id="allowed-http"),
    pytest.param("https://allowed.test/news", False, 0, id="allowed-https"),
    pytest.param("https://allowed.test/news", True, 0, id="allowed-http2"),
    pytest.param("https://allowed.test/news", True, 1, id="allowed-http2-ipv6"),
    pytest.param("http://bet.test/table", False, 1, id="blocked-http-ipv6"),
    pytest.param("http://bet.test/table?all", False, 0, id="blocked-http"),
    pytest.param("https://www.bet.test/table", False, 0, id="blocked-https"),
    pytest.param("https://bet.test/table", True, 0, id="blocked-http2"),
    pytest.param("https://allowed.test/casino/x", True, 0, id="blocked-by-its-path"),
    pytest.param("https://virus.test/", False, 0, id="never-exempt"),
    pytest.param("https://updates.test/", False, 0, id="essential"),
    pytest.param("http://union.test/join", False, 0, id="privileged-http"),
    pytest.param("http://inner.test/", False, 0, id="inner-address"),
    pytest.param("http://nowhere.test/", False, 0, id="no-such-name"),
]
# What two exchanges cannot share: who they are, when, and in which batch they were shipped.
OWN = {"salt", "id", "exchange", "at", "reference", "batch"}
# The names that were said: an explicit proxy is told two more (the absolute target, or the CONNECT).
SAID = "names"


@pytest.mark.parametrize(("url", "http2", "version"), PAGES)
def test_a_page_is_decided_the_same_however_the_client_came(
    place: Place, url: str, http2: bool, version: int
) -> None:
    """Column by column; the answer, too. Beside it an explicit client has its CONNECT on record."""
    redirected = place.get(url, version, http2=http2)
    told = place.there(lambda: place.gateway.client().get(url, http2=http2))
    assert (redirected.status, redirected.complete) == (told.status, told.complete)
    one, other = place.gateway.decisions("step != 'connect'")
    different = {column for column, value in one.columns.items() if value != other.columns[column]}
    # The explicit proxy listens on IPv4 alone here.
    assert different <= OWN | {SAID} | ({"client_ip", "device"} if version else set())


def test_what_the_rows_share_is_what_they_should(place: Place) -> None:
    """The comparison above would hold for two empty rows."""
    place.get("https://www.bet.test/table")
    (row,) = place.gateway.decisions()
    assert (row.host, row.port, row.scheme, row.path, row.step) == (
        "www.bet.test",
        443,
        "https",
        "/table",
        "request",
    )
    assert (row.verdict, row.reason, row.category, row.decrypted) == ("block", "listed", "gambling", 1)
    assert (row.person, row.person_how, row.client_ip, row.record) == (READER, "device", CLIENT[0], "full")
    assert json.loads(row.names) == ["host:www.bet.test", "sni:www.bet.test"]


@BOTH
def test_an_allowed_page_comes_from_the_origin_and_a_blocked_one_never_reaches_it(
    place: Place, version: int
) -> None:
    assert place.get("http://allowed.test/news", version).text == "hello from allowed.test\n"
    assert place.get("https://allowed.test/news", version, http2=True).text == "hello from allowed.test\n"
    assert len(place.requests) == 2
    for origin in (*place.http, *place.https):
        origin.seen.forget()
    for url in ("http://bet.test/", "https://bet.test/"):
        answer = place.get(url, version)
        assert answer.status == 403
        assert "Gambling: this page is blocked" in answer.text
    assert [origin.seen.connections for origin in (*place.http, *place.https)] == [0, 0, 0, 0]


def test_a_name_that_is_there_over_ipv6_only_is_reached_over_it(place: Place) -> None:
    assert place.get("http://six.test/", 1).text == "hello from six.test\n"
    assert place.http[1].seen.connections == 1


@pytest.mark.parametrize("host", [PINNED, "union.test"], ids=["never-decrypt", "privileged"])
def test_what_is_not_decrypted_is_handed_on_with_its_own_certificate(place: Place, host: str) -> None:
    there = place.unaware().certificate
    assert "Test origins" in place.there(lambda: there(host, 443)).issuer.rfc4514_string()
    (row,) = place.gateway.decisions()
    assert (row.step, row.verdict, row.decrypted) == ("sni", "allow", 0)


def test_a_websocket_is_carried(place: Place) -> None:
    def speak() -> bytes | None:
        websocket = place.unaware().websocket("wss://allowed.test/ws")
        websocket.send(b"hello")
        answer = websocket.receive()
        websocket.close()
        return answer

    assert place.there(speak) == b"hello"


# What differs, because nobody asked for a proxy ----------------------------------------------------


def test_a_connection_made_straight_to_the_port_is_closed(place: Place) -> None:
    def ask(address: str) -> bytes:
        with socket.create_connection((address, PORT), timeout=5) as line:
            line.sendall(b"GET / HTTP/1.1\r\nHost: allowed.test\r\n\r\n")
            with contextlib.suppress(ConnectionResetError):
                return line.recv(100)
            return b""

    before = place.refused("not-redirected")
    straight = (*GATEWAY, *OUTSIDE)
    assert place.there(lambda: [ask(address) for address in straight]) == [b""] * 4
    assert place.requests == []
    assert place.gateway.decisions() == []
    eventually(lambda: place.refused("not-redirected") == before + 4, what="the count")


def test_where_nothing_names_a_site_its_address_is_judged(place: Place) -> None:
    """Host or SNI left out: then it is what the client dialled, which may not be inside."""
    for address, status in ((ORIGIN[0], 200), ("192.168.7.7", 403)):

        def ask(address: str = address) -> Answer | None:
            line = UnawareClient(address, place.gateway.ca_file).to(80)
            line.send(b"GET / HTTP/1.0\r\n\r\n")
            return line.read_answer()

        answer = place.there(ask)
        assert answer is not None
        assert answer.status == status
    reached, inner = place.gateway.decisions()
    assert (reached.host, reached.verdict) == (ORIGIN[0], "allow")
    assert (inner.host, inner.reason) == ("192.168.7.7", "private-address")
    assert json.loads(inner.names) == ["address:192.168.7.7"]


@pytest.mark.parametrize(
    ("port", "says", "reason"),
    [
        pytest.param(443, b"SSH-2.0-OpenSSH_9.9\r\n", "not-http", id="ssh-on-443"),
        pytest.param(80, b"\x00\x01\x02", "not-http", id="bytes-on-80"),
        pytest.param(443, b"GET / HTTP/1.1\r\nHost: allowed.test\r\n\r\n", "port", id="http-on-443"),
    ],
)
def test_what_does_not_belong_on_a_port_goes_nowhere(
    place: Place, port: int, says: bytes, reason: str
) -> None:
    def say() -> None:
        line = place.unaware().to(port)
        line.send(says)
        with contextlib.suppress(ConnectionResetError):
            line.some()

    place.there(say)
    (row,) = place.gateway.decisions()
    assert (row.verdict, row.reason, row.port) == ("block", reason, port)
    assert [origin.seen.connections for origin in (*place.http, *place.https)] == [0, 0, 0, 0]


def test_tls_on_port_80_is_closed(place: Place) -> None:
    with pytest.raises((ssl.SSLError, ConnectionError)):
        place.there(lambda: place.unaware().tls("allowed.test", 80))
    (row,) = place.gateway.decisions()
    assert (row.host, row.verdict, row.reason) == ("allowed.test", "block", "port")


def test_the_gateway_has_no_capability(place: Place) -> None:
    """The original destination is there for anybody: the shipped unit asks for nothing."""
    for worker in place.gateway.status().workers:
        status = Path(f"/proc/{worker.pid}/status").read_text("ascii")
        held = [line.split()[1] for line in status.splitlines() if line.startswith(("CapEff", "CapPrm"))]
        assert held == ["0" * 16] * 2


# Behind a balancer ---------------------------------------------------------------------------------


def header(to: str = ORIGIN[0], port: int = 80) -> bytes:
    """PROXY protocol, version 2: from PERSON."""
    addresses = socket.inet_aton(PERSON) + socket.inet_aton(to) + struct.pack("!HH", 50123, port)
    return b"\r\n\r\n\0\r\nQUIT\n\x21\x11" + struct.pack("!H", len(addresses)) + addresses


@pytest.mark.parametrize(
    ("port", "target"),
    [
        pytest.param(8080, "http://bet.test/", id="explicit"),
        pytest.param(PORT, "/", id="transparent"),
    ],
)
def test_a_balancer_says_whom_it_speaks_for(place: Place, port: int, target: str) -> None:
    def relay() -> Answer | None:
        line = Line(socket.create_connection((GATEWAY[0], port), 5, source_address=(BALANCER, 0)))
        line.send(header() + f"GET {target} HTTP/1.1\r\nHost: bet.test\r\n\r\n".encode())
        return line.read_answer()

    answer = place.there(relay)
    assert answer is not None
    assert answer.status == 403
    (row,) = place.gateway.decisions()
    assert (row.host, row.client_ip, row.verdict) == ("bet.test", PERSON, "block")


def test_a_balancer_that_does_not_say_it_is_refused(place: Place) -> None:
    """Its clients would all be one."""

    def relay() -> bytes:
        line = Line(socket.create_connection((GATEWAY[0], 8080), 5, source_address=(BALANCER, 0)))
        line.send(b"GET http://allowed.test/ HTTP/1.1\r\nHost: allowed.test\r\n\r\n")
        with contextlib.suppress(ConnectionResetError):
            return line.some()
        return b""

    before = place.refused("no-proxy-header")
    assert place.there(relay) == b""
    assert (place.requests, place.gateway.decisions()) == ([], [])
    eventually(lambda: place.refused("no-proxy-header") == before + 1, what="the count")


def test_nobody_else_can_say_who_they_are(place: Place) -> None:
    """With a right header, from an address that is not named."""

    def pretend() -> bytes:
        line = place.gateway.client().line()
        line.send(header() + b"GET http://bet.test/ HTTP/1.1\r\nHost: bet.test\r\n\r\n")
        return line.some()

    assert place.there(pretend).startswith(b"HTTP/1.1 400 ")
    assert place.gateway.decisions() == []


# Around the web ------------------------------------------------------------------------------------


@BOTH
def test_only_the_organisations_resolver_is_asked(place: Place, version: int) -> None:
    assert place.there(lambda: ask(RESOLVER[version], f"from{version}.test"))
    assert not place.there(lambda: ask(STRANGER[version], "allowed.test", seconds=0.3))
    assert not place.there(lambda: ask(STRANGER[version], "allowed.test", tcp=True, seconds=0.3))
    assert f"from{version}.test" in place.resolver.asked
    assert place.stranger.asked == []


@BOTH
@pytest.mark.parametrize(
    ("port", "tcp", "passes"),
    [
        pytest.param(443, False, False, id="http3"),
        pytest.param(853, False, False, id="dns-over-quic"),
        pytest.param(853, True, False, id="dns-over-tls"),
        pytest.param(4433, False, True, id="another-port"),
        pytest.param(4433, True, True, id="another-port-tcp"),
    ],
)
def test_what_would_go_past_the_gateway_does_not(
    place: Place, port: int, tcp: bool, passes: bool, version: int
) -> None:
    """The two that pass show that it is the rule that stops the others."""
    answered = place.there(lambda: ask(ORIGIN[version], "x.test", tcp=tcp, port=port, seconds=0.4))
    assert answered is passes


# What a person sees --------------------------------------------------------------------------------


def test_a_browser_without_any_setting_sees_pages_and_refusals(place: Place, tmp_path: Path) -> None:
    """Chromium on the client's machine: names from the organisation's resolver, our CA, and no proxy."""
    store = tmp_path / "home" / ".pki" / "nssdb"
    store.mkdir(parents=True)
    database = f"sql:{store}"
    subprocess.run(["certutil", "-d", database, "-N", "--empty-password"], check=True, timeout=30)
    trust = ["certutil", "-d", database, "-A", "-t", "C,,", "-n", "gateway", "-i", str(place.gateway.ca_file)]
    subprocess.run(trust, check=True, timeout=30)
    there = tmp_path / "chromium"
    command = shlex.join(place.network.client.command(chromium_path()))
    there.write_text(f'#!/bin/sh\nHOME={shlex.quote(str(tmp_path / "home"))} exec {command} "$@"\n')
    there.chmod(0o700)
    with chromium(path=str(there)) as browser:
        page = browser.new_page()
        answer = page.goto("https://allowed.test/news")
        assert answer is not None
        assert (answer.status, page.inner_text("body").strip()) == (200, "hello from allowed.test")
        answer = page.goto("https://social.test/feed")
        assert answer is not None
        assert answer.status == 403
        assert page.inner_text("h1") == "Social media: this page is blocked"
        shown = page.inner_text(".reference strong")
        page.screenshot(path=str(tmp_path / "blocked.png"))
        page.goto("http://bet.test/")
        assert page.inner_text("h1") == "Gambling: this page is blocked"
    rows = place.gateway.decisions("verdict = 'block' AND resource = 'visit'")
    assert [(row.host, row.client_ip in CLIENT) for row in rows] == [("social.test", True)]
    assert rows[0].reference == shown.replace("-", "")


def test_break_glass_is_the_same_for_clients_that_know_of_no_proxy(place: Place) -> None:
    """Nothing is decrypted: they are shown the origin's own certificate, or nothing."""
    place.gateway.command("break-glass", "open", "--for", "5m", "--because", "a test")
    eventually(lambda: place.get("http://bet.test/").status == 200, within=2)
    shown = place.there(lambda: place.unaware(1).certificate("bet.test", 443))
    assert "Test origins" in shown.issuer.rfc4514_string()
    with pytest.raises(ssl.SSLError):
        place.there(lambda: place.unaware().certificate("virus.test", 443))
    place.gateway.command("break-glass", "close")
    eventually(lambda: place.get("http://bet.test/").status == 403, within=2)
