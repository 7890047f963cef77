"""However a list came, it is the same text, and so the same entries with the same lines."""

import bz2
import gzip
import lzma
from pathlib import Path

import pytest

from categories.entries import Entry
from categories.packed import list_blocks, list_size
from categories.readers import read_blocks, read_list
from policy.errors import ListRefused
from policy.words import EntryKind
from tests.categories.packed.archives import tar, zipped

TEXT = b"# A list\n0.0.0.0 bet.test\n0.0.0.0 casino.test\n"
FOLDER = {
    "gambling/domains": b"bet.test\n",
    "gambling/urls": b"a.test/b\n",
    "gambling/domains.diff": b"+c.test\n",
}


def text(path: Path, **where: str) -> bytes:
    return b"".join(list_blocks(path, **where))


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(TEXT, id="plain"),
        pytest.param(gzip.compress(TEXT), id="gzip"),
        pytest.param(gzip.compress(TEXT[:9]) + gzip.compress(TEXT[9:]), id="gzip-in-two"),
        pytest.param(bz2.compress(TEXT), id="bzip2"),
        pytest.param(lzma.compress(TEXT), id="xz"),
        pytest.param(tar({"hosts": TEXT}), id="tar"),
        pytest.param(tar({"a/hosts": TEXT}, mode="w:gz"), id="tar-gz"),
        pytest.param(tar({"hosts": TEXT}, mode="w:bz2"), id="tar-bz2"),
        pytest.param(tar({"hosts": TEXT}, mode="w:xz"), id="tar-xz"),
        pytest.param(zipped({"hosts": TEXT}), id="zip"),
    ],
)
def test_a_packed_list_is_the_list(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "whatever.dat"
    path.write_bytes(content)
    assert text(path) == TEXT
    assert list_size(path) in {0, path.stat().st_size}
    read = read_list(path)
    assert [entry.line for entry in read.entries] == [2, 3]
    assert read.format == "hosts"


def test_of_several_in_an_archive_the_one_that_is_named(tmp_path: Path) -> None:
    path = tmp_path / "lists.zip"
    path.write_bytes(zipped({"x": b"", "a/hosts": TEXT}))
    assert text(path, inside="a/hosts") == TEXT


def test_a_packed_folder_is_the_folder(tmp_path: Path) -> None:
    (tmp_path / "gambling").mkdir()
    for name, content in FOLDER.items():
        (tmp_path / name).write_bytes(content)
    expected = text(tmp_path / "gambling")
    assert expected == b"# squidguard: domains\nbet.test\n\nc.test\n# squidguard: urls\na.test/b\n"
    for packed in (tar(FOLDER, mode="w:gz"), zipped(FOLDER)):
        (tmp_path / "packed").write_bytes(packed)
        assert text(tmp_path / "packed") == expected


def test_a_file_in_an_archive_includes_those_beside_it(tmp_path: Path) -> None:
    path = tmp_path / "dlc.tar.gz"
    path.write_bytes(
        tar({"data/casinos": b"include:poker\nbet.test\n", "data/poker": b"poker.test\n"}, mode="w:gz")
    )
    read = read_blocks([text(path, inside="data/casinos")], "a list")
    assert [entry.text for entry in read.entries] == ["bet.test", "poker.test"]


def test_the_text_of_a_text_is_itself(tmp_path: Path) -> None:
    """What was made of a list may be given again: marks are not added twice, and nothing is included anew."""
    sources = {
        "json": b'["a.test"]',
        "v2fly": b"include:json\na.test\n",
        "one": b",".join(b"%d.test" % number for number in range(30)),
    }
    for name, content in sources.items():
        (tmp_path / name).write_bytes(content)
        once = text(tmp_path / name)
        (tmp_path / "again").write_bytes(once)
        assert text(tmp_path / "again") == once


def test_a_column_is_named_in_the_text(tmp_path: Path) -> None:
    path = tmp_path / "table"
    path.write_bytes(b"url,domain\nhttp://a.test/,b.test\n")
    content = text(path, column="domain")
    assert content == b"# csv-column: domain\nurl,domain\nhttp://a.test/,b.test\n"
    assert list(read_blocks([content], "a list").entries) == [Entry(EntryKind.HOST, "b.test", 3)]


def test_a_short_first_stream_is_no_short_list(tmp_path: Path) -> None:
    """What a list is shows in its beginning, and that of one packed in pieces may be a heading alone."""
    path = tmp_path / "list.gz"
    path.write_bytes(gzip.compress(b"# A list\n") + gzip.compress(b"bet.test\n" * 10))
    assert len(list(read_list(path).entries)) == 10


@pytest.mark.parametrize(
    ("content", "where", "why"),
    [
        # Named, since packed bytes hold the second they were made in, which differs between two test workers.
        pytest.param(gzip.compress(gzip.compress(TEXT)), {}, "compressed", id="packed-twice"),
        pytest.param(
            zipped({"hosts.gz": gzip.compress(gzip.compress(TEXT))}),
            {},
            "compressed",
            id="packed-twice-in-a-zip",
        ),
        pytest.param(TEXT, {"inside": "hosts"}, "no archive, so there is no 'hosts' inside", id="no-archive"),
        pytest.param(gzip.compress(TEXT)[:-4], {}, "cut off", id="cut-off"),
        pytest.param(gzip.compress(b"<html>"), {}, "web page", id="a-web-page"),
    ],
)
def test_what_cannot_be_unpacked_is_refused_under_the_name_that_was_given(
    tmp_path: Path, content: bytes, where: dict[str, str], why: str
) -> None:
    (tmp_path / "x").write_bytes(content)
    with pytest.raises(ListRefused, match=why) as refused:
        list(read_blocks([text(tmp_path / "x", given="my feed", **where)], "my feed").entries)
    assert str(refused.value).startswith("my feed")
    assert "/" not in str(refused.value).split(":")[0]


def test_nothing_is_left_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "temporary").mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "temporary"))
    path = tmp_path / "list.zip"
    path.write_bytes(zipped({"hosts": TEXT}))
    blocks = list_blocks(path)
    assert next(blocks)
    assert list((tmp_path / "temporary").iterdir()) != []
    # What Python does when whoever reads gives up; only generators, which it is, have a name for it.
    blocks.close()  # type: ignore[attr-defined]
    assert list((tmp_path / "temporary").iterdir()) == []
