"""Which addresses may be connected to."""

from ipaddress import ip_address, ip_network

import pytest

from addons.destinations import Destinations, is_inner


@pytest.mark.parametrize(
    ("address", "inner"),
    [
        pytest.param("127.0.0.1", True, id="loopback"),
        pytest.param("127.255.255.254", True, id="loopback-far"),
        pytest.param("0.0.0.0", True, id="unspecified"),
        pytest.param("10.1.2.3", True, id="private-10"),
        pytest.param("172.16.0.1", True, id="private-172"),
        pytest.param("172.32.0.1", False, id="just-above-private-172"),
        pytest.param("192.168.1.1", True, id="private-192"),
        pytest.param("169.254.169.254", True, id="link-local-metadata"),
        pytest.param("100.64.0.1", True, id="shared"),
        pytest.param("224.0.0.1", True, id="multicast"),
        pytest.param("239.1.2.3", True, id="multicast-scoped"),
        pytest.param("240.0.0.1", True, id="reserved"),
        pytest.param("255.255.255.255", True, id="broadcast"),
        pytest.param("192.0.2.1", True, id="documentation"),
        pytest.param("9.9.9.9", False, id="global"),
        pytest.param("::1", True, id="loopback-6"),
        pytest.param("::", True, id="unspecified-6"),
        pytest.param("fe80::1", True, id="link-local-6"),
        pytest.param("fc00::1", True, id="unique-local"),
        pytest.param("fec0::1", True, id="site-local"),
        pytest.param("ff02::1", True, id="multicast-6"),
        pytest.param("::ffff:127.0.0.1", True, id="mapped-loopback"),
        pytest.param("::ffff:9.9.9.9", False, id="mapped-global"),
        pytest.param("::127.0.0.1", True, id="compatible-loopback"),
        pytest.param("2002:7f00:1::", True, id="6to4-loopback"),
        pytest.param("2002:a01:203::1", True, id="6to4-private"),
        pytest.param("64:ff9b::7f00:1", True, id="nat64-loopback"),
        pytest.param("64:ff9b::a01:203", True, id="nat64-private"),
        pytest.param("64:ff9b:1::1", True, id="nat64-local-use"),
        pytest.param("2001:0:a01:203::f5fe:fdfc", True, id="teredo-private"),
        pytest.param("2620:fe::9", False, id="global-6"),
    ],
)
def test_only_global_unicast_addresses_are_outside(address: str, inner: bool) -> None:
    """Also when an IPv4 address hides inside an IPv6 one."""
    assert is_inner(ip_address(address)) is inner


def test_a_network_that_was_named_may_be_reached_in_every_spelling() -> None:
    """The setting speaks of a network; the spelling of an address in it does not matter."""
    rule = Destinations([ip_network("10.1.0.0/16")], [])
    assert not rule.refuses("10.1.2.3", 80)
    assert not rule.refuses("::ffff:10.1.2.3", 80)
    assert rule.refuses("10.2.2.3", 80)


def test_our_own_listening_address_is_refused_even_inside_an_admitted_network() -> None:
    """Otherwise one request would come back to us for ever."""
    rule = Destinations([ip_network("127.0.0.0/8")], [("127.0.0.1", 8080)])
    assert rule.refuses("127.0.0.1", 8080)
    assert rule.refuses("::ffff:127.0.0.1", 8080)
    assert not rule.refuses("127.0.0.1", 8081)


def test_listening_on_all_interfaces_makes_every_address_of_the_machine_ours() -> None:
    """127.9.9.9 is this machine too, though nobody wrote it down."""
    rule = Destinations([ip_network("127.0.0.0/8"), ip_network("192.0.2.0/24")], [("0.0.0.0", 8080)])
    assert rule.refuses("127.9.9.9", 8080)
    assert not rule.refuses("192.0.2.9", 8080)


@pytest.mark.parametrize("host", ["example.org", "", "localhost", "a" * 300])
def test_a_name_is_left_to_the_resolver(host: str) -> None:
    """What it stands for is only known when it has been resolved."""
    assert not Destinations([], []).refuses(host, 80)
