"""Presence as a file: read back as it was written, and what cannot be read changes nothing."""

import errno
import logging
import os
import stat
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from addons.desk import presence_file
from addons.desk.presence_file import (
    CurrentPresence,
    PresenceUnreadable,
    read_presence,
    remove_unfinished,
    version_in,
    write_presence,
)
from policy.presence import Acknowledged, Confirmation, Presence, SignedIn

AT = datetime(2026, 3, 4, 12, 0, 0, 123456, tzinfo=UTC)
PRESENCE = Presence(
    acknowledged={("", "jane"): Acknowledged("1", AT), ("other", "jane"): Acknowledged("2", AT)},
    signed_in={"192.0.2.7": SignedIn("jane", "", AT + timedelta(hours=8))},
    active_role={("", "jane"): "editor"},
    confirmations={
        ("", "jane", "a.test"): Confirmation("K7QF2M9T", "jane", "a.test", AT + timedelta(hours=1), "")
    },
    used={("", "jane"): 7},
    allowance_day="2026-03-04",
)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "presence.snapshot"


def test_what_was_written_is_read(path: Path) -> None:
    write_presence(path, PRESENCE, "v1")
    assert read_presence(path) == PRESENCE
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [one.name for one in path.parent.iterdir()] == [path.name]


def test_a_worker_sees_the_next_one_and_does_not_read_the_same_twice(path: Path) -> None:
    current = CurrentPresence(path)
    assert not current.refresh()
    assert current.presence == Presence()
    assert [current.known] == [False]
    write_presence(path, PRESENCE, "v1")
    assert current.refresh()
    assert current.known
    seen = current.presence
    assert seen == PRESENCE
    assert not current.refresh()
    assert current.presence is seen
    write_presence(path, Presence(), "v1")
    assert current.refresh()
    assert current.presence == Presence()


def test_of_two_who_look_at_once_the_one_with_the_older_file_is_not_the_last(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else somebody who has signed out would stay signed in until somebody else changed something."""
    reading, go_on = threading.Event(), threading.Event()

    def slowly(at: Path) -> Presence:
        found = read_presence(at)
        if found == PRESENCE:
            reading.set()
            go_on.wait(10)
        return found

    monkeypatch.setattr(presence_file, "read_presence", slowly)
    current = CurrentPresence(path)
    write_presence(path, PRESENCE, "v1")
    first = threading.Thread(target=current.refresh)
    first.start()
    assert reading.wait(10)
    write_presence(path, Presence(), "v1")
    second = threading.Thread(target=current.refresh)
    second.start()
    second.join(0.2)  # without end where it waits for the first, as it should
    go_on.set()
    first.join(10)
    second.join(10)
    assert current.presence == Presence()


@pytest.mark.parametrize(
    "damage",
    [
        pytest.param(lambda data: data[:-1], id="cut-off"),
        pytest.param(lambda data: data[:60] + bytes([data[60] ^ 1]) + data[61:], id="a-bit-flipped"),
        pytest.param(lambda _: b"", id="empty"),
        pytest.param(lambda data: data.replace(b"presence 1", b"presence 9"), id="another-releases"),
    ],
)
def test_what_cannot_be_read_changes_nothing_and_is_said_once(
    path: Path, damage: object, caplog: pytest.LogCaptureFixture
) -> None:
    assert callable(damage)
    write_presence(path, PRESENCE, "v1")
    current = CurrentPresence(path)
    current.refresh()
    caplog.set_level(logging.ERROR)
    path.write_bytes(damage(path.read_bytes()))
    with pytest.raises(PresenceUnreadable):
        read_presence(path)
    assert not current.refresh()
    assert not current.refresh()
    assert current.presence == PRESENCE
    assert caplog.text.count("presence stays as it was") == 1


def test_what_could_not_be_read_just_then_is_read_a_moment_later(
    path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Else a worker that was short of files for a moment would not see a sign-out until the next change."""
    current = CurrentPresence(path)
    write_presence(path, PRESENCE, "v1")

    def no_file_left(_: Path) -> Presence:
        raise OSError(errno.EMFILE, "Too many open files")

    caplog.set_level(logging.ERROR)
    with monkeypatch.context() as short:
        short.setattr(presence_file, "read_presence", no_file_left)
        assert [current.refresh(), current.refresh(), current.known] == [False] * 3
    assert caplog.text.count("presence stays as it was") == 1
    assert current.refresh()
    assert current.presence == PRESENCE


def test_which_presence_it_is_is_read_from_its_head(path: Path) -> None:
    assert version_in(path) is None
    write_presence(path, PRESENCE, "0199-7")
    assert version_in(path) == "0199-7"
    whole = path.read_bytes()
    for damaged in (b"", whole[:60], whole.replace(b"presence 1", b"presence 9")):
        path.write_bytes(damaged)
        assert version_in(path) is None


def test_what_could_not_be_written_leaves_nothing_beside_and_the_last_one_stays(path: Path) -> None:
    path.mkdir()
    with pytest.raises(OSError, match="directory"):
        write_presence(path, PRESENCE, "v1")
    assert [one.name for one in path.parent.iterdir()] == [path.name]


def test_what_a_killed_desk_left_beside_is_removed_and_what_is_being_written_is_not(path: Path) -> None:
    old, new, other = (path.with_suffix(suffix) for suffix in (".17", ".18", ".bak"))
    for one in (old, new, other, path):
        one.write_bytes(b"who is where")
    for one in (old, other, path):
        os.utime(one, (1, 1))
    remove_unfinished(path)
    assert set(path.parent.iterdir()) == {new, other, path}
