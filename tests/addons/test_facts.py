"""From a request to plain facts."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st
from mitmproxy import http
from mitmproxy.test import tutils

from addons.facts import (
    Malformed,
    Tunnel,
    connect_facts,
    name_of,
    request_facts,
    tunnel_facts,
    unreadable_facts,
)
from policy.facts import Name, RequestFacts, Who
from policy.words import NameSource, Resource, Step
from tests.samples import NOW

BROWSER = (b"User-Agent", b"Mozilla/5.0 (X11; Linux x86_64)")
CONNECT = Tunnel(Name(NameSource.CONNECT, "tunnel.test"), 443)
REDIRECTED = Tunnel(Name(NameSource.ADDRESS, "198.51.100.7"), 80)
WITH_SNI = Tunnel(CONNECT.connect, 443, Name(NameSource.SNI, "sni.test"))


def read(
    *fields: tuple[bytes, bytes],
    host: str = "target.test",
    port: int = 80,
    scheme: bytes = b"http",
    path: bytes = b"/",
    method: bytes = b"GET",
    authority: bytes = b"",
    version: bytes = b"HTTP/1.1",
    tunnel: Tunnel | None = None,
    http2: bool = False,
) -> RequestFacts:
    request = tutils.treq(
        host=host,
        port=port,
        scheme=scheme,
        path=path,
        method=method,
        authority=authority,
        http_version=version,
        headers=http.Headers(fields),
    )
    return request_facts(
        request, exchange=uuid4(), at=NOW, who=Who(), tunnel=tunnel, decrypted=tunnel is not None, http2=http2
    )


def named(facts: RequestFacts) -> list[str]:
    return [f"{name.source}:{name.host}" for name in facts.names]


# Names -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("facts", "names"),
    [
        pytest.param(read(), ["target:target.test"], id="absolute-target"),
        pytest.param(
            read((b"Host", b"HOST.test.:8080")), ["target:target.test", "host:host.test"], id="and-a-host"
        ),
        pytest.param(
            read((b"Host", b"host.test"), tunnel=CONNECT),
            ["host:host.test", "connect:tunnel.test"],
            id="tunnel",
        ),
        pytest.param(
            read((b"Host", b"host.test"), tunnel=WITH_SNI),
            ["host:host.test", "sni:sni.test", "connect:tunnel.test"],
            id="tunnel-with-sni",
        ),
        pytest.param(
            read(tunnel=WITH_SNI), ["sni:sni.test", "connect:tunnel.test"], id="tunnel-without-host"
        ),
        pytest.param(
            read(authority=b"authority.test:443", version=b"HTTP/2.0", http2=True, tunnel=WITH_SNI),
            ["authority:authority.test", "sni:sni.test", "connect:tunnel.test"],
            id="http2",
        ),
        pytest.param(
            read(
                (b"host", b"host.test"), authority=b"a.test", version=b"HTTP/2.0", http2=True, tunnel=CONNECT
            ),
            ["authority:a.test", "host:host.test", "connect:tunnel.test"],
            id="http2-with-a-host-beside",
        ),
        pytest.param(
            read((b"Host", b"[2001:DB8::1]:80"), tunnel=CONNECT),
            ["host:2001:db8::1", "connect:tunnel.test"],
            id="ipv6",
        ),
        pytest.param(
            read((b"Host", b"host.test"), tunnel=REDIRECTED), ["host:host.test"], id="redirected-with-a-host"
        ),
        pytest.param(
            read((b"Host", b"host.test"), tunnel=replace(REDIRECTED, sni=WITH_SNI.sni)),
            ["host:host.test", "sni:sni.test"],
            id="redirected-with-host-and-sni",
        ),
        pytest.param(
            read(tunnel=replace(REDIRECTED, sni=WITH_SNI.sni)), ["sni:sni.test"], id="redirected-with-sni"
        ),
        pytest.param(
            read(tunnel=REDIRECTED), ["address:198.51.100.7"], id="redirected-and-nothing-else-is-said"
        ),
        pytest.param(read(host="bücher.test"), ["target:xn--bcher-kva.test"], id="idn"),
    ],
)
def test_every_name_is_read_and_the_one_to_connect_to_comes_first(
    facts: RequestFacts, names: list[str]
) -> None:
    assert named(facts) == names


def test_a_tunnelled_request_has_the_tunnel_s_port() -> None:
    assert read((b"Host", b"a.test:8080"), tunnel=CONNECT, scheme=b"https").port == 443
    assert read(port=8080).port == 8080


# What can be read in two ways --------------------------------------------------------------------


@pytest.mark.parametrize(
    "request_",
    [
        pytest.param({"fields": [(b"Host", b"a.test"), (b"host", b"a.test")]}, id="host-twice"),
        pytest.param({"fields": [(b"Host", b"")]}, id="host-empty"),
        pytest.param({"fields": [(b"Host", b"a.test, b.test")]}, id="two-in-one"),
        pytest.param({"fields": [(b"Host", b"user@a.test")]}, id="user-info"),
        pytest.param({"fields": [(b"Host", b"a.test/b")]}, id="path-in-host"),
        pytest.param({"fields": [(b"Host", b"a.test:80:90")]}, id="two-ports"),
        pytest.param({"fields": [(b"Host", b"a\xff.test")]}, id="not-ascii"),
        pytest.param({"fields": [(b"Host", b"a..test")]}, id="empty-label"),
        pytest.param({"fields": [(b"X", b"a\r\n b")]}, id="folded-line"),
        pytest.param({"fields": [(b"X", b"a\nb")]}, id="bare-lf"),
        pytest.param({"fields": [(b"X", b"a\rb")]}, id="bare-cr"),
        pytest.param({"fields": [(b"X", b"a\0b")]}, id="nul"),
        pytest.param({"fields": [(b"X", b"a\x7fb")]}, id="del"),
        pytest.param({"method": b"GET /a"}, id="target-in-method"),
        pytest.param({"method": b"GET\t/a"}, id="tab-in-method"),
        pytest.param({"method": b"G@T"}, id="method-no-token"),
        pytest.param({"method": b""}, id="no-method"),
        pytest.param({"path": b"http://a.test/"}, id="url-as-path"),
        pytest.param({"path": b"*"}, id="asterisk"),
        pytest.param({"path": b""}, id="empty-path"),
        pytest.param({"path": b"/a b"}, id="space"),
        pytest.param({"path": b"/a\tb"}, id="tab"),
        pytest.param({"path": b"/a\\b"}, id="backslash-in-path"),
        pytest.param({"path": b"/a#b"}, id="fragment"),
        pytest.param({"path": b"/a\xc3\xa9"}, id="utf-8-in-path"),
        pytest.param({"path": b'/a"b'}, id="quote"),
        pytest.param({"path": b"/a%2f..%2fb"}, id="dots-behind-an-escaped-slash"),
        pytest.param({"authority": b"a.test", "tunnel": CONNECT}, id="absolute-target-in-a-tunnel"),
        pytest.param({"version": b"HTTP/2.0"}, id="http2-claimed-over-http1"),
        pytest.param({"version": b"HTTP/0.9"}, id="an-old-version"),
        pytest.param(
            {"version": b"HTTP/1.1", "http2": True, "tunnel": CONNECT}, id="http1-claimed-over-http2"
        ),
        pytest.param({"host": "a b"}, id="no-host"),
    ],
)
def test_what_can_be_read_in_two_ways_is_malformed(request_: dict[str, Any]) -> None:
    fields: Iterable[tuple[bytes, bytes]] = request_.pop("fields", ())
    with pytest.raises(Malformed) as caught:
        read(*fields, **request_)
    assert "test" not in str(caught.value)  # the message repeats nothing of the request


@pytest.mark.parametrize(
    "path",
    [
        pytest.param(b"/css?family=Roboto|Open+Sans", id="bar"),
        pytest.param(b"/a?filter[x]={y}&z=^", id="brackets-and-braces"),
        pytest.param(b"/a?b=c\\d", id="backslash-in-query"),
        pytest.param(b"//double//slash", id="double-slash"),
        pytest.param(b"/%7Euser/%C3%A9?%00", id="escapes"),
        pytest.param(b"/a;b=c:d@e!$&'()*+,=", id="everything-rfc-3986-allows"),
    ],
)
def test_what_browsers_send_is_read_though_rfc_3986_has_it_not(path: bytes) -> None:
    assert read(path=path).path == path.decode().partition("?")[0]


@given(path=st.binary(max_size=60), host=st.binary(max_size=30))
def test_no_bytes_make_it_fail_otherwise(path: bytes, host: bytes) -> None:
    """Whatever arrives is facts or malformed; and facts hold no character that an origin could trip over."""
    try:
        facts = read((b"Host", host), path=path)
    except Malformed:
        return
    assert path.startswith(b"/")
    assert path.isascii()
    assert not any(byte <= 0x20 or byte == 0x7F for byte in path)
    assert facts.target.startswith("/")


# What kind of request ----------------------------------------------------------------------------


def sec(**words: str) -> list[tuple[bytes, bytes]]:
    return [BROWSER, *((b"Sec-Fetch-" + name.encode(), word.encode()) for name, word in words.items())]


@pytest.mark.parametrize(
    ("fields", "kind"),
    [
        pytest.param(sec(Mode="navigate", Dest="document", User="?1"), Resource.VISIT, id="by-gesture"),
        pytest.param(sec(Mode="navigate", Dest="document"), Resource.NAVIGATION, id="without-gesture"),
        pytest.param(
            sec(Mode="navigate", Dest="document", User="?0"), Resource.NAVIGATION, id="gesture-denied"
        ),
        pytest.param(sec(Mode="navigate", Dest="iframe", User="?1"), Resource.EMBEDDED, id="iframe"),
        pytest.param(sec(Mode="navigate", Dest="frame"), Resource.EMBEDDED, id="frame"),
        pytest.param(sec(Mode="navigate"), Resource.UNKNOWN, id="navigation-of-what"),
        pytest.param(sec(Mode="no-cors", Dest="image"), Resource.EMBEDDED, id="image"),
        pytest.param(sec(Mode="cors", Dest="empty"), Resource.EMBEDDED, id="fetch"),
        pytest.param(sec(Mode="websocket", Dest="empty"), Resource.EMBEDDED, id="websocket"),
        pytest.param(sec(Mode="same-origin", Dest="serviceworker"), Resource.BACKGROUND, id="service-worker"),
        pytest.param(sec(Mode="no-cors", Dest="report"), Resource.BACKGROUND, id="report"),
        pytest.param(
            [*sec(Mode="navigate", Dest="document", User="?1"), (b"Sec-Purpose", b"prefetch;prerender")],
            Resource.PREFETCH,
            id="prerender-that-claims-a-gesture",
        ),
        pytest.param([BROWSER, (b"Purpose", b"prefetch")], Resource.PREFETCH, id="prefetch-of-old"),
        pytest.param([BROWSER], Resource.UNKNOWN, id="a-browser-that-says-nothing"),
        pytest.param([(b"User-Agent", b"curl/8")], Resource.BACKGROUND, id="a-program"),
        pytest.param([], Resource.BACKGROUND, id="nobody"),
    ],
)
def test_only_a_navigation_of_a_window_by_a_gesture_is_a_visit(
    fields: list[tuple[bytes, bytes]], kind: Resource
) -> None:
    facts = read(*fields)
    assert facts.resource is kind
    assert facts.resource_why


def test_a_preflight_is_the_browser_s_own() -> None:
    facts = read(*sec(Mode="cors"), (b"Access-Control-Request-Method", b"PUT"), method=b"OPTIONS")
    assert facts.resource is Resource.BACKGROUND


def test_over_plain_http_it_says_why_the_kind_is_unknown() -> None:
    assert "plain http" in read(BROWSER).resource_why
    assert "plain http" not in read(BROWSER, scheme=b"https").resource_why


@given(st.text(max_size=40), st.text(max_size=40))
def test_the_evidence_holds_no_words_of_the_client_s_own(mode: str, dest: str) -> None:
    """It is stored at every level above the lowest: nobody's name may get into it."""
    fields = [(b"Sec-Fetch-Mode", mode.encode()), (b"Sec-Fetch-Dest", dest.encode())]
    try:
        why = read(*fields).resource_why
    except Malformed:
        return
    assert why.isascii()
    assert len(why) < 120


