"""What is taken out: signed, bounded, and read again as it was."""

import io
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from console.evidence.keys import SigningKey
from console.evidence.making import About, File, write_export
from console.sealing.taken import files, read_taken
from db.review.openings import SealedOpening
from db.review.sealed import SealedRow
from policy.errors import EvidenceRefused
from policy.identifiers import uuid7
from policy.review.authority import Authority, Decided
from policy.words import AuthorityOutcome, Verdict
from tests.console.evidence.samples import KEY
from tests.db.review.reviewing import TERMS, scope_of

NOON = datetime(2026, 3, 4, 12, tzinfo=UTC)
AUTHORITY = Authority("K7QF2M9T", TERMS, "rita", NOON)
OPENING = SealedOpening(
    "M3TV81QA",
    AUTHORITY.id,
    "rita",
    NOON,
    "why",
    Decided(AuthorityOutcome.GRANTED, NOON, "olga", "Office", "yes"),
)
ABOUT = About(
    kind="sealed-parts",
    marking="SEALED PARTS",
    made_at=NOON,
    made_by="rita",
    organisation="",
    authority=AUTHORITY.id,
    access="access",
    revision="5",
)
ROWS = [SealedRow(uuid7(), NOON, "unions", Verdict.ALLOW, "REFERENC", bytes([n]) * 600) for n in range(3)]


def written(path: Path, *members: File, about: About = ABOUT, key: SigningKey = KEY) -> Path:
    file = io.BytesIO()
    write_export(file, about, members or files(OPENING, AUTHORITY, scope_of(AUTHORITY), ROWS), key)
    path.write_bytes(file.getvalue())
    return path


def test_it_is_read_as_it_was_taken_out(tmp_path: Path) -> None:
    verified, opening, rows = read_taken(written(tmp_path / "taken.zip"), KEY.public)
    assert verified.key_known
    assert (opening.requested_by, opening.agreed_by, opening.agreed_office) == ("rita", "olga", "Office")
    assert (opening.bounds.people, opening.bounds.categories) == (frozenset(TERMS.people), None)
    assert [(row.id, row.hour, row.sealed) for row in rows] == [
        (row.id, row.hour, row.sealed) for row in ROWS
    ]


def test_wider_bounds_do_not_fit_the_signature(tmp_path: Path) -> None:
    file = written(tmp_path / "taken.zip")
    whole = file.read_bytes()
    assert whole.count(b'"alice"') == 1
    file.write_bytes(whole.replace(b'"alice"', b'"carol"'))
    with pytest.raises(EvidenceRefused):
        read_taken(file, KEY.public)


def test_an_export_of_decisions_is_nothing_to_open(tmp_path: Path) -> None:
    members = files(OPENING, AUTHORITY, scope_of(AUTHORITY), ROWS)
    file = written(tmp_path / "taken.zip", *members, about=replace(ABOUT, kind="review-export"))
    with pytest.raises(EvidenceRefused, match="nothing in it is sealed"):
        read_taken(file, KEY.public)


@pytest.mark.parametrize(
    "line",
    [b"{}\n", b"\xff\n", b"[" * 100_000 + b"\n", b'{"id": 7}' * 40_000],
    ids=["empty", "bytes", "deep", "long"],
)
def test_what_is_no_sealed_part_is_named_by_its_line(tmp_path: Path, line: bytes) -> None:
    opening, parts = files(OPENING, AUTHORITY, scope_of(AUTHORITY), ROWS)
    file = written(tmp_path / "taken.zip", opening, replace(parts, contents=line))
    _, _, rows = read_taken(file, KEY.public)
    with pytest.raises(EvidenceRefused):
        list(rows)


def test_bounds_that_are_none_are_refused(tmp_path: Path) -> None:
    opening, parts = files(OPENING, AUTHORITY, scope_of(AUTHORITY), ROWS)
    file = written(tmp_path / "taken.zip", replace(opening, contents=b"{}"), parts)
    with pytest.raises(EvidenceRefused, match=r"opening\.json"):
        read_taken(file, KEY.public)


def test_an_opening_that_nobody_agreed_to_is_a_bug() -> None:
    with pytest.raises(ValueError, match="nobody agreed"):
        files(replace(OPENING, decided=None), AUTHORITY, scope_of(AUTHORITY), [])
