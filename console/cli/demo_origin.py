"""
The demo's own small internet: a page over http and over https on this machine, under any name.

The gateway's `hosts_file` leads the demo's names here, so that nothing of it needs the internet. The
https certificate is signed by an authority made for this one run, which the demo's gateway trusts and
nobody else does.
"""

import html
import ssl
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from socket import socket
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from addons.ca.usage import OF_AUTHORITY, OF_SERVER

_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Origin:
    """Where it listens, on 127.0.0.1."""

    http_port: int
    https_port: int


class _Page(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        host = html.escape(self.headers.get("Host", ""))
        page = (
            '<!doctype html><html lang="en-GB"><meta charset="utf-8"><title>It works</title>'
            f"<h1>It works</h1><p>This page came through the gateway, from this machine, as {host}.</p>\n"
        ).encode()
        self.send_response(200)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(page)))
        self.end_headers()
        self.wfile.write(page)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - http.server's name
        """Nothing: the terminal belongs to the demo."""


class _TlsServer(ThreadingHTTPServer):
    def __init__(self, address: tuple[str, int], context: ssl.SSLContext) -> None:
        super().__init__(address, _Page)
        self._context = context

    def finish_request(self, request: Any, client_address: Any) -> None:
        # In the connection's own thread, so that a client that never shakes hands holds nobody up.
        with suppress(OSError), self._context.wrap_socket(request, server_side=True) as secured:
            super().finish_request(secured, client_address)


@contextmanager
def serve_pages(names: Sequence[str], folder: Path) -> Iterator[Origin]:
    """
    Serve while the block runs. `folder` gets `origin-ca.pem`, to be trusted, and the server's own key.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(_make_certificate(names, folder))
    servers = [ThreadingHTTPServer(("127.0.0.1", 0), _Page), _TlsServer(("127.0.0.1", 0), context)]
    threads = [threading.Thread(target=server.serve_forever, daemon=True) for server in servers]
    for thread in threads:
        thread.start()
    try:
        yield Origin(*(_port(server.socket) for server in servers))
    finally:
        for server in servers:
            server.shutdown()
            server.server_close()


def _port(listener: socket) -> int:
    port: int = listener.getsockname()[1]
    return port


def _make_certificate(names: Sequence[str], folder: Path) -> Path:
    """`origin-ca.pem`, and the path of a file with the server's certificate and key."""
    now = datetime.now(UTC)
    authority_key, key = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
    issuer = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Sluicegate demo origin")])
    authority = (
        _unsigned(issuer, issuer, authority_key, now)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(OF_AUTHORITY, critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(authority_key.public_key()), critical=False)
        .sign(authority_key, hashes.SHA256())
    )
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, names[0])])
    leaf = (
        _unsigned(subject, issuer, key, now)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(OF_SERVER, critical=True)
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name) for name in names]), critical=False)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(authority_key.public_key()), critical=False
        )
        .sign(authority_key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    (folder / "origin-ca.pem").write_bytes(authority.public_bytes(pem))
    chain = folder / "origin.pem"
    chain.touch(mode=0o600)
    chain.write_bytes(
        leaf.public_bytes(pem)
        + key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return chain


def _unsigned(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePrivateKey, now: datetime
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - _DAY)
        .not_valid_after(now + 30 * _DAY)
    )
