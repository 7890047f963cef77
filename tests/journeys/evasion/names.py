"""Names that disagree: one for the judge, another for the connection or the origin."""

from tests.journeys.evasion.trick import Trick, carried, open_, refused, unnamed
from tests.journeys.evasion.ways import get, head2, http2, plain, plain_in_tunnel, tls
from tests.journeys.evasion.world import BAD, UNLISTED

TUNNEL = "connect tunnel"
LISTED = "request listed"
NOT_LISTED = "request not-listed"
MISMATCH = "request name-mismatch"
PRIVILEGED_TUNNEL = unnamed(TUNNEL)
PRIVILEGED_SNI = unnamed("sni name-mismatch")
PRIVILEGED_MISMATCH = unnamed(MISMATCH)

NAMES: tuple[Trick, ...] = (
    refused(
        "An allowed absolute target, a forbidden Host",
        plain(get("http://allowed.test:$http/", "Host: bet.test")),
        403,
        MISMATCH,
    ),
    refused(
        "A forbidden absolute target, an allowed Host",
        plain(get("http://bet.test:$http/", "Host: allowed.test")),
        403,
        MISMATCH,
    ),
    carried(
        "An allowed absolute target, the Host of another allowed site",
        plain(get("http://allowed.test:$http/", "Host: other.test")),
        "allowed.test",
        NOT_LISTED,
    ),
    refused(
        "CONNECT to an allowed host, forbidden SNI and Host",
        tls("allowed.test:$tls", get("/", "Host: bet.test"), sni="bet.test"),
        403,
        TUNNEL,
        MISMATCH,
    ),
    refused(
        "CONNECT to a forbidden host, allowed SNI and Host",
        tls("bet.test:$tls", get("/", "Host: allowed.test"), sni="allowed.test"),
        403,
        TUNNEL,
        MISMATCH,
    ),
    refused(
        "Fronting over HTTP/1.1: allowed CONNECT and SNI, forbidden Host",
        tls("allowed.test:$tls", get("/", "Host: bet.test"), sni="allowed.test"),
        403,
        TUNNEL,
        MISMATCH,
    ),
    refused(
        "Fronting over HTTP/2: allowed CONNECT and SNI, forbidden :authority",
        http2("allowed.test:$tls", head2("bet.test"), sni="allowed.test"),
        403,
        TUNNEL,
        MISMATCH,
    ),
    refused(
        "HTTP/2: an allowed :authority and a forbidden host field",
        http2("allowed.test:$tls", head2("allowed.test", "/", ("host", "bet.test")), sni="allowed.test"),
        None,
        TUNNEL,
    ),
    refused(
        "HTTP/2: no :authority, a forbidden host field",
        http2("allowed.test:$tls", head2(None, "/", ("host", "bet.test")), sni="allowed.test"),
        403,
        TUNNEL,
        MISMATCH,
    ),
    refused(
        "A second request of an allowed HTTP/2 connection names a forbidden host (coalescing)",
        http2("allowed.test:$tls", head2("allowed.test"), head2("bet.test"), sni="allowed.test"),
        (200, 403),
        TUNNEL,
        NOT_LISTED,
        MISMATCH,
    ),
    refused(
        "A second request of an allowed tunnel names a forbidden host",
        tls(
            "allowed.test:$tls",
            get("/", "Host: allowed.test"),
            get("/", "Host: bet.test"),
            sni="allowed.test",
        ),
        (200, 403),
        TUNNEL,
        NOT_LISTED,
        MISMATCH,
    ),
    carried(
        "CONNECT to some other address, allowed SNI and Host",
        tls(f"{UNLISTED}:$tls", get("/", "Host: allowed.test"), sni="allowed.test"),
        "allowed.test",
        TUNNEL,
        NOT_LISTED,
    ),
    refused(
        "CONNECT to an address, no SNI, a forbidden Host",
        tls(f"{UNLISTED}:$tls", get("/", "Host: bet.test"), sni=None),
        403,
        TUNNEL,
        MISMATCH,
        at_unlisted=True,
    ),
    refused(
        "CONNECT to a listed address, no SNI, an allowed Host",
        tls(f"{BAD}:$tls", get("/", "Host: allowed.test"), sni=None),
        403,
        TUNNEL,
        MISMATCH,
    ),
    carried(
        "No Host at all inside a tunnel",
        tls("allowed.test:$tls", get("/"), sni="allowed.test"),
        "allowed.test",
        TUNNEL,
        NOT_LISTED,
    ),
    carried(
        "Another port in Host, inside a tunnel",
        tls("allowed.test:$tls", get("/", "Host: allowed.test:22"), sni="allowed.test"),
        "allowed.test:$tls",
        TUNNEL,
        NOT_LISTED,
    ),
    refused(
        "An essential host in CONNECT and SNI, a forbidden Host",
        tls("updates.test:$tls", get("/", "Host: bet.test"), sni="updates.test"),
        403,
        TUNNEL,
        MISMATCH,
    ),
    refused(
        "An essential absolute target, a forbidden Host",
        plain(get("http://updates.test:$http/", "Host: bet.test")),
        403,
        MISMATCH,
    ),
    refused(
        "A forbidden absolute target, an essential Host",
        plain(get("http://bet.test:$http/", "Host: updates.test")),
        403,
        MISMATCH,
    ),
    refused(
        "A privileged host in CONNECT, so that nobody looks inside, a forbidden SNI",
        tls("union.test:$tls", get("/", "Host: bet.test"), sni="bet.test", trust=False),
        None,
        PRIVILEGED_TUNNEL,
        PRIVILEGED_SNI,
    ),
    refused(
        "A privileged SNI, a forbidden CONNECT",
        tls("bet.test:$tls", get("/", "Host: bet.test"), sni="union.test", trust=False),
        None,
        TUNNEL,
        PRIVILEGED_SNI,
    ),
    refused(
        "A privileged SNI, an allowed CONNECT",
        tls("allowed.test:$tls", get("/", "Host: allowed.test"), sni="union.test", trust=False),
        None,
        TUNNEL,
        PRIVILEGED_SNI,
    ),
    refused(
        "A privileged Host beside an allowed target, so that the log does not say who or where",
        plain(get("http://allowed.test:$http/", "Host: union.test")),
        403,
        PRIVILEGED_MISMATCH,
    ),
    refused(
        "A privileged CONNECT with plain HTTP inside that names an allowed host, for the same end",
        plain_in_tunnel("union.test:$tls", get("/", "Host: allowed.test")),
        403,
        PRIVILEGED_TUNNEL,
        PRIVILEGED_MISMATCH,
    ),
    refused(
        "A never-decrypt SNI, an allowed CONNECT",
        tls("allowed.test:$tls", get("/", "Host: allowed.test"), sni="push.apple.com", trust=False),
        None,
        TUNNEL,
        "sni name-mismatch",
    ),
    refused(
        "A never-decrypt CONNECT, a forbidden SNI",
        tls("push.apple.com:$tls", get("/", "Host: bet.test"), sni="bet.test"),
        403,
        TUNNEL,
        MISMATCH,
    ),
    carried(
        "CONNECT to some other address, a never-decrypt SNI",
        tls(f"{UNLISTED}:$tls", get("/", "Host: push.apple.com"), sni="push.apple.com", trust=False),
        "push.apple.com",
        TUNNEL,
        "sni not-listed",
    ),
    open_(
        "Fronting behind a never-decrypt host: its name in CONNECT and SNI, a forbidden Host inside",
        tls("push.apple.com:$tls", get("/", "Host: bet.test"), sni="push.apple.com", trust=False),
        "bet.test",
        TUNNEL,
        "sni not-listed",
    ),
    refused(
        "A host whose certificate is another's",
        tls("impostor.test:$tls", get("/", "Host: impostor.test"), sni="impostor.test"),
        502,
        TUNNEL,
        NOT_LISTED,
    ),
)
