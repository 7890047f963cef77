"""
HTTP/2, both ends, with windows that close when the other side is slower.

mitmproxy opens every window as far as it goes and gives back credit for each byte it reads, so that whatever
one side sends fast and the other takes slowly lies in memory. Here a stream's credit is given back only
while what it carries finds room: a client's upload, in the origin's connection; an origin's answer, in the
client's. The frames themselves are always read, so that one stream that stands still holds up no other.

What is no request gets the fixed page here too, without mitmproxy's name on it.

A connection that is to end says so in two steps (RFC 9113, 6.8): first that it will take no more, naming no
stream; then, when the client has acknowledged a PING sent behind that and so has read it, up to which stream
it has taken. What is open until then is answered; h2 itself would answer nothing after its one GOAWAY.
"""

import time
from collections import defaultdict
from collections.abc import Container
from typing import TYPE_CHECKING

import h2.connection
import h2.events
from h2.config import H2Configuration
from h2.errors import ErrorCodes
from h2.stream import StreamState as H2StreamState
from hyperframe.frame import GoAwayFrame
from mitmproxy.connection import ConnectionState
from mitmproxy.proxy import commands, events, layer
from mitmproxy.proxy.context import Context
from mitmproxy.proxy.layers.http._base import ReceiveHttp
from mitmproxy.proxy.layers.http._events import ErrorCode, RequestHeaders, ResponseProtocolError
from mitmproxy.proxy.layers.http._http2 import Http2Client, Http2Connection, Http2Server, StreamState
from mitmproxy.proxy.layers.http._http_h2 import BufferedH2Connection

from addons.stream.allowance import Allowance
from addons.stream.edge import AwaitDrain, edge_of

if TYPE_CHECKING:
    from addons.stream.http_layer import GatewayHttpLayer

# Of a frame; HTTP/2's own default. A head may be spread over 64 of them (`h2`), so this bounds heads too.
_FRAME = 16 * 1024
_ANY_STREAM = 2**31 - 1
_GOODBYE = b"goodbye."  # eight bytes, as every PING's
# How soon credit that was held back is thought of again while an origin's socket drains.
_AGAIN_SECONDS = 0.02
# Streams that a client may break off beyond as many as it may have at once, as who leaves pages does.
_RESETS_A_SECOND = 20.0
# Frames that must be answered and carry nothing: browsers send a ping in some seconds, settings once.
_QUESTIONS, _QUESTIONS_A_SECOND = 100.0, 10.0


class BoundedH2Connection(BufferedH2Connection):
    """Windows of `connection_window` bytes for all streams together, `stream_window` for each."""

    def __init__(self, config: H2Configuration, connection_window: int, stream_window: int) -> None:
        super().__init__(config)
        self._connection_window = connection_window
        self.local_settings.initial_window_size = stream_window
        self.local_settings.max_frame_size = _FRAME
        self.max_inbound_frame_size = _FRAME
        self.local_settings.acknowledge()

    def initiate_connection(self) -> None:
        """Announce ourselves and our window."""
        h2.connection.H2Connection.initiate_connection(self)
        self.increment_flow_control_window(self._connection_window - self.inbound_flow_control_window)

    def waiting(self, stream_id: int) -> int:
        """Bytes of a stream that its peer gave no credit for."""
        buffered = self.stream_buffers.get(stream_id)
        return sum(len(piece.data) for piece in buffered) if buffered else 0

    def waiting_in_all(self) -> int:
        """Bytes of all streams that their peer gave no credit for."""
        return sum(map(self.waiting, self.stream_buffers))


class Settle(events.Event):
    """There may be room again: give back the credit that was held back."""


