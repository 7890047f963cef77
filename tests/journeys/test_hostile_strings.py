"""
One hostile host, path, person and list line, through every command that shows the log and every export.

What somebody asked for is somebody else's choice of characters, and a reviewer's terminal, spreadsheet and
browser are what it would be aimed at. Text is made storable before it is in the log, and nothing behind that
may rely on it: most of this looks at rows into which it was put to the letter, past everything.
"""

import csv
import io
import json
import re
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from html.parser import HTMLParser
from pathlib import Path

import pytest

from console.cli.main import COMMANDS
from console.cli.menu import Branch
from policy.decision import Decision
from policy.match import Match
from policy.people import fold_login
from policy.review.disclosure import last_told
from policy.text import storable
from policy.words import EntryKind, FoundBy, Resource
from tests.db.examples import decision
from tests.journeys.harness.reviewing import Station, station
from tests.postgres import PostgresServer, postgres

__all__ = ["postgres"]

# A formula, its neighbours' separators, markup of three kinds, a query's wildcards, a way out of a folder, a
# terminal's title and colour, a line of its own, and what turns the direction of a line.
HOSTILE = (
    "=1+1;@x,\"'|+2\t<script>alert(1)</script><b onclick=x>[/bold]{{ 7*7 }}%_\\../"
    "\x1b]0;x\x07\r\n+3\u202e\u2028é"
)
PERSON = fold_login("=cmd|'<img/src=x>'!a1;%_{{7*7}}")  # which a login can be
WORSE = fold_login(PERSON + "\u202e\x1b[2j")
OFFICES = {
    "olga": ["Professional Standards"],
    "stan": ["Senior Information Risk Owner"],
    "gerda": ["Chief Executive and Monitoring Officer"],
    "dora": ["Data Protection Officer"],
    "ivan": ["Internal Auditor"],
    "iris": ["ICT Service Desk"],
}
UNIT = storable(HOSTILE, 100)  # which is how a register keeps one, and an authority names it
REFERENCE = "7XW401ZN"
MATCH = Match(HOSTILE, HOSTILE, 7, HOSTILE, EntryKind.KEYWORD, FoundBy.AUTOMATON, HOSTILE)


def hostile(at: datetime, **changes: object) -> Decision:
    """A decision that is hostile wherever text of somebody else's stands."""
    everywhere = dict.fromkeys(
        (
            *("unit", "role", "device", "resource_why", "page", "host", "path", "referrer_host"),
            *("category", "clause", "list", "entry", "gateway", "ruleset", "policy", "engine", "scheme"),
        ),
        HOSTILE,
    )
    texts = {"names": (f"host:{HOSTILE}",), "categories": (HOSTILE,), "matches": (MATCH,), "method": HOSTILE}
    own = {
        "at": at,
        "unit": UNIT,
        "organisation": None,
        "person": PERSON,
        "client_ip": "192.0.2.1",
    }
    return decision(**{**everywhere, **texts, **own, **changes})


def of_the_log(now: datetime) -> Iterator[Decision]:
    """A visit, a piece of it and one of nothing; last month enough people for it to be told in statistics."""
    day = now - timedelta(days=2)
    yield hostile(day, reference=REFERENCE)
    yield hostile(day + timedelta(seconds=1), resource=Resource.EMBEDDED)
    yield hostile(day, resource=Resource.UNKNOWN, page=None, person=WORSE)
    told = datetime.combine(last_told(now)[0], time(12), tzinfo=UTC)
    for number in range(24):
        yield hostile(told, person=f"person-{number}")


@pytest.fixture(scope="module")
def office(postgres: PostgresServer) -> Iterator[Station]:
    """The service, and a log in which everything is hostile."""
    with station(postgres, *OFFICES, iris="sluicegate_operator") as made:
        made.enter({**OFFICES, PERSON: ()}, units={PERSON: UNIT})
        made.record(of_the_log(datetime.now(UTC)))
        yield made


@pytest.fixture(scope="module")
def authority(office: Station) -> str:
    """One in force about the hostile unit, for hostile reasons."""
    return granted(office, "--unit", UNIT)


def granted(office: Station, *of: str) -> str:
    """An authority that is asked for and granted with hostile words."""
    asked = office.run(
        *("olga", "authority", "request", "--matter", HOSTILE[:60], "--purpose", "breach", *of),
        *("--since", "30d", "--until", "1h", "--necessity", f"one {HOSTILE}", "--proportionality"),
        *(f"two {HOSTILE}", "--less-intrusive", f"three {HOSTILE}", "--json"),
    )
    assert asked.code == 0, asked.err
    reference = str(json.loads(asked.out)["id"])
    done(office, "gerda", "authority", "grant", reference, "--because", HOSTILE)
    return reference


def done(office: Station, login: str, *arguments: str) -> str:
    """What a command that changes something said, which acts nowhere."""
    ran = office.run(login, *arguments)
    assert ran.code == 0, ran.err
    assert_inert(ran.out + ran.err)
    return ran.out


