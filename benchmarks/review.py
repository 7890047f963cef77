"""
How long does a reviewer wait for an answer, with twenty million decisions in the log?

Twenty million decisions of 3,000 people, as half a year of them would stand in the log
(`benchmarks/generator`), in a real PostgreSQL with the migrations' own tables and indexes, asked as the
review service asks: through its core, with an authority for each question, the Access committed before and
the answer recorded after, under the service's own login and so through row-level security. Each question is
asked for so many people, units, hosts … drawn by chance; once to warm what it reads, then timed. The plan
of the slowest statement of each is printed below. Budget: 300 ms at the 95th percentile.

    benchmarks/run review [DECISIONS] [DATABASE_URL]

A database that is named is filled if it is empty, and kept; without one, a server is started and removed. It
takes some 25 GB and, to fill it, half an hour.
"""

import random
import re
import statistics
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from uuid import UUID

import psycopg
from pydantic import SecretStr
from sqlalchemy import Engine, event, make_url, text

from benchmarks.generator.months import make_full
from benchmarks.generator.world import PEOPLE, world
from console.review.made import make_service
from console.review.protocol import Review
from console.review.settings import ReviewSettings
from db.engine import make_engine, reading
from db.people import PeopleStore
from db.person_rows import PersonEntry
from db.review.accesses import AccessQuestion
from db.review.authorities import AuthorityStore
from db.settings import DatabaseSettings
from policy.document import read_policy
from policy.identifiers import show_reference
from policy.review.authority import Terms
from policy.review.figures import Dimension, StatisticsQuestion
from policy.review.question import Cursor, Question
from policy.review.reviewer import Reviewer
from policy.review.rows import DipSampleQuestion
from policy.words import Purpose, ReviewerRole, Verdict
from tests.postgres import PostgresServer

DECISIONS = 20_000_000
BUDGET = 0.300  # seconds, at the 95th percentile
VARIANTS = 40
SERVER = {
    "shared_buffers": "4GB",
    "effective_cache_size": "12GB",
    "maintenance_work_mem": "1GB",
    "max_wal_size": "16GB",
    "random_page_cost": "1.1",
}
LOGIN = "benchmark_review"
REVIEWER, GRANTER = "reviewer", Reviewer("", "granter", frozenset())
OFFICES = (
    "Professional Standards",
    "Information Security Officer",
    "ICT Service Desk",
    "Data Protection Officer",
    "Internal Auditor",
)

type Ask = Callable[[], object]


@dataclass(frozen=True, slots=True)
class Timed:
    """What one question took."""

    name: str
    seconds: list[float]
    rows: list[int]
    plan: str

    @property
    def p95(self) -> float:
        """Seconds at the 95th percentile."""
        return statistics.quantiles(self.seconds, n=20, method="inclusive")[-1]


def main(decisions: int, url: str | None) -> int:
    """Print the table and the plans; 1 when the budget is not held."""
    with ExitStack() as running:
        if url is None:
            server = running.enter_context(PostgresServer(synced=True, settings=SERVER))
            url = server.url(running.enter_context(server.database()))
        filled(url, decisions)
        ready(url)
        return report(url)


def filled(url: str, decisions: int) -> None:
    """Fill the database where there is nothing in it yet."""
    with psycopg.connect(url) as connection:
        found = connection.execute("SELECT to_regclass('public.tally') IS NOT NULL").fetchone()
        if found is not None and found[0]:
            return
    with world() as all_of_it:
        make_full(url, all_of_it, decisions)


def ready(url: str) -> None:
    """A login for the service, and somebody who may ask it."""
    with psycopg.connect(url, autocommit=True) as connection:
        there = connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", (LOGIN,)).fetchone()
        if there is None:
            connection.execute(f"CREATE ROLE {LOGIN} LOGIN".encode())
        connection.execute(f"GRANT sluicegate_review TO {LOGIN}".encode())
    engine = make_engine(DatabaseSettings(url=SecretStr(url)), Path())
    PeopleStore(engine).enter(
        [PersonEntry("", REVIEWER, unit="Standards", roles=OFFICES)],
        roles_until=datetime.now(UTC) + timedelta(days=90),
        because="a benchmark",
    )
    engine.dispose()


