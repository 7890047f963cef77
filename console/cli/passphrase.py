"""A passphrase, typed where nobody sees it, or from a file; never from an option, which others could list."""

import getpass
import sys
from pathlib import Path

from addons.ca.making import SHORTEST_PASSPHRASE
from policy.errors import ConfigurationError, Refused

_MOST = 1024


def new_passphrase(file: Path | None, of: str = "the root's key") -> str:
    """
    One for something new: typed twice, or the first line of `file`.

    Raises `Refused` when it is too short or the two differ, `ConfigurationError` when there is nobody to ask.
    """
    first = ask_passphrase(file, of)
    if len(first) < SHORTEST_PASSPHRASE:
        raise Refused(f"the passphrase must have {SHORTEST_PASSPHRASE} characters at least; nothing was made")
    if file is None and getpass.getpass("The same again: ") != first:
        raise Refused("the two differ; nothing was made")
    return first


def ask_passphrase(file: Path | None, of: str = "the root's key") -> str:
    """One for what is there. Raises `ConfigurationError`."""
    if file is not None:
        try:
            with file.open(encoding="utf-8") as lines:
                return lines.readline(_MOST).rstrip("\r\n")
        except (OSError, UnicodeDecodeError) as error:
            raise ConfigurationError(f"{file}: the passphrase cannot be read: {error}") from error
    if not sys.stdin.isatty():
        raise ConfigurationError("nobody is here to be asked for a passphrase; name a --passphrase-file")
    return getpass.getpass(f"Passphrase of {of}: ")
