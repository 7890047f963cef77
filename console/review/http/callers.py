"""
Who asks: the login that stands behind one request.

There are two ways of knowing it, and never a third that the request itself chooses:

- the account at the other end of the Unix socket, where `review.known_by` says that accounts are people;
- a ticket, which whoever asks was given by the database as its own login: good once, for a minute. The
  database knows of it only a digest, and the service learns from it a login and no password.
"""

import pwd
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from policy.errors import ReviewRefused

SCHEME = "ticket"
_LONGEST = 128

type Redeem = Callable[[str], str]
"""The login that a ticket was given to, which it is good for no second time. Raises `ReviewRefused`."""


@dataclass(frozen=True, slots=True)
class Callers:
    """Finds out who asks."""

    redeem: Redeem
    accounts: bool  # whether the account at the other end of the socket says who it is

    def login(self, account: int | None, authorization: str | None) -> str:
        """
        The login behind a request. `account` is the peer's on the Unix socket, None over a network.

        Raises `ReviewRefused` where nobody is known to ask.
        """
        if authorization is not None:
            scheme, _, ticket = authorization.partition(" ")
            if scheme.lower() != SCHEME or not 0 < len(ticket) <= _LONGEST:
                raise ReviewRefused("who asks is known by a ticket of the database, and by nothing else")
            return self.redeem(ticket)
        if account is None or not self.accounts:
            raise ReviewRefused("who asks? log in to the database as yourself (database.url) for a ticket")
        return account_name(account)


def account_name(number: int) -> str:
    """
    The name of an account of this machine; one without a name is nobody's login.

    So is the number by which the kernel calls every account that is not known here, such as that of a
    container: it has a name, and is not one account.
    """
    if number == _overflow():
        return f"uid {number}"
    try:
        return pwd.getpwuid(number).pw_name
    except KeyError:
        return f"uid {number}"


@cache
def _overflow() -> int:
    """See user_namespaces(7)."""
    try:
        return int(Path("/proc/sys/kernel/overflowuid").read_text("ascii"))
    except (OSError, ValueError):
        return 65534
