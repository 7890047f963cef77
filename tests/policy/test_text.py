"""Text from outside is bounded and inert, whatever it is."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policy.text import storable


@pytest.mark.parametrize(
    ("text", "stored"),
    [
        ("plain text", "plain text"),
        ("Müller 日本 😀", "Müller 日本 😀"),
        ("a\x00b", "a\\x00b"),
        ("\x1b[31mred", "\\x1b[31mred"),
        ("line\nfeed\r", "line\\x0afeed\\x0d"),
        ("\ud800", "\\ud800"),
        ("\u202eright to left", "\\u202eright to left"),
        ("\u2028", "\\u2028"),
        ("\U000e0001", "\\U000e0001"),
        ("[/bold]", "[/bold]"),
    ],
)
def test_what_databases_refuse_or_terminals_obey_is_escaped(text: str, stored: str) -> None:
    assert storable(text, 100) == stored


@given(st.text(st.characters(), max_size=300), st.integers(2, 200))
def test_any_text_is_bounded_printable_and_encodable(text: str, length: int) -> None:
    stored = storable(text, length)
    assert len(stored) <= length
    stored.encode("utf-8")
    assert stored.isprintable()


def test_a_cut_is_shown() -> None:
    assert storable("abcdef", 4) == "abc…"
    assert storable("abcd", 4) == "abcd"
