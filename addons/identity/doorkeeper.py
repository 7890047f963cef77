"""
Who somebody is: the desk asks here, and nobody else has passwords, a directory or a keytab before them.

**What is slow must not be waited for.** A bcrypt hash takes 50 to 300 ms on purpose, a directory as long as
it likes. Both are asked in threads, each verifier in its own, so that a directory that is away keeps nobody
from showing a ticket. `Tries` says how much may wait and how often an address may be wrong.

A login that the htpasswd file has is the file's; the directory is asked about all others. No password is thus
shown to two, and none guessed at in one place for an account of the other.

Nothing that is said here or logged holds a login, a password, a token or an address.
"""

import asyncio
import logging
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from addons.desk.protocol import Known, NotKnown
from addons.identity.joined import Joined
from addons.identity.remembered import Remembered
from addons.identity.settings import IdentityKind, IdentitySettings
from addons.identity.shown import as_password
from addons.identity.tries import Tries
from addons.identity.verifiers import DirectoryAway, PasswordVerifier, TicketVerifier

logger = logging.getLogger(__name__)

WRONG = "wrong"
SHARED = "shared"
AWAY = "away"

_TELL_AGAIN_SECONDS = 60.0
_THREADS = {IdentityKind.HTPASSWD: 2, IdentityKind.LDAP: 8, IdentityKind.KERBEROS: 2}


class Doorkeeper:
    """Answers the desk's `CheckPassword`, `CheckTicket`, and the first half of `SignIn`."""

    def __init__(self, settings: IdentitySettings, replay_cache: Path, counts: Counter[str]) -> None:
        """
        Opens what `settings` name; `replay_cache` is a file of ours, and remembers tickets that were used.

        Raises `ConfigurationError`. Threads begin with the first question, so after a fork.
        """
        self._settings = settings
        passwords, tickets = open_verifiers(settings, replay_cache)
        self._passwords = [(one, ThreadPoolExecutor(_THREADS[kind], kind)) for kind, one in passwords]
        self._tickets = tickets
        self._ticket_threads = ThreadPoolExecutor(_THREADS[IdentityKind.KERBEROS], IdentityKind.KERBEROS)
        self._counts = counts
        self._password_tries, self._ticket_tries = Tries(), Tries()
        self._joined: Joined[Known | NotKnown] = Joined()
        # For its marks alone: what was right is remembered by the workers.
        self._marks: Remembered[None] = Remembered()
        self._told, self._tell_again = "", 0.0

    async def check_password(self, login: str, password: str, address: str) -> Known | NotKnown:
        """Whose login and password they are. Raises nothing."""
        shown = as_password(login, password)
        if shown is None or not self._passwords:
            return self._not_known(WRONG)
        verifier, threads = self._for(shown.login)

        async def look() -> Known | NotKnown:
            return await self._look(
                self._password_tries,
                address,
                threads,
                lambda: _known(verifier.verify(shown.login, shown.password)),
            )

        # Workers are asked the same by one browser's many connections at a time.
        return await self._joined.get(self._marks.mark(shown.login, shown.password + "\0" + address), look)

    async def check_for_address(self, login: str, password: str, address: str) -> Known | NotKnown:
        """The same for whoever will be known by this address alone. Raises nothing."""
        if self._settings.trusts(address):
            # A proxy's: everybody behind it would be that person.
            return self._not_known(SHARED)
        return await self.check_password(login, password, address)

    async def check_ticket(self, token: bytes, address: str) -> Known | NotKnown:
        """Whose ticket it is. Raises nothing."""
        tickets = self._tickets
        if tickets is None:
            return self._not_known(WRONG)
        return await self._look(
            self._ticket_tries, address, self._ticket_threads, lambda: _shown(tickets.verify(token))
        )

    def close(self) -> None:
        """Wait for nobody and let go of everything."""
        for threads in (self._ticket_threads, *(threads for _, threads in self._passwords)):
            threads.shutdown(wait=False, cancel_futures=True)

    def _for(self, login: str) -> tuple[PasswordVerifier, ThreadPoolExecutor]:
        return next((one for one in self._passwords if one[0].has(login)), self._passwords[-1])

    async def _look(
        self, tries: Tries, address: str, threads: ThreadPoolExecutor, verify: Callable[[], Known | None]
    ) -> Known | NotKnown:
        refused = tries.refuses(address)
        if refused is not None:
            return self._not_known(refused)
        with tries.waiting(address):
            try:
                found = await asyncio.get_running_loop().run_in_executor(threads, verify)
            except DirectoryAway as error:
                return self._away(str(error))
            except Exception as error:  # noqa: BLE001 - logged, but not its text, which may quote a password
                return self._away(_place_of(error))
        if found is None:
            tries.wrong(address)
            return self._not_known(WRONG)
        return found

    def _away(self, why: str) -> NotKnown:
        now = time.monotonic()
        # Everybody who comes meets the same: one line tells of them all.
        if why != self._told or now >= self._tell_again:
            self._told, self._tell_again = why, now + _TELL_AGAIN_SECONDS
            logger.error("nobody can be known by it for now: %s", why)
        return self._not_known(AWAY)

    def _not_known(self, why: str) -> NotKnown:
        self._counts[f"sign-in:{why}"] += 1
        return NotKnown(why)


def open_verifiers(
    settings: IdentitySettings, replay_cache: Path
) -> tuple[list[tuple[IdentityKind, PasswordVerifier]], TicketVerifier | None]:
    """Those of the settings, in the order in which a login is theirs. Raises `ConfigurationError`."""
    # Each is imported where it is needed: a directory's client and Kerberos are much to have for nothing.
    passwords: list[tuple[IdentityKind, PasswordVerifier]] = []
    tickets: TicketVerifier | None = None
    if IdentityKind.HTPASSWD in settings.kinds and settings.htpasswd_file is not None:
        from addons.identity.htpasswd import Htpasswd  # noqa: PLC0415 - see above

        passwords.append((IdentityKind.HTPASSWD, Htpasswd(settings.htpasswd_file)))
    if IdentityKind.LDAP in settings.kinds:
        from addons.identity.directory import Directory  # noqa: PLC0415 - see above

        passwords.append((IdentityKind.LDAP, Directory(settings.ldap)))
    if IdentityKind.KERBEROS in settings.kinds:
        from addons.identity.kerberos import Tickets  # noqa: PLC0415 - see above

        tickets = Tickets(settings.kerberos, replay_cache)
    return passwords, tickets


def _known(key: tuple[str, str] | None) -> Known | None:
    return Known(*key) if key is not None else None


def _shown(found: tuple[tuple[str, str], bytes] | None) -> Known | None:
    return Known(*found[0], token=found[1]) if found is not None else None


def _place_of(error: BaseException) -> str:
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    where = f" at {trace.tb_frame.f_code.co_filename}:{trace.tb_lineno}" if trace is not None else ""
    return f"{type(error).__name__}{where}"
