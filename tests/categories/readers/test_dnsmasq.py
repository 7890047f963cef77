"""dnsmasq's configuration: names between slashes, and what they lead to."""

import pytest

from categories.readers.dnsmasq import DnsmasqReader
from categories.readers.exceptions import Exempted
from tests.categories.readers.reading import BAD, HOST, NOT_APPLICABLE, PATTERN, Outcome, outcome

BET = [(HOST, "bet.test")]


@pytest.mark.parametrize(
    ("line", "found"),
    [
        pytest.param("address=/bet.test/", BET, id="address-none"),
        pytest.param("address=/bet.test/#", BET, id="address-null"),
        pytest.param("address=/bet.test/0.0.0.0", BET, id="address-null-written-out"),
        pytest.param("address=/bet.test/0.0.0.0/", BET, id="address-and-a-slash-too-many"),
        pytest.param("address=/bet.test/127.0.0.1", BET, id="address-loopback"),
        pytest.param("address=/bet.test/::", BET, id="address-ipv6"),
        pytest.param("address=/bet.test/::1", BET, id="address-ipv6-loopback"),
        pytest.param("server=/bet.test/", BET, id="no-server"),
        pytest.param("local=/bet.test/", BET, id="local"),
        pytest.param("  local=/BET.test./  # why", BET, id="capitals-dot-space-and-comment"),
        pytest.param("local=/*.bet.test/", BET, id="star-label"),
        pytest.param("local=/bücher.test/", [(HOST, "xn--bcher-kva.test")], id="umlaut"),
        pytest.param("local=/*bet.test/", [(PATTERN, "*bet.test")], id="star"),
        pytest.param("local=/a.test/b.test/", [(HOST, "a.test"), (HOST, "b.test")], id="several"),
        pytest.param("address=/a.test/b.test/::", [(HOST, "a.test"), (HOST, "b.test")], id="several-null"),
        pytest.param("local=/casino/", [(HOST, "casino")], id="a-whole-suffix"),
        pytest.param("address=/bet.test/192.0.2.7", NOT_APPLICABLE, id="leads-somewhere"),
        pytest.param("server=/bet.test/192.0.2.53", NOT_APPLICABLE, id="asks-another-server"),
        pytest.param("server=/bet.test/0.0.0.0", NOT_APPLICABLE, id="asks-a-server-of-any-address"),
        pytest.param("local=//", NOT_APPLICABLE, id="names-without-a-dot"),
        pytest.param("server=192.0.2.53", NOT_APPLICABLE, id="server"),
        pytest.param("no-resolv", NOT_APPLICABLE, id="setting"),
        pytest.param("conf-file=/etc/more.conf", NOT_APPLICABLE, id="setting-with-a-path"),
        pytest.param("ipset=/bet.test/blocked", NOT_APPLICABLE, id="another-use-of-names"),
        pytest.param("server=/bet.test/#", (Exempted("bet.test", alone=True),), id="exception"),
        pytest.param(
            "local=/a.test/b.test/#",
            (Exempted("a.test", alone=True), Exempted("b.test", alone=True)),
            id="exception-of-several",
        ),
        pytest.param("# local=/bet.test/", [], id="comment"),
        pytest.param("", [], id="blank"),
        pytest.param("local=/bet.test", BAD, id="no-end"),
        pytest.param("local=/bet..test/", BAD, id="no-host"),
        pytest.param("local=/a.test//b.test/", BAD, id="a-name-missing"),
        pytest.param("address=/#/0.0.0.0", BAD, id="everything"),
        pytest.param("address=/*/", BAD, id="everything-by-a-star"),
        pytest.param("bet.test", BAD, id="only-a-name"),
    ],
)
def test_a_line_of_a_configuration(line: str, found: Outcome) -> None:
    assert outcome(DnsmasqReader(), line) == found


def test_it_knows_names_between_slashes() -> None:
    rules = ["address=/a.test/", "server=/a.test/192.0.2.7", " local=/a.test/"]
    assert DnsmasqReader.recognise([*rules, "# local=/a.test/", "no-resolv", "a.test", "x=/a.test/"]) == len(
        rules
    )
