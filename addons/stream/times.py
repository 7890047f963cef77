"""
What the gateway adds to an exchange, measured where its layers see the head of each message.

`request`: from a request's complete head until it could be handed on, that is when its connection to the
origin was asked for, or until our own answer was given to the socket. The wait for that connection is left
out: a client without us would wait for it too. `answer`: from the complete head of an origin's answer until
that head was given to the client's socket. Neither holds the TLS handshakes, nor the time that bytes wait in
the kernel while the worker is busy with others: for that, see how late its loop is (`lifetime.py`).
"""

from addons.observe.histogram import Histogram


class Times:
    """The histograms of one worker."""

    __slots__ = ("answer", "request")

    def __init__(self) -> None:
        self.request = Histogram()
        self.answer = Histogram()
