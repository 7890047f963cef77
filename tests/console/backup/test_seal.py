"""Sealing: the passphrase opens it, nothing else does, and no byte can be changed."""

import pytest

from console.backup.seal import seal, unseal
from policy.errors import BackupRefused

SECRET = b"-----BEGIN PRIVATE KEY-----"
SEALED = seal(SECRET, "correct horse battery staple")


def test_the_passphrase_opens_it() -> None:
    assert unseal(SEALED, "correct horse battery staple") == SECRET
    assert SECRET not in SEALED


def test_no_two_are_alike() -> None:
    again = seal(SECRET, "correct horse battery staple")
    assert again[60:] != SEALED[60:]


@pytest.mark.parametrize("passphrase", ["", "correct horse battery stapl", "Correct horse battery staple"])
def test_another_passphrase_does_not(passphrase: str) -> None:
    with pytest.raises(BackupRefused, match="passphrase does not open"):
        unseal(SEALED, passphrase)


@pytest.mark.parametrize("at", [60, 75, 90, -1])
def test_a_changed_byte_is_found(at: int) -> None:
    changed = bytearray(SEALED)
    changed[at] ^= 1
    with pytest.raises(BackupRefused, match="passphrase does not open"):
        unseal(bytes(changed), "correct horse battery staple")


@pytest.mark.parametrize(
    "sealed", [b"", b"x" * 200, SEALED.replace(b"2^17", b"2^01"), SEALED[:49]], ids=range(4)
)
def test_another_form_is_refused(sealed: bytes) -> None:
    """Weaker parameters, or such as take all memory, cannot be asked for."""
    with pytest.raises(BackupRefused, match="in a way that this release does not know"):
        unseal(sealed, "correct horse battery staple")


@pytest.mark.parametrize("length", [50, 60, 70, 78, 90])
def test_one_that_is_cut_off_is_refused(length: int) -> None:
    with pytest.raises(BackupRefused):
        unseal(SEALED[:length], "correct horse battery staple")
