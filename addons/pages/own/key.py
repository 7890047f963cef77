"""
The key that the tokens of our pages are sealed with: one file, made by whoever first needs it.

Several gateways that people are spread over must have the same, so that a link made by one opens at the next:
copy the file. It opens nothing but tokens, which live for a day; to have a new one, delete it and reload.
"""

import base64
import binascii
import os
import stat
from contextlib import suppress
from pathlib import Path

from addons.pages.own.tokens import KEY_BYTES
from categories.durable import beside, sync
from policy.errors import ConfigurationError

# A secret that is mounted is its group's to read.
_TOO_OPEN = stat.S_IRWXO | stat.S_IWGRP
_MOST_BYTES = 256


def page_key(path: Path) -> bytes:
    """The key at `path`, made where there is none. Raises `ConfigurationError`."""
    try:
        if not path.exists():
            _make(path)
        return _read(path)
    except OSError as error:
        raise ConfigurationError(f"{path}: {error.strerror}") from error


def _make(path: Path) -> None:
    """Whole or not at all, and never in the place of another's: two may be at it at once."""
    temporary = beside(path)
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(base64.b64encode(os.urandom(KEY_BYTES)) + b"\n")
            file.flush()
            os.fsync(file.fileno())
        with suppress(FileExistsError):
            path.hardlink_to(temporary)
    finally:
        temporary.unlink()
    sync(path.parent)


def _read(path: Path) -> bytes:
    with path.open("rb") as file:
        if os.fstat(file.fileno()).st_mode & _TOO_OPEN:
            raise ConfigurationError(f"{path}: others than its owner may read or write it; chmod 600 it")
        text = file.read(_MOST_BYTES)
    try:
        key = base64.b64decode(text.strip(), validate=True)
    except binascii.Error:
        key = b""
    if len(key) != KEY_BYTES:
        raise ConfigurationError(
            f"{path}: not a key of the gateway's pages; delete it, and a new one is made"
        )
    return key
