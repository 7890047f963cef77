"""
TLS with clients and with origins: mitmproxy's `TlsConfig`, less what a gateway must not do.

With origins it is mitmproxy's: their certificates are checked against the system's trust and what the
organisation adds to it, and a bad one is refused, not hidden. With clients it is our own, since
mitmproxy's gives every leaf the authority's key, hands it to OpenSSL anew for each connection, and
never sends a chain. Not taken either: making an authority where there is none, the magic URL of a
revocation list, QUIC, and its `tls_clienthello` (which of the two sides comes first is the gatekeeper's
to say).

A leaf that is not there yet is asked for when the ClientHello is read, and fetched when it is needed: between
the two lies the handshake with the origin, which takes longer than a signature.
"""

import ssl
from collections import Counter
from collections.abc import Awaitable
from pathlib import Path
from typing import Any

import certifi
from mitmproxy import tls
from mitmproxy.addonmanager import Loader
from mitmproxy.addons.tlsconfig import AppData, TlsConfig, alpn_select_callback
from OpenSSL import SSL

from addons.ca.client import SigningFailed
from addons.certificates import Certificates, Leaf
from addons.exchanges import ClientState, state_of
from addons.fail_closed import LastResort, fail_closed
from addons.settings import DestinationSettings
from policy.errors import ConfigurationError

# Of TLS 1.2: what an elliptic-curve certificate can do with authenticated encryption. Every client that
# has TLS 1.2 with such certificates has the first.
_CIPHERS = b"ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-ECDSA-CHACHA20-POLY1305"


class GatewayTls:
    """Makes the two ends of an intercepted connection."""

    def __init__(self, certificates: Certificates, last_resort: LastResort, counts: Counter[str]) -> None:
        self._certificates = certificates
        self._config = TlsConfig()
        self._counts = counts
        self.last_resort = last_resort

    def load(self, loader: Loader) -> None:
        """Add mitmproxy's options about TLS, with its defaults: TLS 1.2 at least with origins."""
        self._config.load(loader)

    @fail_closed
    def tls_clienthello(self, data: tls.ClientHelloData) -> None:
        """Have the leaf made, if this connection is looked into and the leaf is not there yet."""
        state = state_of(data.context.client)
        if not (data.ignore_connection or state.close_tls):
            self._certificates.ask(_shown(state))

    @fail_closed
    def tls_start_client(self, data: tls.TlsData) -> Awaitable[None] | None:
        """Shake hands with a client, unless it was refused: then the layer finds nothing and closes."""
        state = state_of(data.context.client)
        if state.close_tls:
            return None
        host = _shown(state)
        leaf = self._certificates.kept(host)
        if leaf is None:
            return self._shake_when_signed(data, host)
        _shake(data, leaf)
        return None

    @fail_closed
    def tls_start_server(self, data: tls.TlsData) -> None:
        """Shake hands with an origin."""
        self._config.tls_start_server(data)

    async def _shake_when_signed(self, data: tls.TlsData, host: str) -> None:
        try:
            leaf = await self._certificates.leaf(host)
        except SigningFailed as error:
            # Nothing was signed, nothing is shown: the handshake fails.
            self._counts[f"tls-not-signed:{error}"] += 1
            return
        _shake(data, leaf)


def _shown(state: ClientState) -> str:
    """The name that the client asked for, and no other: a browser would reuse the connection for those."""
    if state.tunnel is None:
        raise ValueError("TLS to no host")
    return (state.tunnel.sni or state.tunnel.connect).host


def _shake(data: tls.TlsData, leaf: Leaf) -> None:
    connection = SSL.Connection(leaf.context)
    connection.use_certificate(leaf.certificate)
    client, server = data.context.client, data.context.server
    connection.set_app_data(AppData(client_alpn=client.alpn, server_alpn=server.alpn, http2=True))
    connection.set_accept_state()
    data.ssl_conn = connection


def client_context() -> SSL.Context:
    """OpenSSL's context for connections with clients, without certificate and key: TLS 1.2 at least."""
    context = SSL.Context(SSL.TLS_SERVER_METHOD)
    context.set_min_proto_version(SSL.TLS1_2_VERSION)
    context.set_options(SSL.OP_CIPHER_SERVER_PREFERENCE | SSL.OP_NO_COMPRESSION | SSL.OP_NO_RENEGOTIATION)
    context.set_cipher_list(_CIPHERS)
    context.set_verify(SSL.VERIFY_NONE, None)
    context.set_alpn_select_callback(alpn_select_callback)
    return context


def tls_options(settings: DestinationSettings) -> dict[str, Any]:
    """mitmproxy's options for both sides. Raises `ConfigurationError` about `destinations.ca_file`."""
    folder = _system_folder()
    added = settings.ca_file
    if added is not None:
        _check(added)
        if folder is None:
            raise ConfigurationError(
                f"destinations.ca_file: {added} adds to the system's trusted certificates, and there are "
                "none; install the package ca-certificates"
            )
    return {
        # The origin's names would go into our leaf, and browsers send other hosts' requests over it.
        "upstream_cert": False,
        "ssl_insecure": False,
        "ssl_verify_upstream_trusted_confdir": folder,
        "ssl_verify_upstream_trusted_ca": str(added) if added else None if folder else certifi.where(),
    }


def _system_folder() -> str | None:
    """The system's folder of trusted certificates, by hash, where it has one with anything in it."""
    folder = Path(ssl.get_default_verify_paths().capath or "/nonexistent")
    return str(folder) if folder.is_dir() and any(folder.iterdir()) else None


def _check(path: Path) -> None:
    try:
        ssl.create_default_context(cafile=str(path))
    except ssl.SSLError as error:
        raise ConfigurationError(f"destinations.ca_file: {path}: expected certificates, PEM") from error
    except OSError as error:
        raise ConfigurationError(f"destinations.ca_file: {path}: {error.strerror}") from error
