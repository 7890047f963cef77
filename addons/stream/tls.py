"""
TLS with the client and with the origin, bounded, and our own tunnel where it is not decrypted.

Changed from mitmproxy: a ClientHello has a greatest size; an ignored connection becomes a `Tunnel`, which
counts; a handshake that the origin does not finish ends in time.
"""

import time

from mitmproxy import connection
from mitmproxy.proxy import commands, events, layer, tunnel
from mitmproxy.proxy.layers import tls
from mitmproxy.tls import ClientHelloData

from addons.stream.edge import edge_of
from addons.stream.failure import Failure
from addons.stream.tunnel import Tunnel
from policy.words import Ended

_HANDSHAKE_MOST = 64 * 1024  # of a ClientHello; with post-quantum keys they have two to four thousand bytes


class GatewayClientTLS(tls.ClientTLSLayer):
    """TLS with the client: decrypted, or found not to be."""

    def receive_handshake_data(self, data: bytes) -> layer.CommandGenerator[tuple[bool, str | None]]:
        """Returns (done, error)."""
        if self.client_hello_parsed:
            return (yield from tls.TLSLayer.receive_handshake_data(self, data))
        edge = edge_of(self.context)
        edge.began()
        self.recv_buffer.extend(data)
        try:
            hello = tls.parse_client_hello(bytes(self.recv_buffer))
        except ValueError:
            return False, "Cannot parse ClientHello"
        if hello is None:
            too_much = len(self.recv_buffer) > _HANDSHAKE_MOST
            return False, "Cannot parse ClientHello" if too_much else None
        self.client_hello_parsed = True
        self.conn.sni = hello.sni
        self.conn.alpn_offers = hello.alpn_protocols
        asked = ClientHelloData(self.context, hello)
        yield tls.TlsClienthelloHook(asked)
        if asked.ignore_connection:
            yield from self._pass_through()
            return True, None
        if asked.establish_server_tls_first and not self.context.server.tls_established:
            # Where it fails, the page that says so is shown inside the client's TLS.
            yield from self.start_server_tls()
            edge.unfinished_since = time.monotonic()
        yield from self.start_tls()
        if not self.conn.connected:
            return False, "connection closed early"
        done = yield from tls.TLSLayer.receive_handshake_data(self, bytes(self.recv_buffer))
        self.recv_buffer.clear()
        if done[0]:
            edge.unfinished_since = None
        return done

    def _pass_through(self) -> layer.CommandGenerator[None]:
        # The layers' own connections become ones that never speak, so that what is said on the real ones
        # goes past them.
        self.conn = self.tunnel_connection = connection.Client(
            peername=("ignored", 0), sockname=("ignored", 0)
        )
        above = self.context.layers[self.context.layers.index(self) - 1]
        if isinstance(above, tls.ServerTLSLayer):
            above.conn = above.tunnel_connection = connection.Server(address=None)
        self.child_layer = Tunnel(self.context)
        yield from self.event_to_child(events.DataReceived(self.context.client, bytes(self.recv_buffer)))
        self.recv_buffer.clear()

    def on_handshake_error(self, err: str) -> layer.CommandGenerator[None]:
        """Without mitmproxy's words about it."""
        yield from tls.TLSLayer.on_handshake_error(self, err)
        self.event_to_child = self.errored  # type: ignore[method-assign]


class GatewayServerTLS(tls.ServerTLSLayer):
    """TLS with an origin, in time."""

    _deadline: commands.RequestWakeup | None = None

    def start_handshake(self) -> layer.CommandGenerator[None]:
        """Called when the connection stands."""
        yield from super().start_handshake()
        if self.tunnel_state is tunnel.TunnelState.ESTABLISHING:
            self._deadline = commands.RequestWakeup(edge_of(self.context).limits.origin_connect_seconds)
            yield self._deadline

    def _handle_event(self, event: events.Event) -> layer.CommandGenerator[None]:
        if isinstance(event, events.Wakeup) and event.command is self._deadline:
            if self.tunnel_state is tunnel.TunnelState.ESTABLISHING:
                failure = Failure(Ended.TIMEOUT)
                yield from self.on_handshake_error(failure)
                yield from self._handshake_finished(failure)
        else:
            yield from super()._handle_event(event)
