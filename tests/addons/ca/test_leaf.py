"""The certificate of one host, held to what verifies it elsewhere."""

import ipaddress
from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509 import verification
from cryptography.x509.oid import ExtendedKeyUsageOID

from addons.ca.authority import CertificateAuthority
from addons.ca.leaf import leaf_of
from addons.ca.making import ISSUING_VALIDITY, make_ca
from tests.addons.ca.made import NOW, authority

KEY = ec.generate_private_key(ec.SECP256R1()).public_key()
AUTHORITY = make_ca("Example Force", NOW)


def leaf(host: str, *, now: datetime = NOW, signs: CertificateAuthority = AUTHORITY) -> x509.Certificate:
    return x509.load_der_x509_certificate(leaf_of(signs, host, KEY, now))


@pytest.mark.parametrize(
    ("host", "name"),
    [
        pytest.param("fine.test", x509.DNSName("fine.test"), id="host"),
        pytest.param("xn--bcher-kva.test", x509.DNSName("xn--bcher-kva.test"), id="idn"),
        pytest.param("under_score.test", x509.DNSName("under_score.test"), id="underscore"),
        pytest.param("192.0.2.7", x509.IPAddress(ipaddress.ip_address("192.0.2.7")), id="ipv4"),
        pytest.param("2001:db8::7", x509.IPAddress(ipaddress.ip_address("2001:db8::7")), id="ipv6"),
        pytest.param(
            "a" * 63 + "." + "b" * 63 + ".test",
            x509.DNSName("a" * 63 + "." + "b" * 63 + ".test"),
            id="longer-than-a-common-name",
        ),
    ],
)
def test_a_leaf_names_its_host_and_no_other(host: str, name: x509.GeneralName) -> None:
    made = leaf(host)
    names = made.extensions.get_extension_for_class(x509.SubjectAlternativeName)
    assert list(names.value) == [name]
    assert names.critical  # as RFC 5280, 4.2.1.6 asks for where the subject is empty
    assert list(made.subject) == []
    made.verify_directly_issued_by(AUTHORITY.certificate)


def test_a_strict_verifier_accepts_it_through_the_chain_that_is_sent() -> None:
    """RFC 5280's rules and the browsers' baseline, as another implementation reads them."""
    store = verification.Store([AUTHORITY.root])
    verifier = (
        verification.PolicyBuilder().store(store).time(NOW).build_server_verifier(x509.DNSName("fine.test"))
    )
    chain = verifier.verify(leaf("fine.test"), list(AUTHORITY.sent))
    assert len(chain) == 3


def test_it_is_for_servers_alone_and_signs_nothing() -> None:
    extensions = leaf("fine.test").extensions
    purposes = extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    assert list(purposes) == [ExtendedKeyUsageOID.SERVER_AUTH]
    assert extensions.get_extension_for_class(x509.BasicConstraints).value.ca is False
    usage = extensions.get_extension_for_class(x509.KeyUsage).value
    assert (usage.digital_signature, usage.key_cert_sign, usage.crl_sign) == (True, False, False)


def test_its_key_is_the_one_that_was_handed_in_and_not_the_authority_s() -> None:
    made = leaf("fine.test")
    assert made.public_key() == KEY
    own = made.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value.digest
    issuer = made.extensions.get_extension_for_class(x509.AuthorityKeyIdentifier).value.key_identifier
    assert own != issuer


def test_the_issuer_s_key_is_named_as_the_issuer_names_it() -> None:
    """Another's PKI may compute it in another way; strict clients compare."""
    odd = x509.SubjectKeyIdentifier(b"\x07" * 20)
    named = authority("Issuing", identified=False, extensions=(odd,))
    made = leaf("fine.test", signs=CertificateAuthority(named.key, (named.certificate,)))
    assert (
        made.extensions.get_extension_for_class(x509.AuthorityKeyIdentifier).value.key_identifier
        == odd.digest
    )
    unnamed = authority("Issuing", identified=False)
    made = leaf("fine.test", signs=CertificateAuthority(unnamed.key, (unnamed.certificate,)))
    found = made.extensions.get_extension_for_class(x509.AuthorityKeyIdentifier).value
    assert found == x509.AuthorityKeyIdentifier.from_issuer_public_key(unnamed.key.public_key())


def test_it_is_valid_for_weeks_and_never_longer_than_what_signed_it() -> None:
    made = leaf("fine.test", now=NOW + timedelta(days=10))
    assert made.not_valid_before_utc == NOW + timedelta(days=8)
    assert made.not_valid_after_utc == NOW + timedelta(days=40)
    fresh = leaf("fine.test")
    assert fresh.not_valid_before_utc == AUTHORITY.certificate.not_valid_before_utc
    late = leaf("fine.test", now=NOW + ISSUING_VALIDITY - timedelta(days=1))
    assert late.not_valid_after_utc == AUTHORITY.ends


@pytest.mark.parametrize("days", [-3, ISSUING_VALIDITY.days + 1])
def test_an_authority_out_of_its_time_signs_nothing(days: int) -> None:
    with pytest.raises(ValueError, match="not valid now"):
        leaf("fine.test", now=NOW + timedelta(days=days))


def test_no_two_have_one_number() -> None:
    assert len({leaf("fine.test").serial_number for _ in range(20)}) == 20
    assert datetime.now(UTC) > NOW - timedelta(days=1)