def assert_inert(text: str) -> None:
    """Nothing in it acts on a terminal, nor on the direction of a line."""
    acting = {character for character in text if not character.isprintable() and character != "\n"}
    assert not acting, acting


def assert_safe_csv(text: str) -> None:
    """No cell is calculated, wherever a spreadsheet of whatever country cuts."""
    assert_inert(text.removeprefix("\ufeff").replace("\r\n", "\n"))
    rows = list(csv.reader(io.StringIO(text.removeprefix("\ufeff"), newline="")))
    assert len({len(row) for row in rows}) == 1
    for cut in ",;\t|":
        for row in csv.reader(io.StringIO(text.removeprefix("\ufeff"), newline=""), delimiter=cut):
            for cell in row:
                begins = cell.strip("\" '")[:1] if cell.lstrip('" ').startswith("'") else cell.strip('" ')
                assert cell.lstrip('" ').startswith("'") or not begins.startswith(("=", "+", "-", "@")), cell


class Elements(HTMLParser):
    """The elements and attributes that a browser would see."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: set[str] = set()
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attrs}


def assert_safe_html(text: str) -> None:
    """No element or attribute that we did not write, and nothing that a browser would fetch or run."""
    assert_inert(text)
    seen = Elements(text)
    assert not seen.tags & {"script", "b", "img", "iframe", "link", "object", "base", "form"}
    assert not {name for name in seen.attributes if name.startswith("on")} | (
        seen.attributes & {"src", "href", "srcset", "action", "data"}
    )


def assert_safe_json(text: str) -> list[dict[str, object]]:
    """ASCII, an object a line."""
    assert text.isascii()
    assert_inert(text)
    return [json.loads(line) for line in text.splitlines()]


@pytest.mark.journey
def test_an_export_holds_what_is_hostile_and_acts_nowhere(office: Station, authority: str) -> None:
    done(
        *(office, "olga", "review", "export", authority, "--purpose", HOSTILE),
        *("--marking", HOSTILE[:60], "--output", "hostile.zip"),
    )
    done(office, "olga", "review", "verify", "hostile.zip")
    assert {".csv", ".html", ".jsonl"} <= assert_safe_package(office.folder / "hostile.zip")


@pytest.mark.journey
def test_what_is_kept_about_somebody_acts_nowhere_when_they_are_given_it(office: Station) -> None:
    done(office, "dora", "subject-access", PERSON, "--because", HOSTILE, "--output", "hers.zip")
    assert {".csv", ".txt"} <= assert_safe_package(office.folder / "hers.zip")


def assert_safe_package(file: Path) -> set[str]:
    """Names that lead nowhere else, and files each safe in its kind; the kinds there are."""
    with zipfile.ZipFile(file) as package:
        kinds = set()
        for name in package.namelist():
            assert re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9./_-]*", name), name
            assert ".." not in name
            text = package.read(name)
            kinds.add(Path(name).suffix)
            match Path(name).suffix:
                case ".csv":
                    assert_safe_csv(text.decode("utf-8"))
                case ".html":
                    assert_safe_html(text.decode("utf-8"))
                case ".json" | ".jsonl" | ".txt":
                    assert_inert(text.decode("utf-8"))
    return kinds


TEXTS = (
    "role",
    "device",
    "resource_why",
    "page",
    "host",
    "path",
    "referrer_host",
    "category",
    "clause",
    "list",
    "entry",
)


@pytest.fixture(scope="module")
def log(office: Station, authority: str) -> Station:
    """The same with the hostile text itself in the rows."""
    texts = ", ".join(f'"{name}" = %s' for name in TEXTS)
    office.overwrite(f"UPDATE decision SET {texts}", [HOSTILE] * len(TEXTS))  # noqa: S608 - names of ours
    office.overwrite("UPDATE decision SET person = %s WHERE resource = 'unknown'", [WORSE])
    over = granted(office, "--unit", UNIT, "--sealed")
    done(office, "olga", "sealing", "request", over, "--because", HOSTILE)
    done(office, "gerda", "authority", "revoke", over, "--because", HOSTILE)
    done(office, "gerda", "authority", "tell", over, "--withhold", HOSTILE)
    done(
        office,
        "dora",
        "hold",
        "place",
        "--matter",
        HOSTILE[:60],
        "--because",
        HOSTILE,
        "--since",
        "90d",
        "--person",
        PERSON,
    )
    for tally in ("tally", "tally_person"):
        office.overwrite(f"UPDATE {tally} SET category = %s", [HOSTILE])  # noqa: S608 - names of our own
    return office


@dataclass(frozen=True)
class Shown:
    """A command that shows what is hostile, and in which forms it is to be had."""

    login: str
    arguments: Sequence[str]
    forms: str = "table json"

    @property
    def name(self) -> str:
        return " ".join(self.arguments[:2])


WHY = ("--purpose", HOSTILE)
COMMANDS_SHOWN = [
    Shown("olga", ("authority", "list")),
    Shown("gerda", ("authority", "show", "AUTHORITY")),
    Shown("olga", ("review", "search", "AUTHORITY", *WHY), "table json csv"),
    Shown("olga", ("review", "search", "AUTHORITY", *WHY, "--entry", HOSTILE, "--list", HOSTILE), "table"),
    Shown("olga", ("review", "timeline", "AUTHORITY", PERSON, *WHY), "table json csv html"),
    Shown("olga", ("review", "report", "AUTHORITY", *WHY), "table json csv html"),
    Shown("olga", ("review", "explain", "AUTHORITY", REFERENCE, *WHY)),
    Shown("stan", ("review", "statistics", *WHY, "--monthly", "--by", "category"), "table json csv html"),
    Shown("stan", ("review", "statistics", *WHY, "--by", "list"), "table csv"),
    Shown("stan", ("review", "statistics", *WHY, "--by", "unit"), "table html"),
    Shown("stan", ("review", "dip-sample", *WHY, "--since", "60d"), "table json csv"),
    Shown("iris", ("decisions", "--since", "7d")),
    Shown("dora", ("hold", "list")),
    Shown("stan", ("sealing", "list")),
    Shown("ivan", ("audit", "looks"), "table json csv"),
    Shown("ivan", ("audit", "withheld")),
]
# Those that change something are tried on the way; what is left has no text of anybody's in it.
TRIED_ELSEWHERE = {
    *("authority request", "authority grant", "authority revoke", "authority tell", "hold place"),
    *("review export", "review verify", "subject-access", "sealing request"),
}
OF_OUR_WORDS = {
    *("review serve", "review openapi", "review key", "audit verify", "audit anchor", "transparency report"),
    *("sealing make-key", "sealing check-shares", "sealing agree", "sealing refuse", "sealing take"),
    *("sealing open", "authority refuse", "hold release"),
}


def test_every_command_of_reviews_is_tried_or_has_no_text_of_somebody_elses() -> None:
    branches = {"authority", "review", "transparency", "hold", "sealing", "audit"}
    there = {
        f"{name} {inner}"
        for name, item in COMMANDS.items()
        if name in branches and isinstance(item, Branch)
        for inner in item.commands
    } | {"subject-access", "decisions"}
    tried = {shown.name if shown.name in there else shown.arguments[0] for shown in COMMANDS_SHOWN}
    assert tried | TRIED_ELSEWHERE | OF_OUR_WORDS == there


@pytest.mark.journey
@pytest.mark.parametrize("shown", COMMANDS_SHOWN, ids=lambda shown: shown.name)
def test_what_is_hostile_is_shown_and_acts_nowhere(log: Station, authority: str, shown: Shown) -> None:
    arguments = [authority if one == "AUTHORITY" else one for one in shown.arguments]
    for form in shown.forms.split():
        if form == "html":
            file = log.folder / f"{len(list(log.folder.iterdir()))}.html"
            ran = log.run(shown.login, *arguments, "--output", file.name)
            assert ran.code == 0, ran.err
            text = file.read_text("utf-8")
            assert_safe_html(text)
            assert "&lt;script&gt;" in text
            assert "{{ 7*7 }}" in text
            continue
        ran = log.run(shown.login, *arguments, *([] if form == "table" else [f"--{form}"]))
        assert ran.code == 0, ran.err
        assert_inert(ran.err)
        if form == "csv":
            assert_safe_csv(ran.out)
        elif form == "json":
            assert_safe_json(ran.out)
        else:
            assert_inert(ran.out)
            assert "[/bold]" in ran.out


@pytest.mark.journey
def test_json_gives_every_character_back(log: Station, authority: str) -> None:
    ran = log.run("olga", "review", "search", authority, "--purpose", "why", "--json")
    rows = [row for row in assert_safe_json(ran.out) if row["kind"] != "bounds"]
    (visit,) = (row for row in rows if row["kind"] == "visit")
    (other,) = (row for row in rows if row["kind"] == "other")
    assert (visit["person"], other["person"]) == (PERSON, WORSE)
    for row in rows:
        assert (row["host"], row["path"], row["entry"]) == (HOSTILE, HOSTILE, HOSTILE), "as it was recorded"
    assert visit["also"] == {
        "embedded": 1,
        "redirects": 0,
        "background": 0,
        "prefetched": 0,
        "unknown": 0,
        "refused": 1,
    }


@pytest.mark.journey
@pytest.mark.parametrize(
    ("option", "value"),
    [
        pytest.param("--list", "%", id="list"),
        pytest.param("--entry", "=1%", id="entry"),
        pytest.param("--entry", "_" * len(HOSTILE), id="as-many-of-any-character"),
        pytest.param("--category", "' OR 1=1 --", id="the-end-of-a-string"),
        pytest.param("--unit", UNIT.replace("%", "x"), id="unit"),
        pytest.param("--host", "bet%", id="host"),
    ],
)
def test_a_wildcard_that_somebody_asks_for_is_a_character(
    log: Station, authority: str, option: str, value: str
) -> None:
    ran = log.run("olga", "review", "search", authority, "--purpose", "why", option, value, "--json")
    assert_inert(ran.err)
    assert all(json.loads(line)["kind"] == "bounds" for line in ran.out.splitlines())
