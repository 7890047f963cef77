"""Which entries came and went, as a person and as a program reads it."""

import json
from pathlib import Path

import pytest

from tests.console.cli.conftest import Cli


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SLUICEGATE_CATEGORIES__SHIPPED_LISTS", "false")


def imported(cli: Cli, tmp_path: Path, *hosts: str) -> str:
    """The digest in force afterwards."""
    (tmp_path / "own.txt").write_text("\n".join(hosts) + "\n")
    ran = cli("lists", "import", "--category", "games", "--accept-size", "--json", tmp_path / "own.txt")
    return str(json.loads(ran.out)["ruleset"])


def test_entries_that_came_and_went_are_counted_and_the_first_are_shown(cli: Cli, tmp_path: Path) -> None:
    first = imported(cli, tmp_path, "old.test", "same.test")
    imported(cli, tmp_path, "same.test", *(f"new-{number}.test" for number in range(12)))
    ran = cli("lists", "diff")
    assert "own (games): 12 entries added, 1 removed" in ran.out
    assert "  - old.test" in ran.out
    assert ran.out.count("  + new-") == 10
    assert "  + and 2 more" in ran.out
    everything = cli("lists", "diff", first[:12], "--list", "own", "--all")
    assert everything.out.count("  + new-") == 12
    one = json.loads(cli("lists", "diff", "--json", "--all").out)
    assert (one["name"], one["added"], one["removed"], one["first_removed"]) == (
        "own",
        12,
        1,
        ["old.test"],
    )
    assert "no list differs" in cli("lists", "diff", first[:12], first[:12]).out


def test_what_cannot_be_compared_is_one_line(cli: Cli, tmp_path: Path) -> None:
    assert "no Ruleset is on the record yet" in cli("lists", "diff").err
    imported(cli, tmp_path, "old.test")
    imported(cli, tmp_path, "new.test")
    ran = cli("lists", "diff", "--list", "other")
    assert (ran.code, "other: no list of this name" in ran.err) == (1, True)
