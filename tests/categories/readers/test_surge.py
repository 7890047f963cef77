"""Rules of Surge and its relatives."""

import pytest

from categories.readers.surge import SurgeReader
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
        pytest.param("DOMAIN-SUFFIX,bet.test", [(HOST, "bet.test")], id="suffix"),
        pytest.param("HOST-SUFFIX,bet.test,REJECT", [(HOST, "bet.test")], id="suffix-with-an-action"),
        pytest.param("DOMAIN-SUFFIX , BET.test , REJECT-TINYGIF", [(HOST, "bet.test")], id="spaces"),
        pytest.param("DOMAIN-SUFFIX,bet.test,DIRECT", NOT_APPLICABLE, id="let-through"),
        pytest.param("DOMAIN-SUFFIX,bet.test,Proxy", NOT_APPLICABLE, id="sent-elsewhere"),
        pytest.param("DOMAIN,bet.test", [(PREFIX, "bet.test/")], id="one-host"),
        pytest.param("HOST,bet.test,DIRECT", NOT_APPLICABLE, id="one-host-let-through"),
        pytest.param("DOMAIN-KEYWORD,casino", [(PATTERN, "*casino*")], id="keyword"),
        pytest.param("DOMAIN-WILDCARD,bet*.test", [(PATTERN, "bet*.test")], id="wildcard"),
        pytest.param("DOMAIN-SUFFIX,bet*.test", [(PATTERN, "*.bet*.test")], id="wildcard-in-a-suffix"),
        pytest.param("IP-CIDR,192.0.2.0/24,no-resolve", [(ADDRESS, "192.0.2.0/24")], id="network"),
        pytest.param(
            "IP-CIDR,192.0.2.0/24,REJECT,no-resolve", [(ADDRESS, "192.0.2.0/24")], id="network-rejected"
        ),
        pytest.param("IP-CIDR6,2001:db8::/32", [(ADDRESS, "2001:db8::/32")], id="network-of-ipv6"),
        pytest.param("URL-REGEX,^https?://a.test/x{2,3}", [(PATTERN, "/^a.test/x{2,3}/")], id="expression"),
        pytest.param(
            "URL-REGEX,^http://a.test/x,REJECT", [(PATTERN, "/^a.test/x/")], id="expression-rejected"
        ),
        pytest.param("URL-REGEX,^http://a.test/x,DIRECT", NOT_APPLICABLE, id="expression-let-through"),
        pytest.param("FINAL,DIRECT", NOT_APPLICABLE, id="the-rest"),
        pytest.param("RULE-SET,https://example.org/a.conf,REJECT", NOT_APPLICABLE, id="another-list"),
        pytest.param("[Rule]", NOT_APPLICABLE, id="section"),
        pytest.param("loglevel = notify", NOT_APPLICABLE, id="setting"),
        pytest.param("*bet.test = 0.0.0.0", [(HOST, "bet.test")], id="sent-nowhere"),
        pytest.param("bet.test = 192.0.2.7", NOT_APPLICABLE, id="sent-somewhere"),
        pytest.param(r"^https?:\/\/a.test/x - reject-img", [(PATTERN, r"/^a.test/x/")], id="rewritten-away"),
        pytest.param(
            r"^https?://a.test/x url reject", [(PATTERN, "/^a.test/x/")], id="rewritten-away-by-another"
        ),
        pytest.param(r"(^https?:\/\/a.test)(.*) $1 302", NOT_APPLICABLE, id="rewritten"),
        pytest.param("# comment", [], id="comment"),
        pytest.param("// comment", [], id="comment-of-another-kind"),
        pytest.param("", [], id="blank"),
        pytest.param("DOMAIN-SUFFIX,bet", [(HOST, "bet")], id="a-whole-suffix"),
        pytest.param("DOMAIN-SUFFIX,", BAD, id="nothing"),
        pytest.param("DOMAIN,bet..test", BAD, id="no-host"),
        pytest.param("bet.test", BAD, id="a-plain-name"),
    ],
)
def test_a_rule(line: str, found: Outcome) -> None:
    assert outcome(SurgeReader(), line) == found


def test_it_knows_rules_and_the_settings_around_them() -> None:
    rules = ["DOMAIN-SUFFIX,a.test", "HOST,b.test,REJECT", "URL-REGEX,^http://c"]
    settings = ["[Rule]", "ipv6 = true", "FINAL,DIRECT"]
    others = ["a.test", "0.0.0.0 a.test", "# DOMAIN,a.test", "name,url"]
    assert SurgeReader.recognise(rules + others) == 3
    assert SurgeReader.recognise(rules + settings + others) == 6  # "name,url" may be a rule of some client
    assert SurgeReader.recognise(["local=/a.test/", "address=/b.test/0.0.0.0"]) == 0
