"""Names with letters that IDNA 2003 did not know are hosts like any other, wherever one is read."""

from pathlib import Path

import pytest
from mitmproxy.net import check
from mitmproxy.net.http import url
from mitmproxy.tls import ClientHello

from addons.stream.hosts import accept_hosts_of_today, is_valid_host, parse_authority
from policy.words import Step
from tests.addons.gateway import client_hello
from tests.addons.live import live
from tests.addons.wire import ask

# With an ß, a final sigma and a joiner between letters.
TODAY = ["xn--strae-oqa.de", "www.xn--strae-oqa.de", "xn--wxaijb9b.test", "XN--STRAE-OQA.de."]
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"


@pytest.mark.parametrize("host", TODAY)
def test_they_are_hosts(host: str) -> None:
    assert is_valid_host(host)
    assert is_valid_host(host.encode())
    assert parse_authority(f"{host}:443".encode(), check=True) == (host, 443)
    assert parse_authority(host, check=True) == (host, None)


@pytest.mark.parametrize(
    "host",
    ["example.org", "xn--bcher-kva.test", "192.0.2.1", "under_score.test"],
)
def test_what_was_a_host_still_is(host: str) -> None:
    assert is_valid_host(host.encode())
    assert parse_authority(f"{host}:80", check=True) == (host, 80)


@pytest.mark.parametrize(
    "authority",
    [
        b"",
        b"xn--",
        b"xn--bet-.test",
        b"xn--strae-oqa.de:99999",
        b"xn--strae-oqa.de:",
        b"xn--strae-oqa..de",
        b"a@xn--strae-oqa.de",
        b"xn--strae-oqa.de/x",
        b"stra\xc3\x9fe.de\xff",
        b"xn--" + b"a" * 70 + b".de",
    ],
)
def test_what_was_none_still_is_not(authority: bytes) -> None:
    with pytest.raises(ValueError):
        parse_authority(authority, check=True)


def test_they_stand_in_mitmproxys_place() -> None:
    accept_hosts_of_today()
    accept_hosts_of_today()
    assert (check.is_valid_host, url.parse_authority) == (is_valid_host, parse_authority)
    assert ClientHello(client_hello(TODAY[0]).raw_bytes(wrap_in_record=False)).sni == TODAY[0]


async def test_a_client_is_heard_that_asks_for_such_a_site(tmp_path: Path) -> None:
    """Refused here, by a policy's list, and so in our hands from name to page."""
    host = TODAY[0]
    async with live(tmp_path, listed={host: "gambling"}) as at:
        line, _, _ = await at.get(f"http://{host}/x")
        assert line == "HTTP/1.1 403 Forbidden"
        assert at.gateway.decision.host == host
        reader, writer = await at.tunnel(host, 443, sni=host)
        line, _, _ = await ask(reader, writer, f"GET /y HTTP/1.1\nHost: {host}\n\n")
        assert line == "HTTP/1.1 403 Forbidden"
        assert (at.gateway.decision.host, at.gateway.decision.step) == (host, Step.REQUEST)
        writer.close()
