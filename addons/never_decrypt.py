"""
Which hosts are never decrypted because it would break them: pinned or client certificates.

The list is data (`never_decrypt.toml`, and one of the organisation's own in the same form, which two people
put in place: `sluicegate lists never-decrypt`), an entry a host with its subdomains, and each entry says why,
which office asked for it and when it is to be looked at again: an entry is a hole in what can be
seen, and holes that nobody answers for grow. Privileged hosts are no part of it: the policy's
categories say which these are.
"""

import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from categories.urls.normalise import UrlRefused, normalise_host
from policy.errors import ConfigurationError
from policy.registers import hosts_upwards

SHIPPED = Path(__file__).with_name("never_decrypt.toml")


class Entry(BaseModel):
    """One host, with its subdomains."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    host: str
    why: str = Field(min_length=1)
    who: str = Field(min_length=1)  # an office
    review: date


class _File(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    entry: tuple[Entry, ...] = ()


@dataclass(frozen=True, slots=True)
class NeverDecrypt:
    """The list in force."""

    hosts: frozenset[str] = frozenset()
    entries: tuple[Entry, ...] = ()

    def covers(self, host: str) -> bool:
        """Whether a normalised host, or one of its parents, stands in the list."""
        return any(parent in self.hosts for parent in hosts_upwards(host))

    def overdue(self, on: date) -> Iterable[Entry]:
        """The entries whose review is due."""
        return (entry for entry in self.entries if entry.review < on)


def never_decrypt_in_force(added: Path | None) -> NeverDecrypt:
    """The shipped list and what the organisation adds to it. Raises `ConfigurationError`."""
    shipped = read_never_decrypt()
    if added is None:
        return shipped
    ours = read_never_decrypt(added)
    return NeverDecrypt(shipped.hosts | ours.hosts, shipped.entries + ours.entries)


def read_never_decrypt(path: Path = SHIPPED) -> NeverDecrypt:
    """The list in `path`. Raises `ConfigurationError` naming file, entry and what was expected."""
    try:
        text = path.read_text("utf-8")
    except OSError as error:
        raise ConfigurationError(f"{path}: cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise ConfigurationError(f"{path}: not a TOML file: {error}") from error
    return read_never_decrypt_text(text, str(path))


def read_never_decrypt_text(text: str, path: str) -> NeverDecrypt:
    """The same of a text; `path` is for messages. Raises `ConfigurationError`."""
    try:
        file = _File.model_validate(tomllib.loads(text))
    except tomllib.TOMLDecodeError as error:
        raise ConfigurationError(f"{path}: not a TOML file: {error}") from error
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(str(part + 1 if isinstance(part, int) else part) for part in first["loc"])
        raise ConfigurationError(f"{path}: {where}: {first['msg']}") from error
    hosts: set[str] = set()
    for number, entry in enumerate(file.entry, 1):
        try:
            hosts.add(normalise_host(entry.host))
        except UrlRefused as error:
            raise ConfigurationError(f"{path}: entry {number}: host {entry.host[:80]!r}: {error}") from error
    return NeverDecrypt(frozenset(hosts), file.entry)
