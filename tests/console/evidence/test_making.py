"""An export is what any machine with sha256sum, unzip and openssl can check."""

import subprocess
from pathlib import Path

import pytest

from console.evidence.making import File
from console.evidence.manifest import PUBLIC_KEY, SIGNATURE, SUMS, read_manifest
from console.evidence.package import Package
from tests.console.evidence.samples import FILES, KEY, MADE_AT, exported


def test_the_manifest_names_every_file_and_counts_rows(tmp_path: Path) -> None:
    with Package.open(exported(tmp_path / "a.zip")) as package:
        manifest = read_manifest(package.read("manifest.json", 10_000))
        assert manifest.files.keys() | {"manifest.json", SUMS, SIGNATURE} == package.members.keys()
    assert manifest.files["rows/decisions.jsonl"].lines == 2
    assert manifest.files["first-page.txt"].lines is None
    assert manifest.made_at == MADE_AT
    assert manifest.key == KEY.public.fingerprint


def test_the_same_contents_make_the_same_file(tmp_path: Path) -> None:
    first = exported(tmp_path / "a.zip", FILES[0])
    assert exported(tmp_path / "b.zip", FILES[0]).read_bytes() == first.read_bytes()


def test_a_failure_in_the_middle_makes_no_export(tmp_path: Path) -> None:
    def failing() -> object:
        yield b"{}\n"
        raise OSError("the database went away")

    with pytest.raises(OSError, match="went away"):
        exported(tmp_path / "a.zip", File("rows.jsonl", "The rows.", failing()))  # type: ignore[arg-type]  # fit for what is tested


def test_it_is_checked_without_this_program(tmp_path: Path) -> None:
    """The commands of docs/evidence.md."""
    exported(tmp_path / "export.zip")
    folder = tmp_path / "export"

    def run(*command: object) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            list(map(str, command)), cwd=folder, capture_output=True, text=True, check=False
        )

    subprocess.run(["unzip", "-q", tmp_path / "export.zip", "-d", folder], check=True)
    verify: tuple[str, ...] = ("openssl", "pkeyutl", "-verify", "-rawin", "-pubin")
    verify += ("-inkey", PUBLIC_KEY, "-in", SUMS, "-sigfile", SIGNATURE)
    assert "Signature Verified Successfully" in run(*verify).stdout
    assert run("sha256sum", "--check", "--strict", "--quiet", SUMS).returncode == 0
    (folder / "rows" / "decisions.jsonl").write_bytes(b'{"a":3}\n')
    assert run("sha256sum", "--check", "--strict", "--quiet", SUMS).returncode == 1
    (folder / SUMS).write_bytes((folder / SUMS).read_bytes() + b"\n")
    assert run(*verify).returncode == 1
