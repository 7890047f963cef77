"""
The register of people: who they are, which roles they have and until when, and who is refused.

Whoever left is not deleted but ended, so that what names them can be read for as long as it is kept. Nobody
changes what the register says of themselves, since a role or a unit opens what others were granted; an import
leaves its own actor as they were, and says so. On PostgreSQL triggers hold that against raw SQL.

Every change leaves a row in `change` (with logins, never a name or an address) and a new marker.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import ColumnElement, Connection, Engine, bindparam, delete, insert, update

from db.actor import actor
from db.change import record_change
from db.engine import reading
from db.people_models import PersonRoleRow, PersonRow
from db.person_rows import PersonEntry, RegisteredPerson, find_person, people_at, registered
from db.register_marker import changing
from db.register_rules import (
    fit_reason,
    refuse_own,
    refuse_unfit_login,
    refuse_unfit_names,
    refuse_unfit_period,
    same_person,
)
from policy.errors import RegisterRefused
from policy.people import People, PersonKey

_AT_ONCE = 500  # people between two words of how far it is, and in one row of the change log


@dataclass(frozen=True, slots=True)
class Entered:
    """What came of an import."""

    entered: int
    ended: int
    own: tuple[PersonKey, ...] = ()  # left as they were: nobody changes their own


def _unwatched(_done: int, _total: int) -> None:
    """Nobody waits."""


class PeopleStore:
    """What may be done with the register of people. The actor is the connection's own."""

    def __init__(self, engine: Engine, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._engine = engine
        self._now = now

    def load(self) -> People:
        """Everybody and every device, as requests are judged by them. Raises `DatabaseAway`."""
        with reading(self._engine) as connection:
            return people_at(connection)

    def everybody(self) -> list[RegisteredPerson]:
        """All that are in the register, also those who left; by organisation and login."""
        with reading(self._engine) as connection:
            return registered(connection)

    def one(self, organisation: str, login: str) -> RegisteredPerson:
        """This person. Raises `RegisterRefused` where the register does not have them."""
        with reading(self._engine) as connection:
            return find_person(connection, organisation, login)

    def enter(
        self,
        entries: Iterable[PersonEntry],
        *,
        left: Iterable[PersonKey] = (),
        roles_until: datetime,
        because: str,
        on_progress: Callable[[int, int], None] = _unwatched,
    ) -> Entered:
        """
        Enter these people as they are now, and end those who left; all of it or nothing.

        A role that somebody has already keeps its time; a new one holds until `roles_until`; one that is not
        told of any more is taken away. `on_progress` is told how many are written, and of how many. Raises
        `RegisterRefused` for what cannot be a person, and for a leaver who is not there.
        """
        because = fit_reason(because)
        now = self._now()
        refuse_unfit_period(now, roles_until)
        entries, left = list(entries), list(left)
        for one in entries:
            refuse_unfit_login(one.login)
            refuse_unfit_names(
                one.organisation, one.login, one.name, one.email, one.unit, one.manager, *one.roles
            )
        with changing(self._engine) as connection:
            me = actor(connection)
            own = tuple(key for key in (*(one.key for one in entries), *left) if same_person(key[1], me))
            entries = [one for one in entries if one.key not in own]
            left = [key for key in left if key not in own]
            before = {one.entry.key: one.entry for one in registered(connection)}
            if missing := [key for key in left if key not in before]:
                raise RegisterRefused(f"{missing[0][1]} is not in the register, and cannot have left it")
            stamp: dict[str, object] = {"at": now, "actor": me}
            for begins in range(0, len(entries), _AT_ONCE):
                on_progress(begins, len(entries))
                _write(connection, entries[begins : begins + _AT_ONCE], before, stamp)
            _write_roles(connection, entries, before, {**stamp, "until": roles_until})
            if left:
                gone = update(PersonRow).where(
                    PersonRow.organisation == bindparam("of"), PersonRow.login == bindparam("who")
                )
                keys = [{"of": organisation, "who": login} for organisation, login in left]
                connection.execute(gone.values(ends=now, **stamp), keys)
            told = [_told(before.get(one.key), one) for one in entries]
            # Several rows of many people: each is a line of a backup, whose length is bounded.
            for begins in range(0, max(len(told), len(left), 1), _AT_ONCE):
                ends = begins + _AT_ONCE
                after = {
                    "entered": told[begins:ends],
                    "ended": [list(key) for key in left[begins:ends]],
                }
                record_change(connection, what="people entered", before=None, after=after, because=because)
        return Entered(len(entries), len(left), own)

    def disable(self, organisation: str, login: str, *, because: str) -> RegisteredPerson:
        """Refuse this person everything but what is essential. Raises `RegisterRefused`."""
        return self._disable((organisation, login), because, disabled=True)

    def enable(self, organisation: str, login: str, *, because: str) -> RegisteredPerson:
        """Take that back. Raises `RegisterRefused`. Whoever has left is brought back by an import."""
        return self._disable((organisation, login), because, disabled=False)

    def confirm_role(
        self, organisation: str, login: str, role: str, *, until: datetime, because: str
    ) -> RegisteredPerson:
        """Somebody still has this role, until then. Raises `RegisterRefused` for one they do not have."""
        because = fit_reason(because)
        refuse_unfit_period(self._now(), until)
        with changing(self._engine) as connection:
            me = refuse_own(actor(connection), login)
            find_person(connection, organisation, login)
            values = {"until": until, "at": self._now(), "actor": me}
            this = *_has((organisation, login)), PersonRoleRow.role == role
            if connection.execute(update(PersonRoleRow).where(*this).values(**values)).rowcount == 0:
                raise RegisterRefused(f"{login} does not have the role {role!r}; an import gives it")
            after = {"organisation": organisation, "login": login, "role": role, "until": until.isoformat()}
            record_change(connection, what="role confirmed", before=None, after=after, because=because)
            return find_person(connection, organisation, login)

    def _disable(self, key: PersonKey, because: str, *, disabled: bool) -> RegisteredPerson:
        because = fit_reason(because)
        with changing(self._engine) as connection:
            me = refuse_own(actor(connection), key[1])
            person = find_person(connection, *key)
            if (person.disabled is not None) is disabled:
                raise RegisterRefused(f"{key[1]} is {'disabled already' if disabled else 'not disabled'}")
            now = self._now()
            word = (now, me, because) if disabled else (None, None, None)
            columns = dict(zip(("disabled_at", "disabled_by", "disabled_because"), word, strict=True))
            connection.execute(update(PersonRow).where(*_is(key)).values(**columns, at=now, actor=me))
            record_change(
                connection,
                what=f"person {'disabled' if disabled else 'enabled'}",
                before=None,
                after={"organisation": key[0], "login": key[1]},
                because=because,
            )
            return find_person(connection, *key)


def _write(
    connection: Connection,
    entries: list[PersonEntry],
    before: Mapping[PersonKey, PersonEntry],
    stamp: Mapping[str, object],
) -> None:
    new = [{**_columns(one), **stamp} for one in entries if one.key not in before]
    if new:
        connection.execute(insert(PersonRow), new)
    for one in entries:
        if one.key in before and _columns(one) != _columns(before[one.key]):
            connection.execute(update(PersonRow).where(*_is(one.key)).values(**_columns(one), **stamp))


def _write_roles(
    connection: Connection,
    entries: list[PersonEntry],
    before: Mapping[PersonKey, PersonEntry],
    stamp: Mapping[str, object],
) -> None:
    new = []
    for one in entries:
        had = set(before[one.key].roles) if one.key in before else set()
        new += [
            {"organisation": one.organisation, "login": one.login, "role": role, **stamp}
            for role in sorted(set(one.roles) - had)
        ]
        if gone := had - set(one.roles):
            connection.execute(delete(PersonRoleRow).where(*_has(one.key), PersonRoleRow.role.in_(gone)))
    if new:
        connection.execute(insert(PersonRoleRow), new)


def _columns(entry: PersonEntry) -> dict[str, object]:
    return {
        "organisation": entry.organisation,
        "login": entry.login,
        "name": entry.name,
        "email": entry.email,
        "kind": entry.kind,
        "unit": entry.unit,
        "manager": entry.manager,
        "ends": entry.ends,
    }


def _is(key: PersonKey) -> tuple[ColumnElement[bool], ...]:
    return PersonRow.organisation == key[0], PersonRow.login == key[1]


def _has(key: PersonKey) -> tuple[ColumnElement[bool], ...]:
    return PersonRoleRow.organisation == key[0], PersonRoleRow.login == key[1]


def _told(before: PersonEntry | None, after: PersonEntry) -> dict[str, object]:
    """What the change log says of an entry: what decides about requests, and nothing of the rest."""
    told: dict[str, object] = {"organisation": after.organisation, "login": after.login}
    if before is None or before.unit != after.unit:
        told["unit"] = after.unit
    if before is None or before.ends != after.ends:
        told["ends"] = after.ends.isoformat() if after.ends else None
    if before is None or set(before.roles) != set(after.roles):
        told["roles"] = list(after.roles)
    return told
