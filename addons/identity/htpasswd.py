"""
Who there is: an htpasswd file, read again when it changes.

Only bcrypt lines (`htpasswd -B`) are taken. The other kinds that such files can hold (plain, crypt, MD5,
SHA-1) give a password away to whoever gets to read the file; one such line refuses the whole file, because
a person left out of it silently would be a riddle. A cost above 15 is refused too: each sign-in would
keep a processor busy for seconds. A name that does not exist takes as long as one that does.
"""

import logging
import re
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

import bcrypt

from addons.identity.shown import as_login
from policy.errors import ConfigurationError
from policy.people import PersonKey

logger = logging.getLogger(__name__)

_BCRYPT = re.compile(r"\$2[aby]\$(\d\d)\$[./A-Za-z0-9]{53}")
_MOST_COST = 15
_MOST_BYTES = 16 << 20
_LOOK_AGAIN_SECONDS = 1.0

# What bcrypt looks at; htpasswd cuts at the same place.
_PASSWORD_BYTES = 72
# Of nobody's password, with the usual cost: for names that do not exist.
_NOBODY = b"$2b$10$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW"


def read_htpasswd(people: Path) -> Mapping[str, bytes]:
    """Hashes by login. Raises `ConfigurationError` naming file and line, never a person."""
    hashes: dict[str, bytes] = {}
    for number, line in _lines(people):
        text, colon, hashed = line.partition(":")
        name = as_login(text)
        if not colon or name is None:
            raise ConfigurationError(f"{people}:{number}: expected name:hash")
        found = _BCRYPT.fullmatch(hashed)
        if found is None:
            raise ConfigurationError(
                f"{people}:{number}: expected a bcrypt hash; set this password again with `htpasswd -B`"
            )
        if int(found[1]) > _MOST_COST:
            raise ConfigurationError(f"{people}:{number}: a bcrypt cost above {_MOST_COST}")
        if name in hashes:
            raise ConfigurationError(f"{people}:{number}: this name stands in the file twice")
        hashes[name] = hashed.encode("ascii")
    return hashes


def _lines(path: Path) -> Iterator[tuple[int, str]]:
    try:
        with path.open("rb") as file:
            content = file.read(_MOST_BYTES + 1)
        text = content.decode("utf-8")
    except OSError as error:
        raise ConfigurationError(f"{path}: cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise ConfigurationError(f"{path}: not UTF-8") from error
    if len(content) > _MOST_BYTES:
        raise ConfigurationError(f"{path}: larger than {_MOST_BYTES} bytes")
    for number, line in enumerate(map(str.strip, text.splitlines()), 1):
        if line and not line.startswith("#"):
            yield number, line


class Htpasswd:
    """Compares passwords by the last file that could be read."""

    def __init__(self, path: Path) -> None:
        """Raises `ConfigurationError`."""
        self._path = path
        self._seen = _state_of(path)
        self._looked = time.monotonic()
        self._hashes = read_htpasswd(path)

    def has(self, login: str) -> bool:
        """Whether the file has this login."""
        if time.monotonic() - self._looked >= _LOOK_AGAIN_SECONDS:
            self.refresh()
        return login in self._hashes

    def verify(self, login: str, password: str) -> PersonKey | None:
        """Whose they are."""
        hashed = self._hashes.get(login, _NOBODY)
        right = bcrypt.checkpw(password.encode()[:_PASSWORD_BYTES], hashed)
        return ("", login) if right and hashed is not _NOBODY else None

    def refresh(self) -> None:
        """Read the file again if it has changed; one that cannot be read changes nothing."""
        self._looked = time.monotonic()
        state = _state_of(self._path)
        if state == self._seen:
            return
        self._seen = state
        try:
            self._hashes = read_htpasswd(self._path)
        except ConfigurationError as error:
            logger.error("the people stay as they were: %s", error)
        else:
            logger.info("%d people in the htpasswd file", len(self._hashes))


def _state_of(path: Path) -> tuple[int, int, int] | None:
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_ino, status.st_size, status.st_mtime_ns
