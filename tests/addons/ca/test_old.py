"""The gateway's own certificate authority."""

import stat
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from addons.ca import CERTIFICATE_FILE, KEY_FILE, VALIDITY, export_certificate, init_ca, load_ca
from policy.errors import ConfigurationError, Refused


def test_what_is_made_is_an_authority_that_signs_leaves_only(tmp_path: Path) -> None:
    made = init_ca(tmp_path / "ca", organisation="Example Force")
    certificate = load_ca(tmp_path / "ca").certificate
    assert certificate == made.certificate
    constraints = certificate.extensions.get_extension_for_class(x509.BasicConstraints)
    assert constraints.critical
    assert (constraints.value.ca, constraints.value.path_length) == (True, 0)
    usage = certificate.extensions.get_extension_for_class(x509.KeyUsage)
    assert usage.critical
    assert usage.value.key_cert_sign
    assert not usage.value.digital_signature
    assert isinstance(made.key, ec.EllipticCurvePrivateKey)
    assert isinstance(made.key.curve, ec.SECP256R1)
    assert "Example Force" in certificate.subject.rfc4514_string()
    certificate.verify_directly_issued_by(certificate)


def test_the_key_is_readable_by_its_owner_alone(tmp_path: Path) -> None:
    init_ca(tmp_path / "ca")
    assert stat.S_IMODE((tmp_path / "ca" / KEY_FILE).stat().st_mode) == 0o600
    assert stat.S_IMODE((tmp_path / "ca").stat().st_mode) == 0o700
    assert b"PRIVATE" not in (tmp_path / "ca" / CERTIFICATE_FILE).read_bytes()
    assert sorted(path.name for path in (tmp_path / "ca").iterdir()) == [CERTIFICATE_FILE, KEY_FILE]


def test_an_authority_is_never_overwritten(tmp_path: Path) -> None:
    """Every computer that trusts it would stop trusting the gateway."""
    init_ca(tmp_path)
    before = (tmp_path / KEY_FILE).read_bytes()
    with pytest.raises(Refused, match="already"):
        init_ca(tmp_path)
    (tmp_path / KEY_FILE).unlink()
    with pytest.raises(Refused, match="already"):
        init_ca(tmp_path)
    assert not (tmp_path / KEY_FILE).exists()
    assert before


def test_a_folder_that_cannot_be_written_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ConfigurationError, match="cannot be written"):
        init_ca(tmp_path / "file" / "ca")


def spoil(folder: Path, how: str) -> None:
    path = folder / KEY_FILE
    content = path.read_bytes()
    certificate_at = content.index(b"-----BEGIN CERTIFICATE")
    match how:
        case "readable":
            path.chmod(0o640)
        case "missing":
            path.unlink()
        case "html":
            path.write_bytes(b"<!doctype html>")
        case "no-certificate":
            path.write_bytes(content[:certificate_at])
        case "no-key":
            path.write_bytes(content[certificate_at:])
        case "other-key":
            other = ec.generate_private_key(ec.SECP256R1()).private_bytes(
                serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
            )
            path.write_bytes(other + content[certificate_at:])


@pytest.mark.parametrize(
    ("how", "why"),
    [
        ("readable", "others can read this private key"),
        ("missing", "sluicegate ca init"),
        ("html", "expected an unencrypted private key"),
        ("no-certificate", "expected an unencrypted private key"),
        ("no-key", "expected an unencrypted private key"),
        ("other-key", "do not belong together"),
    ],
)
def test_a_spoilt_authority_is_refused_with_one_clear_line(tmp_path: Path, how: str, why: str) -> None:
    init_ca(tmp_path)
    spoil(tmp_path, how)
    with pytest.raises(ConfigurationError, match=why) as caught:
        load_ca(tmp_path)
    assert "\n" not in str(caught.value)
    assert str(tmp_path / KEY_FILE) in str(caught.value)


def test_a_leaf_is_no_authority(tmp_path: Path) -> None:
    authority = init_ca(tmp_path)
    now = datetime.now(UTC)
    leaf = (
        x509.CertificateBuilder()
        .subject_name(x509.Name([]))
        .issuer_name(authority.certificate.subject)
        .public_key(authority.key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .sign(authority.key, authority.certificate.signature_hash_algorithm)  # type: ignore[arg-type]
    )
    content = (tmp_path / KEY_FILE).read_bytes()
    key = content[: content.index(b"-----BEGIN CERTIFICATE")]
    (tmp_path / KEY_FILE).write_bytes(key + leaf.public_bytes(serialization.Encoding.PEM))
    with pytest.raises(ConfigurationError, match="not an authority's"):
        load_ca(tmp_path)


@pytest.mark.parametrize(
    ("after", "valid"),
    [
        pytest.param(-timedelta(days=1), True, id="a-clock-that-is-behind"),
        pytest.param(-timedelta(days=3), False, id="before"),
        pytest.param(VALIDITY - timedelta(days=1), True, id="to-its-last-day"),
        pytest.param(VALIDITY + timedelta(days=1), False, id="after"),
    ],
)
def test_an_authority_holds_for_its_time(tmp_path: Path, after: timedelta, valid: bool) -> None:
    init_ca(tmp_path)
    at = datetime.now(UTC) + after
    if valid:
        load_ca(tmp_path, now=at)
    else:
        with pytest.raises(ConfigurationError, match="valid from"):
            load_ca(tmp_path, now=at)


def test_what_is_exported_is_the_certificate_and_never_the_key(tmp_path: Path) -> None:
    made = init_ca(tmp_path)
    assert x509.load_pem_x509_certificate(export_certificate(tmp_path)) == made.certificate
    assert x509.load_der_x509_certificate(export_certificate(tmp_path, "der")) == made.certificate
    assert b"PRIVATE" not in export_certificate(tmp_path)
