"""
Whoever reads the operational logs learns nothing of what anybody asked for.

One day's worth of things that go right and wrong, all of it marked: hosts, paths, queries, headers, bodies,
names and passwords. Afterwards every file that the gateway has written is searched. Marks may stand where
decisions are kept, and there no password and no query; nowhere else.
"""

import base64
import contextlib
import os
import re
import signal
import socket
import ssl
import struct
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import bcrypt
import pytest

from tests.journeys.conftest import StartGateway, World
from tests.journeys.harness.clients import LIMIT, Line, WebSocket, exchange
from tests.journeys.harness.gateway import Gateway, eventually

pytestmark = pytest.mark.journey

HOST_MARK = "markedhost"
SECRET_MARK = "markedsecret"
PERSON_MARK = "markedperson"
# Files that workers are told by or tell with, and what they may hold: which hosts clients turned our
# certificate away from, and who has read the notice.
_TLS_TABLE = re.compile(r"run/tls-\d+\.json$")
_PRESENCE = re.compile(r"run/presence\.snapshot$")
PASSWORD = f"{SECRET_MARK}-password"
HOSTS = [f"{HOST_MARK}{number}.test" for number in range(12)]

# Where decisions are kept; everything else is a log.
KEPT = ("spool", "sluicegate.sqlite")


@pytest.fixture(scope="module")
def one_gateway(
    start: StartGateway, internet: World, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Gateway]:
    with internet.hosts_file.open("a") as file:
        file.writelines(f"127.0.0.1 {host}\n" for host in HOSTS)
    people = tmp_path_factory.mktemp("people") / "htpasswd"
    people.write_text(f"{PERSON_MARK}:{bcrypt.hashpw(PASSWORD.encode(), bcrypt.gensalt(4)).decode()}\n")
    people.chmod(0o600)
    settings = {
        "identity": {"kinds": ["htpasswd"], "htpasswd_file": str(people), "required": False},
        "limits": {"origin_first_byte_seconds": 0.5, "header_bytes": 16384},
    }
    yield start(settings=settings, readers=[("", PERSON_MARK)])


def raw(gateway: Gateway, said: bytes, *, reset: bool = False) -> None:
    """Say something and listen until the end, or slam the door."""
    with socket.create_connection(gateway.proxy, timeout=LIMIT) as client:
        client.sendall(said)
        if reset:
            client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            return
        client.shutdown(socket.SHUT_WR)
        with contextlib.suppress(OSError):
            while client.recv(65536):
                pass


def day(gateway: Gateway, world: World) -> Iterator[Callable[[], object]]:
    """Everything that can go right and wrong, each as something to do."""
    known = gateway.client(f"{PERSON_MARK}:{PASSWORD}")
    wrong = gateway.client(f"{PERSON_MARK}:{SECRET_MARK}-wrong")
    query = f"?token={SECRET_MARK}&next=1"
    http, https = world.http.port, world.https1.port
    for scheme, port in (("http", http), ("https", https)):
        for target in ("/", "/bytes/100000", "/cut/1000", "/hang", f"/casino/{SECRET_MARK}", "/echo-headers"):
            yield partial(
                known.request,
                "POST",
                f"{scheme}://{HOSTS[0]}:{port}{target}{query}",
                headers={"Cookie": f"id={SECRET_MARK}", "Referer": f"https://{HOSTS[1]}/{query}"},
                body=SECRET_MARK.encode(),
            )
            yield partial(wrong.get, f"{scheme}://{HOSTS[2]}:{port}{target}{query}")
    yield lambda: known.get(f"https://{HOSTS[3]}:{world.expired.port}/{query}")
    yield lambda: known.get(f"https://{HOSTS[3]}:{world.self_signed.port}/{query}", http2=True)
    yield lambda: known.get(f"http://{HOSTS[4]}.nowhere.test/{query}")
    yield lambda: known.get(f"http://{HOSTS[4]}:1/{query}")
    yield lambda: known.tls(HOSTS[5], https, trust=world.authority.ca_file)
    yield lambda: known.tls(HOSTS[5], world.raw.port)
    yield lambda: known.tunnel(HOSTS[6], 22)
    yield lambda: tunnelled(known.tunnel(HOSTS[6], https)[0], f"SSH-2.0-{SECRET_MARK}\r\n".encode())
    yield lambda: tunnelled(known.tunnel(HOSTS[6], https)[0], b"\x16\x03\x01\x40\x00" + HOSTS[6].encode() * 9)
    yield lambda: websocket(known.websocket(f"ws://{HOSTS[7]}:{http}/ws{query}"))
    yield lambda: exchange(
        known.line(),
        "GET",
        f"http://{HOSTS[7]}:{http}/switch",
        HOSTS[7],
        {"Upgrade": SECRET_MARK, "Connection": "upgrade"},
    )
    for said in (
        f"GET http://{SECRET_MARK}@{HOSTS[8]}/ HTTP/1.1\r\nHost: {HOSTS[8]}\r\n\r\n",
        f"GET http://{HOSTS[8]}/ HTTP/1.1\r\nHost: {HOSTS[8]}\r\nHost: {HOSTS[9]}\r\n\r\n",
        f"GET http://{HOSTS[8]}/ HTTP/1.1\r\nHost: {HOSTS[8]}\r\nX: a\r\n {SECRET_MARK}\r\n\r\n",
        f"GET http://{HOSTS[8]}\\@x/ HTTP/1.1\r\nHost: {HOSTS[8]}\r\n\r\n",
        f"GET ftp://{HOSTS[8]}/ HTTP/1.1\r\nHost: {HOSTS[8]}\r\n\r\n",
        f"GET http://{HOSTS[8]}/ HTTP/9.9 {SECRET_MARK}\r\n\r\n",
        f"CONNECT {HOSTS[8]}:nonsense HTTP/1.1\r\n\r\n",
        f"POST http://{HOSTS[8]}:{http}/count HTTP/1.1\r\nHost: {HOSTS[8]}\r\n"
        f"Transfer-Encoding: chunked\r\n\r\nzz{SECRET_MARK}\r\n",
        f"GET http://{HOSTS[8]}:{http}/ HTTP/1.1\r\nHost: {HOSTS[8]}\r\nX: {SECRET_MARK * 3000}\r\n\r\n",
        f"{SECRET_MARK}\r\n\r\n",
        f"Proxy-Authorization: {SECRET_MARK}\x00\xff",
    ):
        yield partial(raw, gateway, said.encode("latin-1"))
        yield partial(raw, gateway, said.encode("latin-1"), reset=True)
    token = base64.b64encode(f"{PERSON_MARK}:{PASSWORD}".encode()).decode()
    for credentials in (f"Basic {token}", f"Basic {SECRET_MARK}", f"Bearer {SECRET_MARK}", "Basic"):
        said = f"GET http://{HOSTS[10]}:{http}/ HTTP/1.1\r\nHost: {HOSTS[10]}:{http}\r\n"
        said += f"Proxy-Authorization: {credentials}\r\nConnection: close\r\n\r\n"
        yield partial(raw, gateway, said.encode())
    for _ in range(12):  # more than may be wrong in a minute
        yield lambda: wrong.get(f"http://{HOSTS[11]}:{http}/")


