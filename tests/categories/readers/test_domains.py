"""Plain and wildcard domains."""

import pytest

from categories.readers.domains import DomainsReader
from tests.categories.readers.reading import ADDRESS, BAD, HOST, PATTERN, Outcome, outcome


@pytest.mark.parametrize(
    ("line", "found"),
    [
        pytest.param("bet.test", [(HOST, "bet.test")], id="plain"),
        pytest.param("*.bet.test", [(HOST, "bet.test")], id="wildcard"),
        pytest.param(".bet.test", [(HOST, "bet.test")], id="leading-dot"),
        pytest.param(".test", [(HOST, "test")], id="a-whole-suffix"),
        pytest.param("*.test", [(HOST, "test")], id="a-whole-suffix-with-a-star"),
        pytest.param("test", BAD, id="one-word"),
        pytest.param(" Bet.Test. ", [(HOST, "bet.test")], id="capitals-dot-and-space"),
        pytest.param("bet.test      # why", [(HOST, "bet.test")], id="comment-behind"),
        pytest.param(
            "momovíđiệntử.weebly.com", [(HOST, "xn--momovint-g2a47a120zdna.weebly.com")], id="letters"
        ),
        pytest.param("xn--bcher-kva.test", [(HOST, "xn--bcher-kva.test")], id="a-label"),
        pytest.param("a_b.-c.test", [(HOST, "a_b.-c.test")], id="underscore-and-hyphen"),
        pytest.param("192.0.2.7", [(HOST, "192.0.2.7")], id="ipv4"),
        pytest.param("2001:DB8::7", [(HOST, "2001:db8::7")], id="ipv6"),
        pytest.param("192.0.2.0/24", [(ADDRESS, "192.0.2.0/24")], id="range"),
        pytest.param("bet.test:8080", [(HOST, "bet.test")], id="port"),
        pytest.param("ads*.bet.test", [(PATTERN, "ads*.bet.test")], id="star-in-a-label"),
        pytest.param("*.ads*.bet.test", [(PATTERN, "*.ads*.bet.test")], id="star-below-a-star"),
        pytest.param("# bet.test", [], id="comment"),
        pytest.param("! bet.test", [], id="comment-of-another-kind"),
        pytest.param("; bet.test", [], id="comment-of-a-third-kind"),
        pytest.param("", [], id="blank"),
        pytest.param("a.test b.test", BAD, id="two-names"),
        pytest.param("bet.test/casino", BAD, id="a-path"),
        pytest.param("bet..test", BAD, id="double-dot"),
        pytest.param("include:bet", BAD, id="another-format"),
        pytest.param("DOMAIN-SUFFIX,bet.test", BAD, id="a-third-format"),
        pytest.param("*", BAD, id="everything"),
        pytest.param("bet.test\udce9", BAD, id="byte-that-is-no-text"),
    ],
)
def test_a_line_of_a_domain_list(line: str, found: Outcome) -> None:
    assert outcome(DomainsReader(), line) == found


def test_it_knows_names_and_addresses() -> None:
    names = ["a.test", "*.b.test", ".c", "d.test # why", "192.0.2.7", "192.0.2.0/24", "2001:db8::7", "é.test"]
    others = ["0.0.0.0 a.test", "||a.test^", "a.test/b", "a=b", "two words", "DOMAIN,a.test", "# comment"]
    assert DomainsReader.recognise(names + others) == len(names)
