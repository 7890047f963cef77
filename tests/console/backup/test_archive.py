"""The archive: what was written comes out, any tar reads it, and whatever else is handed to us is refused."""

import hashlib
import io
import os
import subprocess
import tarfile
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from console.backup.archive import MANIFEST, Archive, ArchiveWriter
from policy.errors import BackupRefused

NOW = datetime(2026, 11, 22, 2, 30, tzinfo=UTC)
FILES = {
    "settings.toml": b"[gateway]\n",
    "lists/texts/" + "a" * 64 + ".gz": bytes(3000),
    "spool/slot-3/00000001-" + "0" * 32 + ".spool": b"x" * 512,
    "database/access.jsonl": b"",
}
FACTS = {"gateway": "gw-1", "release": "1", "revision": "0001", "authority": False}


def written(path: Path, files: dict[str, bytes] | None = None) -> Path:
    with path.open("xb") as file:
        writer = ArchiveWriter(file, NOW)
        for name, data in (FILES if files is None else files).items():
            writer.add(name, data)
        writer.finish(gateway="gw-1", release="1", revision="0001", authority=False)
    return path


def test_what_was_written_comes_out(tmp_path: Path) -> None:
    with Archive.open(written(tmp_path / "a.tar")) as archive:
        assert archive.names == FILES.keys()
        assert {name: archive.read(name, 4000) for name in archive.names} == FILES
        assert archive.manifest.made_at == NOW
        assert archive.manifest.model_dump(include=set(FACTS)) == FACTS
        with pytest.raises(BackupRefused, match="more than 2,999 bytes"):
            archive.read("lists/texts/" + "a" * 64 + ".gz", 2999)


def test_nothing_is_written_that_could_not_be_read_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("console.backup.archive._MOST_MEMBERS", len(FILES) + 1)
    with Archive.open(written(tmp_path / "a.tar")) as archive:
        assert archive.names == FILES.keys()
    with pytest.raises(BackupRefused, match="one file too many"):
        written(tmp_path / "b.tar", {**FILES, "one-more": b""})


def test_any_tar_reads_it(tmp_path: Path) -> None:
    path = written(tmp_path / "a.tar")
    listed = subprocess.run(["tar", "tf", path], capture_output=True, text=True, check=True).stdout.split()
    assert listed == [*FILES, MANIFEST]
    taken = subprocess.run(["tar", "-xOf", path, "settings.toml"], capture_output=True, check=True)
    assert taken.stdout == b"[gateway]\n"


def test_a_file_that_grows_is_copied_as_long_as_it_was_and_one_that_shrinks_is_an_error(
    tmp_path: Path,
) -> None:
    (tmp_path / "log").write_bytes(b"x" * 100)

    class Growing(io.FileIO):
        def read(self, size: int | None = -1) -> bytes:
            (tmp_path / "log").open("ab").write(b"more")
            return super().read(size) or b""

    class Cut(io.FileIO):
        def read(self, size: int | None = -1) -> bytes:
            os.truncate(tmp_path / "log", 10)
            return super().read(size) or b""

    with (tmp_path / "a.tar").open("xb") as file:
        writer = ArchiveWriter(file, NOW)
        writer.add("log", Growing(tmp_path / "log"))
        manifest = writer.finish(gateway="", release="", revision="", authority=False)
    assert manifest.members["log"].size == 100
    with (tmp_path / "b.tar").open("xb") as file, pytest.raises(OSError, match="shorter"):
        ArchiveWriter(file, NOW).add("log", Cut(tmp_path / "log"))


@pytest.mark.parametrize(
    "name", ["../x", "/x", "a/../b", "a//b", "a/", "", "a\0b", ".a", "é", "a/b/c/d/e", "A"]
)
def test_no_other_name_is_written_or_read(tmp_path: Path, name: str) -> None:
    with (tmp_path / "a.tar").open("xb") as file, pytest.raises(ValueError, match="not a name"):
        ArchiveWriter(file, NOW).add(name, b"")
    if "\0" not in name:
        with pytest.raises(BackupRefused):
            Archive.open(_tar(tmp_path / "b.tar", [_info(name)]))


def _info(name: str, kind: bytes = tarfile.REGTYPE, **more: object) -> tarfile.TarInfo:
    info = tarfile.TarInfo(name)
    info.type = kind
    for key, value in more.items():
        setattr(info, key, value)
    return info


def _tar(path: Path, infos: list[tarfile.TarInfo], format_: int = tarfile.GNU_FORMAT) -> Path:
    with tarfile.open(path, "w", format=format_) as tar:
        for info in infos:
            tar.addfile(info, io.BytesIO(bytes(info.size)))
    return path


@pytest.mark.parametrize(
    "info",
    [
        pytest.param(_info("a", tarfile.SYMTYPE, linkname="/etc/passwd"), id="symbolic-link"),
        pytest.param(_info("a", tarfile.LNKTYPE, linkname="../x"), id="hard-link"),
        pytest.param(_info("a", tarfile.DIRTYPE), id="folder"),
        pytest.param(_info("a", tarfile.CHRTYPE, devmajor=1, devminor=5), id="device"),
        pytest.param(_info("a", tarfile.FIFOTYPE), id="fifo"),
        pytest.param(_info("a", tarfile.CONTTYPE), id="contiguous"),
        pytest.param(_info("a", tarfile.GNUTYPE_SPARSE), id="sparse"),
        pytest.param(_info("x" * 300), id="a-long-name-in-a-header-of-its-own"),
        pytest.param(_info("a", pax_headers={"size": "99"}, linkname="é"), id="pax-header"),
    ],
)
def test_nothing_but_a_plain_file_is_read(tmp_path: Path, info: tarfile.TarInfo) -> None:
    kind = tarfile.PAX_FORMAT if info.pax_headers else tarfile.GNU_FORMAT
    with pytest.raises(BackupRefused):
        Archive.open(_tar(tmp_path / "a.tar", [info], kind))


