"""Address ranges as the beginnings of bits."""

from ipaddress import ip_address, ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from categories.index.addresses import address_bits, looks_like_an_address, range_bits, range_of

NETWORKS = st.one_of(
    st.ip_addresses(v=4).flatmap(
        lambda address: st.integers(0, 32).map(lambda length: ip_network(f"{address}/{length}", strict=False))
    ),
    st.ip_addresses(v=6).flatmap(
        lambda address: st.integers(0, 128).map(
            lambda length: ip_network(f"{address}/{length}", strict=False)
        )
    ),
)


@pytest.mark.parametrize(
    ("host", "is_address"),
    [
        pytest.param("192.0.2.7", True, id="IPv4"),
        pytest.param("2001:db8::7", True, id="IPv6"),
        pytest.param("::1", True, id="a-short-IPv6"),
        pytest.param("bet.test", False, id="a-name"),
        pytest.param("1.2.3.bet4", False, id="a-name-that-ends-in-a-digit"),
        pytest.param("365bet.test", False, id="a-name-that-begins-with-digits"),
        pytest.param("", False, id="nothing"),
    ],
)
def test_a_host_is_told_from_an_address_at_a_glance(host: str, is_address: bool) -> None:
    assert looks_like_an_address(host) is is_address


@given(NETWORKS, st.ip_addresses())
def test_an_address_begins_with_the_bits_of_every_network_it_is_in_and_of_no_other(
    network: object, address: object
) -> None:
    parsed = ip_network(str(network))
    inside = ip_address(str(address)) in parsed
    assert address_bits(str(address)).startswith(range_bits(str(network))) is inside


@given(NETWORKS)
def test_a_range_is_had_back_from_its_bits(network: object) -> None:
    assert range_of(range_bits(str(network))) == str(network)
