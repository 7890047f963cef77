"""Webhooks: signed, checked, followed nowhere."""

import base64
import hmac
from pathlib import Path
from uuid import UUID

import pytest

from addons.desk import sending
from addons.desk.sending import NotSent
from addons.desk.settings import WebhookSettings
from addons.desk.webhook import post, signature
from tests.addons.desk.receivers import Hook, hook_server, silent_server
from tests.journeys.harness.certificates import OriginAuthority

ID = UUID("0198a6c0-0000-7000-8000-000000000001")
MESSAGE = {"type": "report.created", "data": {"host": "bad.test", "person": "jäne"}}


@pytest.fixture
def secret(tmp_path: Path) -> Path:
    path = tmp_path / "secret"
    path.write_text("geheim\n")
    path.chmod(0o600)
    return path


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> OriginAuthority:
    return OriginAuthority(tmp_path_factory.mktemp("authority"))


def settings(url: str, secret: Path, **values: object) -> WebhookSettings:
    return WebhookSettings.model_validate({"url": url, "secret_file": secret, **values})


def test_a_signature_is_the_specifications_own_example() -> None:
    """Standard Webhooks 1.0: the key is what stands after `whsec_` in base64."""
    key = base64.b64encode(b"0123456789abcdef01234567").decode()
    body = b'{"test": 2432232314}'
    said = signature(f"whsec_{key}", "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, body)
    expected = hmac.new(
        b"0123456789abcdef01234567", b"msg_p5jXN8AQM9LWM0D4loKWxJek.1614265330." + body, "sha256"
    )
    assert said == "v1," + base64.b64encode(expected.digest()).decode()
    assert signature("plain", "a", 1, b"") != signature("plain", "a", 2, b"")


@pytest.mark.parametrize("tls", [False, True], ids=["http", "https"])
def test_a_message_arrives_signed(authority: OriginAuthority, secret: Path, tls: bool) -> None:
    hook = Hook()
    with hook_server(hook, authority.issue("localhost") if tls else None) as port:
        url = f"{'https' if tls else 'http'}://localhost:{port}/hook?a=b"
        post(settings(url, secret, ca_file=authority.ca_file), ID, MESSAGE, 1_772_625_600)
    [(headers, body)] = hook.got
    assert hook.messages == [MESSAGE]
    assert headers["path"] == "/hook?a=b"
    assert headers["host"] == f"localhost:{port}"
    assert headers["content-type"] == "application/json"
    assert (headers["webhook-id"], headers["webhook-timestamp"]) == (str(ID), "1772625600")
    assert headers["webhook-signature"] == signature("geheim", str(ID), 1_772_625_600, body)


@pytest.mark.parametrize("status", [302, 400, 410, 500])
def test_anything_but_yes_is_no_and_nothing_is_followed(secret: Path, status: int) -> None:
    elsewhere = Hook()
    with (
        hook_server(elsewhere) as other,
        hook_server(Hook(status, {"location": f"http://localhost:{other}/"})) as port,
        pytest.raises(NotSent, match="refused"),
    ):
        post(settings(f"http://localhost:{port}/", secret), ID, MESSAGE, 1)
    assert elsewhere.got == []


def test_no_proxy_of_the_environment_is_used(secret: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    proxy, hook = Hook(), Hook()
    with hook_server(proxy) as by, hook_server(hook) as port:
        monkeypatch.setenv("http_proxy", f"http://127.0.0.1:{by}")
        post(settings(f"http://localhost:{port}/", secret), ID, MESSAGE, 1)
    assert (len(proxy.got), len(hook.got)) == (0, 1)


def test_a_receiver_that_is_not_who_it_should_be_gets_nothing(
    authority: OriginAuthority, secret: Path
) -> None:
    hook = Hook()
    server = hook_server(hook, authority.issue("other.test"))
    with server as port, pytest.raises(NotSent, match="certificate"):
        post(settings(f"https://localhost:{port}/", secret, ca_file=authority.ca_file), ID, MESSAGE, 1)
    assert hook.got == []


def test_what_is_not_there_is_said_in_a_word(secret: Path, tmp_path: Path) -> None:
    with hook_server(Hook()) as port:
        pass
    url = f"http://localhost:{port}/"
    with pytest.raises(NotSent, match="away"):
        post(settings(url, secret), ID, MESSAGE, 1)
    with pytest.raises(NotSent, match="ca-file"):
        post(settings(f"https://localhost:{port}/", secret, ca_file=tmp_path / "missing"), ID, MESSAGE, 1)
    secret.write_text("whsec_not base64\n")
    with pytest.raises(NotSent, match="secret-file"):
        post(settings(url, secret), ID, MESSAGE, 1)
    secret.unlink()
    with pytest.raises(NotSent, match="secret-file"):
        post(settings(url, secret), ID, MESSAGE, 1)


def test_a_receiver_that_says_a_word_a_minute_is_not_waited_for(
    secret: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sending, "ALL_SECONDS", 0.3)
    with silent_server() as port, pytest.raises(NotSent, match="away"):
        post(settings(f"http://localhost:{port}/", secret), ID, MESSAGE, 1)
