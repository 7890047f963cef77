"""Frames: what is written comes back, damage never does, and no record is too odd to be framed."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from db.frames import (
    DECISION,
    MAX_PAYLOAD,
    OUTCOME,
    UnknownRecord,
    count_frames,
    encode,
    frames,
    next_frame,
)
from policy.decision import Decision, Outcome
from tests.db.examples import MATCH, decision, outcome

ANY_TEXT = st.text(st.characters(exclude_categories=()), max_size=50)  # lone surrogates too


def test_a_decision_and_an_outcome_come_back_as_they_were() -> None:
    made = decision()
    ended = outcome(made)
    data = encode(DECISION, made) + encode(OUTCOME, ended)
    assert [frame.record() for frame in frames(data)] == [made, ended]


@given(path=ANY_TEXT, referrer=ANY_TEXT, names=st.lists(ANY_TEXT, max_size=3), line=st.integers(0, 2**62))
def test_whatever_text_stands_in_a_record_it_is_framed_and_read(
    path: str, referrer: str, names: list[str], line: int
) -> None:
    made = decision(path=path, referrer_host=referrer, names=tuple(names), line=line)
    (frame,) = frames(encode(DECISION, made))
    back = frame.record()
    assert isinstance(back, Decision)
    assert (back.id, back.line) == (made.id, line)
    if path.isprintable():
        assert back.path is not None
        assert (
            back.path.startswith(path[:40]) or not referrer.isprintable() or not "".join(names).isprintable()
        )


def test_the_largest_record_there_can_be_is_cut_until_it_fits() -> None:
    text = "\N{PILE OF POO}" * 100_000
    match = replace(MATCH, category=text, list=text, entry=text, name=text)
    changes: dict[str, object] = dict.fromkeys(("path", "host", "page", "clause", "entry", "ruleset"), text)
    huge = decision(**changes, names=(text,) * 1000, categories=(text,) * 1000, matches=(match,) * 1000)
    (frame,) = frames(encode(DECISION, huge))
    assert len(frame.payload) <= MAX_PAYLOAD
    back = frame.record()
    assert isinstance(back, Decision)
    assert back.path is not None
    assert back.path.endswith("…")
    assert back.id == huge.id


def test_every_shortened_frame_is_no_frame() -> None:
    data = encode(OUTCOME, outcome(decision()))
    assert [cut for cut in range(len(data)) if list(frames(data[:cut]))] == []


@given(st.data())
def test_a_changed_byte_is_noticed(data: st.DataObject) -> None:
    whole = encode(OUTCOME, outcome(decision()))
    place = data.draw(st.integers(0, len(whole) - 1))
    other = data.draw(st.integers(1, 255))
    damaged = bytearray(whole)
    damaged[place] ^= other
    assert list(frames(bytes(damaged))) == []


@given(st.binary(max_size=400))
def test_reading_noise_finds_nothing_and_ends(noise: bytes) -> None:
    assert list(frames(noise)) == []
    assert next_frame(noise, 0) is None


@given(st.binary(max_size=200))
def test_behind_damage_the_next_frame_is_found(damage: bytes) -> None:
    whole = encode(OUTCOME, outcome(decision()))
    assert next_frame(damage + whole, 0) == len(damage)


def test_frames_are_counted_by_their_headers_and_an_unfinished_one_is_not() -> None:
    one = encode(OUTCOME, outcome(decision()))
    assert count_frames(one * 3 + one[:-1]) == (3, 3 * len(one))
    assert count_frames(b"") == (0, 0)
    assert count_frames(b"\0" * 100) == (0, 0)


def test_a_record_of_another_release_is_named_as_such() -> None:
    made = encode(99, outcome(decision()))
    (frame,) = frames(made)
    with pytest.raises(UnknownRecord):
        frame.record()


def test_a_known_kind_with_a_strange_payload_is_named_as_such() -> None:
    (frame,) = frames(encode(DECISION, outcome(decision())))
    with pytest.raises(UnknownRecord):
        frame.record()
    assert isinstance(outcome(decision()), Outcome)
