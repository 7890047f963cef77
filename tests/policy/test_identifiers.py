"""Identifiers are unique, ordered, safe after fork, and readable aloud."""

import os
import time

import pytest

from policy.errors import Refused
from policy.identifiers import new_reference, read_reference, show_reference, uuid7


def test_a_uuid7_is_version_7_and_carries_the_time() -> None:
    before = time.time_ns() // 1_000_000
    made = uuid7()
    assert (made.version, made.variant) == (7, "specified in RFC 4122")
    assert before <= made.int >> 80 <= time.time_ns() // 1_000_000


def test_ids_and_references_do_not_repeat() -> None:
    assert len({uuid7() for _ in range(20_000)}) == 20_000
    assert (
        len({new_reference() for _ in range(20_000)}) > 19_990
    )  # 40 bits: a repeat is a rarity, not an error


def test_two_processes_of_one_parent_never_share_a_stream() -> None:
    uuid7()
    made = []
    for _ in range(2):
        reading, writing = os.pipe()
        if os.fork() == 0:
            os.write(writing, f"{uuid7().int & (2**62 - 1)} {new_reference()}".encode())
            os._exit(0)
        os.close(writing)
        made.append(os.read(reading, 200))
        os.close(reading)
        os.wait()
    assert made[0] != made[1]


@pytest.mark.parametrize("typed", ["K7QF-2M9T", "k7qf2m9t", " k7qf-2m9t ", "K7QF 2M9T"])
def test_a_reference_is_read_in_any_case(typed: str) -> None:
    assert read_reference(typed) == "K7QF2M9T"
    assert show_reference(read_reference(typed)) == "K7QF-2M9T"


def test_letters_that_look_like_digits_are_read_as_those() -> None:
    assert read_reference("oIlO-0110") == "01100110"


@pytest.mark.parametrize(
    "typed", ["", "K7QF-2M9", "K7QF-2M9TT", "K7QF-2M9U", "K7QF-2M9é", "../../etc", "K" * 10_000]
)
def test_what_is_no_reference_is_refused_in_one_line(typed: str) -> None:
    with pytest.raises(Refused, match="is not a reference") as raised:
        read_reference(typed)
    assert len(str(raised.value)) < 200


def test_a_new_reference_reads_back() -> None:
    for _ in range(100):
        made = new_reference()
        assert read_reference(show_reference(made)) == made
