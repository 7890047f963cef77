"""
What supervisor and generation say to each other: few words, since the two may be of different releases.

The supervisor starts a generation with one variable in its environment: the descriptor of a socket pair, its
number, and the descriptors of the sockets that are already bound, by name. The generation then says, one
JSON object a message:

    valid    its settings are; may it go on? answered with why not, or with nothing
    beat     how it is, about once a second: what the supervisor is to write into `run/gateway.json`
    ready    all its workers let clients in; its sockets come along, for the next generation to inherit
    cannot   why it ends before it was ever ready, in one line, and with which exit code

For the rest the supervisor has signals. A field that the other side does not know is left alone.
"""

import json
import os
import select
import socket
import typing
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

from policy.errors import Away, SluicegateError

VARIABLE = "_SLUICEGATE_GENERATION"  # not a setting: those begin without a line
_MOST_BYTES = 64 * 1024
_MOST_SOCKETS = 250  # what one message carries (SCM_MAX_FD is 253)
# What must come with a word: a generation of another release must not end the supervisor by leaving it out.
_NEEDED: Mapping[str, Mapping[str, type | tuple[type, ...]]] = {
    "beat": {"gateway": dict},
    "ready": {"gateway": dict, "drain_seconds": (int, float)},
    "cannot": {"why": str, "code": int},
}


@dataclass(frozen=True, slots=True)
class Message:
    """What a generation said. `sockets` are duplicates and belong to whoever received them."""

    say: str
    content: Mapping[str, typing.Any]
    sockets: Mapping[str, socket.socket] = field(default_factory=dict)


def receive(channel: socket.socket) -> Message | None:
    """
    The next message, or None when the other side is gone.

    Raises `BlockingIOError` when there is none yet, `ValueError` for what is none.
    """
    data, descriptors, _, _ = socket.recv_fds(channel, _MOST_BYTES, _MOST_SOCKETS)
    sockets = [socket.socket(fileno=descriptor) for descriptor in descriptors]
    for one in sockets:
        one.set_inheritable(False)
    if not data:
        return None
    try:
        content = json.loads(data)
        for name, kind in _NEEDED.get(content["say"], {}).items():
            if not isinstance(content[name], kind):
                raise TypeError(name)
        return Message(content["say"], content, dict(zip(content.get("sockets", ()), sockets, strict=True)))
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        for one in sockets:
            one.close()
        raise ValueError("not a message") from error


class Inherited:
    """
    A generation's end, and the sockets it was given by name.

    A name says where the socket is bound: a generation that listens where the one before it does goes on
    with the very same socket, and no connection that waits in it is lost.
    """

    def __init__(
        self, channel: socket.socket, number: int, supervisor: int, sockets: Mapping[str, socket.socket]
    ) -> None:
        self.number = number  # of this generation, from 1
        self.first = not sockets
        self._supervisor = supervisor
        self._channel = channel
        channel.setblocking(False)
        self._given = dict(sockets)
        self._taken: dict[str, socket.socket] = {}

    @property
    def supervised(self) -> bool:
        """Whether the supervisor still lives. It is our parent, and an orphan has another."""
        return os.getppid() == self._supervisor

    @property
    def supervisor(self) -> int:
        """The supervisor's pid."""
        return self._supervisor

    def claim(self) -> None:
        """
        Before anything of the state folder is touched: ask whether it is this gateway's.

        Raises `Away` where another gateway has it, or the supervisor is gone.
        """
        self._send({"say": "valid"})
        select.select([self._channel], [], [])
        try:
            why = json.loads(self._channel.recv(_MOST_BYTES) or '{"why": "the supervisor is gone"}')["why"]
        except OSError as error:
            raise Away("the supervisor is gone") from error
        if why:
            raise Away(why)

    def take(self, name: str, bind: Callable[[], socket.socket]) -> socket.socket:
        """The socket of this name: the inherited one, or the one that `bind` makes. Raises as `bind` does."""
        unique, count = name, 1
        while unique in self._taken:  # two listeners at port 0 are two
            count += 1
            unique = f"{name} #{count}"
        found = self._given.pop(unique, None) or bind()
        self._taken[unique] = found
        return found

    def let_go(self) -> None:
        """Close what was inherited and not taken."""
        for left in self._given.values():
            left.close()
        self._given.clear()

    def beat(self, gateway: Mapping[str, object]) -> None:
        """Say how it is; what is lost is said again a second later."""
        self._send({"say": "beat", "gateway": dict(gateway)})

    def ready(self, gateway: Mapping[str, object], drain_seconds: float) -> None:
        """Say that this generation serves. Raises `OSError`."""
        content = {"say": "ready", "gateway": dict(gateway), "drain_seconds": drain_seconds}
        data = json.dumps(content | {"sockets": list(self._taken)}).encode()
        socket.send_fds(self._channel, [data], [one.fileno() for one in self._taken.values()])

    def cannot(self, why: str, code: int) -> None:
        """Say why this generation ends before it was ready."""
        self._send({"say": "cannot", "why": why, "code": code})

    @contextmanager
    def telling(self, code: Callable[[SluicegateError], int]) -> Iterator[None]:
        """Say of an error that passes why it is; `code` gives the exit code it will have."""
        try:
            yield
        except SluicegateError as error:
            self.cannot(str(error), code(error))
            raise
        except OSError as error:
            self.cannot(f"{error.filename or 'reading or writing failed'}: {error.strerror or error}", 4)
            raise

    def leave(self, but: Iterable[socket.socket] = ()) -> None:
        """Let go of the channel and of all sockets but these: in a child, which has only its own work."""
        self._channel.close()
        kept = set(but)
        for one in self._taken.values():
            if one not in kept:
                one.close()

    def _send(self, content: Mapping[str, object]) -> None:
        # A supervisor that is gone or does not listen is noticed elsewhere.
        with suppress(OSError):
            self._channel.send(json.dumps(content).encode())


def inherit(environ: typing.MutableMapping[str, str]) -> Inherited | None:
    """A generation's end, where a supervisor started this process; the variable is taken away."""
    text = environ.pop(VARIABLE, None)
    if text is None:
        return None
    given = json.loads(text)
    channel = socket.socket(fileno=given["channel"])
    sockets = {name: socket.socket(fileno=fd) for name, fd in given["sockets"].items()}
    for one in (channel, *sockets.values()):
        one.set_inheritable(False)
    return Inherited(channel, given["number"], os.getppid(), sockets)


def describe(number: int, channel: socket.socket, sockets: Mapping[str, socket.socket]) -> str:
    """The variable's value for a generation that inherits these."""
    numbers = {name: one.fileno() for name, one in sockets.items()}
    return json.dumps({"protocol": 1, "number": number, "channel": channel.fileno(), "sockets": numbers})