# Page and referrer -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fields", "page", "referrer"),
    [
        pytest.param(
            [*sec(Mode="no-cors", Dest="image"), (b"Referer", b"https://Page.test:8443/private?x=y#z")],
            "https://page.test",
            "page.test",
            id="a-piece-belongs-to-the-page-that-asked",
        ),
        pytest.param(
            [*sec(Mode="cors", Dest="empty"), (b"Origin", b"https://page.test")],
            "https://page.test",
            "page.test",
            id="by-origin",
        ),
        pytest.param(
            [*sec(Mode="navigate", Dest="document", User="?1"), (b"Referer", b"https://search.test/?q=x")],
            "http://target.test",
            "search.test",
            id="a-visit-is-its-own-page",
        ),
        pytest.param(
            [BROWSER, (b"Referer", b"https://page.test/")], None, "page.test", id="unknown-has-none"
        ),
        pytest.param(
            [*sec(Mode="no-cors", Dest="image"), (b"Referer", b"about:blank")], None, None, id="no-page"
        ),
        pytest.param([*sec(Mode="cors", Dest="empty"), (b"Origin", b"null")], None, None, id="origin-null"),
        pytest.param(
            [*sec(Mode="no-cors", Dest="image"), (b"Referer", b"https://user:pass@page.test/")],
            "https://page.test",
            "page.test",
            id="without-user-and-password",
        ),
        pytest.param(
            [*sec(Mode="no-cors", Dest="image"), (b"Referer", b"https://" + b"a" * 5000 + b"/")],
            None,
            None,
            id="no-host-at-all",
        ),
    ],
)
def test_what_page_it_is_a_piece_of(
    fields: list[tuple[bytes, bytes]], page: str | None, referrer: str | None
) -> None:
    facts = read(*fields)
    assert (facts.page, facts.referrer_host) == (page, referrer)


