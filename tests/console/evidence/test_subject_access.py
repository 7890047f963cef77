"""A subject access holds all that is kept about one person and may be told, and nobody else."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from console.evidence.package import Package
from console.evidence.subject_access import SubjectAccess
from console.evidence.verifying import verify
from console.review.reviewing import Reviewing
from db.engine import reading
from db.models import AccessRow
from db.review.tellings import ToldPerson
from policy.errors import ReviewRefused
from policy.review.question import Question
from policy.review.reviewer import Reviewer
from policy.words import ReviewerRole
from tests.console.evidence.reviews import PAGE, Case, decided, shipped
from tests.console.evidence.samples import KEY
from tests.db.review.reviewing import GRANTER, RITA, grant

DANA = Reviewer("", "dana", frozenset({ReviewerRole.DATA_PROTECTION}), manager="chief")
WHY = "their request, SAR-12"


def handed(case: Case, to: Path, login: str = "alice") -> dict[str, bytes]:
    with to.open("xb") as file:
        file.writelines(SubjectAccess(case.parts, DANA).access(login, WHY))
    assert verify(to, KEY.public).manifest.kind == "subject-access"
    with Package.open(to) as package:
        return {name: package.read(name, 1 << 22) for name in package.members}


def accesses(case: Case) -> list[dict[str, Any]]:
    with reading(case.database.engine) as connection:
        rows = connection.execute(select(AccessRow.__table__).order_by(AccessRow.at, AccessRow.id))
        return [dict(row._mapping) for row in rows]


def test_it_holds_what_is_about_them_and_nobody_else(case: Case, tmp_path: Path) -> None:
    shipped(case, decided(1), decided(2, **PAGE), decided(3, person="bob", host="bobs-own.test"))
    files = handed(case, tmp_path / "sar.zip", "ALICE")
    rows = [json.loads(line) for line in files["decisions.jsonl"].splitlines()]
    assert [(row["person"], row["host"]) for row in rows] == [
        ("alice", "www.bet.test"),
        ("alice", "news.test"),
    ]
    assert all("held" not in row for row in rows), "nothing says whether a hold keeps it, nor that none does"
    assert ",held," not in files["decisions.csv"].decode().splitlines()[0]
    kept = json.loads(files["what-is-kept.json"])
    assert kept["register of people"][0]["login"] == "alice"
    assert [one["version"] for one in kept["notices read"]] == ["1"]
    everything = b"".join(files.values())
    for other in (b"bobs-own", b"mona", b"greta", b"rita"):
        assert other not in everything
    asked, answer = accesses(case)
    assert (asked["what"], asked["actor"], asked["purpose"]) == ("subject access", "dana", WHY)
    assert asked["question"] == {"organisation": "", "person": "alice"}
    assert (answer["rows_seen"], answer["result"]) == (2, "handed out")


def tell(case: Case, authority: str, person: str) -> None:
    """It is over, and somebody is told of it."""
    over = case.parts.authorities.revoke(authority, GRANTER, because="it is over")
    notice = {"reference": authority, "subject": "A look", "paragraphs": ["Somebody looked.", "It is over."]}
    case.parts.tellings.tell(over, [ToldPerson("", person, notice)], by="greta")


def look(case: Case, authority: str, *people: str) -> None:
    """Rita looks, within the authority's bounds."""
    Reviewing(case.parts, RITA).search(
        Question(authority=authority, purpose="the secret matter", people=people)
    )


def test_looks_are_told_where_they_were_told_of_the_review(case: Case, tmp_path: Path) -> None:
    told, untold = case.authority.id, grant(case.database.engine).id
    look(case, told, "alice")
    look(case, told, "bob")
    look(case, untold, "alice")
    tell(case, told, "alice")
    files = handed(case, tmp_path / "sar.zip")
    kept = json.loads(files["what-is-kept.json"])
    assert [one["authority"] for one in kept["told of reviews"]] == [told]
    looks = [one for one in kept["looks you may know of"] if one["authority"]]
    assert [(one["what"], one["authority"]) for one in looks] == [("review search", told)]
    assert b"Somebody looked. It is over." in files["what-is-kept.txt"]
    everything = b"".join(files.values())
    for secret in (untold.encode(), b"secret matter", b"PSD/7"):
        assert secret not in everything


def test_their_own_looks_are_told(case: Case, tmp_path: Path) -> None:
    handed(case, tmp_path / "first.zip")
    second = handed(case, tmp_path / "second.zip")
    kept = json.loads(second["what-is-kept.json"])
    assert b"None" not in second["what-is-kept.txt"]
    assert {one["what"] for one in kept["looks you may know of"]} == {"subject access"}


def test_somebody_of_whom_nothing_is_kept_is_told_so(case: Case, tmp_path: Path) -> None:
    files = handed(case, tmp_path / "sar.zip", "nobody")
    assert files["decisions.jsonl"] == b""
    assert b"No decision of the web filter names this login." in files["first-page.txt"]
    kept = json.loads(files["what-is-kept.json"])
    assert not any(rows for name, rows in kept.items() if name != "looks you may know of")


@pytest.mark.parametrize(
    ("who", "login", "why", "says"),
    [
        pytest.param(RITA, "alice", WHY, "this is for data protection", id="without-the-role"),
        pytest.param(DANA, "dana", WHY, "nobody answers for themselves", id="about-oneself"),
        pytest.param(DANA, "Chief", WHY, "nobody answers for themselves", id="about-ones-line-manager"),
        pytest.param(DANA, "alice", " ", "say why", id="without-a-reason"),
        pytest.param(DANA, "alice", "x" * 501, "say why", id="with-a-long-one"),
    ],
)
def test_what_is_not_permitted_is_refused_and_on_record(
    case: Case, who: Reviewer, login: str, why: str, says: str
) -> None:
    with pytest.raises(ReviewRefused, match=says):
        list(SubjectAccess(case.parts, who).access(login, why))
    (refused,) = accesses(case)
    assert (refused["actor"], refused["rows_seen"]) == (who.login, 0)
    assert refused["result"].startswith("refused: ")


def test_hostile_text_of_theirs_is_shown_and_does_nothing(case: Case, tmp_path: Path) -> None:
    hostile = "<script>alert(1)</script>\x1b[31m"
    shipped(case, decided(1, host=hostile, path="=1+1"))
    files = handed(case, tmp_path / "sar.zip")
    assert b"<script" not in files["first-page.html"]
    assert b"\x1b" not in files["decisions.csv"]
    assert b'"\'=1+1"' in files["decisions.csv"]


def test_rows_of_after_the_question_are_not_in_it(case: Case, tmp_path: Path) -> None:
    ahead = datetime.now(UTC) + timedelta(days=1)
    shipped(case, decided(1), decided(0, at=ahead))
    assert len(handed(case, tmp_path / "sar.zip")["decisions.jsonl"].splitlines()) == 1