def tunnelled(line: Line, said: bytes) -> None:
    line.send(said)
    line.some()
    line.close()


def websocket(opened: WebSocket) -> None:
    opened.send(SECRET_MARK.encode())
    opened.receive()
    opened.close()


def test_a_marked_day_leaves_its_marks_in_the_decisions_and_nowhere_else(
    gateway: Gateway, world: World
) -> None:
    done = 0
    for happening in day(gateway, world):
        with contextlib.suppress(OSError, ssl.SSLError):
            happening()
        done += 1
    assert done > 60
    # Errors of ours belong to such a day, too: a worker dies while it works.
    slow = gateway.client(f"{PERSON_MARK}:{PASSWORD}").line()
    slow.send(f"GET http://{HOSTS[0]}:{world.http.port}/slow/3 HTTP/1.1\r\nHost: {HOSTS[0]}\r\n\r\n".encode())
    killed = gateway.worker().pid
    os.kill(killed, signal.SIGABRT)
    eventually(lambda: [w for w in gateway.status().workers if w.ready and w.pid != killed])
    slow.close()
    gateway.wait_for_beat()
    rows = gateway.decisions()
    # While it runs, for its files in `run/`, and its command line and environment.
    searched = list(searchable(gateway))
    gateway.stop()
    searched += list(searchable(gateway))
    assert any(name.endswith(".log") and content for name, content in searched)
    for name, content in searched:
        may_hold = {HOST_MARK: _TLS_TABLE.search(name), PERSON_MARK: _PRESENCE.search(name)}
        for mark in (HOST_MARK, SECRET_MARK, PERSON_MARK):
            if may_hold.get(mark):
                continue
            assert mark.encode() not in content.lower(), f"{mark} in {name}"

    assert len(rows) > 40
    assert any(HOST_MARK in (row.host or "") for row in rows)
    assert any(row.person == PERSON_MARK for row in rows)
    secrets = base64.b64encode(PASSWORD.encode())[:16]
    for path in kept_files(gateway.state):
        content = path.read_bytes()
        # A path that a person was refused is stored; a query, a header, a body and a password are not.
        assert content.count(SECRET_MARK.encode()) == content.count(f"/casino/{SECRET_MARK}".encode()), path
        assert secrets not in content, path


def kept_files(state: Path) -> list[Path]:
    return [
        path
        for path in state.rglob("*")
        if path.is_file() and path.relative_to(state).parts[0].startswith(KEPT)
    ]


def searchable(gateway: Gateway) -> Iterator[tuple[str, bytes]]:
    """Every file it has written but those that keep decisions, and what the system shows of its processes."""
    kept = set(kept_files(gateway.state))
    inputs = {gateway.state / "sluicegate.toml", gateway.state / "policy.toml"}
    for path in [gateway.log, *gateway.state.rglob("*")]:
        with contextlib.suppress(OSError):
            if path.is_file() and path not in kept | inputs:
                yield str(path), path.read_bytes()
    assert gateway.process is not None
    pids = [gateway.process.pid, *(worker.pid for worker in gateway.status().workers)]
    for pid in pids:
        for name in ("cmdline", "environ", "comm"):
            with contextlib.suppress(OSError):
                yield f"/proc/{pid}/{name}", Path(f"/proc/{pid}/{name}").read_bytes()
