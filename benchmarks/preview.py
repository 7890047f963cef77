"""
How long does a preview take over a million decisions?

The decisions are made as the gateway makes them, of real browser requests and popular hosts (`.data/urls`):
judged by a Ruleset of merged public lists, cut down to what the shipped policy lets stand in the log under a
standing authority, of two thousand people over eight days, and shipped. What is previewed is the removal of
the list that decides most of what is refused. Beside it stand a plain count of the same rows by the database,
below which no preview can be, and what the process takes of memory. Budget: a minute.

    benchmarks/run preview [DECISIONS] [DATA_FOLDER]
"""

import json
import random
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from functools import cache
from pathlib import Path

from pydantic import SecretStr
from sqlalchemy import Engine, text

from categories import ENGINE
from categories.build import build
from categories.library import ListLibrary
from categories.ruleset import Ruleset
from categories.store import RulesetStore
from categories.urls.normalise import Url, UrlRefused, normalise_url
from console.lists.preview import Preview, preview
from console.lists.replay import Replay, Side
from db.engine import make_engine, reading
from db.settings import DatabaseSettings, SpoolSettings
from db.shipper import Shipper
from db.spool import SpoolWriter
from db.upgrade import upgrade
from policy.decision import Decision, Judgement
from policy.document import SHIPPED, Policy, read_policy
from policy.facts import Name, RequestFacts, Who
from policy.identifiers import uuid7
from policy.judge import Evidence, judge_name
from policy.record import make_decision
from policy.registers import Registers
from policy.sections.authority import StandingAuthority
from policy.words import NameSource, PersonHow, Purpose, Resource, Step, Verdict
from tests.console.review.making import running_of
from tests.postgres import PostgresServer

BUDGET = 60.0  # seconds
PEOPLE = 2_000
DAYS = 7
AT_ONCE = 50_000  # decisions made before they are shipped
LISTS = ("advertising_tracking", "gambling", "social_media", "games", "software_downloads")
REMOVED = "social_media"


class Traffic:
    """What two thousand people ask for, some of them far more than others; the same in every run."""

    def __init__(self, data: Path, ruleset: Ruleset, now: datetime) -> None:
        self._ruleset, self._now = ruleset, now
        self._policy = with_authority(read_policy(), now.date())
        self._random = random.Random(4)  # noqa: S311 - to be the same again, not to be secret
        self._pieces = list(_pieces(data))
        hosts = (data / "urls" / "popular_hosts.txt").read_text("utf-8").split()[:20_000]
        self._sites = [normalise_url(f"https://{host}/") for host in hosts]
        self._judge = cache(self._judged)

    def decisions(self, number: int) -> Iterator[Decision]:
        """So many, at any moment of the days."""
        for _ in range(number):
            if self._random.random() < 0.1:  # a page; the rest is what pages are made of
                place = min(int(self._random.expovariate(1 / 1_500)), len(self._sites) - 1)
                yield self._decision(self._sites[place], Resource.VISIT)
            else:
                yield self._decision(self._random.choice(self._pieces), Resource.EMBEDDED)

    def _decision(self, url: Url, resource: Resource) -> Decision:
        person = min(int(self._random.expovariate(1 / 500)), PEOPLE - 1)
        # Decided in the last days and today, but not later than now.
        since = self._now.replace(hour=0, minute=0, second=0) - timedelta(days=DAYS)
        at = since + self._random.random() * (self._now - since)
        facts = RequestFacts(
            exchange=uuid7(),
            at=at,
            step=Step.REQUEST,
            names=(Name(NameSource.HOST, url.host),),
            scheme=url.scheme,
            port=url.port,
            who=Who(f"person-{person}", PersonHow.BASIC, "Example Force", "U7", None, None, "192.0.2.7"),
            method="GET",
            target=url.target,
            path=url.path,
            resource=resource,
            resource_why="made up",
            decrypted=url.scheme == "https",
        )
        return make_decision(
            facts.exchange,
            facts,
            self._judge(url),
            self._policy,
            gateway="gateway-1",
            ruleset=self._ruleset.digest,
            engine=ENGINE,
            is_privileged=lambda host: False,
        )

    def _judged(self, url: Url) -> Judgement:
        matches = self._ruleset.matches(url.host, url.target)
        return judge_name(Evidence(url.host, matches), self._policy, self._now)


def _pieces(data: Path) -> Iterator[Url]:
    with (data / "urls" / "typed_requests.dev.jsonl").open(encoding="utf-8") as file:
        for line in file:
            try:
                yield normalise_url(json.loads(line)["url"])
            except UrlRefused:
                continue