class _Bounded(Http2Connection):
    """What both ends have in common."""

    h2_conn: BoundedH2Connection

    def __init__(self, context: Context, http: "GatewayHttpLayer") -> None:
        super().__init__(context)  # type: ignore[call-arg]  # of the concrete class that comes after this one
        self._edge = edge_of(context)
        self._http = http
        self.held_back: defaultdict[int, int] = defaultdict(int)
        window = self._edge.limits.buffered_bytes
        self.h2_conn = BoundedH2Connection(self.h2_conf, window, window // 4)

    def is_full(self, stream_id: int) -> bool:
        """Whether what comes on this stream cannot be passed on."""
        raise NotImplementedError

    def hold_back(self) -> layer.CommandGenerator[None]:
        """Called when credit begins to be held back."""
        yield from ()

    def handle_h2_event(self, event: h2.events.Event) -> layer.CommandGenerator[bool]:
        """Returns whether the connection is over."""
        if (
            not isinstance(event, h2.events.DataReceived)
            or self.streams.get(event.stream_id) is not StreamState.HEADERS_RECEIVED
        ):
            return (yield from super().handle_h2_event(event))
        if event.data:
            yield ReceiveHttp(self.ReceiveData(event.stream_id, event.data))
        if not event.flow_controlled_length:
            return False
        if self.is_full(event.stream_id):
            self.held_back[event.stream_id] += event.flow_controlled_length
            yield from self.hold_back()
        else:
            self.h2_conn.acknowledge_received_data(event.flow_controlled_length, event.stream_id)
        return False

    def close_connection(self, msg: str) -> layer.CommandGenerator[None]:
        """It is over; nobody waits for credit any more."""
        self.held_back.clear()
        yield from super().close_connection(msg)

    def forget(self, streams: Container[int]) -> None:
        """mitmproxy remembers every stream there ever was. Keep those among `streams`, the client's."""
        self.streams = {stream: state for stream, state in self.streams.items() if stream in streams}

    def settle(self) -> layer.CommandGenerator[None]:
        """Give back what credit there is room for."""
        for stream_id in [held for held in self.held_back if not self.is_full(held)]:
            self.h2_conn.acknowledge_received_data(self.held_back.pop(stream_id), stream_id)
        if data := self.h2_conn.data_to_send():
            yield commands.SendData(self.conn, data)


class GatewayHttp2Server(_Bounded, Http2Server):
    """Towards the client."""

    _again: commands.RequestWakeup | None = None
    _last_stream: int | None = None  # the last that is answered, once the client was told

    def __init__(self, context: Context, http: "GatewayHttpLayer") -> None:
        super().__init__(context, http)
        self.h2_conn.local_settings.max_concurrent_streams = self._edge.limits.streams
        self.h2_conn.local_settings.acknowledge()
        now = time.monotonic()
        self._resets = Allowance(self._edge.limits.streams, _RESETS_A_SECOND, now)
        self._questions = Allowance(_QUESTIONS, _QUESTIONS_A_SECOND, now)

    def is_full(self, stream_id: int) -> bool:
        """Whether its origin takes no more."""
        return self._http.origin_is_full(stream_id)

    def _costs_too_much(self, event: h2.events.Event) -> bool:
        """Whether a client does too often what costs it nothing."""
        if isinstance(event, h2.events.StreamReset):
            return not self._resets.take(time.monotonic())
        if isinstance(event, h2.events.PingReceived | h2.events.RemoteSettingsChanged):
            return not self._questions.take(time.monotonic())
        return False

    def hold_back(self) -> layer.CommandGenerator[None]:
        """Nobody tells a layer that a socket has drained, so it looks again."""
        if self._again is None:
            self._again = commands.RequestWakeup(_AGAIN_SECONDS)
            yield self._again

    def _handle_event(self, event: events.Event) -> layer.CommandGenerator[None]:
        if isinstance(event, events.Wakeup):
            yield from self._woken(event.command)
        elif isinstance(event, ResponseProtocolError) and not self.is_closed(event.stream_id):
            yield from self._failed(event)
        else:
            yield from super()._handle_event(event)
            if isinstance(event, events.Start):
                yield AwaitDrain()
        ending = self._last_stream is not None and self.conn.state is not ConnectionState.CLOSED
        if ending and not self.h2_conn.open_inbound_streams:
            yield from self.close_connection("")

    def _woken(self, command: commands.Command) -> layer.CommandGenerator[None]:
        if command is self._again:
            self._again = None
            yield from self.settle()
            if self.held_back:
                yield from self.hold_back()
        elif isinstance(command, AwaitDrain):
            self.h2_conn.ping(_GOODBYE)
            yield from self._go_away(_ANY_STREAM)
            assert self._edge.patience is not None  # noqa: S101 (for the type checker)
            yield commands.RequestWakeup(self._edge.patience)
        else:
            yield from self._name_the_last()

    def _name_the_last(self) -> layer.CommandGenerator[None]:
        if self._last_stream is None:
            self._last_stream = self.h2_conn.highest_inbound_stream_id
            yield from self._go_away(self._last_stream)

    def _go_away(self, last_stream: int) -> layer.CommandGenerator[None]:
        """What h2 has still to send goes behind it: a PING that is answered says that this was read."""
        frame = GoAwayFrame(0, last_stream_id=last_stream, error_code=ErrorCodes.NO_ERROR)
        yield commands.SendData(self.conn, frame.serialize() + self.h2_conn.data_to_send())

    def handle_h2_event(self, event: h2.events.Event) -> layer.CommandGenerator[bool]:
        """Returns whether the connection is over."""
        if self._costs_too_much(event):
            yield from self.protocol_error("", ErrorCodes.ENHANCE_YOUR_CALM)
            return True
        if isinstance(event, h2.events.RequestReceived) and self._is_too_late(event.stream_id):
            self.h2_conn.reset_stream(event.stream_id, ErrorCodes.REFUSED_STREAM)
            return False
        if isinstance(event, h2.events.PingAckReceived) and event.ping_data == _GOODBYE:
            # One that has asked for nothing yet has only just come, and is about to.
            if self.h2_conn.highest_inbound_stream_id:
                yield from self._name_the_last()
            return False
        return (yield from super().handle_h2_event(event))

    def _is_too_late(self, stream_id: int | None) -> bool:
        return self._last_stream is not None and stream_id is not None and stream_id > self._last_stream

    def _failed(self, event: ResponseProtocolError) -> layer.CommandGenerator[None]:
        """The fixed page where nothing was answered yet; else the stream, and no other, is cut off."""
        stream = self.h2_conn.streams[event.stream_id]
        status = event.code.http_status_code()
        if (
            status is not None
            and self.is_open_for_us(event.stream_id)
            and not stream.state_machine.headers_sent
        ):
            page = self._edge.exits.not_a_request(event.code.name.lower().replace("_", "-"))
            headers = [(b":status", b"%d" % status), *((k.lower(), v) for k, v in page.headers.fields)]
            self.h2_conn.send_headers(event.stream_id, headers)
            self.h2_conn.send_data(event.stream_id, page.raw_content or b"", end_stream=True)
        elif stream.state_machine.state is H2StreamState.HALF_CLOSED_LOCAL:
            # Answered in full: the client need not send the rest (RFC 9113, 8.1).
            self.h2_conn.reset_stream(event.stream_id, ErrorCodes.NO_ERROR)
        else:
            cancelled = event.code in {ErrorCode.CANCEL, ErrorCode.PASSTHROUGH_CLOSE}
            code = ErrorCodes.CANCEL if cancelled else ErrorCodes.INTERNAL_ERROR
            self.h2_conn.reset_stream(event.stream_id, code)
        yield commands.SendData(self.conn, self.h2_conn.data_to_send())

    def protocol_error(
        self, message: str, error_code: int = ErrorCodes.PROTOCOL_ERROR
    ) -> layer.CommandGenerator[None]:
        """What is not HTTP/2, or asks for more than it may, ends the connection."""
        flooded = error_code == ErrorCodes.ENHANCE_YOUR_CALM
        self._edge.exits.not_a_request("http2-flood" if flooded else "http2-protocol-error")
        yield from super().protocol_error("", error_code)


class GatewayHttp2Client(_Bounded, Http2Client):
    """Towards an origin."""

    @property
    def requests(self) -> int:
        """How many it was given so far."""
        return self._requests

    def __init__(self, context: Context, http: "GatewayHttpLayer") -> None:
        super().__init__(context, http)
        self._requests = 0
        self.h2_conn.local_settings.enable_push = 0
        self.h2_conn.local_settings.acknowledge()

    def is_full(self, stream_id: int) -> bool:
        """Whether the client takes no more of this answer."""
        theirs = self.their_stream_id.get(stream_id)
        return theirs is not None and self._http.client_is_full(theirs)

    def forget(self, streams: Container[int]) -> None:
        """By the client's numbers for them, which are not ours."""
        self.their_stream_id = {o: t for o, t in self.their_stream_id.items() if t in streams}
        self.our_stream_id = {t: o for o, t in self.their_stream_id.items()}
        super().forget(set(self.their_stream_id))

    def waiting(self, their_stream_id: int) -> int:
        """Bytes of a client's stream that the origin gave no credit for."""
        ours = self.our_stream_id.get(their_stream_id)
        if ours is None:
            return sum(
                len(getattr(event, "data", b"")) for event in self.stream_queue.get(their_stream_id, ())
            )
        return self.h2_conn.waiting(ours)

    def _handle_event(self, event: events.Event) -> layer.CommandGenerator[None]:
        if isinstance(event, Settle):
            yield from self.settle()
            return
        if isinstance(event, RequestHeaders):
            self._requests += 1
        yield from super()._handle_event(event)
