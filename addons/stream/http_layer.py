"""HTTP with one client: its connection, its streams, and the connections to origins that serve them."""

import time

from mitmproxy.connection import Connection, ConnectionState, Server
from mitmproxy.proxy import commands, events, layer, tunnel
from mitmproxy.proxy.context import Context
from mitmproxy.proxy.layers.http import (
    GetHttpConnection,
    GetHttpConnectionCompleted,
    HttpClient,
    HttpLayer,
    HTTPMode,
    RegisterHttpConnection,
)

from addons.stream.edge import edge_of
from addons.stream.http1 import GatewayHttp1Client, GatewayHttp1Server
from addons.stream.http2 import GatewayHttp2Client, GatewayHttp2Server, Settle
from addons.stream.http_stream import GatewayStream, Tick
from addons.stream.tls import GatewayServerTLS
from addons.stream.tunnel import MOST_QUEUED

# How often streams look at their deadlines, while there are streams.
_TICK_SECONDS = 1.0
# Connections to origins kept open for one client that asks for many.
_IDLE_ORIGINS = 8
# How often, in numbers of streams, what HTTP/2 remembers of streams that are over is thrown away.
_FORGET_EVERY = 1000
# Of what one client may leave waiting, what one of its streams may.
_STREAMS_IN_FULL = 8


