"""Messages that two parties might read differently, and ones that are none."""

import time

from tests.journeys.evasion.hosts import MALFORMED
from tests.journeys.evasion.names import LISTED, NOT_LISTED, TUNNEL
from tests.journeys.evasion.trick import Play, Trick, carried, open_, refused
from tests.journeys.evasion.ways import SEGMENTS_APART, Answers, each, get, head2, http2, next_answer, plain
from tests.journeys.evasion.world import Stage

GOOD = "http://allowed.test:$http/"
HOST = "Host: allowed.test"
INNER = "GET http://bet.test/ HTTP/1.1\r\nHost: bet.test\r\n\r\n"


def post(*fields: str, body: str = "") -> str:
    """An upload to the allowed host."""
    return get(GOOD, HOST, *fields, method="POST", body=body)


def over2(*fields: tuple[str, str], path: str = "/", data: str = "", **pseudo: str) -> Play:
    """One request over HTTP/2, for an origin that speaks HTTP/1.1 only."""
    return http2(
        "allowed.test:$tls", head2("old.test", path, *fields, **pseudo), sni="allowed.test", data=data
    )


def _authority(text: str) -> Play:
    return http2("allowed.test:$tls", head2(text), sni="allowed.test")


def _chunks(body: str) -> Play:
    """An upload to an origin that waits for all of it, with `body` when the head has been judged."""

    def play(stage: Stage) -> Answers:
        line = stage.client.line()
        head = get(f"{GOOD}count", HOST, "Transfer-Encoding: chunked", method="POST")
        line.send(stage.filled(head).encode())
        time.sleep(SEGMENTS_APART)
        line.send((body + INNER).encode())
        answers = [next_answer(line)]
        line.close()
        return answers

    return play


def _not_waiting(stage: Stage) -> Answers:
    line = stage.client.line()
    request = post("Expect: 100-continue", "Content-Length: 3", body="abc")
    line.send(stage.filled(request).encode())
    assert line.until(b"\r\n\r\n").startswith(b"HTTP/1.1 100 ")
    answers = [next_answer(line)]
    line.close()
    return answers


