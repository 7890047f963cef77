"""What stops a gateway from starting: one line, the right exit code, and nothing half-made."""

import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from addons.ca import init_ca
from addons.settings import GatewaySettings, Modes
from console.cli.generation import plan_of, with_options
from console.cli.settings import Settings
from tests.console.cli.conftest import Cli

PROGRAM = Path(sys.executable).with_name("sluicegate")


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    """In a process of its own: a gateway that did start would not come back."""
    return subprocess.run(
        [PROGRAM, "run", *arguments],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def _no_authority(state: Path, patch: pytest.MonkeyPatch) -> None:
    """As it is."""


def _authority_that_others_read(state: Path, patch: pytest.MonkeyPatch) -> None:
    init_ca(state / "ca")
    (state / "ca" / "ca.pem").chmod(0o644)


def _state_that_others_may_write_to(state: Path, patch: pytest.MonkeyPatch) -> None:
    init_ca(state / "ca")
    state.chmod(0o777)


def _broken_policy(state: Path, patch: pytest.MonkeyPatch) -> None:
    state.mkdir()
    (state / "policy.toml").write_text("[about]\n")
    patch.setenv("SLUICEGATE_POLICY_FILE", str(state / "policy.toml"))


def _unknown_setting(state: Path, patch: pytest.MonkeyPatch) -> None:
    patch.setenv("SLUICEGATE_GATEWAY__PORT", "8080")


def _unreachable_database(state: Path, patch: pytest.MonkeyPatch) -> None:
    init_ca(state / "ca")
    patch.setenv("SLUICEGATE_DATABASE__URL", "postgresql://gw:hunter2@127.0.0.1:1/log")


@pytest.mark.parametrize(
    ("prepare", "code", "says"),
    [
        (_no_authority, 3, "run `sluicegate ca init`"),
        (_authority_that_others_read, 3, "others can read this private key"),
        (_state_that_others_may_write_to, 3, "chmod 700"),
        (_broken_policy, 3, "policy.toml: "),
        (_unknown_setting, 3, "SLUICEGATE_GATEWAY__PORT: no setting has this name"),
        (_unreachable_database, 4, "the database does not answer"),
    ],
)
def test_what_is_wrong_is_one_line_and_makes_nothing(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    prepare: Callable[[Path, pytest.MonkeyPatch], None],
    code: int,
    says: str,
) -> None:
    state = tmp_path / "state"
    prepare(state, monkeypatch)
    ran = run()
    lines = [line for line in ran.stderr.splitlines() if line.startswith("sluicegate: ")]
    assert (ran.returncode, ran.stdout) == (code, "")
    assert len(lines) == 1
    assert says in lines[0]
    assert "hunter2" not in ran.stderr
    assert "Traceback" not in ran.stderr
    assert not (state / "sluicegate.sqlite").exists()
    assert not (state / "run").exists()


def test_a_port_in_use_is_one_line(state: Path) -> None:
    init_ca(state / "ca")
    with socket.create_server(("127.0.0.1", 0)) as taken:
        address = f"127.0.0.1:{taken.getsockname()[1]}"
        ran = run("--listen", address)
    assert ran.returncode == 4
    assert f"{address} is in use" in ran.stderr
    assert "Traceback" not in ran.stderr


@pytest.mark.parametrize("listen", ["8080", "localhost:http", "::1:8080"])
def test_an_address_that_is_none_is_an_error_of_usage(state: Path, listen: str) -> None:
    ran = run("--listen", listen)
    assert (ran.returncode, ran.stdout) == (2, "")
    assert "--listen" in ran.stderr
    assert ran.stderr.count("\n") == 1


def test_options_go_before_settings() -> None:
    settings = GatewaySettings(name="gw1", workers=3)
    both = with_options(settings, ["127.0.0.1:1", "[::1]:2"], 5, "both")
    assert (both.name, both.listen, both.workers) == ("gw1", ("127.0.0.1:1", "[::1]:2"), 5)
    assert both.mode is Modes.BOTH
    assert with_options(settings, None, None) == settings


def test_a_mode_that_is_none_is_an_error_of_usage(cli: Cli) -> None:
    ran = cli("run", "--mode", "invisible")
    assert (ran.code, ran.out) == (2, "")
    assert "--mode" in ran.err
    assert ran.err.count("\n") == 1


def test_every_section_of_the_settings_that_a_gateway_has_is_in_its_plan(tmp_path: Path) -> None:
    settings = Settings()
    plan = plan_of(settings, settings.gateway, tmp_path)
    for name in ("limits", "destinations", "identity", "spool", "database", "policy_file"):
        assert getattr(plan, name) is getattr(settings, name)
    assert plan.state == tmp_path


def test_a_generation_stays_free_of_the_database() -> None:
    ran = subprocess.run(
        [sys.executable, "-c", "import console.cli.generation, sys; print('sqlalchemy' in sys.modules)"],
        capture_output=True,
        text=True,
        check=True,
        env=os.environ,
    )
    assert ran.stdout == "False\n"


def test_no_module_is_taken_from_the_current_folder(state: Path) -> None:
    """Root may run it in a folder that is somebody else's."""
    shutil.rmtree(state / "rulesets")
    init_ca(state / "ca")
    for name in ("timeit", "decimal", "gzip", "categories", "db", "console"):
        Path(name).with_suffix(".py").write_text("raise SystemExit('taken from the current folder')")
    with socket.create_server(("127.0.0.1", 0)) as taken:
        ran = run("--listen", f"127.0.0.1:{taken.getsockname()[1]}")
    assert (ran.returncode, ran.stdout) == (4, "")
    assert "taken from" not in ran.stderr
    assert (state / "rulesets" / "current").exists()
    assert (state / "sluicegate.sqlite").exists()
