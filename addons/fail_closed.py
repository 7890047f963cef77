"""
A hook of ours that fails, refuses.

mitmproxy logs what a hook raises and lets the request go on; for a filter that is the wrong way round.
Every hook that can refuse wears `@fail_closed`: whatever it raises ends in `LastResort.close`, which
refuses in the way that hook allows and records it with reason `undecidable`. The test beside this
module walks the chain and looks for the mark on every blocking hook.

What a hook can do differs. Until an origin's head has been passed on: an answer of ours. After that: only
the exchange's end, since the body would follow our status. In a TLS ClientHello: a handshake that
fails. At a server connection: its error.
"""

import logging
from collections import Counter
from collections.abc import Awaitable, Callable
from contextlib import suppress
from functools import wraps
from typing import Protocol

from mitmproxy import connection, exceptions, http, tls
from mitmproxy.proxy import server_hooks

from addons.answers import Answers
from addons.exchanges import DECISION, EXCHANGE, ClientState, Exchange, exchange_of, state_of
from addons.facts import tunnel_facts, unreadable_facts
from addons.judging import Judging
from addons.snapshots import Parts
from policy.facts import Who
from policy.identifiers import uuid7
from policy.words import Ended, Reason, Step

logger = logging.getLogger(__name__)

BLOCKING_HOOKS = frozenset(
    {
        "client_connected",
        "http_connect",
        "request",
        "requestheaders",
        "response",
        "responseheaders",
        "server_connect",
        "tls_clienthello",
        "tls_start_client",
        "tls_start_server",
    }
)
"""
The hooks of mitmproxy in which an addon can decide whether something goes on.

Not `next_layer`: whatever fails there is a layer that does not come to be, and the connection is closed by
`addons.stream.GatewayConnection`, as it is for an exception in a layer.
"""

# In these the answer can still be ours; after them an origin's has begun.
_STILL_OURS = frozenset({"http_connect", "requestheaders", "responseheaders"})

type Subject = (
    http.HTTPFlow
    | tls.ClientHelloData
    | tls.TlsData
    | server_hooks.ServerConnectionHookData
    | connection.Client
)


class Guarded(Protocol):
    """An addon some of whose hooks can refuse."""

    @property
    def last_resort(self) -> "LastResort":
        """What is asked when one of them fails."""


type Hook[A, S] = Callable[[A, S], Awaitable[None] | None]


def fail_closed[A: Guarded, S: Subject](hook: Hook[A, S]) -> Hook[A, S]:
    """Refuse what `hook` was given when it raises, or what it returned to be awaited does."""
    name = getattr(hook, "__name__", "a hook")

    async def awaited(pending: Awaitable[None], addon: A, subject: S) -> None:
        try:
            await pending
        except Exception:
            logger.exception("%s failed and was closed", name)
            addon.last_resort.close(subject, name)

    @wraps(hook)
    def guarded(addon: A, subject: S) -> Awaitable[None] | None:
        try:
            pending = hook(addon, subject)
        except Exception:
            logger.exception("%s failed and was closed", name)
            addon.last_resort.close(subject, name)
            return None
        return None if pending is None else awaited(pending, addon, subject)

    guarded.fails_closed = True  # type: ignore[attr-defined]
    return guarded


def fails_closed(hook: object) -> bool:
    """Whether `hook` wears the mark."""
    return getattr(hook, "fails_closed", False) is True


class LastResort:
    """How to refuse when the code that refuses has failed."""

    def __init__(self, parts: Parts, judging: Judging, answers: Answers, counts: Counter[str]) -> None:
        self._now = parts.now
        self._judging = judging
        self._answers = answers
        self._counts = counts

    def close(self, subject: Subject, hook: str) -> None:
        """Refuse what `hook` was given. Never raises."""
        self._counts[f"undecidable:{hook}"] += 1
        try:
            self._close(subject, hook)
        except Exception:
            # Without a record and without a page: but without an answer from the origin, too.
            logger.exception("%s could not be answered and was cut off", hook)
            if isinstance(subject, http.HTTPFlow):
                _kill(subject)

    def _close(self, subject: Subject, hook: str) -> None:
        match subject:
            case http.HTTPFlow():
                if hook in _STILL_OURS:
                    self._answer(subject)
                else:
                    _kill(subject)
            case tls.ClientHelloData():
                subject.ignore_connection = False
                subject.establish_server_tls_first = False
                state = state_of(subject.context.client)
                state.close_tls = True
                self._record_hello(state)
            case tls.TlsData():
                # Without an OpenSSL connection the layer closes.
                subject.ssl_conn = None
            case server_hooks.ServerConnectionHookData():
                subject.server.error = Ended.ERROR.value
            case connection.Client():
                subject.error = Ended.ERROR.value

    def _record_hello(self, state: ClientState) -> None:
        if state.tunnel is not None:
            facts = tunnel_facts(
                state.tunnel,
                step=Step.SNI,
                scheme="https",
                exchange=uuid7(),
                at=self._now(),
                who=_nobody(state),
            )
            self._judging.record_now(self._judging.refused(facts, Reason.UNDECIDABLE))

    def _answer(self, flow: http.HTTPFlow) -> None:
        exchange = exchange_of(flow)
        if exchange is not None:
            # It was decided and recorded before the failure: one exchange has one final Decision.
            exchange.ended = Ended.ERROR
            exchange.page = flow.response = self._answers.failure(flow.request, exchange, Ended.ERROR)
            return
        state = state_of(flow.client_conn)
        connect = flow.request.method == "CONNECT"
        facts = unreadable_facts(
            flow.request,
            "undecidable",
            step=Step.CONNECT if connect else Step.REQUEST,
            exchange=uuid7(),
            at=self._now(),
            who=_nobody(state),
            tunnel=state.tunnel,
        )
        decision = self._judging.record_now(self._judging.refused(facts, Reason.UNDECIDABLE))
        if decision is None:
            flow.response = self._answers.unrecorded(flow.request)
            return
        exchange = Exchange(decision, facts, ended=Ended.REFUSED)
        flow.metadata[DECISION], flow.metadata[EXCHANGE] = decision, exchange
        in_tunnel = state.tunnel is not None
        exchange.page = flow.response = self._answers.refusal(flow.request, exchange, in_tunnel=in_tunnel)


def _nobody(state: ClientState) -> Who:
    # What failed may be what says who asks.
    return Who(client_ip=state.client_ip)


def _kill(flow: http.HTTPFlow) -> None:
    # Raised where it is over already.
    with suppress(exceptions.ControlException):
        flow.kill()
