"""An export as the service makes it: judged, recorded first, whole, signed, and only what was permitted."""

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from addons.observe.clock import Clock
from console.evidence.exporting import Exporting
from console.evidence.package import Package
from console.evidence.verifying import verify
from db.engine import reading
from db.models import AccessRow
from policy.errors import ReviewRefused
from policy.review.question import Question
from policy.review.reviewer import Reviewer
from policy.words import ReviewerRole
from tests.console.evidence.reviews import PAGE, PIECE, Case, decided, shipped
from tests.console.evidence.samples import KEY
from tests.db.review.reviewing import RITA

EVE = Reviewer("", "eve", frozenset({ReviewerRole.STATISTICS}))


def exporting(case: Case, reviewer: Reviewer = RITA) -> Exporting:
    return Exporting(case.parts, reviewer, lambda: Clock(True, 0.0, 0.1))


def taken(case: Case, to: Path, **question: object) -> Path:
    with to.open("xb") as file:
        file.writelines(exporting(case).export(case.question(**question), " OFFICIAL-SENSITIVE\n"))
    return to


def accesses(case: Case) -> list[dict[str, Any]]:
    with reading(case.database.engine) as connection:
        rows = connection.execute(select(AccessRow.__table__).order_by(AccessRow.at, AccessRow.id))
        return [dict(row._mapping) for row in rows]


def test_what_is_taken_away_is_whole_signed_and_on_record(case: Case, tmp_path: Path) -> None:
    shipped(case, decided(1), decided(2, **PAGE), decided(2.001, **PIECE), decided(3, person="carol"))
    path = taken(case, tmp_path / "export.zip")
    found = verify(path, KEY.public)
    assert found.proofs == 3
    asked, answer = accesses(case)
    assert (asked["what"], asked["actor"], asked["authority"]) == ("review export", "rita", case.authority.id)
    assert (answer["answers"], answer["rows_seen"], answer["result"]) == (asked["id"], 3, "exported")
    manifest = found.manifest
    assert (manifest.access, manifest.made_by, manifest.marking) == (
        str(asked["id"]),
        "rita",
        "OFFICIAL-SENSITIVE",
    )
    with Package.open(path) as package:
        rows = [json.loads(line) for line in package.read("decisions.jsonl", 1 << 20).splitlines()]
        page = package.read("first-page.txt", 1 << 20).decode()
    assert [row["host"] for row in rows] == ["www.bet.test", "news.test", "ads.test"]
    assert {row["person"] for row in rows} == {"alice"}
    assert "alice: there is no record that they had read the monitoring notice before" in page


def test_nothing_is_taken_before_all_of_it_is_made(case: Case) -> None:
    pieces: Iterator[bytes] = exporting(case).export(case.question(), "OFFICIAL")
    assert accesses(case) == []
    next(pieces)
    assert [row["result"] for row in accesses(case)] == [None, "exported"]


@pytest.mark.parametrize(
    ("who", "question", "why"),
    [
        pytest.param(RITA, {"people": ("carol",)}, "carol", id="somebody-else"),
        pytest.param(EVE, {}, "not one that you may look within", id="in-another-role"),
    ],
)
def test_what_is_not_permitted_is_refused_and_on_record(
    case: Case, who: Reviewer, question: dict[str, object], why: str
) -> None:
    with pytest.raises(ReviewRefused, match=why):
        list(exporting(case, who).export(case.question(**question), "OFFICIAL"))
    (refused,) = accesses(case)
    assert refused["actor"] == who.login
    assert refused["result"].startswith("refused: ")


def test_without_an_authority_nothing_is_taken(case: Case) -> None:
    with pytest.raises(ReviewRefused):
        list(exporting(case).export(Question(authority="K7QF2M9T", purpose="curiosity"), "OFFICIAL"))


@pytest.mark.parametrize("marking", ["", " ", "x" * 101, "OFFICIAL\x1b[31m", "\u202eLAICIFFO"])
def test_a_marking_is_ordinary_words(case: Case, marking: str) -> None:
    with pytest.raises(ReviewRefused, match="protective marking is 1 to 100 ordinary characters"):
        list(exporting(case).export(case.question(), marking))
    assert accesses(case) == []


def test_the_key_is_shown_as_it_is(case: Case) -> None:
    assert exporting(case).key().public == KEY.public.raw.hex()
    assert exporting(case).key().fingerprint == KEY.public.fingerprint


def test_an_export_that_would_be_too_long_is_refused_and_on_record(
    case: Case, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("console.evidence.package.MOST_BYTES", 2000)
    shipped(case, decided(1))
    with pytest.raises(ReviewRefused, match="ask for less"):
        list(exporting(case).export(case.question(), "OFFICIAL"))
    assert accesses(case)[-1]["result"].startswith("refused: ")


def test_what_a_gateway_beside_the_service_lost_is_said(case: Case, tmp_path: Path) -> None:
    spool = tmp_path / "lost"
    (spool / "slot-0").mkdir(parents=True)
    (spool / "slot-0" / "00000001.damaged").write_bytes(b"x")
    case = replace(case, parts=replace(case.parts, spool=spool))
    with Package.open(taken(case, tmp_path / "export.zip")) as package:
        page = " ".join(package.read("first-page.txt", 1 << 20).decode().split())
    assert "records were lost where a file of them was damaged, noticed on" in page
    assert "is not known to the service that made this" in page
