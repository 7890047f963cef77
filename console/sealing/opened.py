"""
Sealed parts are opened, and those shown that are within the bounds; of the others it is said how many.

Who opens a part sees it before anything can be decided about it. So it is decided here, once, by the bounds
of the authority as they were signed, and what is outside them is dropped unseen.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field

from nacl.exceptions import CryptoError
from nacl.public import PrivateKey, SealedBox

from addons.sealing import FORM, NAME_BYTES, key_name
from console.sealing.taken import Bounds, Row
from policy.errors import EvidenceRefused
from policy.review.scope import Scope
from policy.sealed import SealedPart, read_sealed


@dataclass(slots=True)
class Opened:
    """What came of opening them."""

    shown: list[tuple[Row, SealedPart]] = field(default_factory=list)
    outside: int = 0  # opened, and not within the bounds
    other_key: int = 0  # sealed to another key
    unfit: int = 0  # damaged, or nothing that a gateway seals, or another row's


def open_rows(rows: Iterable[Row], key: PrivateKey, bounds: Bounds) -> Opened:
    """Open them with this key."""
    box, head = SealedBox(key), FORM + key_name(bytes(key.public_key))
    scope = Scope(**dict(bounds))
    opened = Opened()
    for row in rows:
        if not row.sealed.startswith(head):
            opened.other_key += 1
            continue
        try:
            part = read_sealed(box.decrypt(row.sealed[1 + NAME_BYTES :]), row.id)
        except (CryptoError, EvidenceRefused):
            opened.unfit += 1
            continue
        if _within(scope, row, part):
            opened.shown.append((row, part))
        else:
            opened.outside += 1
    opened.shown.sort(key=lambda one: one[1].at)
    return opened


def _within(scope: Scope, row: Row, part: SealedPart) -> bool:
    return scope.holds(
        organisation=part.organisation,
        at=part.at,
        person=part.person,
        unit=part.unit,
        category=row.category,
        resource=part.resource,
        verdict=row.verdict,
    )
