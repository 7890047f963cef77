"""
How often somebody may ask our pages, in bounded memory: by who they are, and by where they sit.

Each has a bucket (`Allowance`). A person's is small: what one pair of hands does; and that for forms is
smaller still, since what is sent is kept, and mailed to people who have other things to read. An address's is
larger, since a hundred people may sit behind one; it bounds what somebody can do who is nobody in particular,
and who has used up their own bucket takes nothing from it. The buckets that were used longest ago are
forgotten first, full again for whoever comes back.
"""

from collections import OrderedDict
from ipaddress import IPv6Address, ip_address

from addons.stream.allowance import Allowance

MOST_KEPT = 8192

_HOLDER = (60, 1.0)  # at once, and a second after that
_SENDER = (30, 0.05)
_ADDRESS = (600, 10.0)
_IPV6_SITE = 64  # bits: one device may have every address of such a network


class Rates:
    """The buckets of one worker."""

    def __init__(self) -> None:
        self._kept: OrderedDict[str, Allowance] = OrderedDict()

    def take(self, holder: str, address: str | None, now: float, *, sends: bool = False) -> bool:
        """
        Whether `holder` (`tokens.holder_of`) may ask again from `address` at `now` (seconds).

        `sends`: whether it is a form that they ask with.
        """
        buckets = [(holder, _HOLDER), (f"from {_site(address)}", _ADDRESS)]
        if sends:
            buckets.insert(0, (f"sent by {holder}", _SENDER))
        # The person's own come first, and the first that is empty is the last that is asked.
        return all(self._bucket(key, size, now).take(now) for key, size in buckets)

    def __len__(self) -> int:
        """How many are kept."""
        return len(self._kept)

    def _bucket(self, key: str, size: tuple[float, float], now: float) -> Allowance:
        bucket = self._kept.get(key)
        if bucket is None:
            bucket = self._kept[key] = Allowance(*size, now)
            if len(self._kept) > MOST_KEPT:
                self._kept.popitem(last=False)
        self._kept.move_to_end(key)
        return bucket


def _site(address: str | None) -> str:
    """The address; of IPv6 the network that its device chooses its addresses from."""
    try:
        ip = ip_address(address or "")
    except ValueError:
        return ""
    if isinstance(ip, IPv6Address) and ip.ipv4_mapped is None:
        return str(IPv6Address(int(ip) >> (128 - _IPV6_SITE) << (128 - _IPV6_SITE)))
    return str(ip)