def _members(*names: str) -> Callable[[Path], None]:
    def make(path: Path) -> None:
        _tar(path, [_info(name) for name in names])

    return make


def _huge(path: Path) -> None:
    path.write_bytes(_info("a", size=1 << 60).tobuf(tarfile.GNU_FORMAT) + bytes(2048))


def _negative(path: Path) -> None:
    path.write_bytes(_info("a", size=-1024).tobuf(tarfile.GNU_FORMAT) + bytes(2048))


def _with_manifest(change: Callable[[str], str]) -> Callable[[Path], None]:
    def make(path: Path) -> None:
        with Archive.open(written(path.with_name("good.tar"))) as good:
            text = change(good.manifest.model_dump_json(indent=1)).encode()
        with path.open("xb") as file:
            writer = ArchiveWriter(file, NOW)
            for name, data in FILES.items():
                writer.add(name, data)
            writer._write(MANIFEST, io.BytesIO(text), len(text))
            file.write(bytes(1024))

    return make


@pytest.mark.parametrize(
    ("make", "says"),
    [
        pytest.param(lambda path: path.write_bytes(b""), "not a backup", id="empty"),
        pytest.param(lambda path: path.write_bytes(b"<html>" * 500), "not a backup", id="html"),
        pytest.param(lambda path: path.mkdir(), "cannot be read", id="a-folder"),
        pytest.param(os.mkfifo, "not a regular file", id="a-fifo"),
        pytest.param(lambda path: None, "No such file", id="nothing"),
        pytest.param(_members("a", "a"), "there twice", id="a-name-twice"),
        pytest.param(_members("a"), "not a backup, or cut off", id="no-manifest"),
        pytest.param(_huge, "cut off", id="larger-than-the-archive"),
        pytest.param(_negative, "cut off", id="a-negative-size"),
        pytest.param(_with_manifest(lambda text: "{}"), "made_at", id="an-empty-manifest"),
        pytest.param(_with_manifest(lambda text: text[:-2]), "damaged", id="half-a-manifest"),
        pytest.param(
            _with_manifest(lambda text: text.replace('"format": 1', '"format": 2')),
            "format",
            id="another-form",
        ),
        pytest.param(
            _with_manifest(lambda text: text.replace('"settings.toml"', '"other.toml"')),
            "is missing",
            id="a-file-missing",
        ),
        pytest.param(
            _with_manifest(lambda text: text.replace('"size": 3000', '"size": 3001')),
            "checksum",
            id="another-size",
        ),
        pytest.param(
            _with_manifest(lambda text: text.replace(hashlib.sha256(b"[gateway]\n").hexdigest(), "0" * 64)),
            "settings.toml: damaged",
            id="another-checksum",
        ),
        pytest.param(_with_manifest(lambda text: text + " " * (65 << 20)), "damaged", id="a-vast-manifest"),
    ],
)
def test_what_is_no_backup_is_refused_with_one_line(
    tmp_path: Path, make: Callable[[Path], object], says: str
) -> None:
    make(tmp_path / "a.tar")
    with pytest.raises(BackupRefused, match=r"a\.tar: ") as refused:
        Archive.open(tmp_path / "a.tar")
    assert says in str(refused.value)
    assert "\n" not in str(refused.value)


def test_a_file_that_is_changed_after_it_was_compared_is_found_out(tmp_path: Path) -> None:
    path = written(tmp_path / "a.tar")
    with Archive.open(path) as archive:
        with path.open("r+b") as file:
            file.seek(512)
            file.write(b"!")
        with pytest.raises(BackupRefused, match=r"settings\.toml: damaged"):
            archive.read("settings.toml", 100)


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    return written(
        tmp_path_factory.mktemp("whole") / "a.tar", {"a": b"hello", "b/c": b"x" * 600}
    ).read_bytes()


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=300, deadline=None)
@given(data=st.data())
def test_no_flipped_bit_cut_or_appended_byte_goes_unnoticed(
    tmp_path: Path, whole: bytes, data: st.DataObject
) -> None:
    at = data.draw(st.integers(0, len(whole) - 1))
    changed = data.draw(
        st.sampled_from(
            [
                whole[:at] + bytes([whole[at] ^ (1 << data.draw(st.integers(0, 7)))]) + whole[at + 1 :],
                whole[:at],
                whole + whole[at:],
                whole[:at] + bytes(512) + whole[at:],
                whole[:at] + whole[at + 512 :],
            ]
        )
    )
    path = tmp_path / "a.tar"
    path.write_bytes(changed)
    try:
        with Archive.open(path) as archive:
            found = {name: archive.read(name, 1000) for name in archive.names}
    except BackupRefused:
        return
    # A header has fields that mean nothing here (times, owners).
    assert found == {"a": b"hello", "b/c": b"x" * 600}


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=3000))
def test_no_bytes_are_read_as_a_backup(tmp_path_factory: pytest.TempPathFactory, data: bytes) -> None:
    path = tmp_path_factory.mktemp("fuzz") / "a.tar"
    path.write_bytes(data)
    with pytest.raises(BackupRefused):
        Archive.open(path)
