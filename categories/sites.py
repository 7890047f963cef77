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
    if ":" in host or (host[-1:].isdigit() and _is_address(host)):
        return host
    return _suffixes().privatesuffix(host) or host


def _is_address(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True
