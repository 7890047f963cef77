"""
What a verifier is.

They block for as long as it takes, and are called from threads; they keep nothing of what they are shown.
"""

from typing import Protocol

from policy.people import PersonKey


class DirectoryAway(Exception):
    """Nobody can say at present. `args[0]` says what failed, and names nobody."""


class PasswordVerifier(Protocol):
    """Who can tell whether a password is somebody's."""

    def has(self, login: str) -> bool:
        """Whether this login is this verifier's to judge. Asks nobody."""

    def verify(self, login: str, password: str) -> PersonKey | None:
        """Whose login and password they are, None for nobody's. Raises `DirectoryAway`."""


class TicketVerifier(Protocol):
    """Who can tell whose a ticket is."""

    def verify(self, token: bytes) -> tuple[PersonKey, bytes] | None:
        """Whose it is and what to answer the client, None for nobody's. Raises `DirectoryAway`."""
