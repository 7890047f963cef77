"""
Webhooks: a message posted as JSON, signed so that its receiver can tell who sent it and when.

In the form of the Standard Webhooks specification 1.0: `webhook-id` stays the same however often a message
is sent, `webhook-timestamp` is of the attempt, and `webhook-signature` is `v1,` and the HMAC-SHA-256 over
`id.timestamp.body`. Nothing is followed (no redirect), no proxy of the environment is used.
"""

import base64
import binascii
import hmac
import http.client
import json
import socket
import ssl
from collections.abc import Mapping
from contextlib import suppress
from urllib.parse import urlsplit
from uuid import UUID

from addons.desk.secret import read_secret
from addons.desk.sending import STEP_SECONDS, NotSent, ending, trusting
from addons.desk.settings import WebhookSettings
from policy.errors import ConfigurationError

_PREFIX = "whsec_"
_MOST_ANSWER = 4096


def signature(secret: str, identifier: str, timestamp: int, body: bytes) -> str:
    """What `webhook-signature` says. A secret that begins with `whsec_` is base64, any other is itself."""
    bare = secret.removeprefix(_PREFIX)
    key = secret.encode() if bare == secret else base64.b64decode(bare)
    signed = b".".join((identifier.encode(), str(timestamp).encode(), body))
    return "v1," + base64.b64encode(hmac.digest(key, signed, "sha256")).decode()


def post(settings: WebhookSettings, identifier: UUID, message: Mapping[str, object], timestamp: int) -> None:
    """Post it once; `timestamp` is now, in seconds since 1970. Raises `NotSent`."""
    assert settings.url is not None  # noqa: S101 - for the type checker
    assert settings.secret_file is not None  # noqa: S101 - the settings say so; for mypy
    body = json.dumps(message, ensure_ascii=False, separators=(",", ":")).encode()
    try:
        signed = signature(read_secret(settings.secret_file), str(identifier), timestamp, body)
    except (ConfigurationError, binascii.Error) as error:
        raise NotSent("secret-file") from error
    headers = {
        "content-type": "application/json",
        "user-agent": "sluicegate",
        "webhook-id": str(identifier),
        "webhook-timestamp": str(timestamp),
        "webhook-signature": signed,
    }
    parts = urlsplit(settings.url)
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    connection = _connection(settings, parts.scheme, parts.hostname or "", parts.port)
    try:
        with ending(lambda: _cut(connection)):
            connection.request("POST", target, body, headers)
            answer = connection.getresponse()
            answer.read(_MOST_ANSWER)
    except ssl.SSLError as error:
        raise NotSent("certificate") from error
    except (OSError, http.client.HTTPException) as error:
        raise NotSent("away") from error
    finally:
        connection.close()
    if not 200 <= answer.status < 300:
        raise NotSent("refused")


def _connection(
    settings: WebhookSettings, scheme: str, host: str, port: int | None
) -> http.client.HTTPConnection:
    if scheme == "https":
        context = trusting(settings.ca_file)
        return http.client.HTTPSConnection(host, port, timeout=STEP_SECONDS, context=context)
    return http.client.HTTPConnection(host, port, timeout=STEP_SECONDS)


def _cut(connection: http.client.HTTPConnection) -> None:
    with suppress(OSError):
        if connection.sock is not None:
            connection.sock.shutdown(socket.SHUT_RDWR)
