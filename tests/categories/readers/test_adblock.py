"""Blockers' host rules; what is for browsers is counted and left out."""

import pytest

from categories.readers.adblock import AdblockReader
from categories.readers.exceptions import Exempted
from tests.categories.readers.reading import BAD, HOST, NOT_APPLICABLE, PATTERN, PREFIX, Outcome, outcome


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
        pytest.param("||example.org:81/a/", [(PATTERN, "*.example.org/a/*")], id="port"),
        pytest.param("||example.org/", [(PATTERN, "*.example.org")], id="all-of-a-site"),
        pytest.param("||example.org/Ads*x", [(PATTERN, "*.example.org/ads*x*")], id="star-in-a-path"),
        pytest.param("||example.org/ads^", [(PREFIX, "example.org/ads")], id="separator-behind-a-path"),
        pytest.param(
            "||192.0.2.7:81/bin.sh^$all", [(PREFIX, "192.0.2.7/bin.sh")], id="one-url-of-an-address"
        ),
        pytest.param("||example.org^*", [(HOST, "example.org")], id="separator-and-anything"),
        pytest.param("|https://example.org/ads/", [(PATTERN, "example.org/ads/*")], id="one-host-and-path"),
        pytest.param("|http://example.org/ads^", [(PREFIX, "example.org/ads")], id="one-host-path-separator"),
        pytest.param("|https://example.org^", [(PREFIX, "example.org/")], id="one-host"),
        pytest.param("|https://", BAD, id="no-host-at-all"),
        pytest.param("|example.org^", NOT_APPLICABLE, id="beginning-without-a-scheme"),
        pytest.param("||example.org/a^b/", NOT_APPLICABLE, id="separator-in-a-path"),
        pytest.param("||example.org/a*b^", NOT_APPLICABLE, id="star-and-separator-in-a-path"),
        pytest.param("||example.org^a", BAD, id="something-behind-the-separator"),
        pytest.param("||bet.test^$third-party", NOT_APPLICABLE, id="condition"),
        pytest.param("||bet.test^$important,script", NOT_APPLICABLE, id="one-condition"),
        pytest.param("@@||bet.test^", (Exempted("bet.test"),), id="exception"),
        pytest.param("@@||BET.test^|", (Exempted("bet.test"),), id="exception-with-an-end"),
        pytest.param("@@||bet.test^$document", (Exempted("bet.test"),), id="exception-for-a-page"),
        pytest.param("@@||bet.test/a/", (Exempted("bet.test", "/a/"),), id="exception-of-urls"),
        pytest.param("@@||bet.test/", (Exempted("bet.test"),), id="exception-of-all-urls"),
        pytest.param(
            "@@||bet.test/a^", (Exempted("bet.test", "/a", whole=True),), id="exception-of-a-segment"
        ),
        pytest.param("@@||bet*.test^", NOT_APPLICABLE, id="exception-of-many-hosts"),
        pytest.param("@@||bet.test^$script", NOT_APPLICABLE, id="exception-with-a-condition"),
        pytest.param("@@/banner/", NOT_APPLICABLE, id="exception-by-an-expression"),
        pytest.param("@@bet.test", NOT_APPLICABLE, id="exception-anywhere-in-a-url"),
        pytest.param("@@||bet..test^", BAD, id="exception-of-no-host"),
        pytest.param("@@", NOT_APPLICABLE, id="exception-of-nothing"),
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


def test_a_list_under_the_heading_is_one_whatever_stands_in_it() -> None:
    lines = ["[Adblock Plus 2.0]", "-ad-box.", "&ad_type=", ".ads.js", "a.test"]
    assert AdblockReader.recognise(lines) == len(lines)
    assert AdblockReader.recognise(lines[1:]) == 0
