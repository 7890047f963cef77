"""
One client connection: sockets on one side, mitmproxy's layers on the other.

This stands in place of `mitmproxy.proxy.server.ConnectionHandler`. Bytes become events, the layers answer
with commands, commands become bytes, connections, timers and hooks; the layers themselves do no I/O.
What is different here, and why:

- **Protocols, not streams.** A socket's bytes go to the layers in the same turn of the loop; mitmproxy wakes
  a task for each read, and makes another for each hook and takes a lock for each event.
- **Hooks are called, not scheduled.** Only one that returns an awaitable costs a task. Those that judge
  requests are called together, at the end of each turn of the loop.
- **An exception closes the connection**, whether it comes from a layer or from an addon. mitmproxy logs it
  and goes on, which leaves the client waiting, or worse, served.
- **One direction at a time.** A socket is not read while what it sends cannot be passed on. mitmproxy
  waits for *every* writer after each read, so that an origin that echoes stops both directions for good.
- **Names stay out of the log**: an exception is logged by its type and place, without its words.
"""

import asyncio
import contextlib
import inspect
import logging
import socket
import struct
import time
import traceback
from collections import defaultdict, deque
from collections.abc import Callable, Coroutine, Sequence
from typing import Any, cast

from mitmproxy.connection import Client, Connection, ConnectionState, Server
from mitmproxy.proxy import commands, events, mode_specs, server_hooks
from mitmproxy.proxy.context import Context
from mitmproxy.proxy.layers.http._hooks import HttpRequestHeadersHook

from addons.settings import Mode
from addons.stream.arrival import Arrival
from addons.stream.carrier import Carrier, Listener, arguments_of
from addons.stream.edge import AwaitDrain, Edge, ResetConnection
from addons.stream.failure import Failure, ended_by, failure_of
from addons.stream.wire import Wire
from policy.words import Ended

logger = logging.getLogger(__name__)

# As mitmproxy calls them.
_MODES = {
    Mode.EXPLICIT: mode_specs.ProxyMode.parse("regular"),
    Mode.TRANSPARENT: mode_specs.ProxyMode.parse("transparent"),
}

# How often a connection looks at its clocks.
_TICK_SECONDS = 5.0
# How long a client may take over a request's head or a handshake once it has begun.
_HEAD_SECONDS = 30.0
# How long we go on reading what a client sends after our last word, so that it gets to read that word: a
# socket that is closed with bytes unread is reset, and what the client had not read yet is lost.
_LINGER_SECONDS = 2.0
# What an addon may take over the hooks that say a connection has ended.
_LAST_HOOKS_SECONDS = 5.0
# To one origin from one client. Only an HTTP/2 client of an origin without it ever has more than one.
_CONNECTIONS_TO_ONE_ORIGIN = 16
# How long one address of several may take: one that swallows what it is sent must not cost all the time.
_ONE_ADDRESS_SECONDS = 2.0

_RESET = struct.pack("ii", 1, 0)  # linger on, for no time: closing sends RST


