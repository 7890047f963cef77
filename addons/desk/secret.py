"""A secret in a file of its own."""

import stat
from pathlib import Path

from policy.errors import ConfigurationError

_MOST_BYTES = 4096


def read_secret(path: Path) -> str:
    """The file's first line. Raises `ConfigurationError`, naming the file and never what is in it."""
    try:
        with path.open(encoding="utf-8") as file:
            if stat.S_IMODE(path.stat().st_mode) & (stat.S_IROTH | stat.S_IWOTH):
                raise ConfigurationError(f"{path}: everybody may read this secret; chmod o= it")
            line = file.readline(_MOST_BYTES).rstrip("\r\n")
    except OSError as error:
        raise ConfigurationError(f"{path}: the secret cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise ConfigurationError(f"{path}: not UTF-8") from error
    if not line:
        raise ConfigurationError(f"{path}: no secret on its first line")
    return line
