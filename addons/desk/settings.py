"""
What can be set about the desk: where it sends mail and webhooks, and the gateway's own pages.

A secret stands in a file of its own and never in a setting: settings are printed.
"""

import re
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Self
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from addons.settings import Port

_HOST = re.compile(r"(?=.{1,253}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]([a-z0-9-]{0,61}[a-z0-9])?")
_HERE = frozenset({"127.0.0.1", "::1", "localhost"})
# What any mail server takes, and no header can be broken with (RFC 5321, 4.1.2, dot-strings only).
_ATEXT = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
_LABEL = r"[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?"
# No encoded word (RFC 2047, 2): read as a header it would be another address.
_ADDRESS = re.compile(rf"(?=.{{3,254}}$)(?!.*=\?){_ATEXT}(\.{_ATEXT})*@{_LABEL}(\.{_LABEL})*")


def is_mail_address(text: str) -> bool:
    """Whether mail may be sent there: one plain address, without name, quotes, comment or line break."""
    return _ADDRESS.fullmatch(text) is not None and len(text.partition("@")[0]) <= 64


def _mail_address(text: str) -> str:
    if not is_mail_address(text):
        raise ValueError(f"{text!r}: expected one mail address, such as servicedesk@example.org")
    return text


type MailAddress = Annotated[str, AfterValidator(_mail_address)]


class _Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class MailTls(StrEnum):
    """How the line to the mail server is protected."""

    STARTTLS = "starttls"  # asked for first of all, and insisted on (RFC 3207)
    TLS = "tls"  # from the first byte (RFC 8314)
    NONE = "none"


class MailSettings(_Section):
    """Where reports are mailed to, and by which server. Read by `addons/desk/`."""

    host: str | None = None  # without it nothing is mailed
    port: Port = 25
    tls: MailTls = MailTls.STARTTLS
    ca_file: Path | None = None  # PEM; trusted for the server besides the system's
    user: str | None = None
    password_file: Path | None = None
    sender: MailAddress | None = None
    service_desk: MailAddress | None = None
    list_administrators: MailAddress | None = None

    @model_validator(mode="after")
    def _is_whole(self) -> Self:
        if self.host is not None and self.sender is None:
            raise ValueError("sender: missing; whoever gets a report must know where it is from")
        if (self.user is None) != (self.password_file is None):
            raise ValueError("user and password_file: give both or neither")
        if self.user is not None and self.tls is MailTls.NONE:
            raise ValueError("tls: a password is not sent over a line that anybody can read")
        return self


class WebhookSettings(_Section):
    """Where events are posted to. Read by `addons/desk/`."""

    url: str | None = None
    secret_file: Path | None = None  # that every message is signed with
    ca_file: Path | None = None  # PEM; trusted for the receiver besides the system's

    @model_validator(mode="after")
    def _is_whole(self) -> Self:
        if self.url is None:
            return self
        try:
            parts = urlsplit(self.url)
            port = parts.port
            # What is posted names people: in clear only to a program on this machine.
            usable = parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in _HERE)
            usable = usable and bool(parts.hostname) and port != 0
        except ValueError:
            usable = False
        if not usable or not self.url.isascii() or not self.url.isprintable() or " " in self.url:
            raise ValueError("url: expected https://, such as https://tickets.example.org/hook")
        if parts.username is not None or parts.fragment:
            raise ValueError("url: neither a login nor a fragment belongs in it")
        if self.secret_file is None:
            raise ValueError("secret_file: missing; without it anybody could post to the receiver")
        return self


class PagesSettings(_Section):
    """The gateway's own pages."""

    host: str = "webfilter.internal"  # reserved: nothing else is reached by this name
    sign_in_minutes: Annotated[int, Field(ge=5, le=24 * 60)] = 60 * 8

    @model_validator(mode="after")
    def _host_is_a_name(self) -> Self:
        if not _HOST.fullmatch(self.host):
            raise ValueError(f"host: {self.host!r}: expected a host's name in lower case, with a dot in it")
        return self