class GatewayConnection:
    """
    Carries one accepted socket to its end.

    `transport` is that of the accepted socket, on the running loop; its protocol is replaced. `arrival` says
    how the client came by it.
    """

    def __init__(self, carrier: Carrier, transport: asyncio.Transport, arrival: Arrival) -> None:
        self._loop = asyncio.get_running_loop()
        self._carrier = carrier
        self.client = Client(
            peername=arrival.client,
            sockname=arrival.to,
            proxy_mode=_MODES[arrival.mode],
            state=ConnectionState.OPEN,
        )
        context = Context(self.client, carrier.options)
        if arrival.mode is Mode.TRANSPARENT:
            # Where the client would have connected. We do not: `addons/gatekeeper.py` leads it to a name.
            context.server.address = arrival.to
        self._edge = Edge(context, carrier.exits, carrier.limits, self._waiting, carrier.times)
        self._wire = Wire(self, self.client)
        self._wire.transport = transport
        self._wires: dict[Connection, Wire] = {self.client: self._wire}
        self._opening: dict[Connection, asyncio.Task[None]] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._timers: set[asyncio.TimerHandle] = set()
        self._await_drain: list[AwaitDrain] = []
        self._events: deque[events.Event] = deque()
        self._feeding = False
        self.unsent: list[Wire] = []
        self._finishing = False
        self._over = False
        self._slots: defaultdict[object, asyncio.Semaphore] = defaultdict(
            lambda: asyncio.Semaphore(_CONNECTIONS_TO_ONE_ORIGIN)
        )
        self._last_activity = self._loop.time()
        self._closed = self._loop.create_future()
        transport.set_protocol(self._wire)
        self._wire.read_if(False)

    async def handle_client(self) -> None:
        """Returns when the client's socket is closed and everything that hung on it is over."""
        try:
            await self._run_hook(server_hooks.ClientConnectedHook(self.client))
            if self.client.error:
                self._abort()
            else:
                self.feed(events.Start())
                self._later(_TICK_SECONDS, self._tick)
                self.balance()
        except Exception as error:  # noqa: BLE001 (an addon's; see the essay)
            self._crashed(error)
        try:
            await self._closed
        finally:
            self._abort()
            if self._tasks:
                # Hooks that say how it ended; connections that were being opened are told already.
                _, late = await asyncio.wait(self._tasks, timeout=_LAST_HOOKS_SECONDS)
                for task in late:
                    task.cancel()

    def drain(self, patience: float) -> None:
        """
        Have the layers tell the client that this connection ends, and end it when it has been idle so long.

        What is under way goes on: an exchange, a tunnel, a WebSocket.
        """
        self._edge.patience = patience
        waiting, self._await_drain = self._await_drain, []
        for command in waiting:
            self.feed(events.Wakeup(command))

    def is_idle(self) -> bool:
        """Whether closing it now would cut nothing off."""
        return not self._edge.unfinished and not self._opening

    def idle_seconds(self) -> float:
        """For how long closing it would have cut nothing off; 0.0 while something is under way."""
        return self._loop.time() - self._last_activity if self.is_idle() else 0.0

    def close(self) -> None:
        """End it now."""
        self._abort()

    # --- events and commands

    def feed(self, event: events.Event) -> None:
        """
        Let the layers have an event, and do what they command.

        What doing it brings about is queued: the layers are generators and cannot be entered twice.
        """
        if self._over:
            return
        self._events.append(event)
        if self._feeding:
            return
        self._feeding = True
        self._last_activity = self._loop.time()
        try:
            while self._events:
                for command in self._edge.handle_event(self._events.popleft()):
                    self._do(command)
            for wire in self.unsent:
                wire.flush()
            self.unsent.clear()
        except Exception as error:  # noqa: BLE001 (whatever it is; see the essay)
            self._crashed(error)
        finally:
            self._feeding = False
        if self.client.state is ConnectionState.CLOSED:
            self._finish(Ended.CLIENT_LEFT)
        else:
            self.balance()

    def caught_up(self) -> None:
        """A peer has taken what waited for it."""
        self._last_activity = self._loop.time()
        self.balance()

    def _do(self, command: commands.Command) -> None:
        match command:
            case commands.SendData():
                wire = self._wires.get(command.connection)
                if wire is not None:
                    wire.send(command.data)
            case commands.StartHook():
                self._start_hook(command)
            case commands.Log():
                pass  # names and addresses of what people look at
            case commands.OpenConnection():
                # Begun at once: cancelled before its first step it would say nothing of its end to anybody.
                self._opening[command.connection] = self._spawn(self._open(command), at_once=True)
            case commands.CloseTcpConnection(half_close=True):
                self._end_writing(command.connection)
            case commands.CloseConnection():
                self._close(command.connection, reset=isinstance(command, ResetConnection))
            case AwaitDrain():
                if self._edge.patience is None:
                    self._await_drain.append(command)
                else:
                    self._events.append(events.Wakeup(command))
            case commands.RequestWakeup():
                self._later(command.delay, self.feed, events.Wakeup(command))
            case _:
                raise AssertionError(f"an unknown command: {type(command).__name__}")

    def _start_hook(self, hook: commands.StartHook) -> None:
        if isinstance(hook, HttpRequestHeadersHook) and self._carrier.listeners(hook.name):
            self._carrier.call_together(self, hook)
        elif self._call_now(hook) and hook.blocking:
            self._events.append(events.HookCompleted(hook))

    def call(self, hook: commands.StartHook) -> bool:
        """Call the listeners of `hook`; whether that is all, and nothing is awaited."""
        if self._over:
            return False
        try:
            return self._call_now(hook)
        except Exception as error:  # noqa: BLE001 (an addon's; see the essay)
            self._crashed(error)
            return False

    def called(self, hook: commands.StartHook) -> None:
        """Go on: the listeners of `hook` are through."""
        self.feed(events.HookCompleted(hook))

    def _call_now(self, hook: commands.StartHook) -> bool:
        listeners = self._carrier.listeners(hook.name)
        if listeners:
            arguments = arguments_of(hook)
            for position, listener in enumerate(listeners, 1):
                result = listener(*arguments)
                if result is not None and inspect.isawaitable(result):
                    self._spawn(self._finish_hook(hook, result, listeners[position:]))
                    return False
        return True

    async def _finish_hook(
        self, hook: commands.StartHook, result: Any, listeners: Sequence[Listener]
    ) -> None:
        await result
        await self._call(listeners, arguments_of(hook))
        if hook.blocking:
            self.feed(events.HookCompleted(hook))

    async def _run_hook(self, hook: commands.StartHook) -> None:
        await self._call(self._carrier.listeners(hook.name), arguments_of(hook))

    async def _call(self, listeners: Sequence[Listener], arguments: list[Any]) -> None:
        for listener in listeners:
            result = listener(*arguments)
            if result is not None and inspect.isawaitable(result):
                await result

    def _spawn(self, work: Coroutine[Any, Any, None], *, at_once: bool = False) -> asyncio.Task[None]:
        task = asyncio.Task(self._guard(work), loop=self._loop, eager_start=at_once)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    async def _guard(self, work: Coroutine[Any, Any, None]) -> None:
        try:
            await work
        except Exception as error:  # noqa: BLE001 (whatever it is; see the essay)
            self._crashed(error)

    # --- origins

    async def _open(self, command: commands.OpenConnection) -> None:
        server = command.connection
        hook = server_hooks.ServerConnectionHookData(client=self.client, server=server)
        failure: Failure | None
        try:
            # No further for now: the layers are still busy with the command.
            await asyncio.sleep(0)
            failure = await self._connect(server, hook)
        except asyncio.CancelledError:
            failure = Failure(Ended.CLIENT_LEFT)
        self._opening.pop(server, None)
        if failure is not None:
            server.error = failure
            await self._run_hook(server_hooks.ServerConnectErrorHook(hook))
        else:
            await self._run_hook(server_hooks.ServerConnectedHook(hook))
        self.feed(events.OpenConnectionCompleted(command, failure))

    async def _connect(self, server: Server, hook: server_hooks.ServerConnectionHookData) -> Failure | None:
        if server.address is None:
            return Failure(Ended.ERROR)
        await self._run_hook(server_hooks.ServerConnectHook(hook))
        if server.error:
            return Failure(ended_by(server.error))
        slot = self._slots[server.address]
        await slot.acquire()
        wire = Wire(self, server)
        server.timestamp_start = time.time()
        try:
            async with asyncio.timeout(self._carrier.limits.origin_connect_seconds):
                await self._reach(wire, *server.address[:2])
            wire.slot = slot
        except (OSError, UnicodeError) as error:
            return failure_of(error)
        finally:
            if wire.slot is None:
                slot.release()
        transport = wire.transport
        server.timestamp_tcp_setup = time.time()
        server.state = ConnectionState.OPEN
        server.peername = transport.get_extra_info("peername")
        server.sockname = transport.get_extra_info("sockname")
        self._wires[server] = wire
        return None

    async def _reach(self, wire: Wire, host: str, port: int) -> None:
        """
        Connect to the first address of `host` that answers.

        In turn, not in a race (asyncio's own falls over its tasks when those are eager), and to the
        addresses that were resolved here, which the loop's resolver has checked.
        """
        found = await self._loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        for position, (family, *_, address) in enumerate(found, 1):
            last = position == len(found)
            try:
                async with asyncio.timeout(None if last else _ONE_ADDRESS_SECONDS):
                    await self._loop.create_connection(lambda: wire, *address[:2], family=family)
            except OSError:
                if last:
                    raise
            else:
                return
        raise OSError("no address")

    # --- ends

    def peer_ended(self, wire: Wire) -> None:
        """A peer will send no more."""
        wire.connection.state &= ~ConnectionState.CAN_READ
        self.feed(events.ConnectionClosed(wire.connection))

    def lost(self, wire: Wire) -> None:
        """A socket is closed."""
        connection = wire.connection
        if wire.slot is not None:
            wire.slot.release()
        if self._wires.get(connection) is wire:
            del self._wires[connection]
            heard = connection.state & ConnectionState.CAN_READ
            connection.state = ConnectionState.CLOSED
            self._disconnected(connection)
            if heard:
                self.feed(events.ConnectionClosed(connection))
            elif connection is self.client:
                self._finish(Ended.CLIENT_LEFT)
        if connection is self.client and not self._closed.done():
            self._closed.set_result(None)

    def _end_writing(self, connection: Connection) -> None:
        wire = self._wires.get(connection)
        if wire is None or not connection.state & ConnectionState.CAN_WRITE:
            return
        connection.state &= ~ConnectionState.CAN_WRITE
        if connection.state is ConnectionState.CLOSED:
            self._close(connection)
        elif not wire.transport.is_closing():
            wire.flush()
            wire.transport.write_eof()

    def _close(self, connection: Connection, *, reset: bool = False) -> None:
        opening = self._opening.get(connection)
        if opening is not None:
            opening.cancel()
            return
        wire = self._wires.pop(connection, None)
        if wire is None:
            return
        wire.flush()
        connection.state = ConnectionState.CLOSED
        self._disconnected(connection)
        self._events.append(events.ConnectionClosed(connection))
        if reset:
            # The peer gets to know that what it got is not all.
            wire.transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
            wire.transport.abort()
        else:
            self._leave(wire)

    def _leave(self, wire: Wire) -> None:
        """Close a socket so that its peer gets what it was sent, a client also to read it."""
        wire.leaving = True
        transport = wire.transport
        if wire is self._wire and not wire.ended and not transport.is_closing():
            wire.read_if(True)
            with contextlib.suppress(OSError):
                transport.write_eof()
        else:
            transport.close()
        self._see_off(transport, transport.get_write_buffer_size(), self._loop.time())

    def _see_off(self, transport: asyncio.Transport, left: int, since: float) -> None:
        """Wait until the peer has taken what is `left`, for as long as it goes on taking."""

        def look() -> None:
            now, waiting = self._loop.time(), transport.get_write_buffer_size()
            if not waiting or (waiting == left and now - since > self._carrier.limits.idle_seconds):
                transport.abort()
            else:
                self._see_off(transport, waiting, since if waiting == left else now)

        self._loop.call_later(_LINGER_SECONDS, look)

    def _disconnected(self, connection: Connection) -> None:
        connection.timestamp_end = time.time()
        self._edge.gauges.pop(connection, None)
        if connection is not self.client:
            self._notify(
                server_hooks.ServerDisconnectedHook(
                    server_hooks.ServerConnectionHookData(
                        client=self.client, server=cast("Server", connection)
                    )
                )
            )

    def _notify(self, hook: commands.StartHook) -> None:
        if self._carrier.listeners(hook.name):
            self._spawn(self._run_hook(hook))

    def _finish(self, ended: Ended) -> None:
        """The client is gone: so is everything that was done for it."""
        if self._finishing:
            return
        self._finishing = True
        for opening in self._opening.values():
            opening.cancel()
        for connection in list(self._wires):
            if connection is not self.client:
                self._close(connection)
        if self._events and ended is not Ended.ERROR:
            # The layers' last words: hooks of exchanges that end with their connection. Where one of them
            # has raised, nothing they would still say is to be relied on.
            self.feed(self._events.popleft())
        self._over = True
        self._events.clear()
        for timer in self._timers:
            timer.cancel()
        for unfinished in list(self._edge.unfinished):
            if (hook := unfinished.give_up(ended)) is not None:
                self._notify(hook)
        self._edge.unfinished.clear()
        self._notify(server_hooks.ClientDisconnectedHook(self.client))

    def _abort(self) -> None:
        """Close every socket at once."""
        self._wire.transport.abort()
        for wire in list(self._wires.values()):
            wire.transport.abort()

    def _crashed(self, error: Exception) -> None:
        places = traceback.extract_tb(error.__traceback__)
        place = " < ".join(f"{frame.name} ({frame.filename}:{frame.lineno})" for frame in reversed(places))
        # Its words may hold a URL or a piece of a body.
        logger.error("a connection was closed by %s in %s", type(error).__name__, place)
        self._events.clear()
        self.client.state = ConnectionState.CLOSED
        self._finish(Ended.ERROR)
        self._abort()

    # --- clocks

    def _later(self, seconds: float, call: Callable[..., None], *arguments: Any) -> None:
        def due() -> None:
            self._timers.discard(timer)
            call(*arguments)

        timer = self._loop.call_later(seconds, due)
        self._timers.add(timer)

    def _tick(self) -> None:
        now = self._loop.time()
        begun = self._edge.unfinished_since
        if begun is not None and now - begun > _HEAD_SECONDS:
            self._carrier.exits.not_a_request("too-slow")
            self._abort()
        elif now - self._last_activity > self._carrier.limits.idle_seconds:
            self._abort()
        else:
            self._later(_TICK_SECONDS, self._tick)

    # --- back-pressure

    def balance(self) -> None:
        """Read from whomever we can pass on from; see the essay in `addons/stream/__init__.py`."""
        if self._over:
            return
        gauges = self._edge.gauges
        client = self._wire
        origins_full = False
        for connection, wire in self._wires.items():
            if wire is not client:
                origins_full = origins_full or wire.full
                gauge = gauges.get(connection)
                wire.read_if(not client.full and (gauge is None or not gauge()))
        gauge = gauges.get(self.client)
        # The frames of HTTP/2 carry more than bodies and must be read; its windows do the waiting.
        held = origins_full and self.client.alpn != b"h2"
        client.read_if(not held and (gauge is None or not gauge()))

    def _waiting(self, connection: Connection) -> int:
        wire = self._wires.get(connection)
        return 0 if wire is None else wire.waiting
