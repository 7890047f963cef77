"""
The desk put together: what its process does from its start until it is told to end.

On the loop: the workers' questions, and once a second a look at what other gateways changed. Beside it, in
threads of their own: what waits for the database, what waits for a disk, and one sender a channel. None of
them waits for another.

The log says when something begins and when it is over, and names no person, host or address.
"""

import asyncio
import logging
import os
import signal
import socket
import threading
import time
from collections import Counter
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from addons.desk.answering import WORK_SECONDS, Answering, Lanes, Stores
from addons.desk.lane import Lane
from addons.desk.mail import letter, send_mail
from addons.desk.minutes import Minutes
from addons.desk.outgoing import MAIL, WEBHOOK, Receivers
from addons.desk.presence_file import PresenceUnreadable, read_presence, remove_unfinished
from addons.desk.publisher import Publisher
from addons.desk.sender import Sender
from addons.desk.server import DeskServer
from addons.desk.spent import SpentTokens
from addons.desk.webhook import post
from addons.harden import harden
from addons.identity.doorkeeper import Doorkeeper
from addons.server.status import DESK_FILE, DeskFile, now_text, write_file
from db.engine import make_engine
from db.exemptions import ExemptionStore
from db.my_record import MyRecords
from db.outbox import Backlog, Outbox, Taken
from db.people import PeopleStore
from db.policies import PolicyTexts
from db.presence import PresenceStore
from db.reports import ReportStore
from policy.document import Policy
from policy.errors import SluicegateError
from policy.events import Event
from policy.presence import Presence

if TYPE_CHECKING:
    from addons.server.plan import ServePlan

logger = logging.getLogger(__name__)

LOOK_SECONDS = 1.0
_EXPIRE_SECONDS = 60.0
_BACKLOG_SECONDS = 5.0
_STOP_LOOK_SECONDS = 0.1
_STUCK_SECONDS = 5
_SILENT_SECONDS = 15.0  # without a word of the database, which may hang without an error


def run_desk(plan: "ServePlan", policy: Policy, listening: socket.socket, stop: threading.Event) -> None:
    """Answer the workers until `stop` is set. Raises `ConfigurationError`."""
    harden()
    # Re-armed at each turn of the loop: one that stands still is ended by the kernel, and started again.
    beat = partial(signal.alarm, _STUCK_SECONDS)
    asyncio.run(Desk(plan, policy).attend(listening, stop, beat))


def _now() -> datetime:
    return datetime.now(UTC)


