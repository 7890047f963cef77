"""Counting what changes: every decision once, as a visit or as another request."""

from collections.abc import Iterable

from hypothesis import given
from hypothesis import strategies as st

from console.lists.impact import Count, Impact, Request
from console.lists.replay import Change, Known, Left
from db.replay import PastRequest
from policy.words import Reason, Verdict
from tests.console.lists.replaying import ALLOWED, REFUSED, replay

GAMBLING = {"bet.test": ("gambling",)}
NEWLY_BLOCKED = Change(Verdict.ALLOW, Verdict.BLOCK, "gambling", "gambling")


def counted(rows: Iterable[PastRequest]) -> Impact:
    impact, asked = Impact(), replay({}, GAMBLING)
    for row in rows:
        impact.add(row, asked)
    return impact


def test_equal_requests_of_several_days_are_counted_together() -> None:
    impact = counted(
        [
            ALLOWED._replace(decisions=3),
            ALLOWED._replace(decisions=4),
            ALLOWED._replace(decisions=5, visit=False),
            ALLOWED._replace(host="free.test", decisions=6),
        ]
    )
    assert impact.total == Count(visits=13, others=5)
    assert impact.changed == {NEWLY_BLOCKED: {Request("www.bet.test", None): Count(visits=7, others=5)}}
    assert impact.known == {Known.HOST: 18}
    assert not impact.left


def test_what_is_not_judged_again_is_counted_by_why() -> None:
    impact = counted(
        [
            REFUSED._replace(host=None, decisions=2),
            REFUSED._replace(reason=Reason.PORT, decisions=3),
            REFUSED._replace(reason=Reason.MALFORMED, decisions=4),
        ]
    )
    assert impact.left == {Left.NO_HOST: 2, Left.NO_LIST: 7}
    assert impact.total.visits == 9
    assert not impact.changed


def test_changes_are_given_by_what_they_come_to() -> None:
    impact = counted([ALLOWED])
    ((change, requests),) = impact.towards(Verdict.BLOCK)
    assert change == NEWLY_BLOCKED
    assert list(requests) == [Request("www.bet.test", None)]
    assert not list(impact.towards(Verdict.ALLOW))


ROWS = st.lists(
    st.builds(
        PastRequest,
        host=st.sampled_from(["bet.test", "free.test", None]),
        path=st.sampled_from([None, "/a"]),
        by_name=st.booleans(),
        visit=st.booleans(),
        verdict=st.sampled_from(Verdict),
        reason=st.sampled_from(Reason),
        replayable=st.booleans(),
        decisions=st.integers(1, 50),
    ),
    max_size=30,
)


@given(ROWS)
def test_every_decision_is_judged_again_or_counted_as_left_out(rows: list[PastRequest]) -> None:
    impact = counted(rows)
    number = sum(row.decisions for row in rows)
    assert impact.total.visits + impact.total.others == number
    assert impact.known.total() + impact.left.total() == number
