"""The digest a publisher means, found in each way they write it, and in no other."""

import hashlib
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from categories.feeds.checksums import MOST_BYTES, Checksum, digest, find_checksum, verify
from policy.errors import ListRefused

DATA = b"bet.test\n"
MD5, SHA256, SHA512 = (hashlib.new(name, DATA).hexdigest() for name in ("md5", "sha256", "sha512"))
OTHER = hashlib.sha256(b"other").hexdigest()


@pytest.mark.parametrize(
    ("text", "algorithm"),
    [
        pytest.param(f"{SHA256}  list.txt\n", "sha256", id="sha256sum"),
        pytest.param(f"{SHA256} *list.txt\r\n", "sha256", id="sha256sum-of-a-binary-on-windows"),
        pytest.param(f"{MD5}  ./dest/list.txt\n", "md5", id="md5sum-with-a-folder"),
        pytest.param(f"{OTHER}  other.txt\n{SHA512}  list.txt\n", "sha512", id="one-of-many"),
        pytest.param(f"SHA256 (list.txt) = {SHA256}\n", "sha256", id="bsd"),
        pytest.param(f"SHA2-256(list.txt)= {SHA256.upper()}\n", "sha256", id="openssl-in-capitals"),
        pytest.param(f"{SHA256}\n", "sha256", id="alone"),
        pytest.param(f"\n# published daily\n{MD5}", "md5", id="alone-below-a-comment"),
        pytest.param(f"{MD5}  list.txt\n{SHA256}  list.txt\n", "sha256", id="the-strongest-of-two"),
        pytest.param(f"{SHA256}  list.txt\n{SHA256}  a/list.txt\n", "sha256", id="the-same-twice"),
    ],
)
def test_the_published_digest_is_found(tmp_path: Path, text: str, algorithm: str) -> None:
    (tmp_path / "list").write_bytes(DATA)
    expected = find_checksum(text.encode(), "list.txt")
    assert expected.algorithm == algorithm
    verify(tmp_path / "list", expected)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        pytest.param("", "no MD5", id="empty"),
        pytest.param("<html>404</html>", "no MD5", id="a-page"),
        pytest.param(f"{SHA256}  other.txt\n", "no MD5", id="of-another-file"),
        pytest.param(f"{SHA256}  mylist.txt\n", "no MD5", id="of-one-that-ends-alike"),
        pytest.param(f"{SHA256[:-1]}  list.txt\n", "no MD5", id="too-short"),
        pytest.param(f"{SHA256}\n{OTHER}\n", "more than one", id="two-alone"),
        pytest.param(f"{SHA256}  list.txt\n{OTHER}  list.txt\n", "more than one", id="two-of-one-name"),
        pytest.param("\n" * MOST_BYTES + SHA256, "no MD5", id="beyond-the-bound"),
    ],
)
def test_what_names_no_digest_or_two_is_refused(text: str, told: str) -> None:
    with pytest.raises(ListRefused, match=told):
        find_checksum(text.encode(), "list.txt")


def test_another_file_than_the_published_is_refused(tmp_path: Path) -> None:
    (tmp_path / "list").write_bytes(DATA[:-1])
    with pytest.raises(ListRefused, match=f"published {SHA256[:16]}"):
        verify(tmp_path / "list", Checksum("sha256", SHA256))
    assert digest(tmp_path / "list", "md5") == hashlib.md5(DATA[:-1]).hexdigest()  # noqa: S324 (feeds publish it; no secret)


@given(st.binary(max_size=400))
def test_no_bytes_are_more_than_an_error(data: bytes) -> None:
    with suppress(ListRefused):
        find_checksum(data, "list.txt")
