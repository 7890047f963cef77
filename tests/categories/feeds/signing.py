"""A publisher with a minisign key, as https://jedisct1.github.io/minisign/ describes the format."""

import base64
import hashlib
import os
from dataclasses import dataclass, field

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey


@dataclass(frozen=True)
class Publisher:
    """Signs."""

    number: bytes = field(default_factory=lambda: os.urandom(8))
    key: Ed25519PrivateKey = field(default_factory=Ed25519PrivateKey.generate)

    @property
    def public_key(self) -> str:
        """As it would be published."""
        return base64.b64encode(b"Ed" + self.number + self.key.public_key().public_bytes_raw()).decode()

    def sign(
        self, data: bytes, comment: bytes = b"timestamp:1772323200\tfile:list.txt", *, whole: bool = False
    ) -> bytes:
        """A signature file; over the whole of the data, as minisign did before 0.6, or over its digest."""
        signature = self.key.sign(data if whole else hashlib.blake2b(data).digest())
        lines = [
            b"untrusted comment: signature from a secret key",
            base64.b64encode((b"Ed" if whole else b"ED") + self.number + signature),
            b"trusted comment: " + comment,
            base64.b64encode(self.key.sign(signature + comment)),
        ]
        return b"\n".join(lines) + b"\n"
