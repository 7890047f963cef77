"""Nothing that came from outside reaches an operational log."""

import logging
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from addons.server import logs
from addons.server.logs import CleanFormatter, configure_logging, identify

MARK = "marked-host.test"


@pytest.fixture
def written(capsys: pytest.CaptureFixture[str]) -> Iterator[Callable[[], str]]:
    """What has been written to standard error, once logging was configured by the first call."""
    root = logging.getLogger()
    before, level = list(root.handlers), root.level

    def read() -> str:
        configure_logging()
        return capsys.readouterr().err

    yield read
    root.handlers[:] = before
    root.setLevel(level)
    logging.captureWarnings(capture=False)


def fail(message: str) -> None:
    raise ValueError(message)


def test_our_own_lines_are_written_whole(written: Callable[[], str]) -> None:
    written()
    logging.getLogger("addons.server.arbiter").info("worker %d has ended", 7)
    assert "INFO [" in (line := written())
    assert "addons.server.arbiter: worker 7 has ended" in line


@pytest.mark.parametrize("name", ["mitmproxy.proxy.server", "asyncio", "root", "addonsomething"])
def test_other_peoples_lines_say_only_where_they_were_written(written: Callable[[], str], name: str) -> None:
    written()
    logging.getLogger(name).error("cannot connect to %s", MARK)
    logging.getLogger(name).error(f"cannot connect to {MARK}")
    logging.getLogger(name).warning("something about %s", MARK)
    text = written()
    assert MARK not in text
    assert text.count("reported at test_logs:") == 2


def test_an_exception_leaves_its_class_and_places_but_not_its_message(
    written: Callable[[], str],
) -> None:
    """An exception quotes what it choked on."""
    written()
    try:
        try:
            fail(MARK)
        except ValueError as error:
            raise KeyError(MARK) from error
    except KeyError:
        logging.getLogger("addons.gatekeeper").exception("a hook failed")
    text = written()
    assert "a hook failed" in text
    assert "builtins.KeyError" in text
    assert "builtins.ValueError" in text
    assert "test_logs.py:" in text
    assert "in fail" in text
    assert MARK not in text


def test_a_text_that_another_formatter_cached_is_not_used() -> None:
    try:
        fail(MARK)
    except ValueError as error:
        record = logging.LogRecord(
            "addons.x", logging.ERROR, __file__, 1, "failed", (), (ValueError, error, error.__traceback__)
        )
    logging.Formatter().format(record)
    assert record.exc_text is not None
    assert MARK in record.exc_text
    assert MARK not in CleanFormatter().format(record)


def test_a_chain_of_exceptions_without_end_is_cut() -> None:
    error: Exception = ValueError(MARK)
    for _ in range(500):
        following = ValueError(MARK)
        following.__cause__ = error
        error = following
    text = CleanFormatter().formatException((ValueError, error, None))
    assert len(text.splitlines()) <= 80


def test_a_process_says_who_it_is_and_what_it_forks_says_otherwise(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(logs, "_identity", {})
    identify("generation", generation=3)
    assert logs._identity == {"SLUICEGATE_ROLE": "generation", "SLUICEGATE_GENERATION": "3"}
    identify("worker", slot=0)
    assert logs._identity == {
        "SLUICEGATE_ROLE": "worker",
        "SLUICEGATE_GENERATION": "3",
        "SLUICEGATE_SLOT": "0",
    }
    identify("keeper")
    assert logs._identity == {"SLUICEGATE_ROLE": "keeper", "SLUICEGATE_GENERATION": "3"}


TO_THE_JOURNAL = """
import logging, os, sys
from pathlib import Path
from addons.server import logs
logs.SOCKET = Path(sys.argv[1])
found = os.fstat(2)
os.environ["JOURNAL_STREAM"] = f"{found.st_dev}:{found.st_ino}" if sys.argv[2] == "journal" else "1:1"
logs.configure_logging()
logs.identify("worker", slot=1, generation=2)
logging.getLogger("addons.x").warning("said")
logging.getLogger("mitmproxy.x").error("marked-host.test")
"""


@pytest.mark.parametrize("stream", ["journal", "another"])
def test_where_standard_error_is_the_journals_records_go_there_as_fields(tmp_path: Path, stream: str) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listening:
        listening.bind(str(tmp_path / "journal"))
        listening.settimeout(0.5)
        ran = subprocess.run(
            [sys.executable, "-c", TO_THE_JOURNAL, str(tmp_path / "journal"), stream],
            capture_output=True,
            text=True,
            timeout=60,
            check=True,
        )
        if stream == "another":
            assert "WARNING [" in ran.stderr
            with pytest.raises(TimeoutError):
                listening.recv(1000)
            return
        said = [listening.recv(10_000).decode() for _ in range(2)]
    assert ran.stderr == ""
    assert "MESSAGE=said\nPRIORITY=4\n" in said[0]
    assert "SLUICEGATE_ROLE=worker\nSLUICEGATE_GENERATION=2\nSLUICEGATE_SLOT=1\n" in said[0]
    assert "reported at" in said[1]
    assert MARK not in said[1]
