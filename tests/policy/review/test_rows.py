"""What counts as a visit, and what an answer says of itself."""

from dataclasses import fields
from datetime import UTC, datetime

import pytest

from policy.review.rows import DipSampleRow, Found, PageOpened
from policy.words import Reason, Resource, Verdict
from tests.reviewed import reviewed


@pytest.mark.parametrize(
    ("changes", "visit"),
    [
        pytest.param({}, True, id="a-refused-page-that-somebody-opened"),
        pytest.param({"verdict": Verdict.ALLOW, "reason": Reason.NOT_LISTED}, True, id="an-allowed-one"),
        pytest.param({"resource": Resource.UNKNOWN}, False, id="what-is-not-known-never"),
        pytest.param({"resource": Resource.EMBEDDED}, False, id="a-piece"),
        pytest.param({"resource": Resource.NAVIGATION}, False, id="a-redirect"),
        pytest.param({"final": False}, False, id="not-the-last-word"),
        pytest.param({"reason": Reason.NOTICE}, False, id="the-notice"),
        pytest.param({"reason": Reason.OWN_PAGE}, False, id="a-page-of-ours"),
        pytest.param({"reason": Reason.TUNNEL}, False, id="a-tunnel"),
    ],
)
def test_only_a_final_decision_on_a_page_that_somebody_opened_is_a_visit(
    changes: dict[str, object], *, visit: bool
) -> None:
    row = reviewed(**changes)
    assert (row.is_visit, row.counts_as_visit) == (visit, visit)


def test_a_visit_by_a_wrong_entry_counts_for_nothing_and_stays_one() -> None:
    row = reviewed(withdrawn_on=datetime(2026, 3, 20, tzinfo=UTC))
    assert (row.is_visit, row.counts_as_visit) == (True, False)


def test_an_answer_has_as_many_rows_as_are_shown() -> None:
    page = PageOpened(reviewed(), embedded=3, redirects=2, background=1, prefetched=1, unknown=1, refused=2)
    assert page.pieces == 8
    assert Found((page,), (reviewed(), reviewed()), None).rows == 3


def test_a_dip_sample_has_nothing_that_names_anybody() -> None:
    named = {
        "person",
        "unit",
        "role",
        "device",
        "client_ip",
        "path",
        "page",
        "referrer_host",
        "names",
        "at",
        "id",
    }
    assert not named & {each.name for each in fields(DipSampleRow)}
