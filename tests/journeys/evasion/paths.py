"""A forbidden part of an allowed host (`allowed.test/casino/`), asked for in other spellings."""

from tests.journeys.evasion.hosts import MALFORMED
from tests.journeys.evasion.names import LISTED, NOT_LISTED, TUNNEL
from tests.journeys.evasion.trick import Play, Trick, carried, open_, refused
from tests.journeys.evasion.ways import each, get, head2, http2, plain, tls


def at(*targets: str) -> Play:
    """A GET for each of these of the allowed host."""
    return each(
        *(plain(get(f"http://allowed.test:$http{target}", "Host: allowed.test")) for target in targets)
    )


def listed(title: str, *targets: str) -> Trick:
    """All of them are recognised."""
    return refused(title, at(*targets), (403,) * len(targets), *[LISTED] * len(targets))


def ambiguous(title: str, *targets: str) -> Trick:
    """All of them can be read in more than one way."""
    return refused(title, at(*targets), (400,) * len(targets), *[MALFORMED] * len(targets))


PATHS: tuple[Trick, ...] = (
    listed(
        "As it is, its end, a page below it, a query",
        "/casino/",
        "/casino",
        "/casino/a/b",
        "/casino?x",
        "/casino/?/../x",
    ),
    listed("Percent-encoded letters", "/%63asino/", "/c%61sino/", "/%63%61%73%69%6e%6f/", "/%43ASINO/"),
    listed("Capital letters", "/CASINO/", "/Casino/table"),
    listed("Dot segments", "/x/../casino/", "/./casino/", "/x/y/../../casino/", "/../casino/"),
    listed("Percent-encoded dot segments", "/x/%2e%2e/casino/", "/%2e/casino/", "/x/.%2E/casino/"),
    listed("Doubled slashes", "//casino/", "///casino//", "/casino//table"),
    listed("Parameters", "/casino;a=b", "/casino;a/table", "/casino/;x"),
    listed("Percent-encoded slashes and backslashes", "/casino%2ftable", "/casino%2F", "/casino%5ctable"),
    ambiguous("A backslash for a slash", "/casino\\table", "/x\\..\\casino/"),
    ambiguous(
        "Dot segments with percent-encoded slashes",
        "/x%2f..%2fcasino/",
        "/x/..%2fcasino/",
        "/x%5c..%5ccasino/",
        "/x/%2e%2e%2fcasino/",
    ),
    ambiguous(
        "Dot segments with parameters or doubled slashes",
        "/x/..;/casino/",
        "/x//../casino/",
        "/x/..;a=b/casino",
    ),
    refused("A fragment", at("/#/casino/", "/casino/#x"), (400, 400), MALFORMED, MALFORMED),
    refused(
        "A character no URL has", at('/casino"', "/casino<x>", "/cas\xefno/"), (400,) * 3, *[MALFORMED] * 2
    ),
    refused(
        "NUL and control characters",
        at("/\0/casino/", "/casino\x01", "/casino/\x7f"),
        (400,) * 3,
        *[MALFORMED] * 3,
    ),
    refused(
        "A percent-encoded NUL or line end behind it",
        at("/casino/%00.html", "/casino/%0d%0aX"),
        (403, 403),
        LISTED,
        LISTED,
    ),
    open_("Percent-encoded twice", at("/%2563asino/"), "allowed.test", NOT_LISTED),
    open_(
        "Overlong UTF-8 and other escapes that are none",
        at("/%c1%a3asino/", "/%u0063asino/"),
        "allowed.test",
        NOT_LISTED,
        NOT_LISTED,
        gets=(200, 200),
    ),
    refused(
        "An absolute target inside a tunnel",
        tls("allowed.test:$tls", get("https://bet.test/", "Host: allowed.test"), sni="allowed.test"),
        400,
        TUNNEL,
        MALFORMED,
    ),
    refused(
        "The same, naming the same host and the forbidden part",
        tls(
            "allowed.test:$tls", get("https://allowed.test/casino/", "Host: allowed.test"), sni="allowed.test"
        ),
        400,
        TUNNEL,
        MALFORMED,
    ),
    refused(
        "Over HTTP/2, in several spellings",
        http2(
            "allowed.test:$tls",
            head2("allowed.test", "/casino/"),
            head2("allowed.test", "/x/%2e./%63asino"),
            head2("ALLOWED.test.:$tls", "//casino"),
            sni="allowed.test",
        ),
        (403,) * 3,
        TUNNEL,
        *[LISTED] * 3,
    ),
    listed(
        "A part that is forbidden on any host, in between",
        "/games/roulette/1",
        "/games//ROULETTE;x",
        "/%72oulette",
    ),
    refused(
        "With the host in another spelling",
        each(
            *(
                plain(get(f"http://{host}:$http/casino/", "Host: allowed.test"))
                for host in ("ALLOWED.test", "allowed.test.", "www.allowed.test")
            )
        ),
        (403,) * 3,
        *[LISTED] * 3,
    ),
    refused(
        "With another method",
        each(
            *(
                plain(get("http://allowed.test:$http/casino/", "Host: allowed.test", method=method))
                for method in ("POST", "HEAD", "OPTIONS", "PROPFIND", "TRACE")
            )
        ),
        (403,) * 5,
        *[LISTED] * 5,
    ),
    open_(
        "The same part on another name of that site",
        plain(get("http://m.allowed.test:$http/casino/", "Host: m.allowed.test:$http")),
        "m.allowed.test",
        NOT_LISTED,
    ),
    open_(
        "A header that tells some servers another path",
        plain(
            get(
                "http://allowed.test:$http/",
                "Host: allowed.test",
                "X-Original-URL: /casino/",
                "X-Rewrite-URL: /casino/",
            )
        ),
        "allowed.test",
        NOT_LISTED,
    ),
    carried(
        "A header that tells some servers another host",
        plain(
            get(
                "http://allowed.test:$http/",
                "Host: allowed.test",
                "X-Forwarded-Host: bet.test",
                "Forwarded: host=bet.test",
            )
        ),
        "allowed.test",
        NOT_LISTED,
    ),
)
