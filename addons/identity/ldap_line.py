"""
A line to a directory: TLS with the server that is meant, and an end to waiting and to reading.

ldap3 speaks the protocol; the line below it is ours, for three reasons. It would compare the server's name
with the certificate by code of its own, where Python's `ssl` does that with OpenSSL. Its time limits do not
hold during a handshake, nor against a server that sends a byte a second. And it reads what comes before TLS
on a line (StartTLS, RFC 4511, 4.14) as far as somebody cares to send, where we read that one answer and not a
byte more. So ldap3 is told of TLS from the start, and given a socket that has a deadline and a most of bytes.
"""

import socket
import ssl
import time
from typing import Any, cast
from urllib.parse import urlsplit

import ldap3
from ldap3.core.exceptions import LDAPException

from addons.desk.secret import read_secret
from addons.identity.settings import LdapSettings
from addons.identity.verifiers import DirectoryAway
from policy.errors import ConfigurationError

# ExtendedRequest of StartTLS, message 1 (RFC 4511, 4.12 and 4.14.1).
_START_TLS = b"\x30\x1d\x02\x01\x01\x77\x18\x80\x161.3.6.1.4.1.1466.20037"
# What its answer begins with, after the lengths: message 1; then ExtendedResponse, resultCode success.
_MESSAGE_1, _EXTENDED, _SUCCESS = b"\x02\x01\x01", 0x78, b"\x0a\x01\x00"
_MOST_ANSWER = 4096
_PORTS = {"ldap": 389, "ldaps": 636}


def open_line(settings: LdapSettings, server: str, *, seconds: float, most_bytes: int) -> ldap3.Connection:
    """
    A line to `server` (a URL of the settings), bound as who searches, for so long and so much at most.

    Raises `DirectoryAway`.
    """
    url = urlsplit(server)
    password = _password_of(settings)
    tls = _Tls(settings, starts=url.scheme == "ldap", until=time.monotonic() + seconds, most_bytes=most_bytes)
    line = ldap3.Connection(
        ldap3.Server(
            url.hostname or "",
            url.port or _PORTS[url.scheme],
            use_ssl=True,
            tls=tls,
            get_info=ldap3.NONE,
            connect_timeout=seconds,
            allowed_referral_hosts=[],
        ),
        user=settings.bind_dn or None,
        password=password,
        authentication=ldap3.SIMPLE if password else ldap3.ANONYMOUS,
        auto_referrals=False,
        check_names=False,
        read_only=True,
    )
    try:
        if line.bind():
            return line
        why = f"who searches may not: {line.result['description']}"
    except (LDAPException, OSError) as error:
        why = tls.failed or " ".join(str(error).split()) or type(error).__name__
    close(line)
    raise DirectoryAway(f"{server}: {why}")


def check_files(settings: LdapSettings) -> None:
    """Whether what the settings name can be read. Raises `ConfigurationError`."""
    if settings.password_file is not None:
        read_secret(settings.password_file)
    try:
        ssl.create_default_context(cafile=settings.ca_file)
    except OSError as error:
        raise ConfigurationError(f"{settings.ca_file}: no certificates in PEM that can be read") from error


def close(line: ldap3.Connection) -> None:
    """Hang up, without a word and without waiting."""
    if line.socket is not None:
        line.socket.close()


def _password_of(settings: LdapSettings) -> str | None:
    if settings.password_file is None:
        return None
    try:
        return read_secret(settings.password_file)
    except ConfigurationError as error:
        raise DirectoryAway(str(error)) from error


class _BoundedSocket(ssl.SSLSocket):
    """Has an end, by the clock and by how much was read."""

    until = 0.0
    bytes_left = 0

    def recv(self, buflen: int = 1024, flags: int = 0) -> bytes:
        """As ever; raises `OSError` past either end."""
        self.settimeout(_left(self.until))
        data = super().recv(buflen, flags)
        self.bytes_left -= len(data)
        if self.bytes_left < 0:
            raise OSError("it says more than anybody asked for")
        return data


class _Tls(ldap3.Tls):
    """What ldap3 calls once there is a line, to have TLS on it."""

    def __init__(self, settings: LdapSettings, *, starts: bool, until: float, most_bytes: int) -> None:
        super().__init__(validate=ssl.CERT_REQUIRED)
        self._ca_file = settings.ca_file
        self._starts = starts
        self._until = until
        self._most_bytes = most_bytes
        self.failed = ""  # why there is no TLS: ldap3 wraps that in words of its own, and in brackets

    def wrap_socket(self, connection: Any, do_handshake: bool = False) -> None:
        """Shake hands with the server that is meant. Raises `OSError`."""
        try:
            connection.socket = self._wrapped(connection.socket, connection.server.host)
        except ssl.SSLCertVerificationError as error:
            self.failed = f"its certificate is not taken: {error.verify_message}"
            raise
        except OSError as error:
            self.failed = str(error)
            raise

    def _wrapped(self, plain: socket.socket, host: str) -> ssl.SSLSocket:
        plain.settimeout(_left(self._until))
        # Several short messages to and fro, none of which should wait to be made longer.
        plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if self._starts:
            _start_tls(plain, self._until)
        context = ssl.create_default_context(cafile=self._ca_file)
        context.sslsocket_class = _BoundedSocket
        wrapped = cast("_BoundedSocket", context.wrap_socket(plain, server_hostname=host))
        wrapped.until, wrapped.bytes_left = self._until, self._most_bytes
        return wrapped


def _left(until: float) -> float:
    left = until - time.monotonic()
    if left <= 0:
        raise TimeoutError("no answer in time")
    return left


def _start_tls(line: socket.socket, until: float) -> None:
    """Ask for TLS and read that it begins, to the byte. Raises `OSError`."""
    line.sendall(_START_TLS)
    if _read(line, 1, until) != b"\x30":
        raise OSError("no answer of a directory to StartTLS")
    length = _read(line, 1, until)[0]
    if length & 0x80:
        length = int.from_bytes(_read(line, length & 0x7F, until))
    answer = _read(line, length, until)
    body = answer[len(_MESSAGE_1) :]
    # The body's own length takes one byte, or as many more as that one says.
    begins = 2 + (body[1] & 0x7F if len(body) > 1 and body[1] & 0x80 else 0)
    if not answer.startswith(_MESSAGE_1) or body[:1] != bytes([_EXTENDED]) or body[begins:][:3] != _SUCCESS:
        raise OSError("it will not begin TLS")


def _read(line: socket.socket, length: int, until: float) -> bytes:
    if length > _MOST_ANSWER:
        raise OSError("it says more than anybody asked for")
    found = b""
    while len(found) < length:
        line.settimeout(_left(until))
        piece = line.recv(length - len(found))
        if not piece:
            raise OSError("the line was cut")
        found += piece
    return found
