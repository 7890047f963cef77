"""The container: what was written comes out, any unzip opens it, and only one file is possible."""

import io
import os
import subprocess
import zipfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from console.evidence.package import MOST_BYTES, Package, PackageWriter
from policy.errors import EvidenceRefused

FILES = {"first.txt": b"one\n", "rows/empty.csv": b"", "rows/long.jsonl": b"x" * 3_000_000}


def written(path: Path, files: dict[str, bytes]) -> Path:
    path.write_bytes(packed(files))
    return path


def packed(files: dict[str, bytes]) -> bytes:
    file = io.BytesIO()
    writer = PackageWriter(file)
    for name, data in files.items():
        writer.add(name, data)
    writer.finish()
    return file.getvalue()


def contents(path: Path) -> dict[str, bytes]:
    with Package.open(path) as package:
        return {name: package.read(name, 4_000_000) for name in package.members}


def test_what_was_written_comes_out(tmp_path: Path) -> None:
    assert contents(written(tmp_path / "a.zip", FILES)) == FILES


def test_a_file_longer_than_expected_is_not_taken_into_memory(tmp_path: Path) -> None:
    with (
        Package.open(written(tmp_path / "a.zip", FILES)) as package,
        pytest.raises(EvidenceRefused, match=r"first.txt: has more than 3 bytes"),
    ):
        package.read("first.txt", 3)


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with (
        Package.open(written(tmp_path / "a.zip", FILES)) as package,
        pytest.raises(EvidenceRefused, match=r"second\.txt is missing"),
    ):
        package.read("second.txt", 3)


def test_every_unzip_opens_it(tmp_path: Path) -> None:
    path = written(tmp_path / "a.zip", FILES)
    with zipfile.ZipFile(path) as archive:
        assert archive.testzip() is None
        assert {info.filename: archive.read(info) for info in archive.infolist()} == FILES
    subprocess.run(["unzip", "-q", path, "-d", tmp_path / "out"], check=True)
    assert (tmp_path / "out" / "rows" / "long.jsonl").read_bytes() == FILES["rows/long.jsonl"]


@pytest.mark.parametrize(
    "name",
    ["", "/etc/passwd", "../up", "a/../b", "a//b", "a b", "a\\b", "-rf", ".hidden", "ä", "a\n", "a/b/c/d"],
)
def test_a_name_that_leads_elsewhere_is_never_written(name: str) -> None:
    with pytest.raises(ValueError, match="not a name"):
        PackageWriter(io.BytesIO()).add(name, b"")


def test_no_two_names_are_one_where_case_does_not_count() -> None:
    writer = PackageWriter(io.BytesIO())
    writer.add("Read", b"")
    with pytest.raises(ValueError, match="not a name"):
        writer.add("read", b"")


def test_nothing_is_written_that_could_not_be_read_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("console.evidence.package.MOST_MEMBERS", 1)
    monkeypatch.setattr("console.evidence.package.MOST_BYTES", 100)
    with pytest.raises(EvidenceRefused, match="at most 0 MiB; ask for less"):
        PackageWriter(io.BytesIO()).add("a", (b"x" * 60, b"x" * 60))
    writer = PackageWriter(io.BytesIO())
    writer.add("a", b"")
    with pytest.raises(EvidenceRefused, match="one file too many"):
        writer.add("b", b"")


def zipped(**options: int) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", **options) as archive:  # type: ignore[call-overload]  # by name
        archive.writestr("first.txt", bytes(1000))
    return file.getvalue()


GOOD = packed({"first.txt": b"one\n", "second.txt": b"two\n"})


@pytest.mark.parametrize(
    ("data", "why"),
    [
        pytest.param(b"", "not an export", id="nothing"),
        pytest.param(b"PK\5\6" + bytes(18), "not an export", id="an-empty-archive"),
        pytest.param(zipped(), "not an export", id="another-programs-archive"),
        pytest.param(zipped(compression=zipfile.ZIP_DEFLATED), "not an export", id="a-compressed-one"),
        pytest.param(b"#!/bin/sh\n" + GOOD, "not an export", id="something-before-it"),
        pytest.param(GOOD + b"\n", "not an export, cut off or changed", id="something-behind-it"),
        pytest.param(GOOD[:-1], "cut off or changed", id="one-byte-short"),
        pytest.param(GOOD[:40], "cut off", id="half-a-header"),
        pytest.param(GOOD[:36], "cut off", id="half-a-file"),
        pytest.param(GOOD.replace(b"second.txt", b"third1.txt", 1), "not an export", id="two-names-for-one"),
        pytest.param(GOOD.replace(b"second.txt", b"../etc.txt"), "not an export", id="a-name-that-climbs"),
        pytest.param(
            GOOD[: GOOD.index(b"PK\1\2")] + GOOD[: GOOD.index(b"PK\1\2")] + GOOD[GOOD.index(b"PK\1\2") :],
            "there twice",
            id="a-name-twice",
        ),
        pytest.param(b"PK\3\4" + b"\xff" * 1000, "not an export", id="sizes-beyond-the-end"),
    ],
)
def test_what_was_not_written_here_is_refused(data: bytes, why: str, tmp_path: Path) -> None:
    path = tmp_path / "a.zip"
    path.write_bytes(data)
    with pytest.raises(EvidenceRefused, match=why) as refused:
        Package.open(path)
    assert "\n" not in str(refused.value)


def test_what_never_ends_or_is_no_file_is_not_read(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "fifo")
    huge = tmp_path / "huge"
    with huge.open("wb") as file:
        file.truncate(MOST_BYTES * 2)
    for path, why in (
        (tmp_path / "fifo", "not a regular file"),
        (tmp_path, "Is a directory"),
        (huge, "too long"),
        (tmp_path / "none", "No such file"),
    ):
        with pytest.raises(EvidenceRefused, match=why):
            Package.open(path)


def test_a_file_that_changes_after_it_was_read_is_not_taken(tmp_path: Path) -> None:
    path = written(tmp_path / "a.zip", FILES)
    with Package.open(path) as package:
        with path.open("r+b") as file:
            file.seek(package.members["first.txt"].start + len(package.members["first.txt"].local))
            file.write(b"two\n")
        with pytest.raises(EvidenceRefused, match="changed while it was read"):
            package.read("first.txt", 10)


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.data())
def test_no_byte_can_be_changed_without_the_rest_of_it(tmp_path: Path, data: st.DataObject) -> None:
    """Whatever byte is changed: it is refused, or it was in the contents of a file and stands there."""
    at = data.draw(st.integers(0, len(GOOD) - 1))
    bit = data.draw(st.integers(0, 7))
    changed = bytearray(GOOD)
    changed[at] ^= 1 << bit
    path = tmp_path / "a.zip"
    path.write_bytes(changed)
    with pytest.raises(EvidenceRefused):
        Package.open(path)


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(
    st.dictionaries(st.from_regex(r"[a-z][a-z0-9.-]{0,9}(/[a-z0-9]{1,5})?", fullmatch=True), st.binary()),
    st.binary(max_size=40),
    st.integers(0, 400),
)
def test_whatever_is_read_is_written_the_same_again(
    tmp_path: Path, files: dict[str, bytes], inserted: bytes, at: int
) -> None:
    data = packed(files)
    path = tmp_path / "a.zip"
    path.write_bytes(data[:at] + inserted + data[at:])
    try:
        found = contents(path)
    except EvidenceRefused:
        return
    assert packed(found) == path.read_bytes()
