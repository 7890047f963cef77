"""
What the layers of a connection ask of the gateway when an exchange ends otherwise than by an answer.

The layers know what happened on the wire and nothing of decisions, references or pages; whoever
implements `Exits` (the gatekeeper) knows those and nothing of the wire. All four are called on the
event loop and must return at once.
"""

from typing import Protocol

from mitmproxy import connection, http

from policy.words import Ended

# In `flow.metadata` from before the flow's last hook (`response`, `error` or `websocket_end`):
ENDED = "sluicegate.ended"  # Ended; how it ended where it did not run to its end
BODIES = "sluicegate.bodies"  # (int, int); bytes of bodies or messages from the client and to it

# Set in `flow.metadata` by a `requestheaders` hook: this request is for us, so its body is read, of at most
# so many bytes, and given to the `request` hook, which answers. Without a body (`raw_content` None) it was
# longer than that (`ENDED` is too-much), or did not come in time (timeout).
FOR_US = "sluicegate.for-us"  # int


class Exits(Protocol):
    """Where an exchange goes that the origin does not answer."""

    def page_for_failure(self, flow: http.HTTPFlow, ended: Ended) -> http.Response:
        """
        The whole answer to an allowed request whose origin gave none, status included.

        `ended` is no-such-name, private-address, unreachable, bad-certificate, timeout, origin-left,
        too-much, refused (the origin switched to a protocol that is not carried) or error.
        """

    def tunnel_ended(self, client: connection.Client, bytes_in: int, bytes_out: int, ended: Ended) -> None:
        """A tunnel that was not decrypted is over; `bytes_in` came from the client. Once for each."""

    def not_http(self, client: connection.Client, host: str, port: int) -> None:
        """A tunnel to `host` began with something that is neither TLS nor HTTP. It is being closed."""

    def not_a_request(self, why: str) -> http.Response:
        """
        Count something that is no request, by a short fixed word, and give the fixed page for it.

        There is no exchange to record. The layers set the page's status.
        """
