"""An address is found in every network that holds it, the narrowest first."""

from ipaddress import ip_address, ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policy.networks import Networks, subnet_of

NETWORKS = ["192.0.2.7", "192.0.2.0/28", "192.0.2.0/24", "0.0.0.0/0", "2001:db8::/32", "::/0"]
TABLE = Networks.of((ip_network(text), text) for text in NETWORKS)


@pytest.mark.parametrize(
    ("address", "found"),
    [
        pytest.param("192.0.2.7", ["192.0.2.7", "192.0.2.0/28", "192.0.2.0/24", "0.0.0.0/0"], id="every-one"),
        pytest.param("192.0.2.15", ["192.0.2.0/28", "192.0.2.0/24", "0.0.0.0/0"], id="the-last-address"),
        pytest.param("192.0.2.16", ["192.0.2.0/24", "0.0.0.0/0"], id="beside-it"),
        pytest.param("2001:db8::1", ["2001:db8::/32", "::/0"], id="version-6"),
        pytest.param("::c000:207", ["::/0"], id="the-same-number-of-another-version"),
        pytest.param("no address", [], id="no-address"),
    ],
)
def test_the_networks_of_an_address(address: str, found: list[str]) -> None:
    assert list(TABLE.holding(address)) == found


def test_of_two_about_one_network_the_last_holds() -> None:
    network = ip_network("192.0.2.0/24")
    assert list(Networks.of([(network, 1), (network, 2)]).holding("192.0.2.1")) == [2]


def test_everything_in_it_is_listed() -> None:
    assert sorted(TABLE.values) == sorted(NETWORKS)
    assert list(Networks[str]().holding("192.0.2.1")) == []


@given(
    st.lists(st.tuples(st.integers(0, 2**32 - 1), st.integers(0, 32)), max_size=8),
    st.integers(0, 2**32 - 1),
)
def test_it_finds_what_looking_at_every_network_finds(prefixes: list[tuple[int, int]], number: int) -> None:
    networks = {ip_network((address, length), strict=False) for address, length in prefixes}
    table = Networks.of((network, str(network)) for network in networks)
    address = ip_address(number)
    every = sorted((one for one in networks if address in one), key=lambda one: -one.prefixlen)
    assert list(table.holding(str(address))) == [str(one) for one in every]


@pytest.mark.parametrize(
    ("address", "whose"),
    [
        pytest.param("192.0.2.7", "192.0.2.7", id="of-ipv4-the-address"),
        pytest.param("2001:db8::1", "2001:db8::/64", id="of-ipv6-the-subnet"),
        pytest.param("2001:db8::ffff:1:2:3", "2001:db8::/64", id="any-of-it"),
        pytest.param("2001:db8:0:1::1", "2001:db8:0:1::/64", id="the-next-one"),
        pytest.param("fe80::1%eth0", "fe80::/64", id="on-a-link"),
        pytest.param("::ffff:192.0.2.7", "::ffff:192.0.2.7", id="ipv4-as-ipv6"),
        pytest.param("nowhere", "", id="no-address"),
    ],
)
def test_one_device_may_have_every_address_of_a_subnet(address: str, whose: str) -> None:
    assert subnet_of(address) == whose
