"""What somebody wrote becomes one spelling, or a reason why it cannot."""

import contextlib
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from categories.readers.entry_text import (
    NotAnEntry,
    file_name_text,
    host_text,
    keyword_text,
    network_text,
    path_text,
    prefix_text,
    regex_text,
    search_term_text,
    wildcard_text,
)

TABLE: list[tuple[Callable[[str], str], str, str | None]] = [
    (host_text, "Bet.Test.", "bet.test"),
    (host_text, "bücher.test", "xn--bcher-kva.test"),
    (host_text, "bet.test:8080", "bet.test"),
    (host_text, "192.0.2.7:53", "192.0.2.7"),
    (host_text, "[2001:db8::7]:53", "2001:db8::7"),
    (host_text, "[2001:DB8::7]", "2001:db8::7"),
    (host_text, "2001:DB8::7", "2001:db8::7"),
    (host_text, "com", None),
    (host_text, "com:80", None),
    (host_text, "address=", None),
    (host_text, "bet.test,other.test", None),
    (host_text, "bet..test", None),
    (host_text, "", None),
    (prefix_text, "example.org/casino", "example.org/casino"),
    (prefix_text, "https://www.Example.org:8443/Casino/", "example.org/casino"),
    (prefix_text, "example.org/", "example.org/"),
    (prefix_text, "http://example.org", "example.org/"),
    (prefix_text, "example.org/a/?b=c/", "example.org/a/?b=c/"),
    (prefix_text, "example.org/wikip%C3%A9dia", "example.org/wikip%c3%a9dia"),
    (prefix_text, "example.org/a#b", "example.org/a"),
    (prefix_text, "2001:db8::7/a", None),
    (prefix_text, "[2001:db8::7]/a", "2001:db8::7/a"),
    (prefix_text, "local=/bet.test/", None),
    (prefix_text, "example.org/a%2f..%2fb", None),
    (prefix_text, "/casino", None),
    (path_text, "/casino/", "/casino/"),
    (path_text, "Casino", "/casino/"),
    (path_text, "/online//casino", "/online/casino/"),
    (path_text, "/casino?a", None),
    (path_text, "/ab/", None),
    (path_text, "/", None),
    (file_name_text, "*.MSI", "*.msi"),
    (file_name_text, "setup.exe", "setup.exe"),
    (file_name_text, "a/b.exe", None),
    (file_name_text, "a*.exe", None),
    (file_name_text, "*", None),
    (file_name_text, "*a", None),
    (file_name_text, "a;b", None),
    (keyword_text, "Online-Casino", "online-casino"),
    (keyword_text, "bet", "bet"),
    (keyword_text, "be", None),
    (keyword_text, "-casino", None),
    (keyword_text, "online casino", None),
    (keyword_text, "казино", None),
    (search_term_text, 'Fake "number-plates"', "fake number plates"),
    (search_term_text, "казино", "казино"),
    (search_term_text, "be", None),
    (search_term_text, "!!!", None),
    (search_term_text, "ab " * 400, None),
    (network_text, "192.0.2.0/24", "192.0.2.0/24"),
    (network_text, "192.0.2.7/24", "192.0.2.0/24"),
    (network_text, "192.0.2.7", "192.0.2.7/32"),
    (network_text, "2001:DB8::/32", "2001:db8::/32"),
    (network_text, "0.0.0.0/0", None),
    (network_text, "2000::/3", None),
    (network_text, "192.0.2.0/33", None),
    (network_text, "example.org", None),
    (wildcard_text, "*://*.Example.*/Bet*", "*.example.*/bet*"),
    (wildcard_text, "https://casino*.test", "casino*.test"),
    (wildcard_text, "*.bet.test/*", "*.bet.test"),
    (wildcard_text, "bet.test/**", "bet.test"),
    (wildcard_text, "*.bet.test/", "*.bet.test/"),
    (wildcard_text, "*.bücher*.bücher.test", None),
    (wildcard_text, "*.bet*.bücher.test", "*.bet*.xn--bcher-kva.test"),
    (wildcard_text, "*/%63asino/*", "*/casino/*"),
    (wildcard_text, ".ads*.bet.test", "*.ads*.bet.test"),
    (wildcard_text, "bet*.test.", "bet*.test"),
    (wildcard_text, "*./casino*", "*/casino*"),
    (wildcard_text, "./casino*", None),
    (wildcard_text, "/casino*", None),
    (wildcard_text, "*", None),
    (wildcard_text, "*.*/*", None),
    (wildcard_text, "a*..test", None),
    (wildcard_text, "a*b=c.test", None),
    (regex_text, "casino[0-9]+", "/casino[0-9]+/"),
    (regex_text, "(a)\\1", None),
    (regex_text, "(?=a)", None),
    (regex_text, "((", None),
    (regex_text, ".*", None),
    (regex_text, "^", None),
    (regex_text, "a" * 3000, None),
    (regex_text, "caf\udce9", None),
]


@pytest.mark.parametrize(("text_of", "written", "text"), TABLE)
def test_one_spelling_or_a_reason(text_of: Callable[[str], str], written: str, text: str | None) -> None:
    if text is None:
        with pytest.raises(NotAnEntry, match=r"\w+ \w+"):
            text_of(written)
    else:
        assert text_of(written) == text


def test_a_whole_suffix_must_be_meant() -> None:
    assert host_text("casino", suffix=True) == "casino"
    with pytest.raises(NotAnEntry, match=r"write \*\.casino"):
        host_text("casino")


SAME_TEXT_AGAIN = [
    host_text,
    prefix_text,
    path_text,
    file_name_text,
    keyword_text,
    search_term_text,
    network_text,
    wildcard_text,
]


@pytest.mark.parametrize("text_of", SAME_TEXT_AGAIN)
@given(written=st.text(alphabet="aB.*/-:2[]%é?; _=", max_size=30) | st.text(max_size=100))
def test_the_text_of_an_entry_is_its_own_normal_form(text_of: Callable[[str], str], written: str) -> None:
    """Nothing but `NotAnEntry` may come out of a line that somebody else wrote."""
    try:
        text = text_of(written)
    except NotAnEntry:
        return
    if text_of is prefix_text and text.split("/")[0].count(":"):
        return  # an IPv6 address, which is written in brackets and compared without
    assert text_of(text) == text


@given(st.text(alphabet="ab.*+?()[]{}|\\^$0,", max_size=30) | st.text(max_size=100))
def test_an_expression_is_taken_or_refused(written: str) -> None:
    with contextlib.suppress(NotAnEntry):
        assert regex_text(written) == f"/{written}/"
