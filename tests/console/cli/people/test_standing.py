"""Who is refused from this moment on, and what holds of them."""

import json
import os
import pwd
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from console.cli.storage import registers_now
from console.cli.workplace import workplace
from policy.people import Claim, introduce
from policy.presence import Presence
from policy.words import PersonHow, Standing
from tests.console.cli.conftest import Cli

ME = pwd.getpwuid(os.getuid()).pw_name


@pytest.fixture
def jane(cli: Cli, tmp_path: Path) -> Cli:
    path = tmp_path / "people.csv"
    path.write_text("login,roles\njane,press\nbob,\n", "utf-8")
    assert cli("people", "import", path).code == 0
    return cli


def judged(login: str) -> Standing:
    """What the gateway goes by."""
    people = registers_now(workplace()).people
    claim = Claim(login, PersonHow.BASIC)
    return introduce(claim, None, people, Presence(), datetime.now(UTC)).standing


def test_who_is_disabled_is_refused_until_they_are_enabled(jane: Cli) -> None:
    assert judged("jane") is Standing.GOOD
    ran = jane("people", "disable", "Jane", "--because", "left today")
    assert (ran.code, ran.out) == (0, "jane: refused from now on\n")
    assert judged("jane") is Standing.DISABLED
    assert "left today" in jane("people", "show", "jane").out
    assert jane("people", "disable", "jane", "--because", "x").code == 1
    assert json.loads(jane("people", "enable", "jane", "--because", "back", "--json").out) == {
        "login": "jane",
        "disabled": False,
    }
    assert judged("jane") is Standing.GOOD


def test_an_import_does_not_enable_who_is_disabled(jane: Cli, tmp_path: Path) -> None:
    jane("people", "disable", "jane", "--because", "left today")
    (tmp_path / "people.csv").write_text("login,unit\njane,CID\nbob,\n", "utf-8")
    assert jane("people", "import", tmp_path / "people.csv").code == 0
    assert judged("jane") is Standing.DISABLED


def test_a_role_is_confirmed_for_a_while(jane: Cli) -> None:
    def until() -> datetime:
        (role,) = json.loads(jane("people", "show", "jane", "--json").out)["roles"]
        return datetime.fromisoformat(role["until"])

    usual = until()
    assert abs(usual - datetime.now(UTC) - timedelta(days=180)) < timedelta(hours=1)
    ran = jane("people", "confirm-role", "jane", "press", "--until", "30d")
    assert ran.out.startswith("jane has the role press until ")
    assert until() < usual
    told = json.loads(jane("people", "confirm-role", "jane", "press", "--json").out)
    assert datetime.fromisoformat(told["until"]) == until() >= usual


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        pytest.param(("disable", "nobody", "--because", "x"), 1, "is not in the register", id="nobody"),
        pytest.param(("disable", "jane"), 2, "--because", id="no-reason"),
        pytest.param(("disable", "jane", "--because", " "), 1, "reason is empty", id="an-empty-reason"),
        pytest.param(("enable", "jane", "--because", "x"), 1, "not disabled", id="not-disabled"),
        pytest.param(("confirm-role", "jane", "king"), 1, "does not have the role", id="no-such-role"),
        pytest.param(("confirm-role", ME, "press"), 1, "themselves", id="ones-own"),
        pytest.param(
            ("share", "--reference", "R", "--because", "x", "--until", "1h"),
            1,
            "name it",
            id="nothing-shared",
        ),
        pytest.param(
            ("share", "jane", "--reference", "R", "--because", "x", "--until", "2020-01-01"), 1, "", id="over"
        ),
    ],
)
def test_what_cannot_be_is_one_line(jane: Cli, arguments: tuple[str, ...], code: int, says: str) -> None:
    ran = jane("people", *arguments)
    assert (ran.code, ran.out) == (code, "")
    assert says in ran.err
    assert ran.err.count("\n") == 1


def test_a_device_may_be_shared_and_not_its_person_too(jane: Cli) -> None:
    terms = ("--reference", "OPS-1", "--because", "front desk", "--until", "90d")
    told = json.loads(jane("people", "share", "--device", "KIOSK-2", *terms, "--json").out)
    assert (told["device"], told["person"]) == ("KIOSK-2", None)
    assert jane("people", "share", "jane", "--device", "KIOSK-2", *terms).code == 1
