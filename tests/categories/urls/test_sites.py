"""Which hosts are one site: the Public Suffix List's own vectors, and what is no name."""

from pathlib import Path

import pytest

from categories.urls.normalise import UrlRefused, normalise_host
from categories.urls.sites import is_public_suffix, site_of


@pytest.mark.parametrize(
    ("host", "site"),
    [
        pytest.param("example.org", "example.org", id="the-site-itself"),
        pytest.param("a.b.example.org", "example.org", id="a-subdomain"),
        pytest.param("a.example.co.uk", "example.co.uk", id="two-labels-of-suffix"),
        pytest.param("co.uk", "co.uk", id="a-suffix-is-itself"),
        pytest.param("me.blogspot.com", "me.blogspot.com", id="private-suffix"),
        pytest.param("a.xn--85x722f.xn--55qx5d.cn", "xn--85x722f.xn--55qx5d.cn", id="a-labels"),
        pytest.param("a.example.unknown", "example.unknown", id="unlisted-suffix"),
        pytest.param("localhost", "localhost", id="one-label"),
        pytest.param("192.0.2.7", "192.0.2.7", id="ipv4"),
        pytest.param("2001:db8::7", "2001:db8::7", id="ipv6"),
        pytest.param("a.b3", "a.b3", id="ends-in-a-digit-and-is-no-address"),
    ],
)
def test_a_host_belongs_to_its_registrable_domain(host: str, site: str) -> None:
    assert site_of(host) == site


@pytest.mark.parametrize(
    ("host", "is_one"),
    [
        ("com", True),
        ("co.uk", True),
        ("github.io", True),  # of the private section
        ("example.com", False),
        ("me.github.io", False),
        ("intranet", False),
        ("192.0.2.7", False),
        ("2001:db8::7", False),
    ],
)
def test_under_a_public_suffix_lie_other_peoples_sites(host: str, *, is_one: bool) -> None:
    assert is_public_suffix(host) is is_one


@pytest.mark.real_data
def test_the_public_suffix_vectors(real_data: Path) -> None:
    counted = 0
    for line in (real_data / "vectors" / "psl" / "tests" / "tests.txt").read_text("utf-8").splitlines():
        host, _, site = line.strip().partition(" ")
        if not site or host.startswith("//") or host == "null":
            continue
        counted += 1
        try:
            normal = normalise_host(host)
        except UrlRefused:
            assert host.startswith("."), "only what has an empty label is no host"
            continue
        assert site_of(normal) == (normal if site == "null" else normalise_host(site)), host
    assert counted == 77
