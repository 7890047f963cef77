"""Plain and wildcard domains."""

import pytest

from categories.readers.domains import DomainsReader
from categories.readers.exceptions import Exempted
from tests.categories.readers.reading import (
    ADDRESS,
    BAD,
    HOST,
    NOT_APPLICABLE,
    PATTERN,
    PREFIX,
    Outcome,
    outcome,
)


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
        pytest.param("bet.test#why", [(HOST, "bet.test")], id="comment-right-behind"),
        pytest.param(
            "0.0.0.0 a.test b.test # why", [(HOST, "a.test"), (HOST, "b.test")], id="of-a-hosts-file"
        ),
        pytest.param("127.0.0.1 localhost", [], id="own-name"),
        pytest.param("192.0.2.7 a.test", NOT_APPLICABLE, id="leads-somewhere"),
        pytest.param("||bet.test^", [(HOST, "bet.test")], id="rule"),
        pytest.param("||bet.test/a^", [(PREFIX, "bet.test/a")], id="rule-about-a-url"),
        pytest.param("||bet.test^$script", NOT_APPLICABLE, id="rule-for-browsers"),
        pytest.param("@@||bet.test^", (Exempted("bet.test"),), id="exception"),
        pytest.param("[Adblock Plus]", [], id="heading"),
        pytest.param("bet.test##.ad", NOT_APPLICABLE, id="hiding"),
        pytest.param("bet.test,a.test#@#.ad", NOT_APPLICABLE, id="not-hiding"),
        pytest.param("## heading ##", [], id="heading-of-another-kind"),
        pytest.param("bet.test # see ##", [(HOST, "bet.test")], id="comment-with-two"),
        pytest.param(r"/^bet[0-9]+\.test$/", [(PATTERN, r"/^bet[0-9]+\.test$/")], id="expression"),
        pytest.param("/bet(/", BAD, id="no-expression"),
        pytest.param("/two words/", BAD, id="expression-with-a-space-which-no-url-has"),
        pytest.param("a.test b.test", BAD, id="two-names"),
        pytest.param("invalid!", BAD, id="no-comment"),
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
    others = [
        "a.test/b",
        "a=b",
        "two words",
        "DOMAIN,a.test",
        "# comment",
        "/a/",
        "a.test##.b",
        "a.test#@#.b",
    ]
    assert DomainsReader.recognise(names + others) == len(names)


@pytest.mark.parametrize(
    ("names", "mixed_in", "known"),
    [
        pytest.param(1, 2, 3, id="some"),
        pytest.param(2, 18, 20, id="many"),
        pytest.param(2, 50, 20, id="a-list-of-that-format-with-two-strays"),
        pytest.param(0, 50, 0, id="a-list-of-that-format"),
    ],
)
def test_lines_of_other_formats_count_where_there_are_names_among_them(
    names: int, mixed_in: int, known: int
) -> None:
    lines = ["a.test"] * names + ["0.0.0.0 a.test", "||a.test^"] * (mixed_in // 2)
    assert DomainsReader.recognise(lines) == known


def test_in_a_list_for_browsers_rules_do_not_count() -> None:
    lines = [".ads.js", "-ad-box.", "||a.test^", "||b.test^"]
    assert DomainsReader.recognise(lines) == 4
    assert DomainsReader.recognise([*lines, "a.test##.ad"]) == 2
