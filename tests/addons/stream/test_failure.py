"""Why an origin could not be had, in one word."""

import socket

import pytest

from addons.stream.failure import Failure, ended_by, failure_of
from policy.words import Ended


class _KnowsBetter(OSError):
    ended = Ended.PRIVATE_ADDRESS


@pytest.mark.parametrize(
    ("error", "ended"),
    [
        (socket.gaierror(socket.EAI_NONAME, "x"), Ended.NO_SUCH_NAME),
        (TimeoutError(), Ended.TIMEOUT),
        (ConnectionRefusedError(), Ended.UNREACHABLE),
        (OSError("no address"), Ended.UNREACHABLE),
        (_KnowsBetter(), Ended.PRIVATE_ADDRESS),
        (UnicodeError(), Ended.ERROR),
    ],
)
def test_an_exception_has_a_word(error: Exception, ended: Ended) -> None:
    failure = failure_of(error)
    assert (failure.ended, str(failure)) == (ended, ended.value)


@pytest.mark.parametrize(
    ("message", "ended"),
    [
        (Failure(Ended.TIMEOUT), Ended.TIMEOUT),
        ("private-address", Ended.PRIVATE_ADDRESS),
        ("Certificate verify failed: hostname mismatch", Ended.BAD_CERTIFICATE),
        ("connection closed", Ended.ORIGIN_LEFT),
        ("OpenSSL Error([('SSL routines', '', 'wrong version number')])", Ended.ERROR),
        ("", Ended.ERROR),
    ],
)
def test_a_message_of_layers_and_addons_has_a_word(message: str, ended: Ended) -> None:
    assert ended_by(message) is ended
