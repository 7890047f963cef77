"""What is carried without being read, and what is not carried."""

from mitmproxy import connection
from mitmproxy.connection import ConnectionState
from mitmproxy.net.http.http1 import assemble_response
from mitmproxy.proxy import commands, events, layer
from mitmproxy.proxy.context import Context

from addons.stream.edge import edge_of
from addons.stream.failure import ended_by
from policy.words import Ended

# Events a layer may have waiting for a connection being opened before its client is read no further.
MOST_QUEUED = 16


class Tunnel(layer.Layer):
    """
    Bytes both ways, counted and not kept: a TLS connection that is not decrypted.

    mitmproxy's own layer says nothing at the end of a connection it was told to ignore.
    """

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self._edge = edge_of(context)
        self._in = self._out = 0
        self._started = False

    def _handle_event(self, event: events.Event) -> layer.CommandGenerator[None]:
        client, server = self.context.client, self.context.server
        if isinstance(event, events.Start):
            self._edge.unfinished.add(self)
            self._edge.unfinished_since = None
            self._edge.gauges[client] = self._is_full
            if not server.connected:
                failure = yield commands.OpenConnection(server)
                if failure:
                    self._end(ended_by(failure))
                    yield commands.CloseConnection(client)
        elif isinstance(event, events.DataReceived):
            if event.connection == client:
                self._in += len(event.data)
                yield commands.SendData(server, event.data)
            else:
                self._out += len(event.data)
                yield commands.SendData(client, event.data)
        elif isinstance(event, events.ConnectionClosed):
            yield from self._closed(event.connection)

    def _closed(self, ended: connection.Connection) -> layer.CommandGenerator[None]:
        client, server = self.context.client, self.context.server
        if (client.state | server.state) & ConnectionState.CAN_READ:
            yield commands.CloseTcpConnection(server if ended == client else client, half_close=True)
            if ConnectionState.CLOSED not in {client.state, server.state}:
                return
        self._end(Ended.COMPLETE)
        yield commands.CloseConnection(server)
        yield commands.CloseConnection(client)

    def _end(self, ended: Ended) -> None:
        if self in self._edge.unfinished:
            self._edge.unfinished.discard(self)
            self._edge.exits.tunnel_ended(self.context.client, self._in, self._out, ended)

    def give_up(self, ended: Ended) -> None:
        """Its connection is gone."""
        self._edge.exits.tunnel_ended(self.context.client, self._in, self._out, ended)

    def _is_full(self) -> bool:
        return len(self._paused_event_queue) > MOST_QUEUED


class NotHttp(layer.Layer):
    """Closes a tunnel whose first bytes are neither TLS nor HTTP. Nothing of it goes anywhere."""

    def _handle_event(self, event: events.Event) -> layer.CommandGenerator[None]:
        if isinstance(event, events.Start):
            host, port = self.context.server.address or ("", 0)
            edge_of(self.context).exits.not_http(self.context.client, host, port)
            yield commands.CloseConnection(self.context.client)


class NotARequest(layer.Layer):
    """Answers what came to the proxy itself and cannot be HTTP with the fixed page."""

    def _handle_event(self, event: events.Event) -> layer.CommandGenerator[None]:
        if isinstance(event, events.Start):
            yield from refuse(self.context, "not-http", 400)


def refuse(context: Context, why: str, status: int) -> layer.CommandGenerator[None]:
    """Answer an HTTP/1 client with the fixed page and close."""
    page = edge_of(context).exits.not_a_request(why)
    page.status_code = status
    page.headers["connection"] = "close"
    yield commands.SendData(context.client, assemble_response(page))
    yield commands.CloseConnection(context.client)
