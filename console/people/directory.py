"""
The people of an LDAP directory, read in pages (RFC 2696), as the same records that a file makes.

Everybody whom `identity.ldap.filter` would let sign in is read, so the register and the password agree on who
there is. A part of the answer is worse than none: whoever is missing from an import has left. So the control
that asks for pages is critical, which has a server that knows none refuse instead of cutting off; and a limit
of the server, or an entry that makes no record, refuses the whole. What comes is bounded: in bytes, in time,
in entries, in pages, and in each value.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Literal, Protocol

from ldap3 import DEREF_NEVER, SUBTREE
from ldap3.core.exceptions import LDAPException

from addons.identity.ldap_line import close, open_line
from addons.identity.settings import LdapSettings
from addons.identity.verifiers import DirectoryAway
from console.people import fields
from console.people.records import refuse_twice
from console.people.settings import PeopleSettings
from console.people.table import MOST_ROWS, SHOWN, Table
from db.person_rows import PersonEntry
from policy.errors import Away, ConfigurationError, RegisterRefused
from policy.text import storable

PAGE = 500
MOST_PAGES = 4 * MOST_ROWS // PAGE
MOST_BYTES = 1 << 30
MOST_SECONDS = 600.0
_PAGED = "1.2.840.113556.1.4.319"
_MOST_VALUES = 2000  # of one attribute, as group memberships are
_FILETIME_BEGINS = datetime(1601, 1, 1, tzinfo=UTC)
_GENERALIZED = re.compile(r"(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)(?:\.\d+)?Z")


class Searching(Protocol):
    """Of `ldap3.Connection` what is used here."""

    @property
    def result(self) -> Any:
        """How the last search ended."""

    @property
    def response(self) -> Any:
        """What it found."""

    def search(
        self,
        search_base: str,
        search_filter: str,
        search_scope: Literal["SUBTREE"],
        dereference_aliases: Literal["NEVER"],
        *,
        attributes: list[str],
        paged_size: int,
        paged_criticality: bool,
        paged_cookie: bytes | None,
    ) -> Any:
        """Search."""


type Values = Mapping[str, list[str]]
"""The values of one entry by attribute, its name in small letters."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of the directory."""

    dn: str
    values: Values


@contextmanager
def directory(ldap: LdapSettings) -> Iterator["Searching"]:
    """
    A line to the first server that answers, bound as who searches.

    Raises `ConfigurationError` where the settings name no directory, `Away` where none answers.
    """
    if not (ldap.servers and ldap.base):
        raise ConfigurationError("identity.ldap: servers and base say where the directory is; set both")
    said = ""
    for server in ldap.servers:
        try:
            line = open_line(ldap, server, seconds=MOST_SECONDS, most_bytes=MOST_BYTES)
        except DirectoryAway as away:
            said = said or storable(str(away), 200)
            continue
        try:
            yield line
        finally:
            close(line)
        return
    raise Away(f"no directory answers: {said}")


def read_directory(
    connection: Searching,
    ldap: LdapSettings,
    settings: PeopleSettings,
    organisation: str,
    say: Callable[[int], None],
) -> Table[PersonEntry]:
    """
    Everybody below `ldap.base` who may sign in, as people of `organisation`.

    `connection` is bound; `say` is told how many have come so far. Raises `Away` where the directory does not
    answer, `RegisterRefused` where what it says is not whole, or is nobody's record.
    """
    entries = []
    for entry in _entries(connection, ldap, settings):
        entries.append(entry)
        if len(entries) > MOST_ROWS:
            raise RegisterRefused(f"{ldap.base}: more than {MOST_ROWS:,} people; narrow identity.ldap.filter")
        if len(entries) % PAGE == 0:
            say(len(entries))
    return people_of(entries, ldap, settings, organisation)


def people_of(
    entries: list[Entry], ldap: LdapSettings, settings: PeopleSettings, organisation: str
) -> Table[PersonEntry]:
    """What the entries say. Raises `RegisterRefused` with each that makes no record."""
    logins: dict[str, str] = {}
    wrong: list[str] = []
    for entry in entries:
        try:
            logins[_same_dn(entry.dn)] = fields.login(_only(entry.values, ldap.login), ldap.login)
        except ValueError as error:
            wrong.append(f"{storable(entry.dn, 120)}: {error}")
    roles = {_same_dn(group): role for group, role in settings.roles.items()}
    people = []
    for entry in entries:
        login = logins.get(_same_dn(entry.dn))
        if login is None:
            continue
        try:
            people.append(_person(organisation, login, entry.values, settings, roles, logins))
        except ValueError as error:
            wrong.append(f"{storable(entry.dn, 120)}: {error}")
    if wrong:
        more = f"; and {len(wrong) - SHOWN:,} more" if len(wrong) > SHOWN else ""
        raise RegisterRefused(f"{'; '.join(wrong[:SHOWN])}{more}")
    refuse_twice(ldap.base, [person.login for person in people])
    return Table(_columns(settings), tuple(people))


