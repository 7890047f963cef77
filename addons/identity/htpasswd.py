"""
Who there is: an htpasswd file, read again when it changes.

Only bcrypt lines (`htpasswd -B`) are taken. The other kinds that such files can hold (plain, crypt, MD5,
SHA-1) give a password away to whoever gets to read the file; one such line refuses the whole file, because
a person left out of it silently would be a riddle. A cost above 15 is refused too: each sign-in would
keep a processor busy for seconds.
"""

import logging
import re
import unicodedata
from collections.abc import Iterator, Mapping
from pathlib import Path

from policy.errors import ConfigurationError

logger = logging.getLogger(__name__)

_BCRYPT = re.compile(r"\$2[aby]\$(\d\d)\$[./A-Za-z0-9]{53}")
_MOST_COST = 15
_MOST_BYTES = 16 << 20
_NAME_LENGTH = 64


def same_name(text: str) -> str:
    """A person's name in the one form it is compared in (RFC 7617, 2.1)."""
    return unicodedata.normalize("NFC", text)


def read_htpasswd(people: Path) -> Mapping[str, bytes]:
    """Hashes by person. Raises `ConfigurationError` naming file and line, never a person."""
    hashes: dict[str, bytes] = {}
    for number, line in _lines(people):
        name, colon, hashed = line.partition(":")
        if not colon or not _is_name(name):
            raise ConfigurationError(f"{people}:{number}: expected name:hash")
        found = _BCRYPT.fullmatch(hashed)
        if found is None:
            raise ConfigurationError(
                f"{people}:{number}: expected a bcrypt hash; set this password again with `htpasswd -B`"
            )
        if int(found[1]) > _MOST_COST:
            raise ConfigurationError(f"{people}:{number}: a bcrypt cost above {_MOST_COST}")
        name = same_name(name)
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


def _is_name(text: str) -> bool:
    return 0 < len(text) <= _NAME_LENGTH and text.isprintable()


class HtpasswdFile:
    """The hashes in force: of the last file that could be read."""

    def __init__(self, path: Path) -> None:
        """Raises `ConfigurationError`."""
        self._path = path
        self._seen = _state_of(path)
        self.hashes = read_htpasswd(path)

    def refresh(self) -> None:
        """Read the file again if it has changed; one that cannot be read changes nothing."""
        state = _state_of(self._path)
        if state == self._seen:
            return
        self._seen = state
        try:
            self.hashes = read_htpasswd(self._path)
        except ConfigurationError as error:
            logger.error("the people stay as they were: %s", error)
        else:
            logger.info("%d people in the htpasswd file", len(self.hashes))


def _state_of(path: Path) -> tuple[int, int, int] | None:
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_ino, status.st_size, status.st_mtime_ns
