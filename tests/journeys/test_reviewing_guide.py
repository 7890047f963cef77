"""
A stranger with `docs/reviewing.md` and nothing else: its commands, as they stand there, by whom it names.

Only three things on that page are of its own world: the reference of the authority, which is drawn, and the
two dates, which have gone by. They are put in; everything else is run to the letter.
"""

import csv
import io
import json
import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

import pytest

from db.withdrawals import WrongEntry
from policy.decision import Decision
from policy.words import EntryKind, Reason, Resource, Verdict
from tests.db.examples import decision
from tests.journeys.harness.reviewing import Station, station
from tests.postgres import PostgresServer, postgres

__all__ = ["postgres"]

PAGE = Path(__file__).parents[2] / "docs" / "reviewing.md"
OFFICES = {
    "olga": ["Professional Standards"],
    "stan": ["Senior Information Risk Owner"],
    "gerda": ["Chief Executive and Monitoring Officer"],
    "ivan": ["Internal Auditor"],
    "jane.doe": [],
    "john.roe": [],
}
AUTHORITY, DECISION = "K7QF-2M9T", "7XW4-01ZN"
SINCE, UNTIL = "2026-11-02", "2026-11-16"


@dataclass(frozen=True)
class Line:
    """One command of the page, and whose it is."""

    login: str
    arguments: list[str]

    @property
    def name(self) -> str:
        return " ".join(self.arguments[:2])


def lines_of(page: str) -> list[Line]:
    """What stands in the page's boxes for terminals."""
    found = []
    for block in re.findall(r"^```console\n(.*?)^```", page, re.MULTILINE | re.DOTALL):
        for command in re.findall(r"^(\w+)\$ sluicegate ((?:.*\\\n)*.*)$", block, re.MULTILINE):
            found.append(Line(command[0], shlex.split(command[1].replace("\\\n", " "))))
        assert len(re.findall(r"^\S+\$ ", block, re.MULTILINE)) == len(
            re.findall(r"^\w+\$ sluicegate ", block, re.MULTILINE)
        )
    return found


LINES = lines_of(PAGE.read_text("utf-8"))


def of_the_page(since: date) -> Iterator[Decision]:
    """Afternoons of jane.doe's, what her browser did beside it, and what the page must never show."""
    afternoon = datetime.combine(since + timedelta(days=3), time(15, 0), tzinfo=UTC)
    common = {
        "organisation": None,
        "person": "jane.doe",
        "host": "www.bet.example",
        "page": "https://www.bet.example",
    }
    yield decision(**common, at=afternoon, reference="7XW401ZN")
    for day in range(3):
        yield decision(**common, at=afternoon + timedelta(days=day, hours=1))
    yield decision(**{**common, "resource": Resource.EMBEDDED}, at=afternoon + timedelta(seconds=2))
    yield decision(
        **{**common, "host": "ads.example", "resource": Resource.EMBEDDED, "page": None}, at=afternoon
    )
    unlisted = {"verdict": Verdict.ALLOW, "reason": Reason.NOT_LISTED, "category": None, "list": None}
    yield decision(**{**common, **unlisted, "host": "private.example"}, at=afternoon)
    yield decision(**{**common, "person": "john.roe", "host": "others.example"}, at=afternoon)
    yield decision(**{**common, "host": "earlier.example"}, at=afternoon - timedelta(days=30))


@pytest.fixture(scope="module")
def office(postgres: PostgresServer) -> Iterator[Station]:
    """The people of the page, the service, and two weeks of decisions."""
    with station(postgres, *OFFICES) as made:
        made.enter(OFFICES)
        made.record(of_the_page(datetime.now().astimezone().date() - timedelta(days=16)))
        yield made


def test_the_page_has_a_command_for_every_step() -> None:
    assert [line.name for line in LINES] == [
        *("review statistics", "review dip-sample", "authority request"),
        *("authority list", "authority show", "authority grant"),
        *("review report", "review report", "review timeline", "review search", "review explain"),
        *("review export", "review key", "review verify", "authority revoke", "authority tell"),
        *("audit looks", "audit withheld"),
    ]
    assert {line.login for line in LINES} == {"olga", "stan", "gerda", "ivan"}


