"""
TLS with clients and with origins: mitmproxy's `TlsConfig`, less what a gateway must not do.

Taken from it are the two hooks that make OpenSSL connections. Not taken: making an authority where there is
none, the magic URL of a revocation list, QUIC, and its `tls_clienthello` (which of the two sides
comes first is the gatekeeper's to say). With clients the certificate is ours; with origins theirs is
checked against the system's trust and what the organisation adds to it, and a bad one is refused, not
hidden.
"""

import ssl
from pathlib import Path
from typing import Any

import certifi
from mitmproxy import certs, tls
from mitmproxy.addonmanager import Loader
from mitmproxy.addons.tlsconfig import TlsConfig
from mitmproxy.proxy import context

from addons.certificates import Certificates
from addons.exchanges import state_of
from addons.fail_closed import LastResort, fail_closed
from addons.settings import DestinationSettings
from policy.errors import ConfigurationError


class GatewayTls:
    """Makes the two ends of an intercepted connection."""

    def __init__(self, certificates: Certificates, last_resort: LastResort) -> None:
        self._config = _Config(certificates)
        self.last_resort = last_resort

    def load(self, loader: Loader) -> None:
        """Add mitmproxy's options about TLS, with its defaults: TLS 1.2 at least, on both sides."""
        self._config.load(loader)  # type: ignore[no-untyped-call]  # mitmproxy's own is not annotated

    @fail_closed
    def tls_start_client(self, data: tls.TlsData) -> None:
        """Shake hands with a client, unless it was refused: then the layer finds nothing and closes."""
        if not state_of(data.context.client).close_tls:
            self._config.tls_start_client(data)

    @fail_closed
    def tls_start_server(self, data: tls.TlsData) -> None:
        """Shake hands with an origin."""
        self._config.tls_start_server(data)


class _Config(TlsConfig):
    def __init__(self, certificates: Certificates) -> None:
        self._certificates = certificates
        self.certstore = certificates.store()

    def get_cert(self, conn_context: context.Context) -> certs.CertStoreEntry:
        # For the name the client asked for, and no other: a browser would reuse the connection for those.
        tunnel = state_of(conn_context.client).tunnel
        if tunnel is None:
            raise ValueError("TLS without a CONNECT")
        return self._certificates.leaf((tunnel.sni or tunnel.connect).host)


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
