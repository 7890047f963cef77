"""Trees: the ones of RFC 9162, whatever order the leaves come in; a path leads from its leaf and no other."""

from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from db.proof.merkle import Path, leads, leaf, path, paths, root

hashes = st.binary(min_size=32, max_size=32)
leaves = st.lists(hashes, min_size=1, max_size=40, unique=True)


def as_the_rfc_says(level: list[bytes]) -> bytes:
    """Section 2.1.1, by recursion, over leaves that are hashes already."""
    if len(level) == 1:
        return level[0]
    half = 1
    while half * 2 < len(level):
        half *= 2
    return sha256(b"\x01" + as_the_rfc_says(level[:half]) + as_the_rfc_says(level[half:])).digest()


@given(leaves)
def test_the_root_is_that_of_rfc_9162_over_the_leaves_in_order(several: list[bytes]) -> None:
    assert root(several) == root(several[::-1]) == as_the_rfc_says(sorted(several))


def test_the_root_of_nothing_is_the_hash_of_nothing() -> None:
    assert root([]) == sha256(b"").digest()


@given(leaves, st.data())
def test_a_path_leads_from_its_leaf_to_its_root_and_from_nothing_else(
    several: list[bytes], data: st.DataObject
) -> None:
    one = data.draw(st.sampled_from(several))
    way, top = path(several, one), root(several)
    assert leads(way, one, top)
    other = data.draw(hashes.filter(lambda it: it != one))
    assert not leads(way, other, top)
    assert not leads(way, one, other)


@given(leaves.filter(lambda several: len(several) > 1), st.data())
def test_a_path_that_was_altered_leads_nowhere(several: list[bytes], data: st.DataObject) -> None:
    one = data.draw(st.sampled_from(several))
    way, top = path(several, one), root(several)
    for altered in (
        Path(way.place, way.leaves, way.beside[:-1]),
        Path(way.place, way.leaves, (*way.beside, one)),
        Path(way.leaves, way.leaves, way.beside),
        Path(-1, way.leaves, way.beside),
        Path(way.place, 0, way.beside),
    ):
        assert not leads(altered, one, top)


@given(leaves)
def test_paths_of_several_are_those_of_each(several: list[bytes]) -> None:
    found = paths(several, [*several, b"another"])
    assert found == {one: path(several, one) for one in several}


def test_there_is_no_path_for_what_is_not_a_leaf() -> None:
    assert paths([], [b"b" * 32]) == {}
    with pytest.raises(ValueError):
        path([b"a" * 32], b"b" * 32)


def test_the_same_row_with_another_salt_is_another_leaf_and_no_leaf_is_a_node() -> None:
    assert (
        len({leaf(b"1" * 16, b"row"), leaf(b"2" * 16, b"row"), sha256(b"\x01" + b"1" * 16 + b"row").digest()})
        == 3
    )
