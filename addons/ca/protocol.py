"""
What worker and signer say to each other, over a socket that keeps messages apart (`SOCK_SEQPACKET`).

    signer: C  the chain that follows leaves now, DER; first of all, and again whenever it changes
    worker: S  number, the leaf's public key, the host
    signer: L  number, the leaf, DER
    signer: R  number, why there is none: one of the fixed words

Nothing else is understood. A message that is not one of these ends the connection, on either side.
"""

import struct
from collections.abc import Sequence
from dataclasses import dataclass

from addons.lines import Misspoken

# A chain of eight certificates with long names; a leaf has half a kilobyte.
MOST_BYTES = 64 * 1024
MOST_HOST = 253
# A point of P-256, uncompressed (SEC 1, 2.3.3).
KEY_BYTES = 65

_NUMBER = struct.Struct("!I")
_LENGTH = struct.Struct("!H")


@dataclass(frozen=True, slots=True)
class Ask:
    """A worker asks for a leaf."""

    number: int
    key: bytes
    host: str


@dataclass(frozen=True, slots=True)
class Chain:
    """What follows a leaf in a handshake from now on, DER; without the root."""

    certificates: tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class Signed:
    """A leaf, DER."""

    number: int
    leaf: bytes


@dataclass(frozen=True, slots=True)
class NotSigned:
    """No leaf, and why: a fixed word."""

    number: int
    why: str


def write_ask(number: int, key: bytes, host: str) -> bytes:
    """As the worker says it. Raises `ValueError` where it could not be said."""
    if len(key) != KEY_BYTES or not 0 < len(host) <= MOST_HOST:
        raise ValueError("expected a point of P-256 and a host")
    return b"S" + _NUMBER.pack(number) + key + host.encode("ascii")


def read_ask(message: bytes) -> Ask:
    """As the signer reads it. Raises `Misspoken`."""
    host = message[5 + KEY_BYTES :]
    if message[:1] != b"S" or not 0 < len(host) <= MOST_HOST or not host.isascii():
        raise Misspoken("expected S, a number, a key and a host")
    return Ask(_NUMBER.unpack_from(message, 1)[0], message[5 : 5 + KEY_BYTES], host.decode("ascii"))


def write_chain(certificates: Sequence[bytes]) -> bytes:
    """As the signer says it."""
    return b"C" + b"".join(_LENGTH.pack(len(one)) + one for one in certificates)


def write_signed(number: int, leaf: bytes) -> bytes:
    """As the signer says it."""
    return b"L" + _NUMBER.pack(number) + leaf


def write_not_signed(number: int, why: str) -> bytes:
    """As the signer says it."""
    return b"R" + _NUMBER.pack(number) + why.encode("ascii")


def read_answer(message: bytes) -> Chain | Signed | NotSigned:
    """As the worker reads it. Raises `Misspoken`."""
    kind, rest = message[:1], message[1:]
    if kind == b"C":
        return Chain(tuple(_parted(rest)))
    if len(rest) > _NUMBER.size:
        number, said = _NUMBER.unpack_from(rest)[0], rest[_NUMBER.size :]
        if kind == b"L":
            return Signed(number, said)
        if kind == b"R" and said.isascii():
            return NotSigned(number, said.decode("ascii"))
    raise Misspoken("expected C, L or R")


def _parted(rest: bytes) -> list[bytes]:
    found = []
    while rest:
        if len(rest) < _LENGTH.size:
            raise Misspoken("a chain that breaks off")
        length = _LENGTH.unpack_from(rest)[0]
        one, rest = rest[_LENGTH.size : _LENGTH.size + length], rest[_LENGTH.size + length :]
        if len(one) != length or not length:
            raise Misspoken("a chain that breaks off")
        found.append(one)
    return found
