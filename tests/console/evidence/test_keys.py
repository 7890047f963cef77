"""The key of exports: made once, for its owner alone, and its public half as openssl has it."""

import hashlib
import subprocess
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)
from hypothesis import given
from hypothesis import strategies as st

from console.evidence.keys import NAME, read_verify_key, signing_key, verify_key
from policy.errors import ConfigurationError, EvidenceRefused
from tests.console.evidence.samples import KEY, OTHER_KEY


def test_the_key_is_made_once_and_stays(tmp_path: Path) -> None:
    first = signing_key(tmp_path)
    assert signing_key(tmp_path).public == first.public
    assert [path.name for path in tmp_path.iterdir()] == [NAME]
    assert (tmp_path / NAME).stat().st_mode & 0o777 == 0o600


def test_two_folders_have_two_keys(tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
    assert signing_key(tmp_path / "a").public != signing_key(tmp_path / "b").public


def test_a_signature_is_of_one_text_by_one_key() -> None:
    signature = KEY.sign(b"text")
    assert KEY.public.signed(signature, b"text")
    assert not KEY.public.signed(signature, b"texts")
    assert not OTHER_KEY.public.signed(signature, b"text")
    assert not KEY.public.signed(signature[:-1], b"text")


def test_the_fingerprint_is_what_openssl_says(tmp_path: Path) -> None:
    (tmp_path / "key.pem").write_bytes(KEY.public.pem)
    command = ["openssl", "pkey", "-pubin", "-in", str(tmp_path / "key.pem"), "-outform", "DER"]
    der = subprocess.run(command, capture_output=True, check=True).stdout
    assert KEY.public.fingerprint.replace(" ", "") == hashlib.sha256(der).hexdigest()
    assert verify_key(der, "a key") == KEY.public
    assert read_verify_key(tmp_path / "key.pem") == KEY.public


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660])
def test_a_key_that_others_may_read_is_not_used(mode: int, tmp_path: Path) -> None:
    signing_key(tmp_path)
    (tmp_path / NAME).chmod(mode)
    with pytest.raises(ConfigurationError, match="chmod 600"):
        signing_key(tmp_path)


def another_kind() -> bytes:
    return generate_private_key(SECP256R1()).private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


@pytest.mark.parametrize(
    "text", [pytest.param(b"", id="empty"), pytest.param(b"no key", id="text"), pytest.param(None, id="kind")]
)
def test_what_is_no_key_of_ours_is_left_as_it_is(text: bytes | None, tmp_path: Path) -> None:
    """A new key in place of a damaged one would let nobody verify what the old one signed."""
    file = tmp_path / NAME
    file.touch(0o600)
    file.write_bytes(another_kind() if text is None else text)
    before = file.read_bytes()
    with pytest.raises(ConfigurationError, match="bring it back from a backup"):
        signing_key(tmp_path)
    assert file.read_bytes() == before


def test_the_folder_is_made_for_its_owner_alone(tmp_path: Path) -> None:
    signing_key(tmp_path / "review")
    assert (tmp_path / "review").stat().st_mode & 0o777 == 0o700


def test_a_folder_that_is_away_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="cannot be made there"):
        signing_key(tmp_path / "none" / "review")


def test_a_link_is_no_key(tmp_path: Path) -> None:
    (tmp_path / "away").mkdir()
    signing_key(tmp_path / "away")
    (tmp_path / NAME).symlink_to(tmp_path / "away" / NAME)
    with pytest.raises(ConfigurationError, match="cannot be read"):
        signing_key(tmp_path)


def test_a_public_key_of_another_kind_verifies_nothing() -> None:
    public = generate_private_key(SECP256R1()).public_key()
    text = public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    with pytest.raises(EvidenceRefused, match="no Ed25519 key"):
        verify_key(text, "a key")


def test_a_key_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(EvidenceRefused, match="none: the key cannot be read"):
        read_verify_key(tmp_path / "none")
    with pytest.raises(EvidenceRefused, match="cannot be read"):
        read_verify_key(tmp_path)


@given(st.binary(max_size=200) | st.binary(max_size=120).map(lambda each: KEY.public.pem[:40] + each))
def test_whatever_is_given_for_a_key_is_one_or_refused(text: bytes) -> None:
    try:
        verify_key(text, "a key")
    except EvidenceRefused as refused:
        assert "\n" not in str(refused)
