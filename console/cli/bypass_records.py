"""What `sluicegate-bypass` (`deploy/nftables/`) writes down of a bypass while nothing of ours runs."""

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

from policy.errors import Refused
from policy.identifiers import reference_of

RECORDS = Path("/var/lib/sluicegate-bypass")

_MOST_BYTES = 4096
_MOST_FILES = 1000
_SECOND = timedelta(seconds=1)
_NEEDED = ("machine", "account", "opened", "until", "because")


@dataclass(frozen=True, slots=True)
class Bypass:
    """One bypass, as the machine that it was made on tells of it."""

    id: str  # the same whenever the record is read
    account: str
    begins: datetime
    ended: datetime
    because: str


def read_bypasses(folder: Path) -> list[Bypass]:
    """
    Every bypass there is a record of, oldest first; none where there is no such folder.

    Raises `Refused` for a record that does not read: it is somebody's to look at, and not to be left out.
    """
    files = sorted(folder.glob("*.bypass"))
    if len(files) > _MOST_FILES:
        raise Refused(f"{folder}: more than {_MOST_FILES} records of bypasses; move the old ones away")
    return [_read(file) for file in files]


def parse_bypass(text: str) -> Bypass:
    """
    One record: lines of a word, a space and what it says. The last word of a kind holds.

    A line ends where the script ended it: with other ends, such as U+2028, a reason could hold lines of its
    own, and say that somebody else did it. Raises `ValueError` saying what is wrong with it.
    """
    said: dict[str, str] = {}
    for line in text.split("\n"):
        word, _, rest = line.partition(" ")
        said[word] = rest.strip()
    missing = [word for word in _NEEDED if not said.get(word)]
    if missing:
        raise ValueError(f"says nothing of {', '.join(missing)}")
    begins, until = _moment(said["opened"]), _moment(said["until"])
    if until <= begins:
        raise ValueError("ends before it begins")
    # The script's clock has whole seconds, and one second may see both.
    ended = max(min(until, _moment(said["closed"])), begins + _SECOND) if said.get("closed") else until
    mark = hashlib.sha256("\0".join(said[word] for word in ("machine", "account", "opened")).encode())
    return Bypass(
        reference_of(UUID(bytes=mark.digest()[:16])), said["account"], begins, ended, said["because"]
    )


def _read(file: Path) -> Bypass:
    try:
        with file.open("rb") as opened:
            raw = opened.read(_MOST_BYTES + 1)
        if len(raw) > _MOST_BYTES:
            raise ValueError("is longer than any")
        return parse_bypass(raw.decode())
    except ValueError as error:
        raise Refused(f"{file}: no record of a bypass: it {error}") from error


def _moment(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise ValueError(f"has a time that cannot be read: {text[:40]!r}") from None
    if moment.tzinfo is None:
        raise ValueError(f"has a time without its zone: {text[:40]!r}")
    return moment.astimezone(UTC)
