"""The observer's sockets, bound or inherited."""

import socket
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from addons.observe.settings import ObserveSettings
from addons.observe.sockets import open_observer
from policy.errors import Away, ConfigurationError


def anew(_name: str, bind: Callable[[], socket.socket]) -> socket.socket:
    return bind()


def test_both_are_bound_where_the_settings_say(tmp_path: Path) -> None:
    sockets = open_observer(ObserveSettings(listen="127.0.0.1:0"), tmp_path / "status.sock", anew)
    assert sockets.listening.startswith("127.0.0.1:")
    assert not sockets.listening.endswith(":0")
    assert (tmp_path / "status.sock").is_socket()
    sockets.close()
    assert sockets.told.fileno() == -1
    assert sockets.listener is not None
    assert sockets.listener.socket.fileno() == -1


def test_no_listener_is_none(tmp_path: Path) -> None:
    sockets = open_observer(ObserveSettings(listen=""), tmp_path / "status.sock", anew)
    assert (sockets.listener, sockets.listening) == (None, "")
    sockets.close()


def test_what_the_generation_before_had_is_gone_on_with(tmp_path: Path) -> None:
    """Each is asked for by a name that says where it is bound: another place is another socket."""
    kept: dict[str, socket.socket] = {}

    def take(name: str, bind: Callable[[], socket.socket]) -> socket.socket:
        if name not in kept:
            kept[name] = bind()
        return kept[name]

    settings = ObserveSettings(listen="127.0.0.1:0")
    first = open_observer(settings, tmp_path / "status.sock", take)
    again = open_observer(settings, tmp_path / "status.sock", take)
    assert again.told is first.told
    assert again.listening == first.listening
    elsewhere = open_observer(settings, tmp_path / "other.sock", take)
    assert elsewhere.told is not first.told
    first.close()
    elsewhere.told.close()


def test_a_port_in_use_names_the_setting_and_leaves_nothing_open(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        settings = ObserveSettings(listen=f"127.0.0.1:{other.getsockname()[1]}")
        with pytest.raises(Away, match=r"^observe\.listen: .* or set it empty"):
            open_observer(settings, tmp_path / "status.sock", anew, patience=0.1)


def test_a_port_that_a_killed_gateway_still_holds_is_waited_for(tmp_path: Path) -> None:
    other = socket.create_server(("127.0.0.1", 0))
    settings = ObserveSettings(listen=f"127.0.0.1:{other.getsockname()[1]}")
    leaving = threading.Timer(0.2, other.close)
    leaving.start()
    sockets = open_observer(settings, tmp_path / "status.sock", anew)
    assert sockets.listening == settings.listen
    sockets.close()
    leaving.join()


def test_an_address_of_another_machine_names_the_setting(tmp_path: Path) -> None:
    settings = ObserveSettings.model_validate({"listen": "192.0.2.1:9465", "allow_from": ["192.0.2.0/24"]})
    with pytest.raises(
        ConfigurationError, match=r"^observe\.listen: 192\.0\.2\.1:9465 cannot be listened on"
    ):
        open_observer(settings, tmp_path / "status.sock", anew)
