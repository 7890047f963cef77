"""What a key may be used for."""

from cryptography import x509

from addons.ca.usage import OF_AUTHORITY, OF_SERVER

NAMES = (
    *("digital_signature", "content_commitment", "key_encipherment", "data_encipherment"),
    *("key_agreement", "key_cert_sign", "crl_sign"),
)


def test_an_authority_signs_certificates_and_no_handshake_and_a_server_the_other_way_round() -> None:
    assert _granted(OF_AUTHORITY) == {"key_cert_sign", "crl_sign"}
    assert _granted(OF_SERVER) == {"digital_signature"}


def _granted(usage: x509.KeyUsage) -> set[str]:
    return {name for name in NAMES if getattr(usage, name)}