def with_authority(policy: Policy, today: date) -> Policy:
    """The policy under a standing authority, without which nobody would be named."""
    authority = StandingAuthority(
        organisation="Example Force",
        reference="SA/1",
        granted_by="Chief Executive",
        purposes=(Purpose.BREACH,),
        granted_on=today - timedelta(days=DAYS + 1),
        review_by=today + timedelta(days=1),
        impact_assessment="DPIA/1",
    )
    file = policy.file.model_copy(update={"standing_authority": authority})
    return Policy(file=file, digest=policy.digest, source=policy.source)


def rulesets(data: Path, folder: Path) -> tuple[Ruleset, Ruleset]:
    """One with all of LISTS, and one without REMOVED."""

    def built(names: tuple[str, ...]) -> Ruleset:
        staged = [library.read_in(name, name, data / "scale" / f"{name}.txt") for name in names]
        report = build(library, store, SHIPPED, staged=staged)
        return Ruleset.open(store.folder(report.digest))

    library, store = ListLibrary(folder / "lists", shipped=None), RulesetStore(folder / "rulesets")
    return built(LISTS), built(tuple(name for name in LISTS if name != REMOVED))


def fill(engine: Engine, folder: Path, traffic: Traffic, number: int) -> None:
    """Ship so many decisions."""
    shipper = Shipper(engine, folder, 2_000)
    for first in range(0, number, AT_ONCE):
        writer = SpoolWriter(folder / "slot-0", SpoolSettings())
        for decision in traffic.decisions(min(AT_ONCE, number - first)):
            writer.record(decision)
        writer.close()
        while shipper.ship_once().records:
            pass


@contextmanager
def sqlite(folder: Path) -> Iterator[Engine]:
    """SQLite, as in a state folder."""
    engine = make_engine(DatabaseSettings(), folder)
    upgrade(engine)
    yield engine
    engine.dispose()


@contextmanager
def postgresql(folder: Path) -> Iterator[Engine]:
    """A server of its own."""
    with PostgresServer() as server, server.database() as name:
        engine = make_engine(DatabaseSettings(url=SecretStr(server.url(name))), folder)
        upgrade(engine)
        yield engine
        engine.dispose()


def counted(engine: Engine) -> float:
    """Seconds that the database takes to look at every row."""
    began = time.perf_counter()
    with reading(engine) as connection:
        connection.execute(
            text("SELECT count(*), count(DISTINCT host), count(DISTINCT person) FROM decision")
        )
    return time.perf_counter() - began


def peak_bytes() -> int:
    """The most memory this process has held."""
    status = Path("/proc/self/status").read_text("ascii")
    return next(int(line.split()[1]) * 1024 for line in status.splitlines() if line.startswith("VmHWM"))


def main(number: int, data: Path) -> int:
    """Print the table; 1 when the budget is not held."""
    now = datetime.now(UTC)
    held = True
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        before, after = rulesets(data, folder)
        policy = read_policy()
        print(f"{number:,} decisions, without the list {REMOVED}; budget {BUDGET:.0f} s\n")
        print(f"{'':<12}{'seconds':>9}{'decisions/s':>13}{'CPU':>7}{'a plain count':>15}{'peak MB':>9}")
        for what, database in (("SQLite", sqlite), ("PostgreSQL", postgresql)):
            (folder / what).mkdir()
            with database(folder / what) as engine:
                fill(engine, folder / what / "spool", Traffic(data, before, now), number)
                plain = counted(engine)
                replay = Replay(Side(before, policy), Side(after, policy), Registers(), now)
                began, worked = time.perf_counter(), time.process_time()
                found = preview(
                    running_of(engine),
                    replay,
                    days=DAYS,
                    question={},
                    now=now,
                    on_progress=lambda *_: None,
                )
                seconds, cpu = time.perf_counter() - began, time.process_time() - worked
            held = held and seconds < BUDGET
            print(
                f"{what:<12}{seconds:>9.1f}{number / seconds:>13,.0f}{cpu:>7.1f}{plain:>15.1f}"
                f"{peak_bytes() / 1e6:>9.0f}"
            )
            _show(found)
    return 0 if held else 1


def _show(found: Preview) -> None:
    opened = found.newly[Verdict.ALLOW]
    print(f"    newly allowed at named hosts: {opened.at_named_hosts}")
    print(f"                  at other hosts: {opened.at_other_hosts}; {len(opened.hosts)} hosts named")


if __name__ == "__main__":
    sys.exit(
        main(
            int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000,
            Path(sys.argv[2] if len(sys.argv) > 2 else ".data"),
        )
    )
