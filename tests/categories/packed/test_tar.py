"""The members of a tar archive, as other tars write them, and nothing that is damaged."""

import tarfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from categories.packed.tar import Member, is_tar, tar_members
from policy.errors import ListRefused
from tests.categories.packed.archives import tar

FORMATS = {"ustar": tarfile.USTAR_FORMAT, "gnu": tarfile.GNU_FORMAT, "pax": tarfile.PAX_FORMAT}
FILES = {"gambling/domains": b"bet.test\n" * 200, "gambling/urls": b"", "read.me": bytes(512)}


def members(*blocks: bytes) -> list[tuple[Member, bytes]]:
    return [(member, b"".join(content)) for member, content in tar_members(blocks, "a list")]


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize("size", [100, 512, 1 << 20])
def test_files_come_with_their_content_however_the_archive_is_cut(form: str, size: int) -> None:
    archive = tar(FILES, form=FORMATS[form])
    assert is_tar(archive)
    blocks = [archive[at : at + size] for at in range(0, len(archive), size)]
    assert members(*blocks) == [(Member(name, "file"), content) for name, content in FILES.items()]


@pytest.mark.parametrize("form", ["gnu", "pax"])
def test_long_names_and_those_in_other_scripts(form: str) -> None:
    names = ["a" * 50 + "/" + "b" * 200, "jeux/paris-sportifs-é", "казино"]
    assert [each.name for each, _ in members(tar(dict.fromkeys(names, b"x"), form=FORMATS[form]))] == names


def test_names_in_two_parts() -> None:
    name = "a" * 90 + "/" + "b" * 90
    assert members(tar({name: b"x"})) == [(Member(name, "file"), b"x")]


def test_links_and_folders_are_named_and_empty() -> None:
    archive = tar({"f": b"x"}, links={"ads": "publicite"})
    assert members(archive)[1] == (Member("ads", "link", "publicite"), b"")
    info = tarfile.TarInfo("folder")
    info.type = tarfile.DIRTYPE
    assert members(info.tobuf() + bytes(1024)) == [(Member("folder/", "folder"), b"")]


def test_content_need_not_be_read() -> None:
    assert [member.name for member, _ in tar_members([tar(FILES)], "a list")] == list(FILES)


def header(**what: object) -> bytes:
    info = tarfile.TarInfo("a")
    for key, value in what.items():
        setattr(info, key, value)
    return info.tobuf(tarfile.GNU_FORMAT)


def with_sum(block: bytearray) -> bytes:
    block[148:156] = b" " * 8
    block[148:156] = b"%06o\0 " % sum(block)
    return bytes(block)


def with_field(start: int, value: bytes) -> bytes:
    block = bytearray(header())
    block[start : start + len(value)] = value
    return with_sum(block)


def pax(records: bytes) -> bytes:
    return header(name="x", type=b"x", size=len(records)) + records + bytes(-len(records) % 512)


@pytest.mark.parametrize(
    ("archive", "why"),
    [
        pytest.param(tar(FILES)[:1000], "cut off", id="cut-off-in-a-file"),
        pytest.param(tar(FILES)[:700], "cut off", id="cut-off-in-content"),
        pytest.param(header(), "cut off", id="without-an-end"),
        pytest.param(b"", "cut off", id="nothing"),
        pytest.param(tar(FILES)[:100] + b"x" + tar(FILES)[101:], "sum of a header", id="changed"),
        pytest.param(with_field(124, b"-0000000001\0"), "no octal number", id="negative-size"),
        pytest.param(with_field(124, b"\x80" + bytes(11)), "no octal number", id="size-in-binary"),
        pytest.param(with_field(124, b"\xff" * 12), "no octal number", id="negative-size-in-binary"),
        pytest.param(with_field(124, b"77777777777\0"), "cut off", id="size-of-gigabytes"),
        pytest.param(header(type=b"S"), "no plain files", id="sparse"),
        pytest.param(header(type=b"3"), "no plain files", id="device"),
        pytest.param(header(type=b"L", size=1 << 20), "name is too long", id="endless-name"),
        pytest.param(header(type=b"x", size=1 << 30), "name is too long", id="endless-pax-header"),
        pytest.param(pax(b"9999 path=a\n") + header(), "extended header", id="pax-length-beyond"),
        pytest.param(pax(b"3 path=a\n") + header(), "extended header", id="pax-length-short"),
        pytest.param(pax(b"path=a\n") + header(), "extended header", id="pax-without-length"),
        pytest.param(pax(b"22 GNU.sparse.major=1\n") + header(), "sparse", id="pax-sparse"),
        pytest.param(pax(b"11 size=-1\n") + header(), "sparse", id="pax-negative-size"),
    ],
)
def test_what_is_damaged_or_rare_is_refused_in_one_line(archive: bytes, why: str) -> None:
    with pytest.raises(ListRefused, match=why) as refused:
        members(archive)
    assert str(refused.value).startswith("a list: ")
    assert "\n" not in str(refused.value)


def test_a_global_header_is_passed_over() -> None:
    """As archives of a repository begin with, to name the commit."""
    archive = header(name="g", type=b"g", size=8) + b"8 a=bcd\n" + bytes(504) + tar({"a": b"x"})
    assert members(archive) == [(Member("a", "file"), b"x")]


@given(st.binary(max_size=600), st.integers(0, 1500))
def test_any_bytes_are_read_or_refused(damage: bytes, at: int) -> None:
    archive = tar(FILES, form=tarfile.PAX_FORMAT)
    for text in (damage, archive[:at] + damage + archive[at + len(damage) :]):
        try:
            members(text)
        except ListRefused as refused:
            assert "\n" not in str(refused)
