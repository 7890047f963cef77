"""What a client shows of itself: Basic (RFC 7617), Negotiate (RFC 4559), or the word of a trusted proxy."""

import base64
import binascii
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, field

from policy.people import fold_login

_MOST_LOGIN = 128
_NTLM = b"NTLMSSP\0"


@dataclass(frozen=True, slots=True)
class Password:
    """A pair that was typed; `repr` does not show it."""

    login: str = field(repr=False)  # folded
    password: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Ticket:
    """A token of Negotiate; `repr` does not show it."""

    token: bytes = field(repr=False)


def as_login(text: str) -> str | None:
    """A login as it is compared and stored, None for what cannot be one."""
    # Before folding, which could make less of it: what is longer yet is nobody's name.
    if len(text) > 4 * _MOST_LOGIN:
        return None
    login = fold_login(text)
    return login if 0 < len(login) <= _MOST_LOGIN and login.isprintable() else None


def read_shown(value: str) -> Password | Ticket | None:
    """What the value of `Proxy-Authorization` shows; None where that is nothing."""
    scheme, _, rest = value.strip().partition(" ")
    kind = scheme.lower()
    if kind not in {"basic", "negotiate"}:
        return None
    try:
        token = base64.b64decode(rest.strip(), validate=True)
        if kind == "negotiate":
            # NTLM is no ticket, proves nothing to us, and is what browsers fall back to without one.
            return Ticket(token) if token and not token.startswith(_NTLM) else None
        login, colon, password = token.decode("utf-8").partition(":")
    except (binascii.Error, ValueError):
        return None
    return as_password(login, password) if colon else None


def as_password(login_text: str, password: str) -> Password | None:
    """A pair as it is compared, None for one that nobody can have; from a header or from our own page."""
    login = as_login(login_text)
    # Without a password a directory takes anybody for nobody in particular, and says that is right (RFC 4513,
    # 5.1.2). Control characters are in neither (RFC 7617, 2).
    if login is None or not password or any(ord(c) < 0x20 or ord(c) == 0x7F for c in login_text + password):
        return None
    return Password(login, unicodedata.normalize("NFC", password))


def read_header(values: Sequence[str]) -> str | None:
    """The login that a trusted proxy's header names, None where it names nobody or several."""
    return as_login(values[0]) if len(values) == 1 else None
