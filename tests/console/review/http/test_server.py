"""The listeners of the service, and its life."""

import os
import signal
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from console.review.client import over_socket
from console.review.http.server import MODE, tls_listener, unix_listener
from policy.errors import Away, ConfigurationError
from tests.console.review.serving import People, serving, socket_of
from tests.journeys.harness.certificates import OriginAuthority


def test_whoever_reaches_the_folder_may_connect(tmp_path: Path) -> None:
    with unix_listener(socket_of(tmp_path)).socket:
        assert stat.S_IMODE(socket_of(tmp_path).stat().st_mode) == MODE


def test_a_service_does_not_take_the_place_of_another(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("addons.observe.status_socket._answers", lambda _path: True)
    with (
        unix_listener(socket_of(tmp_path)).socket,
        pytest.raises(Away, match="another review service answers"),
    ):
        unix_listener(socket_of(tmp_path))


def test_a_socket_that_was_left_over_is_taken_over(tmp_path: Path) -> None:
    unix_listener(socket_of(tmp_path)).socket.close()
    with serving([unix_listener(socket_of(tmp_path))], People("root")):
        over_socket(socket_of(tmp_path))


def test_a_place_that_cannot_be_is_a_mistake_in_the_settings(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"review\.socket names another place"):
        unix_listener(tmp_path / "nowhere" / "review.sock")


@pytest.mark.parametrize("damage", ["missing", "empty", "key-of-another", "with-a-password"])
def test_a_certificate_without_its_key_is_a_mistake_in_the_settings(tmp_path: Path, damage: str) -> None:
    good = OriginAuthority(tmp_path).issue("localhost")
    key = tmp_path / "key.pem"
    match damage:
        case "empty":
            key.write_text("")
        case "key-of-another":
            key.write_bytes(OriginAuthority(tmp_path).issue("other.test").read_bytes())
        case "with-a-password":
            from cryptography.hazmat.primitives import serialization

            known = serialization.load_pem_private_key(good.read_bytes(), None)
            key.write_bytes(
                known.private_bytes(
                    serialization.Encoding.PEM,
                    serialization.PrivateFormat.PKCS8,
                    serialization.BestAvailableEncryption(b"password"),
                )
            )
    with pytest.raises(ConfigurationError, match="not a certificate and its key"):
        tls_listener("127.0.0.1:0", good, key)


def test_an_address_that_is_taken_is_away(tmp_path: Path) -> None:
    pem = OriginAuthority(tmp_path).issue("localhost")
    with tls_listener("127.0.0.1:0", pem, pem).socket as taken:
        port = taken.getsockname()[1]
        with pytest.raises(Away, match="cannot be listened on"):
            tls_listener(f"127.0.0.1:{port}", pem, pem)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it(tmp_path: Path, number: signal.Signals) -> None:
    program = f"""
import sys
from pathlib import Path
from console.review.http.server import serve, unix_listener
async def app(scope, receive, send): pass
def ready(): print("ready", flush=True)
serve(app, [unix_listener(Path({str(socket_of(tmp_path))!r}))], ready=ready)
"""
    with subprocess.Popen(
        [sys.executable, "-c", program], stdout=subprocess.PIPE, env={**os.environ}
    ) as service:
        assert service.stdout is not None
        assert service.stdout.readline() == b"ready\n"
        service.send_signal(number)
        assert service.wait(30) == 0
