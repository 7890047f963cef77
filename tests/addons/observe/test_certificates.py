"""When the authority ends, without a look at its key."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

from cryptography.hazmat.primitives.serialization import Encoding

from addons.ca import CERTIFICATE_FILE
from addons.ca.authority import CertificateAuthority, pem_of
from addons.ca.folder import CaFolder
from addons.ca.signer import InForce, Signer
from addons.lines import open_listening
from addons.observe.certificates import Ends, chain_in_force, read_ends
from tests.addons.ca.made import NOW, authority

ROOT = authority("root", ends=NOW + timedelta(days=3000))
ISSUING = authority("issuing", ROOT, path_length=0, ends=NOW + timedelta(days=29))


@contextmanager
def signing(folder: Path) -> Iterator[str | bytes]:
    """A signer over the authority in `folder`; the name of its socket."""
    listening = open_listening()
    stop = threading.Event()
    thread = threading.Thread(target=Signer(InForce(folder), listening).run, args=(stop,))
    thread.start()
    try:
        yield listening.getsockname()
    finally:
        stop.set()
        thread.join()
        listening.close()


def test_the_chain_is_the_one_that_is_signed_with(tmp_path: Path) -> None:
    CaFolder(tmp_path).add(CertificateAuthority(ISSUING.key, (ISSUING.certificate, ROOT.certificate)))
    with signing(tmp_path) as name:
        chain = chain_in_force(name)
    assert chain == (ISSUING.certificate.public_bytes(Encoding.DER),)
    assert read_ends(chain, tmp_path) == (
        Ends("issuing", NOW + timedelta(days=29)),
        Ends("root", NOW + timedelta(days=3000)),
    )


def test_a_signer_that_does_not_answer_leaves_it_unknown() -> None:
    listening = open_listening()
    name = listening.getsockname()
    assert chain_in_force(name) == (), "nobody takes the question"
    listening.close()
    assert chain_in_force(name) == ()


def test_of_several_the_first_to_end_counts(tmp_path: Path) -> None:
    other = authority("other", ends=NOW + timedelta(days=10))
    (tmp_path / CERTIFICATE_FILE).write_bytes(pem_of((ROOT.certificate, other.certificate)))
    assert read_ends((), tmp_path) == (Ends("root", NOW + timedelta(days=10)),)


def test_what_does_not_read_is_unknown(tmp_path: Path) -> None:
    assert read_ends((b"not a certificate",), tmp_path) == ()
    (tmp_path / CERTIFICATE_FILE).write_text("neither")
    assert read_ends((), tmp_path) == ()
