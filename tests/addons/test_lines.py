"""Lines to the processes beside the workers: a kept one comes back, and only our own account is let in."""

import asyncio
import socket

import pytest

from addons import lines
from addons.lines import KeptLine, Lines, Misspoken, accept_own, open_listening
from tests.addons.desk.waiting import until


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lines, "_AGAIN_SECONDS", 0.01)


class End:
    """What a kept line tells."""

    def __init__(self) -> None:
        self.messages: list[bytes] = []
        self.connections = 0

    def take(self, message: bytes) -> None:
        if message == b"nonsense":
            raise Misspoken("nonsense")
        self.messages.append(message)

    def connected(self) -> None:
        self.connections += 1


async def accepted(listening: socket.socket) -> socket.socket:
    listening.setblocking(False)
    line, _ = await asyncio.get_running_loop().sock_accept(listening)
    line.setblocking(False)
    return line


async def test_messages_arrive_whole_and_a_line_that_was_cut_comes_back() -> None:
    end = End()
    with open_listening() as listening:
        kept = KeptLine(listening.getsockname(), 1024, take=end.take, connected=end.connected)
        assert not kept.send(b"too early")
        kept.start("test")
        first = await accepted(listening)
        assert kept.send(b"one")
        assert await asyncio.get_running_loop().sock_recv(first, 1024) == b"one"
        first.send(b"two")
        first.send(b"three")
        await until(lambda: end.messages == [b"two", b"three"])
        first.close()
        second = await accepted(listening)
        await until(lambda: end.connections == 2)
        second.send(b"nonsense")
        third = await accepted(listening)
        await until(lambda: end.connections == 3)
        kept.close()
        assert not kept.send(b"too late")
        for line in (second, third):
            line.close()


async def test_who_listens_later_is_found() -> None:
    end = End()
    gone = open_listening()
    address = gone.getsockname()
    gone.close()
    kept = KeptLine(address, 1024, take=end.take, connected=end.connected)
    kept.start("test")
    await asyncio.sleep(0.03)
    assert end.connections == 0
    with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as listening:
        listening.bind(address)
        listening.listen()
        await until(lambda: end.connections == 1)
        kept.close()


async def test_a_line_that_is_cut_as_soon_as_it_is_there_is_not_tried_without_a_pause(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(lines, "_AGAIN_SECONDS", 3600)
    end = End()
    with open_listening() as listening:
        kept = KeptLine(listening.getsockname(), 1024, take=end.take, connected=end.connected)
        kept.start("test")
        (await accepted(listening)).close()
        await until(lambda: not kept.send(b"anything"))
        await asyncio.sleep(0.05)
        assert end.connections == 1
        kept.close()


async def test_nobody_else_who_listens_by_that_name_is_told_anything(monkeypatch: pytest.MonkeyPatch) -> None:
    end = End()
    with open_listening() as listening:
        monkeypatch.setattr("addons.lines.os.geteuid", lambda: 4_000_000)
        kept = KeptLine(listening.getsockname(), 1024, take=end.take, connected=end.connected)
        kept.start("test")
        line = await accepted(listening)
        assert await asyncio.get_running_loop().sock_recv(line, 1) == b""
        assert end.connections == 0
        assert not kept.send(b"a password")
        kept.close()
        line.close()


async def test_a_line_that_nobody_reads_from_takes_no_more_and_holds_nobody_up() -> None:
    end = End()
    with open_listening() as listening:
        kept = KeptLine(listening.getsockname(), 1024, take=end.take, connected=end.connected)
        kept.start("test")
        line = await accepted(listening)
        assert not all(kept.send(bytes(1024)) for _ in range(10_000))
        kept.close()
        line.close()


def test_a_process_of_our_own_account_is_let_in_and_nobody_who_has_gone() -> None:
    with open_listening() as listening, socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as other:
        listening.setblocking(False)
        assert accept_own(listening) is None
        other.connect(listening.getsockname())
        line = accept_own(listening)
        assert line is not None
        assert not line.getblocking()
        line.close()


def test_somebody_else_is_not_let_in(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("addons.lines.os.geteuid", lambda: 4_000_000)
    with open_listening() as listening, socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as other:
        other.connect(listening.getsockname())
        assert accept_own(listening) is None
        assert other.recv(1) == b""


def test_there_is_a_line_to_each_and_a_worker_closes_both() -> None:
    both = Lines.open()
    assert both.signer.getsockname() != both.desk.getsockname()
    both.close()
    assert [one.fileno() for one in both] == [-1, -1]
