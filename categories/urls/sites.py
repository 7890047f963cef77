"""
Which hosts belong to one owner: the registrable domain, by the Public Suffix List.

`a.example.co.uk` and `example.co.uk` are one site, `example.co.uk` and `other.co.uk` are two. The list is
the one bundled with `publicsuffixlist`, private suffixes (`blogspot.com`) included, since those are
different people's sites.
"""

from functools import cache, lru_cache
from ipaddress import ip_address

from publicsuffixlist import PublicSuffixList


# 40 ms and some megabytes, so not before somebody asks.
@cache
def _suffixes() -> PublicSuffixList:
    return PublicSuffixList()


@lru_cache(maxsize=8192)
def site_of(host: str) -> str:
    """The registrable domain of a normalised host; an address or a public suffix is itself."""
    if ":" in host or (host[-1:].isdigit() and is_address(host)):
        return host
    return _suffixes().privatesuffix(host) or host


def is_public_suffix(host: str) -> bool:
    """Whether other people's sites lie directly under a normalised host: `com`, `co.uk`, `github.io`."""
    if is_address(host):
        return False
    # Not what the list does not know: `intranet` is one organisation's own.
    return bool(_suffixes().is_public(host, accept_unknown=False))


def is_address(host: str) -> bool:
    """Whether a normalised host is an IPv4 or IPv6 address."""
    try:
        ip_address(host)
    except ValueError:
        return False
    return True
