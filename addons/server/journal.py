"""
Log records for journald, in its own protocol: fields, one datagram a record.

A line on standard error reaches the journal too, but only as text. Here the level is PRIORITY, and role,
slot, generation and the kind of event are fields that a search can ask for:

    journalctl -t sluicegate SLUICEGATE_ROLE=keeper -p warning
    journalctl MESSAGE_ID=26843750d9484b05b745689664491ad3     # the database was away

The protocol is a dozen lines (systemd.io, "Native Journal Protocol"), and a library for it would have to be
compiled against libsystemd. What cannot be sent is written to standard error, from where it reaches the
journal as well.
"""

import logging
import os
import socket
import struct
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

SOCKET = Path("/run/systemd/journal/socket")
IDENTIFIER = "sluicegate"
# A datagram takes some 200 kB; what is longer than this is no log line.
_MOST_BYTES = 48 * 1024
_LENGTH = struct.Struct("<Q")
# syslog(3)
_PRIORITIES = ((logging.CRITICAL, 2), (logging.ERROR, 3), (logging.WARNING, 4), (logging.INFO, 6))
_DEBUG = 7


class JournalHandler(logging.Handler):
    """
    Sends records to journald.

    The message is what the handler's formatter makes of a record; `fields` gives what holds of this process.
    """

    def __init__(self, fields: Callable[[], Mapping[str, str]], path: Path = SOCKET) -> None:
        """Raises `OSError` where there is no socket to be had."""
        super().__init__()
        self._fields = fields
        self._path = str(path)
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.setblocking(False)

    def emit(self, record: logging.LogRecord) -> None:
        """Send one record; never raises and never waits."""
        try:
            text = self.format(record)
            event = record.__dict__.get("event")
            fields = {
                "MESSAGE": text,
                "PRIORITY": str(priority(record.levelno)),
                "SYSLOG_IDENTIFIER": IDENTIFIER,
                "LOGGER": record.name,
                **({"MESSAGE_ID": str(event)} if event is not None else {}),
                **self._fields(),
            }
            try:
                # By name each time: a journald that was restarted listens on another socket.
                self._socket.sendto(encode(fields), self._path)
            except OSError:
                print(text, file=sys.stderr)  # noqa: T201 (the last place there is)
        except Exception:  # noqa: BLE001 (logging's own rule: a record that fails must not fail its writer)
            self.handleError(record)


def priority(level: int) -> int:
    """syslog's number for a level of `logging`."""
    return next((number for least, number in _PRIORITIES if level >= least), _DEBUG)


def encode(fields: Mapping[str, str]) -> bytes:
    """Fields as journald takes them; a value with a line break goes by its length."""
    parts: list[bytes] = []
    for name, value in fields.items():
        content = value.encode("utf-8", "backslashreplace")[:_MOST_BYTES]
        if b"\n" in content:
            parts.append(name.encode("ascii") + b"\n" + _LENGTH.pack(len(content)) + content + b"\n")
        else:
            parts.append(name.encode("ascii") + b"=" + content + b"\n")
    return b"".join(parts)


def is_the_journal(stream: int, named: str) -> bool:
    """
    Whether a descriptor is what `named` ($JOURNAL_STREAM, "device:inode") says: systemd's way to the journal.

    Programs whose output goes elsewhere inherit the variable, so it alone says nothing (systemd.exec(5)).
    """
    device, _, inode = named.partition(":")
    try:
        found = os.fstat(stream)
        return (found.st_dev, found.st_ino) == (int(device), int(inode))
    except (OSError, ValueError):
        return False