def report(url: str) -> int:
    """Ask everything."""
    size = _one(
        url,
        "SELECT sum(reltuples)::bigint FROM pg_class "
        "WHERE relkind = 'r' AND relname ~ '^decision_.*_[0-9]{4}_'",
    )
    disk = _one(url, "SELECT pg_size_pretty(pg_database_size(current_database()))")
    indexes = _one(
        url,
        "SELECT pg_size_pretty(sum(pg_relation_size(indexrelid))) FROM pg_index "
        "JOIN pg_class ON oid = indrelid WHERE relname ~ '^(decision|outcome)_'",
    )
    print(f"{size:,} decisions; {disk}, of which {indexes} indexes of the log\n", flush=True)
    print(f"{'question':<44}{'p50 ms':>8}{'p95 ms':>8}{'most':>8}{'rows':>7}")
    found = []
    with asking(url) as (review, plans):
        for name, asks in Questions(url, review).all():
            timed = _timed(name, asks, plans)
            found.append(timed)
            p50, most = statistics.median(timed.seconds), max(timed.seconds)
            held = "" if timed.p95 <= BUDGET else "  NOT HELD"
            print(
                f"{name:<44}{p50 * 1e3:>8.0f}{timed.p95 * 1e3:>8.0f}{most * 1e3:>8.0f}"
                f"{statistics.median(timed.rows):>7,.0f}{held}",
                flush=True,
            )
    for timed in found:
        print(f"\n--- {timed.name}\n{timed.plan}")
    return 0 if all(timed.p95 <= BUDGET for timed in found) else 1


def _timed(name: str, asks: list[Ask], plans: "Plans") -> Timed:
    seconds, rows = [], []
    for ask in asks:  # to read what is asked for from the disk
        ask()
    for ask in asks:
        began = time.perf_counter()
        answer = ask()
        seconds.append(time.perf_counter() - began)
        rows.append(_rows(answer))
    slowest = max(range(len(asks)), key=lambda place: seconds[place])
    return Timed(name, seconds, rows, plans.of(asks[slowest]))


def _rows(answer: Any) -> int:
    answer = getattr(answer, "answer", answer)
    answer = getattr(answer, "found", answer)
    if hasattr(answer, "total"):
        return int(answer.total.visits + answer.total.other)
    rows = answer if isinstance(answer, tuple) else getattr(answer, "rows", 1)
    return rows if isinstance(rows, int) else len(rows)


@contextmanager
def asking(url: str) -> Iterator[tuple[Review, "Plans"]]:
    """The service's core, for one person, and what its statements are planned as."""
    service_url = make_url(url).set(username=LOGIN, drivername="postgresql").render_as_string(False)
    with TemporaryDirectory() as state:
        service = make_service(
            ReviewSettings(), DatabaseSettings(url=SecretStr(service_url)), Path(state), read_policy()
        ).service
        yield service.by_login(REVIEWER), Plans()


class Plans:
    """What PostgreSQL does for a question: the plan of the statement of it that takes longest."""

    def __init__(self) -> None:
        self._found: list[tuple[float, str]] | None = None
        event.listen(Engine, "before_cursor_execute", self._see)

    def of(self, ask: Ask) -> str:
        """Ask once more, and explain each statement on its way."""
        self._found = []
        try:
            ask()
            return max(self._found)[1] if self._found else "(nothing is read)"
        finally:
            self._found = None

    def _see(
        self, connection: Any, cursor: Any, statement: str, parameters: Any, context: Any, many: bool
    ) -> None:
        if self._found is None or many or connection.engine.url.username != LOGIN:
            return
        if not statement.lstrip().upper().startswith(("SELECT", "WITH")):
            return
        with connection.connection.cursor() as own:
            own.execute(f"EXPLAIN (ANALYZE, BUFFERS, COSTS OFF) {statement}", parameters)
            lines = [row[0] for row in own.fetchall()]
        took = float(next(line for line in lines if line.startswith("Execution Time")).split()[2])
        self._found.append((took, "\n".join(_executed(lines))))


def _executed(lines: list[str]) -> Iterator[str]:
    """A plan without the branches that were never gone into."""
    skipped: int | None = None
    for line in lines:
        depth = len(line) - len(line.lstrip())
        if skipped is not None and depth > skipped:
            continue
        skipped = depth if "(never executed)" in line else None
        if skipped is None:
            yield re.sub(r"(\('[^)]{120})[^)]*", r"\1 …", line)[:240]


