"""
The registers as one file, so that a worker needs no SQL and serves while the database is away.

The keeper writes it whenever a register changed, beside and by one rename; every worker looks at the
file's inode and time twice a second and rebinds one reference. A file that does not read (its
checksum differs, another release wrote it) changes nothing: the registers in force stay in force.
"""

import hashlib
import logging
import os
from collections.abc import Iterator
from pathlib import Path

import msgspec

from policy.people import Device, People, Person
from policy.registers import BreakGlass, Exemption, LocalEntry, Registers

log = logging.getLogger(__name__)

_MAGIC = b"sluicegate registers 1\n"
_CHECKSUM = hashlib.sha256().digest_size


class SnapshotUnreadable(ValueError):
    """The file is not a whole snapshot of the registers."""


class _Snapshot(msgspec.Struct):
    version: str
    local: list[LocalEntry]
    exemptions: list[Exemption]
    break_glass: BreakGlass | None = None
    persons: list[Person] = []  # the release before wrote none
    devices: list[Device] = []


_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(_Snapshot)


def write_snapshot(path: Path, registers: Registers, version: str) -> None:
    """Replace the snapshot in one step. `version` is the registers' marker (`RegisterStore.version`)."""
    local, exemptions = list(_local_entries(registers)), list(_exemptions(registers))
    persons, devices = list(registers.people.persons.values()), list(registers.people.devices)
    snapshot = _Snapshot(version, local, exemptions, registers.break_glass, persons, devices)
    payload = _encoder.encode(snapshot)
    beside = path.with_suffix(".new")
    with os.fdopen(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        file.write(_MAGIC + hashlib.sha256(payload).digest() + payload)
        file.flush()
        os.fsync(file.fileno())
    beside.replace(path)


def read_snapshot(path: Path) -> tuple[Registers, str]:
    """The registers in the file, and their version. Raises `SnapshotUnreadable`, or `OSError`."""
    data = path.read_bytes()
    checksum, payload = data[len(_MAGIC) :][:_CHECKSUM], data[len(_MAGIC) + _CHECKSUM :]
    if not data.startswith(_MAGIC) or hashlib.sha256(payload).digest() != checksum:
        raise SnapshotUnreadable(f"{path}: not a whole snapshot of the registers")
    try:
        snapshot = _decoder.decode(payload)
        people = People.of(snapshot.persons, snapshot.devices)
        registers = Registers.of(snapshot.local, snapshot.exemptions, snapshot.break_glass, people)
    except ValueError as error:  # msgspec's own too
        raise SnapshotUnreadable(f"{path}: a snapshot that this release cannot read") from error
    return registers, snapshot.version


class CurrentRegisters:
    """
    A worker's view of the registers: `registers` is rebound as a whole and never changed.

    `version` is None until a snapshot has been read; a gateway that has never had one must not serve,
    since an administrator's block would not hold.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._seen: tuple[int, int, int] | None = None
        self._failing = False  # to be read at all, which is said once
        self.registers = Registers()
        self.version: str | None = None

    def refresh(self) -> bool:
        """Look whether the snapshot was replaced; True when other registers are now in force."""
        try:
            found = self._path.stat()
            seen = (found.st_ino, found.st_mtime_ns, found.st_size)
            if seen == self._seen:
                return False
            registers, version = read_snapshot(self._path)
        except FileNotFoundError:
            return False
        except SnapshotUnreadable as error:
            # It will not become better: it is not looked at again, twice a second.
            self._seen = seen
            self._say(error)
            return False
        except OSError as error:
            # Too many files are open, say. It is tried again: the next change may be a month away.
            if not self._failing:
                self._say(error)
            self._failing = True
            return False
        changed = version != self.version
        self.registers, self.version, self._seen = registers, version, seen
        self._failing = False
        return changed

    @staticmethod
    def _say(error: Exception) -> None:
        log.error("the registers in force stay: the new snapshot cannot be read (%s)", type(error).__name__)


def _local_entries(registers: Registers) -> Iterator[LocalEntry]:
    for entries in registers.local.values():
        yield from entries


def _exemptions(registers: Registers) -> Iterator[Exemption]:
    for by_host in registers.exemptions_by_host.values():
        for exemptions in by_host.values():
            yield from exemptions
    for by_category in registers.exemptions_by_category.values():
        for exemptions in by_category.values():
            yield from exemptions
