"""The connections of one worker: let in one at a time, bounded, drained and cut."""

import asyncio
import logging
import socket
import struct
from collections.abc import AsyncIterator

import pytest

from addons.server import connections as module
from addons.server.arrivals import Arrivals
from addons.server.connections import Connections
from addons.server.listen import open_listeners
from addons.settings import Endpoint
from addons.stream import Arrival


class Held(asyncio.Protocol):
    """A connection that lasts until either side ends it; idle until it was sent something."""

    def __init__(self, transport: asyncio.Transport) -> None:
        self.transport = transport
        self.received = b""
        self.over: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.began = asyncio.get_running_loop().time()
        transport.set_protocol(self)
        transport.resume_reading()

    def data_received(self, data: bytes) -> None:
        self.received += data

    def connection_lost(self, _error: Exception | None) -> None:
        if not self.over.done():
            self.over.set_result(None)

    async def handle_client(self) -> None:
        await self.over

    def drain(self, patience: float) -> None:
        """It has no protocol to say so in."""

    def idle_seconds(self) -> float:
        return 0.0 if self.received else asyncio.get_running_loop().time() - self.began

    def close(self) -> None:
        self.transport.abort()


class Gate:
    """Connections on a listener of their own."""

    def __init__(self, most: int) -> None:
        (self.listener,) = open_listeners([Endpoint("127.0.0.1", 0)])
        self.address = self.listener.address
        self.held: list[Held] = []
        self.refused: list[str] = []
        self.connections = Connections([self.listener], most, Arrivals((), self.refused.append), self.hold)
        self.clients: list[socket.socket] = []

    def hold(self, transport: asyncio.Transport, _arrival: Arrival) -> Held:
        self.held.append(Held(transport))
        return self.held[-1]

    async def client(self, sends: bytes = b"") -> socket.socket:
        client = socket.create_connection(self.address, timeout=2)
        client.setblocking(False)
        client.sendall(sends)
        self.clients.append(client)
        await asyncio.sleep(0.05)
        return client

    async def is_closed(self, client: socket.socket) -> bool:
        try:
            async with asyncio.timeout(0.3):
                return await asyncio.get_running_loop().sock_recv(client, 1) == b""
        except ConnectionResetError:
            return True
        except TimeoutError:
            return False


@pytest.fixture(params=["eager", "lazy"])
async def loop_with_tasks(request: pytest.FixtureRequest) -> AsyncIterator[None]:
    """Whether tasks start at once is the loop's affair; nothing here may depend on it."""
    loop = asyncio.get_running_loop()
    before = loop.get_task_factory()
    if request.param == "eager":
        loop.set_task_factory(asyncio.eager_task_factory)
    yield
    loop.set_task_factory(before)


@pytest.fixture
async def gate(loop_with_tasks: None) -> AsyncIterator[Gate]:
    made = Gate(most=3)
    made.connections.begin()
    yield made
    await made.connections.cut()
    for client in made.clients:
        client.close()


async def test_a_client_is_let_in_and_counted_until_it_leaves(gate: Gate) -> None:
    client = await gate.client(b"hello")
    assert len(gate.connections) == 1
    assert gate.held[0].received == b"hello"
    client.close()
    await asyncio.sleep(0.05)
    assert len(gate.connections) == 0


async def test_an_answer_in_two_writes_does_not_wait_for_an_acknowledgement(gate: Gate) -> None:
    await gate.client()
    accepted = gate.held[0].transport.get_extra_info("socket")
    assert accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)


async def test_beyond_the_limit_a_client_waits_and_is_let_in_when_another_leaves(gate: Gate) -> None:
    clients = [await gate.client() for _ in range(4)]
    assert len(gate.connections) == 3
    assert not await gate.is_closed(clients[3]), "it waits; it is not refused"
    clients[0].close()
    await asyncio.sleep(0.05)
    assert len(gate.connections) == 3
    assert len(gate.held) == 4


