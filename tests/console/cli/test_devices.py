"""Devices, from the inventory to the one that was lost."""

import json
import os
import pwd
from datetime import UTC, datetime
from pathlib import Path

import pytest

from console.cli.storage import registers_now
from console.cli.workplace import workplace
from policy.people import introduce
from policy.presence import Presence
from policy.words import Standing
from tests.console.cli.conftest import Cli

ME = pwd.getpwuid(os.getuid()).pw_name


def listed(cli: Cli) -> dict[str, str]:
    return {
        told["id"]: told["network"]
        for told in map(json.loads, cli("devices", "list", "--json").out.splitlines())
    }


def judged(address: str) -> Standing:
    people = registers_now(workplace()).people
    return introduce(None, address, people, Presence(), datetime.now(UTC)).standing


def test_devices_are_added_imported_and_listed(cli: Cli, tmp_path: Path) -> None:
    assert cli("devices", "add", "LAP-1", "10.1.2.3/32", "--person", "Jane").out.startswith("1 devices")
    path = tmp_path / "devices.csv"
    path.write_text("id,network,unit\nLAN,10.4.0.0/16,CID\n", "utf-8")
    assert json.loads(cli("devices", "import", path, "--json").out) == {"entered": 1, "own": []}
    assert listed(cli) == {"LAN": "10.4.0.0/16", "LAP-1": "10.1.2.3"}, "others stay"
    assert "10.4.0.0/16" in cli("devices", "list").out


def test_a_device_that_is_lost_is_refused_until_it_is_found(cli: Cli) -> None:
    cli("devices", "add", "LAP-1", "10.1.2.3")
    assert judged("10.1.2.3") is Standing.GOOD
    assert (
        cli("devices", "disable", "LAP-1", "--because", "lost on a train").out
        == "LAP-1: refused from now on\n"
    )
    assert judged("10.1.2.3") is Standing.DEVICE_DISABLED
    assert "lost on a train" in cli("devices", "list").out
    found = json.loads(cli("devices", "enable", "LAP-1", "--because", "found", "--json").out)
    assert found["disabled"] is None
    assert judged("10.1.2.3") is Standing.GOOD


def test_a_device_that_several_may_use_says_until_when(cli: Cli) -> None:
    cli("devices", "add", "KIOSK-2", "10.1.2.3")
    terms = ("--reference", "OPS-1", "--because", "front desk", "--until")
    cli("people", "share", "--device", "KIOSK-2", *terms, "2099-01-01T00:00:00+00:00")
    told = json.loads(cli("devices", "list", "--json").out)
    assert told["shared_until"] == "2099-01-01T00:00:00+00:00"
    assert "2099-01-01" in cli("devices", "list").out


def test_nobody_changes_a_device_of_their_own(cli: Cli, tmp_path: Path) -> None:
    ran = cli("devices", "add", "LAP-1", "10.1.2.3", "--person", ME)
    assert (ran.code, ran.out) == (1, "")
    path = tmp_path / "devices.csv"
    path.write_text(f"id,network,person\nLAP-1,10.1.2.3,{ME}\nLAP-2,10.1.2.4,jane\n", "utf-8")
    assert "LAP-1 stayed as they were" in cli("devices", "import", path).err
    assert listed(cli) == {"LAP-2": "10.1.2.4"}


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        pytest.param(("add", "LAP 1", "10.1.2.3"), 2, "no name of a device", id="bad-name"),
        pytest.param(("add", "LAP-1", "10.1.2.3/8"), 2, "no address and no network", id="bad-network"),
        pytest.param(("add", "LAP-1", "10.1.2.3", "--person", "a:b"), 2, "cannot be a login", id="bad-login"),
        pytest.param(("disable", "LAP-9", "--because", "x"), 1, "there is no device", id="nobodys"),
    ],
)
def test_what_is_no_device_is_one_line(cli: Cli, arguments: tuple[str, ...], code: int, says: str) -> None:
    ran = cli("devices", *arguments)
    assert (ran.code, ran.out) == (code, "")
    assert says in ran.err
    assert ran.err.count("\n") == 1


def test_two_devices_cannot_have_one_address(cli: Cli) -> None:
    cli("devices", "add", "LAP-1", "10.1.2.3")
    assert cli("devices", "add", "LAP-2", "10.1.2.3").code == 1
    assert listed(cli) == {"LAP-1": "10.1.2.3"}
