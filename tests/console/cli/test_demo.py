"""The demo: every line it prints works as it stands, and nothing of it stays."""

import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from console.cli.demo import PERSON, _ended, things_to_try
from console.cli.demo_origin import Origin
from tests.console.cli.conftest import Cli


class Running(NamedTuple):
    process: subprocess.Popen[str]
    said: str
    temporary: Path


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    temporary = tmp_path_factory.mktemp("demo")
    environment = {name: value for name, value in os.environ.items() if "PROXY" not in name.upper()}
    # In its own group, as a terminal has it: Ctrl-C reaches the gateway, too.
    process = subprocess.Popen(
        [Path(sys.executable).with_name("sluicegate"), "demo", "--listen", "127.0.0.1:0"],
        stdout=subprocess.PIPE,
        text=True,
        cwd=temporary,
        env={**environment, "TMPDIR": str(temporary)},
        start_new_session=True,
    )
    assert process.stdout is not None
    said = ""
    for line in process.stdout:
        said += line
        if line.startswith("Ctrl-C ends it"):
            break
    yield Running(process, said, temporary)
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def lines(said: str) -> list[str]:
    return re.findall(r"^    (\S.*)$", said, re.MULTILINE)


def shell(line: str) -> str:
    ran = subprocess.run(["sh", "-c", line], capture_output=True, text=True, check=False, timeout=30, cwd="/")
    assert ran.returncode == 0, ran.stderr
    return ran.stdout


@pytest.mark.journey
@pytest.mark.skipif(shutil.which("curl") is None, reason="the printed lines call curl")
def test_every_line_works_and_shows_what_it_says(demo: Running) -> None:
    said = lines(demo.said)
    assert len(said) == 9
    local, local_tls, bet, bet_tls, social, social_person, explain, decisions, status = said
    for line in (local, local_tls, social_person):
        assert "It works" in shell(line)
    for line in (bet, bet_tls):
        assert "Gambling" in shell(line)
    assert "Social media" in shell(social)
    assert "an exemption covers everything" in shell(explain)
    assert "serving on 127.0.0.1:" in shell(status)
    # The keeper ships twice a second.
    shell("sleep 2")
    shown = shell(decisions)
    assert shown.count("gambling") >= 2
    assert "exempted" in shown
    assert PERSON not in shown


@pytest.mark.journey
def test_ctrl_c_ends_it_and_leaves_nothing(demo: Running) -> None:
    os.killpg(demo.process.pid, signal.SIGINT)
    assert demo.process.wait(timeout=30) == 0
    assert list(demo.temporary.iterdir()) == []
    with pytest.raises(ProcessLookupError):
        os.killpg(demo.process.pid, 0)


@pytest.mark.parametrize(("code", "ours"), [(0, 0), (-signal.SIGTERM, 0), (3, 3), (-signal.SIGKILL, -9)])
def test_a_second_word_to_a_gateway_that_is_ending_is_no_failure(code: int, ours: int) -> None:
    assert _ended(code) == ours


def test_a_folder_that_is_not_a_demos_is_refused(cli: Cli, state: Path) -> None:
    ran = cli("demo", "--state", state)
    assert (ran.code, ran.out) == (1, "")
    assert "not empty and not a demo's" in ran.err


def test_a_gateway_that_cannot_start_ends_the_demo_with_its_exit_code(cli: Cli, tmp_path: Path) -> None:
    ran = cli("demo", "--listen", "198.51.100.1:8080", "--state", tmp_path / "kept")
    assert ran.code == 3
    assert "cannot be listened on" in ran.err
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_paths_are_quoted_for_a_shell() -> None:
    tries = things_to_try(Path("/tmp/a b"), Origin(1, 2), "127.0.0.1:8080")
    text = "\n".join(line for one in tries for line in one.lines)
    assert "--cacert '/tmp/a b/ca/ca-cert.pem'" in text
    assert "SLUICEGATE_STATE_DIR='/tmp/a b' " in text
