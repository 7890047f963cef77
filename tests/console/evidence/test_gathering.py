"""All that a question asks for, once each, with what stands beside it and what bears on it."""

import pytest

from addons.observe.clock import Clock
from console.evidence.contents import Contents
from console.evidence.gathering import Asked, gather
from console.review.reviewing import Reviewing
from policy.errors import ReviewRefused
from policy.words import Verdict
from tests.console.evidence.reviews import PAGE, PIECE, POLICY, Case, decided, shipped, utc_now
from tests.db.review.reviewing import RITA


def gathered(case: Case, **question: object) -> Contents:
    with Reviewing(case.parts, RITA).open("review export", case.question(**question)) as one:
        asked = Asked(one.question, one.scope, case.authority, RITA, "OFFICIAL")
        return gather(one.look, asked, utc_now(), Clock(True, 0.0, 0.1))


def test_rows_come_oldest_first_with_what_stands_beside_a_visit(case: Case) -> None:
    page = decided(2, **PAGE)
    piece = decided(2.001, **PIECE, category="advertising_tracking")
    blocked = decided(1)
    elsewhere = decided(3, person="carol")
    shipped(case, piece, page, blocked, elsewhere)
    everything = gathered(case)
    assert [row.decision.id for row in everything.rows] == [blocked.id, page.id, piece.id]
    assert [row.belongs_to for row in everything.rows] == [None, None, page.id]
    assert all(row.asked_for for row in everything.rows)
    visits = gathered(case, verdicts=(Verdict.ALLOW,))
    assert [(row.decision.id, row.asked_for) for row in visits.rows] == [(page.id, True), (piece.id, False)]


def test_what_bears_on_the_rows_is_of_them_alone(case: Case) -> None:
    shipped(case, decided(1), decided(2, policy="e" * 64, ruleset="f" * 64))
    found = gathered(case)
    assert [one.person for one in found.notices] == ["alice"]
    assert {one.digest: one.text is not None for one in found.policies} == {
        POLICY.digest: True,
        "e" * 64: False,
    }
    assert [one.digest for one in found.rulesets] == ["5f" * 32, "f" * 64]
    assert (found.made_by, found.clocks.synchronised) == ("rita", True)
    assert found.gaps.silences
    assert not found.gaps.spools_known


def test_nothing_found_is_an_answer(case: Case) -> None:
    found = gathered(case)
    assert (found.rows, found.notices, found.policies) == ([], [], [])


def test_what_is_more_than_an_export_takes_is_refused_and_not_cut(
    case: Case, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("console.evidence.gathering.MOST_ROWS", 2)
    shipped(case, decided(1), decided(2))
    assert len(gathered(case).rows) == 2
    shipped(case, decided(3))
    with pytest.raises(ReviewRefused, match="more than 2 rows, and an export leaves none out"):
        gathered(case)
