"""Who is in the register, as a terminal shows it."""

import json
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from console.cli.people.register import standing
from db.person_rows import Disabled, PersonEntry, RegisteredPerson
from policy.words import Standing
from tests.console.cli.conftest import Cli

NOW = datetime.now(UTC)


@pytest.fixture
def filled(cli: Cli, tmp_path: Path) -> Cli:
    path = tmp_path / "people.csv"
    path.write_text(
        "login,name,unit,manager,roles\njane,Jane [/bold] Doe,CID,bob,press;licensing\nbob,,Finance,,press\n",
        "utf-8",
    )
    assert cli("people", "import", path).code == 0
    return cli


@pytest.mark.parametrize(
    ("arguments", "found"),
    [
        pytest.param((), ["bob", "jane"], id="everybody"),
        pytest.param(("--unit", "CID"), ["jane"], id="of-a-unit"),
        pytest.param(("--role", "press"), ["bob", "jane"], id="with-a-role"),
        pytest.param(("--role", "licensing", "--unit", "Finance"), [], id="both"),
    ],
)
def test_people_are_listed_by_unit_and_role(
    filled: Cli, arguments: tuple[str, ...], found: list[str]
) -> None:
    told = [json.loads(line) for line in filled("people", "list", *arguments, "--json").out.splitlines()]
    assert [one["login"] for one in told] == found
    ran = filled("people", "list", *arguments)
    assert ran.out.rstrip().endswith(f"{len(found)} people")


def test_one_person_is_shown_with_roles_devices_and_shared_use(filled: Cli) -> None:
    filled("devices", "add", "LAP-1", "10.1.2.3", "--person", "Jane")
    filled(
        *("people", "share", "jane", "--reference", "OPS-17", "--until", "+4h"),
        *("--because", "control room without its own logins"),
    )
    ran = filled("people", "show", "JANE")
    assert ran.code == 0
    assert "Jane [/bold] Doe" in ran.out
    assert re.search(r"^role +press, until ", ran.out, re.MULTILINE)
    assert "LAP-1 (10.1.2.3)" in ran.out
    assert "on the authority of OPS-17: control room" in ran.out
    told = json.loads(filled("people", "show", "jane", "--json").out)
    assert (told["manager"], told["devices"], told["standing"]) == ("bob", ["LAP-1"], "good")
    assert told["shared"][0]["reference"] == "OPS-17"


@pytest.mark.parametrize("arguments", [("nobody",), ("jane", "--organisation", "Kent")])
def test_who_is_not_in_the_register_cannot_be_shown(filled: Cli, arguments: tuple[str, ...]) -> None:
    ran = filled("people", "show", *arguments)
    assert ran.code == 1
    assert "is not in the register" in ran.err


def test_who_has_not_been_seen_is_told_and_that_it_was_asked_is_recorded(filled: Cli) -> None:
    # Somebody who has just been entered has had no time to be seen.
    assert json.loads(filled("people", "unused", "--since", "2099-01-01", "--json").out.splitlines()[0])
    ran = filled("people", "unused")
    assert ran.out.splitlines()[-1].startswith("0 people not seen since ")
    assert "names nobody" in ran.err


@pytest.mark.parametrize(
    ("ends", "disabled", "found"),
    [
        (None, None, Standing.GOOD),
        (NOW + timedelta(seconds=1), None, Standing.GOOD),
        (NOW, None, Standing.ENDED),
        (NOW, Disabled(NOW, "b", "x"), Standing.DISABLED),
    ],
)
def test_an_end_is_the_first_instant_on_which_somebody_is_refused(
    ends: datetime | None, disabled: Disabled | None, found: Standing
) -> None:
    assert standing(RegisteredPerson(PersonEntry("", "jane", ends=ends), (), disabled, NOW), NOW) is found
