"""The process that alone holds the key: what it signs, what it refuses, what it hides."""

import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from addons.ca import signer as module
from addons.ca.folder import KEY_FILE, CaFolder, init_ca, load_ca
from addons.ca.making import make_ca, make_root
from addons.ca.protocol import Chain, NotSigned, Signed, read_answer, write_ask
from addons.ca.signer import InForce, Signer
from addons.harden import apart
from addons.lines import open_listening
from policy.errors import ConfigurationError
from tests.addons.ca.made import NOW
from tests.addons.server.supervised import eventually


def point(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.public_key().public_bytes(
        serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint
    )


KEY = point(ec.generate_private_key(ec.SECP256R1()))


class Running:
    """A signer in a thread, and lines to it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.ahead = timedelta()
        self.listening = open_listening()
        self._stop = threading.Event()
        signer = Signer(InForce(folder), self.listening, now=lambda: datetime.now(UTC) + self.ahead)
        self._thread = threading.Thread(target=signer.run, args=(self._stop,))
        self._thread.start()

    def line(self) -> socket.socket:
        line = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        line.settimeout(5)
        line.connect(self.listening.getsockname())
        return line

    def stop(self) -> None:
        self._stop.set()
        self._thread.join(timeout=5)
        self.listening.close()


@pytest.fixture
def running(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Running]:
    monkeypatch.setattr(module, "LOOK_SECONDS", 0.02)
    init_ca(tmp_path / "ca")
    signer = Running(tmp_path / "ca")
    yield signer
    signer.stop()


def heard(line: socket.socket) -> Chain | Signed | NotSigned | None:
    message = line.recv(1 << 16)
    return read_answer(message) if message else None


def asked(
    line: socket.socket, host: str, key: bytes = KEY, number: int = 7
) -> Chain | Signed | NotSigned | None:
    line.send(write_ask(number, key, host))
    return heard(line)


def test_a_worker_is_told_the_chain_first_and_then_gets_leaves(running: Running) -> None:
    authority = CaFolder(running.folder).in_force()
    with running.line() as line:
        assert heard(line) == Chain((authority.certificate.public_bytes(serialization.Encoding.DER),))
        answer = asked(line, "fine.test")
        assert isinstance(answer, Signed)
        assert answer.number == 7
        leaf = x509.load_der_x509_certificate(answer.leaf)
        leaf.verify_directly_issued_by(authority.certificate)
        assert leaf.extensions.get_extension_for_class(x509.BasicConstraints).value.ca is False


@pytest.mark.parametrize(
    ("host", "key"),
    [
        pytest.param("*.test", KEY, id="a-wildcard"),
        pytest.param("FINE.test", KEY, id="not-as-the-gateway-spells-it"),
        pytest.param("fine.test.", KEY, id="a-trailing-dot"),
        pytest.param("a.test,DNS:b.test", KEY, id="two-names"),
        pytest.param("fine.test\0.evil.test", KEY, id="a-nul"),
        pytest.param("mailto:a@b.test", KEY, id="a-mail-address"),
        pytest.param("fine.test", b"\4" + bytes(64), id="a-key-that-is-no-point"),
    ],
)
def test_nothing_is_signed_but_a_host_for_a_key(running: Running, host: str, key: bytes) -> None:
    with running.line() as line:
        heard(line)
        assert isinstance(asked(line, host, key), NotSigned)
        assert isinstance(asked(line, "fine.test"), Signed)


@pytest.mark.parametrize("message", [b"X", b"S" + bytes(10), b"C" * 5000])
def test_who_says_anything_else_is_cut_off_and_others_are_not(running: Running, message: bytes) -> None:
    with running.line() as line, running.line() as other:
        heard(line)
        heard(other)
        line.send(message)
        assert heard(line) is None
        assert isinstance(asked(other, "fine.test"), Signed)


def test_who_asks_too_often_is_refused_and_others_are_not(
    running: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_PER_SECOND", 0.0)
    with running.line() as line, running.line() as other:
        heard(line)
        heard(other)
        answers = [asked(line, "fine.test") for _ in range(1205)]
        assert [type(answer) for answer in answers] == [Signed] * 1200 + [NotSigned] * 5
        assert answers[-1] == NotSigned(7, "too-many")
        assert isinstance(asked(other, "fine.test"), Signed)


def test_who_does_not_read_is_cut_off_and_holds_nobody_up(running: Running) -> None:
    with running.line() as line, running.line() as other:
        heard(other)
        line.setblocking(False)
        with pytest.raises((BlockingIOError, BrokenPipeError, ConnectionResetError)):
            for number in range(100_000):
                line.send(write_ask(number, KEY, "fine.test"))
        assert isinstance(asked(other, "fine.test"), Signed)


def test_another_account_is_hung_up_on(running: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    uid = os.geteuid()
    monkeypatch.setattr("os.geteuid", lambda: uid + 1)
    with running.line() as line:
        assert heard(line) is None


def test_another_authority_is_told_before_its_first_leaf(running: Running) -> None:
    with running.line() as line:
        heard(line)
        ca, second = CaFolder(running.folder), make_ca("", NOW)
        ca.add(second)
        ca.switch(datetime.now(UTC), rolled_out=True)
        assert heard(line) == Chain((second.certificate.public_bytes(serialization.Encoding.DER),))
        answer = asked(line, "fine.test")
        assert isinstance(answer, Signed)
        x509.load_der_x509_certificate(answer.leaf).verify_directly_issued_by(second.certificate)


@pytest.mark.parametrize("content", [b"", b"<html>", make_root("", NOW).sealed("correct horse battery")])
def test_one_that_cannot_be_read_changes_nothing(
    running: Running, content: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    with running.line() as line:
        heard(line)
        (running.folder / "new").write_bytes(content)
        (running.folder / "new").chmod(0o600)
        (running.folder / "new").replace(running.folder / KEY_FILE)
        eventually(lambda: "stays" in caplog.text)
        assert isinstance(asked(line, "fine.test"), Signed)


def test_an_authority_that_has_ended_signs_nothing(running: Running) -> None:
    with running.line() as line:
        heard(line)
        running.ahead = timedelta(days=5000)
        assert asked(line, "fine.test") == NotSigned(7, "authority-ended")
        running.ahead = timedelta()
        assert isinstance(asked(line, "fine.test"), Signed)


HIDDEN = """
import ctypes, resource
from addons.ca.signer import harden
harden()
print(ctypes.CDLL(None).prctl(3, 0, 0, 0, 0), resource.getrlimit(resource.RLIMIT_CORE))
print([line.split()[1] for line in open("/proc/self/status") if line.startswith("NoNewPrivs")])
"""


def test_its_memory_is_neither_dumped_nor_traced_and_it_gains_no_rights() -> None:
    ran = subprocess.run([sys.executable, "-c", HIDDEN], capture_output=True, text=True, check=True)
    assert ran.stdout.split("\n")[:2] == ["0 (0, 0)", "['1']"]


@pytest.mark.parametrize(
    ("how", "says"), [("missing", "sluicegate ca init"), ("readable", "others can read"), ("none", "")]
)
def test_looking_apart_says_what_is_wrong(tmp_path: Path, how: str, says: str) -> None:
    init_ca(tmp_path)
    match how:
        case "missing":
            (tmp_path / KEY_FILE).unlink()
        case "readable":
            (tmp_path / KEY_FILE).chmod(0o644)
    if says:
        with pytest.raises(ConfigurationError, match=says):
            apart(lambda: load_ca(tmp_path))
    else:
        apart(lambda: load_ca(tmp_path))


def test_the_socket_has_no_path() -> None:
    with open_listening() as listening:
        name = listening.getsockname()
        assert isinstance(name, bytes)
        assert name[:1] == b"\0"


def test_a_fault_of_ours_refuses_one_leaf_and_ends_nothing(
    running: Running, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(*_: object) -> bytes:
        raise TypeError("broken over fine.test")

    with running.line() as line:
        heard(line)
        with monkeypatch.context() as patch:
            patch.setattr(module, "leaf_of", broken)
            assert asked(line, "fine.test") == NotSigned(7, "failed")
        assert isinstance(asked(line, "fine.test"), Signed)
    assert "TypeError" in caplog.text
    assert "fine.test" not in caplog.text


STUCK = """
import threading, time
from addons.ca import signer
from addons.lines import open_listening
signer._STUCK_SECONDS = 1
signer.Signer._look = lambda self: time.sleep(60)
signer.run_signer(signer.Path({folder!r}), open_listening(), threading.Event())
"""


def test_one_that_stands_still_is_ended_by_the_kernel(tmp_path: Path) -> None:
    """So that it is started again: workers would wait for it for ever."""
    init_ca(tmp_path)
    script = STUCK.format(folder=str(tmp_path))
    ran = subprocess.run([sys.executable, "-c", script], timeout=20, check=False, capture_output=True)
    assert ran.returncode == -signal.SIGALRM
