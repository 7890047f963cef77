"""`review search`, as somebody calls it."""

import csv
import io
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from console.cli.review.search import pages
from policy.review.question import Question
from policy.words import Resource, ReviewerRole, Verdict
from tests.console.cli.conftest import Cli, SitDown
from tests.console.cli.review.fake import World
from tests.reviewed import reviewed

PURPOSE = ("--purpose", "the complaint")


@pytest.fixture(autouse=True)
def decided(world: World) -> None:
    """Three visits of alice's of the last days, a piece of a page, and one of bob's."""
    now = datetime.now(UTC)
    for days, host in ((1, "bet.test"), (2, "www.bet.test"), (3, "notbet.test")):
        world.decisions.append(
            reviewed(
                at=now - timedelta(days=days), host=host, page=f"https://{host}", reference=f"0000000{days}"
            )
        )
    world.decisions += [
        reviewed(at=now - timedelta(days=4), host="ads.test", resource=Resource.EMBEDDED, page=None),
        reviewed(at=now - timedelta(days=1), person="bob", host="secret.test"),
    ]


def hosts(out: str) -> list[str]:
    return [json.loads(line)["host"] for line in out.splitlines() if json.loads(line)["kind"] != "bounds"]


def test_the_decisions_of_an_authority_are_shown_newest_first(cli: Cli, authority: str, world: World) -> None:
    ran = cli("review", "search", authority, *PURPOSE, "--json")
    assert ran.code == 0
    assert hosts(ran.out) == ["bet.test", "www.bet.test", "notbet.test", "ads.test"]
    assert json.loads(ran.out.splitlines()[0])["authority"] == authority
    assert world.looks == [("olga", "review search", "the complaint")]


def test_a_reference_is_taken_as_somebody_reads_it_out(cli: Cli, authority: str) -> None:
    typed = f"{authority[:4]}-{authority[4:]}".lower()
    assert cli("review", "search", typed, *PURPOSE).code == 0


@pytest.mark.parametrize(
    ("arguments", "found"),
    [
        pytest.param(("--host", "bet.test"), ["bet.test", "www.bet.test"], id="a-host-and-what-is-below-it"),
        pytest.param(("--visits",), ["bet.test", "www.bet.test", "notbet.test"], id="visits"),
        pytest.param(("--reference", "0000-0002"), ["www.bet.test"], id="a-reference"),
        pytest.param(("--verdict", "allow"), [], id="a-verdict"),
        pytest.param(("--since", "36h"), ["bet.test"], id="a-time"),
    ],
)
def test_a_question_narrows_what_is_shown(
    cli: Cli, authority: str, arguments: tuple[str, ...], found: list[str]
) -> None:
    assert hosts(cli("review", "search", authority, *PURPOSE, *arguments, "--json").out) == found


def test_the_table_says_within_what_it_was_read_and_what_it_cannot_show(cli: Cli, authority: str) -> None:
    out = cli("review", "search", authority, *PURPOSE).out
    assert f"Authority:      {authority[:4]}-{authority[4:]}" in out
    assert "Visits, pages that a browser was told to open: 3" in out
    assert "none of which shows that anybody went there: 1" in out
    assert "0000-0001" in out
    assert "secret.test" not in out
    assert "a login on a row is where an inquiry begins" in out


def test_the_next_page_begins_where_this_one_ended(cli: Cli, authority: str) -> None:
    first = cli("review", "search", authority, *PURPOSE, "--rows", "2", "--json")
    place = first.err.split("--after ")[1].split()[0]
    rest = cli("review", "search", authority, *PURPOSE, "--after", place, "--json")
    assert hosts(first.out) + hosts(rest.out) == ["bet.test", "www.bet.test", "notbet.test", "ads.test"]
    assert rest.err == ""


def test_more_than_one_page_is_asked_for_in_parts(world: World, sit_down: SitDown, authority: str) -> None:
    now = datetime.now(UTC)
    world.decisions += [
        reviewed(at=now - timedelta(hours=1, seconds=second), page=None, resource=Resource.UNKNOWN)
        for second in range(250)
    ]
    review = sit_down("olga", ReviewerRole.PROFESSIONAL_STANDARDS)
    parts = list(pages(review, Question(authority, "why"), 230, None))
    assert [part.answer.rows for part in parts] == [200, 30]
    assert len(world.looks) == 2


def test_csv_is_read_by_a_spreadsheet(cli: Cli, authority: str) -> None:
    out = cli("review", "search", authority, *PURPOSE, "--csv").out
    rows = list(csv.DictReader(io.StringIO(out.removeprefix("\ufeff"), newline="")))
    assert [row["host"] for row in rows] == ["bet.test", "www.bet.test", "notbet.test", "ads.test"]


def test_a_file_is_for_its_owner_alone(cli: Cli, authority: str, tmp_path: Path) -> None:
    file = tmp_path / "rows.csv"
    ran = cli("review", "search", authority, *PURPOSE, "--output", file)
    assert (ran.code, ran.out) == (0, "")
    assert file.stat().st_mode & 0o077 == 0
    again = cli("review", "search", authority, *PURPOSE, "--output", file)
    assert again.code == 1
    assert "there is a file already" in again.err


def test_nobody_looks_for_nothing(cli: Cli, authority: str, world: World, tmp_path: Path) -> None:
    """What cannot be written, or was typed wrongly, is found out before the question is asked."""
    for arguments in (
        ("--output", tmp_path / "rows.txt"),
        ("--since", "x"),
        ("--after", "x"),
        ("--rows", "0"),
    ):
        assert cli("review", "search", authority, *PURPOSE, *arguments).code == 2
    assert world.looks == []


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("--person", "bob"), "does not name bob"),
        (("--person", "olga"), "nobody looks at what is recorded about themselves"),
        (("--since", "2020-01-01"), "ask within it"),
    ],
)
def test_what_is_outside_the_authority_is_refused_with_the_reason(
    cli: Cli, authority: str, arguments: tuple[str, ...], says: str
) -> None:
    ran = cli("review", "search", authority, *PURPOSE, *arguments)
    assert (ran.code, ran.out) == (1, "")
    assert says in ran.err


def test_whoever_granted_it_does_not_look_within_it(cli: Cli, authority: str, sit_down: SitDown) -> None:
    sit_down("gerda", ReviewerRole.PROFESSIONAL_STANDARDS)
    ran = cli("review", "search", authority, *PURPOSE)
    assert ran.code == 1
    assert "granted" in ran.err


def test_verdicts_are_the_words_of_the_log(cli: Cli, authority: str) -> None:
    assert cli("review", "search", authority, *PURPOSE, "--verdict", "denied").code == 2
    assert hosts(cli("review", "search", authority, *PURPOSE, "--verdict", Verdict.BLOCK, "--json").out)