async def test_when_there_is_no_room_those_that_have_been_idle_longest_make_some(
    gate: Gate, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_LONG_IDLE_SECONDS", 0.2)
    busy, idlest, idle = await gate.client(b"busy"), await gate.client(), await gate.client()
    await asyncio.sleep(0.3)
    await gate.client(b"new")
    async with asyncio.timeout(2):
        while len(gate.held) < 4:  # noqa: ASYNC110 (nobody tells)
            await asyncio.sleep(0.01)
    assert await gate.is_closed(idlest)
    assert not await gate.is_closed(idle)
    assert not await gate.is_closed(busy)


async def test_draining_closes_the_idle_waits_for_the_busy_and_lets_nobody_in(
    gate: Gate, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_LATE_SECONDS", 0.0)
    idle, busy = await gate.client(), await gate.client(b"at work")
    draining = asyncio.create_task(gate.connections.drain(5, patience=0))
    assert await gate.is_closed(idle)
    assert not await gate.is_closed(busy)
    with pytest.raises(ConnectionRefusedError):
        await gate.client()
    assert not draining.done()
    busy.close()
    await asyncio.wait_for(draining, 1)


async def test_an_idle_connection_may_be_used_once_more_while_there_is_patience(gate: Gate) -> None:
    idle = await gate.client()
    draining = asyncio.create_task(gate.connections.drain(5, patience=2))
    assert not await gate.is_closed(idle)
    await asyncio.get_running_loop().sock_sendall(idle, b"one more")
    await asyncio.sleep(0.1)
    assert gate.held[0].received == b"one more"
    draining.cancel()


async def test_nobody_who_was_let_in_is_lost_when_the_doors_close(gate: Gate) -> None:
    """Whoever is in the queue stays there, for another process; whoever was taken is carried."""
    queue = gate.listener.socket.dup()  # as another process has it
    clients = [socket.create_connection(gate.address, timeout=2) for _ in range(3)]
    await gate.connections.drain(0.05, patience=0)
    with queue:
        queue.setblocking(False)
        waiting = 0
        while True:
            try:
                queue.accept()[0].close()
            except BlockingIOError:
                break
            waiting += 1
    assert waiting + len(gate.held) == 3
    for client in clients:
        client.close()


async def test_draining_has_an_end_and_the_rest_is_cut(gate: Gate) -> None:
    busy = await gate.client(b"at work")
    await asyncio.wait_for(gate.connections.drain(0.2, patience=0), 1)
    assert not await gate.is_closed(busy)
    await gate.connections.cut()
    assert await gate.is_closed(busy)
    assert len(gate.connections) == 0


async def test_whoever_has_left_before_being_let_in_is_not_carried(gate: Gate) -> None:
    """Such a socket has no peer's address, which everything behind it relies on."""
    for _ in range(3):
        client = socket.create_connection(gate.address, timeout=2)
        client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        client.close()
    await asyncio.sleep(0.1)
    assert gate.held == []
    assert len(gate.connections) == 0
    await gate.client()
    assert len(gate.held) == 1


async def test_a_connection_that_fails_is_reported_and_gives_its_room_back(
    gate: Gate, caplog: pytest.LogCaptureFixture
) -> None:
    for _ in range(5):
        client = await gate.client()
        gate.held[-1].over.set_exception(RuntimeError("a bug"))
        assert await gate.is_closed(client)
    assert caplog.text.count("a connection failed") == 5


async def test_when_descriptors_run_out_accepting_goes_on_afterwards(
    gate: Gate, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Said once, not once a try."""
    monkeypatch.setattr(module, "_SCARCE_SECONDS", 0.01)
    take = module._take
    failures = 0

    def out_of_descriptors(listener: socket.socket) -> socket.socket:
        nonlocal failures
        accepted = take(listener)
        if failures < 3:
            failures += 1
            accepted.close()
            raise OSError(24, "Too many open files")
        return accepted

    monkeypatch.setattr(module, "_take", out_of_descriptors)
    with caplog.at_level(logging.ERROR):
        for _ in range(6):
            await gate.client()
    assert len(gate.connections) >= 1
    assert caplog.text.count("no more connections can be accepted: Too many open files") == 1