class Questions:
    """What is asked: every kind of question, for people, units and hosts drawn by chance."""

    def __init__(self, url: str, review: Review) -> None:
        self._url = url
        self._review = review
        self._chance = random.Random(11)  # noqa: S311 - to be the same again, not to be secret
        self._engine = make_engine(DatabaseSettings(url=SecretStr(url)), Path())
        self._authorities = AuthorityStore(self._engine)
        self._until = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
        self._since = self._until - timedelta(days=90)
        asks = self._review.who()
        self._asker = Reviewer("", asks.login, asks.roles)
        units = "SELECT unit FROM person WHERE unit LIKE 'Unit%' GROUP BY unit ORDER BY unit"
        self._units = [row[0] for row in self._read(units)]
        self._hosts = [row[0] for row in self._read(_SOME.format("host", "host IS NOT NULL"))]
        self._entries = [tuple(row) for row in self._read(_SOME.format("list, entry", "entry IS NOT NULL"))]
        self._known = [
            tuple(row)
            for row in self._read(_SOME.format("reference, person, unit, exemption", "person IS NOT NULL"))
        ]

    def all(self) -> Iterator[tuple[str, list[Ask]]]:
        """Each question with what to ask for it."""
        yield "search: a person, all they did", self._search(self._person)
        yield "search: a person, a deep page", self._search(self._person, self._deep)
        yield "search: a person, visits only", self._search(self._person, visits_only=True)
        yield "search: a person, a host and below", self._search(self._person, self._host)
        yield "search: a person, refused", self._search(self._person, verdicts=(Verdict.BLOCK,))
        yield "search: twenty people", self._search(self._twenty)
        yield "search: twenty people, a category", self._search(self._twenty, self._category)
        yield "search: a unit, all it did", self._search(self._unit)
        yield "search: a unit, a deep page", self._search(self._unit, self._deep)
        yield "search: a unit, a category", self._search(self._unit, self._category)
        yield "search: a unit, a host and below", self._search(self._unit, self._host)
        yield "search: a unit, refused", self._search(self._unit, verdicts=(Verdict.BLOCK,))
        yield "search: a unit, visits only", self._search(self._unit, visits_only=True)
        yield "search: a unit, a list", self._search(self._unit, self._list)
        yield "search: a unit, an entry", self._search(self._unit, self._entry)
        yield "search: a unit, an exemption", self._search(self._unit, self._exemption)
        yield "search: a reference", self._search(self._of_reference)
        yield "explain", [self._explain() for _ in range(VARIANTS)]
        yield "timeline: a person, 90 days", self._timeline(90)
        yield "timeline: a person, 2 days", self._timeline(2)
        yield "report: a person, 90 days", self._report(self._person)
        yield "report: twenty people, 90 days", self._report(self._twenty)
        yield "report: a unit, 28 days", self._report(self._unit, self._days(28))
        yield "report: a unit, a category, 90 days", self._report(self._unit, self._category)
        whole = Dimension.CATEGORY, Dimension.UNIT, Dimension.LIST
        for by in whole:
            yield f"statistics by {by}, a month", self._statistics((by,), 1)
            yield f"statistics by {by}, five months", self._statistics((by,), 5)
        yield "dip sample", self._sample(None)
        yield "dip sample, a category", self._sample("gambling")
        yield "decisions of the last hour, no names", [self._decisions(hours) for hours in range(1, VARIANTS)]
        yield "accesses, by authority", [self._looks() for _ in range(VARIANTS)]
        yield "authorities", [lambda: self._review.authorities.list("all")] * VARIANTS

    # --- What a question is about; each also says what its authority names

    def _person(self) -> dict[str, Any]:
        return {"people": (f"user{self._chance.randrange(1, PEOPLE):05d}",)}

    def _twenty(self) -> dict[str, Any]:
        return {"people": tuple(f"user{n:05d}" for n in self._chance.sample(range(1, PEOPLE), 20))}

    def _unit(self) -> dict[str, Any]:
        return {"units": (self._chance.choice(self._units),)}

    def _of_reference(self) -> dict[str, Any]:
        reference, person, _, _ = self._chance.choice(self._known)
        return {"people": (person,), "reference": reference}

    # --- What else is asked

    def _deep(self) -> dict[str, Any]:
        at = self._until - timedelta(days=self._chance.uniform(2, 80))
        return {"after": Cursor(at, _FIRST)}

    def _host(self) -> dict[str, Any]:
        host: str = self._chance.choice(self._hosts)
        return {"host": host.split(".", host.count(".") - 1)[-1] if host.count(".") > 1 else host}

    def _category(self) -> dict[str, Any]:
        return {"categories": (self._chance.choice(("gambling", "pornography", "social_media", "games")),)}

    def _list(self) -> dict[str, Any]:
        return {"list": self._chance.choice(self._entries)[0]}

    def _entry(self) -> dict[str, Any]:
        list_, entry = self._chance.choice(self._entries)
        return {"list": list_, "entry": entry}

    def _exemption(self) -> dict[str, Any]:
        return {"exemption": f"EXEMPT{self._chance.choice(self._units)[-2:]}"}

    def _days(self, days: int) -> Callable[[], dict[str, Any]]:
        return lambda: {"since": self._until - timedelta(days=days)}

    # --- Asking

    def _question(self, *parts: Callable[[], dict[str, Any]], **more: Any) -> Question:
        given: dict[str, Any] = dict(more)
        for part in parts:
            given |= part()
        people, units = given.get("people", ()), given.get("units", ())
        authority = self._authority(people, units)
        return Question(authority=authority, purpose="a benchmark", **given)

    def _authority(self, people: tuple[str, ...], units: tuple[str, ...]) -> str:
        asked = self._authorities.request(
            Terms(
                organisation="",
                role=ReviewerRole.PROFESSIONAL_STANDARDS,
                matter="B/1",
                purpose=Purpose.BREACH,
                necessity="a benchmark",
                proportionality="a benchmark",
                less_intrusive="a benchmark",
                people=people,
                units=units,
                since=self._since,
                until=self._until,
                categories=(),
                allowed_visits=True,
                sealed=False,
                days=28,
                renews=None,
            ),
            self._asker,
        )
        self._authorities.grant(asked.id, GRANTER, office="Chief", because="a benchmark")
        return asked.id

    def _search(self, *parts: Callable[[], dict[str, Any]], **more: Any) -> list[Ask]:
        return [self._asked("search", self._question(*parts, **more)) for _ in range(VARIANTS)]

    def _report(self, *parts: Callable[[], dict[str, Any]]) -> list[Ask]:
        return [self._asked("report", self._question(*parts)) for _ in range(VARIANTS)]

    def _asked(self, what: str, question: Question) -> Ask:
        return lambda: getattr(self._review.reviewing, what)(question)

    def _timeline(self, days: int) -> list[Ask]:
        def one() -> Ask:
            question = self._question(self._person, self._days(days))
            return lambda: self._review.reviewing.timeline(question, question.people[0])

        return [one() for _ in range(VARIANTS)]

    def _explain(self) -> Ask:
        question = self._question(self._of_reference)
        return lambda: self._review.reviewing.explain(question, show_reference(question.reference or ""))

    def _statistics(self, by: tuple[Dimension, ...], months: int) -> list[Ask]:
        until = self._until.date().replace(day=1)
        since = until
        for _ in range(months):
            since = (since - timedelta(days=1)).replace(day=1)
        question = StatisticsQuestion("a benchmark", "", since, until, by)
        return [lambda: self._review.figures.statistics(question)] * (VARIANTS // 4)

    def _sample(self, category: str | None) -> list[Ask]:
        since: date = (self._until - timedelta(days=30)).date()
        question = DipSampleQuestion("a benchmark", "", since, self._until.date(), category)
        return [lambda: self._review.figures.dip_sample(question)] * VARIANTS

    def _decisions(self, hours: int) -> Ask:
        since = self._until - timedelta(hours=hours)
        return lambda: self._review.running.decisions(since, bool(hours % 2), None, 50)

    def _looks(self) -> Ask:
        authority = self._authority(("user00001",), ())
        question = AccessQuestion(self._since, datetime.now(UTC) + timedelta(days=1), authority=authority)
        return lambda: self._review.watching.looks(question)

    def _read(self, statement: str) -> list[Any]:
        with reading(self._engine) as connection:
            return list(connection.execute(text(statement)))


_FIRST = UUID(int=0)
_SOME = """
    SELECT {} FROM (
        SELECT * FROM decision TABLESAMPLE SYSTEM (0.1) REPEATABLE (3)
        WHERE at > now() - interval '85 days' AND {} LIMIT 5000
    ) d
"""


def _one(url: str, statement: str) -> Any:
    with psycopg.connect(url) as connection:
        row = connection.execute(statement.encode()).fetchone()
        assert row is not None
        return row[0]


if __name__ == "__main__":
    sys.exit(
        main(int(sys.argv[1]) if len(sys.argv) > 1 else DECISIONS, sys.argv[2] if len(sys.argv) > 2 else None)
    )
