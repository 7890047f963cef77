"""The key's file: made once, for its owner, and nothing else is taken for it."""

from pathlib import Path

import pytest

from categories.confidential.key import make_key, read_key
from policy.errors import ConfigurationError


def test_a_key_that_was_made_is_read_again(tmp_path: Path) -> None:
    file = tmp_path / "confidential.key"
    made = make_key(file)
    assert file.stat().st_mode & 0o777 == 0o600
    read = read_key(file)
    assert read is not None
    assert read.of_host("bet.test") == made.of_host("bet.test")
    assert made.name not in file.read_text(), "its name tells nothing of it"


def test_two_keys_have_nothing_in_common(tmp_path: Path) -> None:
    one, other = make_key(tmp_path / "one"), make_key(tmp_path / "other")
    assert one.name != other.name
    assert one.of_host("bet.test") != other.of_host("bet.test")


def test_a_key_is_never_replaced(tmp_path: Path) -> None:
    make_key(tmp_path / "key")
    before = (tmp_path / "key").read_bytes()
    with pytest.raises(ConfigurationError, match="there is a key already"):
        make_key(tmp_path / "key")
    assert (tmp_path / "key").read_bytes() == before


def test_without_a_file_there_is_no_key(tmp_path: Path) -> None:
    assert read_key(tmp_path / "nothing") is None


@pytest.mark.parametrize(
    ("mode", "taken"), [(0o600, True), (0o400, True), (0o440, True), (0o644, False), (0o620, False)]
)
def test_a_key_that_others_may_read_is_refused(tmp_path: Path, mode: int, taken: bool) -> None:
    file = tmp_path / "key"
    make_key(file)
    file.chmod(mode)
    if taken:
        assert read_key(file) is not None
    else:
        with pytest.raises(ConfigurationError, match="others may read or change the key"):
            read_key(file)


@pytest.mark.parametrize(
    "text", ["", "short", "A" * 64, "0" * 63, "0" * 65, "0" * 64 + "\n\n", "0" * 4000, "\xff" * 64]
)
def test_what_is_no_key_is_refused(tmp_path: Path, text: str) -> None:
    file = tmp_path / "key"
    file.write_text(text)
    file.chmod(0o600)
    with pytest.raises(ConfigurationError, match="is no key; bring it back from a backup"):
        read_key(file)


def test_a_folder_or_a_pipe_is_no_key(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    with pytest.raises(ConfigurationError, match="no ordinary file"):
        read_key(tmp_path / "folder")
