"""What worker and desk say to each other arrives as it was said; nothing else is understood."""

from datetime import UTC, datetime
from typing import get_args

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from addons.desk import protocol
from addons.desk.protocol import (
    MOST_BYTES,
    Acknowledge,
    Answer,
    Away,
    CheckPassword,
    Done,
    Known,
    NotKnown,
    Piece,
    Pieces,
    Question,
    Record,
    SignIn,
    Spend,
    StoredClass,
    Tell,
    read_answer,
    read_question,
    write_answer,
    write_question,
)
from addons.lines import Misspoken
from policy.words import PersonHow

AT = datetime(2026, 3, 4, 12, 0, tzinfo=UTC)

QUESTIONS: list[Question] = [
    CheckPassword("jane", "geheim", "192.0.2.7"),
    Acknowledge("", "jane", "1", PersonHow.NEGOTIATE),
    Spend(b"\x00\xff", AT),
    Tell("", None, "not-blocked", "bad.test", None, "zwei\nZeilen", None),
]
ANSWERS: list[Answer] = [
    Known("", "jane", b"token", AT),
    NotKnown("wrong"),
    Done("K7QF2M9T"),
    Away(),
    Pieces((Piece("a.test", "gambling", "K7QF2M9T"),), told=True),
    Record(
        "",
        "jane",
        "Jane Doe",
        None,
        None,
        (("editor", AT),),
        None,
        None,
        (),
        (StoredClass("visit", 3, "2026-01-01", "2026-01-02", 30),),
        (),
        (),
        (),
        (),
        (("a.test", AT, "work"),),
    ),
]


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda one: type(one).__name__)
def test_a_question_arrives_as_it_was_asked(question: Question) -> None:
    assert read_question(write_question(7, question)) == (7, question)


@pytest.mark.parametrize("answer", ANSWERS, ids=lambda one: type(one).__name__)
def test_an_answer_arrives_as_it_was_given(answer: Answer) -> None:
    assert read_answer(write_answer(2**32 - 1, answer)) == (2**32 - 1, answer)


def test_every_question_and_answer_there_is_can_be_read() -> None:
    assert set(get_args(protocol.AnyQuestion.__value__)) == set(Question.__subclasses__())
    assert set(get_args(protocol.AnyAnswer.__value__)) == set(Answer.__subclasses__())


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda one: type(one).__name__)
def test_a_question_shows_nothing_of_what_is_in_it(question: Question) -> None:
    assert repr(question) == f"{question}" == type(question).__name__


def test_what_is_too_long_cannot_be_said() -> None:
    with pytest.raises(ValueError, match="SignIn: more than"):
        write_question(1, SignIn("jane", "x" * MOST_BYTES, ""))
    with pytest.raises(ValueError, match="more than"):
        write_answer(1, NotKnown("x" * MOST_BYTES))


@pytest.mark.parametrize(
    "message",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(b"\0\0\0\1", id="a-number-alone"),
        pytest.param(b"\0\0\0\1\x80", id="no-kind"),
        pytest.param(b"\0\0\0\1" + msgspec.msgpack.encode({"type": "Steal"}), id="a-kind-that-is-none"),
        pytest.param(write_answer(1, Away()), id="an-answer"),
        pytest.param(write_question(1, QUESTIONS[0])[:-1], id="broken-off"),
        pytest.param(
            b"\0\0\0\1" + msgspec.msgpack.encode({"type": "SignOut", "address": 7}), id="of-the-wrong-type"
        ),
    ],
)
def test_nothing_else_is_a_question(message: bytes) -> None:
    with pytest.raises(Misspoken) as refused:
        read_question(message)
    assert "geheim" not in str(refused.value)


@given(st.binary(max_size=200))
def test_whatever_comes_is_read_or_refused(message: bytes) -> None:
    for read in (read_question, read_answer):
        try:
            number, _ = read(message)
        except Misspoken:
            continue
        assert 0 <= number < 2**32
