"""The registers' snapshot: what is written is in force, and what is broken changes nothing."""

import errno
import hashlib
import logging
import os
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
import pytest

from db import snapshot
from db.snapshot import CurrentRegisters, SnapshotUnreadable, read_snapshot, write_snapshot
from policy.facts import Who
from policy.people import Device, HeldRole, People, Person
from policy.registers import BreakGlass, Exemption, GranteeKind, LocalEntry, Registers, TargetKind
from policy.words import Action

NOW = datetime(2026, 3, 14, 12, 0, tzinfo=UTC)
BLOCK = LocalEntry("L1", Action.BLOCK, TargetKind.HOST, "news.test", None, "complaint 17", "ops")
ALLOW = LocalEntry("L2", Action.ALLOW, TargetKind.PREFIX, "news.test/a", NOW + timedelta(hours=1), "x", "ops")


def exemption(
    number: int, grantee_kind: GranteeKind, grantee: str, kind: TargetKind, target: str
) -> Exemption:
    return Exemption(
        id=f"E{number}",
        grantee_kind=grantee_kind,
        grantee=grantee,
        kind=kind,
        target=target,
        start=NOW - timedelta(hours=1),
        until=NOW + timedelta(hours=1),
        purpose="an enquiry",
        granted_by="ops",
    )


EXEMPTIONS = (
    exemption(1, GranteeKind.PERSON, "alice", TargetKind.HOST, "social.test"),
    exemption(2, GranteeKind.ROLE, "press", TargetKind.CATEGORY, "social_media"),
    exemption(3, GranteeKind.EVERYONE, "", TargetKind.PREFIX, "social.test/police"),
)
OPENING = BreakGlass("K7QF2M9T", NOW, NOW + timedelta(minutes=30))
PEOPLE = People.of(
    [Person("", "alice", unit="press", roles=(HeldRole("press", NOW),), ends=NOW), Person("b", "bob")],
    [Device("pc", "", "10.0.0.7", person="alice"), Device("kiosk", "b", "10.1.0.0/16", disabled=True)],
)
REGISTERS = Registers.of([BLOCK, ALLOW], EXEMPTIONS, OPENING, PEOPLE)


def test_a_snapshot_reads_as_the_registers_it_was_written_from(tmp_path: Path) -> None:
    write_snapshot(tmp_path / "r", REGISTERS, "v1")
    registers, version = read_snapshot(tmp_path / "r")
    assert registers == REGISTERS
    assert version == "v1"
    assert registers.local_entry("www.news.test", "/", NOW) == BLOCK
    alice = Who(person="alice", role="press")
    assert registers.exemptions(alice, "social.test", "/police", NOW, ("social_media",)) == EXEMPTIONS
    assert (tmp_path / "r").stat().st_mode & 0o777 == 0o600


def test_a_snapshot_of_the_release_before_opens_nothing(tmp_path: Path) -> None:
    payload = msgspec.msgpack.encode({"version": "v1", "local": [], "exemptions": []})
    (tmp_path / "r").write_bytes(b"sluicegate registers 1\n" + hashlib.sha256(payload).digest() + payload)
    registers, _ = read_snapshot(tmp_path / "r")
    assert registers == Registers()


def test_a_worker_sees_a_new_snapshot_and_only_a_new_one(tmp_path: Path) -> None:
    current = CurrentRegisters(tmp_path / "r")
    assert not current.refresh()
    assert (current.registers, current.version) == (Registers(), None)
    write_snapshot(tmp_path / "r", REGISTERS, "v1")
    assert current.refresh()
    assert current.registers == REGISTERS
    assert not current.refresh()
    write_snapshot(tmp_path / "r", Registers(), "v2")
    assert current.refresh()
    assert current.registers == Registers()


@pytest.mark.parametrize(
    "broken",
    [
        pytest.param(lambda data: b"", id="empty"),
        pytest.param(lambda data: data[:-1], id="cut-off"),
        pytest.param(lambda data: data[:40], id="cut-off-in-the-checksum"),
        pytest.param(lambda data: data[:-1] + bytes([data[-1] ^ 1]), id="one-bit-changed"),
        pytest.param(lambda data: b"x" + data[1:], id="another-format"),
    ],
)
def test_a_broken_snapshot_changes_nothing_and_is_reported_once(
    tmp_path: Path,
    broken: Callable[[bytes], bytes],
    caplog: pytest.LogCaptureFixture,
) -> None:
    path = tmp_path / "r"
    write_snapshot(path, REGISTERS, "v1")
    current = CurrentRegisters(path)
    current.refresh()
    path.write_bytes(broken(path.read_bytes()))
    os.utime(path, ns=(1, 1))
    with pytest.raises(SnapshotUnreadable):
        read_snapshot(path)
    with caplog.at_level(logging.ERROR):
        assert not current.refresh()
        assert not current.refresh()
    assert len(caplog.records) == 1
    assert (current.registers, current.version) == (REGISTERS, "v1")
    write_snapshot(path, Registers(), "v2")
    assert current.refresh()
    assert current.registers == Registers()


def test_what_could_not_be_read_just_then_is_read_a_moment_later(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Else a worker that was short of files for a moment would go on serving whom somebody has disabled."""
    current = CurrentRegisters(tmp_path / "r")
    write_snapshot(tmp_path / "r", REGISTERS, "v1")

    def no_file_left(_: Path) -> tuple[Registers, str]:
        raise OSError(errno.EMFILE, "Too many open files")

    with monkeypatch.context() as short, caplog.at_level(logging.ERROR):
        short.setattr(snapshot, "read_snapshot", no_file_left)
        assert [current.refresh(), current.refresh()] == [False] * 2
    assert len(caplog.records) == 1
    assert current.refresh()
    assert (current.registers, current.version) == (REGISTERS, "v1")


def test_a_snapshot_that_vanishes_changes_nothing(tmp_path: Path) -> None:
    write_snapshot(tmp_path / "r", REGISTERS, "v1")
    current = CurrentRegisters(tmp_path / "r")
    current.refresh()
    (tmp_path / "r").unlink()
    assert not current.refresh()
    assert current.registers == REGISTERS


def test_a_snapshot_of_another_release_is_unreadable(tmp_path: Path) -> None:
    import hashlib

    import msgspec

    payload = msgspec.msgpack.encode({"version": "v1", "local": [{"id": 1}], "exemptions": []})
    (tmp_path / "r").write_bytes(b"sluicegate registers 1\n" + hashlib.sha256(payload).digest() + payload)
    with pytest.raises(SnapshotUnreadable, match="this release cannot read"):
        read_snapshot(tmp_path / "r")


def test_a_snapshot_with_a_network_that_is_none_is_not_read(tmp_path: Path) -> None:
    device = {"id": "pc", "organisation": "", "network": "no network"}
    content = {"version": "v1", "local": [], "exemptions": [], "devices": [device]}
    payload = msgspec.msgpack.encode(content)
    (tmp_path / "r").write_bytes(b"sluicegate registers 1\n" + hashlib.sha256(payload).digest() + payload)
    with pytest.raises(SnapshotUnreadable):
        read_snapshot(tmp_path / "r")
