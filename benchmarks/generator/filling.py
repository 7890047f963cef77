"""
Into PostgreSQL, by COPY and day by day, past the spool.

Rows are what the keeper would have inserted, so the triggers that keep tallies run as they do behind it. The
months' partitions are made as each month's turn would have made them. Secondary indexes are put back when all
is there, which is how a month is filled in minutes; the log's own keys stand all the time.
"""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import psycopg

from benchmarks.generator.traffic import Opened, Traffic
from db.roles import OWNER
from db.rows import TARGETS
from policy.decision import Decision, Outcome

_CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_PAIRS = tuple(first + second for first in _CROCKFORD for second in _CROCKFORD)
_VERSION_7 = 0x7 << 76 | 0x2 << 62
_RANDOM = (1 << 80) - 1 & ~(0xF << 76 | 0x3 << 62)
_CLASSES = """
    SELECT c.relname FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
    WHERE i.inhparent = %s::text::regclass AND c.relkind = 'p'
"""
_PAGES_AT_ONCE = 3_000
_PLAUSIBLE = 500  # decisions of a batch, as the keeper ships them


@dataclass(frozen=True, slots=True)
class Lines:
    """What is to be copied: lines of each table."""

    decisions: list[str]
    outcomes: list[str]
    batches: list[str]


class Filler:
    """Writes what was opened as lines of COPY."""

    def __init__(self, seed: int = 6) -> None:
        self._chance = random.Random(seed)  # noqa: S311 - to be the same again, not to be secret
        self._batch = ""
        self._left = 0

    def lines(self, opened: Sequence[Opened]) -> Lines:
        """The lines of these pages, by identifier within each page."""
        bits = self._chance.getrandbits
        made = Lines([], [], [])
        for one in opened:
            if self._left <= 0:
                self._next_batch(one.at, made)
            who, role = one.who, one.who.role or r"\N"
            origin, host = one.page.origin, one.page.visit.url.host
            confirmation = _crockford(bits(40))
            for later, form in one.rows:
                moment = one.at + later
                if form.hourly:
                    moment -= moment % 3600
                value = int(moment * 1000) << 80 | bits(80) & _RANDOM | _VERSION_7
                identifier = f"{value:032x}"
                at = _written(moment)
                made.decisions.append(
                    form.decision.format(
                        at,
                        identifier,
                        identifier,
                        who.login,
                        who.unit,
                        role,
                        who.address,
                        origin,
                        host,
                        f"EXEMPT{who.unit[-2:]}",
                        confirmation,
                        _crockford(value & 0xFFFFFFFFFF),
                        self._batch,
                        rf"\\x{bits(128):032x}",
                    )
                )
                made.outcomes.append(
                    form.outcome.format(
                        identifier,
                        at if form.hourly else _written(moment + 0.03),
                        self._batch,
                        rf"\\x{bits(128):032x}",
                    )
                )
            self._left -= len(one.rows)
        return made

    def _next_batch(self, at: float, made: Lines) -> None:
        value = int(at * 1000) << 80 | self._chance.getrandbits(80) & _RANDOM | _VERSION_7
        self._batch, self._left = f"{value:032x}", _PLAUSIBLE
        made.batches.append(f"{self._batch}\t{_written(at)}\t0\t{_PLAUSIBLE}")


def _crockford(bits: int) -> str:
    return _PAIRS[bits >> 30] + _PAIRS[bits >> 20 & 1023] + _PAIRS[bits >> 10 & 1023] + _PAIRS[bits & 1023]


def _written(moment: float) -> str:
    days, seconds = divmod(moment, 86_400)
    # Days are written once each; what differs within them is arithmetic.
    return f"{_day(int(days))} {_clock(seconds)}+00"


_DAYS: dict[int, str] = {}


def _day(number: int) -> str:
    if number not in _DAYS:
        _DAYS[number] = (datetime(1970, 1, 1) + timedelta(days=number)).strftime("%Y-%m-%d")  # noqa: DTZ001 - no zone on purpose
    return _DAYS[number]


def _clock(seconds: float) -> str:
    whole = int(seconds)
    return f"{whole // 3600:02d}:{whole // 60 % 60:02d}:{whole % 60:02d}.{int((seconds - whole) * 1e6):06d}"


def make_months(connection: psycopg.Connection, since: datetime, until: datetime) -> None:
    """The partitions that each month's turn made, from `since`'s month to `until`'s."""
    # Owned as everything is, or a disposal could not take them away.
    _execute(connection, f"SET ROLE {OWNER}")
    month = since.replace(day=1)
    while month <= until:
        following = (month + timedelta(days=32)).replace(day=1)
        for table in ("decision", "outcome"):
            for (parent,) in connection.execute(_CLASSES, (table,)).fetchall():
                _execute(
                    connection,
                    f"CREATE TABLE IF NOT EXISTS {parent}_{month:%Y_%m} PARTITION OF {parent} "
                    f"FOR VALUES FROM ('{month:%Y-%m-%d}+00') TO ('{following:%Y-%m-%d}+00')",
                )
        month = following
    _execute(connection, "RESET ROLE")


def without_indexes(connection: psycopg.Connection) -> list[str]:
    """Drop the secondary indexes of the log; returns what makes them again."""
    found = connection.execute(
        "SELECT indexname, indexdef FROM pg_indexes i JOIN pg_class c ON c.relname = i.indexname "
        "JOIN pg_index x ON x.indexrelid = c.oid "
        "WHERE i.tablename IN ('decision', 'outcome') AND NOT x.indisprimary"
    ).fetchall()
    for name, _ in found:
        _execute(connection, f"DROP INDEX {name}")
    return [definition.replace(" ON ONLY ", " ON ") for _, definition in found]


def fill(
    connection: psycopg.Connection,
    traffic: Traffic,
    *,
    since: datetime,
    until: datetime,
    pages: int,
    filler: Filler | None = None,
) -> Iterator[tuple[datetime, int]]:
    """Fill in day by day, each in a transaction; gives the day and how many decisions it has."""
    filler = filler or Filler()
    day = since
    while day < until:
        number = 0
        waiting: list[Opened] = []
        for opened in traffic.day(day, pages, until):
            waiting.append(opened)
            if len(waiting) == _PAGES_AT_ONCE:
                number += copy(connection, filler.lines(waiting))
                waiting = []
        number += copy(connection, filler.lines(waiting))
        connection.commit()
        yield day, number
        day += timedelta(days=1)


def copy(connection: psycopg.Connection, lines: Lines) -> int:
    """Copy these lines into their tables; returns how many decisions."""
    for record, rows in ((Decision, lines.decisions), (Outcome, lines.outcomes)):
        target = TARGETS[record]
        names = ", ".join(f'"{name}"' for name in target.columns)
        _copy(connection, f"COPY {target.table} ({names}) FROM STDIN", rows)
    _copy(connection, "COPY batch (id, at, slot, decisions) FROM STDIN", lines.batches)
    return len(lines.decisions)


def _copy(connection: psycopg.Connection, statement: str, rows: list[str]) -> None:
    with connection.cursor() as cursor, cursor.copy(statement.encode()) as copying:
        copying.write(("\n".join(rows) + "\n").encode() if rows else b"")


def _execute(connection: psycopg.Connection, statement: str) -> None:
    connection.execute(statement.encode())
