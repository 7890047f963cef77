"""How often exemptions are needed, as a terminal shows it."""

import json
import sqlite3

import pytest

from console.cli.workplace import workplace
from tests.console.cli.conftest import Cli

GRANT = ("exemptions", "grant", "--purpose", "a campaign")


def test_what_stands_is_counted_and_what_ends_soon_is_marked(cli: Cli) -> None:
    cli(*GRANT, "--role", "press", "--category", "social_media", "--until", "7d")
    cli(*GRANT, "--unit", "CID", "--category", "chat", "--until", "90d")
    told = [json.loads(line) for line in cli("exemptions", "report", "--json").out.splitlines()]
    assert [(one["target"], one["uses"], one["ending"]) for one in told] == [
        ("social_media", 0, True),
        ("chat", 0, False),
    ]
    ran = cli("exemptions", "report")
    assert "ends soon" in ran.out
    assert ran.out.splitlines()[-1].startswith("2 stand; since ")
    assert "1 end soon" in ran.out.splitlines()[-1]
    assert "1 end soon" not in cli("exemptions", "report", "--soon", "1d").out
    with sqlite3.connect(workplace().state.database) as database:
        looks = database.execute("SELECT count(*) FROM access WHERE what = 'exemption uses'").fetchone()
    assert looks == (6,), "each asked, and each answered"


@pytest.mark.parametrize("option", ["--since", "--soon"])
def test_what_is_no_time_is_named(cli: Cli, option: str) -> None:
    ran = cli("exemptions", "report", option, "now and then")
    assert ran.code == 2
    assert option in ran.err
