"""Blockers' host rules; what is for browsers is counted and left out."""

import pytest

from categories.readers.adblock import AdblockReader
from tests.categories.readers.reading import BAD, HOST, NOT_APPLICABLE, PATTERN, Outcome, outcome


@pytest.mark.parametrize(
    ("line", "found"),
    [
        pytest.param("||bet.test^", [(HOST, "bet.test")], id="host"),
        pytest.param("||BET.test^|", [(HOST, "bet.test")], id="host-with-an-end"),
        pytest.param("||bet.test", [(HOST, "bet.test")], id="host-without-separator"),
        pytest.param("||*.bet.test^", [(HOST, "bet.test")], id="host-with-a-star"),
        pytest.param("||192.0.2.7^", [(HOST, "192.0.2.7")], id="address"),
        pytest.param("||bücher.test^", [(HOST, "xn--bcher-kva.test")], id="umlaut"),
        pytest.param("||bet.test^$important", [(HOST, "bet.test")], id="unconditional-option"),
        pytest.param("||bet.test^$all,document", [(HOST, "bet.test")], id="unconditional-options"),
        pytest.param("||bet*.test^", [(PATTERN, "*.bet*.test")], id="star-in-a-label"),
        pytest.param("||example.org/ads/", [(PATTERN, "*.example.org/ads/*")], id="beginning-of-a-url"),
        pytest.param("||example.org/", [(PATTERN, "*.example.org")], id="all-of-a-site"),
        pytest.param("||example.org/Ads*x", [(PATTERN, "*.example.org/ads*x*")], id="star-in-a-path"),
        pytest.param("||example.org/ads^", NOT_APPLICABLE, id="separator-in-a-path"),
        pytest.param("||bet.test^$third-party", NOT_APPLICABLE, id="condition"),
        pytest.param("||bet.test^$important,script", NOT_APPLICABLE, id="one-condition"),
        pytest.param("@@||bet.test^", NOT_APPLICABLE, id="exception"),
        pytest.param("example.org##.ad", NOT_APPLICABLE, id="hiding"),
        pytest.param("##.ad", NOT_APPLICABLE, id="hiding-anywhere"),
        pytest.param("/banner[0-9]+/", NOT_APPLICABLE, id="expression"),
        pytest.param("-ad-banner.", NOT_APPLICABLE, id="any-part-of-a-url"),
        pytest.param("! comment", [], id="comment"),
        pytest.param("# comment", [], id="comment-of-another-kind"),
        pytest.param("[Adblock Plus]", [], id="heading"),
        pytest.param("", [], id="blank"),
        pytest.param("||bet..test^", BAD, id="no-host"),
        pytest.param("||bet.test,other.test^", BAD, id="two-hosts"),
        pytest.param("||^", BAD, id="nothing"),
    ],
)
def test_a_rule(line: str, found: Outcome) -> None:
    assert outcome(AdblockReader(), line) == found


def test_it_knows_what_no_other_format_has() -> None:
    rules = ["||a.test^", "@@||a.test^", "a.test##.ad", "a.test#@#.ad", "[Adblock Plus 2.0]"]
    assert AdblockReader.recognise([*rules, "a.test", "0.0.0.0 a.test", "! a", "# a"]) == len(rules)
