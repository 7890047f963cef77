"""How people are known. Read by `addons/identity/`, the gatekeeper and `sluicegate people`."""

import re
from collections.abc import Iterator
from enum import StrEnum
from ipaddress import IPv4Network, IPv6Network, ip_address
from pathlib import Path
from typing import Annotated, Self
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, PositiveFloat, field_validator, model_validator

type Networks = tuple[IPv4Network | IPv6Network, ...]

_TOKEN = re.compile(r"[A-Za-z0-9-]{1,64}")
_NOT_FOR_THIS = frozenset(
    {"host", "cookie", "authorization", "proxy-authorization", "connection", "content-length", "origin"}
)


class _Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class IdentityKind(StrEnum):
    """A way in which a person is known."""

    HTPASSWD = "htpasswd"  # a password, by a file of hashes
    LDAP = "ldap"  # a password, by a directory
    KERBEROS = "kerberos"  # a ticket
    HEADER = "header"  # the word of a proxy before us
    DEVICE = "device"  # the address of a device that the register of people gives one person


class LdapSettings(_Section):
    """
    A directory that passwords are compared by, and that people can be imported from.

    Nothing is ever said to it in clear: `ldaps://` speaks TLS at once, `ldap://` begins it (StartTLS) before
    anything else, and the certificate has to be the server's.
    """

    servers: tuple[str, ...] = ()  # asked in this order: the next one where one does not answer
    ca_file: Path | None = None  # PEM; instead of the system's
    bind_dn: str = ""  # who searches; empty: anybody may
    password_file: Path | None = None  # theirs
    base: str = ""  # below which people are
    filter: str = "(uid={login})"  # finds one person, who may sign in
    login: str = "uid"  # the attribute whose value is the login, whatever was typed
    seconds: PositiveFloat = 2.0  # for one server, from the connection to its last answer

    @field_validator("servers")
    @classmethod
    def _are_servers(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for text in value:
            parts = urlsplit(text)
            if parts.scheme not in {"ldap", "ldaps"} or not parts.hostname or parts.path not in {"", "/"}:
                raise ValueError(f"servers: {text!r}: expected ldaps://host, or ldap://host for StartTLS")
        return value

    @field_validator("filter")
    @classmethod
    def _has_a_place(cls, value: str) -> str:
        if value.count("{login}") == 0 or not (value.startswith("(") and value.endswith(")")):
            raise ValueError("filter: expected one in brackets with {login} in it, such as (uid={login})")
        return value


class KerberosSettings(_Section):
    """Tickets for one service, by its keytab."""

    keytab: Path | None = None
    service: Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]+$")] = "HTTP"  # first part of its principals
    # Whose tickets are taken, and the organisation each realm belongs to: "" for the gateway's own.
    realms: dict[str, str] = {}


class IdentitySettings(_Section):
    """How people are known, and where they have to be."""

    kinds: tuple[IdentityKind, ...] = ()  # none: nobody is asked
    required: bool = True  # where there is any way: nothing but essential hosts without a person
    not_required_from: Networks = ()  # clients who need not be anybody
    not_required_to: frozenset[str] = frozenset()  # hosts, with their subdomains, that need nobody
    htpasswd_file: Path | None = None  # bcrypt lines only
    header: str | None = None  # that a proxy before us names the person in
    header_from: Networks = ()  # where that proxy is; from anywhere else the header is only removed
    ldap: LdapSettings = LdapSettings()
    kerberos: KerberosSettings = KerberosSettings()

    @property
    def asks(self) -> bool:
        """Whether there is any way to be known."""
        return bool(self.kinds)

    def requires(self, client_ip: str | None, host: str) -> bool:
        """Whether nothing but essential hosts opens without a person, from there, at a normalised host."""
        if not (self.kinds and self.required):
            return False
        if self.not_required_to and any(name in self.not_required_to for name in _upwards(host)):
            return False
        if not self.not_required_from or client_ip is None:
            return True
        address = ip_address(client_ip)
        return not any(address in network for network in self.not_required_from)

    def trusts(self, client_ip: str) -> bool:
        """Whether this is a proxy before us: its word is believed, and its address is nobody's own."""
        return bool(self.header_from) and any(ip_address(client_ip) in one for one in self.header_from)

    @property
    def passwords(self) -> bool:
        """Whether a login and a password can make somebody known."""
        return IdentityKind.HTPASSWD in self.kinds or IdentityKind.LDAP in self.kinds

    @property
    def tickets(self) -> bool:
        """Whether a ticket can."""
        return IdentityKind.KERBEROS in self.kinds

    @property
    def schemes(self) -> tuple[str, ...]:
        """What a client may be asked to show, the stronger first (RFC 9110, 11.7.1)."""
        return ("Negotiate",) * self.tickets + ("Basic",) * self.passwords

    @field_validator("not_required_to")
    @classmethod
    def _are_hosts(cls, value: frozenset[str]) -> frozenset[str]:
        for host in value:
            if not re.fullmatch(r"[a-z0-9]([a-z0-9.:-]*[a-z0-9])?", host):
                raise ValueError(f"not_required_to: {host!r}: expected a host in small letters")
        return value

    @field_validator("header")
    @classmethod
    def _is_a_header(cls, value: str | None) -> str | None:
        if value is not None and (not _TOKEN.fullmatch(value) or value.lower() in _NOT_FOR_THIS):
            raise ValueError(f"header: {value!r}: expected a header of its own, such as X-Authenticated-User")
        return value

    @model_validator(mode="after")
    def _each_way_is_set_up(self) -> Self:
        lacking = {
            IdentityKind.HTPASSWD: self.htpasswd_file is None and "htpasswd_file",
            IdentityKind.LDAP: (not self.ldap.servers and "ldap.servers")
            or (not self.ldap.base and "ldap.base"),
            IdentityKind.KERBEROS: (self.kerberos.keytab is None and "kerberos.keytab")
            or (not self.kerberos.realms and "kerberos.realms"),
            IdentityKind.HEADER: (self.header is None and "header")
            or (not self.header_from and "header_from"),
        }
        for kind in self.kinds:
            if missing := lacking.get(kind):
                raise ValueError(f'{missing}: missing; kind "{kind}" needs it')
        if bool(self.ldap.bind_dn) != (self.ldap.password_file is not None):
            raise ValueError("ldap.bind_dn and ldap.password_file: give both, or neither")
        return self


def _upwards(host: str) -> Iterator[str]:
    """A host, then each name that it is below."""
    while host:
        yield host
        host = host.partition(".")[2]
