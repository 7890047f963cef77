"""Verifying and anchoring: exit codes that a timer can go by, and lines that can be kept anywhere."""

import json
import sqlite3
from pathlib import Path

import pytest

from tests.console.cli.conftest import Cli


@pytest.fixture
def changed(cli: Cli) -> Cli:
    """Something that is linked."""
    assert cli("lists", "block", "bad.test", "--because", "why").code == 0
    return cli


def alter(tmp_path: Path, statement: str) -> None:
    """What whoever has the file can do."""
    with sqlite3.connect(tmp_path / "state" / "sluicegate.sqlite") as database:
        for (trigger,) in database.execute(
            "SELECT name FROM sqlite_master WHERE type = 'trigger'"
        ).fetchall():
            database.execute(f"DROP TRIGGER {trigger}")
        database.execute(statement)


def test_a_log_that_nobody_touched_is_whole(changed: Cli) -> None:
    ran = changed("audit", "verify")
    assert ran.code == 0
    assert "links of the chain" in ran.out
    assert "--anchors" in ran.err
    found = json.loads(changed("audit", "verify", "--json").out)
    assert (found["findings"], found["disposals"]) == ([], [])
    assert found["links"] >= 1


def test_what_was_altered_is_named_and_ends_in_1(changed: Cli, tmp_path: Path) -> None:
    alter(tmp_path, "UPDATE change SET because = 'another'")
    ran = changed("audit", "verify")
    assert ran.code == 1
    assert "altered since it was linked" in ran.out
    assert "not as it was written" in ran.err
    assert ran.err.splitlines()[-1].startswith("sluicegate: ")


def test_anchors_are_added_to_a_file_as_long_as_those_in_it_hold(changed: Cli, tmp_path: Path) -> None:
    kept = tmp_path / "anchors.txt"
    first = changed("audit", "anchor", "--append", kept)
    changed("lists", "block", "worse.test", "--because", "why")
    second = changed("audit", "anchor", "--append", kept)
    assert kept.read_text() == first.out + second.out
    assert changed("audit", "verify", "--anchors", kept).code == 0
    assert changed("audit", "verify", "--anchors", "-", stdin=kept.read_bytes()).code == 0
    alter(tmp_path, "DELETE FROM chain WHERE position > 1")
    ran = changed("audit", "anchor", "--append", kept)
    assert (ran.code, ran.out) == (1, "")
    assert kept.read_text() == first.out + second.out
    assert changed("audit", "verify", "--anchors", kept).code == 1


def test_what_is_no_file_of_anchors_is_refused(changed: Cli, tmp_path: Path) -> None:
    (tmp_path / "anchors.txt").write_bytes(b"\x1b[2J \xff")
    ran = changed("audit", "verify", "--anchors", tmp_path / "anchors.txt")
    assert (ran.code, ran.out) == (1, "")
    assert "line 1: this is no anchor" in ran.err
    assert changed("audit", "verify", "--anchors", tmp_path / "missing").code == 4


def test_where_nothing_is_linked_there_is_nothing_to_anchor(cli: Cli) -> None:
    cli("db", "upgrade")
    ran = cli("audit", "anchor")
    assert ran.code == 1
    assert "nothing is linked yet" in ran.err
