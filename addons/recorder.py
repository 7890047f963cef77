"""
What came of each exchange: one Outcome for each final Decision, written when it is over.

An Outcome is written once, whichever hook comes first: an answer that ended (`response`), one that did
not (`error`), a WebSocket's or tunnel's end, a CONNECT that was refused, or the client's leaving, with
which the CONNECT is over that it came by.

Nobody waits for an Outcome. So they are not written one by one in the middle of other work but a few at a
time, a twentieth of a second later at most, which costs a third; a process that is killed loses that
twentieth. One that the spool cannot take is counted and lost. The Decision each belongs to is on record
all the same.
"""

import asyncio
import time
from collections import Counter
from datetime import datetime
from typing import NamedTuple

from mitmproxy import connection, http

from addons.exchanges import ClientState, Exchange, exchange_of, state_of
from addons.fail_closed import LastResort, fail_closed
from addons.snapshots import Parts
from addons.standing import Standing
from addons.stream.exits import BODIES, ENDED
from policy.decision import Decision
from policy.errors import DecisionLogUnavailable
from policy.record import make_outcome
from policy.words import Ended

_WAIT_SECONDS = 0.05
_MOST_WAITING = 256


class _Over(NamedTuple):
    """An exchange that is over, as it was at that moment."""

    decision: Decision
    at: datetime
    duration_ns: int
    ended: Ended
    status: int | None
    fields: tuple[tuple[bytes, bytes], ...]  # of the answer's head
    bytes_in: int
    bytes_out: int


class Recorder:
    """Writes Outcomes."""

    def __init__(
        self, parts: Parts, standing: Standing, last_resort: LastResort, counts: Counter[str]
    ) -> None:
        self._spool = parts.spool
        self._now = parts.now
        self.last_resort = last_resort
        self._counts = counts
        self._standing = standing
        self._waiting: list[_Over] = []

    @fail_closed
    def response(self, flow: http.HTTPFlow) -> None:
        """The answer is complete; a WebSocket has only begun."""
        if flow.websocket is None:
            self._flow_over(flow, Ended.COMPLETE)

    def error(self, flow: http.HTTPFlow) -> None:
        """It broke off."""
        left = not flow.client_conn.connected
        self._flow_over(flow, Ended.CLIENT_LEFT if left else Ended.ERROR)

    def websocket_end(self, flow: http.HTTPFlow) -> None:
        """A WebSocket is over."""
        exchange = exchange_of(flow)
        if exchange is not None:
            self._standing.end(exchange)
        self._flow_over(flow, Ended.COMPLETE)

    def http_connect_error(self, flow: http.HTTPFlow) -> None:
        """A CONNECT was refused: there will be no `response`."""
        self._flow_over(flow, Ended.REFUSED)

    def client_disconnected(self, client: connection.Client) -> None:
        """The CONNECT is over."""
        state = state_of(client)
        if state.connect is not None:
            self.over(state.connect, Ended.COMPLETE, status=200)
            state.connect = None
        # A flow in flight and a tunnel have a hook of their own to come, perhaps only after this one.

    def tunnel_over(self, state: ClientState, bytes_in: int, bytes_out: int, ended: Ended) -> None:
        """The undecrypted tunnel of this connection is over."""
        exchange, state.undecrypted = state.undecrypted, None
        if exchange is not None:
            self._standing.end(exchange)
            self.over(exchange, exchange.ended or ended, bytes_in=bytes_in, bytes_out=bytes_out)

    def _flow_over(self, flow: http.HTTPFlow, otherwise: Ended) -> None:
        exchange = exchange_of(flow)
        if exchange is None or exchange.over:
            return
        if exchange.break_glass:
            self._standing.end(exchange)
        if exchange.destination is not None:
            state_of(flow.client_conn).close(exchange.destination)
        bytes_in, bytes_out = flow.metadata.get(BODIES, (0, 0))
        ended = exchange.ended or flow.metadata.get(ENDED, otherwise)
        response = exchange.page or flow.response
        if response is None:
            self.over(exchange, ended, bytes_in=bytes_in, bytes_out=bytes_out)
        else:
            self.over(
                exchange,
                ended,
                status=response.data.status_code,
                fields=response.data.headers.fields,
                bytes_in=bytes_in,
                bytes_out=bytes_out,
            )

    def over(
        self,
        exchange: Exchange,
        ended: Ended,
        *,
        status: int | None = None,
        fields: tuple[tuple[bytes, bytes], ...] = (),
        bytes_in: int = 0,
        bytes_out: int = 0,
    ) -> None:
        """Let the Outcome of `exchange` be written, once."""
        decision = exchange.decision
        if exchange.over or decision is None:
            return
        exchange.over = True
        duration = time.perf_counter_ns() - exchange.began
        self._waiting.append(
            _Over(decision, self._now(), duration, ended, status, fields, bytes_in, bytes_out)
        )
        if len(self._waiting) == 1:
            asyncio.get_running_loop().call_later(_WAIT_SECONDS, self.flush)
        elif len(self._waiting) >= _MOST_WAITING:
            self.flush()

    def done(self) -> None:
        """The worker ends."""
        self.flush()

    def flush(self) -> None:
        """Write what waits."""
        waiting, self._waiting = self._waiting, []
        for item in waiting:
            outcome = make_outcome(
                item.decision,
                at=item.at,
                status=item.status,
                content_type=_content_type(item.fields),
                bytes_in=item.bytes_in,
                bytes_out=item.bytes_out,
                duration_us=item.duration_ns // 1000,
                ended=item.ended,
            )
            try:
                self._spool.outcome(outcome)
            except DecisionLogUnavailable:
                self._counts["log-full:outcome"] += 1


def _content_type(fields: tuple[tuple[bytes, bytes], ...]) -> str | None:
    """Type and subtype, without parameters."""
    for name, value in fields:
        if name.lower() == b"content-type":
            return value.partition(b";")[0].strip().lower().decode("latin-1")
    return None
