"""The register of people, taken over from a file: looked at, done, refused."""

import json
import os
import pwd
from pathlib import Path

import pytest

from tests.console.cli.conftest import Cli

ME = pwd.getpwuid(os.getuid()).pw_name


def people(folder: Path, *lines: str) -> Path:
    path = folder / "people.csv"
    path.write_text("\n".join(("login,name,unit,roles", *lines)), "utf-8")
    return path


def logins(cli: Cli, *arguments: str) -> list[str]:
    return [
        json.loads(line)["login"] for line in cli("people", "list", *arguments, "--json").out.splitlines()
    ]


def test_a_dry_run_says_what_would_change_and_changes_nothing(cli: Cli, tmp_path: Path) -> None:
    ran = cli("people", "import", people(tmp_path, "jane,Jane Doe,CID,press"), "--dry-run")
    assert ran.code == 0
    assert "jane" in ran.out
    assert ran.out.rstrip().endswith("would be: 1 added, 0 changed, 0 left; nothing was changed")
    assert logins(cli) == []


def test_an_import_adds_changes_and_ends_and_deletes_nobody(cli: Cli, tmp_path: Path) -> None:
    first = cli("people", "import", people(tmp_path, "jane,Jane Doe,CID,press", "bob,,,"))
    assert first.out.rstrip().endswith("2 added, 0 changed, 0 left")
    second = cli("people", "import", people(tmp_path, "Jane,Jane Doe,Finance,", "new,,,"), "--json")
    told = json.loads(second.out)
    assert [one["login"] for one in told["added"]] == ["new"]
    assert told["changed"] == [
        {
            "organisation": "",
            "login": "jane",
            "before": {"unit": "CID", "roles": ["press"]},
            "after": {"unit": "Finance", "roles": []},
        }
    ]
    assert told["left"] == [{"organisation": "", "login": "bob"}]
    assert logins(cli) == ["jane", "new"]
    assert logins(cli, "--all") == ["bob", "jane", "new"]
    again = cli("people", "import", tmp_path / "people.csv")
    assert again.out.rstrip() == "0 added, 0 changed, 0 left"


def test_many_differences_are_counted(cli: Cli, tmp_path: Path) -> None:
    ran = cli("people", "import", people(tmp_path, *(f"p{number:03},,," for number in range(30))))
    assert "and 10 more; --json has all of them" in ran.out


def test_a_file_that_was_cut_off_ends_nobody(cli: Cli, tmp_path: Path) -> None:
    cli("people", "import", people(tmp_path, *(f"p{number},,," for number in range(20))))
    cut = people(tmp_path, *(f"p{number},,," for number in range(10)))
    ran = cli("people", "import", cut)
    assert ran.code == 1
    assert "10 of 20 people would have left" in ran.err
    assert len(logins(cli)) == 20
    assert cli("people", "import", cut, "--accept-leavers").code == 0
    assert len(logins(cli)) == 10


def test_nobody_changes_what_the_register_says_of_themselves(cli: Cli, tmp_path: Path) -> None:
    ran = cli("people", "import", people(tmp_path, f"{ME},,,Information Security Officer", "jane,,,"))
    assert ran.code == 0
    assert f"{ME} stayed as it was" in ran.err
    assert logins(cli) == ["jane"]


def test_who_has_a_stranger_for_a_line_manager_is_counted(cli: Cli, tmp_path: Path) -> None:
    path = tmp_path / "people.csv"
    path.write_text("login,manager\njane,bob\nbob,nobody\nsam,bob\n", "utf-8")
    assert "1 of them have a line manager who is nobody" in cli("people", "import", path).err


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        pytest.param((), 2, "give a FILE, or --ldap", id="nothing"),
        pytest.param(("people.csv", "--ldap"), 2, "give a FILE, or --ldap", id="both"),
        pytest.param(("people.csv",), 1, "it tells of nobody", id="an-empty-file"),
        pytest.param(("--ldap",), 3, "identity.ldap: servers and base", id="no-directory"),
    ],
)
def test_what_cannot_be_taken_over_is_one_line(
    cli: Cli, arguments: tuple[str, ...], code: int, says: str
) -> None:
    people(Path.cwd())
    ran = cli("people", "import", *arguments)
    assert (ran.code, ran.out) == (code, "")
    assert says in ran.err
    assert ran.err.count("\n") == 1
