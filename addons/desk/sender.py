"""
Sends what waits in the outbox, one channel at a time, and says of each message what became of it.

A message is tried again later and later, an hour apart in the end, and given up after three days: by then
whoever should have had it has the report in the register. What was taken and is not spoken of again (the
desk died) is anybody's when its lease is over.
"""

import logging
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol
from uuid import UUID

from addons.desk.sending import ALL_SECONDS, NotSent
from db.outbox import Backlog, Taken
from policy.errors import SluicegateError
from policy.identifiers import show_reference

logger = logging.getLogger(__name__)

LOOK_SECONDS = 2.0
AT_ONCE = 4
LEASE = timedelta(seconds=(AT_ONCE + 1) * ALL_SECONDS * 2)
GIVE_UP = timedelta(days=3)
_FIRST_AGAIN = timedelta(seconds=30)
_LONGEST_AGAIN = timedelta(hours=1)


class Messages(Protocol):
    """Where messages wait (`db.outbox.Outbox`). Everything raises `DatabaseAway`."""

    def take(self, channel: str, limit: int, lease: timedelta) -> list[tuple[Taken, Mapping[str, Any]]]:
        """Some that are due."""

    def sent(self, identifier: UUID) -> None:
        """It was sent."""

    def failed(self, identifier: UUID, error: str, *, again: datetime | None) -> None:
        """It was not."""

    def backlog(self) -> Backlog:
        """What waits."""


@dataclass
class Sender:
    """Sends one channel's messages by `send`, which raises `NotSent`."""

    channel: str
    messages: Messages
    send: Callable[[Taken, Mapping[str, Any]], None]
    now: Callable[[], datetime] = lambda: datetime.now(UTC)
    sent: int = 0
    failed: int = 0  # attempts
    error: str | None = None  # why the last attempt failed; None where it did not

    def run(self, stop: threading.Event) -> None:
        """Send until `stop` is set."""
        while not stop.wait(LOOK_SECONDS):
            try:
                while not stop.is_set() and self.send_some():
                    pass
            except SluicegateError:
                # The database is away, which the desk says already.
                continue
            except Exception as error:  # noqa: BLE001 - the thread must outlast it
                logger.error("the %s sender failed and goes on: %s", self.channel, type(error).__name__)

    def send_some(self) -> bool:
        """Send a few that are due; whether there may be more. Raises `DatabaseAway`."""
        # Looked at before anything is taken, which writes.
        if not self.messages.backlog().waiting:
            return False
        taken = self.messages.take(self.channel, AT_ONCE, LEASE)
        for message, content in taken:
            self._send(message, content)
        return len(taken) == AT_ONCE

    def _send(self, message: Taken, content: Mapping[str, Any]) -> None:
        try:
            self.send(message, content)
        except NotSent as error:
            self._not_sent(message, error.why, for_good=error.for_good)
        except Exception as error:  # noqa: BLE001 - a message that nothing of ours can send must not stop the others
            logger.error("a %s could not be made: %s", self.channel, type(error).__name__)
            self._not_sent(message, "failed", for_good=False)
        else:
            self.messages.sent(message.id)
            self.sent += 1
            if self.error is not None:
                logger.warning("a %s was sent again", self.channel)
                self.error = None

    def _not_sent(self, message: Taken, why: str, *, for_good: bool) -> None:
        self.failed += 1
        over = for_good or self.now() - message.at >= GIVE_UP
        again = None if over else self.now() + _wait(message.tries)
        self.messages.failed(message.id, why, again=again)
        if over:
            logger.error(
                "a %s about %s was given up: %s", self.channel, show_reference(message.about or ""), why
            )
        elif self.error is None:
            logger.error("a %s could not be sent, and is tried again: %s", self.channel, why)
        self.error = why


def _wait(tries: int) -> timedelta:
    doubled: int = 2 ** min(max(tries - 1, 0), 16)
    return min(_FIRST_AGAIN * doubled, _LONGEST_AGAIN)
