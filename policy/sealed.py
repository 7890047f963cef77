"""
What of a privileged decision is kept for nobody but the holders of a key's shares (`docs/sealing.md`).

Never of a help line, never while break-glass is open, and never without what naming anybody takes: a standing
authority in force, a notice, and a person who has read it. The text is made here and sealed where the key is
known (`addons/sealing.py`), before anything is written anywhere.

It is padded to whole blocks, each with room for the longest host and path beside what is known of a person,
so that the length of what is sealed does not tell one site from another. It says which row it belongs to, so
that no row can be given another's.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from policy.decision import Judgement
from policy.document import Policy
from policy.errors import EvidenceRefused
from policy.facts import RequestFacts
from policy.text import HOST_LENGTH, storable
from policy.words import CategoryKind, PersonHow, Resource

BLOCK = 2048
MOST_BYTES = 16 * 1024


@dataclass(frozen=True, slots=True)
class SealedPart:
    """What the row leaves out."""

    row: UUID  # the decision's, as it is stored
    at: datetime
    organisation: str
    person: str
    how: PersonHow
    unit: str | None
    role: str | None
    device: str | None
    client_ip: str | None
    resource: Resource
    host: str
    port: int | None
    path: str | None


def is_sealed(judgement: Judgement, facts: RequestFacts, policy: Policy, *, break_glass: bool) -> bool:
    """Whether anything of this decision is to be kept sealed."""
    if break_glass or not judgement.privileged or facts.who.person is None:
        return False
    if not facts.who.notified or policy.notice is None or not policy.authority.in_force(facts.at.date()):
        return False
    kinds = {policy.rules[name].kind for name in judgement.categories if name in policy.rules}
    return CategoryKind.PRIVILEGED in kinds and CategoryKind.HELP not in kinds


def text_to_seal(row: UUID, facts: RequestFacts, path: str | None) -> bytes:
    """The text of a decision's sealed part; `path` as it is cut for a row that names somebody."""
    who = facts.who
    part = SealedPart(
        row=row,
        at=facts.at,
        organisation=who.organisation or "",
        person=who.person or "",
        how=who.how,
        unit=who.unit,
        role=who.role,
        device=who.device,
        client_ip=who.client_ip,
        resource=facts.resource,
        host=storable(facts.host, HOST_LENGTH),
        port=facts.port,
        path=path,
    )
    told = asdict(part) | {"row": str(row), "at": facts.at.astimezone(UTC).isoformat()}
    written = json.dumps(told, separators=(",", ":")).encode()
    return written.ljust(-(-len(written) // BLOCK) * BLOCK)


def read_sealed(text: bytes, row: UUID) -> SealedPart:
    """
    What was sealed for this row.

    Raises `EvidenceRefused` where it is another row's, or none of ours: anybody can seal to a public key.
    """
    try:
        if len(text) > MOST_BYTES:
            raise ValueError("too long")
        told: Mapping[str, Any] = json.loads(text)
        part = SealedPart(
            row=UUID(told["row"]),
            at=datetime.fromisoformat(told["at"]),
            organisation=_text(told["organisation"]) or "",
            person=_text(told["person"]) or "",
            how=PersonHow(told["how"]),
            unit=_text(told["unit"]),
            role=_text(told["role"]),
            device=_text(told["device"]),
            client_ip=_text(told["client_ip"]),
            resource=Resource(told["resource"]),
            host=_text(told["host"]) or "",
            port=None if told["port"] is None else int(told["port"]),
            path=_text(told["path"]),
        )
        if part.at.tzinfo is None:
            raise ValueError("no time zone")
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise EvidenceRefused(f"{row}: what is sealed is not what a gateway writes") from error
    if part.row != row:
        raise EvidenceRefused(f"{row}: what is sealed belongs to another decision, {part.row}")
    return part


def _text(value: object) -> str | None:
    if value is not None and not isinstance(value, str):
        raise TypeError("not a text")
    return value
