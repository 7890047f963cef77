"""The demo's own small internet."""

import http.client
import ssl
from pathlib import Path

import pytest

from console.cli.demo_origin import serve_pages

NAMES = ["intranet.demo.test", "social.test"]


def test_it_answers_over_http_under_any_name(tmp_path: Path) -> None:
    with serve_pages(NAMES, tmp_path) as origin:
        connection = http.client.HTTPConnection("127.0.0.1", origin.http_port, timeout=5)
        connection.request("GET", "/x", headers={"Host": "<b>intranet.demo.test"})
        answer = connection.getresponse()
        body = answer.read().decode()
    assert answer.status == 200
    assert "as &lt;b&gt;intranet.demo.test" in body


@pytest.mark.parametrize("name", NAMES)
def test_its_certificate_holds_for_its_names_under_its_own_authority(tmp_path: Path, name: str) -> None:
    with serve_pages(NAMES, tmp_path) as origin:
        assert _get(tmp_path, origin.https_port, name) == 200
        with pytest.raises(ssl.SSLCertVerificationError):
            _get(tmp_path, origin.https_port, "other.test")


def test_it_ends_with_the_block(tmp_path: Path) -> None:
    with serve_pages(NAMES, tmp_path) as origin:
        pass
    with pytest.raises(ConnectionRefusedError):
        http.client.HTTPConnection("127.0.0.1", origin.http_port, timeout=5).request("GET", "/")


def test_its_key_is_its_owners(tmp_path: Path) -> None:
    with serve_pages(NAMES, tmp_path):
        assert (tmp_path / "origin.pem").stat().st_mode & 0o777 == 0o600


def _get(folder: Path, port: int, name: str) -> int:
    import socket

    context = ssl.create_default_context(cafile=folder / "origin-ca.pem")
    with (
        socket.create_connection(("127.0.0.1", port), timeout=5) as raw,
        context.wrap_socket(raw, server_hostname=name) as tls,
    ):
        tls.sendall(f"GET / HTTP/1.1\r\nHost: {name}\r\nConnection: close\r\n\r\n".encode())
        return int(tls.recv(64).split()[1])
