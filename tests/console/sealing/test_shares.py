"""Shares: any two make the key, one makes nothing, and a slip of the pen is told."""

from itertools import combinations

import pytest

from console.sealing.shares import join, make_shares, public_key_of
from policy.errors import EvidenceRefused

MADE = make_shares()


def test_any_two_of_three_make_the_key_however_they_are_typed() -> None:
    for first, second in combinations(MADE.shares, 2):
        assert public_key_of([f"  {first.upper()}\n", second.replace(" ", "\n ")]) == MADE.public_key


def test_the_key_is_written_in_no_share() -> None:
    for share in MADE.shares:
        assert bytes(join(MADE.shares[:2])).hex() not in share
        assert MADE.public_key not in share


@pytest.mark.parametrize(
    "shares",
    [
        pytest.param(MADE.shares[:1], id="one"),
        pytest.param((MADE.shares[0], MADE.shares[0]), id="the-same-twice"),
        pytest.param(MADE.shares, id="all-three"),
        pytest.param((MADE.shares[0], make_shares().shares[1]), id="of-two-keys"),
        pytest.param((MADE.shares[0], " ".join(MADE.shares[1].split()[:-1])), id="a-word-missing"),
        pytest.param((MADE.shares[0], " ".join(reversed(MADE.shares[1].split()))), id="another-order"),
        pytest.param((MADE.shares[0], "words of no list"), id="no-words"),
        pytest.param(("", ""), id="nothing"),
        pytest.param((MADE.shares[0], "academic " * 100_000), id="long"),
    ],
)
def test_what_is_no_two_shares_of_one_key_is_refused(shares: tuple[str, ...]) -> None:
    with pytest.raises(EvidenceRefused, match="share"):
        join(shares)
