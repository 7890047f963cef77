"""
HTTP/1, both ends, with what mitmproxy's parsers leave open closed.

- A head has a greatest size; so have the pieces of the chunked coding that are not body.
- What is no request gets the fixed page, and no flow is made of it.
- A request to the proxy itself has an absolute target, as RFC 9112, 3.2.2 demands. mitmproxy makes one of
  Host. But what we send has none, so that it would go round for ever where an address that is not ours leads
  back to us: a balancer's, or a port that somebody forwards.
- Trailers are dropped, as RFC 9110, 6.5.1 allows; mitmproxy raises at them, and the other side waits.
- A body without a length is sent chunked, so that a client sees when it was cut off: mitmproxy closes the
  connection, which is what a complete body looks like too. (HTTP/1.0 knows no chunks: there it is reset.)
  To an origin it sends such a body of an HTTP/2 request without any framing, where it would be read as the
  next request.
- An empty piece of a body is not sent: in the chunked coding it would be the end.
- Provisional answers (100, 103) of an origin are skipped, not taken for the answer.
- A connection that is to end says so with its next answer (RFC 9112, 9.6), and is closed when there is none.
"""

from typing import TYPE_CHECKING, Any

import h11
from h11._readers import ChunkedReader
from h11._receivebuffer import ReceiveBuffer
from mitmproxy import http
from mitmproxy.connection import ConnectionState
from mitmproxy.net.http import http1
from mitmproxy.net.http.status_codes import RESPONSES
from mitmproxy.proxy import commands, events, layer
from mitmproxy.proxy.context import Context
from mitmproxy.proxy.layers.http import HTTPMode
from mitmproxy.proxy.layers.http._base import HttpEvent, ReceiveHttp
from mitmproxy.proxy.layers.http._events import (
    ErrorCode,
    RequestData,
    RequestHeaders,
    RequestTrailers,
    ResponseData,
    ResponseHeaders,
    ResponseProtocolError,
    ResponseTrailers,
)
from mitmproxy.proxy.layers.http._http1 import (
    Http1Client,
    Http1Connection,
    Http1Server,
    make_body_reader,
    should_make_pipe,
)

from addons.stream.edge import AwaitDrain, ResetConnection, edge_of
from addons.stream.failure import NOT_READABLE, TOO_MUCH
from addons.stream.tunnel import refuse

if TYPE_CHECKING:
    from addons.stream.http_layer import GatewayHttpLayer

_SWITCHING_PROTOCOLS = 101
_OK = 200


class Chunks(ChunkedReader):
    """Reads a chunked body and forgets its trailers."""

    def __call__(self, buf: ReceiveBuffer) -> h11.Data | h11.EndOfMessage | None:
        read = super().__call__(buf)
        return h11.EndOfMessage() if isinstance(read, h11.EndOfMessage) else read


class _Bounded(Http1Connection):
    """What both ends have in common."""

    def __init__(self, context: Context, http: "GatewayHttpLayer") -> None:
        super().__init__(context)  # type: ignore[call-arg]  # of the concrete class that comes after this one
        self._edge = edge_of(context)
        self._http = http
        self._edge.gauges[self.conn] = self.is_full

    def is_full(self) -> bool:
        """Whether what comes next could not be passed on."""
        raise NotImplementedError

    def start_body(self, expected: int | None, event: events.ConnectionEvent) -> layer.CommandGenerator[None]:
        """A head has been read: go on with its body."""
        self.body_reader = Chunks() if expected is None else make_body_reader(expected)
        self.state = self.read_body
        yield from self.read_body(event)

    def read_body(self, event: events.Event) -> layer.CommandGenerator[None]:
        """Reads on; what is left over is a chunk's head or the trailers."""
        yield from super().read_body(event)
        if self.state == self.read_body and len(self.buf) > self._edge.limits.header_bytes:
            assert self.stream_id is not None  # noqa: S101 (for the type checker)
            yield commands.CloseConnection(self.conn)
            yield ReceiveHttp(
                self.ReceiveProtocolError(
                    self.stream_id, "too much between two chunks", self.ReceiveProtocolError.code
                )
            )


