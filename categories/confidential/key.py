"""
The key of the confidential lists: 32 random bytes in a file of the state folder.

It lies neither in the library nor beside the Rulesets, since both may be shared or copied, and whoever has
digests and key can try every name there is.
"""

import os
import re
import stat
from pathlib import Path

from categories.confidential.digests import Digester
from categories.durable import beside, put
from policy.errors import ConfigurationError

NAME = "confidential.key"
_BYTES = 32
_TEXT = re.compile(rb"[0-9a-f]{64}\n?")


def read_key(file: Path) -> Digester | None:
    """
    The key in a file, ready to digest with; None where there is no such file.

    Raises `ConfigurationError` where it is no key, or where others than its owner and group may read it.
    """
    try:
        descriptor = os.open(file, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise ConfigurationError(f"{file}: the key cannot be read: {error.strerror}") from error
    try:
        mode = os.fstat(descriptor).st_mode
        if not stat.S_ISREG(mode):
            raise ConfigurationError(f"{file}: is no ordinary file, so no key")
        if mode & (stat.S_IRWXO | stat.S_IWGRP):
            raise ConfigurationError(
                f"{file}: others may read or change the key of the confidential lists; run: chmod 600 {file}"
            )
        text = os.read(descriptor, 2 * _BYTES + 2)
    finally:
        os.close(descriptor)
    if not _TEXT.fullmatch(text):
        raise ConfigurationError(f"{file}: is no key; bring it back from a backup with --with-ca")
    return Digester(bytes.fromhex(text.decode("ascii")))


def make_key(file: Path) -> Digester:
    """A new key in a new file, for its owner alone. Raises `ConfigurationError` where there is a file."""
    if file.exists():
        raise ConfigurationError(f"{file}: there is a key already")
    secret = os.urandom(_BYTES)
    write_key(file, f"{secret.hex()}\n".encode())
    return Digester(secret)


def write_key(file: Path, text: bytes) -> None:
    """Put a key's text into a file for its owner alone, in one step."""
    temporary = beside(file)
    with open(temporary, "xb", opener=_for_its_owner) as written:
        written.write(text)
        written.flush()
        os.fsync(written.fileno())
    put(temporary, file)


def _for_its_owner(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)
