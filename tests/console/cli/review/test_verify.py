"""`review verify`, as somebody calls it who has nothing but the program and the file."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.console.cli.conftest import Cli
from tests.console.evidence.samples import KEY, OTHER_KEY, exported


@pytest.fixture
def file(tmp_path: Path) -> Path:
    (tmp_path / "key.pem").write_bytes(KEY.public.pem)
    (tmp_path / "other.pem").write_bytes(OTHER_KEY.public.pem)
    return exported(tmp_path / "export.zip")


def test_an_export_that_is_whole_is_said_to_be(cli: Cli, file: Path) -> None:
    done = cli("review", "verify", str(file), "--key", str(file.parent / "key.pem"))
    assert done.code == 0
    assert "whole, and as it was signed" in done.out
    assert "OFFICIAL-SENSITIVE" in done.out
    assert "2026-11-22 02:30:00 UTC by reviewer, authority K7QF-2M9T" in done.out
    assert "2 in rows/decisions.jsonl" in done.out
    assert KEY.public.fingerprint in done.out
    assert done.err == ""


def test_without_a_key_somebody_has_to_compare(cli: Cli, file: Path) -> None:
    done = cli("review", "verify", str(file))
    assert done.code == 0
    assert "compare this fingerprint" in done.err


def test_another_key_and_a_changed_byte_are_exit_code_1(cli: Cli, file: Path) -> None:
    done = cli("review", "verify", str(file), "--key", str(file.parent / "other.pem"))
    assert (done.code, "signed by another key" in done.err) == (1, True)
    file.write_bytes(file.read_bytes().replace(b'{"a":1}', b'{"a":7}'))
    done = cli("review", "verify", str(file))
    assert (done.code, "rows/decisions.jsonl: was changed" in done.err) == (1, True)
    assert done.out == ""


def test_what_json_says_of_it(cli: Cli, file: Path) -> None:
    said = json.loads(cli("review", "verify", str(file), "--json").out)
    assert (said["key_known"], said["proofs"], said["access"]) == (
        False,
        0,
        "01976d3e-0000-7000-8000-000000000001",
    )
    assert said["files"]["rows/decisions.jsonl"]["lines"] == 2


@pytest.mark.journey
def test_it_needs_nothing_but_the_program(file: Path) -> None:
    """No settings, home, state folder or database, and of what is installed neither of the big parts."""
    code = (
        "import sys; sys.argv = ['sluicegate', 'review', 'verify', sys.argv[1]]\n"
        "from console.cli.main import main\n"
        "try:\n    main()\nexcept SystemExit as end:\n    assert not end.code, end.code\n"
        "assert not {'mitmproxy', 'fastapi', 'httpx'} & set(sys.modules)\n"
    )
    command = [sys.executable, "-c", code, str(file)]
    done = subprocess.run(
        command, cwd=Path(__file__).parents[4], env={}, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert "whole, and as it was signed" in done.stdout
