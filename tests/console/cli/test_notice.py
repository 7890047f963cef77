"""The notice as people read it."""

import json
import sqlite3
from pathlib import Path

import pytest

from console.cli.storage import open_store
from console.cli.workplace import workplace
from db.presence import PresenceStore
from policy.document import SHIPPED
from policy.words import PersonHow
from tests.console.cli.conftest import Cli


def test_the_notice_is_shown_as_people_read_it(cli: Cli) -> None:
    ran = cli("notice", "show")
    assert ran.code == 0
    assert ran.out.startswith("Version 2; ")
    assert "What is recorded\n" in ran.out
    assert "{" not in ran.out, "every setting is filled in"
    told = json.loads(cli("notice", "show", "--json").out)
    assert told["version"] == "2"
    assert told["rights"]


def test_a_policy_without_a_notice_says_what_follows(
    cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = SHIPPED.read_text("utf-8")
    begins, ends = text.index("[notice]"), text.index("\n[", text.index("[notice.text]"))
    (tmp_path / "policy.toml").write_text(text[:begins] + text[ends:], "utf-8")
    monkeypatch.setenv("SLUICEGATE_POLICY_FILE", str(tmp_path / "policy.toml"))
    ran = cli("notice", "show")
    assert ran.code == 1
    assert "nobody is named in the log" in ran.err


@pytest.fixture
def readers(cli: Cli, tmp_path: Path) -> Cli:
    lines = [f"p{number:02},{'CID' if number < 15 else 'Finance'}" for number in range(18)]
    (tmp_path / "people.csv").write_text("\n".join(["login,unit", *lines]), "utf-8")
    assert cli("people", "import", tmp_path / "people.csv").code == 0
    store = open_store(PresenceStore, workplace())
    for number in range(12):
        store.acknowledge("", f"p{number:02}", "2" if number else "1", how=PersonHow.BASIC, policy="p")
    return cli


def test_the_report_has_numbers_of_units_and_no_small_ones(readers: Cli) -> None:
    told = [json.loads(line) for line in readers("notice", "report", "--json").out.splitlines()]
    assert told == [
        {"version": "2", "units": ["CID", "Finance"], "people": 18, "current": 11, "earlier": 1, "none": 6}
    ]
    ran = readers("notice", "report")
    assert "p00" not in ran.out
    assert ran.out.rstrip().endswith("11 of 18 people have read version 2")


def test_names_are_told_where_they_are_asked_for_and_the_look_is_recorded(readers: Cli) -> None:
    told = [json.loads(line) for line in readers("notice", "report", "--names", "--json").out.splitlines()]
    assert [one["login"] for one in told] == ["p00", *(f"p{number}" for number in range(12, 18))]
    assert told[0]["version"] == "1"
    ran = readers("notice", "report", "--names")
    assert ran.out.rstrip().endswith("7 people have not read version 2")
    assert "p17" in ran.out
    with sqlite3.connect(workplace().state.database) as database:
        looks = database.execute("SELECT count(*) FROM access WHERE what = 'notice unread'").fetchone()
    assert looks == (4,), "each asked, and each answered"


def test_of_a_few_people_no_numbers_are_shown(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "people.csv").write_text("login\njane\n", "utf-8")
    cli("people", "import", tmp_path / "people.csv")
    assert "fewer than 10 people" in cli("notice", "report").out
