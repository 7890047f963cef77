"""A secret in a file of its own: its first line, or one line that names the file and nothing in it."""

from pathlib import Path

import pytest

from addons.desk.secret import read_secret
from policy.errors import ConfigurationError


def written(folder: Path, content: bytes, mode: int = 0o600) -> Path:
    path = folder / "secret"
    path.write_bytes(content)
    path.chmod(mode)
    return path


@pytest.mark.parametrize(
    ("content", "secret"),
    [
        pytest.param(b"geheim\n", "geheim", id="a-line"),
        pytest.param(b"geheim", "geheim", id="no-line-end"),
        pytest.param(b"geheim\r\nsecond\n", "geheim", id="the-first-alone"),
        pytest.param(b" with spaces \n", " with spaces ", id="to-the-letter"),
    ],
)
def test_it_is_the_first_line(tmp_path: Path, content: bytes, secret: str) -> None:
    assert read_secret(written(tmp_path, content)) == secret
    assert read_secret(written(tmp_path, content, 0o640)) == secret


@pytest.mark.parametrize(
    ("content", "mode", "says"),
    [
        pytest.param(b"geheim\n", 0o604, "everybody may read this secret", id="readable"),
        pytest.param(b"geheim\n", 0o602, "everybody may read", id="writable"),
        pytest.param(b"\ngeheim\n", 0o600, "no secret on its first line", id="an-empty-line"),
        pytest.param(b"", 0o600, "no secret", id="empty"),
        pytest.param(b"\xff\xfegeheim", 0o600, "not UTF-8", id="not-text"),
    ],
)
def test_what_is_none_is_refused_without_being_shown(
    tmp_path: Path, content: bytes, mode: int, says: str
) -> None:
    path = written(tmp_path, content, mode)
    with pytest.raises(ConfigurationError, match=says) as refused:
        read_secret(path)
    assert str(path) in str(refused.value)
    assert "geheim" not in str(refused.value)


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="missing: the secret cannot be read: No such file"):
        read_secret(tmp_path / "missing")