@pytest.mark.journey
def test_a_stranger_gets_from_a_complaint_to_a_signed_export(office: Station) -> None:
    since = datetime.now().astimezone().date() - timedelta(days=16)
    values = {SINCE: since.isoformat(), UNTIL: (since + timedelta(days=14)).isoformat()}
    said: dict[str, str] = {}
    for line in LINES:
        arguments = [values.get(one, one) for one in line.arguments]
        ran = office.run(line.login, *arguments)
        assert ran.code == 0, f"{line.login}$ {shlex.join(arguments)}\n{ran.err}"
        said[line.name] = said.get(line.name, "") + ran.out
        if line.name == "authority request":
            values[AUTHORITY] = ran.out.partition(":")[0]

    # What was asked for was found, and nothing else.
    for name in ("review report", "review timeline", "review search"):
        assert "www.bet.example" in said[name] or name == "review timeline"
        for others in ("private.example", "others.example", "earlier.example"):
            assert others not in said[name]
    assert DECISION in said["review search"]
    assert "Visits, pages that a browser was told to open: 4" in said["review search"]
    assert f"Decision {DECISION}" in said["review explain"]
    assert "www.bet.example" in (office.folder / "report.html").read_text("utf-8")
    assert "www.bet.example" in said["review dip-sample"]
    assert "jane.doe" not in said["review dip-sample"] + said["review statistics"]

    # Whoever audits sees each look and no page of anybody's.
    for wanted in ("which afternoons", "for the hearing of PSD-2026-014", "was this decision right"):
        assert wanted in said["audit looks"]
    assert "/tips/today" not in said["audit looks"]
    assert "they are told there" in said["audit withheld"]

    # The export stands by itself, and one changed byte is found.
    export = office.folder / "PSD-2026-014.zip"
    content = bytearray(export.read_bytes())
    content[len(content) // 2] ^= 1
    (office.folder / "changed.zip").write_bytes(content)
    assert office.run("olga", "review", "verify", "changed.zip").code == 1

    # It is over: nothing more is shown, and who looked why is on record.
    refused = office.run("olga", "review", "search", values[AUTHORITY], "--purpose", "once more")
    assert refused.code == 1
    assert "was revoked" in refused.err
    purposes = {row[0] for row in office.query("SELECT purpose FROM access WHERE actor = 'olga'")}
    for line in LINES:
        if line.login == "olga" and "--purpose" in line.arguments and line.name.startswith("review"):
            assert line.arguments[line.arguments.index("--purpose") + 1] in purposes
    assert "once more" in purposes


@pytest.mark.journey
def test_what_is_more_than_a_page_comes_once_and_whole_and_a_wrong_entry_counts_for_nothing(
    office: Station,
) -> None:
    """
    Visits with a piece each, so that parts of the answer end between the two of them; asked for by unit.

    Half of them were decided by an entry that is found wrong: they stay, marked, and count as no visits.
    """
    noon = datetime.now(UTC) - timedelta(days=3)
    made = []
    for number in range(150):
        host, at = f"host-{number}.example", noon + timedelta(seconds=10 * number)
        of = {"organisation": None, "person": "john.roe", "unit": "Traffic", "host": host}
        entry = "right.example" if number % 2 else "wrong.example"
        piece = {**of, "resource": Resource.EMBEDDED, "host": "ads.example", "page": f"https://{host}"}
        made += [
            decision(**of, at=at, page=f"https://{host}", entry=entry),
            decision(**piece, at=at + timedelta(seconds=1)),
        ]
    office.record(made)
    office.withdraw(WrongEntry("ut1-gambling", EntryKind.HOST, "wrong.example", "gambling"))
    asked = office.run(
        *("olga", "authority", "request", "--matter", "PSD-2", "--purpose", "breach", "--unit", "Traffic"),
        *("--since", "5d", "--until", "1h", "--necessity", "a complaint names this unit and these days"),
        *(
            "--proportionality",
            "one unit and four days",
            "--less-intrusive",
            "the unit was asked before",
            "--json",
        ),
    )
    authority = str(json.loads(asked.out)["id"])
    granted = office.run("gerda", "authority", "grant", authority, "--because", "it is needed")
    assert granted.code == 0, granted.err

    found = office.run("olga", "review", "search", authority, "--purpose", "all", "--rows", "400", "--csv")
    assert found.err == ""
    rows = list(csv.DictReader(io.StringIO(found.out.removeprefix("\ufeff"), newline="")))
    visits = [row for row in rows if row["kind"] == "visit"]
    assert [row["host"] for row in visits] == [f"host-{number}.example" for number in reversed(range(150))]
    assert {row["also asked for"] for row in visits} == {"1"}
    assert len(rows) == 150
    wrong = [row for row in visits if row["withdrawn as wrong on"]]
    assert {row["entry"] for row in wrong} == {"wrong.example"}
    assert {(row["counts as visit"]) for row in wrong} == {"no"}
    assert len(wrong) == 75

    said = office.run("olga", "review", "report", authority, "--purpose", "how many", "--json")
    figures = [json.loads(line) for line in said.out.splitlines()]
    (total,) = (line for line in figures if line.get("by") == "all")
    assert (total["visits"], total["withdrawn"], total["other"]) == (75, 75, 150)
