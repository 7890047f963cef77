"""A review service that answers on a real socket within the test's own process, and people to ask it."""

import asyncio
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

from console.review.http.app import make_app
from console.review.http.callers import Callers
from console.review.http.server import Listener, answer
from console.review.protocol import Review
from policy.errors import ReviewRefused
from policy.review.reviewer import Reviewer


@dataclass
class Topic:
    """A topic whose questions are answered by functions; each question is kept."""

    answers: dict[str, Callable[..., Any]]
    asked: list[tuple[str, tuple[object, ...]]] = field(default_factory=list)

    def __getattr__(self, name: str) -> Callable[..., Any]:
        try:
            answer = self.answers[name]
        except KeyError as error:
            raise AttributeError(name) from error

        def ask(**arguments: object) -> Any:
            self.asked.append((name, tuple(arguments.values())))
            return answer(*arguments.values())

        return ask


class People:
    """Who may ask; each is answered by the topics given."""

    def __init__(self, *logins: str, **topics: Topic) -> None:
        self.logins = set(logins)
        self.topics = topics
        self.seen: list[str] = []

    def by_login(self, login: str) -> Review:
        """What this login may ask."""
        self.seen.append(login)
        if login not in self.logins:
            raise ReviewRefused(f"{login} is nobody of the register")
        return cast("Review", _Bound(login, self.topics))


class _Bound:
    def __init__(self, login: str, topics: dict[str, Topic]) -> None:
        self._login = login
        self.__dict__.update(topics)

    def who(self) -> Reviewer:
        return Reviewer("", self._login, frozenset())


class Tickets:
    """Tickets that are good once."""

    def __init__(self) -> None:
        self.open: dict[str, str] = {}

    def give(self, login: str) -> str:
        """A ticket for this login."""
        ticket = f"ticket-{len(self.open)}-{login}"
        self.open[ticket] = login
        return ticket

    def redeem(self, ticket: str) -> str:
        """Whose it is; the second time nobody's."""
        try:
            return self.open.pop(ticket)
        except KeyError as error:
            raise ReviewRefused("the ticket is not good") from error


@contextmanager
def serving(
    listeners: list[Listener], people: People, tickets: Tickets | None = None, *, accounts: bool = True
) -> Iterator[None]:
    """Answer on these in a thread of its own."""
    app = make_app(people.by_login, Callers((tickets or Tickets()).redeem, accounts), "test")
    ready, loop, end = threading.Event(), asyncio.new_event_loop(), asyncio.Event()
    thread = threading.Thread(
        target=loop.run_until_complete, args=(answer(app, listeners, ready=ready.set, end=end),)
    )
    thread.start()
    try:
        assert ready.wait(20)
        yield
    finally:
        loop.call_soon_threadsafe(end.set)
        thread.join(30)
        loop.close()


def socket_of(folder: Path) -> Path:
    """Where the service listens in a test."""
    return folder / "review.sock"
