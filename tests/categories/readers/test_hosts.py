"""Hosts files, as the public ones really are."""

import pytest

from categories.readers.hosts import HostsReader, is_address, leads_nowhere
from tests.categories.readers.reading import BAD, HOST, NOT_APPLICABLE, Outcome, outcome


@pytest.mark.parametrize(
    ("line", "found"),
    [
        pytest.param("0.0.0.0 bet.test", [(HOST, "bet.test")], id="null"),
        pytest.param("127.0.0.1\tbet.test", [(HOST, "bet.test")], id="loopback-and-tab"),
        pytest.param("127.0.0.7 bet.test", [(HOST, "bet.test")], id="another-loopback"),
        pytest.param(":: bet.test", [(HOST, "bet.test")], id="ipv6-null"),
        pytest.param("::1    bet.test", [(HOST, "bet.test")], id="ipv6-loopback"),
        pytest.param("0 bet.test", [(HOST, "bet.test")], id="short-null"),
        pytest.param("0.0.0.0%lo0 bet.test", [(HOST, "bet.test")], id="null-of-an-interface"),
        pytest.param("::ffff:127.0.0.1 bet.test", [(HOST, "bet.test")], id="mapped-loopback"),
        pytest.param("  0.0.0.0   bet.test  ", [(HOST, "bet.test")], id="white-space"),
        pytest.param("0.0.0.0 a.test b.test", [(HOST, "a.test"), (HOST, "b.test")], id="several-names"),
        pytest.param("0.0.0.0 bet.test # why", [(HOST, "bet.test")], id="comment-behind"),
        pytest.param("0.0.0.0 bet.test #[why]", [(HOST, "bet.test")], id="comment-in-brackets"),
        pytest.param("0.0.0.0 BET.test.", [(HOST, "bet.test")], id="capitals-and-dot"),
        pytest.param("0.0.0.0 bücher.test", [(HOST, "xn--bcher-kva.test")], id="umlaut"),
        pytest.param("0.0.0.0 xn--bcher-kva.test", [(HOST, "xn--bcher-kva.test")], id="a-label"),
        pytest.param("# comment", [], id="comment"),
        pytest.param("", [], id="blank"),
        pytest.param("127.0.0.1 localhost", [], id="own-name"),
        pytest.param("127.0.0.1 localhost.localdomain local", [], id="own-names"),
        pytest.param("::1 ip6-localhost ip6-loopback", [], id="own-ipv6-names"),
        pytest.param("fe80::1%lo0 localhost", [], id="own-name-with-a-zone"),
        pytest.param("255.255.255.255 broadcasthost", [], id="broadcast"),
        pytest.param("0.0.0.0 0.0.0.0", [], id="null-to-null"),
        pytest.param("0.0.0.0 ip6-bet.test", [(HOST, "ip6-bet.test")], id="a-name-like-an-own-one"),
        pytest.param("127.0.0.1 localhost bet.test", [(HOST, "bet.test")], id="own-name-and-another"),
        pytest.param("192.0.2.7 printer.example.org", NOT_APPLICABLE, id="leads-somewhere"),
        pytest.param("0.0.0.0", BAD, id="no-name"),
        pytest.param("bet.test", BAD, id="no-address"),
        pytest.param("0.0.0.0 bet..test", BAD, id="no-host"),
        pytest.param("0.0.0.0 bet.test/casino", BAD, id="a-path"),
        pytest.param("300.0.0.1 bet.test", BAD, id="no-such-address"),
        pytest.param("<p>0.0.0.0 bet.test</p>", BAD, id="html"),
    ],
)
def test_a_line_of_a_hosts_file(line: str, found: Outcome) -> None:
    assert outcome(HostsReader(), line) == found


def test_it_knows_lines_that_lead_nowhere() -> None:
    lines = [
        "# 0.0.0.0 a.test",
        "0.0.0.0 a.test",
        "127.0.0.1\tb.test",
        "::1 c.test",
        "1.1.1.1 d.test",
        "0.test",
    ]
    assert HostsReader.recognise(lines) == 3


@pytest.mark.parametrize(
    ("text", "address", "nowhere"),
    [
        ("0", True, True),
        ("0.0.0.0", True, True),
        ("127.9.9.9", True, True),
        ("::", True, True),
        ("::1%lo", True, True),
        ("192.0.2.7", True, False),
        ("2001:db8::7", True, False),
        ("255.255.255.255", True, False),
        ("00", False, False),
        ("", False, False),
        ("bet.test", False, False),
    ],
)
def test_an_address_that_leads_nowhere(text: str, address: bool, nowhere: bool) -> None:
    assert is_address(text) == address
    assert (address and leads_nowhere(text)) == nowhere
