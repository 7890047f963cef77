"""Listening sockets: all of them or none, and one clear line when it cannot be."""

import socket

import pytest

from addons.server.listen import listening_at, open_listeners, show_address
from addons.settings import Endpoint, Mode
from policy.errors import Away, ConfigurationError


def test_ipv4_and_ipv6_listen_side_by_side_on_one_port() -> None:
    (first,) = open_listeners([Endpoint("127.0.0.1", 0)])
    port = first.address[1]
    first.close()
    listeners = open_listeners([Endpoint("0.0.0.0", port), Endpoint("::", port)])
    try:
        assert [listening_at(listener) for listener in listeners] == [f"0.0.0.0:{port}", f"[::]:{port}"]
        for host in ("127.0.0.1", "::1"):
            socket.create_connection((host, port), timeout=2).close()
    finally:
        for listener in listeners:
            listener.close()


def test_a_port_in_use_is_named_and_nothing_stays_bound() -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        taken = other.getsockname()[1]
        (probe,) = open_listeners([Endpoint("127.0.0.1", 0)])
        free = probe.address[1]
        probe.close()
        with pytest.raises(Away, match=rf"127\.0\.0\.1:{taken} is in use.*--listen"):
            open_listeners([Endpoint("127.0.0.1", free), Endpoint("127.0.0.1", taken)])
        open_listeners([Endpoint("127.0.0.1", free)])[0].close()


@pytest.mark.parametrize(
    ("host", "says"),
    [
        pytest.param("192.0.2.1", "not an address of this machine", id="somebody-elses-address"),
        pytest.param("localhost", "give an address, not a name", id="a-name"),
        pytest.param("2001:db8::1", r"\[2001:db8::1\]:\d+ cannot be listened on", id="somebody-elses-ipv6"),
    ],
)
def test_what_cannot_be_listened_on_is_a_wrong_setting(host: str, says: str) -> None:
    with pytest.raises(ConfigurationError, match=says):
        open_listeners([Endpoint(host, 1)])


def test_a_port_that_was_just_given_up_is_free_again() -> None:
    """Connections in TIME_WAIT must not keep a restarted gateway from its port."""
    (listener,) = open_listeners([Endpoint("127.0.0.1", 0)])
    address = listener.address
    with socket.create_connection(address, timeout=2):
        accepted, _ = listener.socket.accept()
        accepted.close()
    listener.close()
    open_listeners([Endpoint(*address)])[0].close()


def test_an_ipv6_address_is_shown_in_brackets() -> None:
    assert show_address("::1", 8080) == "[::1]:8080"
    assert show_address("127.0.0.1", 8080) == "127.0.0.1:8080"


def test_a_socket_keeps_its_mode() -> None:
    told, redirected = open_listeners([Endpoint("127.0.0.1", 0), Endpoint("::1", 0, Mode.TRANSPARENT)])
    with told.socket, redirected.socket:
        assert (told.mode, redirected.mode) == (Mode.EXPLICIT, Mode.TRANSPARENT)
        assert redirected.address == ("::1", redirected.socket.getsockname()[1])
