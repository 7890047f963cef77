"""One decision in full, in sentences."""

from dataclasses import replace
from datetime import UTC, datetime
from uuid import UUID

import pytest

from console.cli.review.decision_shown import record, sections
from console.review.answers import Again, Explained
from policy.decision import Outcome
from policy.match import Match
from policy.review.meaning import KNOWN, RECORD, RESOURCE, SHARED, WITHDRAWN
from policy.words import (
    Ended,
    EntryKind,
    FoundBy,
    PersonHow,
    Reason,
    RecordLevel,
    Replayed,
    Resource,
    RetentionClass,
    Verdict,
)
from tests.reviewed import reviewed

AT = datetime(2026, 11, 3, 10, 0, tzinfo=UTC)
AGAIN = Again(Verdict.ALLOW, "not-listed", None, None, None, None)
ONE = Explained(reviewed(at=AT, reference="K7QF2M9T"), Replayed.DIFFERENT, "the entry is gone", AGAIN)


def text(explained: Explained) -> str:
    return "\n".join("\n".join([heading, *lines]) for heading, lines in sections(explained))


def test_everything_is_said_in_the_order_in_which_it_is_asked_for() -> None:
    assert [heading for heading, _ in sections(ONE)] == [
        "Decision K7QF-2M9T",
        "Who",
        "What was asked for",
        "Why",
        "What came of it",
        "Judged again",
        "What this cannot show",
    ]
    says = text(ONE)
    for wanted in (
        "GET https://www.bet.test:443/tips/today",
        "alice, organisation Example Constabulary, unit Finance, role clerk",
        "known by: password",
        "from 192.0.2.17",
        "entry bet.test, list ut1-gambling, line 4711, kind host",
        "category gambling, clause P3.2",
        "comes out differently",
        "the entry is gone",
        "It comes out as allow (not-listed)",
        "Counts as a visit: yes",
        KNOWN[PersonHow.BASIC].not_shown,
        RESOURCE[Resource.VISIT].not_shown,
        RECORD[RecordLevel.FULL],
        SHARED,
    ):
        assert wanted in says


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"withdrawn_on": AT}, WITHDRAWN),
        ({"withdrawn_on": AT}, "Counts as a visit: no"),
        ({"final": False}, "this is not its last word"),
        ({"would_be": Verdict.ALLOW}, "A rule on trial would have said: allow"),
        ({"person": None}, "Nobody is named in this record."),
        ({"exemption": "K7QF2M9T"}, "exemption K7QF-2M9T"),
        ({"held": True}, "legal hold"),
        ({"has_sealed": True}, "is sealed and is not in this answer"),
        ({"resource": Resource.EMBEDDED, "page": "https://news.test"}, "part of the page https://news.test"),
        ({"decrypted": False}, "judged by its name"),
        ({"host": None, "reason": Reason.LISTED}, "visit (Sec-Fetch"),
    ],
)
def test_what_limits_it_is_said(changes: dict[str, object], says: str) -> None:
    assert says in text(replace(ONE, decision=reviewed(**changes)))


def test_what_came_of_it_is_said_where_it_is_known() -> None:
    outcome = Outcome(UUID(int=1), AT, 200, "text/html", 1, 2048, 1500, Ended.COMPLETE, RetentionClass.VISIT)
    assert "not known" in text(ONE)
    assert "complete, status 200, 2,048 bytes to the client, 1 from it, in 0.002 s" in text(
        replace(ONE, decision=reviewed(outcome=outcome))
    )


def test_other_lists_that_had_it_are_named_and_the_deciding_entry_only_once() -> None:
    decided = ONE.decision.matches[0]
    other = Match("games", "ut1-games", 7, "bet.test", EntryKind.HOST, FoundBy.HOST_INDEX, "www.bet.test")
    says = text(replace(ONE, decision=reviewed(matches=(decided, other))))
    assert says.count("ut1-gambling") == 1
    assert "also listed: entry bet.test, category games, list ut1-games, line 7" in says


def test_what_cannot_be_told_is_no_finding() -> None:
    says = text(replace(ONE, replayed=Replayed.CANNOT_BE_TOLD, why="its path was not kept", again=None))
    assert "It cannot be judged again" in says
    assert "comes out as" not in says


def test_json_has_all_of_it() -> None:
    found = record(ONE)
    assert found["replayed"] == "different"
    assert found["again"] == {
        "verdict": "allow",
        "reason": "not-listed",
        "category": None,
        "list": None,
        "line": None,
        "entry": None,
    }
