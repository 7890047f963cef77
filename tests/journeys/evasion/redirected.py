"""
Clients that know of no proxy: the address is theirs to choose, and what they say on the way to it.

There is no packet filter here: a balancer that may say so says where each connection had been going to, as
the kernel does for those that were redirected (`tests/journeys/test_transparent.py`).
"""

import socket
import struct

from tests.journeys.evasion.names import LISTED, MISMATCH, NOT_LISTED
from tests.journeys.evasion.trick import Play, Trick, carried, open_, refused, unnamed
from tests.journeys.evasion.tunnels import outer_name_is_answered
from tests.journeys.evasion.ways import (
    Answers,
    Inside,
    ask,
    client_hello,
    get,
    head2,
    in_http2,
    in_tls,
    plain,
    says,
)
from tests.journeys.evasion.world import BAD, BALANCER, GOOD, UNLISTED, Stage
from tests.journeys.harness.clients import LIMIT, Line

PORT = "request port"
MALFORMED = "request malformed"
PRIVATE = "request private-address"


def header(to: str, port: int) -> bytes:
    """PROXY protocol, version 2: somebody had been connecting to this."""
    addresses = socket.inet_aton("192.0.2.9") + socket.inet_aton(to) + struct.pack("!HH", 50123, port)
    return b"\r\n\r\n\0\r\nQUIT\n\x21\x11" + struct.pack("!H", len(addresses)) + addresses


def led(to: str, port: str, inside: Inside, *, source: str = BALANCER, said: bool = True) -> Play:
    """Whatever `inside` does on a connection that had been going to this address and port."""

    def play(stage: Stage) -> Answers:
        line = Line(socket.create_connection(stage.transparent, LIMIT, source_address=(source, 0)))
        try:
            if said:
                line.send(header(to, int(stage.filled(port))))
            return inside(stage, line)
        finally:
            line.close()

    return play


def asks(*requests: str) -> Inside:
    """Requests without TLS."""
    return lambda stage, line: ask(line, stage, *requests)


REDIRECTED: tuple[Trick, ...] = (
    carried(
        "The address of a forbidden site, an allowed SNI and Host",
        led(BAD, "$tls", in_tls(get("/", "Host: allowed.test"), sni="allowed.test")),
        "allowed.test",
        NOT_LISTED,
    ),
    carried(
        "The same over HTTP/2",
        led(BAD, "$tls", in_http2(head2("allowed.test"), sni="allowed.test")),
        "allowed.test",
        NOT_LISTED,
    ),
    carried(
        "The same without TLS",
        led(BAD, "$http", asks(get("/", "Host: allowed.test"))),
        "allowed.test",
        NOT_LISTED,
    ),
    refused(
        "The address of an allowed site, a forbidden SNI and Host",
        led(GOOD, "$tls", in_tls(get("/", "Host: bet.test"), sni="bet.test")),
        403,
        LISTED,
    ),
    refused(
        "The address of an allowed site, a forbidden Host without TLS",
        led(GOOD, "$http", asks(get("/", "Host: bet.test"))),
        403,
        LISTED,
    ),
    refused(
        "Fronting: an allowed SNI, a forbidden Host",
        led(GOOD, "$tls", in_tls(get("/", "Host: bet.test"), sni="allowed.test")),
        403,
        MISMATCH,
    ),
    refused(
        "Fronting over HTTP/2: an allowed SNI, a forbidden :authority",
        led(GOOD, "$tls", in_http2(head2("bet.test"), sni="allowed.test")),
        403,
        MISMATCH,
    ),
    refused(
        "No SNI and no Host, the address of a forbidden site",
        led(BAD, "$tls", in_tls("GET / HTTP/1.0\r\n\r\n", sni=None)),
        403,
        LISTED,
    ),
    refused(
        "No SNI, an unlisted address, a forbidden Host",
        led(UNLISTED, "$tls", in_tls(get("/", "Host: bet.test"), sni=None)),
        403,
        LISTED,
        at_unlisted=True,
    ),
    carried(
        "No SNI, the address of a forbidden site, an allowed Host",
        led(BAD, "$tls", in_tls(get("/", "Host: allowed.test"), sni=None)),
        "allowed.test",
        NOT_LISTED,
    ),
    refused(
        "No Host, the address of a forbidden site",
        led(BAD, "$http", asks("GET / HTTP/1.0\r\n\r\n")),
        403,
        LISTED,
    ),
    refused(
        "No Host, an address inside",
        led("127.0.0.1", "$http", asks("GET / HTTP/1.0\r\n\r\n")),
        403,
        PRIVATE,
    ),
    refused(
        "The Host of a name that leads inside",
        led(GOOD, "$http", asks(get("/", "Host: inside.test"))),
        403,
        NOT_LISTED,
    ),
    refused(
        "The gateway's own address as Host",
        led(GOOD, "$http", asks(get("/", "Host: 127.0.0.1:$self"))),
        403,
        PRIVATE,
    ),
    refused(
        "Two Hosts, the allowed one first",
        led(GOOD, "$http", asks(get("/", "Host: allowed.test", "Host: bet.test"))),
        400,
        MALFORMED,
    ),
    refused(
        "An absolute target that names another site than Host",
        led(GOOD, "$http", asks(get("http://bet.test/", "Host: allowed.test"))),
        400,
        MALFORMED,
    ),
    refused(
        "CONNECT, as if to a proxy",
        led(GOOD, "$http", asks(get("bet.test:$tls", "Host: bet.test:$tls", method="CONNECT"))),
        400,
    ),
    refused(
        "Something that is not HTTP",
        led(GOOD, "$tls", asks("SSH-2.0-OpenSSH_9.9\r\n")),
        None,
        "raw not-http",
    ),
    refused(
        "TLS on a port for plain HTTP",
        led(GOOD, "$http", in_tls(get("/", "Host: allowed.test"), sni="allowed.test")),
        None,
        "sni port",
    ),
    refused(
        "Plain HTTP on a port for TLS",
        led(GOOD, "$tls", asks(get("/", "Host: allowed.test"))),
        403,
        PORT,
    ),
    refused(
        "Two names in the ClientHello",
        led(GOOD, "$tls", says(client_hello("allowed.test", twice=True))),
        None,
        "sni malformed",
    ),
    carried(
        "A privileged SNI to the address of a forbidden site",
        led(BAD, "$tls", in_tls(get("/", "Host: union.test"), sni="union.test", trust=False)),
        "union.test",
        unnamed("sni listed"),
    ),
    open_(
        "A privileged SNI, a forbidden Host inside",
        led(GOOD, "$tls", in_tls(get("/", "Host: bet.test"), sni="union.test", trust=False)),
        "bet.test",
        unnamed("sni listed"),
    ),
    refused(
        "Encrypted Client Hello: an allowed outer name, some other inside",
        led(GOOD, "$tls", outer_name_is_answered),
        None,
    ),
    refused(
        "A connection made straight to the port",
        led(GOOD, "$http", asks(get("/", "Host: allowed.test")), source=GOOD, said=False),
        None,
    ),
    refused(
        "The same, with a header that only a balancer may send",
        led(GOOD, "$http", asks(get("/", "Host: bet.test")), source=GOOD),
        None,
    ),
    refused(
        "Such a header to the explicit proxy",
        plain("\r\n\r\n\0\r\nQUIT\n\x21\x11\0\x0c" + "\x7f\0\0\x08" * 3 + get("/", "Host: bet.test")),
        400,
    ),
)
