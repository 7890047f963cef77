"""
Passwords compared by a directory (LDAP, RFC 4511): who it is is searched for, then bound as.

Two steps, because what people type is a login and what a directory binds is a distinguished name. What was
typed is escaped into the filter (RFC 4515, 3); exactly one entry has to be found; and the login is what
*that* says, since a directory takes ` JANE ` or a mail address for the same person and we would otherwise
know two. Referrals are not followed, as they would hand a password to whoever they name. Without a
password nobody is bound, which a directory would call a success (RFC 4513, 5.1.2).

A login that nobody has is bound as all the same, as a name that cannot be, so that it costs what others do.
"""

import logging

import ldap3
from ldap3.core.exceptions import LDAPException
from ldap3.utils.conv import escape_filter_chars

from addons.identity.ldap_line import check_files, close, open_line
from addons.identity.settings import LdapSettings
from addons.identity.shown import as_login
from addons.identity.verifiers import DirectoryAway
from policy.people import PersonKey

logger = logging.getLogger(__name__)

_MOST_BYTES = 256 * 1024
# busy, unavailable, other (RFC 4511, 4.1.9): nothing is said of the password.
_AWAY = frozenset({51, 52, 80})
# success, sizeLimitExceeded: what was asked for, or more than one.
_SEARCHED = frozenset({0, 4})
_NOBODY = "cn=nobody-has-this-name"


class Directory:
    """Asks the servers of the settings, first the one that answered last."""

    def __init__(self, settings: LdapSettings) -> None:
        """Raises `ConfigurationError`. No server is asked anything yet."""
        check_files(settings)
        self._settings = settings
        self._servers = settings.servers

    def has(self, _login: str) -> bool:
        """Any login may be in a directory."""
        return True

    def verify(self, login: str, password: str) -> PersonKey | None:
        """Whose they are. Raises `DirectoryAway` where no server can say."""
        if not password:
            return None
        why = ""
        for server in self._servers:
            try:
                found = self._ask(server, login, password)
            except DirectoryAway as error:
                why = str(error)
                continue
            # One assignment: threads that do the same at a time do not disturb each other.
            self._servers = (server, *(other for other in self._servers if other != server))
            return found
        raise DirectoryAway(why)

    def _ask(self, server: str, login: str, password: str) -> PersonKey | None:
        settings = self._settings
        line = open_line(settings, server, seconds=settings.seconds, most_bytes=_MOST_BYTES)
        try:
            found = _find(line, settings, login)
            dn, name = found or (f"{_NOBODY},{settings.base}", None)
            line.rebind(user=dn, password=password, authentication=ldap3.SIMPLE)
            code, said = line.result["result"], line.result["description"]
        except (LDAPException, OSError) as error:
            raise DirectoryAway(f"{server}: {type(error).__name__}") from error
        finally:
            close(line)
        if code in _AWAY:
            raise DirectoryAway(f"{server}: {said}")
        return ("", name) if code == 0 and name is not None else None


def look_at(settings: LdapSettings, server: str) -> str:
    """What there is to say of a server that answers. Raises `ConfigurationError`, `DirectoryAway`."""
    check_files(settings)
    line = open_line(settings, server, seconds=settings.seconds, most_bytes=_MOST_BYTES)
    try:
        line.search(settings.base, "(objectClass=*)", ldap3.BASE, attributes=[])
        found, said = len(line.response or ()), line.result["description"]
    except (LDAPException, OSError) as error:
        raise DirectoryAway(f"{server}: {type(error).__name__}") from error
    finally:
        close(line)
    if found != 1:
        raise DirectoryAway(f"{server}: {settings.base} is not found there: {said}")
    return f"{server} answers, and has {settings.base}"


def _find(line: ldap3.Connection, settings: LdapSettings, login: str) -> tuple[str, str] | None:
    """Distinguished name and login of the one entry that is meant."""
    line.search(
        settings.base,
        settings.filter.replace("{login}", escape_filter_chars(login)),
        attributes=[settings.login],
        size_limit=2,
        time_limit=max(1, round(settings.seconds)),
        dereference_aliases=ldap3.DEREF_NEVER,
    )
    if line.result["result"] not in _SEARCHED:
        raise DirectoryAway(f"the search was not done: {line.result['description']}")
    entries = [one for one in line.response or () if one["type"] == "searchResEntry"]
    if len(entries) != 1:
        if len(entries) > 1:
            logger.warning("the directory has several people of one login: they cannot sign in")
        return None
    [entry] = entries
    values = entry["raw_attributes"].get(settings.login, [])
    if len(values) != 1:
        logger.warning("the directory has a person with %d logins: they cannot sign in", len(values))
        return None
    name = as_login(values[0].decode("utf-8", "replace"))
    # A nameless entry would be bound anonymously.
    return (entry["dn"], name) if name is not None and entry["dn"] else None
