"""Sealing: only the private half opens it, not even twice the same, and no key that anybody could open."""

import pytest
from nacl.public import PrivateKey, SealedBox

from addons.sealing import FORM, NAME_BYTES, key_name, make_seal
from policy.errors import ConfigurationError

KEY = PrivateKey(b"\x07" * 32)


def test_only_the_private_half_opens_what_is_sealed() -> None:
    seal = make_seal(bytes(KEY.public_key).hex())
    assert seal is not None
    first, second = seal(b"text"), seal(b"text")
    assert first != second
    head = FORM + key_name(bytes(KEY.public_key))
    for sealed in (first, second):
        assert sealed.startswith(head)
        assert b"text" not in sealed
        assert SealedBox(KEY).decrypt(sealed[1 + NAME_BYTES :]) == b"text"


def test_without_a_key_there_is_nothing_to_seal_with() -> None:
    assert make_seal("") is None


@pytest.mark.parametrize(
    "key", ["00" * 32, "01" + "00" * 31, "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800"]
)
def test_a_key_to_which_anybody_knows_the_secret_is_refused(key: str) -> None:
    with pytest.raises(ConfigurationError, match=r"sealing\.public_key"):
        make_seal(key)
