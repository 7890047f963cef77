"""
Merkle trees over the hashes of rows (RFC 9162, section 2.1), with SHA-256.

A leaf is the hash of a zero byte, the row's salt and its text. The salt is sixteen random bytes that lie
beside the row and go with it: whoever holds a root, or the path of another row, cannot find out by guessing
what a row said that was disposed of. Leaves stand in the order of their hashes, so that neither the order in
which rows came nor their identifiers are needed to make the tree again.
"""

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from hashlib import sha256

SALT_BYTES = 16


@dataclass(frozen=True, slots=True)
class Path:
    """The way from a leaf to the root: its place, of how many, and the hashes beside the way."""

    place: int
    leaves: int
    beside: tuple[bytes, ...]


def leaf(salt: bytes, text: bytes) -> bytes:
    """The leaf of a row."""
    return sha256(b"\0" + salt + text).digest()


def root(leaves: Iterable[bytes]) -> bytes:
    """The root over `leaves`, in whatever order they come; of none it is the hash of nothing."""
    level = sorted(leaves)
    if not level:
        return sha256(b"").digest()
    while len(level) > 1:
        level = _above(level)
    return level[0]


def path(leaves: Iterable[bytes], of: bytes) -> Path:
    """The path of the leaf `of` among `leaves`. Raises `ValueError` where it is not one of them."""
    try:
        return paths(leaves, [of])[of]
    except KeyError:
        raise ValueError("not one of the leaves") from None


def paths(leaves: Iterable[bytes], of: Iterable[bytes]) -> dict[bytes, Path]:
    """The paths of these leaves among `leaves`, the tree being made once; what is none of them has none."""
    levels = [sorted(leaves)]
    while len(levels[-1]) > 1:
        levels.append(_above(levels[-1]))
    found = {}
    for one in of:
        at = place = bisect_left(levels[0], one)
        if levels[0][place : place + 1] != [one]:
            continue
        beside: list[bytes] = []
        for level in levels[:-1]:
            beside += level[at ^ 1 : (at ^ 1) + 1]
            at //= 2
        found[one] = Path(place, len(levels[0]), tuple(beside))
    return found


def leads(path: Path, leaf: bytes, root: bytes) -> bool:
    """Whether `path` leads from `leaf` to `root`."""
    at, last = path.place, path.leaves - 1
    if not 0 <= at <= last:
        return False
    beside = iter(path.beside)
    found = leaf
    while last:
        if at % 2 or at < last:  # else the last of an odd number, which goes up as it is
            other = next(beside, None)
            if other is None:
                return False
            found = _node(other, found) if at % 2 else _node(found, other)
        at, last = at // 2, last // 2
    return found == root and next(beside, None) is None


def _above(level: Sequence[bytes]) -> list[bytes]:
    pairs = zip(level[::2], level[1::2], strict=False)
    odd = [level[-1]] if len(level) % 2 else []
    return [_node(left, right) for left, right in pairs] + odd


def _node(left: bytes, right: bytes) -> bytes:
    return sha256(b"\x01" + left + right).digest()
