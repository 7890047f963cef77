"""
Operational logs: what happened to the programs, never what anybody asked for.

No host, URL, person or address may stand in them. That cannot be left to the care of whoever writes
a log line: mitmproxy's own lines name hosts and peers, and an exception's message often quotes the very
input it choked on. So the one handler we install lets through

- our own loggers' messages, without the message of an exception they carry: its class and the
  places in the code, which is what finds a bug;
- of anybody else's loggers only level, logger, place and the exception's class, and only from ERROR up.

Our own messages are ours to keep clean; `tests/journeys/test_clean_logs.py` looks for marks in them.

They go to standard error as lines; where that is journald's, to journald as fields (`journal.py`).
"""

import logging
import os
import sys
import traceback
from collections.abc import Mapping
from types import TracebackType

from addons.server.journal import SOCKET, JournalHandler, is_the_journal

_OURS = ("addons", "categories", "console", "db", "policy")

type _ExcInfo = tuple[type[BaseException], BaseException, TracebackType | None] | tuple[None, None, None]


class CleanFormatter(logging.Formatter):
    """Formats a record without anything that came from outside."""

    def __init__(self, form: str = "{asctime} {levelname} [{process}] {name}: {message}") -> None:
        super().__init__(form, style="{")
        self.default_msec_format = "%s.%03d"

    def format(self, record: logging.LogRecord) -> str:
        """One line, and the frames of an exception below it."""
        clean = logging.makeLogRecord(record.__dict__)
        # The cached text was made by somebody else's formatter, exception message included.
        clean.exc_text = None
        clean.stack_info = None
        if not is_ours(record):
            clean.msg, clean.args = f"reported at {record.module}:{record.lineno}", ()
        return super().format(clean)

    def formatException(self, ei: _ExcInfo) -> str:  # noqa: N802 (the name is logging's)
        """Class and places of an exception and of what caused it; no message, no values."""
        lines: list[str] = []
        error = ei[1]
        # A chain can be a loop, and a hostile input must not choose how long our log lines are.
        while error is not None and len(lines) < 60:
            lines.append(f"  {type(error).__module__}.{type(error).__qualname__}")
            lines += [
                f"    {frame.filename}:{frame.lineno} in {frame.name}"
                for frame in traceback.extract_tb(error.__traceback__, limit=-12)
            ]
            error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
        return "\n".join(lines)


def is_ours(record: logging.LogRecord) -> bool:
    """Whether the record comes from code of this product."""
    return record.name.partition(".")[0] in _OURS


def _wanted(record: logging.LogRecord) -> bool:
    return is_ours(record) or record.levelno >= logging.ERROR


# What holds of every record of this process. One name, rebound: a process has one role at a time.
_identity: Mapping[str, str] = {}


def identify(role: str, *, slot: int | None = None, generation: int | None = None) -> None:
    """Say who this process is. What is left out stays as it was before the fork, except the slot."""
    global _identity  # noqa: PLW0603 (as the handlers, it is the process's)
    known = {"SLUICEGATE_GENERATION": _identity.get("SLUICEGATE_GENERATION", "")}
    if generation is not None:
        known = {"SLUICEGATE_GENERATION": str(generation)}
    found = {"SLUICEGATE_ROLE": role, **known, "SLUICEGATE_SLOT": "" if slot is None else str(slot)}
    _identity = {name: value for name, value in found.items() if value}


def configure_logging() -> None:
    """Send everything that is logged in this process through the clean formatter, to wherever it is read."""
    handler = _handler()
    handler.addFilter(_wanted)
    root = logging.getLogger()
    root.handlers[:] = [handler]
    # WARNING for the others saves making mitmproxy's line for every connection only to throw it away.
    root.setLevel(logging.WARNING)
    for name in _OURS:
        logging.getLogger(name).setLevel(logging.INFO)
    logging.captureWarnings(capture=True)


def _handler() -> logging.Handler:
    handler: logging.Handler
    if is_the_journal(2, os.environ.get("JOURNAL_STREAM", "")) and SOCKET.is_socket():
        handler = JournalHandler(lambda: _identity, SOCKET)
        # Time, level and process are the journal's own fields.
        handler.setFormatter(CleanFormatter("{message}"))
    else:
        handler = logging.StreamHandler(sys.stderr)
        handler.setFormatter(CleanFormatter())
    return handler
