"""
When the certificates end that clients are shown, asked of the signer as a worker asks it.

So it is the chain that is in force and not the one that a file would put in force, and the observer
never reads a file with a key in it.
"""

import socket
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from cryptography import x509

from addons.ca.folder import CERTIFICATE_FILE
from addons.ca.protocol import MOST_BYTES, Chain, read_answer
from addons.lines import Misspoken

_ANSWER_SECONDS = 0.5


@dataclass(frozen=True, slots=True)
class Ends:
    """When a certificate ends: `issuing`, which signs leaves, or `root`, which clients trust."""

    what: str
    at: datetime


def chain_in_force(signer: str | bytes) -> tuple[bytes, ...]:
    """What follows a leaf now, DER; empty where no signer answers at its socket's name."""
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as line:
            line.settimeout(_ANSWER_SECONDS)
            line.connect(signer)
            said = read_answer(line.recv(MOST_BYTES))
    except (OSError, Misspoken):
        return ()
    return said.certificates if isinstance(said, Chain) else ()


def read_ends(chain: Sequence[bytes], folder: Path) -> tuple[Ends, ...]:
    """The first to end of those that sign, and of the roots that clients are to trust (`folder`)."""
    issuing = [one for der in chain if (one := _der(der)) is not None]
    try:
        roots = x509.load_pem_x509_certificates((folder / CERTIFICATE_FILE).read_bytes())
    except (OSError, ValueError):
        roots = []
    found = {"issuing": issuing, "root": roots}
    return tuple(
        Ends(what, min(one.not_valid_after_utc for one in all_)) for what, all_ in found.items() if all_
    )


def _der(content: bytes) -> x509.Certificate | None:
    try:
        return x509.load_der_x509_certificate(content)
    except ValueError:
        return None
