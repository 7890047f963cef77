"""What worker and signer say to each other."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from addons.ca.protocol import (
    KEY_BYTES,
    Ask,
    Chain,
    NotSigned,
    Signed,
    read_answer,
    read_ask,
    write_ask,
    write_chain,
    write_not_signed,
    write_signed,
)
from addons.lines import Misspoken

KEY = bytes(range(KEY_BYTES))
numbers = st.integers(0, 2**32 - 1)
hosts = st.text(st.characters(codec="ascii"), min_size=1, max_size=253)


@given(numbers, hosts)
def test_a_question_is_read_as_it_was_asked(number: int, host: str) -> None:
    assert read_ask(write_ask(number, KEY, host)) == Ask(number, KEY, host)


@given(
    numbers, st.binary(min_size=1, max_size=2000), st.lists(st.binary(min_size=1, max_size=900), max_size=8)
)
def test_answers_are_read_as_they_were_given(number: int, leaf: bytes, chain: list[bytes]) -> None:
    assert read_answer(write_signed(number, leaf)) == Signed(number, leaf)
    assert read_answer(write_not_signed(number, "too-many")) == NotSigned(number, "too-many")
    assert read_answer(write_chain(chain)) == Chain(tuple(chain))


@given(st.binary(max_size=400))
def test_any_bytes_are_a_message_or_none(message: bytes) -> None:
    for read in (read_ask, read_answer):
        try:
            assert read(message)
        except Misspoken:
            continue


@pytest.mark.parametrize(
    "message",
    [
        pytest.param(b"", id="empty"),
        pytest.param(b"X" + bytes(200), id="an-unknown-letter"),
        pytest.param(write_ask(1, KEY, "a.test")[:-6], id="no-host"),
        pytest.param(write_ask(1, KEY, "a" * 253) + b"a", id="a-host-too-long"),
        pytest.param(write_ask(1, KEY, "a.test") + "ä".encode(), id="a-host-not-ascii"),
    ],
)
def test_a_worker_that_misspeaks_is_not_understood(message: bytes) -> None:
    with pytest.raises(Misspoken):
        read_ask(message)


@pytest.mark.parametrize(
    "message",
    [
        pytest.param(write_chain([b"abc"])[:-1], id="a-chain-cut-off"),
        pytest.param(write_chain([b"abc"]) + b"\0", id="half-a-length"),
        pytest.param(write_chain([b""]), id="an-empty-certificate"),
        pytest.param(b"L\0\0\0\1", id="no-leaf"),
    ],
)
def test_a_signer_that_misspeaks_is_not_understood(message: bytes) -> None:
    with pytest.raises(Misspoken):
        read_answer(message)


@pytest.mark.parametrize(("key", "host"), [(b"", "a.test"), (KEY, ""), (KEY, "a" * 254)])
def test_what_could_not_be_understood_is_not_said(key: bytes, host: str) -> None:
    with pytest.raises(ValueError, match="expected a point"):
        write_ask(1, key, host)