def _columns(settings: PeopleSettings) -> frozenset[str]:
    told = ("name", "email", "kind", "unit", "manager", "ends", "roles")
    return frozenset({"login", *(column for column in told if getattr(settings, column))})


def _person(
    organisation: str,
    login: str,
    values: Values,
    settings: PeopleSettings,
    roles: dict[str, str],
    logins: dict[str, str],
) -> PersonEntry:
    groups = values.get("memberof", []) if roles else []
    held = {roles[_same_dn(group)] for group in groups if _same_dn(group) in roles}
    return PersonEntry(
        organisation=organisation,
        login=login,
        name=fields.text(_first(values, settings.name), settings.name),
        email=fields.mail(_first(values, settings.email), settings.email),
        kind=fields.kind(_first(values, settings.kind), settings.kind),
        unit=fields.text(_first(values, settings.unit), settings.unit),
        # Somebody outside of what was read is nobody that a report could go to.
        manager=logins.get(_same_dn(_first(values, settings.manager))),
        ends=ends(_first(values, settings.ends), settings.ends),
        roles=tuple(sorted(fields.role(role, "people.roles") for role in held)),
    )


def ends(text: str, column: str) -> datetime | None:
    """
    A GeneralizedTime (RFC 4517, 3.3.13) in UTC, or Active Directory's count of 100 ns since 1601.

    There 0 and the largest number mean never. Raises `ValueError`.
    """
    if found := _GENERALIZED.fullmatch(text):
        text = "{}-{}-{}T{}:{}:{}Z".format(*found.groups())
    if text == "0":
        return None
    # So many digits as a time of our days has there; a plain date such as 20261201 has fewer.
    if text.isascii() and text.isdigit() and 16 <= len(text) < 20:
        if int(text) == 2**63 - 1:
            return None
        try:
            return _FILETIME_BEGINS + timedelta(microseconds=int(text) // 10)
        except OverflowError:
            raise ValueError(f"{column}: {text} is later than any calendar has") from None
    return fields.moment(text, column)


def _entries(connection: Searching, ldap: LdapSettings, settings: PeopleSettings) -> Iterator[Entry]:
    attributes = [ldap.login, settings.name, settings.email, settings.kind, settings.unit]
    attributes += [settings.manager, settings.ends, "memberOf" if settings.roles else ""]
    cookie: bytes | None = None
    for _ in range(MOST_PAGES):
        page, cookie = _page(connection, ldap, sorted(set(filter(None, attributes))), cookie)
        yield from page
        if not cookie:
            return
    raise RegisterRefused(f"{ldap.base}: the directory sends page after page and comes to no end")


def _page(
    connection: Searching, ldap: LdapSettings, attributes: list[str], cookie: bytes | None
) -> tuple[list[Entry], bytes | None]:
    try:
        connection.search(
            ldap.base,
            ldap.filter.replace("{login}", "*"),
            SUBTREE,
            DEREF_NEVER,
            attributes=attributes,
            paged_size=PAGE,
            paged_criticality=True,
            paged_cookie=cookie,
        )
    except LDAPException as error:
        raise Away(f"the directory does not answer: {storable(str(error), 200)}") from None
    result: Mapping[str, Any] = connection.result or {}
    if result.get("result") != 0:
        said = storable(str(result.get("message") or ""), 200)
        raise RegisterRefused(
            f"{ldap.base}: the directory does not give all of it: {result.get('description')} {said}".rstrip()
        )
    # What it refers to elsewhere is not followed, as it is not when somebody signs in: nobody is known by it.
    page = [
        Entry(answer["dn"], _decoded(answer["raw_attributes"]))
        for answer in connection.response or []
        if answer["type"] == "searchResEntry"
    ]
    try:
        return page, result["controls"][_PAGED]["value"]["cookie"]
    except (KeyError, TypeError):
        raise RegisterRefused(f"{ldap.base}: the directory does not say whether that was all") from None


def _decoded(values: Mapping[str, list[bytes]]) -> Values:
    """As text; what is no UTF-8 becomes half characters, which no field takes."""
    return {
        name.lower(): [value.decode("utf-8", "surrogateescape") for value in found[:_MOST_VALUES]]
        for name, found in values.items()
    }


def _first(values: Values, attribute: str) -> str:
    return next(iter(values.get(attribute.lower(), ())), "") if attribute else ""


def _only(values: Values, attribute: str) -> str:
    """Who has two logins cannot sign in either (`addons/identity/directory.py`)."""
    found = values.get(attribute.lower(), [])
    if len(found) > 1:
        raise ValueError(f"{attribute}: {len(found)} values, where a login is one")
    return _first(values, attribute)


def _same_dn(dn: str) -> str:
    """Good enough to find the same entry again: servers write a name one way (RFC 4514 allows many)."""
    return re.sub(r"\s*([,=])\s*", r"\1", dn.strip()).casefold()
