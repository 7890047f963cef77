"""
What is taken out to be opened elsewhere: the sealed parts of a period, and the bounds to open them in.

A signed file like every export (`console/evidence/`), so that whoever opens it sees that bounds and parts are
as the service gave them out. Whose parts they are is not known before they are open: the bounds go along.
"""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Annotated, Literal
from uuid import UUID

from pydantic import AwareDatetime, Base64Bytes, BaseModel, ConfigDict, Field, ValidationError

from console.evidence.keys import VerifyKey
from console.evidence.making import File
from console.evidence.manifest import Kind
from console.evidence.package import Package
from console.evidence.verifying import Verified, verify
from db.review.openings import SealedOpening
from db.review.sealed import MOST_ROWS, SealedRow
from policy.errors import EvidenceRefused
from policy.review.authority import Authority
from policy.review.scope import Scope
from policy.words import Verdict

KIND: Kind = "sealed-parts"
_OPENING, _PARTS = "opening.json", "sealed.jsonl"
_MOST_OPENING_BYTES = 1 << 20
_LONGEST_LINE = 64 * 1024


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Bounds(_Part):
    """`policy.review.scope.Scope`, as it goes along."""

    organisation: str
    since: AwareDatetime
    until: AwareDatetime
    people: frozenset[str]
    units: frozenset[str]
    only: frozenset[str] | None
    never: frozenset[str]
    categories: frozenset[str] | None
    allowed_visits: bool


class Opening(_Part):
    """Under what it was taken out."""

    format: Literal[1] = 1
    opening: str
    authority: str
    matter: str
    because: str
    requested_by: str
    agreed_by: str
    agreed_office: str
    bounds: Bounds


class Row(_Part):
    """One privileged decision."""

    id: UUID
    hour: AwareDatetime
    category: str | None
    verdict: Verdict
    reference: str
    sealed: Annotated[Base64Bytes, Field(max_length=_LONGEST_LINE)]


def files(
    opening: SealedOpening, authority: Authority, scope: Scope, rows: Iterable[SealedRow]
) -> tuple[File, ...]:
    """What goes into the file. Raises `EvidenceRefused` while the rows are read: there are too many."""
    decided = opening.decided
    if decided is None:
        raise ValueError("an opening that nobody agreed to")
    bounds = Bounds.model_validate({name: getattr(scope, name) for name in Bounds.model_fields}, strict=False)
    told = Opening(
        opening=opening.id,
        authority=authority.id,
        matter=authority.terms.matter,
        because=opening.because,
        requested_by=opening.requested_by,
        agreed_by=decided.by,
        agreed_office=decided.office,
        bounds=bounds,
    )
    return (
        File(_OPENING, "Under what they were taken out.", told.model_dump_json(indent=1).encode() + b"\n"),
        File(_PARTS, "Privileged decisions of the period, still sealed.", _lines(rows), rows=True),
    )


def read_taken(path: Path, key: VerifyKey) -> tuple[Verified, Opening, Iterator[Row]]:
    """
    A file that was taken out, whole and signed by `key`.

    Raises `EvidenceRefused`, also while the rows are read.
    """
    verified = verify(path, key)
    if verified.manifest.kind != KIND:
        raise EvidenceRefused(f"{path}: is an export of decisions; nothing in it is sealed")
    with Package.open(path) as package:
        try:
            opening = Opening.model_validate_json(package.read(_OPENING, _MOST_OPENING_BYTES))
        except ValidationError as error:
            raise EvidenceRefused(f"{path}: {_OPENING} is not what the service writes") from error
    return verified, opening, _rows(path)


def _lines(rows: Iterable[SealedRow]) -> Iterator[bytes]:
    for number, row in enumerate(rows, 1):
        if number > MOST_ROWS:
            raise EvidenceRefused(
                f"there are more than {MOST_ROWS:,} sealed parts in this period; ask for a shorter one"
            )
        told = Row.model_construct(
            id=row.id,
            hour=row.hour,
            category=row.category,
            verdict=row.verdict,
            reference=row.reference,
            sealed=row.sealed,
        )
        yield told.model_dump_json().encode() + b"\n"


def _rows(path: Path) -> Iterator[Row]:
    with Package.open(path) as package:
        for number, line in enumerate(_split(package.chunks(_PARTS)), 1):
            try:
                yield Row.model_validate_json(line)
            except ValidationError as error:
                raise EvidenceRefused(f"{path}: {_PARTS}, line {number}: is no sealed part") from error


def _split(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """Lines, none longer than any of ours."""
    rest = b""
    for chunk in chunks:
        *whole, rest = (rest + chunk).split(b"\n")
        yield from whole
        if len(rest) > 2 * _LONGEST_LINE:
            raise EvidenceRefused(f"{_PARTS}: a line that is longer than any sealed part")
    if rest:
        yield rest
