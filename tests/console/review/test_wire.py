"""How questions cross the wire: every method of the protocol, by its own types."""

import inspect
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any, get_type_hints

import pytest
from hypothesis import given
from hypothesis import strategies as some
from pydantic import ValidationError

from console.review.answers import Bounds, Within
from console.review.protocol import Review
from console.review.wire import CALLS, LONGEST_TEXT, Pieces, method, refuse_unfit
from db.replay import Asked
from policy.errors import ReviewRefused
from policy.review.hold import FOR_GOOD, HoldTerms
from policy.review.question import Question
from policy.review.rows import Found
from policy.review.scope import Scope
from policy.words import Verdict
from tests.reviewed import reviewed


def methods() -> set[tuple[str, str]]:
    topics = {
        name: get_type_hints(member.fget)["return"]
        for name, member in vars(Review).items()
        if isinstance(member, property)
    }
    found = {("", "who")}
    for topic, protocol in topics.items():
        found |= {
            (topic, name)
            for name, function in vars(protocol).items()
            if inspect.isfunction(function) and not name.startswith("_")
        }
    return found


def test_every_method_of_the_protocol_is_one_question_with_a_path_of_its_own() -> None:
    assert CALLS.keys() == methods()
    assert len({call.path for call in CALLS.values()}) == len(CALLS)
    assert CALLS["authorities", "take_back"].path == "/authorities/take-back"
    assert all(call.summary for call in CALLS.values())


def test_bytes_come_as_they_are_and_whatever_else_comes_in_pieces_as_lines() -> None:
    assert CALLS["evidence", "export"].pieces is Pieces.BYTES
    assert CALLS["running", "past"].pieces is Pieces.LINES
    assert CALLS["reviewing", "search"].pieces is Pieces.WHOLE
    assert CALLS["evidence", "export"].written(b"\n\x00") == b"\n\x00"


def test_a_method_is_found_by_topic_and_name() -> None:
    class Topic:
        def search(self) -> str:
            return "found"

    class Asked:
        reviewing = Topic()

        def who(self) -> str:
            return "me"

    asked: Any = Asked()
    assert method(asked, CALLS["reviewing", "search"])() == "found"
    assert method(asked, CALLS["", "who"])() == "me"


texts = some.text(some.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=30)
moments = some.integers(0, 2**36).map(lambda second: datetime.fromtimestamp(second, UTC))
questions = some.builds(
    Question,
    authority=texts,
    purpose=texts,
    since=some.none() | moments,
    people=some.lists(texts, max_size=3).map(tuple),
    verdicts=some.lists(some.sampled_from(Verdict), max_size=2).map(tuple),
    host=some.none() | texts,
    after=some.none(),
    size=some.integers(-5, 500),
    visits_only=some.booleans(),
)


@given(questions)
def test_a_question_comes_out_as_it_went_in(question: Question) -> None:
    arguments = CALLS["reviewing", "search"].arguments
    crossed = arguments.model_validate_json(arguments(question=question).model_dump_json())
    refuse_unfit(crossed)
    assert crossed.question == question  # type: ignore[attr-defined]  # made of the protocol


@given(some.lists(texts, max_size=4))
def test_an_answer_comes_out_as_it_went_in(hosts: list[str]) -> None:
    moment = datetime(2026, 11, 23, tzinfo=UTC)
    scope = Scope(
        "", moment, moment, frozenset(hosts), frozenset(), None, frozenset(), None, allowed_visits=True
    )
    rows = tuple(reviewed(host=host, path="/\x1b[31m\u202e") for host in hosts)
    answer = Within(Bounds(rows[0].id if rows else reviewed().id, "A", scope), Found((), rows, None))
    call = CALLS["reviewing", "search"]
    assert call.adapter.validate_json(call.adapter.dump_json(answer)) == answer


@dataclass(frozen=True)
class Nested:
    inside: tuple[Any, ...]


@pytest.mark.parametrize(
    ("value", "says"),
    [
        pytest.param(datetime(2026, 1, 1), "offset", id="a-naive-time"),  # noqa: DTZ001 - no zone on purpose
        pytest.param(Nested((Nested((datetime(2026, 1, 1),)),)), "inside: a time", id="deep"),  # noqa: DTZ001 - no zone on purpose
        pytest.param(datetime(1, 1, 1, tzinfo=UTC), "between the years", id="a-first-time"),
        pytest.param(datetime(9999, 12, 31, 1, tzinfo=UTC), "between the years", id="a-last-time"),
        pytest.param(date.max, "a day between", id="a-last-day"),
        pytest.param(date.min, "a day between", id="a-first-day"),
        pytest.param((Asked(2**31, "a.test", None),), "counts nothing", id="a-number-beyond-any"),
        pytest.param({"a": "b\0"}, "NUL", id="a-nul-in-a-value"),
        pytest.param({"a\0": "b"}, "NUL", id="a-nul-in-a-key"),
        pytest.param(Nested(("\0",)), "inside: a NUL", id="a-nul-in-a-list"),
    ],
)
def test_what_nobody_can_store_or_place_is_refused(value: object, says: str) -> None:
    with pytest.raises(ReviewRefused, match=says):
        refuse_unfit(value)


def test_a_hold_without_an_end_reaches_the_service() -> None:
    refuse_unfit(HoldTerms("", ("alice",), datetime(2026, 9, 1, tzinfo=UTC), FOR_GOOD, "ET-1", "a claim"))


@pytest.mark.parametrize(
    "question",
    [
        pytest.param({"authority": "A"}, id="missing"),
        pytest.param({"authority": "A", "purpose": "p", "people": "rita"}, id="no-list"),
        pytest.param({"authority": "A", "purpose": "p", "verdicts": ["maybe"]}, id="no-verdict"),
        pytest.param({"authority": "A", "purpose": "p" * (LONGEST_TEXT + 1)}, id="long"),
        pytest.param({"authority": "A", "purpose": "p", "after": {"at": "now"}}, id="no-cursor"),
        pytest.param({"authority": "A", "purpose": "p", "peple": []}, id="misspelt"),
    ],
)
def test_a_question_that_is_none_is_refused(question: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        CALLS["reviewing", "search"].arguments.model_validate({"question": question})
