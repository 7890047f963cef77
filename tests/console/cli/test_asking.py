"""Asking a gateway that is there, is not, hangs, or is another's."""

import socket
import threading
from pathlib import Path

import msgspec
import pytest

from addons.observe.status_socket import bind
from console.cli.asking import ask_gateway, socket_of
from console.cli.state import State
from policy.errors import Away, Refused
from tests.addons.observe.samples import STATUS


def says(listener: socket.socket, said: bytes) -> threading.Thread:
    """One that answers once."""
    listener.settimeout(5)

    def answer() -> None:
        connection, _ = listener.accept()
        with connection:
            connection.sendall(said)

    thread = threading.Thread(target=answer)
    thread.start()
    return thread


def test_what_it_says_is_read(tmp_path: Path) -> None:
    with bind(tmp_path / "status.sock") as listener:
        thread = says(listener, msgspec.json.encode(STATUS))
        assert ask_gateway(tmp_path / "status.sock") == STATUS
        thread.join()


def test_one_that_is_not_there_can_be_started(tmp_path: Path) -> None:
    with pytest.raises(Away, match="start one with: sluicegate run"):
        ask_gateway(tmp_path / "status.sock")
    bind(tmp_path / "status.sock").close()
    with pytest.raises(Away, match="start one with: sluicegate run"):
        ask_gateway(tmp_path / "status.sock")


def test_one_that_hangs_is_told_apart_from_one_that_is_not_there(tmp_path: Path) -> None:
    with bind(tmp_path / "status.sock"), pytest.raises(Away, match="its observer hangs"):
        ask_gateway(tmp_path / "status.sock", 0.2)


def test_one_that_does_not_answer_this_account_says_who_may_ask(tmp_path: Path) -> None:
    with bind(tmp_path / "status.sock") as listener:
        thread = says(listener, b"refused")
        with pytest.raises(Refused, match="a member of its group"):
            ask_gateway(tmp_path / "status.sock")
        thread.join()


@pytest.mark.parametrize("said", [b"{}", b"[1]", b"nonsense", b"\xff"])
def test_one_of_another_release_is_named(tmp_path: Path, said: bytes) -> None:
    with bind(tmp_path / "status.sock") as listener:
        thread = says(listener, said)
        with pytest.raises(Away, match="another release"):
            ask_gateway(tmp_path / "status.sock")
        thread.join()


def test_one_that_ends_meanwhile_is_away(tmp_path: Path) -> None:
    with bind(tmp_path / "status.sock") as listener:
        thread = says(listener, b"")
        with pytest.raises(Away, match="cannot be asked"):
            ask_gateway(tmp_path / "status.sock")
        thread.join()


def test_a_folder_that_cannot_hold_it_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(Away, match="cannot be asked"):
        ask_gateway(tmp_path / "file" / "status.sock")


def test_it_is_asked_where_the_settings_say(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert socket_of(State(tmp_path)) == tmp_path / "run" / "status.sock"
    monkeypatch.setenv("SLUICEGATE_OBSERVE__SOCKET", "/run/x/status.sock")
    assert socket_of(State(tmp_path)) == Path("/run/x/status.sock")