class GatewayHttpLayer(HttpLayer):
    """See the essay in `addons/stream/__init__.py`."""

    streams: dict[int, GatewayStream]  # type: ignore[assignment]

    def __init__(self, context: Context, mode: HTTPMode) -> None:
        super().__init__(context, mode)
        self._edge = edge_of(context)
        self._client: GatewayHttp1Server | GatewayHttp2Server | None = None
        self._origins: dict[Connection, GatewayHttp1Client | GatewayHttp2Client] = {}
        self._clock: commands.RequestWakeup | None = None
        self._forget_at = _FORGET_EVERY
        self.carried: layer.Layer | None = None

    def handle_event(self, event: events.Event) -> layer.CommandGenerator[None]:
        """
        After a CONNECT this layer has nothing more to say, and events go straight to what it carries.

        mitmproxy takes each byte of a tunnel apart into HTTP and puts it together again.
        """
        if self.carried is None:
            return super().handle_event(event)
        if isinstance(event, events.Wakeup) and (
            event.command is self._clock or event.command in self.command_sources
        ):
            return _nothing()
        return self.carried.handle_event(event)

    def _handle_event(self, event: events.Event) -> layer.CommandGenerator[None]:
        if isinstance(event, events.Start):
            server = GatewayHttp2Server if self.context.client.alpn == b"h2" else GatewayHttp1Server
            self._client = server(self.context.fork(), self)
            self.connections[self.context.client] = self._client
            yield from self.event_to_child(self._client, event)
        elif isinstance(event, events.Wakeup) and event.command is self._clock:
            yield from self._tick()
        elif isinstance(event, events.ConnectionEvent) and event.connection not in self.connections:
            if event.connection == self.context.server:
                yield from self._origin_speaks_first(event)
            # Any other was closed and forgotten.
        else:
            yield from super()._handle_event(event)
        for connection, origin in self._origins.items():
            if isinstance(origin, GatewayHttp2Client) and origin.held_back:
                yield from self.event_to_child(self.connections[connection], Settle())

    def _origin_speaks_first(self, event: events.ConnectionEvent) -> layer.CommandGenerator[None]:
        """On a connection that was made for its TLS and has carried no request yet."""
        if isinstance(event, events.ConnectionClosed):
            yield commands.CloseConnection(event.connection)
            return
        client = self.make_client(self.context.fork())
        self.connections[event.connection] = client
        yield from self.event_to_child(client, events.Start())
        yield from self.event_to_child(client, event)

    def make_client(self, context: Context) -> GatewayHttp1Client | GatewayHttp2Client:
        """What speaks to the origin of `context`, by what was agreed with it."""
        kind = GatewayHttp2Client if context.server.alpn == b"h2" else GatewayHttp1Client
        client = self._origins[context.server] = kind(context, self)
        return client

    # --- streams

    def make_stream(self, stream_id: int) -> layer.CommandGenerator[None]:
        """A request has come."""
        stream = self.streams[stream_id] = GatewayStream(self.context.fork(), stream_id, self)
        yield from self.event_to_child(stream, events.Start())
        if stream_id > self._forget_at:
            self._forget_at = stream_id + _FORGET_EVERY
            for peer in (self._client, *self._origins.values()):
                if isinstance(peer, GatewayHttp2Server | GatewayHttp2Client):
                    peer.forget(self.streams)
        if self._clock is None:
            self._clock = commands.RequestWakeup(_TICK_SECONDS)
            yield self._clock

    def _tick(self) -> layer.CommandGenerator[None]:
        self._clock = None
        now = time.monotonic()
        for stream in list(self.streams.values()):
            if stream.is_late(now):
                yield from self.event_to_child(stream, Tick(stream.stream_id))
        if self.streams:
            self._clock = commands.RequestWakeup(_TICK_SECONDS)
            yield self._clock

    # --- back-pressure

    def client_is_full(self, stream_id: int) -> bool:
        """Whether what an origin sends on this stream would only wait here."""
        client = self._client
        if not isinstance(client, GatewayHttp2Server) or not client.h2_conn.stream_buffers:
            return False
        most = self._edge.limits.buffered_bytes
        return (
            client.h2_conn.waiting(stream_id) > most // _STREAMS_IN_FULL
            or client.h2_conn.waiting_in_all() > most
        )

    def origin_is_full(self, stream_id: int) -> bool:
        """Whether what a client sends on this stream would only wait here."""
        stream = self.streams.get(stream_id)
        if stream is None:
            return False
        if stream.is_waiting(MOST_QUEUED):
            return True
        server = stream.context.server
        origin = self._origins.get(server)
        if origin is None:
            return False
        most = self._edge.limits.buffered_bytes // _STREAMS_IN_FULL
        waiting = origin.waiting(stream_id) if isinstance(origin, GatewayHttp2Client) else 0
        return waiting > most or self._edge.waiting(server) > most

    # --- connections to origins

    def get_connection(self, event: GetHttpConnection, *, reuse: bool = True) -> layer.CommandGenerator[None]:
        """mitmproxy's, without upstream proxies and datagrams, with our layers."""
        if reuse:
            for connection in self.connections:
                if not event.connection_spec_matches(connection):
                    continue
                if connection in self.waiting_for_establishment:
                    self.waiting_for_establishment[connection].append(event)
                    return
                # HTTP/1 answers one request at a time: each of an HTTP/2 client's gets its own connection.
                alone = self.context.client.alpn == b"h2" and connection.alpn != b"h2"
                if connection.connected and not alone:
                    yield from self._reply(event, (connection, None))
                    return
        prepared = self.context.server
        matches = prepared not in self.connections and event.connection_spec_matches(prepared)
        if matches and prepared.error:
            # Told once: the next request tries again.
            failure, prepared.error = prepared.error, None
            yield from self._reply(event, (None, failure))
            return
        context = self.context.fork()
        stack = tunnel.LayerStack()
        if not (matches and prepared.connected):
            context.server = Server(address=event.address)
            if event.tls:
                at_the_address = self.mode is HTTPMode.transparent and event.address == prepared.address
                context.server.sni = (
                    prepared.sni or self.context.client.sni if at_the_address else None
                ) or event.address[0]
                stack /= GatewayServerTLS(context)
        stack /= _Client(context, self)
        yield from self._make_room()
        self.connections[context.server] = stack[0]
        self.waiting_for_establishment[context.server].append(event)
        yield from self.event_to_child(stack[0], events.Start())

    def _reply(
        self, event: GetHttpConnection, reply: tuple[None, str] | tuple[Connection, None]
    ) -> layer.CommandGenerator[None]:
        stream = self.command_sources.pop(event)
        yield from self.event_to_child(stream, GetHttpConnectionCompleted(event, reply))

    def was_used(self, server: Connection) -> bool:
        """Whether this connection to an origin has carried a request."""
        origin = self._origins.get(server)
        return origin is not None and origin.requests > 0

    def _make_room(self) -> layer.CommandGenerator[None]:
        """mitmproxy keeps every connection that a client ever used: those forgotten by their origins, too."""
        idle = [c for c, o in self._origins.items() if isinstance(o, GatewayHttp1Client) and o.idle]
        for connection in idle[: max(0, len(idle) - _IDLE_ORIGINS + 1)]:
            yield commands.CloseConnection(connection)
        for connection in list(self.connections):
            if (
                connection.state is ConnectionState.CLOSED
                and connection not in self.waiting_for_establishment
                and connection is not self.context.client
            ):
                del self.connections[connection]
                self._origins.pop(connection, None)


def _nothing() -> layer.CommandGenerator[None]:
    yield from ()


class _Client(HttpClient):
    """Opens the connection to an origin and then speaks what was agreed."""

    def __init__(self, context: Context, http: GatewayHttpLayer) -> None:
        super().__init__(context)
        self._http = http

    def _handle_event(self, event: events.Event) -> layer.CommandGenerator[None]:
        failure: str | None = None
        if not self.context.server.connected:
            failure = yield commands.OpenConnection(self.context.server)
        if not failure:
            self.child_layer = self._http.make_client(self.context)
            self._handle_event = self.child_layer.handle_event  # type: ignore[method-assign]
            yield from self.child_layer.handle_event(event)
        yield RegisterHttpConnection(self.context.server, failure)