class GatewayHttp1Server(_Bounded, Http1Server):
    """Towards the client."""

    _idle_at: int | None = None  # for which request it waited when it was last looked at while draining

    def is_full(self) -> bool:
        """Pipelined requests wait in the socket; so does a body that its origin does not take."""
        if self.state == self.passthrough:
            return False
        return len(self.buf) > self._edge.limits.header_bytes or self._http.origin_is_full(self.stream_id)

    def start(self, _event: events.Event) -> layer.CommandGenerator[None]:
        """The first event."""
        self.state = self.read_headers
        yield AwaitDrain()

    state: Any = start  # whichever method takes the next event

    def _handle_event(self, event: events.Event) -> layer.CommandGenerator[None]:
        # Not a generator of its own: this stands on the path of every event.
        return self._drain() if isinstance(event, events.Wakeup) else super()._handle_event(event)

    def _drain(self) -> layer.CommandGenerator[None]:
        """The connection is to end, or has been idle for as long as it may be."""
        assert self._edge.patience is not None  # noqa: S101 (for the type checker)
        idle = self.state == self.read_headers and not self.buf
        if idle and self._idle_at == self.stream_id:
            yield commands.CloseConnection(self.conn)
        elif self.state not in {self.done, self.passthrough}:
            self._idle_at = self.stream_id if idle else None
            yield commands.RequestWakeup(self._edge.patience)

    def read_headers(self, event: events.ConnectionEvent) -> layer.CommandGenerator[None]:
        """Between two requests, or in the head of one."""
        if not isinstance(event, events.DataReceived):
            yield commands.CloseConnection(self.conn)
            return
        while (lines := self.buf.maybe_extract_lines()) == []:
            pass  # an empty line before a request
        if lines is None:
            if len(self.buf) > self._edge.limits.header_bytes:
                yield from self._refuse("head-too-large", 431)
            elif self.buf:
                self._edge.began()
            return
        self._edge.unfinished_since = None
        if sum(map(len, lines)) > self._edge.limits.header_bytes:
            yield from self._refuse("head-too-large", 431)
            return
        try:
            request = http1.read_request_head([bytes(line) for line in lines])
            expected = http1.expected_http_body_size(request)
        except ValueError:
            yield from self._refuse("malformed", 400)
            return
        if self._http.mode is HTTPMode.regular and not request.host:
            yield from self._refuse("no-absolute-target", 400)
            return
        self.request = request
        yield ReceiveHttp(RequestHeaders(self.stream_id, request, expected == 0))
        yield from self.start_body(expected, event)

    def _refuse(self, why: str, status: int) -> layer.CommandGenerator[None]:
        self.state = self.done
        yield from refuse(self.context, why, status)

    def send(self, event: HttpEvent) -> layer.CommandGenerator[None]:
        """To the client."""
        if isinstance(event, ResponseData):
            if not event.data:
                return
        elif isinstance(event, ResponseHeaders):
            event.response = self._last(self._framed(event))
        elif isinstance(event, ResponseTrailers):
            return
        elif isinstance(event, ResponseProtocolError):
            yield from self._failed(event)
            return
        yield from super().send(event)

    def _last(self, response: http.Response) -> http.Response:
        """The answer, with the word that no other follows where the connection is to end."""
        assert self.request is not None  # noqa: S101 (for the type checker)
        if self._edge.patience is None or should_make_pipe(self.request, response):
            return response
        response = response.copy()
        response.headers["connection"] = "close"
        return response

    def _framed(self, event: ResponseHeaders) -> http.Response:
        """The answer as this client can tell its end."""
        response = event.response
        assert self.request is not None  # noqa: S101 (for the type checker)
        knows_chunks = self.request.is_http11
        # -1 is a body that ends with its connection, None one in chunks.
        if http1.expected_http_body_size(self.request, response) != (-1 if knows_chunks else None):
            return response
        response = response.copy()
        if response.is_http2:
            response.reason = RESPONSES.get(response.status_code, "")
        response.http_version = "HTTP/1.1"
        response.headers.pop("connection", None)
        coding = response.headers.pop("transfer-encoding", None)
        if knows_chunks:
            response.headers["transfer-encoding"] = f"{coding}, chunked" if coding else "chunked"
        return response

    def _failed(self, event: ResponseProtocolError) -> layer.CommandGenerator[None]:
        if not self.conn.state & ConnectionState.CAN_WRITE:
            return
        status = event.code.http_status_code()
        if self.response is not None:
            tunnelled = event.code is ErrorCode.PASSTHROUGH_CLOSE
            yield commands.CloseConnection(self.conn) if tunnelled else ResetConnection(self.conn)
        elif status is not None:
            yield from self._refuse(event.code.name.lower().replace("_", "-"), status)
        else:
            yield commands.CloseConnection(self.conn)


class GatewayHttp1Client(_Bounded, Http1Client):
    """Towards an origin."""

    requests = 0  # that it was given so far

    @property
    def idle(self) -> bool:
        """Whether it waits for a request."""
        return self.stream_id is None and self.requests > 0

    def is_full(self) -> bool:
        """An HTTP/2 client may leave one answer unread."""
        return self.stream_id is not None and self._http.client_is_full(self.stream_id)

    def read_headers(self, event: events.ConnectionEvent) -> layer.CommandGenerator[None]:
        """Between two answers, or in the head of one."""
        if not isinstance(event, events.DataReceived) or self.request is None or self.stream_id is None:
            yield from super().read_headers(event)
            return
        while (lines := self.buf.maybe_extract_lines()) is not None:
            if sum(map(len, lines)) > self._edge.limits.header_bytes:
                yield from self._cannot_read(TOO_MUCH)
                return
            try:
                response = http1.read_response_head([bytes(line) for line in lines])
                expected = http1.expected_http_body_size(self.request, response)
            except ValueError:
                yield from self._cannot_read(NOT_READABLE)
                return
            if 100 <= response.status_code < _OK and response.status_code != _SWITCHING_PROTOCOLS:
                continue
            self.response = response
            yield ReceiveHttp(ResponseHeaders(self.stream_id, response, expected == 0))
            yield from self.start_body(expected, event)
            return
        if len(self.buf) > self._edge.limits.header_bytes:
            yield from self._cannot_read(TOO_MUCH)

    def _cannot_read(self, message: str) -> layer.CommandGenerator[None]:
        assert self.stream_id is not None  # noqa: S101 (for the type checker)
        self.state = self.done
        yield commands.CloseConnection(self.conn)
        yield ReceiveHttp(ResponseProtocolError(self.stream_id, message, ErrorCode.GENERIC_SERVER_ERROR))

    def send(self, event: HttpEvent) -> layer.CommandGenerator[None]:
        """To the origin."""
        if isinstance(event, RequestTrailers) or (isinstance(event, RequestData) and not event.data):
            return
        if isinstance(event, RequestHeaders):
            self.requests += 1
            request = event.request
            if request.is_http2 and not event.end_stream and "content-length" not in request.headers:
                event.request = request.copy()
                event.request.headers["transfer-encoding"] = "chunked"
        yield from super().send(event)
