"""The gateway's settings."""

from pathlib import Path

import pytest
from pydantic import ValidationError

from addons.settings import (
    DestinationSettings,
    GatewaySettings,
    IdentityKind,
    IdentitySettings,
    LimitSettings,
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
    assert GatewaySettings(listen=(text,)).listen_addresses == (address,)


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
        pytest.param(IdentitySettings, {"kind": "ldap"}, id="unknown-kind"),
        pytest.param(IdentitySettings, {"kind": "basic"}, id="basic-without-a-file"),
    ],
)
def test_a_wrong_setting_is_refused(section: type, wrong: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        section(**wrong)


def test_a_section_cannot_be_changed() -> None:
    with pytest.raises(ValidationError):
        LimitSettings().streams = 1000


def test_basic_with_a_file_requires_a_person_unless_told_otherwise() -> None:
    settings = IdentitySettings(kind=IdentityKind.BASIC, htpasswd_file=Path("people"))
    assert settings.required
    assert IdentitySettings().kind is IdentityKind.NONE
