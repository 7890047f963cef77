"""
One request and its answer.

mitmproxy's `HttpStream` is a pair of state machines, one for what the client sends and one for what the
origin does. Changed here:

- **A refused request is answered at once**, while its body is still coming, and the body is thrown away: a
  great deal of it, since a client that only sends gets to read the answer no other way, but not all.
- **Bodies stream**, unless an addon says otherwise in `requestheaders` or `responseheaders`.
- **A body that is for us** (`FOR_US`) is read as far as it may be long, and its request never leaves.
- **An answer can be refused by its head**: an addon that sets another response in `responseheaders` has it
  sent, and the origin's body goes nowhere.
- **An origin that cannot be had** is answered with a page of ours, with the word for why in
  `flow.metadata` and one `error` hook.
- **What an origin sends is cut off visibly** when it is not complete.
- **Nothing but WebSocket** may follow a 101.
"""

import base64
import hashlib
import time
from dataclasses import dataclass
from typing import Protocol

from mitmproxy import flow as flows
from mitmproxy import http
from mitmproxy.connection import Connection
from mitmproxy.proxy import commands, events, layer
from mitmproxy.proxy.context import Context
from mitmproxy.proxy.layers.http import DropStream, GetHttpConnection, HttpStream, SendHttp, validate_request
from mitmproxy.proxy.layers.http._base import HttpEvent
from mitmproxy.proxy.layers.http._events import (
    ErrorCode,
    RequestData,
    RequestEndOfMessage,
    RequestHeaders,
    RequestProtocolError,
    ResponseData,
    ResponseEndOfMessage,
    ResponseHeaders,
    ResponseProtocolError,
)
from mitmproxy.proxy.layers.http._hooks import (
    HttpErrorHook,
    HttpRequestHeadersHook,
    HttpRequestHook,
    HttpResponseHeadersHook,
    HttpResponseHook,
)

from addons.stream.edge import edge_of
from addons.stream.exits import BODIES, ENDED, FOR_US
from addons.stream.failure import NOT_READABLE, TOO_MUCH, ended_by
from addons.stream.websocket import WebSocket
from policy.words import Ended

# Of the body of a request that has been answered, before the connection (HTTP/2: the stream) is closed.
_DISCARDED_MOST = 1024**3
_DISCARDING_SECONDS = 120.0
# To send a body that is for us: a form of a few kilobytes.
_FOR_US_SECONDS = 30.0

_SWITCHING_PROTOCOLS = 101
_FAILURES = {TOO_MUCH: Ended.TOO_MUCH, NOT_READABLE: Ended.ERROR}
_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
_WITHOUT_BODY = frozenset({204, 304})
_WEBSOCKET_GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"  # RFC 6455, 1.3


@dataclass
class Tick(HttpEvent):
    """The stream's deadline has passed."""


class Carries(Protocol):
    """The layer that streams belong to, as far as they touch it."""

    carried: layer.Layer | None  # what a CONNECT leads to, once it has begun

    def was_used(self, server: Connection) -> bool:
        """Whether this connection to an origin has carried a request."""


