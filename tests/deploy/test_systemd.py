"""Every unit is looked at by systemd itself, and agrees with the settings and commands it speaks of."""

import re
import shlex
import shutil
import subprocess
import tomllib
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from addons.settings import GatewaySettings, LimitSettings
from console.cli.main import COMMANDS
from console.cli.menu import Branch, Leaf
from console.cli.settings import FILE_VARIABLE, Settings
from console.cli.state import VARIABLE
from console.review.settings import ReviewSettings

DEPLOY = Path(__file__).parents[2] / "deploy"
UNITS = sorted(path for path in (DEPLOY / "systemd").iterdir() if path.suffix in {".service", ".timer"})
SERVICES = [unit for unit in UNITS if unit.suffix == ".service"]
TIMERS = [unit for unit in UNITS if unit.suffix == ".timer"]
HOURLY = {"sluicegate-anchor", "sluicegate-lists"}
SHARED = DEPLOY / "systemd" / "sluicegate-.service.d" / "10-hardened.conf"
GATEWAY = DEPLOY / "systemd" / "sluicegate.service"
REVIEW = DEPLOY / "systemd" / "sluicegate_review.service"
RULES = DEPLOY / "systemd" / "sluicegate_nftables.service"
EXPOSURE = 20  # 2.0; lower is better
KEEPER_SECONDS = 20


@pytest.fixture
def machine(tmp_path: Path) -> Path:
    """A root with the system's own units and ours, and programs where ours look for them."""
    shutil.copytree("/lib/systemd/system", tmp_path / "usr/lib/systemd/system", symlinks=True)
    ours = tmp_path / "usr/local/lib/systemd/system"
    shutil.copytree(DEPLOY / "systemd", ours)
    for program in (
        "opt/sluicegate/current/bin/sluicegate",
        "usr/local/sbin/sluicegate-alarm",
        "usr/sbin/nft",
    ):
        (tmp_path / program).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / program).write_text("#!/bin/sh\n")
        (tmp_path / program).chmod(0o755)
    return tmp_path


def values(unit: Path, key: str) -> list[str]:
    """What stands behind each `key=`."""
    return re.findall(rf"^{key}=(.*)$", unit.read_text("utf-8"), re.MULTILINE)


def seconds(text: str) -> int:
    """A time span, as systemd reads it."""
    said = subprocess.run(
        ["systemd-analyze", "timespan", text], capture_output=True, text=True, check=True
    ).stdout
    found = re.search(r"μs: (\d+)", said)
    assert found, said
    return int(found[1]) // 1_000_000


def test_systemd_finds_nothing_wrong_with_any_unit(machine: Path) -> None:
    instances = [unit.name.replace("@.", "@sluicegate-check.service.") for unit in UNITS]
    done = subprocess.run(
        ["systemd-analyze", "verify", f"--root={machine}", "--man=no", *instances],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout + done.stderr) == (0, "")


def test_systemd_would_have_found_a_misspelt_line(machine: Path) -> None:
    unit = machine / "usr/local/lib/systemd/system/sluicegate.service"
    unit.write_text(unit.read_text("utf-8").replace("PrivateTmp=", "PrivateTemp="))
    done = subprocess.run(
        ["systemd-analyze", "verify", f"--root={machine}", "--man=no", unit.name],
        capture_output=True,
        text=True,
        check=False,
    )
    assert "PrivateTemp" in done.stderr


