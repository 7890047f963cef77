"""The key of our pages makes itself, is nobody else's to read, and is the same for ever."""

import base64
import stat
import threading
from pathlib import Path

import pytest

from addons.pages.own.key import page_key
from policy.errors import ConfigurationError


def test_a_key_is_made_where_there_is_none_and_kept(tmp_path: Path) -> None:
    path = tmp_path / "pages.key"
    key = page_key(path)
    assert len(key) == 32
    assert page_key(path) == key
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [file.name for file in tmp_path.iterdir()] == ["pages.key"]
    assert page_key(tmp_path / "other.key") != key


def test_a_copied_key_is_the_same(tmp_path: Path) -> None:
    first, second = tmp_path / "a.key", tmp_path / "b.key"
    key = page_key(first)
    second.touch(mode=0o600)
    second.write_bytes(first.read_bytes().strip())
    assert page_key(second) == key


def test_two_that_make_one_at_once_have_the_same(tmp_path: Path) -> None:
    path, found = tmp_path / "pages.key", list[bytes]()
    together = threading.Barrier(8)

    def make() -> None:
        together.wait()
        found.append(page_key(path))

    threads = [threading.Thread(target=make) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 8
    assert len(set(found)) == 1
    assert [file.name for file in tmp_path.iterdir()] == ["pages.key"]


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(b"", id="empty"),
        pytest.param(b"no key at all", id="words"),
        pytest.param(base64.b64encode(bytes(16)), id="too-short"),
        pytest.param(base64.b64encode(bytes(64)), id="too-long"),
        pytest.param(b"\xff" * 32, id="bytes"),
    ],
)
def test_what_is_no_key_is_refused_and_not_replaced(tmp_path: Path, text: bytes) -> None:
    path = tmp_path / "pages.key"
    path.touch(mode=0o600)
    path.write_bytes(text)
    with pytest.raises(ConfigurationError, match="not a key of the gateway's pages"):
        page_key(path)
    assert path.read_bytes() == text


@pytest.mark.parametrize("mode", [0o604, 0o602, 0o620, 0o666])
def test_a_key_that_others_may_read_or_write_is_refused(tmp_path: Path, mode: int) -> None:
    path = tmp_path / "pages.key"
    page_key(path)
    path.chmod(mode)
    with pytest.raises(ConfigurationError, match="chmod 600"):
        page_key(path)


def test_a_secret_that_was_mounted_may_be_read_by_its_group(tmp_path: Path) -> None:
    path = tmp_path / "pages.key"
    key = page_key(path)
    path.chmod(0o440)
    assert page_key(path) == key


def test_a_folder_that_is_not_there_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="No such file"):
        page_key(tmp_path / "gone" / "pages.key")
