"""
A secret under a passphrase: scrypt (RFC 7914) makes the key, AES-256-GCM (NIST SP 800-38D) closes and seals.

The parameters are part of the format and stand in no header: one who could choose them could choose
weak ones, or such as take all memory. Another choice will be another first line.
"""

import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

from policy.errors import BackupRefused

_FORM = b"sluicegate sealed 1: scrypt 2^17 8 1, AES-256-GCM\n"
_SALT = 16
_NONCE = 12


def seal(data: bytes, passphrase: str) -> bytes:
    """`data`, to be read with the passphrase only."""
    salt, nonce = os.urandom(_SALT), os.urandom(_NONCE)
    return _FORM + salt + nonce + AESGCM(_key(passphrase, salt)).encrypt(nonce, data, _FORM)


def unseal(sealed: bytes, passphrase: str) -> bytes:
    """What was sealed. Raises `BackupRefused` where the passphrase is another, or a byte was changed."""
    if not sealed.startswith(_FORM):
        raise BackupRefused(
            "the authority in this backup was sealed in a way that this release does not know"
        )
    rest = sealed[len(_FORM) :]
    salt, nonce, closed = rest[:_SALT], rest[_SALT : _SALT + _NONCE], rest[_SALT + _NONCE :]
    try:
        return AESGCM(_key(passphrase, salt)).decrypt(nonce, closed, _FORM)
    except (InvalidTag, ValueError):
        raise BackupRefused(
            "this passphrase does not open the authority in the backup; give the one it was made with"
        ) from None


def _key(passphrase: str, salt: bytes) -> bytes:
    return Scrypt(salt=salt, length=32, n=1 << 17, r=8, p=1).derive(passphrase.encode())