@pytest.mark.parametrize("service", SERVICES, ids=lambda unit: unit.name)
def test_no_service_is_exposed_more_than_two_of_ten(machine: Path, service: Path) -> None:
    """By file name in the folder, so that what stands in drop-ins counts."""
    ours = machine / "usr/local/lib/systemd/system" / service.name
    done = subprocess.run(
        ["systemd-analyze", "security", "--offline=yes", f"--threshold={EXPOSURE}", "--no-pager", str(ours)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Overall exposure level" in done.stdout


@pytest.mark.parametrize("unit", [*SERVICES, SHARED], ids=lambda unit: unit.name)
def test_no_unit_asks_for_another_account_or_a_capability_but_the_one_that_loads_rules(unit: Path) -> None:
    allowed = "CAP_NET_ADMIN" if unit == RULES else ""
    assert set(values(unit, "CapabilityBoundingSet")) <= {allowed}
    assert set(values(unit, "AmbientCapabilities")) <= {allowed}
    assert set(values(unit, "User")) <= {"sluicegate-review" if unit == REVIEW else "sluicegate"}


def test_every_job_is_hardened_by_the_shared_lines_and_the_hook_is_not_its_own() -> None:
    jobs = [service.name for service in SERVICES if service.name.startswith("sluicegate-")]
    assert {timer.stem for timer in TIMERS} == {job.removesuffix(".service") for job in jobs}
    assert len(jobs) >= 2
    hook = values(SHARED, "OnFailure")[0].split("@")[0]
    assert (SHARED.parents[1] / f"{hook}@.service").is_file()
    assert not hook.startswith("sluicegate-"), "it would be called for its own failure, without end"


@pytest.mark.parametrize(
    "unit", [unit for unit in SERVICES if "_" not in unit.name or unit == REVIEW], ids=lambda unit: unit.name
)
def test_what_a_service_calls_is_a_command_of_ours(unit: Path) -> None:
    calls = [*values(unit, "ExecStart"), *values(unit, "ExecReload")]
    assert calls
    for call in calls:
        program, *words = shlex.split(call.removeprefix("-"))
        assert program == "/opt/sluicegate/current/bin/sluicegate"
        assert is_command(words), call


def test_the_rules_that_are_loaded_are_those_that_are_installed() -> None:
    for key in ("ExecStart", "ExecReload"):
        program, option, file = values(RULES, key)[0].split()
        assert (program, option) == ("/usr/sbin/nft", "--file")
        assert (DEPLOY / file.removeprefix("/opt/sluicegate/current/deploy/")).is_file()


def is_command(words: list[str]) -> bool:
    """Whether these words name a command; options may follow."""
    item: Leaf | Branch | None = COMMANDS.get(words[0])
    if isinstance(item, Branch):
        item = item.commands.get(words[1]) if len(words) > 1 else None
    return isinstance(item, Leaf)


@pytest.mark.parametrize(
    ("words", "known"),
    [
        (["run"], True),
        (["db", "dispose"], True),
        (["db"], False),
        (["db", "dispos"], False),
        (["runs"], False),
    ],
)
def test_a_word_that_is_no_command_is_noticed(words: list[str], known: bool) -> None:
    assert is_command(words) is known


@pytest.mark.parametrize("unit", [GATEWAY, SHARED], ids=lambda unit: unit.name)
def test_settings_and_state_are_where_the_product_looks(unit: Path) -> None:
    variables = dict(pair.split("=", 1) for line in values(unit, "Environment") for pair in line.split())
    assert variables == {FILE_VARIABLE: "/etc/sluicegate/sluicegate.toml", VARIABLE: "/var/lib/sluicegate"}
    assert values(unit, "StateDirectory") == ["sluicegate"]
    assert values(unit, "StateDirectoryMode") == ["0700"]


def test_the_gateway_is_given_the_time_to_drain_and_the_descriptors_that_its_limits_need() -> None:
    stop = seconds(values(GATEWAY, "TimeoutStopSec")[0])
    assert stop >= GatewaySettings().drain_seconds + KEEPER_SECONDS
    assert int(values(GATEWAY, "LimitNOFILE")[0]) >= 2 * LimitSettings().client_connections + 256


@pytest.mark.parametrize("timer", TIMERS, ids=lambda unit: unit.name)
def test_a_timer_comes_round_every_day_or_hour_and_makes_up_for_what_it_missed(timer: Path) -> None:
    said = subprocess.run(
        [
            "systemd-analyze",
            "calendar",
            "--iterations=2",
            "--base-time=2026-03-01",
            *values(timer, "OnCalendar"),
        ],
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    first, second = (
        datetime.fromisoformat(found)
        for found in re.findall(r"(?:Next elapse|#2): \w+ (\d{4}-\d\d-\d\d \d\d:\d\d:\d\d)", said)
    )
    assert second - first == (timedelta(hours=1) if timer.stem in HOURLY else timedelta(days=1))
    assert values(timer, "Persistent") == ["yes"]


def test_the_account_has_neither_password_nor_shell(tmp_path: Path) -> None:
    (tmp_path / "etc").mkdir()
    subprocess.run(
        ["systemd-sysusers", f"--root={tmp_path}", str(DEPLOY / "systemd" / "sluicegate.sysusers.conf")],
        check=True,
        capture_output=True,
    )
    lines = (tmp_path / "etc/passwd").read_text("utf-8").strip().split("\n")
    entries = {(entry[0], entry[5], entry[6]) for entry in (line.split(":") for line in lines)}
    assert entries == {
        (name, f"/var/lib/{name}", "/usr/sbin/nologin") for name in ("sluicegate", "sluicegate-review")
    }
    shadows = (tmp_path / "etc/shadow").read_text("utf-8").strip().split("\n")
    assert all(line.split(":")[1].startswith("!") for line in shadows)


def test_the_review_service_has_its_own_account_settings_and_state_and_sees_who_asks() -> None:
    variables = dict(pair.split("=", 1) for line in values(REVIEW, "Environment") for pair in line.split())
    assert variables == {
        FILE_VARIABLE: "/etc/sluicegate-review/sluicegate.toml",
        VARIABLE: "/var/lib/sluicegate-review",
        "SLUICEGATE_REVIEW__SOCKET": "/run/sluicegate-review/review.sock",
    }
    # In a user namespace of its own every peer would be nobody (unix(7), SO_PEERCRED).
    assert values(REVIEW, "PrivateUsers") == []
    assert values(REVIEW, "RuntimeDirectoryMode") == ["0755"]


@pytest.mark.parametrize("name", ["review.toml", "people.toml"])
def test_the_settings_of_reviewing_are_settings(name: str) -> None:
    written = tomllib.loads((DEPLOY / name).read_text("utf-8"))
    assert Settings(**written).review != ReviewSettings()
