"""Ways round by way of others."""

import base64
from urllib.parse import quote

from tests.journeys.evasion.names import LISTED, NOT_LISTED, TUNNEL
from tests.journeys.evasion.trick import Play, Trick, carried, open_, refused
from tests.journeys.evasion.ways import Answers, each, get, head2, http2, plain, tls
from tests.journeys.evasion.world import BAD, UNLISTED, Stage

NEVER = "request never-exempt"
FORBIDDEN_URL = "http://bet.test/table"


def at(*urls: str) -> Play:
    """A GET of each of these, where `$http` stands for the port behind a host."""
    return each(*(plain(get(f"http://{url}", f"Host: {url.partition('/')[0]}")) for url in urls))


def quoted(text: str, times: int) -> str:
    """Percent-encoded so many times."""
    for _ in range(times):
        text = quote(text, safe="")
    return text


def found(title: str, *urls: str) -> Trick:
    """In all of them the forbidden host is found."""
    return refused(title, at(*urls), (403,) * len(urls), *[LISTED] * len(urls))


def anonymising(title: str, *urls: str) -> Trick:
    """All of them are of the category that nothing exempts."""
    return refused(title, at(*urls), (403,) * len(urls), *[NEVER] * len(urls))


def _redirected(stage: Stage) -> Answers:
    first = at("allowed.test:$http/redirect/bet.test")(stage)
    assert first[0] is not None
    assert first[0].headers["location"] == "http://bet.test/"
    return first + at("bet.test/")(stage)


def _without_hint(path: str) -> Play:
    def play(stage: Stage) -> Answers:
        answers = each(
            at(f"allowed.test:$http{path}"),
            http2("allowed.test:$tls", head2("allowed.test", path), sni="allowed.test"),
        )(stage)
        for answer in answers:
            assert answer is not None
            assert "alt-svc" not in answer.headers
        return answers

    return play


OTHER = "other.test:$http/fetch?u="
BASE64 = base64.urlsafe_b64encode(FORBIDDEN_URL.encode()).decode()

DETOURS: tuple[Trick, ...] = (
    refused("A redirect from an allowed host", _redirected, (302, 403), NOT_LISTED, LISTED),
    found(
        "A translator by query",
        f"translate.google.com:$http/translate?sl=de&u={FORBIDDEN_URL}",
        "translate.google.com:$http/translate?u=bet.test",
    ),
    found("A translator by host name", "bet-test.translate.goog:$http/table?_x_tr_sl=de"),
    found(
        "An archive",
        f"web.archive.org:$http/web/2020/{FORBIDDEN_URL}",
        "web.archive.org:$http/web/2020*/bet.test",
        "web.archive.org:$http/web/1id_/bet.test/",
    ),
    found("A search engine's cache", "webcache.googleusercontent.com:$http/search?q=cache:bet.test/"),
    found(
        "Readers and page caches",
        "bet-test.cdn.ampproject.org/c/s/bet.test/",
        "r.jina.ai/http://bet.test/",
        "12ft.io/bet.test",
    ),
    found("A URL in the query of any host", OTHER + FORBIDDEN_URL, OTHER + "//bet.test/"),
    found(
        "A URL in the path of any host",
        f"other.test:$http/{FORBIDDEN_URL}",
        "other.test:$http/proxy/https:/bet.test/",
    ),
    found(
        "The same, percent-encoded once or more often",
        *(OTHER + quoted(FORBIDDEN_URL, times) for times in (1, 2, 3, 6, 12)),
    ),
    found(
        "The same, in capital letters, with user information, a port, an address",
        OTHER + "HTTP://BET.TEST/",
        OTHER + "http://a@bet.test:81/",
        OTHER + f"http://{BAD}/",
        OTHER + "http://0x7f000009/",
    ),
    open_("The same, in base64", at(OTHER + BASE64), "other.test", NOT_LISTED),
    open_("The same, as a host name alone", at(OTHER + "bet.test"), "other.test", NOT_LISTED),
    open_("The same, in two parameters", at(OTHER + "http&host=bet.test"), "other.test", NOT_LISTED),
    open_(
        "The same, in a header or in the body of a form",
        plain(
            get(
                "http://other.test:$http/fetch",
                "Host: other.test",
                f"X-Fetch: {FORBIDDEN_URL}",
                f"Content-Length: {len(FORBIDDEN_URL)}",
                method="POST",
                body=FORBIDDEN_URL,
            )
        ),
        "other.test",
        NOT_LISTED,
    ),
    anonymising("Web proxies by their host", "www.proxysite.com/"),
    anonymising(
        "Web proxies by what their programs are called, on any host",
        "other.test:$http/nph-proxy.cgi/000/x",
        f"other.test:$http/browse.php?u={quoted('http://x.test', 1)}",
        f"other.test:$http/?__cpo={BASE64}",
        "other.test:$http/uv/service/abc",
    ),
    open_(
        "A web proxy that nobody has listed, with its addresses in base64",
        at(f"other.test:$http/p?a={BASE64}"),
        "other.test",
        NOT_LISTED,
    ),
    anonymising(
        "DNS over HTTPS by the resolver's host and address",
        "dns.google/dns-query?dns=AAAB",
        "1.1.1.1/dns-query",
        "[2606:4700:4700::1111]/",
    ),
    anonymising("DNS over HTTPS by its path, on any host", "other.test:$http/dns-query?dns=AAAB"),
    open_(
        "DNS over HTTPS by another path on a host nobody has listed",
        at("other.test:$http/q?dns=AAAB"),
        "other.test",
        NOT_LISTED,
    ),
    found(
        "A listed address instead of the name", f"{BAD}:$http/", "0x7f000009:$http/", f"[::ffff:{BAD}]:$http/"
    ),
    refused(
        "A listed address by CONNECT",
        tls(f"{BAD}:$tls", get("/", f"Host: {BAD}"), sni=None),
        403,
        TUNNEL,
        LISTED,
    ),
    open_(
        "An address that is not listed, instead of a name",
        at(f"{UNLISTED}:$http/"),
        UNLISTED,
        NOT_LISTED,
        at_unlisted=True,
    ),
    open_(
        "A name registered this morning", at("fresh.test:$http/"), "fresh.test", NOT_LISTED, at_unlisted=True
    ),
    carried(
        "A hint that the site is there over HTTP/3",
        _without_hint("/alt-svc"),
        "allowed.test",
        NOT_LISTED,
        TUNNEL,
        NOT_LISTED,
        gets=(200, 200),
    ),
    open_(
        "A page that says it is a picture, so that it is not taken for a visit",
        plain(
            get(
                "http://allowed.test:$http/",
                "Host: allowed.test",
                "Sec-Fetch-Mode: no-cors",
                "Sec-Fetch-Dest: image",
            )
        ),
        "allowed.test",
        NOT_LISTED,
    ),
)
