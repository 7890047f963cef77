"""What is typed is taken for a host or URL where it can be one, and for text otherwise."""

import pytest

from categories.search.term import HostTerm, TextTerm, read_term
from policy.errors import Refused


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        pytest.param("bet.test", HostTerm("bet.test", "/"), id="a-host"),
        pytest.param(" WWW.Bet.Test. ", HostTerm("www.bet.test", "/"), id="as-people-type-it"),
        pytest.param("bücher.test", HostTerm("xn--bcher-kva.test", "/"), id="in-its-own-script"),
        pytest.param("https://bet.test/Casino?a=1", HostTerm("bet.test", "/casino?a=1"), id="a-URL"),
        pytest.param("bet.test/casino", HostTerm("bet.test", "/casino"), id="without-a-scheme"),
        pytest.param("bet.test:8443", HostTerm("bet.test", "/"), id="a-port-does-not-matter"),
        pytest.param("192.0.2.7", HostTerm("192.0.2.7", "/"), id="an-address"),
        pytest.param("[2001:db8::7]", HostTerm("2001:db8::7", "/"), id="an-IPv6-address"),
        pytest.param("192.0.2.0/24", TextTerm("192.0.2.0/24"), id="a-range-is-text"),
        pytest.param("casino", TextTerm("casino"), id="a-word"),
        pytest.param("*.bet.test", TextTerm("*.bet.test"), id="a-wildcard"),
        pytest.param("Online-Casino", TextTerm("online-casino"), id="small-letters"),
        pytest.param("/casino/", TextTerm("/casino/"), id="a-path"),
        pytest.param("keyword:casino", TextTerm("keyword:casino"), id="a-keyword-of-our-format"),
        pytest.param("two words.test", TextTerm("two words.test"), id="with-a-space"),
        pytest.param("(casino|poker)[0-9]+\\.test", TextTerm("(casino|poker)[0-9]+\\.test"), id="a-regex"),
    ],
)
def test_a_term_is_a_host_where_it_can_be_one(written: str, expected: HostTerm | TextTerm) -> None:
    assert read_term(written) == expected


@pytest.mark.parametrize("written", ["", "ab", "  a ", "x" * 201])
def test_too_short_or_too_long_a_text_is_refused(written: str) -> None:
    with pytest.raises(Refused, match="give a host, a URL, or 3 to 200 characters"):
        read_term(written)
