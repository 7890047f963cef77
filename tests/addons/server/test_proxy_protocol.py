"""PROXY protocol, version 2: who is relayed, and what is no such header."""

import socket
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from addons.server.proxy_protocol import FIXED, MOST, NotProxied, Relayed, length_of, read_header

SIGNATURE = bytes.fromhex("0d0a0d0a000d0a515549540a")
IPV4 = socket.inet_aton("192.0.2.9") + socket.inet_aton("198.51.100.7") + struct.pack("!HH", 50123, 443)
IPV6 = (
    socket.inet_pton(socket.AF_INET6, "2001:db8::9")
    + socket.inet_pton(socket.AF_INET6, "::ffff:198.51.100.7")
    + struct.pack("!HH", 50123, 80)
)
# PP2_TYPE_AUTHORITY, PP2_TYPE_NOOP: whatever it is, it is skipped.
TLVS = b"\x02\x00\x09site.test" + b"\x04\x00\x03\x00\x00\x00"


def header(rest: bytes = IPV4, *, version: int = 0x21, family: int = 0x11) -> tuple[bytes, bytes]:
    return SIGNATURE + bytes([version, family]) + struct.pack("!H", len(rest)), rest


@pytest.mark.parametrize(
    ("sent", "relayed"),
    [
        pytest.param(header(), Relayed(("192.0.2.9", 50123), ("198.51.100.7", 443)), id="ipv4"),
        pytest.param(header(IPV4 + TLVS), Relayed(("192.0.2.9", 50123), ("198.51.100.7", 443)), id="tlvs"),
        pytest.param(
            header(IPV6, family=0x21),
            Relayed(("2001:db8::9", 50123), ("198.51.100.7", 80)),
            id="ipv6-with-an-ipv4-address-in-it",
        ),
        pytest.param(header(b"", version=0x20, family=0), None, id="local"),
        pytest.param(header(IPV4, version=0x20), None, id="local-with-addresses-to-ignore"),
        pytest.param(header(b"anything", version=0x20, family=0x31), None, id="local-of-any-family"),
    ],
)
def test_who_is_relayed_is_read(sent: tuple[bytes, bytes], relayed: Relayed | None) -> None:
    assert read_header(*sent) == relayed


@pytest.mark.parametrize(
    "sent",
    [
        pytest.param((b"GET / HTTP/1.1\r\n", b""), id="a-request"),
        pytest.param((b"PROXY TCP4 192.0", b""), id="version-1"),
        pytest.param((SIGNATURE, b""), id="the-signature-alone"),
        pytest.param(header(version=0x11), id="another-version"),
        pytest.param(header(version=0x22), id="another-command"),
        pytest.param(header(b"", family=0), id="relayed-but-unspecified"),
        pytest.param(header(family=0x12), id="datagrams"),
        pytest.param(header(bytes(216), family=0x31), id="unix-sockets"),
        pytest.param(header(IPV4[:11]), id="half-an-address"),
        pytest.param(header(IPV4, family=0x21), id="ipv4-said-to-be-ipv6"),
        pytest.param((header()[0], IPV4[:-1]), id="cut-off"),
        pytest.param((header()[0], IPV4 + b"G"), id="a-byte-of-the-client-s"),
    ],
)
def test_anything_else_is_refused(sent: tuple[bytes, bytes]) -> None:
    with pytest.raises(NotProxied):
        read_header(*sent)


def test_a_header_has_a_greatest_size() -> None:
    assert length_of(header(bytes(MOST))[0]) == MOST
    with pytest.raises(NotProxied):
        length_of(header(bytes(MOST + 1))[0])


@given(st.binary(max_size=FIXED + 2), st.binary(max_size=80))
def test_nothing_else_than_a_refusal_comes_of_any_bytes(fixed: bytes, rest: bytes) -> None:
    with pytest.raises(NotProxied):
        read_header(fixed, rest)


@given(
    st.integers(0, 255),
    st.integers(0, 255),
    st.binary(max_size=80),
)
def test_behind_the_signature_too(version: int, family: int, rest: bytes) -> None:
    """What is taken for somebody has whole addresses, and came with the one command that says so."""
    try:
        relayed = read_header(*header(rest, version=version, family=family))
    except NotProxied:
        return
    if relayed is None:
        assert version == 0x20
    else:
        assert version == 0x21
        packed = [
            socket.inet_pton(socket.AF_INET6 if ":" in host else socket.AF_INET, host)
            for host, _ in (relayed.client, relayed.to)
        ]
        assert rest[: 32 if family == 0x21 else 8].endswith(packed[1])


@given(st.binary(max_size=400))
def test_tlvs_change_nothing(tlvs: bytes) -> None:
    assert read_header(*header(IPV4 + tlvs)) == read_header(*header())
