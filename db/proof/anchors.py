"""
Anchors: the last link of the chain, written down where who can alter the database cannot.

One line each, which a person can also print, sign and put into a file:

    sluicegate-anchor 1 <position> <link, hexadecimal> <when, UTC>
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import Engine, select

from db.engine import reading
from db.proof.chain import head
from db.review_models import ChainRow
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


def take_anchor(engine: Engine, now: datetime, earlier: Sequence[Anchor] = ()) -> Anchor:
    """
    The anchor of the chain as it is, once it has been held against earlier ones.

    Raises `EvidenceRefused` where the chain is not what one of them says, or has no link yet, `DatabaseAway`,
    or `ConfigurationError` where this login may not read it.
    """
    chain = ChainRow.__table__
    with reading(engine) as connection:
        for one in earlier:
            kept = connection.scalar(select(chain.c.link).where(chain.c.position == one.position))
            if kept != one.link:
                raise EvidenceRefused(
                    f"the chain is not what was anchored at {one.at:%Y-%m-%d %H:%M:%S} UTC "
                    f"(link {one.position}); run `sluicegate audit verify --anchors` with that file"
                )
        last = head(connection)
    if last is None:
        raise EvidenceRefused("nothing is linked yet: there is no change, access or batch to anchor")
    return Anchor(last.position, last.link, now)


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
