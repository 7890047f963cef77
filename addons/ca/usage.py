"""What a key may be used for (RFC 5280, 4.2.1.3): signing handshakes, or certificates, and nothing else."""

from cryptography import x509


def _usage(*, certifies: bool) -> x509.KeyUsage:
    # An elliptic curve's key signs: handshakes as a server's, certificates as an authority's.
    return x509.KeyUsage(
        digital_signature=not certifies,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=certifies,
        crl_sign=certifies,
        encipher_only=False,
        decipher_only=False,
    )


OF_AUTHORITY = _usage(certifies=True)
OF_SERVER = _usage(certifies=False)
