"""
Notices handshakes that fail, with clients after our certificate and with origins, and counts them.

A client that does not accept our certificate says so in an alert, or says nothing and goes away: in the
handshake, or, as programs do that compare the certificate with one of their own, right after it. What it
went away from is counted by host (`tls_table.py`), how often it happened by side (for the metrics).
Other failures, such as a client without a cipher of ours, have nothing to do with trust and name nobody.
"""

import re
from collections import Counter
from collections.abc import Callable
from datetime import datetime

from mitmproxy import connection, http, tls

from addons.exchanges import state_of
from addons.fail_closed import LastResort, fail_closed
from addons.tls_table import TlsTable

# Alerts about the certificate that was shown (RFC 8446, 6.2), in OpenSSL's words.
_REFUSED = re.compile(
    r"alert (unknown ca|bad certificate|certificate \w+|unsupported certificate|access denied)"
)
# What mitmproxy calls an end without an alert.
_LEFT = "connection closed"


class TlsFailures:
    """Counts into a table of hosts and into counters by side."""

    def __init__(
        self,
        table: TlsTable,
        counts: Counter[str],
        is_privileged: Callable[[str], bool],
        now: Callable[[], datetime],
        last_resort: LastResort,
    ) -> None:
        self.last_resort = last_resort
        self._table = table
        self._counts = counts
        self._is_privileged = is_privileged
        self._now = now
        # Handshakes that succeeded on connections that have carried nothing yet, by the client's identifier.
        self._unused: dict[str, str] = {}

    def tls_failed_client(self, data: tls.TlsData) -> None:
        """A handshake with a client has failed."""
        if data.ssl_conn is None:
            return  # refused before it was shown anything
        self._counts["tls-failed:client"] += 1
        host = self._host(data.context.client)
        if host is None:
            return
        if _REFUSED.search(data.conn.error or ""):
            self._table.refused(host, self._now().date())
        elif data.conn.error == _LEFT:
            self._table.left(host, self._now().date())

    def tls_failed_server(self, _data: tls.TlsData) -> None:
        """A handshake with an origin has failed."""
        self._counts["tls-failed:origin"] += 1

    def tls_established_client(self, data: tls.TlsData) -> None:
        """A client has accepted our certificate, or not looked at it yet."""
        client = data.context.client
        host = self._host(client)
        if host is not None:
            self._unused[client.id] = host

    @fail_closed
    def requestheaders(self, flow: http.HTTPFlow) -> None:
        """A connection is used."""
        host = self._unused.pop(flow.client_conn.id, None)
        if host is not None:
            self._table.used(host)

    def client_disconnected(self, client: connection.Client) -> None:
        """A connection has ended, perhaps without having been used."""
        host = self._unused.pop(client.id, None)
        # What is privileged may have changed since.
        if host is not None and not self._is_privileged(host):
            self._table.left(host, self._now().date())

    def _host(self, client: connection.Client) -> str | None:
        tunnel = state_of(client).tunnel
        if tunnel is None:
            return None
        host = (tunnel.sni or tunnel.connect).host
        # Such a host is not decrypted, and must not be named whatever brought it here.
        return None if self._is_privileged(host) else host