class Desk:
    """Everything that answers, sends and looks after what people do on our pages."""

    def __init__(self, plan: "ServePlan", policy: Policy, now: Callable[[], datetime] = _now) -> None:
        """Raises `ConfigurationError` for a database or a way to know people that cannot be opened."""
        engine = self.engine = make_engine(plan.database, plan.state)
        self._policy = policy
        self._gateway = plan.gateway.name
        self._file = plan.run / DESK_FILE
        self._now = now
        self._policies = PolicyTexts(engine, now)
        self._outbox = Outbox(engine, now)
        self._presences = PresenceStore(engine, now)
        self._answers: Counter[str] = Counter()
        self._lanes = Lanes(
            keeping=Lane("keeping", most_waiting=256, seconds=WORK_SECONDS),
            reading=Lane("reading", threads=2, most_waiting=64, seconds=WORK_SECONDS),
            spending=Lane("spending", most_waiting=256, seconds=WORK_SECONDS),
        )
        # Its own work comes here: it waits as long as it takes.
        self._housekeeping = Lane("housekeeping", most_waiting=1024, seconds=float("inf"))
        self._noting = Lane("noting", most_waiting=2, seconds=float("inf"))
        minutes = Minutes(policy.allowance_day, _left_behind(plan.presence))
        self._publisher = Publisher(self._presences, plan.presence, minutes, self._housekeeping, now)
        self._doorkeeper = Doorkeeper(plan.identity, plan.run / "tickets", Counter())
        self._spent = SpentTokens(plan.run / "spent.sqlite")
        self.answering = Answering(
            policy=policy,
            sign_in_minutes=plan.pages.sign_in_minutes,
            doorkeeper=self._doorkeeper,
            # Stores of its own: the publisher's remembers what it has read.
            stores=Stores(
                PresenceStore(engine, now),
                PeopleStore(engine, now),
                ExemptionStore(engine, now),
                ReportStore(engine, now),
                MyRecords(engine, now),
            ),
            lanes=self._lanes,
            publisher=self._publisher,
            spent=self._spent,
            receivers=Receivers(policy, plan.mail, plan.webhook),
            counts=self._answers,
            now=now,
        )
        self._senders = tuple(_senders(plan, self._outbox, now))
        self._recorded = False
        self._error: str | None = None
        self._answered_at: float | None = None  # when the database last did what it was asked
        self._backlog = Backlog(0, None, 0)
        self._expire_at = self._count_at = float("-inf")

    async def attend(
        self, listening: socket.socket, stop: threading.Event, beat: Callable[[], object] = lambda: None
    ) -> None:
        """Answer until `stop` is set. `beat` is called at every turn."""
        server = DeskServer(listening, self.answering)
        server.start()
        for sender in self._senders:
            threading.Thread(target=sender.run, args=(stop,), name=sender.channel, daemon=True).start()
        tasks = [asyncio.create_task(each()) for each in (self._keep_looking, self._keep_noting)]
        try:
            while not stop.is_set():
                beat()
                await asyncio.sleep(_STOP_LOOK_SECONDS)
        finally:
            for task in tasks:
                task.cancel()
            server.close()
            self._doorkeeper.close()
            for lane in (*self._lanes, self._housekeeping, self._noting):
                lane.close()

    async def look(self) -> None:
        """Look once after what must not wait for a question. Raises what kept it from that."""
        await self._publisher.look()
        do = self._housekeeping.run
        if not self._recorded:
            await do(self._policies.record, self._policy.digest, self._policy.text, self._gateway)
            self._recorded = True
        now = time.monotonic()
        if now >= self._expire_at:
            await do(self._presences.expire)
            self._expire_at = now + _EXPIRE_SECONDS
        if self._senders and now >= self._count_at:
            self._backlog = await do(self._outbox.backlog)
            self._count_at = now + _BACKLOG_SECONDS

    async def _keep_looking(self) -> None:
        while True:
            try:
                await self.look()
            except Exception as error:  # noqa: BLE001 - it is tried again in a second
                self._say(error)
            else:
                self._say(None)
                self._answered_at = time.monotonic()
            await asyncio.sleep(LOOK_SECONDS)

    def _say(self, error: Exception | None) -> None:
        if error is not None and self._error is None:
            event = Event.DATABASE_AWAY
            logger.error(
                "the desk cannot do its work and tries again: %s", type(error).__name__, extra=event.extra
            )
        elif error is None and self._error is not None:
            logger.warning("the desk does its work again", extra=Event.DATABASE_BACK.extra)
        if error is None:
            self._error = None
        else:
            expected = isinstance(error, SluicegateError)
            self._error = str(error) if expected else f"unexpected: {type(error).__name__}"

    async def _keep_noting(self) -> None:
        while True:
            # A disk that hangs must not hold the loop.
            await self._noting.run(write_file, self._file, self._status())
            await asyncio.sleep(LOOK_SECONDS)

    def _status(self) -> DeskFile:
        waiting, oldest = self._backlog.waiting, self._backlog.oldest
        answered, error = self._answered_at, self._error
        if error is None and answered is not None and time.monotonic() - answered > _SILENT_SECONDS:
            error = "the database says nothing"
        return DeskFile(
            pid=os.getpid(),
            at=now_text(),
            database_ok=answered is not None and error is None,
            error=error,
            answers=dict(self._answers),
            waiting=waiting,
            waiting_since=oldest.isoformat() if oldest is not None else None,
            given_up=self._backlog.given_up,
            sent={one.channel: one.sent for one in self._senders},
            failed={one.channel: one.failed for one in self._senders},
            not_sent={one.channel: one.error for one in self._senders if one.error is not None},
        )


def _left_behind(path: Path) -> Presence:
    """What the desk before this one wrote for the workers."""
    remove_unfinished(path)
    try:
        return read_presence(path)
    except (OSError, PresenceUnreadable):
        return Presence()


def _senders(plan: "ServePlan", outbox: Outbox, now: Callable[[], datetime]) -> list[Sender]:
    """One for each channel that is set up."""

    def mail(message: Taken, content: Mapping[str, Any]) -> None:
        send_mail(plan.mail, letter(plan.mail, message.id, message.at, content))

    def webhook(message: Taken, content: Mapping[str, Any]) -> None:
        post(plan.webhook, message.id, content, int(now().timestamp()))

    senders = []
    if plan.mail.host is not None:
        senders.append(Sender(MAIL, outbox, mail, now))
    if plan.webhook.url is not None:
        senders.append(Sender(WEBHOOK, outbox, webhook, now))
    return senders
