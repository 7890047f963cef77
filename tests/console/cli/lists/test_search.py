"""`lists search` as it is called."""

import json
from pathlib import Path

import pytest

from tests.console.cli.conftest import Cli

OWN = """# sluicegate-list: 1
bet.test
www.bet.test
example.org/casino
keyword:my-casino
"""


def test_what_is_looked_for_is_told_with_its_list_and_line(cli: Cli, state: Path, tmp_path: Path) -> None:
    (tmp_path / "own.txt").write_text(OWN)
    assert cli("lists", "import", "--category", "gambling", tmp_path / "own.txt").code == 0

    ran = cli("lists", "search", "WWW.bet.test")
    assert (ran.code, ran.err) == (0, "")
    rows = [line.split() for line in ran.out.splitlines() if "bet.test" in line]
    assert [row[:5] for row in rows] == [
        ["own", "gambling", "2", "host", "bet.test"],
        ["own", "gambling", "3", "host", "www.bet.test"],
    ]
    assert "not known" not in ran.out

    below = cli("lists", "search", "bet.test").out
    assert "Below it: 1 entries:" in below
    assert "www.bet.test" in below

    told = json.loads(cli("lists", "search", "bet.test", "--json").out)
    assert told.keys() == {"term", "ruleset", "covering", "below", "below_count", "counted_all"}
    (covering,) = told["covering"]
    assert covering["hit"] == {
        "list": "own",
        "category": "gambling",
        "line": 2,
        "kind": "host",
        "entry": "bet.test",
    }
    assert covering["since"].keys() == {"at", "exact"}
    assert [hit["entry"] for hit in told["below"]] == ["www.bet.test"]

    told = json.loads(cli("lists", "search", "My-Casino", "--json").out)
    assert told["lists"] == [
        {
            "list": "own",
            "category": "gambling",
            "count": 1,
            "lines": [{"number": 5, "text": "keyword:my-casino"}],
        }
    ]
    assert "keyword:my-casino" in cli("lists", "search", "my-casino").out


def test_what_no_list_has_is_said(cli: Cli, state: Path) -> None:
    ran = cli("lists", "search", "https://nowhere.test/a")
    assert (ran.code, ran.out) == (0, "nowhere.test/a: no list in force covers it\n")
    assert cli("lists", "search", "zzzzqqqq").out == "No list in force has it.\n"


@pytest.mark.parametrize("term", ["", "ab", "x" * 300])
def test_a_term_of_no_use_is_refused(cli: Cli, state: Path, term: str) -> None:
    ran = cli("lists", "search", term)
    assert ran.code == 1
    assert "give a host, a URL, or 3 to 200 characters" in ran.err
