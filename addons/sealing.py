"""
Sealing: what only the holders of a private key can open, made in the worker and gone from it at once.

A libsodium sealed box (X25519, XSalsa20-Poly1305) with a key of its own for each: not even who made it can
open it again. The private half is on no machine of the gateway (`docs/sealing.md`). It is put behind a byte
that says how it was made and eight that say to which key.
"""

from collections.abc import Callable
from hashlib import sha256

from nacl.exceptions import CryptoError
from nacl.public import PublicKey, SealedBox

from policy.errors import ConfigurationError

FORM = b"\x01"
NAME_BYTES = 8

type Seal = Callable[[bytes], bytes]


def key_name(public_key: bytes) -> bytes:
    """What stands before everything that is sealed to this key."""
    return sha256(public_key).digest()[:NAME_BYTES]


def make_seal(public_key: str) -> Seal | None:
    """
    The function that seals to this key (hexadecimal); None for none.

    Raises `ConfigurationError` for a key to which nothing can be sealed.
    """
    if not public_key:
        return None
    key = bytes.fromhex(public_key)
    box, head = SealedBox(PublicKey(key)), FORM + key_name(key)

    def seal(text: bytes) -> bytes:
        return head + box.encrypt(text)

    try:
        seal(b"")
    except CryptoError as error:
        # A point of small order, to which anybody could find the secret.
        raise ConfigurationError(
            "sealing.public_key: nothing can be sealed to this key; take the one that `sluicegate sealing "
            "make-key` printed"
        ) from error
    return seal
