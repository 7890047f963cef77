"""
What was asked for lately, to be judged again: hosts and paths with counts, and never by whom.

A preview of a list or policy needs to know what people ask for, and how many they are. It needs no person,
and whoever may preview may not have them. So nobody leaves the database:

- the view `replay_decision` has what it takes to judge a request again, nothing of privileged rows, and no
  column that says who it was; here it is read by UTC days, and equal requests come as one with their number;
- how many different people asked for a set of requests is counted by the function `sluicegate_people_at`,
  and where they are fewer than `FEW` it says no more than that.

On SQLite, which cannot keep people apart, the second question is asked of the table. All of it is read in a
look that is recorded (`db/review/looks.py`): its Access says what was to be changed, so that somebody who
tries one host after another can be seen to.
"""

import json
from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, NamedTuple

from sqlalchemy import (
    Boolean,
    Column,
    Connection,
    MetaData,
    Table,
    Text,
    and_,
    bindparam,
    func,
    not_,
    select,
    text,
)

from db.columns import UtcDateTime
from policy.words import Reason, Resource, Verdict

FEW = 10
"""Fewer people than this are never counted: with a host beside it a smaller number begins to be a person."""

_DAY = timedelta(days=1)
_ROWS = 5_000  # from the database at once
_VERDICTS = {verdict.value: verdict for verdict in Verdict}
_REASONS = {reason.value: reason for reason in Reason}


class PastRequest(NamedTuple):
    """One request as it was recorded, and how often on that day."""

    host: str | None  # None where the record level keeps none
    path: str | None  # without its query, and with what is personal cut out of it; None where none is kept
    by_name: bool  # a tunnel that was not decrypted: the host is all that was judged
    visit: bool  # or a piece of a page, or what no person told a browser to open
    verdict: Verdict
    reason: Reason
    replayable: bool  # the row holds all of the URL that was judged
    decisions: int


class Asked(NamedTuple):
    """A request whose people are to be counted, and the part that it is counted in."""

    part: int
    host: str
    path: str | None


class Past:
    """What one look may ask of these whole days (UTC), while it lasts."""

    # Whole days, since a window of minutes could be moved along until a single request falls out of it.
    def __init__(self, connection: Connection, days: tuple[date, ...]) -> None:
        self._connection = connection
        self.days = days
        self.rows = 0  # decisions counted so far

    def on(self, day: date) -> Iterator[PastRequest]:
        """Every different request of that day (UTC), in no order."""
        query = _EQUAL_REQUESTS.where(_requests.c.at >= _begins(day), _requests.c.at < _begins(day + _DAY))
        # Not row by row by name: there are a million of them.
        found: Iterable[Any] = self._connection.execute(query, execution_options={"yield_per": _ROWS})
        for host, path, by_name, visit, verdict, reason, replayable, decisions in found:
            self.rows += decisions
            yield PastRequest(
                *(host, path, by_name, visit),
                # A word of a later release: not ours to judge again, whatever it says.
                _VERDICTS.get(verdict, Verdict.BLOCK),
                _REASONS.get(reason, Reason.UNDECIDABLE),
                *(replayable, decisions),
            )

    def people(self, asked: Collection[Asked]) -> Mapping[int, int]:
        """
        How many different known people asked for each part; 0 for fewer than `FEW`.

        Parts that nobody known asked for are left out.
        """
        if not asked:
            return {}
        period = {"since": _begins(self.days[0]), "until": _begins(self.days[-1] + _DAY)}
        if self._connection.dialect.name == "postgresql":
            parts, hosts, paths = (list(each) for each in zip(*asked, strict=True))
            found = self._connection.execute(
                _PEOPLE_OF_POSTGRESQL, {"parts": parts, "hosts": hosts, "paths": paths, **period}
            )
        else:
            found = self._connection.execute(_PEOPLE_OF_SQLITE, {"asked": json.dumps(list(asked)), **period})
        return {part: people if people >= FEW else 0 for part, people in found}


def _begins(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)


_view = Table(
    "replay_decision",
    MetaData(),
    Column("at", UtcDateTime),
    *(Column(name, Text) for name in ("host", "path", "scheme")),
    Column("decrypted", Boolean),
    *(Column(name, Text) for name in ("resource", "verdict", "reason")),
    Column("replayable", Boolean),
)
_requests = select(
    *(_view.c.at, _view.c.host, _view.c.path),
    and_(func.coalesce(_view.c.scheme, "") != "http", not_(_view.c.decrypted)).label("by_name"),
    (_view.c.resource == Resource.VISIT.value).label("visit"),
    *(_view.c.verdict, _view.c.reason, _view.c.replayable),
).subquery()
_kinds = [each for each in _requests.c if each.name != "at"]
_EQUAL_REQUESTS = select(*_kinds, func.count().label("decisions")).group_by(*_kinds)

_PERIOD = (bindparam("since", type_=UtcDateTime), bindparam("until", type_=UtcDateTime))
_PEOPLE_OF_POSTGRESQL = text("""
    SELECT part, people FROM sluicegate_people_at(
        CAST(:parts AS integer[]), CAST(:hosts AS text[]), CAST(:paths AS text[]), :since, :until
    )
""").bindparams(*_PERIOD)
# What the function does (`db/migrations/versions/0003_lists_by_two_people.py`), where there are none.
# Of text on both sides SQLite makes itself an index of `asked`; of a value out of JSON it does not, and every
# decision would be held beside every host.
_PEOPLE_OF_SQLITE = text("""
    WITH asked AS MATERIALIZED (
        SELECT json_extract(value, '$[0]') AS part, CAST(json_extract(value, '$[1]') AS TEXT) AS host,
            CAST(coalesce(json_extract(value, '$[2]'), '') AS TEXT) AS path
        FROM json_each(:asked)
    )
    SELECT asked.part, count(DISTINCT decision.person) AS people FROM decision CROSS JOIN asked
    WHERE asked.host = decision.host AND asked.path = coalesce(decision.path, '')
    AND final AND reason <> 'tunnel' AND retention_class <> 'privileged' AND person IS NOT NULL
    AND at >= :since AND at < :until
    GROUP BY asked.part
""").bindparams(*_PERIOD)
