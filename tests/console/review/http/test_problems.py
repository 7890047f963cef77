"""What went wrong, as RFC 9457 has it."""

import json
from http import HTTPStatus

import pytest

from console.review.http.problems import failed, malformed, problem, problem_of
from policy.errors import (
    ConfigurationError,
    DatabaseAway,
    RegisterRefused,
    ReviewRefused,
    SluicegateError,
)


def test_a_problem_has_all_members_and_its_own_type() -> None:
    answer = problem(HTTPStatus.FORBIDDEN, "refused", 'the authority "K7QF-2M9T" is over')
    assert answer.media_type == "application/problem+json"
    assert json.loads(bytes(answer.body)) == {
        "type": "urn:sluicegate:review:refused",
        "title": "Forbidden",
        "status": 403,
        "detail": 'the authority "K7QF-2M9T" is over',
    }


@pytest.mark.parametrize(
    ("error", "status", "kind"),
    [
        (ReviewRefused("no"), 403, "refused"),
        (RegisterRefused("no"), 403, "refused"),
        (DatabaseAway("no"), 503, "away"),
        (ConfigurationError("no"), 503, "away"),
        (SluicegateError("no"), 500, "away"),
    ],
)
def test_what_a_caller_can_do_decides_the_kind(error: SluicegateError, status: int, kind: str) -> None:
    answer = problem_of(error)
    assert answer.status_code == status
    assert json.loads(bytes(answer.body))["type"].endswith(kind)


def test_what_failed_is_not_told() -> None:
    assert "log" in json.loads(bytes(failed().body))["detail"]


def test_what_is_malformed_says_where() -> None:
    assert json.loads(bytes(malformed("question.size", "expected a number").body))["detail"] == (
        "question.size: expected a number"
    )
    assert json.loads(bytes(malformed("", "no JSON").body))["detail"] == "no JSON"
