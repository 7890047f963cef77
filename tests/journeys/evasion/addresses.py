"""Addresses that nobody outside may reach through the gateway, in every spelling."""

import time

from tests.journeys.evasion.names import NOT_LISTED, TUNNEL
from tests.journeys.evasion.trick import Play, Trick, refused
from tests.journeys.evasion.ways import Answers, connect, each, get, guarded, plain, tls
from tests.journeys.evasion.world import AUTH, Stage

PRIVATE = "request private-address"


def at(*hosts: str) -> Play:
    """A GET at each of these, as a target and in Host."""
    return each(*(plain(get(f"http://{host}:$http/", f"Host: {host}:$http")) for host in hosts))


def spelt(title: str, *hosts: str) -> Trick:
    """All of them are recognised and refused."""
    return refused(title, at(*hosts), (403,) * len(hosts), *[PRIVATE] * len(hosts))


def _rebinding(stage: Stage) -> Answers:
    ask = plain(get("http://rebinding.test:$http/", "Host: rebinding.test", AUTH))
    first = ask(stage)
    time.sleep(0.3)  # longer than this gateway keeps an answer
    return first + ask(stage)


ADDRESSES: tuple[Trick, ...] = (
    spelt("Loopback, as everybody writes it", "127.0.0.1", "127.255.0.3", "[::1]"),
    spelt("Loopback in decimal, hexadecimal and octal", "2130706433", "0x7f000001", "017700000001"),
    spelt("Loopback with parts in other bases", "0x7f.0.0.1", "0177.0.0.1", "0x7F.0.0x0.01"),
    spelt("Loopback in short forms", "127.1", "127.0.1", "0x7f.1"),
    spelt("Loopback with a trailing dot", "127.0.0.1.", "2130706433."),
    spelt("All zeros, which lead here", "0.0.0.0", "0", "[::]"),
    spelt("IPv4 mapped into IPv6, both spellings", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]"),
    spelt("IPv4 mapped, written out", "[0:0:0:0:0:ffff:7f00:0001]", "[0000::FFFF:127.0.0.1]"),
    spelt("IPv4-compatible IPv6", "[::127.0.0.1]", "[::7f00:1]"),
    spelt("NAT64 of loopback", "[64:ff9b::7f00:1]", "[64:ff9b::127.0.0.1]"),
    spelt("6to4 and Teredo of loopback", "[2002:7f00:1::1]", "[2001:0:4136:e378:8000:63bf:80ff:fffe]"),
    spelt(
        "Other ways to carry IPv4 in IPv6", "[::ffff:0:7f00:1]", "[64:ff9b:1::7f00:1]", "[fe80::5efe:7f00:1]"
    ),
    spelt("Private networks", "10.0.0.1", "172.16.0.1", "192.168.1.1", "[fd00::1]"),
    spelt("A cloud's metadata service", "169.254.169.254", "0xa9fea9fe", "[fd00:ec2::254]"),
    spelt("Link-local and site-local", "169.254.0.1", "[fe80::1]", "[fec0::1]"),
    spelt("Shared and benchmarking space", "100.64.0.1", "198.18.0.1"),
    spelt("Multicast, broadcast and reserved", "224.0.0.1", "255.255.255.255", "240.0.0.1", "[ff02::1]"),
    refused(
        "A link-local address with a zone",
        at("[fe80::1%25lo]", "[fe80::1%lo]"),
        (400, 400),
        "request malformed",
        "request malformed",
    ),
    refused(
        "Numbers that are no address",
        at("4311810305", "127.0.0.0.1", "256.0.0.1", "0xg.1"),
        (400,) * 4,
        *["request malformed"] * 4,
    ),
    refused("Loopback as Host, without an absolute target", plain(get("/", "Host: 127.0.0.1:$http")), 400),
    refused("Digits of full width", at("\xef\xbc\x91\xef\xbc\x92\xef\xbc\x97.0.0.1"), 400),
    refused(
        "Loopback by CONNECT, in several spellings",
        each(*(connect(f"{host}:$tls") for host in ("127.0.0.1", "0x7f.1", "[::ffff:7f00:1]", "0.0.0.0"))),
        (403,) * 4,
        *["connect private-address"] * 4,
    ),
    refused(
        "Loopback as the Host inside a tunnel to an allowed host",
        tls("allowed.test:$tls", get("/", "Host: 127.0.0.1:$tls"), sni="allowed.test"),
        403,
        TUNNEL,
        PRIVATE,
    ),
    refused("A name in DNS that leads inside", at("inside.test"), 403, NOT_LISTED),
    refused("localhost", at("localhost"), 403, NOT_LISTED),
    refused(
        "A name that leads inside, by CONNECT",
        tls("inside.test:$tls", get("/", "Host: inside.test"), sni="inside.test"),
        403,
        TUNNEL,
        NOT_LISTED,
    ),
    refused("A name with an honest address and one inside", at("half-inside.test"), 403, NOT_LISTED),
    refused(
        "Names that lead to metadata, mapped and translated addresses",
        at("metadata.test", "mapped.test", "translated.test"),
        (403,) * 3,
        *[NOT_LISTED] * 3,
    ),
    refused(
        "Rebinding: a name that leads inside when it is looked up again",
        guarded(_rebinding),
        (200, 403),
        NOT_LISTED,
        NOT_LISTED,
    ),
    refused("The gateway's own address (a loop)", plain(get("http://127.0.0.8:$self/")), 403, PRIVATE),
    refused("The gateway's own address by CONNECT", connect("127.0.0.8:$self"), 403, "connect port"),
    refused("The gateway by a name", plain(get("http://allowed.test:$self/")), 403, NOT_LISTED),
    refused(
        "The gateway asked for itself, as if it were a web server",
        plain(get("/", "Host: 127.0.0.8:$self")),
        400,
    ),
)
