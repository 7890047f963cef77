"""
What the addons remember of a client connection and of the exchanges on it, from one hook to the next.
"""

import time
from dataclasses import dataclass, field

from mitmproxy import connection, flow, http
from mitmproxy.proxy.mode_specs import TransparentMode

from addons.facts import Tunnel, name_of
from policy.decision import Decision
from policy.facts import RequestFacts
from policy.people import Claim
from policy.words import Ended, NameSource

type Destination = tuple[str, int]

# Keys of `flow.metadata`.
EXCHANGE = "sluicegate.exchange"
DECISION = "sluicegate.decision"
CLAIM = "sluicegate.claim"  # what was verified with this very request

_STATE = "sluicegate_state"


@dataclass(slots=True, eq=False)
class Exchange:
    """One exchange whose final Decision is recorded and whose Outcome is not yet."""

    decision: Decision | None  # None for an essential host that passed while the log was full
    facts: RequestFacts  # as asked for: the Decision may hold less
    claim: Claim | None = None  # whose it is, to be introduced anew when it is judged again
    page: http.Response | None = None  # the answer, where it is one of ours
    ended: Ended | None = None  # how it will have ended, where we know that before it is over
    over: bool = False  # whether its Outcome is written
    break_glass: bool = False  # begun while it was open
    destination: Destination | None = None  # where a connection may be opened for it
    began: int = field(default_factory=time.perf_counter_ns)


@dataclass(slots=True, weakref_slot=True)
class ClientState:
    """What is known of one client connection."""

    client_ip: str
    claim: Claim | None = None  # what was verified on this connection, or with its CONNECT
    tunnel: Tunnel | None = None
    connect: Exchange | None = None  # the CONNECT itself
    undecrypted: Exchange | None = None  # what it carries, where that is not looked into
    close_tls: bool = False  # the handshake must fail: a refusal that cannot be shown
    # How many exchanges may open a connection there: the gate of `Gatekeeper.server_connect`.
    open_to: dict[Destination, int] = field(default_factory=dict)

    def open(self, destination: Destination) -> None:
        """An exchange that may connect there begins."""
        self.open_to[destination] = self.open_to.get(destination, 0) + 1

    def close(self, destination: Destination) -> None:
        """It is over."""
        left = self.open_to.get(destination, 0) - 1
        if left > 0:
            self.open_to[destination] = left
        else:
            self.open_to.pop(destination, None)


def state_of(client: connection.Client) -> ClientState:
    """
    What is known of this connection.

    It hangs on mitmproxy's own object, and so lives exactly as long, in whatever order a connection's
    last hooks come.
    """
    attributes = vars(client)
    state = attributes.get(_STATE)
    if state is None:
        state = attributes[_STATE] = ClientState(client.peername[0], tunnel=_redirected(client))
    return state


def _redirected(client: connection.Client) -> Tunnel | None:
    """Where a connection leads that a client made without knowing of us."""
    if not isinstance(client.proxy_mode, TransparentMode):
        return None
    host, port, *_ = client.sockname
    return Tunnel(name_of(NameSource.ADDRESS, host), port)


def claim_of(of: flow.Flow, state: ClientState) -> Claim | None:
    """Who says to be asking, verified: with this request, or on the connection it came by."""
    claim = of.metadata.get(CLAIM)
    return claim if isinstance(claim, Claim) else state.claim


def exchange_of(of: flow.Flow) -> Exchange | None:
    """The exchange of a flow, if its Decision is recorded."""
    exchange = of.metadata.get(EXCHANGE)
    return exchange if isinstance(exchange, Exchange) else None
