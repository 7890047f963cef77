"""What a browser asked for by itself stands under the visit it belongs to, and is never one."""

from datetime import timedelta

import pytest

from policy.review.grouping import WINDOW, belonging, group
from policy.review.rows import ReviewedDecision
from policy.words import Reason, Resource, Verdict
from tests.db.examples import BLOCKED
from tests.reviewed import reviewed

AT = BLOCKED.at
PAGE = "https://news.test"


def visit(seconds: float = 0, /, **changes: object) -> ReviewedDecision:
    own = {"at": AT + timedelta(seconds=seconds), "host": "news.test", "page": PAGE}
    return reviewed(**{**own, **changes})


def piece(seconds: float = 1, /, **changes: object) -> ReviewedDecision:
    own = {
        "at": AT + timedelta(seconds=seconds),
        "host": "ads.test",
        "page": PAGE,
        "referrer_host": "news.test",
        "resource": Resource.EMBEDDED,
    }
    return reviewed(**{**own, **changes})


@pytest.mark.parametrize(
    ("resource", "counted_as"),
    [
        (Resource.EMBEDDED, "embedded"),
        (Resource.NAVIGATION, "redirects"),
        (Resource.BACKGROUND, "background"),
        (Resource.PREFETCH, "prefetched"),
        (Resource.UNKNOWN, "unknown"),
    ],
)
def test_a_piece_is_counted_with_its_visit_as_what_it_is(resource: Resource, counted_as: str) -> None:
    row, page = piece(resource=resource), visit()
    (opened,), rest = group([row, page], [])
    assert (opened.visit, getattr(opened, counted_as), opened.pieces, opened.refused) == (page, 1, 1, 1)
    assert rest == ()


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"person": "bob"}, id="of-somebody-else"),
        pytest.param({"person": None}, id="of-nobody"),
        pytest.param({"organisation": "Another"}, id="of-another-organisation"),
        pytest.param({"page": "https://other.test", "referrer_host": "other.test"}, id="of-another-page"),
        pytest.param({"page": None, "referrer_host": None}, id="of-no-page"),
        pytest.param({"at": AT - timedelta(seconds=1)}, id="before-the-visit"),
        pytest.param({"at": AT + WINDOW + timedelta(seconds=1)}, id="long-after-the-visit"),
    ],
)
def test_what_does_not_belong_to_a_visit_stands_by_itself(changes: dict[str, object]) -> None:
    row = piece(**changes)
    (opened,), rest = group([row, visit()], [])
    assert (opened.pieces, rest) == (0, (row,))


def test_a_piece_belongs_to_the_latest_visit_before_it() -> None:
    later, sooner = visit(10), visit(0)
    opened, rest = group([piece(11), later, piece(1), sooner], [])
    assert [(one.visit, one.embedded) for one in opened] == [(later, 1), (sooner, 1)]
    assert rest == ()


def test_pieces_that_are_not_of_this_part_are_counted_and_not_shown() -> None:
    (opened,), rest = group([visit()], [piece(1), piece(2, verdict=Verdict.ALLOW)])
    assert (opened.embedded, opened.refused, rest) == (2, 1, ())


def test_a_piece_whose_visit_comes_in_the_next_part_waits_for_it() -> None:
    row = piece(1)
    assert group([row], [visit()]) == ((), ())
    assert group([row], []) == ((), (row,))


def test_a_row_read_twice_is_counted_once() -> None:
    row = piece(1)
    (opened,), _ = group([row, visit()], [row])
    assert opened.embedded == 1


@pytest.mark.parametrize("reason", [Reason.NOTICE, Reason.OWN_PAGE, Reason.TUNNEL])
def test_a_look_at_a_page_of_ours_is_no_visit(reason: Reason) -> None:
    row = visit(reason=reason)
    assert group([row], []) == ((), (row,))


def test_what_belongs_to_a_visit_is_told_by_identifiers() -> None:
    page, part, alone = visit(), piece(), piece(page=None, referrer_host=None)
    assert belonging([page, part, alone]) == {part.id: page.id}
    assert belonging([part]) == {}
