"""What an auditor is shown of others' looks."""

import csv
import io
import json
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from db.review.accesses import Looked
from policy.words import ReviewerRole
from tests.console.cli.conftest import Cli, SitDown
from tests.console.cli.review.fake import World


def look(number: int, actor: str = "olga", **changes: object) -> Looked:
    values: dict[str, object] = {
        "id": UUID(int=number),
        "at": datetime.now(UTC) - timedelta(hours=number),
        "actor": actor,
        "organisation": "",
        "authority": "K7QF2M9T",
        "what": "review search",
        "question": {"host": "bet.test"},
        "purpose": "the complaint",
        "scope": None,
        "via": "service",
        "rows_seen": 3,
        "result": "shown",
    }
    return Looked(**{**values, **changes})  # type: ignore[arg-type]  # any field, of any type


@pytest.fixture(autouse=True)
def auditor(world: World, sit_down: SitDown) -> None:
    """Three looks; at the terminal is who audits them."""
    world.looked += [look(1), look(2, "mona"), look(3, result="refused: outside", rows_seen=None)]
    sit_down("ivan", ReviewerRole.AUDITOR)


def actors(out: str) -> list[str]:
    return [json.loads(line)["actor"] for line in out.splitlines()]


def test_looks_are_shown_newest_first_with_purpose_and_result(cli: Cli) -> None:
    assert actors(cli("audit", "looks", "--json").out) == ["olga", "mona", "olga"]
    out = cli("audit", "looks").out
    for wanted in ("K7QF-2M9T", "the complaint", "refused: outside", '{"host":"bet.test"}', "service"):
        assert wanted in out


@pytest.mark.parametrize(
    ("arguments", "found"),
    [
        (("--actor", "Mona"), ["mona"]),
        (("--authority", "0000-0000"), []),
        (("--since", "90m"), ["olga"]),
        (("--until", "150m"), ["olga"]),
    ],
)
def test_they_are_narrowed(cli: Cli, arguments: tuple[str, str], found: list[str]) -> None:
    assert actors(cli("audit", "looks", *arguments, "--json").out) == found


def test_they_come_a_page_after_the_other(cli: Cli, world: World) -> None:
    first = cli("audit", "looks", "--rows", "2", "--json")
    place = first.err.split("--after ")[1].split()[0]
    assert actors(first.out) + actors(cli("audit", "looks", "--after", place, "--json").out) == [
        *("olga", "mona", "olga")
    ]
    world.looked += [look(4, what=f"look {number}", id=UUID(int=100 + number)) for number in range(250)]
    assert len(actors(cli("audit", "looks", "--rows", "230", "--json").out)) == 230


def test_what_somebody_asked_for_is_safe_in_a_spreadsheet(cli: Cli, world: World) -> None:
    world.looked[0] = look(1, purpose="=1+1", actor="\u202eolga")
    text = cli("audit", "looks", "--csv").out.removeprefix("\ufeff")
    (row, *_) = csv.DictReader(io.StringIO(text, newline=""))
    assert (row["purpose"], row["who"]) == ("'=1+1", "\\u202eolga")


def test_who_has_not_been_told_is_listed_with_the_reason(cli: Cli, authority: str, sit_down: SitDown) -> None:
    sit_down("ivan", ReviewerRole.AUDITOR).authorities.tell(authority, "an inquiry is open")
    assert "an inquiry is open" in cli("audit", "withheld").out
    assert json.loads(cli("audit", "withheld", "--json").out)["authority"] == authority


def test_nobody_else_is_shown_them(cli: Cli, sit_down: SitDown) -> None:
    sit_down("olga", ReviewerRole.PROFESSIONAL_STANDARDS)
    for command in ("looks", "withheld"):
        ran = cli("audit", command)
        assert (ran.code, ran.out) == (1, "")
