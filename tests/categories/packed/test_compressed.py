"""What is packed is unpacked to its end, and never beyond what a list may be."""

import bz2
import gzip
import lzma
import time
import zlib
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from categories.packed import compressed as module
from categories.packed.compressed import bounded, kind_of, unpacked
from policy.errors import ListRefused

PACKERS: dict[str, Callable[[bytes], bytes]] = {
    "gzip": gzip.compress,
    "bzip2": bz2.compress,
    "xz": lzma.compress,
}
TEXT = b"".join(b"%d.bet.test\n" % number for number in range(50_000))


def out(*blocks: bytes) -> bytes:
    return b"".join(unpacked(blocks, "a list"))


@pytest.mark.parametrize("kind", PACKERS)
@pytest.mark.parametrize("size", [1, 1000, 1 << 20])
def test_what_was_packed_comes_out_however_it_comes_in(kind: str, size: int) -> None:
    packed = PACKERS[kind](TEXT[:100_000] if size == 1 else TEXT)
    assert kind_of(packed) == kind
    if size == 1:
        packed = PACKERS[kind](b"bet.test\n")
        blocks = [packed[:6], *(packed[at : at + 1] for at in range(6, len(packed)))]
        assert out(*blocks) == b"bet.test\n"
    else:
        assert out(*(packed[at : at + size] for at in range(0, len(packed), size))) == TEXT


@pytest.mark.parametrize("kind", PACKERS)
def test_streams_one_after_another_are_one_text(kind: str) -> None:
    pack = PACKERS[kind]
    assert out(pack(b"a.test\n") + pack(b"") + pack(b"b.test\n") + bytes(512)) == b"a.test\nb.test\n"


@pytest.mark.parametrize(
    ("start", "kind"),
    [(b"PK\x03\x04", "zip"), (b"bet.test\n", None), (b"", None), (b"\x1f", None), (b"BZ", None)],
)
def test_what_is_not_one_of_the_three(start: bytes, kind: str | None) -> None:
    assert kind_of(start) == kind
    assert out(start, b"rest") == start + b"rest"


@pytest.mark.parametrize("kind", PACKERS)
def test_half_of_it_is_refused(kind: str) -> None:
    packed = PACKERS[kind](TEXT)
    with pytest.raises(ListRefused, match="cut off"):
        out(packed[: len(packed) // 2])


@pytest.mark.parametrize("kind", PACKERS)
@pytest.mark.parametrize("rest", [b"rest", b"\0\0some more than a few bytes"])
def test_something_behind_it_is_refused(kind: str, rest: bytes) -> None:
    with pytest.raises(ListRefused, match="something else follows"):
        out(PACKERS[kind](b"bet.test\n") + rest)


@pytest.mark.parametrize("kind", PACKERS)
def test_a_byte_that_was_changed_is_noticed(kind: str) -> None:
    packed = bytearray(PACKERS[kind](TEXT))
    packed[len(packed) // 2] ^= 0xFF
    with pytest.raises(ListRefused, match=r"damaged|cut off"):
        out(bytes(packed))


@pytest.mark.parametrize("kind", PACKERS)
def test_a_bomb_is_refused_long_before_it_has_gone_off(kind: str) -> None:
    bomb = PACKERS[kind](bytes(40 << 20))
    given_out = 0
    began = time.process_time()
    with pytest.raises(ListRefused, match="more than 100 times its size"):
        for block in unpacked([bomb], "a list"):
            given_out += len(block)
    assert given_out <= 17 << 20
    assert time.process_time() - began < 5


def test_a_long_list_of_little_regularity_is_refused_where_lists_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_UNPACKED", 1 << 20)
    with pytest.raises(ListRefused, match="longer than 1 MiB"):
        out(gzip.compress(TEXT * 3))


def test_a_dictionary_of_gigabytes_is_refused() -> None:
    packer = lzma.LZMACompressor(lzma.FORMAT_XZ, filters=[{"id": lzma.FILTER_LZMA2, "dict_size": 1 << 20}])
    packed = bytearray(packer.compress(b"bet.test\n") + packer.flush())
    # The block's header: its length in fours, the filter and one byte for the dictionary, then a sum.
    end = 12 + packed[12] * 4
    packed[packed.index(b"\x21\x01", 12) + 2] = 36  # 1 GiB
    packed[end : end + 4] = zlib.crc32(packed[12:end]).to_bytes(4, "little")
    with pytest.raises(ListRefused, match="Memory usage limit"):
        out(bytes(packed))


def test_thousands_of_streams_are_refused() -> None:
    began = time.process_time()
    with pytest.raises(ListRefused, match="streams in one file"):
        out(gzip.compress(b"") * 30_000)
    assert time.process_time() - began < 5


def test_blocks_are_counted_against_what_they_came_from() -> None:
    assert list(bounded([b"a", b"b"], lambda: 0, "a list")) == [b"a", b"b"]  # too short to matter
    with pytest.raises(ListRefused, match="times its size"):
        list(bounded([bytes(17 << 20)], lambda: 1000, "a list"))
    assert list(map(len, bounded([bytes(17 << 20)], lambda: 1 << 20, "a list"))) == [17 << 20]


@given(st.binary(max_size=200), st.sampled_from(sorted(PACKERS)), st.integers(0, 40), st.binary(max_size=20))
def test_any_damage_is_refused_in_one_line_or_does_no_harm(
    text: bytes, kind: str, at: int, damage: bytes
) -> None:
    packed = PACKERS[kind](text)
    try:
        out(packed[:at] + damage + packed[at + len(damage) :])
    except ListRefused as refused:
        assert "\n" not in str(refused)
