"""What an operator is told about hosts whose clients turn our certificate away."""

import json
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from addons.never_decrypt import read_never_decrypt
from addons.tls_table import Turned, write_table
from console.cli.tls_hosts import advice, entry_lines, is_suggested
from tests.console.cli.conftest import Cli

TODAY = date(2026, 5, 4)


@pytest.mark.parametrize(
    ("turned", "suggested"),
    [
        pytest.param(Turned(refused=3), True, id="refused-and-never-used"),
        pytest.param(Turned(left=3), True, id="left-and-never-used"),
        pytest.param(Turned(refused=2), False, id="too-seldom"),
        pytest.param(Turned(refused=90, used=1), False, id="used-all-the-same"),
    ],
)
def test_a_line_is_suggested_where_everything_points_to_pinning(turned: Turned, suggested: bool) -> None:
    assert is_suggested(turned) is suggested
    lines = list(advice({"api.test": turned}, TODAY))
    assert ('host = "api.test"' in lines) is suggested


def test_where_others_use_it_the_device_is_to_blame_and_not_the_host() -> None:
    lines = "\n".join(advice({"www.test": Turned(refused=40, used=3)}, TODAY))
    assert "ca rollout" in lines
    assert "[[entry]]" not in lines


def test_the_lines_are_an_entry_that_the_gateway_reads(tmp_path: Path) -> None:
    (tmp_path / "never.toml").write_text("\n".join(entry_lines("api.pinned.test", TODAY)))
    read = read_never_decrypt(tmp_path / "never.toml")
    assert read.covers("api.pinned.test")
    assert list(read.overdue(date(2026, 11, 1))) == []
    assert len(list(read.overdue(date(2026, 12, 1)))) == 1


def test_the_command_shows_what_all_workers_noticed(cli: Cli, tmp_path: Path) -> None:
    run = tmp_path / "state" / "run"
    run.mkdir(parents=True)
    today = datetime.now(UTC).date().isoformat()
    assert "no client has turned" in cli("status", "--tls").out
    write_table(run / "tls-0.json", {"api.test": Turned(2, 0, 0, today), "www.test": Turned(1, 0, 9, today)})
    write_table(run / "tls-1.json", {"api.test": Turned(1, 1, 0, today)})
    ran = cli("status", "--tls")
    assert ran.code == 0
    assert "api.test" in ran.out
    assert "[[entry]]" in ran.out
    found = [json.loads(line) for line in cli("status", "--tls", "--json").out.splitlines()]
    assert found[0] == {
        "host": "api.test",
        "refused": 3,
        "left": 1,
        "used": 0,
        "last": today,
        "suggested": True,
    }
    assert [one["host"] for one in found] == ["api.test", "www.test"]
