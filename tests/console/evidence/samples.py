"""An export of two small files, and a key that is the same every time."""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from console.evidence.keys import SigningKey
from console.evidence.making import About, File, write_export

KEY = SigningKey(Ed25519PrivateKey.from_private_bytes(bytes(range(32))))
OTHER_KEY = SigningKey(Ed25519PrivateKey.from_private_bytes(bytes(32)))
MADE_AT = datetime(2026, 11, 22, 2, 30, tzinfo=UTC)
ABOUT = About(
    kind="review-export",
    marking="OFFICIAL-SENSITIVE",
    made_at=MADE_AT,
    made_by="reviewer",
    organisation="Example Police",
    authority="K7QF2M9T",
    access="01976d3e-0000-7000-8000-000000000001",
    revision="0005_since_0004",
)
FILES = (
    File("first-page.txt", "What this is.", b"What this is\n"),
    File("rows/decisions.jsonl", "The rows.", (b'{"a":1}\n', b'{"a":2}\n'), rows=True),
)


def exported(path: Path, *files: File, key: SigningKey = KEY, **about: str) -> Path:
    """An export at `path`."""
    with path.open("x+b") as file:
        write_export(file, replace(ABOUT, **about), files or FILES, key)  # type: ignore[arg-type]  # by name
    return path
