"""Why an origin could not be had, as one word: from exceptions, from refusals of addons, from TLS."""

import socket
from typing import Self

from policy.words import Ended

# OpenSSL's wording reaches us through `mitmproxy.proxy.layers.tls.TLSLayer.receive_handshake_data`.
_BAD_CERTIFICATE = "Certificate verify failed"
_CLOSED = "connection closed"  # mitmproxy.proxy.tunnel

# What our own layers say of an answer, where nobody else gives its failure a word.
TOO_MUCH = "a head of too many bytes"
NOT_READABLE = "an answer that cannot be read"


class Failure(str):
    """
    An error message that knows its word.

    mitmproxy's layers hand on why a connection failed as a string and nothing else; the word travels in it.
    """

    __slots__ = ("ended",)

    ended: Ended

    def __new__(cls, ended: Ended) -> Self:
        """The failure `ended` names."""
        self = super().__new__(cls, ended.value)
        self.ended = ended
        return self


def failure_of(error: BaseException) -> Failure:
    """
    Why resolving or connecting failed.

    A resolver that knows better than its exception's type can say so in an attribute `ended`.
    """
    ended = getattr(error, "ended", None)
    if isinstance(ended, Ended):
        return Failure(ended)
    match error:
        case TimeoutError():
            return Failure(Ended.TIMEOUT)
        case socket.gaierror():
            return Failure(Ended.NO_SUCH_NAME)
        case OSError():
            return Failure(Ended.UNREACHABLE)
    return Failure(Ended.ERROR)


def ended_by(message: str) -> Ended:
    """
    The word for `server.error`, the reply to a command that opens a connection, or an addon's refusal.

    An addon that refuses a connection in `server_connect` sets `server.error` to an `Ended`'s value.
    """
    if isinstance(message, Failure):
        return message.ended
    if message in Ended:
        return Ended(message)
    if message.startswith(_BAD_CERTIFICATE):
        return Ended.BAD_CERTIFICATE
    if message == _CLOSED:
        return Ended.ORIGIN_LEFT
    return Ended.ERROR
