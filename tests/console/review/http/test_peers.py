"""A connection to the service: the kernel says whose it is, and it must speak."""

import os
import socket
from pathlib import Path

import pytest

from console.review.http import peers
from console.review.http.server import unix_listener
from tests.console.review.serving import People, serving, socket_of


def connected(path: Path) -> socket.socket:
    connection = socket.socket(socket.AF_UNIX)
    connection.settimeout(20)
    connection.connect(str(path))
    return connection


def said(connection: socket.socket, *, until: bytes = b"") -> bytes:
    found = b""
    while True:
        try:
            piece = connection.recv(1 << 16)
        except ConnectionResetError:
            return found
        found += piece
        if not piece or (until and until in found):
            return found


@pytest.mark.parametrize(
    "begun",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(b"POST /who HTTP/1.1\r\nHost: review\r\nX-Slow: ", id="a-head-without-end"),
    ],
)
def test_who_connects_and_does_not_ask_is_let_go(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, begun: bytes
) -> None:
    monkeypatch.setattr(peers, "HEAD_SECONDS", 0.05)
    with serving([unix_listener(socket_of(tmp_path))], People()), connected(socket_of(tmp_path)) as peer:
        peer.sendall(begun)
        assert said(peer) == b""


def test_a_head_that_is_longer_than_any_is_refused(tmp_path: Path) -> None:
    with serving([unix_listener(socket_of(tmp_path))], People()), connected(socket_of(tmp_path)) as peer:
        peer.sendall(b"POST /who HTTP/1.1\r\nX-Long: " + b"x" * (2 * peers.MOST_HEAD_BYTES))
        assert said(peer).startswith(b"HTTP/1.1 400 ")


def test_two_questions_on_one_connection_are_the_same_accounts(tmp_path: Path) -> None:
    people = People()
    with serving([unix_listener(socket_of(tmp_path))], people), connected(socket_of(tmp_path)) as peer:
        for _ in range(2):
            peer.sendall(b"POST /who HTTP/1.1\r\nHost: review\r\nContent-Length: 0\r\n\r\n")
            assert b"403" in said(peer, until=b"}")
    assert len(set(people.seen)) == 1
    assert len(people.seen) == 2


def test_no_header_says_whose_connection_it_is(tmp_path: Path) -> None:
    people = People()
    with serving([unix_listener(socket_of(tmp_path))], people), connected(socket_of(tmp_path)) as peer:
        peer.sendall(
            b"POST /who HTTP/1.1\r\nHost: review\r\nForwarded: for=1.2.3.4\r\nX-Forwarded-User: jane\r\n"
            b"X-Remote-User: jane\r\nAccount: 65534\r\nContent-Length: 0\r\n\r\n"
        )
        assert b"403" in said(peer, until=b"}")
    assert people.seen == [os.environ.get("USER", "root") if os.getuid() else "root"]


def test_the_service_does_not_say_what_it_is(tmp_path: Path) -> None:
    with serving([unix_listener(socket_of(tmp_path))], People()), connected(socket_of(tmp_path)) as peer:
        peer.sendall(b"POST /who HTTP/1.1\r\nHost: review\r\nContent-Length: 0\r\n\r\n")
        answer = said(peer, until=b"}").lower()
    assert b"server:" not in answer
    assert b"uvicorn" not in answer
