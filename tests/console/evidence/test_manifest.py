"""What an export says of itself: written one way, read strictly."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.evidence.manifest import Manifest, MemberInfo, checksums, read_checksums, read_manifest
from policy.errors import EvidenceRefused
from tests.console.evidence.samples import MADE_AT

A, B = "a" * 64, "b" * 64
MANIFEST = Manifest(
    kind="review-export",
    marking="OFFICIAL",
    made_at=MADE_AT,
    made_by="reviewer",
    organisation="",
    authority="K7QF2M9T",
    access="1",
    release="1",
    revision="5",
    key="f",
    files={"a": MemberInfo(about="A file.", lines=3)},
)


def test_a_manifest_is_read_as_it_was_written() -> None:
    assert read_manifest(MANIFEST.text()) == MANIFEST
    assert MANIFEST.text().isascii()


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"[]",
        MANIFEST.text().replace(b'"format": 1', b'"format": 2'),
        MANIFEST.text().replace(b'"lines": 3', b'"lines": -3'),
        MANIFEST.text().replace(b'"key": "f"', b'"key": "f", "more": 1'),
        b"[" * 100_000,
    ],
)
def test_another_manifest_is_refused_in_one_line(text: bytes) -> None:
    with pytest.raises(EvidenceRefused, match="not ours, or made by a later release") as refused:
        read_manifest(text)
    assert "\n" not in str(refused.value)


def test_checksums_are_read_as_they_were_written() -> None:
    digests = {"b/two.txt": B, "a.txt": A}
    assert checksums(digests) == f"{B}  b/two.txt\n{A}  a.txt\n".encode()
    assert read_checksums(checksums(digests)) == digests


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(b"\n", id="an-empty-line"),
        pytest.param(f"{A}  a".encode(), id="no-end-of-line"),
        pytest.param(f"{A}  a\n\n".encode(), id="an-empty-line-behind"),
        pytest.param(f"{A}  a\n\n{B}  b\n".encode(), id="something-behind-an-empty-line"),
        pytest.param(f"{A} *a\n".encode(), id="binary-mode"),
        pytest.param(f"\\{A}  a\n".encode(), id="an-escaped-name"),
        pytest.param(f"{A.upper()}  a\n".encode(), id="capitals"),
        pytest.param(f"{A}  a\n{B}  a\n".encode(), id="a-name-twice"),
        pytest.param(f"# {A}  a\n".encode(), id="a-comment"),
        pytest.param(f"{A}  a\r\n".encode(), id="another-end-of-line"),
        pytest.param(f"{A}  \xe4\n".encode("latin-1"), id="not-ascii"),
    ],
)
def test_other_checksums_are_refused(text: bytes) -> None:
    with pytest.raises(EvidenceRefused, match="SHA256SUMS"):
        read_checksums(text)


@given(st.binary(max_size=300))
def test_whatever_stands_there_is_one_thing_or_refused(text: bytes) -> None:
    try:
        found = read_checksums(text)
    except EvidenceRefused:
        return
    assert checksums(found) == text
