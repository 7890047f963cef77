"""The proxy auto-configuration file, evaluated as a browser does."""

import base64
import http.server
import re
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from console.cli.pac import make_pac
from tests.browser import chromium
from tests.console.cli.conftest import Cli

PROXY = "PROXY gateway.example.org:8080"
OPTIONS = (
    *("--proxy", "gateway.example.org:8080", "--direct", "Example.ORG.", "--direct", "bücher.test"),
    *("--network", "198.51.100.128/25", "--network", "2001:db8:2::/64"),
)

ASKED = [
    ("http://bet.test/", "bet.test", PROXY),
    ("https://allowed.test/", "allowed.test", PROXY),
    ("https://example.org/", "example.org", "DIRECT"),
    ("https://Intranet.EXAMPLE.org./", "Intranet.EXAMPLE.org.", "DIRECT"),
    ("https://notexample.org/", "notexample.org", PROXY),
    ("https://example.org.bet.test/", "example.org.bet.test", PROXY),
    ("https://xn--bcher-kva.test/", "xn--bcher-kva.test", "DIRECT"),
    ("http://printer/", "printer", "DIRECT"),
    ("http://127.0.0.1/", "127.0.0.1", "DIRECT"),
    ("http://10.1.2.3/", "10.1.2.3", "DIRECT"),
    ("http://172.16.0.1/", "172.16.0.1", "DIRECT"),
    ("http://172.32.0.1/", "172.32.0.1", PROXY),
    ("http://192.168.1.1/", "192.168.1.1", "DIRECT"),
    ("http://198.51.100.200/", "198.51.100.200", "DIRECT"),
    ("http://198.51.100.7/", "198.51.100.7", PROXY),
    ("http://10.1.2.3.bet.test/", "10.1.2.3.bet.test", PROXY),
    ("http://10.1.2/", "10.1.2", PROXY),
    ("http://10.1.2.333/", "10.1.2.333", PROXY),
    ("http://[::1]/", "::1", "DIRECT"),
    ("http://[::1]/", "[::1]", "DIRECT"),
    ("http://[fd12::7]/", "fd12::7", "DIRECT"),
    ("http://[2001:db8:2::9]/", "2001:db8:2::9", "DIRECT"),
    ("http://[2001:db8:2:0:1:2:3:4]/", "2001:DB8:2:0:1:2:3:4", "DIRECT"),
    ("http://[2001:db8:3::9]/", "2001:db8:3::9", PROXY),
    ("http://[::]/", "::", PROXY),
    ("http://[1::2::3]/", "1::2::3", PROXY),
]


class _Proxy(http.server.BaseHTTPRequestHandler):
    """Answers every request of a browser that takes it for its proxy."""

    def do_GET(self) -> None:
        body = f"by way of the proxy: {self.path}".encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_arguments: object) -> None:
        """Nothing."""


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Chromium that was given such a file."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Proxy)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    script = make_pac([("127.0.0.1", server.server_port)], [], [], fallback_direct=False)
    encoded = base64.b64encode(script.encode()).decode()
    try:
        with chromium(f"--proxy-pac-url=data:application/x-ns-proxy-autoconfig;base64,{encoded}") as running:
            yield running
    finally:
        server.shutdown()
        server.server_close()


def test_every_url_goes_where_it_should(cli: Cli, browser: Browser) -> None:
    ran = cli("pac", *OPTIONS)
    assert (ran.code, ran.err) == (0, "")
    found = browser.new_page().evaluate(
        f"asked => {{ {ran.out}; return asked.map(one => FindProxyForURL(one[0], one[1])); }}",
        [[url, host] for url, host, _ in ASKED],
    )
    assert dict(zip([host for _, host, _ in ASKED], found, strict=True)) == {
        host: way for _, host, way in ASKED
    }


def test_without_a_gateway_nothing_goes_past_it_unless_that_was_asked_for(cli: Cli) -> None:
    two = ("pac", "--proxy", "gw1.example.org:8080", "--proxy", "[2001:db8::1]:8080")
    both = "PROXY gw1.example.org:8080; PROXY [2001:db8::1]:8080"
    assert f'var proxies = "{both}";' in cli(*two).out
    assert f'var proxies = "{both}; DIRECT";' in cli(*two, "--fallback-direct").out


def test_the_oldest_engine_can_read_it() -> None:
    """ECMAScript 3, which knows none of these."""
    script = make_pac([("gateway.test", 8080)], ["example.org"], [], fallback_direct=False)
    assert not re.search(r"\b(let|const|class)\b|=>|`|\.(startsWith|endsWith|includes|padStart)\(", script)
    assert script.isascii()


def test_it_is_a_file_that_a_web_server_can_read(cli: Cli, tmp_path: Path) -> None:
    path = tmp_path / "proxy.pac"
    ran = cli("pac", *OPTIONS, "--output", path)
    assert (ran.code, ran.out) == (0, "")
    assert path.stat().st_mode & 0o777 == 0o644
    assert "FindProxyForURL" in path.read_text("ascii")


@pytest.mark.parametrize(
    ("options", "names"),
    [
        pytest.param(("--proxy", "gateway.test"), "--proxy", id="no-port"),
        pytest.param(("--proxy", "a b:1"), "--proxy", id="no-host"),
        pytest.param(("--proxy", 'x";alert(1)//:80'), "--proxy", id="a-script"),
        pytest.param(("--proxy", "g.test;direct;x:80"), "--proxy", id="another-way-behind-it"),
        pytest.param(("--proxy", "g.test:1", "--direct", "*.test"), "--direct", id="a-wildcard"),
        pytest.param(("--proxy", "g.test:1", "--direct", "10.0.0.1"), "--direct", id="an-address"),
        pytest.param(("--proxy", "g.test:1", "--network", "10.0.0.1/8"), "--network", id="host-bits"),
        pytest.param((), "--proxy", id="no-proxy"),
    ],
)
def test_what_cannot_be_read_is_an_error_of_usage(cli: Cli, options: tuple[str, ...], names: str) -> None:
    ran = cli("pac", *options)
    assert (ran.code, ran.out) == (2, "")
    assert names in ran.err
    assert ran.err.count("\n") == 1


def test_a_browser_that_is_given_it_asks_the_proxy(browser: Browser) -> None:
    page = browser.new_page()
    page.goto("http://allowed.test/news")
    assert page.inner_text("body") == "by way of the proxy: http://allowed.test/news"
