"""
Tickets (Kerberos 5 in SPNEGO, RFC 4559 and 4178), by the gateway's keytab.

One message each way: a client with a ticket for us needs no more, and who would need more (NTLM, a mechanism
that has to be settled on first) is nobody. Taken are tickets for our service alone, of the realms that are
named (a realm that trusts another vouches for people it has never seen), and once: what was shown before is
refused by the replay cache, a file of our own, for as long as its time stamp would hold. A principal with two
parts (`host/pc7`, `jane/admin`) or of a machine (`PC7$`) is no person.

gssapi is an extra, since it is built against the system's Kerberos: `pip install sluicegate[kerberos]`.
"""

import logging
import time
from pathlib import Path
from typing import TYPE_CHECKING

from addons.identity.settings import KerberosSettings
from addons.identity.shown import as_login
from policy.errors import ConfigurationError
from policy.people import PersonKey

if TYPE_CHECKING:
    import gssapi

logger = logging.getLogger(__name__)

_TELL_AGAIN_SECONDS = 60.0
# Parts of what MIT's library says (lib/krb5/krb/rd_req_dec.c, lib/krb5/rcache), and what that means here.
_MENDED = {
    "Clock skew": "the client's clock and this machine's differ",
    "not found in keytab": "the keytab has no key of it: an old one, or for another name than clients use",
    "does not match": "it is for another service",
    "(filename:": "the replay cache cannot be written",
}


class Tickets:
    """Accepts them."""

    def __init__(self, settings: KerberosSettings, replay_cache: Path) -> None:
        """Raises `ConfigurationError` where gssapi or the keytab is missing, or has no key of our service."""
        try:
            import gssapi  # noqa: PLC0415 - an extra, and nothing for a worker's memory
            import gssapi.raw  # noqa: PLC0415 - as above
        except ImportError as error:
            raise ConfigurationError(
                "identity.kinds: kerberos needs the package gssapi: install sluicegate[kerberos] "
                "(with libkrb5-dev, or your system's Kerberos headers)"
            ) from error
        self._gssapi = gssapi
        self._settings = settings
        self._tell_again: dict[str, float] = {}
        self._service = settings.service
        self._store: dict[str | bytes, str | bytes] = {
            "keytab": f"FILE:{settings.keytab}",
            "rcache": f"file2:{replay_cache}",
        }
        try:
            self._credentials()
        except gssapi.raw.GSSError as error:
            raise ConfigurationError(
                f"{settings.keytab}: cannot be read, or has no key for {settings.service}: "
                + "; ".join(error.get_all_statuses(error.min_code, False))
            ) from error

    def verify(self, token: bytes) -> tuple[PersonKey, bytes] | None:
        """Whose ticket it is, and what the client is answered."""
        try:
            context = self._gssapi.SecurityContext(creds=self._credentials(), usage="accept")
            answer = context.step(token)
            if not context.complete or context.mech != self._gssapi.MechType.kerberos:
                return None
            person, service = str(context.initiator_name), str(context.target_name)
        except self._gssapi.raw.GSSError as error:
            self._tell("; ".join(error.get_all_statuses(error.min_code, False)))
            return None
        key = person_of(person, self._settings)
        if key is None or service.partition("/")[0] != self._service:
            return None
        return key, answer or b""

    def _tell(self, said: str) -> None:
        """Log what an operator can mend, each kind once a minute, in words of ours: theirs name names."""
        for part, why in _MENDED.items():
            if part in said and time.monotonic() >= self._tell_again.get(why, 0.0):
                self._tell_again[why] = time.monotonic() + _TELL_AGAIN_SECONDS
                logger.warning("a ticket was not taken: %s", why)

    def _credentials(self) -> "gssapi.Credentials":
        """Ours. Anew each time: a keytab may have been put in another's place."""
        kerberos, spnego = self._gssapi.MechType.kerberos, self._gssapi.OID.from_int_seq("1.3.6.1.5.5.2")
        name = self._gssapi.Name(self._service, self._gssapi.NameType.hostbased_service)
        found = self._gssapi.Credentials(
            name=name, mechs=[kerberos, spnego], usage="accept", store=self._store
        )
        # Whatever other mechanisms this machine has.
        self._gssapi.raw.set_neg_mechs(found, [kerberos])
        return found


def person_of(principal: str, settings: KerberosSettings) -> PersonKey | None:
    """The person of a principal (`jane@EXAMPLE.ORG`, RFC 1964, 2.1.1), None for a stranger or no person."""
    name, at, realm = principal.rpartition("@")
    organisation = settings.realms.get(realm)
    # What is written with a backslash has a character in it that no login has.
    if not at or organisation is None or "/" in name or "\\" in name or name.endswith("$"):
        return None
    login = as_login(name)
    return (organisation, login) if login is not None else None
