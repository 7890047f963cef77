"""Records as journald gets them, at a socket that stands in for its own."""

import logging
import os
import socket
import struct
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from addons.server.journal import JournalHandler, encode, is_the_journal, priority
from addons.server.logs import CleanFormatter
from policy.events import Event

MARK = "marked-host.test"


def decode(datagram: bytes) -> dict[str, str]:
    """The fields of a datagram, as journald reads them."""
    fields: dict[str, str] = {}
    while datagram:
        line, _, rest = datagram.partition(b"\n")
        if b"=" in line:
            name, _, value = line.partition(b"=")
            datagram = rest
        else:
            (length,) = struct.unpack("<Q", rest[:8])
            name, value = line, rest[8 : 8 + length]
            assert rest[8 + length : 9 + length] == b"\n"
            datagram = rest[9 + length :]
        fields[name.decode()] = value.decode()
    return fields


class Journal:
    """Keeps what it is sent."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.bind(str(path))
        self._socket.settimeout(2)

    def next(self) -> dict[str, str]:
        return decode(self._socket.recv(1 << 20))

    def close(self) -> None:
        self._socket.close()
        self.path.unlink()


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[Journal]:
    made = Journal(tmp_path / "journal")
    yield made
    made.close()


@pytest.fixture
def logger(journal: Journal) -> Iterator[logging.Logger]:
    handler = JournalHandler(lambda: {"SLUICEGATE_ROLE": "worker", "SLUICEGATE_SLOT": "3"}, journal.path)
    handler.setFormatter(CleanFormatter("{message}"))
    found = logging.getLogger("addons.test_journal")
    found.addHandler(handler)
    found.propagate = False
    yield found
    found.removeHandler(handler)
    found.propagate = True


def test_a_record_arrives_with_its_fields(logger: logging.Logger, journal: Journal) -> None:
    logger.error("worker %d died", 3, extra=Event.WORKER_DIED.extra)
    assert journal.next() == {
        "MESSAGE": "worker 3 died",
        "PRIORITY": "3",
        "SYSLOG_IDENTIFIER": "sluicegate",
        "LOGGER": "addons.test_journal",
        "MESSAGE_ID": Event.WORKER_DIED.value,
        "SLUICEGATE_ROLE": "worker",
        "SLUICEGATE_SLOT": "3",
    }


def test_an_exception_arrives_with_its_places_and_without_its_message(
    logger: logging.Logger, journal: Journal
) -> None:
    try:
        raise ValueError(MARK)
    except ValueError:
        logger.exception("a hook failed")
    fields = journal.next()
    assert fields["MESSAGE"].startswith("a hook failed\n  builtins.ValueError\n")
    assert "MESSAGE_ID" not in fields
    assert MARK not in str(fields)


def test_what_cannot_be_sent_is_written_to_standard_error(
    logger: logging.Logger, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    handler = logger.handlers[0]
    assert isinstance(handler, JournalHandler)
    handler._path = str(tmp_path / "nobody")
    logger.error("the disk is full")
    assert capsys.readouterr().err == "the disk is full\n"


def test_a_journal_that_was_restarted_gets_the_next_record(logger: logging.Logger, journal: Journal) -> None:
    journal.close()
    again = Journal(journal.path)
    logger.error("back")
    assert again.next()["MESSAGE"] == "back"


def test_a_record_of_any_size_is_sent(logger: logging.Logger, journal: Journal) -> None:
    logger.error("x" * 10_000_000)
    assert len(journal.next()["MESSAGE"]) < 100_000


@given(st.text())
def test_whatever_a_message_holds_it_cannot_make_a_field_of_its_own(text: str) -> None:
    found = decode(encode({"MESSAGE": f"{text}\nPRIORITY=0\n{text}", "PRIORITY": "6"}))
    assert set(found) == {"MESSAGE", "PRIORITY"}
    assert found["PRIORITY"] == "6"


@pytest.mark.parametrize(
    ("level", "number"),
    [(logging.CRITICAL, 2), (logging.ERROR, 3), (logging.WARNING, 4), (logging.INFO, 6), (logging.DEBUG, 7)],
)
def test_levels_are_syslogs(level: int, number: int) -> None:
    assert priority(level) == number


def test_only_a_stream_that_is_the_named_one_is_the_journal(tmp_path: Path) -> None:
    with (tmp_path / "a").open("w") as file:
        found = os.fstat(file.fileno())
        assert is_the_journal(file.fileno(), f"{found.st_dev}:{found.st_ino}")
        assert not is_the_journal(file.fileno(), f"{found.st_dev}:{found.st_ino + 1}")
        for nonsense in ("", ":", "8:", "a:b", f"{found.st_dev}"):
            assert not is_the_journal(file.fileno(), nonsense)
    assert not is_the_journal(10_000, "8:15")
