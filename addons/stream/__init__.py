"""
How bytes are carried. The only place that touches mitmproxy's private API, and pinned to one version of it.

mitmproxy is two things: protocols that do no I/O (*layers*, generators that take events and give
commands), and a server that runs them. We use the first and replace the second, because a gateway must do
four things that mitmproxy, made for one person who looks on, does not:

- answer for itself, with a page and a reference, whatever an origin or a client does;
- hold no more of anything than it has room for;
- close, not go on, when something of its own fails;
- carry many people on a core.

The stack of one client connection, from the socket down. Each layer is a small subclass of mitmproxy's,
or a layer of ours; each module says what it changes and why.

    GatewayConnection   sockets, timers, hooks; an exception ends the connection        connection.py, wire.py
     Edge               what all layers share: exits, limits, gauges                    edge.py
      GatewayHttpLayer  requests to the proxy itself, and CONNECT                       http_layer.py
       GatewayStream    one request: refused, streamed, failed, cut off                 http_stream.py
        GatewayServerTLS, GatewayClientTLS    both ends of an interception              tls.py
         GatewayHttpLayer                     the requests inside                       (the same)
         Tunnel                               what is not decrypted                     tunnel.py
         WebSocket                            what follows a 101                        websocket.py
         NotHttp                              closes anything else                      tunnel.py

HTTP itself is spoken by `http1.py` and `http2.py`. Which layer comes next is told by `next_layer.py`, an
addon. What the layers cannot know (decisions, references, pages) they ask of `exits.py`; why an origin could
not be had is one word from `failure.py`.

**Who waits for whom.** Nothing is read that could not be passed on, each direction by itself:

- A client's socket is not read while an origin's takes no more, and the other way about
  (`GatewayConnection.balance`, driven by the sockets).
- Over HTTP/2 that would hold up every stream for one, and the very frames that open windows. So its
  sockets are always read, its windows are small, and the credit of a stream is given back only while the
  other side has room for what it carries (`http2.py`). A client that leaves one answer unread stops that
  answer at its origin: the stream where the origin speaks HTTP/2, the connection where it does not.
- What arrives for a layer that waits for a hook or a connection stays in the socket too (`Edge.gauges`).

**How it ends.** A flow that reached `requestheaders` hears `response` or `error`, one of them, once, also
when the connection is lost or a layer raises: whoever is under way stands in `Edge.unfinished`. With the last
hook `flow.metadata` holds the bytes of both bodies and, where it did not run to its end, the word for why.
"""

from addons.stream.arrival import Arrival
from addons.stream.carrier import Carrier
from addons.stream.connection import GatewayConnection
from addons.stream.exits import BODIES, ENDED, FOR_US, Exits
from addons.stream.next_layer import GatewayNextLayer

__all__ = [
    "BODIES",
    "ENDED",
    "FOR_US",
    "Arrival",
    "Carrier",
    "Exits",
    "GatewayConnection",
    "GatewayNextLayer",
]
