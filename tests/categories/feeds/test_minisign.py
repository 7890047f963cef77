"""Only what the holder of the key signed is taken for it."""

from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from categories.feeds.minisign import read_public_key, read_signature, verify
from policy.errors import ListRefused
from tests.categories.feeds.signing import Publisher

LIST = b"bet.test\ncasino.test\n"


@pytest.fixture(scope="module")
def publisher() -> Publisher:
    return Publisher()


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "list"
    path.write_bytes(LIST)
    return path


@pytest.mark.parametrize("whole", [False, True], ids=["its-digest", "the-whole-file"])
def test_what_the_publisher_signed_is_taken(publisher: Publisher, file: Path, whole: bool) -> None:
    key = read_public_key(publisher.public_key + "\n")
    verify(file, read_signature(publisher.sign(LIST, whole=whole)), key)
    file.write_bytes(b"")
    verify(file, read_signature(publisher.sign(b"", whole=whole)), key)


@pytest.mark.parametrize("whole", [False, True], ids=["its-digest", "the-whole-file"])
def test_what_was_changed_is_not(publisher: Publisher, file: Path, whole: bool) -> None:
    key = read_public_key(publisher.public_key)
    signed = publisher.sign(LIST, whole=whole)
    for data in (LIST + b"x.test\n", LIST[:-1], b""):
        file.write_bytes(data)
        with pytest.raises(ListRefused, match="does not fit"):
            verify(file, read_signature(signed), key)
    file.write_bytes(LIST)
    with pytest.raises(ListRefused, match="does not fit"):
        verify(file, read_signature(signed.replace(b"timestamp:1", b"timestamp:2")), key)


def test_another_publishers_signature_is_not(publisher: Publisher, file: Path) -> None:
    other = Publisher()
    with pytest.raises(ListRefused, match="another key"):
        verify(file, read_signature(other.sign(LIST)), read_public_key(publisher.public_key))
    same_number = Publisher(number=publisher.number)
    with pytest.raises(ListRefused, match="does not fit"):
        verify(file, read_signature(same_number.sign(LIST)), read_public_key(publisher.public_key))


def test_lines_may_end_as_on_windows(publisher: Publisher, file: Path) -> None:
    signed = publisher.sign(LIST).replace(b"\n", b"\r\n")
    verify(file, read_signature(signed), read_public_key(publisher.public_key))


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(b"", id="empty"),
        pytest.param(b"<html>not found</html>", id="a-page"),
        pytest.param(b"a\n!!\ntrusted comment: b\n!!\n", id="no-base64"),
        pytest.param(b"a\nRWQ=\ntrusted comment: b\nRWQ=\n", id="short"),
        pytest.param(b"\n" * 5000, id="long"),
    ],
)
def test_what_is_no_signature_is_refused(data: bytes) -> None:
    with pytest.raises(ListRefused, match="no minisign signature"):
        read_signature(data)


def test_an_unknown_algorithm_is_refused(publisher: Publisher) -> None:
    lines = publisher.sign(LIST).split(b"\n")
    lines[1] = b"Rk" + lines[1][2:]
    with pytest.raises(ListRefused, match="no minisign signature"):
        read_signature(b"\n".join(lines))


@given(st.binary(max_size=300))
def test_no_bytes_are_more_than_an_error(data: bytes) -> None:
    with suppress(ListRefused):
        read_signature(data)
    with suppress(ValueError):
        read_public_key(data.decode("latin-1"))
