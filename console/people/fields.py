"""
One cell of a file or one attribute of a directory, made what a register keeps; pure.

Each raises `ValueError` that names the column and says what was expected. What is refused here would
otherwise be found where it hurts: a login that no password can be sent for, an address that a mail server
reads a second recipient out of.
"""

import re
from datetime import UTC, datetime
from ipaddress import IPv4Network, IPv6Network, ip_network

from policy.people import PersonKind, fold_login
from policy.text import storable

MOST_LOGIN = 200
MOST_TEXT = 200
MOST_ROLES = 20

_ROLES = re.compile(r"[;|]")
# Narrower than RFC 5322: no comments, no quoting, one recipient whatever reads it.
_MAIL = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*")
_IDENTIFIER = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:-]{0,63}")


def login(text: str, column: str = "login") -> str:
    """A login in the form in which logins are compared; HTTP's Basic cannot carry a colon (RFC 7617)."""
    folded = fold_login(text)
    if not folded:
        raise ValueError(f"{column}: there is none")
    if len(folded) > MOST_LOGIN or ":" in folded or storable(folded, MOST_LOGIN) != folded:
        raise ValueError(f"{column}: {folded[:40]!r} cannot be a login")
    return folded


def optional_login(text: str, column: str) -> str | None:
    """The same where there may be none."""
    return login(text, column) if text.strip() else None


def text(text: str, column: str) -> str | None:
    """A name or a word for people; None where there is none."""
    text = text.strip()
    if len(text) > MOST_TEXT or storable(text, MOST_TEXT) != text:
        raise ValueError(
            f"{column}: {text[:40]!r} is longer than {MOST_TEXT} characters, or has some that cannot be shown"
        )
    return text or None


def mail(text: str, column: str = "email") -> str | None:
    """One address that mail can be sent to; None where there is none."""
    text = text.strip()
    if text and not (len(text) <= 254 and _MAIL.fullmatch(text)):
        raise ValueError(f"{column}: {text[:60]!r} is no address that mail could be sent to")
    return text or None


def kind(text: str, column: str = "kind") -> PersonKind:
    """What binds a person to the organisation; without a word an employee."""
    word = text.strip().casefold().replace(" ", "-").replace("_", "-")
    try:
        return PersonKind(word) if word else PersonKind.EMPLOYEE
    except ValueError:
        raise ValueError(f"{column}: {text[:40]!r} is none of {', '.join(PersonKind)}") from None


def moment(text: str, column: str) -> datetime | None:
    """A date (its first moment by the local clock) or a time, in UTC; None where there is none."""
    text = text.strip()
    if not text:
        return None
    try:
        return datetime.fromisoformat(text).astimezone(UTC)
    except (ValueError, OverflowError):
        raise ValueError(f"{column}: {text[:40]!r}: expected a date such as 2026-12-01") from None


def roles(text: str, column: str = "roles") -> tuple[str, ...]:
    """Roles with semicolons between them, each once, in order."""
    found = {one.strip() for one in _ROLES.split(text) if one.strip()}
    if len(found) > MOST_ROLES:
        raise ValueError(f"{column}: {len(found)} roles, where {MOST_ROLES} are kept")
    return tuple(sorted(role(one, column) for one in found))


def role(word: str, column: str = "role") -> str:
    """The name of one role."""
    word = text(word, column) or ""
    if not word or _ROLES.search(word):
        raise ValueError(f"{column}: {word!r} cannot be the name of a role")
    return word


def identifier(text: str, column: str = "id") -> str:
    """What a device is called: letters, digits, dots, hyphens, colons and underscores."""
    text = text.strip()
    if not _IDENTIFIER.fullmatch(text):
        raise ValueError(
            f"{column}: {text[:40]!r} is no name of a device: up to 64 letters, digits, . _ : and -"
        )
    return text


def network(text: str, column: str = "network") -> str:
    """An address, or a network in CIDR without host bits, in its one spelling."""
    try:
        found = ip_network(text.strip())
    except ValueError:
        raise ValueError(
            f"{column}: {text[:60]!r} is no address and no network such as 10.1.2.0/24"
        ) from None
    return spelt(found)


def spelt(found: IPv4Network | IPv6Network) -> str:
    """A network as the register has it: one address without the `/32`."""
    return str(found.network_address) if found.num_addresses == 1 else str(found)
