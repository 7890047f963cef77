"""Certificates as other people's tools write them."""

import random

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, pkcs7
from hypothesis import given
from hypothesis import strategies as st

from addons.ca.authority import CertificateAuthority, pem_of
from addons.ca.reading import chain_from, read_certificates
from policy.errors import ConfigurationError
from tests.addons.ca.made import authority

ROOT = authority("Root")
MIDDLE = authority("Middle", ROOT)
ISSUING = authority("Issuing", MIDDLE)
OTHER = authority("Other")
ALL = [one.certificate for one in (ISSUING, MIDDLE, ROOT)]


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(pem_of(ALL), id="pem"),
        pytest.param(b"subject=Issuing\n" + pem_of(ALL), id="pem-with-words"),
        pytest.param(pkcs7.serialize_certificates(ALL, Encoding.PEM), id="pkcs7-pem"),
        pytest.param(pkcs7.serialize_certificates(ALL, Encoding.DER), id="pkcs7-der"),
    ],
)
def test_every_usual_form_of_several_is_read(content: bytes) -> None:
    assert set(read_certificates(content, "here")) == set(ALL)


def test_one_as_der_is_read() -> None:
    assert read_certificates(ALL[0].public_bytes(Encoding.DER), "here") == [ALL[0]]


@pytest.mark.parametrize(
    "content", [b"", b"<html>", b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----"]
)
def test_what_is_no_certificate_is_one_line(content: bytes) -> None:
    with pytest.raises(ConfigurationError, match=r"^here: expected certificates"):
        read_certificates(content, "here")


def test_a_private_key_does_not_come_in_by_mistake() -> None:
    content = CertificateAuthority(ROOT.key, (ROOT.certificate,)).pem()
    with pytest.raises(ConfigurationError, match="has a private key in it"):
        read_certificates(content, "here")


@given(st.binary(max_size=2000))
def test_bytes_of_any_kind_are_certificates_or_refused(content: bytes) -> None:
    try:
        assert read_certificates(content, "here")
    except ConfigurationError as error:
        assert "\n" not in str(error)


def test_a_chain_is_found_in_any_order_and_what_is_not_on_it_is_left_out() -> None:
    others = [*ALL[1:], OTHER.certificate, ALL[0]]
    for seed in range(5):
        random.Random(seed).shuffle(others)  # noqa: S311 (an order, not a secret)
        assert chain_from(ALL[0], others) == tuple(ALL)


def test_a_chain_that_is_not_whole_ends_where_it_ends() -> None:
    assert chain_from(ALL[0], [ALL[1]]) == tuple(ALL[:2])
    assert chain_from(ALL[0], [OTHER.certificate]) == (ALL[0],)
    assert chain_from(ROOT.certificate, ALL) == (ROOT.certificate,)


def test_two_that_signed_each_other_are_no_endless_chain() -> None:
    first = authority("A")
    second = authority("B", first)
    crossed = authority("A", second, key=first.key)
    found = chain_from(crossed.certificate, [second.certificate, crossed.certificate])
    assert len(found) == 2