# Path and target ---------------------------------------------------------------------------------


def test_the_target_is_in_matching_form_and_the_path_as_it_was_sent() -> None:
    facts = read(path=b"/A/../%43asino/?Q=1")
    assert facts.target == "/casino/?q=1"
    assert facts.path == "/A/../%43asino/"


# The others --------------------------------------------------------------------------------------


def test_a_connect_is_a_name_and_a_port() -> None:
    request = tutils.treq(host="A.test.", port=8443, method=b"CONNECT", path=b"")
    facts = connect_facts(request, exchange=uuid4(), at=NOW, who=Who())
    assert (facts.step, facts.host, facts.port, facts.target) == (Step.CONNECT, "a.test", 8443, "")
    with pytest.raises(Malformed):
        connect_facts(tutils.treq(host="a..test"), exchange=uuid4(), at=NOW, who=Who())


def test_an_unread_tunnel_is_its_names() -> None:
    facts = tunnel_facts(WITH_SNI, step=Step.SNI, scheme="https", exchange=uuid4(), at=NOW, who=Who())
    assert named(facts) == ["sni:sni.test", "connect:tunnel.test"]
    assert (facts.target, facts.decrypted) == ("", False)


@pytest.mark.parametrize(
    ("host", "tunnel", "names"),
    [
        pytest.param("a.test", None, ["target:a.test"], id="the-target-can-be-read"),
        pytest.param("a..test", None, [], id="nothing-can"),
        pytest.param("a..test", CONNECT, ["connect:tunnel.test"], id="in-a-tunnel"),
    ],
)
def test_of_a_malformed_request_is_kept_what_could_be_read(
    host: str, tunnel: Tunnel | None, names: list[str]
) -> None:
    facts = unreadable_facts(
        tutils.treq(host=host), "why", step=Step.REQUEST, exchange=uuid4(), at=NOW, who=Who(), tunnel=tunnel
    )
    assert named(facts) == names
    assert (facts.resource_why, facts.path) == ("why", None)


def test_a_name_is_normalised_once() -> None:
    assert name_of(NameSource.SNI, "A.test") is name_of(NameSource.SNI, "A.test")
