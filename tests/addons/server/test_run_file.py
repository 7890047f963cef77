"""The files in `run/` are whole or not there, also on a full disk."""

from pathlib import Path

import pytest

from addons.server.run_file import replace_file


def test_a_file_is_replaced_and_nothing_is_left_beside_it(tmp_path: Path) -> None:
    file = tmp_path / "a.json"
    assert replace_file(file, b"one")
    assert replace_file(file, b"two")
    assert file.read_bytes() == b"two"
    assert list(tmp_path.iterdir()) == [file]


def test_where_nothing_can_be_written_beside_it_it_is_written_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "a.json"
    file.write_bytes(b"longer than what comes")

    def full(_path: Path, _data: bytes) -> int:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", full)
    assert replace_file(file, b"short")
    assert file.read_bytes() == b"short"


def test_where_nothing_can_be_written_at_all_it_says_so(tmp_path: Path) -> None:
    assert not replace_file(tmp_path / "gone" / "a.json", b"x")
