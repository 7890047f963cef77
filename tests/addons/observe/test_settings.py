"""Who may ask how the gateway is."""

from ipaddress import ip_network
from pathlib import Path

import pytest
from pydantic import ValidationError

from addons.observe.settings import ObserveSettings


def test_by_default_only_this_machine_is_answered() -> None:
    settings = ObserveSettings()
    assert (settings.address, settings.allow_from, settings.socket) == (("127.0.0.1", 9465), (), None)


def test_an_empty_address_means_no_listener() -> None:
    assert ObserveSettings(listen="").address is None


def test_networks_that_are_named_may_be_listened_to() -> None:
    settings = ObserveSettings.model_validate(
        {"listen": "[::]:9465", "allow_from": ["192.0.2.10/32"], "hosts": ["Gateway-1.example"]}
    )
    assert settings.address == ("::", 9465)
    assert settings.allow_from == (ip_network("192.0.2.10/32"),)
    assert settings.hosts == ("gateway-1.example",)


@pytest.mark.parametrize(
    ("given", "says"),
    [
        pytest.param({"listen": "0.0.0.0:9465"}, "say who may ask", id="everywhere"),
        pytest.param({"listen": "10.1.2.3:9465"}, "say who may ask", id="the-office"),
        pytest.param({"listen": "[::]:9465"}, "say who may ask", id="everywhere-by-ipv6"),
        pytest.param({"listen": "localhost:9465"}, "not a name", id="a-name"),
        pytest.param({"listen": "9465"}, "expected address:port", id="a-port"),
        pytest.param({"hosts": ["http://gateway.example"]}, "without scheme", id="a-url"),
        pytest.param({"hosts": ["gateway.example:9465"]}, "without scheme and port", id="a-port-too"),
        pytest.param({"allow_from": ["192.0.2.10/24"]}, "allow_from", id="bits-beyond-the-mask"),
        pytest.param({"listening": "127.0.0.1:9465"}, "listening", id="misspelt"),
    ],
)
def test_what_would_say_too_much_is_refused(given: dict[str, object], says: str) -> None:
    with pytest.raises(ValidationError, match=says):
        ObserveSettings.model_validate(given)


@pytest.mark.parametrize("address", ["127.0.0.1:0", "127.9.9.9:9465", "[::1]:9465"])
def test_any_loopback_address_needs_no_more(address: str) -> None:
    assert ObserveSettings(listen=address).address is not None


def test_the_socket_can_lie_elsewhere() -> None:
    assert ObserveSettings.model_validate({"socket": "/run/x/status.sock"}).socket == Path(
        "/run/x/status.sock"
    )
