"""Lists of addresses, networks and ranges."""

import pytest

from categories.readers.addresses import AddressesReader
from tests.categories.readers.reading import ADDRESS, BAD, HOST, Outcome, outcome


@pytest.mark.parametrize(
    ("line", "found"),
    [
        pytest.param("192.0.2.7", [(HOST, "192.0.2.7")], id="ipv4"),
        pytest.param("2001:DB8::7", [(HOST, "2001:db8::7")], id="ipv6"),
        pytest.param("[2001:db8::7]", [(HOST, "2001:db8::7")], id="ipv6-in-brackets"),
        pytest.param("192.0.2.0/24 ; SB1", [(ADDRESS, "192.0.2.0/24")], id="network-and-comment"),
        pytest.param("192.0.2.7/24", [(ADDRESS, "192.0.2.0/24")], id="address-of-a-network"),
        pytest.param("2001:db8::/32#why", [(ADDRESS, "2001:db8::/32")], id="network-of-ipv6"),
        pytest.param("192.0.2.0 - 192.0.2.255", [(ADDRESS, "192.0.2.0/24")], id="range"),
        pytest.param(
            "192.0.2.1-192.0.2.3", [(ADDRESS, "192.0.2.1/32"), (ADDRESS, "192.0.2.2/31")], id="range-of-two"
        ),
        pytest.param("a name:192.0.2.0-192.0.2.1", [(ADDRESS, "192.0.2.0/31")], id="range-with-a-name"),
        pytest.param("2001:db8::-2001:db8::1", [(ADDRESS, "2001:db8::/127")], id="range-of-ipv6"),
        pytest.param("192.0.2.9-192.0.2.1", BAD, id="range-backwards"),
        pytest.param("0.0.0.0-255.255.255.255", BAD, id="everything"),
        pytest.param("0.0.0.0/0", BAD, id="everything-as-a-network"),
        pytest.param("192.0.2.256", BAD, id="no-such-address"),
        pytest.param("bet.test", BAD, id="a-name"),
        pytest.param("# comment", [], id="comment"),
        pytest.param("; comment", [], id="comment-of-another-kind"),
        pytest.param("", [], id="blank"),
    ],
)
def test_a_line_of_addresses(line: str, found: Outcome) -> None:
    assert outcome(AddressesReader(), line) == found


def test_it_knows_addresses_and_nothing_else() -> None:
    lines = ["192.0.2.7", "192.0.2.0/24 ; why", "x:192.0.2.1-192.0.2.9", "2001:db8::/32"]
    assert AddressesReader.recognise([*lines, "bet.test", "0.0.0.0 bet.test", "# 192.0.2.7"]) == len(lines)
