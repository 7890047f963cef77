"""
Who somebody is: the desk asks here, and nobody else has passwords, a directory or a keytab before them.
"""

from collections import Counter
from pathlib import Path

from addons.desk.protocol import Known, NotKnown
from addons.identity.settings import IdentitySettings


class Doorkeeper:
    """Answers the desk's `CheckPassword`, `CheckTicket` and the first half of `SignIn`."""

    def __init__(self, settings: IdentitySettings, replay_cache: Path, counts: Counter[str]) -> None:
        """
        Opens what `settings` name; `replay_cache` is a file of ours, and remembers tickets that were used.

        Raises `ConfigurationError`. Threads begin with the first question, so after a fork.
        """
        raise NotImplementedError

    async def check_password(self, login: str, password: str, address: str) -> Known | NotKnown:
        """Whose login and password they are. Raises nothing."""
        raise NotImplementedError

    async def check_ticket(self, token: bytes, address: str) -> Known | NotKnown:
        """Whose ticket it is. Raises nothing."""
        raise NotImplementedError

    def close(self) -> None:
        """Wait for nobody and let go of everything."""
        raise NotImplementedError
