"""One forbidden host in other spellings, and hosts that are none."""

from tests.journeys.evasion.names import LISTED, NOT_LISTED, TUNNEL
from tests.journeys.evasion.trick import Play, Trick, carried, open_, refused
from tests.journeys.evasion.ways import connect, each, get, plain, tls

MALFORMED = "request malformed"


def at(*hosts: str) -> Play:
    """A GET at each of these, as a target and in Host. UTF-8 where a character is outside ASCII."""
    return each(*(plain(get(f"http://{host}/", f"Host: {host}")) for host in map(_on_the_wire, hosts)))


def hosts_field(*values: str) -> Play:
    """A GET with an allowed target and each of these Host fields."""
    return each(*(plain(get("http://allowed.test:$http/", f"Host: {value}")) for value in values))


def _on_the_wire(text: str) -> str:
    # `ways` sends Latin-1 byte for byte.
    return text.encode("utf-8").decode("latin-1")


HOSTS: tuple[Trick, ...] = (
    refused("Capital letters", at("BET.TEST", "Bet.tESt"), (403, 403), LISTED, LISTED),
    refused("A trailing dot", at("bet.test.", "BET.test.:$http"), (403, 403), LISTED, LISTED),
    refused("Two dots, at the end or within", at("bet.test..", "bet..test", ".bet.test"), (400,) * 3),
    refused("A subdomain nobody listed", at("a.b.www.bet.test"), 403, LISTED),
    refused("Its port, spelt otherwise", at("bet.test:080", "bet.test:"), (403, 400), LISTED),
    refused(
        "No port, another port, a port that is none",
        at("bet.test:1", "bet.test:0", "bet.test:99999"),
        (403, 403, 400),
        LISTED,
        LISTED,
    ),
    refused("Two ports", at("bet.test:80:80", "allowed.test:80:bet.test"), (400, 400)),
    refused("A full stop of full width", at("bet\uff0etest", "bet\u3002test", "bet\uff61test"), (400,) * 3),
    refused("The same, percent-encoded", at("bet%EF%BC%8Etest", "bet%2Etest"), (400, 400)),
    refused("Percent-encoded letters", at("%62et.test", "b%65t.tes%74"), (400, 400)),
    refused(
        "User information in front of the host",
        at("allowed.test@bet.test", "allowed.test:80@bet.test:80"),
        (400, 400),
    ),
    refused(
        "The forbidden host as user information in front of an allowed one",
        at("bet.test@allowed.test:$http"),
        400,
    ),
    refused(
        "A backslash", at("allowed.test\\@bet.test", "bet.test\\.allowed.test", "bet.test\\"), (400,) * 3
    ),
    refused("A soft hyphen", at("b\u00adet.test"), 400),
    refused(
        "Joiners and spaces of no width", at("b\u200det.test", "b\u200cet.test", "bet\u200b.test"), (400,) * 3
    ),
    refused(
        "Letters of full width, mathematical letters",
        at("\uff42\uff45\uff54.test", "\U0001d41b\U0001d41e\U0001d42d.test"),
        (400, 400),
    ),
    open_(
        "A letter of another alphabet that looks the same",
        plain(get("http://xn--bt-nlc.test:$http/", "Host: xn--bt-nlc.test:$http")),
        "xn--bt-nlc.test",
        NOT_LISTED,
    ),
    refused(
        "An A-label of letters that need none, brackets around a name",
        at("xn--bet-.test", "[bet.test]"),
        (400, 400),
    ),
    refused(
        "NUL, tab or line end in a host",
        at("bet.test\0.allowed.test", "bet\x0btest", "allowed.test\rbet.test"),
        (400,) * 3,
    ),
    refused(
        "A label of 64 characters, a host of 300",
        at(f"{'a' * 64}.test", ".".join(["a" * 49] * 6)),
        (400, 400),
    ),
    refused("An empty host", at("", ":80", ":$http"), (400,) * 3),
    refused(
        "An underscore, a star, a comma",
        at("*.bet.test", "allowed.test,bet.test", "_x.bet.test"),
        (400, 400, 403),
        LISTED,
    ),
    refused(
        "A space in Host",
        hosts_field("allowed.test bet.test", "bet.test allowed.test"),
        (400, 400),
        MALFORMED,
        MALFORMED,
    ),
    refused(
        "Two hosts in Host, with a comma and a space between",
        hosts_field("allowed.test, bet.test", "bet.test, allowed.test"),
        (400, 400),
        MALFORMED,
        MALFORMED,
    ),
    carried(
        "Two hosts in Host, with a comma between",
        hosts_field("allowed.test,bet.test"),
        "allowed.test",
        NOT_LISTED,
    ),
    refused(
        "User information, a path or a scheme in Host",
        hosts_field("allowed.test@bet.test", "bet.test/allowed.test", "http://allowed.test/"),
        (400,) * 3,
        *[MALFORMED] * 3,
    ),
    refused(
        "Percent-encoding, a backslash, a full stop of full width in Host",
        hosts_field("b%65t.test", "allowed.test\\bet.test", _on_the_wire("bet\uff0etest")),
        (403, 400, 400),
        "request name-mismatch",
        MALFORMED,
        MALFORMED,
    ),
    refused(
        "An empty Host beside an absolute target", hosts_field("", ":80"), (400, 400), MALFORMED, MALFORMED
    ),
    refused(
        "The same spellings by CONNECT",
        each(
            connect("BET.TEST:22"),
            connect("%62et.test:443"),
            connect("bet..test:443"),
            connect("x@bet.test:443"),
            connect("bet.test"),
            connect("https://bet.test:443/"),
        ),
        (403, 400, 400, 400, 400, 400),
        "connect port",
    ),
    refused(
        "Capital letters and a trailing dot in CONNECT, SNI and Host",
        tls("BET.TEST.:$tls", get("/", "Host: bEt.test."), sni="BET.test"),
        403,
        TUNNEL,
        LISTED,
    ),
)
