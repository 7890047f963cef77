"""
The key to sealed parts, in three shares of which any two make it whole (SLIP-39).

One share alone tells nothing about the key, so two people have to come together, and the third share lies in
a safe for when one of them has gone. The key itself is never written anywhere: it is made, split and
forgotten in one process, and made whole in another for as long as that lasts. Shares are words, with a
checksum of their own: they can be written down, read out and typed in again.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from nacl.public import PrivateKey
from shamir_mnemonic import MnemonicError, combine_mnemonics, generate_mnemonics

from policy.errors import EvidenceRefused

SHARES = 3
NEEDED = 2
_LONGEST = 1_000


@dataclass(frozen=True, slots=True)
class Made:
    """A new key: what everybody may know of it, and its shares."""

    public_key: str  # hexadecimal, as the policy has it
    shares: tuple[str, ...]


def make_shares() -> Made:
    """Make a key and split it; each pair of shares is tried before anything is handed out."""
    key = PrivateKey.generate()
    (shares,) = generate_mnemonics(1, [(NEEDED, SHARES)], bytes(key), b"")
    public_key = bytes(key.public_key).hex()
    for leave_out in range(SHARES):
        pair = [share for place, share in enumerate(shares) if place != leave_out]
        if bytes(join(pair).public_key).hex() != public_key:
            raise AssertionError("two shares do not make the key that they were made of")
    return Made(public_key, tuple(shares))


def join(shares: Sequence[str]) -> PrivateKey:
    """
    The key that these two shares make.

    Raises `EvidenceRefused` where one is not as it was written down, or they are not two of one key.
    """
    words = [" ".join(share[:_LONGEST].lower().split()) for share in shares]
    if len(words) != NEEDED or words[0] == words[1]:
        raise EvidenceRefused("it takes two different shares; ask another holder for theirs")
    try:
        return PrivateKey(combine_mnemonics(words, b""))
    except (MnemonicError, ValueError) as error:
        raise EvidenceRefused(f"these are no two shares of one key: {error}") from error


def public_key_of(shares: Sequence[str]) -> str:
    """The public half of the key that two shares make, hexadecimal. Raises as `join` does."""
    return bytes(join(shares).public_key).hex()
