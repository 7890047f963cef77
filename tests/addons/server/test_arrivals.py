"""Who has connected, and to what: from the kernel's word and from a balancer's."""

import asyncio
import contextlib
import json
import os
import socket
import struct
import subprocess
from collections.abc import AsyncIterator
from ipaddress import ip_network

import pytest

from addons.server import arrivals as module
from addons.server.arrivals import Arrivals, original_destination
from addons.settings import Mode
from addons.stream.arrival import Arrival
from tests.journeys.harness.namespaces import Namespace, needs_root

LOCAL = [ip_network("127.0.0.0/8")]
HEADER = bytes.fromhex("0d0a0d0a000d0a515549540a 2111 000c") + (
    socket.inet_aton("192.0.2.9") + socket.inet_aton("198.51.100.7") + struct.pack("!HH", 50123, 443)
)
NOBODY = bytes.fromhex("0d0a0d0a000d0a515549540a 2000 0000")


@contextlib.asynccontextmanager
async def connected() -> AsyncIterator[tuple[socket.socket, socket.socket]]:
    """A client's socket, and ours."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        client = socket.create_connection(listening.getsockname())
        accepted, _ = listening.accept()
    client.setblocking(False)
    accepted.setblocking(False)
    with client, accepted:
        yield client, accepted


async def look(sent: bytes, mode: Mode, *, proxies: bool) -> tuple[Arrival | None, list[str], bytes]:
    """What is found, what was counted, and what is left to read."""
    counted: list[str] = []
    async with connected() as (client, accepted):
        client.sendall(sent)
        client.shutdown(socket.SHUT_WR)
        found = await Arrivals(LOCAL if proxies else [], counted.append).look(accepted, mode)
        left = accepted.recv(100)
        if found is not None and not proxies:
            assert (found.client, found.to) == (client.getsockname(), accepted.getsockname())
    return found, counted, left


async def test_a_client_that_was_told_of_us_is_where_it_wanted_to_be() -> None:
    found, counted, left = await look(b"GET ", Mode.EXPLICIT, proxies=False)
    assert found is not None
    assert (found.mode, counted, left) == (Mode.EXPLICIT, [], b"GET ")


async def test_one_that_was_not_redirected_is_refused() -> None:
    assert await look(b"GET ", Mode.TRANSPARENT, proxies=False) == (None, ["not-redirected"], b"GET ")


@pytest.mark.parametrize(
    ("mode", "to"),
    [(Mode.EXPLICIT, None), (Mode.TRANSPARENT, ("198.51.100.7", 443))],
    ids=["explicit", "transparent"],
)
async def test_a_balancer_speaks_for_its_client(mode: Mode, to: tuple[str, int] | None) -> None:
    """And not a byte more is read than is the balancer's."""
    found, counted, left = await look(HEADER + b"GET / HTTP/1.1", mode, proxies=True)
    assert found is not None
    assert (found.client, counted, left) == (("192.0.2.9", 50123), [], b"GET / HTTP/1.1")
    assert to is None or found.to == to


async def test_a_balancer_that_looks_whether_we_live_speaks_for_itself() -> None:
    found, counted, left = await look(NOBODY + b"GET ", Mode.EXPLICIT, proxies=True)
    assert found is not None
    assert (found.client[0], counted, left) == ("127.0.0.1", [], b"GET ")


@pytest.mark.parametrize(
    "sent",
    [b"GET / HTTP/1.1\r\n\r\n", b"PROXY TCP4 192.0.2.9 198.51.100.7 1 2\r\n", HEADER[:20], b""],
    ids=["a-request", "version-1", "cut-off", "nothing"],
)
async def test_a_balancer_that_does_not_say_for_whom_is_refused(sent: bytes) -> None:
    found, counted, _ = await look(sent, Mode.EXPLICIT, proxies=True)
    assert (found, counted) == (None, ["no-proxy-header"])


async def test_a_balancer_that_says_nothing_is_waited_for_a_while(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_HEADER_SECONDS", 0.05)
    counted: list[str] = []
    async with connected() as (client, accepted), asyncio.timeout(2):
        client.sendall(HEADER[:5])
        assert await Arrivals(LOCAL, counted.append).look(accepted, Mode.EXPLICIT) is None
    assert counted == ["no-proxy-header"]


async def test_a_balancer_that_names_ourselves_is_refused() -> None:
    counted: list[str] = []
    async with connected() as (client, accepted):
        host, port = accepted.getsockname()
        ours = socket.inet_aton(host) + struct.pack("!H", port)
        client.sendall(HEADER[:20] + ours[:4] + HEADER[24:26] + ours[4:])
        assert await Arrivals(LOCAL, counted.append).look(accepted, Mode.TRANSPARENT) is None
    assert counted == ["not-redirected"]


REDIRECT = """table inet t {
  chain c {
    type nat hook output priority -100;
    tcp dport { 80, 443 } redirect to :8081
  }
}"""


@pytest.mark.parametrize(
    ("listening", "asked"),
    [("127.0.0.1", "192.0.2.1"), ("::1", "2001:db8::1")],
    ids=["ipv4", "ipv6"],
)
def test_anybody_may_ask_where_a_connection_led(listening: str, asked: str) -> None:
    """In a network namespace of its own, by an account that is nobody's and holds no capability."""
    needs_root()
    namespace = Namespace(f"sluicegate-{os.getpid()}-alone")
    subprocess.run(["ip", "netns", "add", namespace.name], check=True, timeout=20)
    try:
        for words in (("link", "set", "lo", "up"), ("addr", "add", asked, "dev", "lo")):
            namespace.run("ip", *words)
        namespace.run("nft", "-f", "-", text=REDIRECT)
        said = namespace.call(lambda: _as_nobody(listening, asked))
    finally:
        subprocess.run(["ip", "netns", "del", namespace.name], check=True, timeout=20)
    assert said == {"uid": 65534, "redirected": [asked, 443], "straight": [listening, 8081]}


def _as_nobody(listening: str, asked: str) -> dict[str, object]:
    """In a child that has given every right away: what the kernel says of two connections."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            os.setgroups([])
            os.setresgid(65534, 65534, 65534)
            os.setresuid(65534, 65534, 65534)
            family = socket.AF_INET6 if ":" in listening else socket.AF_INET
            with socket.create_server((listening, 8081), family=family) as server:
                answers = []
                for host, port in ((asked, 443), (listening, 8081)):
                    with socket.create_connection((host, port), 2), server.accept()[0] as accepted:
                        answers.append(original_destination(accepted))
            said = {"uid": os.geteuid(), "redirected": answers[0], "straight": answers[1]}
            os.write(writing, json.dumps(said).encode())
        finally:
            os._exit(0)
    os.close(writing)
    with os.fdopen(reading) as answer:
        text = answer.read()
    os.waitpid(child, 0)
    found: dict[str, object] = json.loads(text)
    return found
