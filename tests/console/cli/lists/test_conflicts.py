"""`lists conflicts` as it is called."""

import json
from pathlib import Path

from tests.console.cli.conftest import Cli

CONFLICT = "gambling (block), advertising_tracking (allow)"


def test_hosts_in_categories_with_different_actions_are_counted(
    cli: Cli, state: Path, tmp_path: Path
) -> None:
    before = cli("lists", "conflicts")
    assert (before.code, before.err) == (0, "")
    assert before.out.startswith("The lists in force do not disagree about any much visited site.\n")
    assert CONFLICT not in before.out
    (tmp_path / "own.txt").write_text("bet365.com\npaddypower.com\nads.test\n")
    assert cli("lists", "import", "--category", "advertising_tracking", tmp_path / "own.txt").code == 0
    (row,) = [line for line in cli("lists", "conflicts").out.splitlines() if CONFLICT in line]
    assert row.strip().removeprefix(CONFLICT).split() in (
        ["2", "bet365.com,", "paddypower.com"],
        ["2", "paddypower.com,", "bet365.com"],
    )
    told = json.loads(cli("lists", "conflicts", "--json").out)
    assert told.keys() == {"ruleset", "visited", "between"}
    assert {"categories", "hosts", "examples"} == told["between"][0].keys()
