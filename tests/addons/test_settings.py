"""The gateway's settings."""

import pytest
from pydantic import ValidationError

from addons.settings import (
    DestinationSettings,
    GatewaySettings,
    LimitSettings,
    Mode,
    Modes,
    split_address,
)


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("127.0.0.1:8080", ("127.0.0.1", 8080)),
        ("[::1]:8080", ("::1", 8080)),
        ("localhost:0", ("localhost", 0)),
    ],
)
def test_a_listening_address_is_taken_apart(text: str, address: tuple[str, int]) -> None:
    assert split_address(text) == address
    assert GatewaySettings(listen=(text,)).endpoints == ((*address, Mode.EXPLICIT),)


@pytest.mark.parametrize("text", ["8080", ":8080", "::1:8080", "a:b", "a:65536", "a:", "a:-1", "a:٣"])
def test_what_is_no_listening_address_is_refused_by_saying_what_was_expected(text: str) -> None:
    with pytest.raises(ValidationError, match="8080"):
        GatewaySettings(listen=(text,))


@pytest.mark.parametrize(
    ("section", "wrong"),
    [
        pytest.param(GatewaySettings, {"workers": 0}, id="no-worker"),
        pytest.param(GatewaySettings, {"listen": ()}, id="nowhere"),
        pytest.param(GatewaySettings, {"name": ""}, id="no-name"),
        pytest.param(GatewaySettings, {"work": 1}, id="unknown-key"),
        pytest.param(LimitSettings, {"connect_ports": (0,)}, id="no-port"),
        pytest.param(LimitSettings, {"header_bytes": 0}, id="no-limit"),
        pytest.param(DestinationSettings, {"inner": ("10.0.0.1/8",)}, id="an-address-with-host-bits"),
    ],
)
def test_a_wrong_setting_is_refused(section: type, wrong: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        section(**wrong)


def test_a_section_cannot_be_changed() -> None:
    with pytest.raises(ValidationError):
        LimitSettings().streams = 1000


@pytest.mark.parametrize(
    ("mode", "endpoints"),
    [
        (Modes.EXPLICIT, [("127.0.0.1", 1, Mode.EXPLICIT)]),
        (Modes.TRANSPARENT, [("0.0.0.0", 2, Mode.TRANSPARENT), ("::", 2, Mode.TRANSPARENT)]),
        (
            Modes.BOTH,
            [
                ("127.0.0.1", 1, Mode.EXPLICIT),
                ("0.0.0.0", 2, Mode.TRANSPARENT),
                ("::", 2, Mode.TRANSPARENT),
            ],
        ),
    ],
)
def test_a_gateway_listens_for_the_clients_of_its_mode(
    mode: Modes, endpoints: list[tuple[str, int, Mode]]
) -> None:
    settings = GatewaySettings(mode=mode, listen=("127.0.0.1:1",), transparent_listen=("0.0.0.0:2", "[::]:2"))
    assert list(settings.endpoints) == endpoints
