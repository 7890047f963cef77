"""
Anchors: the last link of the chain, written down where who can alter the database cannot.

One line each, which a person can also print, sign and put into a file:

    sluicegate-anchor 1 <position> <link, hexadecimal> <when, UTC>
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from db.proof.chain import Link
from policy.errors import EvidenceRefused

_LINE = re.compile(
    r"sluicegate-anchor 1 (?P<position>[1-9][0-9]{0,17}) (?P<link>[0-9a-f]{64}) "
    r"(?P<at>[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z)"
)
_LONGEST = 200


@dataclass(frozen=True, slots=True)
class Anchor:
    """What the chain's last link was at a time."""

    position: int
    link: bytes
    at: datetime

    def __str__(self) -> str:
        at = self.at.astimezone(UTC)
        return f"sluicegate-anchor 1 {self.position} {self.link.hex()} {at:%Y-%m-%dT%H:%M:%SZ}"


def anchor(head: Link, now: datetime) -> Anchor:
    """The anchor of a chain that ends with `head`."""
    return Anchor(head.position, head.link, now)


def read_anchors(lines: Iterable[str]) -> Iterator[Anchor]:
    """
    The anchors of a file; empty lines and such as begin with # are passed over.

    Raises `EvidenceRefused`, naming the line, for anything else: half an anchor must not pass for none.
    """
    for number, line in enumerate(lines, 1):
        stripped = line.strip()
        if not stripped or stripped.startswith("#"):
            continue
        try:
            found = _LINE.fullmatch(stripped[:_LONGEST])
            if found is None:
                raise ValueError(stripped)
            at = datetime.fromisoformat(found["at"])
        except ValueError:
            raise EvidenceRefused(
                f"line {number}: this is no anchor; look for the line that `sluicegate audit anchor` printed"
            ) from None
        yield Anchor(int(found["position"]), bytes.fromhex(found["link"]), at)
