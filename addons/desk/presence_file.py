"""
Presence as one file: written by the desk, read by every worker as soon as it was replaced.

As the registers' snapshot (`db/snapshot.py`), and apart from it because it changes all day.
"""

import hashlib
import logging
import os
import threading
import time
from contextlib import suppress
from datetime import datetime
from pathlib import Path

import msgspec

from policy.presence import Acknowledged, Confirmation, Presence, SignedIn

log = logging.getLogger(__name__)

_MAGIC = b"sluicegate presence 1\n"
_CHECKSUM = hashlib.sha256().digest_size
_END = b"\n"  # of the version
_MOST_VERSION = 64
_LONGEST_WRITING = 60.0  # seconds


class PresenceUnreadable(ValueError):
    """The file is not a whole snapshot of presence."""


class _Snapshot(msgspec.Struct, array_like=True):
    # As lists: keys of more than one part are none to MessagePack's decoder.
    acknowledged: list[tuple[str, str, str, datetime]]
    signed_in: dict[str, SignedIn]
    active_role: list[tuple[str, str, str]]
    confirmations: list[Confirmation]
    used: list[tuple[str, str, int]]
    allowance_day: str


_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(_Snapshot)


def write_presence(path: Path, presence: Presence, version: str) -> None:
    """
    Replace the file in one step. Raises `OSError`.

    `version` is presence's marker (`PresenceStore.version`).
    """
    payload = (
        version.encode()
        + _END
        + _encoder.encode(
            _Snapshot(
                [(*key, one.version, one.at) for key, one in presence.acknowledged.items()],
                dict(presence.signed_in),
                [(*key, role) for key, role in presence.active_role.items()],
                list(presence.confirmations.values()),
                [(*key, minutes) for key, minutes in presence.used.items()],
                presence.allowance_day,
            )
        )
    )
    beside = path.with_suffix(f".{os.getpid()}")  # at a hand-over two desks write
    try:
        with os.fdopen(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
            file.write(_MAGIC + hashlib.sha256(payload).digest() + payload)
        beside.replace(path)
    except OSError:
        # Half of it would take room that a full disk has none of.
        with suppress(OSError):
            beside.unlink(missing_ok=True)
        raise


def version_in(path: Path) -> str | None:
    """The marker of what stands in the file, by its head; None where there is none. Raises `OSError`."""
    try:
        with path.open("rb") as file:
            head = file.read(len(_MAGIC) + _CHECKSUM + _MOST_VERSION)
    except FileNotFoundError:
        return None
    version, end, _ = head[len(_MAGIC) + _CHECKSUM :].partition(_END)
    return version.decode("ascii", "replace") if end and head.startswith(_MAGIC) else None


def remove_unfinished(path: Path) -> None:
    """What desks that were killed while they wrote have left beside the file: it says who is where."""
    for beside in path.parent.glob(f"{path.stem}.*"):
        with suppress(OSError):
            if beside.suffix[1:].isdigit() and time.time() - beside.stat().st_mtime > _LONGEST_WRITING:
                beside.unlink()


def read_presence(path: Path) -> Presence:
    """What stands in the file. Raises `PresenceUnreadable`, or `OSError`."""
    data = path.read_bytes()
    checksum, payload = data[len(_MAGIC) :][:_CHECKSUM], data[len(_MAGIC) + _CHECKSUM :]
    if not data.startswith(_MAGIC) or hashlib.sha256(payload).digest() != checksum:
        raise PresenceUnreadable(f"{path}: not a whole snapshot of presence")
    try:
        found = _decoder.decode(payload.partition(_END)[2])
    except msgspec.DecodeError as error:
        raise PresenceUnreadable(f"{path}: a snapshot that this release cannot read") from error
    return Presence(
        acknowledged={
            (organisation, login): Acknowledged(version, at)
            for organisation, login, version, at in found.acknowledged
        },
        signed_in=found.signed_in,
        active_role={(organisation, login): role for organisation, login, role in found.active_role},
        confirmations={(one.organisation, one.person, one.host): one for one in found.confirmations},
        used={(organisation, login): minutes for organisation, login, minutes in found.used},
        allowance_day=found.allowance_day,
    )


class CurrentPresence:
    """
    A worker's view of presence: `presence` is rebound as a whole and never changed.

    `known` once a snapshot has been read: before that a gateway must not serve, since it would ask everybody
    to read the notice again, and name nobody who has.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._seen: tuple[int, int, int] | None = None
        self._failing = False  # to be read at all, which is said once
        # Who has just signed out looks at once, beside the thread that always looks: the one that read an
        # older file must not be the last to say what is in force.
        self._looking = threading.Lock()
        self.presence = Presence()
        self.known = False

    def refresh(self) -> bool:
        """Look whether the file was replaced; True when something else is now in force."""
        with self._looking:
            return self._look()

    def _look(self) -> bool:
        try:
            found = self._path.stat()
            seen = (found.st_ino, found.st_mtime_ns, found.st_size)
            if seen == self._seen:
                return False
            presence = read_presence(self._path)
        except FileNotFoundError:
            return False
        except PresenceUnreadable as error:
            # It will not become better: it is not looked at again, four times a second.
            self._seen = seen
            self._say(error)
            return False
        except OSError as error:
            # Too many files are open, say. It is tried again: nobody may have reason to write another soon.
            if not self._failing:
                self._say(error)
            self._failing = True
            return False
        self.presence, self._seen = presence, seen
        self.known, self._failing = True, False
        return True

    @staticmethod
    def _say(error: Exception) -> None:
        log.error("presence stays as it was: its snapshot cannot be read (%s)", type(error).__name__)