class GatewayStream(HttpStream):
    """See the module's essay. `bytes_in` and `bytes_out` are of bodies, from the client and to it."""

    def __init__(self, context: Context, stream_id: int, http: Carries) -> None:
        super().__init__(context, stream_id)
        self._http = http
        self._edge = edge_of(context)
        self._began = 0.0  # when the request's head was complete
        self._deadline: float | None = None
        self._request_complete = False
        self._sent_upstream = False
        self._head_sent = False
        self._on_used_connection = False
        self._asked_again = False
        self._in = self._out = 0

    def is_waiting(self, most: int) -> bool:
        """Whether more than `most` events wait for a hook or a connection."""
        return self._paused is not None and len(self._paused_event_queue) > most

    def is_late(self, now: float) -> bool:
        """Whether a deadline has passed."""
        return self._deadline is not None and now > self._deadline

    def give_up(self, ended: Ended) -> commands.StartHook:
        """The client's connection is gone."""
        self.flow.metadata.setdefault(ENDED, ended)
        self.flow.metadata[BODIES] = (self._in, self._out)
        self.flow.live = False
        if self.flow.error is None:
            self.flow.error = flows.Error(ended.value)
        return HttpErrorHook(self.flow)

    def _end(self, hook: commands.StartHook) -> layer.CommandGenerator[None]:
        """The flow's last hook. Should it raise, `give_up` is the last but one to hear of it."""
        self.flow.metadata[BODIES] = (self._in, self._out)
        yield hook
        self._over()

    def _over(self) -> None:
        self._deadline = None
        self._edge.unfinished.discard(self)
        self.flow.metadata[BODIES] = (self._in, self._out)

    def _handle_event(self, event: events.Event) -> layer.CommandGenerator[None]:
        if isinstance(event, RequestData):
            self._in += len(event.data)
        elif isinstance(event, ResponseData):
            self._out += len(event.data)
        elif isinstance(event, Tick):
            yield from self._late()
            return
        elif isinstance(event, RequestEndOfMessage):
            self._request_complete = True
            yield from super()._handle_event(event)
            if self.server_state == self.state_wait_for_response_headers:
                self._deadline = time.monotonic() + self._edge.limits.origin_first_byte_seconds
            return
        yield from super()._handle_event(event)

    # --- the request

    def state_wait_for_request_headers(self, event: RequestHeaders) -> layer.CommandGenerator[None]:
        """mitmproxy's, until an addon has answered."""
        event.request.stream = True
        self._began = time.perf_counter()
        stock = super().state_wait_for_request_headers(event)
        reply = None
        while True:
            try:
                command = stock.send(reply)
            except StopIteration:
                if self.flow.error is not None:
                    # Its last step is to wait for an answer, even where nobody was found to give one.
                    self.server_state = self.state_errored
                elif FOR_US in self.flow.metadata:
                    self._deadline = time.monotonic() + _FOR_US_SECONDS
                return
            judged = isinstance(command, HttpRequestHeadersHook)
            if judged:
                self._edge.unfinished.add(self)
            reply = yield command
            if judged and FOR_US in self.flow.metadata:
                event.request.stream = False
            if judged and self.flow.response is not None and self.flow.error is None:
                stock.close()
                yield from self._answer()
                self._edge.times.request.observe(time.perf_counter() - self._began)
                return

    def state_consume_request_body(self, event: HttpEvent) -> layer.CommandGenerator[None]:
        """A body that is for us; a request without a body comes by here as well."""
        most = self.flow.metadata.get(FOR_US)
        if most is None:
            yield from super().state_consume_request_body(event)
        elif isinstance(event, RequestData):
            self.request_body_buf += event.data
            if len(self.request_body_buf) > most:
                yield from self._for_us(Ended.TOO_MUCH)
        elif isinstance(event, RequestEndOfMessage):
            yield from self._for_us(None)

    def _for_us(self, ended: Ended | None) -> layer.CommandGenerator[None]:
        """Have a request of ours answered: whole, or `ended` before it was."""
        self._deadline = None
        if ended is None:
            self.flow.request.raw_content = bytes(self.request_body_buf)
        else:
            self.flow.request.raw_content = None
            self.flow.metadata[ENDED] = ended
        self.request_body_buf.clear()
        # What still comes, while the hook runs and after it, is thrown away.
        self.client_state = self.state_discard_request_body
        yield HttpRequestHook(self.flow)
        if (yield from self.check_killed(True)):
            return
        if self.flow.response is None:
            yield from self._fail(Ended.ERROR)
        else:
            yield from self._answer()

    def check_invalid(self, request: bool) -> layer.CommandGenerator[bool]:
        """Returns whether it is. What is no request is no exchange: no hook, the fixed page."""
        if not request:
            return (yield from self._check_invalid_response())
        if validate_request(self.mode, self.flow.request, True) is None:
            return False
        self.flow.live = False
        self.client_state = self.server_state = self.state_errored
        code = ErrorCode.REQUEST_VALIDATION_FAILED
        yield SendHttp(ResponseProtocolError(self.stream_id, "", code), self.context.client)
        return True

    def start_request_stream(self) -> layer.CommandGenerator[None]:
        """The head to the origin; the body follows as it comes."""
        if (yield from self.make_server_connection()):
            yield SendHttp(
                RequestHeaders(self.stream_id, self.flow.request, end_stream=False), self.context.server
            )
            self.client_state = self.state_stream_request_body

    def make_server_connection(self) -> layer.CommandGenerator[bool]:
        """Returns whether there is one; where not, the client has been told."""
        request = self.flow.request
        if not self._asked_again:
            self._edge.times.request.observe(time.perf_counter() - self._began)
        connection, failure = yield GetHttpConnection(
            (request.host, request.port), request.scheme == "https", None, "tcp"
        )
        if failure:
            yield from self._fail(ended_by(failure))
            return False
        self.context.server = self.flow.server_conn = connection
        self._on_used_connection = self._http.was_used(connection)
        self._sent_upstream = True
        return True

    def state_discard_request_body(self, event: HttpEvent) -> layer.CommandGenerator[None]:
        """The answer has been given."""
        if isinstance(event, RequestData):
            if self._in > _DISCARDED_MOST:
                yield from self._stop_discarding()
        elif isinstance(event, RequestEndOfMessage):
            self.client_state = self.state_done
            yield DropStream(self.stream_id)

    def _stop_discarding(self) -> layer.CommandGenerator[None]:
        self._deadline = None
        self.client_state = self.state_errored
        yield SendHttp(
            ResponseProtocolError(self.stream_id, "", ErrorCode.PASSTHROUGH_CLOSE), self.context.client
        )
        yield DropStream(self.stream_id)

    # --- the answer

    def state_wait_for_response_headers(self, event: ResponseHeaders) -> layer.CommandGenerator[None]:
        """mitmproxy's, until an addon has set another answer."""
        self._deadline = None
        began = time.perf_counter()
        response = event.response
        if response.status_code == _SWITCHING_PROTOCOLS and not _agrees_to_websocket(
            self.flow.request, response
        ):
            yield from self._leave_origin()
            yield from self._fail(Ended.REFUSED)
            return
        response.stream = True
        stock = super().state_wait_for_response_headers(event)
        reply = None
        while True:
            try:
                command = stock.send(reply)
            except StopIteration:
                self._edge.times.answer.observe(time.perf_counter() - began)
                return
            reply = yield command
            if (
                isinstance(command, HttpResponseHeadersHook)
                and self.flow.response is not response
                and self.flow.error is None
            ):
                stock.close()
                yield from self._leave_origin()
                yield from self._answer()
                return

    def start_response_stream(self) -> layer.CommandGenerator[None]:
        """The head to the client; the body follows as it comes."""
        assert self.flow.response is not None  # noqa: S101 (for the type checker)
        self._head_sent = True
        yield SendHttp(ResponseHeaders(self.stream_id, self.flow.response, False), self.context.client)
        self.server_state = self.state_stream_response_body

    def send_response(self, already_streamed: bool = False) -> layer.CommandGenerator[None]:
        """The answer is complete."""
        self._head_sent = True
        stock = super().send_response(already_streamed)
        yield from self._end(next(stock))
        yield from stock

    def flow_done(self) -> layer.CommandGenerator[None]:
        """Both sides are complete."""
        if self.flow.websocket is not None:
            self.child_layer = WebSocket(self.context, self.flow)
            self._handle_event = self.passthrough  # type: ignore[method-assign]
            yield from self.child_layer.handle_event(events.Start())
        else:
            self.flow.live = False
            yield DropStream(self.stream_id)
        yield SendHttp(ResponseEndOfMessage(self.stream_id), self.context.client)

    def _answer(self) -> layer.CommandGenerator[None]:
        """Send `flow.response`, an addon's, and throw away what is still to come of the request."""
        response = self.flow.response
        assert response is not None  # noqa: S101 (for the type checker)
        response.timestamp_start = response.timestamp_end = time.time()
        self._out = len(response.raw_content or b"")
        # What an origin whose answer was refused has sent by now goes nowhere.
        self.server_state = self.state_errored
        yield from self._end(HttpResponseHook(self.flow))
        yield from self._send_whole(response)

    def _fail(self, ended: Ended) -> layer.CommandGenerator[None]:
        """Answer for an origin that gives no answer."""
        self.server_state = self.state_errored
        self.flow.response = None
        self.flow.error = flows.Error(ended.value)
        self.flow.metadata[ENDED] = ended
        page = self.flow.response = self._edge.exits.page_for_failure(self.flow, ended)
        self._out = len(page.raw_content or b"")
        yield from self._end(HttpErrorHook(self.flow))
        yield from self._send_whole(page)

    def _send_whole(self, response: http.Response) -> layer.CommandGenerator[None]:
        self.flow.live = False
        self._head_sent = True
        if self._request_complete:
            self.client_state = self.state_done
        else:
            self.client_state = self.state_discard_request_body
            self._deadline = time.monotonic() + _DISCARDING_SECONDS
        content = response.raw_content
        if self.flow.request.method == "HEAD" or response.status_code in _WITHOUT_BODY:
            content = None
        yield SendHttp(ResponseHeaders(self.stream_id, response, not content), self.context.client)
        if content:
            yield SendHttp(ResponseData(self.stream_id, content), self.context.client)
        if self._request_complete:
            yield DropStream(self.stream_id)
        yield SendHttp(ResponseEndOfMessage(self.stream_id), self.context.client)

    def passthrough(self, event: events.Event) -> layer.CommandGenerator[None]:
        """After a CONNECT or a 101; mitmproxy's would close both halves of a tunnel with the first."""
        assert self.flow.response is not None  # noqa: S101 (for the type checker)
        assert self.child_layer is not None  # noqa: S101 - made by then; for mypy
        if self.flow.response.status_code == _SWITCHING_PROTOCOLS:
            yield from super().passthrough(event)
            return
        # From the next event on nothing comes by here: see `GatewayHttpLayer.handle_event`.
        self._http.carried = self.child_layer
        if isinstance(event, RequestData):
            event = events.DataReceived(self.context.client, event.data)
        elif isinstance(event, RequestEndOfMessage):
            event = events.ConnectionClosed(self.context.client)
        yield from self.child_layer.handle_event(event)

    # --- ends

    def _late(self) -> layer.CommandGenerator[None]:
        if self.client_state == self.state_discard_request_body:
            yield from self._stop_discarding()
        elif self.client_state == self.state_consume_request_body:
            yield from self._for_us(Ended.TIMEOUT)
        elif self.server_state == self.state_wait_for_response_headers:
            yield from self._leave_origin()
            yield from self._fail(Ended.TIMEOUT)

    def _leave_origin(self) -> layer.CommandGenerator[None]:
        """Nothing the origin sends on this stream is wanted."""
        if self._sent_upstream:
            self._sent_upstream = False
            yield SendHttp(RequestProtocolError(self.stream_id, "", ErrorCode.CANCEL), self.context.server)

    def _check_invalid_response(self) -> layer.CommandGenerator[bool]:
        stock = super().check_invalid(False)
        try:
            command = next(stock)
        except StopIteration:
            return False
        stock.close()
        yield command  # closes the connection
        yield from self._fail(Ended.ERROR)
        return True

    def check_killed(self, emit_error_hook: bool) -> layer.CommandGenerator[bool]:
        """Returns whether an addon killed it or the client left while a hook ran."""
        error = self.flow.error
        by_us = error is not None and error.msg == flows.Error.KILLED_MESSAGE
        if by_us or any(isinstance(queued, RequestProtocolError) for queued in self._paused_event_queue):
            self.flow.metadata.setdefault(ENDED, Ended.REFUSED if by_us else Ended.CLIENT_LEFT)
            self._over()
            yield from self._leave_origin()
        return (yield from super().check_killed(emit_error_hook))

    def handle_protocol_error(
        self, event: RequestProtocolError | ResponseProtocolError
    ) -> layer.CommandGenerator[None]:
        """Client or origin is gone in the middle."""
        if isinstance(event, ResponseProtocolError):
            if self.client_state == self.state_errored or self.server_state in (
                self.state_done,
                self.state_errored,
            ):
                # It was over already: the end of one side brings about that of the other.
                yield DropStream(self.stream_id)
                return
            if not self._head_sent:
                if self._may_ask_again(event):
                    self._sent_upstream = False
                    yield from self._ask_again()
                else:
                    # Where it was asked again meanwhile, that is over as well.
                    yield from self._leave_origin()
                    yield from self._fail(_FAILURES.get(event.message, Ended.ORIGIN_LEFT))
                return
            self._sent_upstream = False
        ended = Ended.CLIENT_LEFT if isinstance(event, RequestProtocolError) else Ended.ORIGIN_LEFT
        self.flow.metadata.setdefault(ENDED, ended)
        self._over()
        yield from super().handle_protocol_error(event)

    def _may_ask_again(self, event: ResponseProtocolError) -> bool:
        """
        Whether the origin may just not have meant to take this request (RFC 9112, 9.3.1).

        It closed a connection that had been idle, or said that it would, while the request was on its way.
        """
        return (
            not self._asked_again
            and self._request_complete
            and not self._in
            and self.flow.request.method in _SAFE
            and self.flow.response is None
            and not self.context.server.connected
            and event.message not in _FAILURES
            and self._on_used_connection
        )

    def _ask_again(self) -> layer.CommandGenerator[None]:
        self._asked_again = True
        if (yield from self.make_server_connection()):
            yield SendHttp(RequestHeaders(self.stream_id, self.flow.request, True), self.context.server)
            yield SendHttp(RequestEndOfMessage(self.stream_id), self.context.server)
            self._deadline = time.monotonic() + self._edge.limits.origin_first_byte_seconds


def _agrees_to_websocket(request: http.Request, response: http.Response) -> bool:
    """Whether a 101 is the answer to a WebSocket handshake (RFC 6455, 4.2.2)."""
    key = request.headers.get("sec-websocket-key", "")
    accept = hashlib.sha1(key.encode("latin-1", "replace") + _WEBSOCKET_GUID, usedforsecurity=False)
    return (
        request.headers.get("upgrade", "").lower() == "websocket"
        and request.headers.get("sec-websocket-version") == "13"
        and response.headers.get("upgrade", "").lower() == "websocket"
        and response.headers.get("sec-websocket-accept") == base64.b64encode(accept.digest()).decode()
    )
