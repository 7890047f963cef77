"""
A WebSocket: its framing is followed, its messages are not kept.

mitmproxy assembles every message before it passes it on, keeps it, and masks it anew: a message of 200 MB
takes several times that, and nobody here reads it. What goes by is handed on as it came, once it has been
seen to be WebSocket: a connection that changed its protocol must not become a raw tunnel after all.
"""

import time

from mitmproxy import connection, http
from mitmproxy.proxy import commands, events, layer
from mitmproxy.proxy.context import Context
from mitmproxy.proxy.layers.websocket import WebsocketEndHook, WebsocketStartHook

from addons.stream.edge import edge_of
from addons.stream.exits import BODIES, ENDED
from policy.words import Ended

_CLOSE = 0x8
_OPCODES = frozenset({0x0, 0x1, 0x2, _CLOSE, 0x9, 0xA})  # RFC 6455, 11.8
_CONTROL_MOST = 125
_NO_CODE = 1005


class NotAFrame(ValueError):
    """What was sent is not WebSocket."""


class Frames:
    """
    Follows the frames (RFC 6455, 5.2) in one direction.

    `masked` says whether they come from the client. Reserved bits belong to extensions, which are the two
    ends' to agree on, and are not looked at.
    """

    def __init__(self, *, masked: bool) -> None:
        self.payload = 0  # bytes of all payloads so far
        self.close_code: int | None = None  # once a close frame has gone by; 1005 where it named none
        self._masked = masked
        self._head = bytearray()
        self._left = 0  # of the payload of the frame under way

    def follow(self, data: bytes) -> None:
        """Go on by `data`. Raises `NotAFrame`."""
        at = 0
        while at < len(data):
            if self._left:
                step = min(self._left, len(data) - at)
                self._left -= step
                self.payload += step
            else:
                needed = self._needed()
                step = min(needed - len(self._head), len(data) - at)
                self._head += data[at : at + step]
                if len(self._head) == self._needed():
                    self._begin()
            at += step

    def _needed(self) -> int:
        """How many bytes of head, and of a close frame its code, are still known to belong together."""
        head = self._head
        if len(head) < 2:
            return 2
        length = head[1] & 0x7F
        needed = 2 + (2 if length == 126 else 8 if length == 127 else 0) + (4 if self._masked else 0)
        return needed + (2 if head[0] & 0x0F == _CLOSE and length >= 2 else 0)

    def _begin(self) -> None:
        head = bytes(self._head)
        opcode, length = head[0] & 0x0F, head[1] & 0x7F
        if opcode not in _OPCODES or bool(head[1] & 0x80) is not self._masked:
            raise NotAFrame
        if opcode >= _CLOSE and (length > _CONTROL_MOST or not head[0] & 0x80):
            raise NotAFrame
        extended = 2 if length == 126 else 8 if length == 127 else 0
        self._left = int.from_bytes(head[2 : 2 + extended]) if extended else length
        if self._left >> 63:
            raise NotAFrame
        if opcode == _CLOSE:
            self.close_code = _NO_CODE
            if length >= 2:
                code = head[-2:]
                if self._masked:
                    code = bytes(a ^ b for a, b in zip(code, head[-6:-4], strict=True))
                self.close_code = int.from_bytes(code)
                self._left -= 2
                self.payload += 2
        self._head.clear()


class WebSocket(layer.Layer):
    """The layer that carries one, from the 101 to its end."""

    def __init__(self, context: Context, flow: http.HTTPFlow) -> None:
        super().__init__(context)
        self._flow = flow
        self._edge = edge_of(context)
        self._client = Frames(masked=True)
        self._server = Frames(masked=False)
        self._over = False

    def _handle_event(self, event: events.Event) -> layer.CommandGenerator[None]:
        if isinstance(event, events.Start):
            self._edge.unfinished.add(self)
            yield WebsocketStartHook(self._flow)
        elif self._over:
            pass
        elif isinstance(event, events.DataReceived):
            yield from self._relay(event)
        elif isinstance(event, events.ConnectionClosed):
            left = Ended.CLIENT_LEFT if event.connection == self.context.client else Ended.ORIGIN_LEFT
            said = self._client.close_code is not None or self._server.close_code is not None
            yield from self._end(Ended.COMPLETE if said else left)

    def _relay(self, event: events.DataReceived) -> layer.CommandGenerator[None]:
        from_client = event.connection == self.context.client
        frames = self._client if from_client else self._server
        try:
            frames.follow(event.data)
        except NotAFrame:
            yield from self._end(Ended.REFUSED)
            return
        to: connection.Connection = self.context.server if from_client else self.context.client
        yield commands.SendData(to, event.data)

    def _end(self, ended: Ended) -> layer.CommandGenerator[None]:
        self._over = True
        self._edge.unfinished.discard(self)
        hook = self.give_up(ended)
        yield commands.CloseConnection(self.context.server)
        yield commands.CloseConnection(self.context.client)
        yield hook

    def give_up(self, ended: Ended) -> commands.StartHook:
        """It is over."""
        flow = self._flow
        flow.live = False
        flow.metadata[BODIES] = (self._client.payload, self._server.payload)
        flow.metadata.setdefault(ENDED, ended)
        if flow.websocket is not None:
            flow.websocket.timestamp_end = time.time()
            flow.websocket.close_code = self._client.close_code or self._server.close_code
        return WebsocketEndHook(flow)
