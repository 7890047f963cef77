"""The leaves that clients are shown."""

import pytest
from cryptography import x509

from addons import certificates as module
from addons.certificates import Certificates
from tests.addons.gateway import authority


@pytest.mark.parametrize(
    ("host", "name"),
    [
        pytest.param("fine.test", x509.DNSName("fine.test"), id="host"),
        pytest.param("xn--bcher-kva.test", x509.DNSName("xn--bcher-kva.test"), id="idn"),
        pytest.param("192.0.2.7", None, id="ipv4"),
        pytest.param("2001:db8::7", None, id="ipv6"),
        pytest.param("a" * 63 + "." + "b" * 63 + ".test", None, id="longer-than-a-common-name"),
    ],
)
def test_a_leaf_names_its_host_and_no_other_and_is_signed_by_the_authority(
    host: str, name: x509.GeneralName | None
) -> None:
    leaf = Certificates(authority()).leaf(host).cert.to_cryptography()
    leaf.verify_directly_issued_by(authority().certificate)
    names = leaf.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert [str(n.value) for n in names] == [host]
    assert name is None or list(names) == [name]


def test_a_leaf_is_signed_once_and_the_one_used_longest_ago_makes_room() -> None:
    certificates = Certificates(authority(), most=2)
    first = certificates.leaf("a.test")
    certificates.leaf("b.test")
    assert certificates.leaf("a.test") is first
    certificates.leaf("c.test")
    assert certificates.leaf("a.test") is first
    assert len(certificates._leaves) == 2
    assert "b.test" not in certificates._leaves


def test_a_leaf_is_made_anew_long_before_it_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    certificates = Certificates(authority())
    first = certificates.leaf("a.test")
    monkeypatch.setattr(module, "_KEPT", 0.0)
    assert certificates.leaf("a.test") is not first


def test_the_store_for_mitmproxy_holds_the_authority_and_makes_nothing() -> None:
    store = Certificates(authority()).store()
    assert store.default_ca.to_cryptography() == authority().certificate
    assert store.dhparams is None
