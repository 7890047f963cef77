"""
The signer: the one process of the gateway that holds the issuing key.

Workers read what the whole Internet sends; whoever made one of them show its memory would have had the key
that every computer of the organisation trusts. So the key is in none of them, nor in the process they are
forked from: it is read here, after the fork. A worker asks for a leaf for one host and its own public key;
that is all it can ask for. What is signed is put together here from nothing but the two: never an authority,
never another purpose than a server's, never a name that is not spelt as the gateway spells hosts, and no
more in a second than a worker could use.

What this does not protect from: who may run programs as the gateway's account can read the same file as we
do. It is the memory of workers that is out of reach, not the file (docs/certificates.md).

Workers connect over a line (`addons/lines.py`). The kernel says who connects: the same account, or nobody.

Another authority is in force when another file has its name: looked at twice a second, or when somebody asks.
One that cannot be read changes nothing. A chain is told to every worker before the first leaf of it.
"""

import logging
import re
import selectors
import signal
import socket
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from addons.ca.authority import CertificateAuthority, check_time
from addons.ca.folder import CaFolder
from addons.ca.leaf import leaf_of
from addons.ca.protocol import (
    MOST_BYTES,
    Ask,
    read_ask,
    write_chain,
    write_not_signed,
    write_signed,
)
from addons.harden import harden
from addons.lines import Misspoken, accept_own
from categories.urls.normalise import UrlRefused, normalise_host
from policy.errors import ConfigurationError

logger = logging.getLogger(__name__)

LOOK_SECONDS = 0.5
# A worker can shake hands some two hundred times a second: what asks for more is no worker at work.
_PER_SECOND = 400.0
_AT_ONCE = 1200.0
# Browsers' hosts may hold more, an asterisk for one, which in a certificate stands for every host.
_SPELT = re.compile(r"[a-z0-9_.:-]+")
_STUCK_SECONDS = 5
_MOST_WORKERS = 1024


def run_signer(folder: Path, listening: socket.socket, stop: threading.Event) -> None:
    """Sign until `stop` is set. Raises `ConfigurationError` when there is no authority to sign with."""
    harden()
    # Re-armed at each turn of the loop: one that stands still is ended by the kernel, and started again.
    Signer(InForce(folder), listening).run(stop, partial(signal.alarm, _STUCK_SECONDS))


class InForce:
    """The authority in force, read again when its file is another."""

    def __init__(self, folder: Path) -> None:
        self._ca = CaFolder(folder)
        self._seen = self._stamp()
        self.authority = self._ca.in_force()

    def look(self) -> bool:
        """Whether another authority is in force than before."""
        stamp = self._stamp()
        if stamp == self._seen:
            return False
        self._seen = stamp
        try:
            found = self._ca.in_force()
            check_time(found, str(self._ca.path()), datetime.now(UTC))
        except ConfigurationError as error:
            logger.error("the authority in force stays: %s", error)
            return False
        changed = found.chain != self.authority.chain
        self.authority = found
        return changed

    def _stamp(self) -> tuple[int, int, int] | None:
        try:
            found = self._ca.path().stat()
        except OSError:
            return None
        return found.st_ino, found.st_mtime_ns, found.st_size


@dataclass(eq=False)
class Worker:
    """One that is connected."""

    line: socket.socket
    # As many signatures as it may ask for now (a bucket that fills by the second).
    left: float = _AT_ONCE
    at: float = field(default_factory=time.monotonic)
    key_bytes: bytes = b""
    key: ec.EllipticCurvePublicKey | None = None

    def may_ask(self, now: float) -> bool:
        """Whether this is not too often."""
        self.left = min(_AT_ONCE, self.left + (now - self.at) * _PER_SECOND)
        self.at = now
        if self.left < 1:
            return False
        self.left -= 1
        return True

    def key_of(self, point: bytes) -> ec.EllipticCurvePublicKey:
        """The key that is meant; a worker has one. Raises `ValueError` for what is no point of the curve."""
        if self.key is None or point != self.key_bytes:
            self.key = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), point)
            self.key_bytes = point
        return self.key


class Signer:
    """Answers the workers, one message at a time."""

    def __init__(
        self,
        in_force: InForce,
        listening: socket.socket,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._in_force = in_force
        self._listening = listening
        self._now = now
        self._selector = selectors.DefaultSelector()
        self._workers: set[Worker] = set()
        self._looked = time.monotonic()

    def run(self, stop: threading.Event, beat: Callable[[], object] = lambda: None) -> None:
        """Until `stop` is set. `beat` is called at least once in `LOOK_SECONDS`."""
        self._listening.setblocking(False)
        self._selector.register(self._listening, selectors.EVENT_READ)
        while not stop.is_set():
            beat()
            ready = self._selector.select(LOOK_SECONDS)
            if time.monotonic() - self._looked >= LOOK_SECONDS:
                self._look()
            for key, _ in ready:
                if key.data is None:
                    self._accept()
                else:
                    self._hear(key.data)
        for worker in list(self._workers):
            self._end(worker)
        self._selector.close()

    def _look(self) -> None:
        self._looked = time.monotonic()
        if self._in_force.look():
            logger.info("another certificate authority is in force")
            for worker in list(self._workers):
                self._say(worker, self._chain())

    def _accept(self) -> None:
        line = accept_own(self._listening)
        if line is None:
            return
        if len(self._workers) >= _MOST_WORKERS:
            line.close()
            return
        worker = Worker(line)
        self._workers.add(worker)
        self._selector.register(line, selectors.EVENT_READ, worker)
        self._say(worker, self._chain())

    def _hear(self, worker: Worker) -> None:
        if worker not in self._workers:
            return
        try:
            message = worker.line.recv(MOST_BYTES)
        except BlockingIOError:
            return
        except OSError:
            message = b""
        if not message:
            self._end(worker)
            return
        try:
            ask = read_ask(message)
        except Misspoken:
            logger.error("a worker said what is not understood, and was cut off")
            self._end(worker)
            return
        self._say(worker, self._answer(worker, ask))

    def _answer(self, worker: Worker, ask: Ask) -> bytes:
        if not worker.may_ask(time.monotonic()):
            return write_not_signed(ask.number, "too-many")
        try:
            if normalise_host(ask.host) != ask.host or not _SPELT.fullmatch(ask.host):
                return write_not_signed(ask.number, "host")
            key = worker.key_of(ask.key)
        except (UrlRefused, ValueError):
            return write_not_signed(ask.number, "host-or-key")
        try:
            return write_signed(ask.number, leaf_of(self._in_force.authority, ask.host, key, self._now()))
        except ValueError:
            # Of names and keys that passed, none is known; of time, it is the authority's.
            return write_not_signed(ask.number, "authority-ended")
        except Exception as error:  # noqa: BLE001
            # One question must not end what all workers need. Its words could hold the host.
            logger.error("a leaf could not be made: %s", type(error).__name__)
            return write_not_signed(ask.number, "failed")

    def _chain(self) -> bytes:
        authority: CertificateAuthority = self._in_force.authority
        return write_chain([one.public_bytes(serialization.Encoding.DER) for one in authority.sent])

    def _say(self, worker: Worker, message: bytes) -> None:
        try:
            worker.line.send(message)
        except OSError:
            # Gone, or it does not read what it asked for: it will come again.
            self._end(worker)

    def _end(self, worker: Worker) -> None:
        if worker in self._workers:
            self._workers.discard(worker)
            self._selector.unregister(worker.line)
            worker.line.close()
