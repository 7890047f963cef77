"""A key with its chain, and what is looked at before anybody signs with them."""

import subprocess
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

from addons.ca.authority import CertificateAuthority, check_chain, check_time, parse, pem_of
from policy.errors import ConfigurationError
from tests.addons.ca.made import MAIL, NOW, SERVERS, Made, authority, usage

ROOT = authority("Root")
MIDDLE = authority("Middle", ROOT, path_length=1)
ISSUING = authority("Issuing", MIDDLE, path_length=0, extensions=(SERVERS, usage(signs=True)))


def chain(*made: Made) -> tuple[x509.Certificate, ...]:
    return tuple(one.certificate for one in made)


def test_what_is_written_is_read_again() -> None:
    made = CertificateAuthority(ISSUING.key, chain(ISSUING, MIDDLE, ROOT))
    read = parse(made.pem(), "ca.pem")
    assert read.chain == made.chain
    assert read.key.public_key() == made.key.public_key()


def test_the_root_is_trusted_and_never_sent() -> None:
    made = CertificateAuthority(ISSUING.key, chain(ISSUING, MIDDLE, ROOT))
    assert made.root == ROOT.certificate
    assert made.sent == chain(ISSUING, MIDDLE)
    assert CertificateAuthority(ROOT.key, chain(ROOT)).sent == ()


@pytest.mark.parametrize(
    "good",
    [
        pytest.param(lambda: (ROOT,), id="its-own-root"),
        pytest.param(lambda: (ISSUING, MIDDLE, ROOT), id="two-levels"),
        pytest.param(lambda: (authority("I", ROOT, extensions=(SERVERS,)), ROOT), id="no-path-length"),
        pytest.param(
            lambda: (authority("I", ROOT, key=rsa.generate_private_key(65537, 2048)), ROOT), id="rsa-2048"
        ),
    ],
)
def test_a_chain_that_clients_accept_passes(good: Callable[[], tuple[Made, ...]]) -> None:
    check_chain(chain(*good()), "here")


@pytest.mark.parametrize(
    ("bad", "says"),
    [
        pytest.param(lambda: (authority("I", ROOT, ca=False), ROOT), "CA:TRUE is missing", id="a-leaf"),
        pytest.param(
            lambda: (authority("I", ROOT, ca=None), ROOT), "CA:TRUE is missing", id="no-constraints"
        ),
        pytest.param(
            lambda: (ISSUING, authority("Middle", ROOT, key=MIDDLE.key, path_length=0), ROOT),
            "path length 0",
            id="no-room-below",
        ),
        pytest.param(
            lambda: (authority("I", ROOT, extensions=(usage(signs=False),)), ROOT),
            "keyCertSign",
            id="may-not-sign",
        ),
        pytest.param(
            lambda: (authority("I", ROOT, extensions=(MAIL,)), ROOT), "serverAuth", id="for-mail-only"
        ),
        pytest.param(lambda: (ISSUING, MIDDLE), "is not its own root", id="no-root"),
        pytest.param(lambda: (ISSUING, ROOT), "was not issued by the next", id="one-left-out"),
        pytest.param(
            lambda: (authority("I", authority("Root")), ROOT), "its signature is wrong", id="another-root"
        ),
        pytest.param(
            lambda: (authority("I", ROOT, key=rsa.generate_private_key(65537, 1024)), ROOT),  # noqa: S505 - weak on purpose
            "1024 bits",
            id="a-weak-key",
        ),
        pytest.param(
            lambda: (authority("I", ROOT, identified=False), ROOT), "names no keys", id="no-key-identifiers"
        ),
        pytest.param(lambda: (ROOT,) * 9, "at most 8", id="too-long"),
    ],
)
def test_a_chain_that_clients_would_refuse_is_refused_with_one_line(
    bad: Callable[[], tuple[Made, ...]], says: str
) -> None:
    with pytest.raises(ConfigurationError, match=says) as caught:
        check_chain(chain(*bad()), "here.pem")
    assert str(caught.value).startswith("here.pem: ")
    assert "\n" not in str(caught.value)


def signed_with_sha1(folder: Path, made: Made, issuer: Made) -> x509.Certificate:
    """As openssl still does it; our library no longer makes such a signature."""
    (folder / "issuer.pem").write_bytes(CertificateAuthority(issuer.key, chain(issuer)).pem())
    (folder / "it.pem").write_bytes(CertificateAuthority(made.key, chain(made)).pem())
    (folder / "ext").write_text(
        "basicConstraints = critical, CA:TRUE\nsubjectKeyIdentifier = hash\nauthorityKeyIdentifier = keyid\n"
    )
    for command in (
        "openssl x509 -x509toreq -in it.pem -key it.pem -out it.csr",
        "openssl x509 -req -in it.csr -CA issuer.pem -CAkey issuer.pem -days 30 -sha1 -extfile ext "
        "-out sha1.pem",
    ):
        subprocess.run(command.split(), cwd=folder, check=True, capture_output=True)
    return x509.load_pem_x509_certificate((folder / "sha1.pem").read_bytes())


def test_a_signature_that_clients_refuse_is_refused_but_a_root_s_own_proves_nothing(tmp_path: Path) -> None:
    root = authority("Root", key=rsa.generate_private_key(65537, 2048))
    old = signed_with_sha1(tmp_path, authority("I", root), root)
    with pytest.raises(ConfigurationError, match="sha1, which clients refuse"):
        check_chain((old, root.certificate), "here")
    old_root = signed_with_sha1(tmp_path, root, root)
    new = authority("I", Made(root.key, old_root))
    check_chain((new.certificate, old_root), "here")


def pem_key(key: ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


@pytest.mark.parametrize(
    ("content", "says"),
    [
        pytest.param(b"<!doctype html>", "expected an unencrypted private key", id="html"),
        pytest.param(pem_of(chain(ROOT)), "expected an unencrypted private key", id="no-key"),
        pytest.param(pem_key(ROOT.key), "expected an unencrypted private key", id="no-certificate"),
        pytest.param(pem_key(MIDDLE.key) + pem_of(chain(ROOT)), "do not belong together", id="another-key"),
        pytest.param(
            pem_key(ed25519.Ed25519PrivateKey.generate()) + pem_of(chain(ROOT)),
            "elliptic-curve or RSA",
            id="a-key-that-clients-do-not-know",
        ),
    ],
)
def test_what_is_no_authority_is_one_line(content: bytes, says: str) -> None:
    with pytest.raises(ConfigurationError, match=says):
        parse(content, "ca.pem")


@pytest.mark.parametrize(
    ("days", "valid"),
    [(-2, False), (0, True), (99, True), (101, False)],
)
def test_a_chain_holds_as_long_as_all_of_it(days: int, valid: bool) -> None:
    brief = authority("Middle", ROOT, key=MIDDLE.key)
    lasting = authority("Issuing", brief, key=ISSUING.key, ends=NOW + timedelta(days=500))
    made = CertificateAuthority(lasting.key, chain(lasting, brief, ROOT))
    assert (made.begins, made.ends) == (NOW - timedelta(days=1), NOW + timedelta(days=100))
    if valid:
        check_time(made, "here", NOW + timedelta(days=days))
    else:
        with pytest.raises(ConfigurationError, match="valid from"):
            check_time(made, "here", NOW + timedelta(days=days))
