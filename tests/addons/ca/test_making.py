"""Roots, issuing authorities and requests."""

from datetime import timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID

from addons.ca.authority import check_chain, check_time
from addons.ca.making import ISSUING_VALIDITY, ROOT_VALIDITY, make_ca, make_request, make_root, open_root
from policy.errors import ConfigurationError
from tests.addons.ca.made import NOW

PASSPHRASE = "correct horse battery staple"


def test_what_is_made_is_a_root_and_an_authority_below_it_that_signs_for_servers_only() -> None:
    made = make_ca("Example Force", NOW)
    check_chain(made.chain, "made")
    check_time(made, "made", NOW)
    issuing, root = made.chain
    assert issuing.public_key() != root.public_key()
    for certificate, length in ((root, 1), (issuing, 0)):
        constraints = certificate.extensions.get_extension_for_class(x509.BasicConstraints)
        assert constraints.critical
        assert (constraints.value.ca, constraints.value.path_length) == (True, length)
        usage = certificate.extensions.get_extension_for_class(x509.KeyUsage)
        assert usage.critical
        assert (usage.value.key_cert_sign, usage.value.digital_signature) == (True, False)
        assert "Example Force" in certificate.subject.rfc4514_string()
    purposes = issuing.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    assert list(purposes) == [ExtendedKeyUsageOID.SERVER_AUTH]
    assert isinstance(made.key, ec.EllipticCurvePrivateKey)
    assert isinstance(made.key.curve, ec.SECP256R1)


def test_a_clock_that_is_two_days_behind_accepts_it() -> None:
    made = make_ca("", NOW)
    check_time(made, "made", NOW - timedelta(days=1, hours=23))


def test_a_root_outlives_its_authorities_and_none_outlives_its_root() -> None:
    root = make_root("", NOW)
    assert root.issue("", NOW).ends == NOW + ISSUING_VALIDITY
    late = NOW + ROOT_VALIDITY - timedelta(days=30)
    assert root.issue("", late).ends == NOW + ROOT_VALIDITY
    with pytest.raises(ConfigurationError, match="not valid now"):
        root.issue("", NOW + ROOT_VALIDITY + timedelta(days=1))


def test_a_root_s_key_leaves_encrypted_and_opens_with_its_passphrase_alone() -> None:
    root = make_root("Example Force", NOW)
    sealed = root.sealed(PASSPHRASE)
    assert b"BEGIN ENCRYPTED PRIVATE KEY" in sealed
    assert b"BEGIN PRIVATE KEY" not in sealed
    again = open_root(sealed, PASSPHRASE, "root.pem", NOW)
    assert again.certificate == root.certificate
    check_chain(again.issue("", NOW).chain, "again")
    for wrong in ("wrong", ""):
        with pytest.raises(ConfigurationError, match=r"^root\.pem: the passphrase is wrong"):
            open_root(sealed, wrong, "root.pem", NOW)


@pytest.mark.parametrize(
    ("content", "days", "says"),
    [
        pytest.param(b"", 0, "no root's key", id="empty"),
        pytest.param(make_ca("", NOW).pem(), 0, "no root's key", id="a-key-without-a-passphrase"),
        pytest.param(
            make_root("", NOW).sealed(PASSPHRASE).split(b"-----BEGIN CERT")[0]
            + make_root("", NOW).sealed(PASSPHRASE).partition(b"-----BEGIN CERT")[2],
            0,
            "no root's key",
            id="a-certificate-cut-in-two",
        ),
        pytest.param(
            make_root("", NOW).sealed(PASSPHRASE), 4000, "is valid from", id="a-root-that-has-ended"
        ),
    ],
)
def test_what_is_no_root_is_one_line(content: bytes, days: int, says: str) -> None:
    with pytest.raises(ConfigurationError, match=says):
        open_root(content, PASSPHRASE, "root.pem", NOW + timedelta(days=days))


def test_a_root_with_another_s_certificate_is_refused() -> None:
    one, other = make_root("", NOW).sealed(PASSPHRASE), make_root("", NOW).sealed(PASSPHRASE)
    mark = b"-----BEGIN CERT"
    mixed = one.split(mark)[0] + mark + other.split(mark)[1]
    with pytest.raises(ConfigurationError, match="do not belong together"):
        open_root(mixed, PASSPHRASE, "root.pem", NOW)


def test_a_request_asks_for_an_authority_that_may_sign_leaves_for_servers() -> None:
    key, request = make_request("Example Force", NOW)
    assert request.is_signature_valid
    assert request.public_key() == key.public_key()
    assert "O=Example Force" in request.subject.rfc4514_string()
    constraints = request.extensions.get_extension_for_class(x509.BasicConstraints).value
    assert (constraints.ca, constraints.path_length) == (True, 0)
    usage = request.extensions.get_extension_for_class(x509.KeyUsage).value
    assert (usage.key_cert_sign, usage.crl_sign, usage.digital_signature) == (True, True, False)
    purposes = request.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    assert list(purposes) == [ExtendedKeyUsageOID.SERVER_AUTH]
