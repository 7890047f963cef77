"""The socket on which the gateway says how it is, and to whom."""

import asyncio
import os
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from addons.observe import status_socket
from addons.observe.status_socket import MOST_CONNECTIONS, StatusServer, ask, bind, is_trusted, may_ask
from policy.errors import Away, ConfigurationError


@contextmanager
def answering(path: Path, answer: Callable[[], bytes]) -> Iterator[None]:
    """A gateway that says `answer` at `path`, in a thread with a loop of its own."""
    listener = bind(path)
    loop = asyncio.new_event_loop()
    begun = threading.Event()

    async def serve() -> None:
        await StatusServer(answer).listen(listener)
        begun.set()

    def run() -> None:
        loop.run_until_complete(serve())
        loop.run_forever()

    thread = threading.Thread(target=run)
    thread.start()
    begun.wait(5)
    try:
        yield
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()
        listener.close()


def test_whoever_asks_is_told_all_of_it(tmp_path: Path) -> None:
    said = b'{"serving":true}' * 20_000
    with answering(tmp_path / "status.sock", lambda: said):
        assert ask(tmp_path / "status.sock", 5) == said
        assert ask(tmp_path / "status.sock", 5) == said, "and again"


def test_the_socket_is_for_the_account_and_its_group(tmp_path: Path) -> None:
    with bind(tmp_path / "status.sock"):
        assert (tmp_path / "status.sock").stat().st_mode & 0o777 == 0o660


def test_a_folder_may_lie_as_deep_as_it_likes(tmp_path: Path) -> None:
    deep = tmp_path / ("d" * 200)
    deep.mkdir()
    with answering(deep / "status.sock", lambda: b"{}"):
        assert ask(deep / "status.sock", 5) == b"{}"


def test_nobody_there_is_told_apart_from_one_that_hangs(tmp_path: Path) -> None:
    path = tmp_path / "status.sock"
    with pytest.raises(FileNotFoundError):
        ask(path, 1)
    listener = bind(path)
    with pytest.raises(TimeoutError):
        ask(path, 0.2)
    listener.close()
    with pytest.raises(ConnectionRefusedError):
        ask(path, 1)


def test_one_whose_queue_is_full_hangs(tmp_path: Path) -> None:
    with bind(tmp_path / "status.sock"):
        held = []
        for _ in range(MOST_CONNECTIONS + 1):
            connection = socket.socket(socket.AF_UNIX)
            connection.connect(str(tmp_path / "status.sock"))
            held.append(connection)
        with pytest.raises(TimeoutError):
            ask(tmp_path / "status.sock", 0.2)
        for connection in held:
            connection.close()


def test_what_a_killed_gateway_left_is_replaced(tmp_path: Path) -> None:
    bind(tmp_path / "status.sock").close()
    with answering(tmp_path / "status.sock", lambda: b"{}"):
        assert ask(tmp_path / "status.sock", 5) == b"{}"


def test_the_place_of_a_living_gateway_is_not_taken(tmp_path: Path) -> None:
    with answering(tmp_path / "status.sock", lambda: b"{}"):
        with pytest.raises(Away, match="another gateway answers here"):
            bind(tmp_path / "status.sock", patience=0.1)
        assert ask(tmp_path / "status.sock", 5) == b"{}"


def test_what_is_no_socket_is_not_removed(tmp_path: Path) -> None:
    (tmp_path / "status.sock").write_text("somebody's")
    with pytest.raises(ConfigurationError, match="cannot be made"):
        bind(tmp_path / "status.sock")
    assert (tmp_path / "status.sock").read_text() == "somebody's"


def test_a_folder_that_is_not_there_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"observe\.socket"):
        bind(tmp_path / "missing" / "status.sock")


def test_who_is_not_answered_is_told_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(status_socket, "may_ask", lambda _: False)
    with answering(tmp_path / "status.sock", lambda: b"{}"), pytest.raises(PermissionError):
        ask(tmp_path / "status.sock", 5)


def test_an_answer_that_fails_is_no_answer(tmp_path: Path) -> None:
    def fails() -> bytes:
        raise RuntimeError("a bug")

    with answering(tmp_path / "status.sock", fails), pytest.raises(ConnectionResetError):
        ask(tmp_path / "status.sock", 5)


OWN_UID, OWN_GID = 990, 991


@pytest.mark.parametrize(
    ("uid", "groups", "trusted"),
    [
        pytest.param(0, {0}, True, id="root"),
        pytest.param(990, {5}, True, id="the-gateway-itself"),
        pytest.param(1000, {100, 991}, True, id="a-member-of-its-group"),
        pytest.param(1000, {100, 990}, False, id="a-group-of-the-accounts-number"),
        pytest.param(991, {0}, False, id="an-account-of-the-groups-number"),
        pytest.param(1000, {100}, False, id="anybody"),
    ],
)
def test_who_is_told(uid: int, groups: set[int], trusted: bool) -> None:
    assert is_trusted(uid, groups, OWN_UID, OWN_GID) is trusted


PEER = """
import os, socket, sys
if os.geteuid() == 0:
    os.setgroups([4711, 4712])
with socket.socket(socket.AF_UNIX) as connection:
    connection.connect(sys.argv[1])
    print(*os.getgroups(), flush=True)
    connection.recv(1)
"""


def test_the_kernel_says_who_is_there_and_in_which_groups(tmp_path: Path) -> None:
    with bind(tmp_path / "status.sock") as listener:
        listener.settimeout(10)
        peer = subprocess.Popen(
            [sys.executable, "-c", PEER, str(tmp_path / "status.sock")], stdout=subprocess.PIPE, text=True
        )
        connection, _ = listener.accept()
        with connection:
            assert may_ask(connection), "it is this very account"
            found = status_socket._groups(connection)
        said, _ = peer.communicate(timeout=10)
    assert sorted(found) == sorted(map(int, said.split()))
    if os.geteuid() == 0:
        assert set(found) == {4711, 4712}
