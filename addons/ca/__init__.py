"""
The certificate authority: made by a person, kept in one file, used by one process.

Two levels. A **root** is what clients trust; its key never lies on the gateway. An **issuing authority**
below it signs the leaves that clients are shown; its key does lie here, and so can be replaced without
touching a single client. The organisation's own PKI may stand in the root's place.

    making.py     roots, issuing authorities and requests for one; the root's key under a passphrase
    authority.py  a key and its chain, and what is looked at before anybody signs with them
    reading.py    certificates as other people's tools write them, put in order
    folder.py     the files: one in force, one that is next, one that was before
    trial.py      a leaf held to a strict verifier, for whoever imports an authority
    expiry.py     how long it still holds, and when to say so
    rollout.py    what clients are given: files for every kind of device
    leaf.py       the certificate of one host
    protocol.py   what worker and signer say to each other
    signer.py     the process that alone holds the key
    client.py     the worker's end
"""

from addons.ca.authority import CertificateAuthority
from addons.ca.folder import CERTIFICATE_FILE, KEY_FILE, export_certificates, init_ca, load_ca
from addons.ca.making import make_ca

__all__ = [
    "CERTIFICATE_FILE",
    "KEY_FILE",
    "CertificateAuthority",
    "export_certificates",
    "init_ca",
    "load_ca",
    "make_ca",
]
