"""The packet filter's rules: nft reads them, they lead to the port we listen on, and every one says why."""

import os
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from addons.settings import GatewaySettings, split_address
from tests.journeys.harness.namespaces import Namespace, needs_root

FOLDER = Path(__file__).parents[2] / "deploy" / "nftables"
RULES = FOLDER / "sluicegate.nft"
NETWORKS = FOLDER / "networks.nft"


@pytest.fixture
def machine() -> Iterator[Namespace]:
    """One without any rule."""
    needs_root()
    namespace = Namespace(f"sluicegate-{os.getpid()}-rules")
    subprocess.run(["ip", "netns", "add", namespace.name], check=True, timeout=20)
    yield namespace
    subprocess.run(["ip", "netns", "del", namespace.name], check=True, timeout=20)


def listed(machine: Namespace, *what: str) -> str:
    return machine.run("nft", "list", *what).stdout


def test_nft_finds_nothing_wrong_with_them(machine: Namespace) -> None:
    machine.run("nft", "-c", "-f", str(RULES))
    assert listed(machine, "ruleset") == "", "checking changes nothing"


def test_the_example_fills_every_set_but_the_emergency_s(machine: Namespace) -> None:
    machine.run("nft", "-f", str(RULES))
    machine.run("nft", "-f", str(NETWORKS))
    sets = re.findall(r"set (\w+) \{(.*?)\n\t\}", listed(machine, "table", "inet", "sluicegate"), re.DOTALL)
    assert {name for name, body in sets if "elements" not in body} == {"emergency4", "emergency6"}
    assert len(sets) == 8


def test_loading_them_again_leaves_one_table_and_what_others_made(machine: Namespace) -> None:
    machine.run("nft", "add", "table", "inet", "another")
    machine.run("nft", "-f", str(RULES))
    before = listed(machine, "ruleset")
    machine.run("nft", "-f", str(RULES))
    assert listed(machine, "ruleset") == before
    assert "table inet another" in before


def test_an_emergency_ends_by_itself_and_takes_no_network_with_it(machine: Namespace) -> None:
    """Everything for a second, over what is named for good: both stand apart."""
    machine.run("nft", "-f", str(RULES))
    machine.run("nft", "-f", str(NETWORKS))
    bypass = listed(machine, "set", "inet", "sluicegate", "bypass4")
    machine.run("nft", "add", "element", "inet", "sluicegate", "emergency4", "{ 0.0.0.0/0 timeout 1s }")
    assert "0.0.0.0/0" in listed(machine, "set", "inet", "sluicegate", "emergency4")
    machine.run("sleep", "1.2")
    assert "elements" not in listed(machine, "set", "inet", "sluicegate", "emergency4")
    assert listed(machine, "set", "inet", "sluicegate", "bypass4") == bypass


def test_they_lead_to_the_port_that_the_gateway_listens_on() -> None:
    ports = {int(port) for port in re.findall(r"redirect to :(\d+)", RULES.read_text("utf-8"))}
    assert ports == {split_address(text)[1] for text in GatewaySettings().transparent_listen}


@pytest.mark.parametrize("path", [RULES, NETWORKS], ids=lambda path: path.name)
def test_every_line_stands_under_its_reason(path: Path) -> None:
    """IPv4 and IPv6 share one."""
    reasoned, lines = False, 0
    for line in map(str.strip, path.read_text("utf-8").splitlines()):
        if line.startswith("#"):
            reasoned = True
        elif not line:
            reasoned = False
        elif line not in {"}"} and not line.startswith(("type ", "table ", "delete ")):
            lines += 1
            assert reasoned, line
    assert lines >= 6


def test_what_holds_for_ipv4_holds_for_ipv6() -> None:
    rules = [line.strip() for line in RULES.read_text("utf-8").splitlines() if "#" not in line]
    four = [line for line in rules if re.search(r"\bip\b|ipv4", line)]
    six = [line for line in rules if re.search(r"\bip6\b|ipv6", line)]
    same = [re.sub(r"\bip\b", "ip6", re.sub(r"([a-z]{4})4\b", r"\g<1>6", line)) for line in four]
    assert [re.sub(r"ipv4", "ipv6", line) for line in same] == six
    assert len(four) >= 10