MESSAGES: tuple[Trick, ...] = (
    refused(
        "Transfer-Encoding and Content-Length",
        plain(post("Content-Length: 4", "Transfer-Encoding: chunked", body="0\r\n\r\n" + INNER)),
        400,
    ),
    refused(
        "Two lengths that differ",
        plain(post("Content-Length: 0", f"Content-Length: {len(INNER)}", body=INNER)),
        400,
    ),
    refused(
        "Two lengths that agree, a list of lengths",
        each(plain(post("Content-Length: 0", "Content-Length: 0")), plain(post("Content-Length: 0, 0"))),
        (400, 400),
    ),
    refused(
        "Lengths that are none",
        each(
            *(
                plain(post(f"Content-Length: {value}", body=INNER))
                for value in ("+0", "-1", "0x0", "1_0", "0 0", "\u0661".encode().decode("latin-1"))
            )
        ),
        (400,) * 6,
    ),
    refused(
        "A space between Transfer-Encoding and its colon",
        plain(post("Transfer-Encoding : chunked", body="0\r\n\r\n" + INNER)),
        400,
    ),
    refused(
        "Transfer-Encodings that only some know",
        each(
            *(
                plain(post(f"Transfer-Encoding: {value}", body="0\r\n\r\n" + INNER))
                for value in (
                    "xchunked",
                    "chunked, identity",
                    "identity",
                    "chunked, chunked",
                    "gzip",
                )
            )
        ),
        (400,) * 5,
    ),
    refused(
        "Transfer-Encoding twice",
        plain(post("Transfer-Encoding: chunked", "Transfer-Encoding: identity", body="0\r\n\r\n" + INNER)),
        400,
    ),
    refused(
        "Transfer-Encoding in HTTP/1.0",
        plain(post("Transfer-Encoding: chunked", body="0\r\n\r\n" + INNER).replace("HTTP/1.1", "HTTP/1.0")),
        400,
    ),
    refused(
        "Chunks whose sizes cannot be read",
        each(*map(_chunks, ("-1\r\n\r\n", "0x1\r\na\r\n0\r\n\r\n", "zz\r\n", "1\r\nab\r\n0\r\n\r\n"))),
        (None,) * 4,
        *[NOT_LISTED] * 4,
    ),
    carried(
        "A chunked body with a whole request in it, and trailers",
        plain(
            post(
                "Transfer-Encoding: chunked", body=f"{len(INNER):x}\r\n{INNER}\r\n0\r\nHost: bet.test\r\n\r\n"
            )
        ),
        "allowed.test",
        NOT_LISTED,
    ),
    carried(
        "A GET with a body that is a whole request",
        plain(get(GOOD, HOST, f"Content-Length: {len(INNER)}", body=INNER)),
        "allowed.test",
        NOT_LISTED,
    ),
    refused("A folded header line", plain(get(GOOD, HOST, "X: a\r\n Host: bet.test")), 400, MALFORMED),
    refused("A folded Host", plain(get(GOOD, "Host: allowed.test\r\n bet.test")), 400, MALFORMED),
    refused("Host twice, differing", plain(get(GOOD, HOST, "Host: bet.test")), 400, MALFORMED),
    refused("Host twice, the same", plain(get(GOOD, HOST, "host: allowed.test")), 400, MALFORMED),
    refused(
        "A space before Host's colon, a line that begins with a space",
        each(plain(get(GOOD, "Host : bet.test")), plain(get(GOOD, " Host: bet.test"))),
        (400, 400),
    ),
    carried("No Host in HTTP/1.1", plain(get(GOOD)), "allowed.test", NOT_LISTED),
    refused("No Host and no absolute target", plain(get("/")), 400),
    refused("A target of the proxy itself with a forbidden Host", plain(get("/", "Host: bet.test")), 400),
    refused("OPTIONS * with a forbidden Host", plain(get("*", "Host: bet.test", method="OPTIONS")), 400),
    carried(
        "Lines that end in LF alone", plain(f"GET {GOOD} HTTP/1.1\n{HOST}\n\n"), "allowed.test", NOT_LISTED
    ),
    refused("LF alone before a second Host", plain(get(GOOD, HOST, "X: a\nHost: bet.test")), 400, MALFORMED),
    refused("CR alone before a second Host", plain(get(GOOD, HOST, "X: a\rHost: bet.test")), 400, MALFORMED),
    refused(
        "NUL and control characters in a header",
        each(*(plain(get(GOOD, HOST, field)) for field in ("X: a\0b", "X: a\x0bb", "X: a\x7f", "X\0: a"))),
        (400,) * 4,
        *[MALFORMED] * 3,
    ),
    refused("HTTP/0.9", plain("GET http://bet.test/\r\n", end=True), None),
    refused("HTTP/1.0", plain("GET http://bet.test/ HTTP/1.0\r\n\r\n"), 403, LISTED),
    carried("HTTP/1.0 without Host", plain(f"GET {GOOD} HTTP/1.0\r\n\r\n"), "allowed.test", NOT_LISTED),
    refused(
        "Versions that do not exist",
        each(
            *(
                plain(f"GET {GOOD} {version}\r\n{HOST}\r\n\r\n")
                for version in ("HTTP/2.0", "HTTP/1.2", "http/1.1", "HTTP/11", "ICY/1.1")
            )
        ),
        (400,) * 5,
        MALFORMED,
        MALFORMED,
    ),
    refused("Two targets in one line", plain(f"GET {GOOD} http://bet.test/ HTTP/1.1\r\n{HOST}\r\n\r\n"), 400),
    carried(
        "Tabs between method, target and version",
        plain(f"GET \t{GOOD}\tHTTP/1.1\r\n{HOST}\r\n\r\n"),
        "allowed.test",
        NOT_LISTED,
    ),
    refused(
        "Pipelining: an allowed request, then a forbidden one in the same segment",
        plain(get(GOOD, HOST) + INNER, more=1),
        (200, 403),
        NOT_LISTED,
        LISTED,
    ),
    refused(
        "Pipelining behind a body",
        plain(post("Content-Length: 3", body="abc") + INNER, more=1),
        (200, 403),
        NOT_LISTED,
        LISTED,
    ),
    refused(
        "A kept connection: an allowed request, then a forbidden one",
        plain(get(GOOD, HOST), INNER),
        (200, 403),
        NOT_LISTED,
        LISTED,
    ),
    refused(
        "A kept connection: a refused upload, its body a request, then a forbidden one",
        plain(
            get(
                "http://bet.test/",
                "Host: bet.test",
                f"Content-Length: {len(INNER)}",
                method="POST",
                body=INNER,
            ),
            INNER,
        ),
        (403, 403),
        LISTED,
        LISTED,
    ),
    refused("A head of 70 kB", plain(get(GOOD, HOST, "X: " + "a" * 70_000)), 431),
    refused("A target of 66 kB", plain(get(GOOD + "a" * 66_000, HOST)), 431),
    refused(
        "TRACE, CONNECT in small letters, a method nobody knows",
        each(
            *(
                plain(get("http://bet.test/", "Host: bet.test", method=method))
                for method in ("TRACE", "connect", "BREW", "get")
            )
        ),
        (403,) * 4,
        LISTED,
        "connect port",
        LISTED,
        LISTED,
    ),
    refused(
        "A method that is no word",
        each(*(plain(get(GOOD, HOST), get(GOOD, HOST, method=method)) for method in ("G@T", "GET:", "\x01"))),
        (200, 400) * 3,
        *[NOT_LISTED, MALFORMED] * 3,
    ),
    refused(
        "Other schemes",
        each(
            *(
                plain(get(f"{scheme}://bet.test/", "Host: bet.test"))
                for scheme in ("ftp", "ws", "wss", "gopher", "file")
            )
        ),
        (400,) * 5,
    ),
    refused(
        "A scheme without a host",
        each(
            *(
                plain(get(target, "Host: bet.test"))
                for target in ("http:bet.test", "http:/bet.test/", "//bet.test/", "bet.test/")
            )
        ),
        (400, 400, 400, 400),
    ),
    open_(
        "Plain HTTP to a port that is none of the web's", plain(get(GOOD, HOST)), "allowed.test", NOT_LISTED
    ),
    refused(
        "A forbidden https:// target without a tunnel",
        plain(get("https://bet.test:$tls/", "Host: bet.test")),
        403,
        LISTED,
    ),
    carried(
        "An allowed https:// target without a tunnel",
        plain(get("https://allowed.test:$tls/", "Host: allowed.test")),
        "allowed.test",
        NOT_LISTED,
    ),
    carried(
        "A Connection header that names Host, length and credentials",
        plain(post("Connection: close, Host, Content-Length, Cookie", "Content-Length: 3", body="abc")),
        "allowed.test",
        NOT_LISTED,
    ),
    carried(
        "A vertical tab before chunked, and a request behind the body",
        plain(post("Transfer-Encoding: \x0bchunked", body="0\r\n\r\n" + get(GOOD, HOST)), more=1),
        "allowed.test",
        NOT_LISTED,
        NOT_LISTED,
        gets=(200, 200),
    ),
    carried("Expect: 100-continue and a body that does not wait", _not_waiting, "allowed.test", NOT_LISTED),
    refused("HTTP/2: CR and LF in a header", over2(("x", f"a\r\n\r\n{INNER}")), None, TUNNEL),
    refused(
        "HTTP/2: CR and LF in :path", over2(path=f"/ HTTP/1.1\r\nHost: bet.test\r\n\r\n{INNER}"), None, TUNNEL
    ),
    refused("HTTP/2: a space in :path", over2(path="/ HTTP/1.1"), 400, TUNNEL, MALFORMED),
    refused("HTTP/2: a whole URL in :path", over2(path="https://bet.test/"), 400, TUNNEL, MALFORMED),
    refused(
        "HTTP/2: a :path that does not begin with a slash, none at all",
        each(over2(path="casino/"), over2(path="")),
        (400, None),
        TUNNEL,
        MALFORMED,
        TUNNEL,
    ),
    refused(
        "HTTP/2: a request line in :method", over2(method="GET http://bet.test/ HTTP/1.1\r\nX:"), None, TUNNEL
    ),
    refused(
        "HTTP/2: another target in :method, for an origin of HTTP/1.1",
        each(
            over2(method="GET /casino/"), over2(method="GET\t/casino/"), over2(method="GET /casino/ HTTP/1.1")
        ),
        (400,) * 3,
        *[TUNNEL, MALFORMED] * 3,
    ),
    carried(
        "HTTP/2: a :scheme that is not the connection's",
        over2(scheme="http"),
        "old.test",
        TUNNEL,
        NOT_LISTED,
    ),
    refused("HTTP/2: a :scheme that is none", over2(scheme="https://bet.test/?"), 400, TUNNEL),
    refused(
        "HTTP/2: fields of HTTP/1.1's connections",
        each(
            over2(("transfer-encoding", "chunked")), over2(("connection", "host")), over2(("upgrade", "h2c"))
        ),
        (None,) * 3,
        *[TUNNEL] * 3,
    ),
    refused(
        "HTTP/2: names that are none",
        each(over2(("X", "a")), over2(("a b", "c")), over2(("a:", "b")), over2((":x", "a"))),
        (None, None, None, None),
        *[TUNNEL] * 4,
    ),
    refused(
        "HTTP/2: :path twice, :authority twice",
        each(over2((":path", "/casino/")), over2((":authority", "bet.test"))),
        (None, None),
        TUNNEL,
        TUNNEL,
    ),
    refused(
        "HTTP/2: an :authority that is no host",
        each(
            *(
                _authority(text)
                for text in (
                    "x@bet.test",
                    "allowed.test/bet.test",
                    "allowed.test bet.test",
                    "allowed.test:80:bet.test",
                )
            )
        ),
        (None,) * 4,
        *[TUNNEL] * 4,
    ),
    refused("HTTP/2: host twice", over2(("host", "allowed.test"), ("host", "bet.test")), None, TUNNEL),
    refused(
        "HTTP/2: a length that the body does not have",
        over2(("content-length", "3"), data=INNER, method="POST"),
        None,
        TUNNEL,
        NOT_LISTED,
    ),
    refused(
        "HTTP/2: two lengths",
        over2(("content-length", "3"), ("content-length", "4"), data="abc", method="POST"),
        400,
        TUNNEL,
    ),
    refused("HTTP/2: a head of 70 kB", over2(*((f"x-{n}", "a" * 7_000) for n in range(10))), None, TUNNEL),
    refused(
        "HTTP/2: control characters in a header",
        each(over2(("x", "a\x0bb")), over2(("x", "a\x7fb"))),
        (400, 400),
        *[TUNNEL, MALFORMED] * 2,
    ),
    refused(
        "HTTP/2: CONNECT",
        each(
            over2(method="CONNECT"),
            http2(
                "allowed.test:$tls",
                [(":method", "CONNECT"), (":authority", "bet.test:443")],
                sni="allowed.test",
            ),
        ),
        (400, None),
        TUNNEL,
        TUNNEL,
    ),
    refused("HTTP/2: no name at all", http2("bet.test:$tls", head2(None), sni="bet.test"), None, TUNNEL),
)
