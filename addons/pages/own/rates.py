"""
How often somebody may ask our pages, in bounded memory: by who they are, and by where they sit.

Each has a bucket (`Allowance`). A person's is small: what one pair of hands does; and that for forms is
smaller still, since what is sent is kept, and mailed to people who have other things to read. An address's is
larger, since a hundred people may sit behind one; it bounds what somebody can do who is nobody in particular,
and who has used up their own bucket takes nothing from it. The buckets that were used longest ago are
forgotten first, full again for whoever comes back.
"""

from collections import OrderedDict

from addons.stream.allowance import Allowance
from policy.networks import subnet_of

MOST_KEPT = 8192

_HOLDER = (60, 1.0)  # at once, and a second after that
_SENDER = (30, 0.05)
_ADDRESS = (600, 10.0)


class Rates:
    """The buckets of one worker."""

    def __init__(self) -> None:
        self._kept: OrderedDict[str, Allowance] = OrderedDict()

    def take(self, holder: str, address: str | None, now: float, *, sends: bool = False) -> bool:
        """
        Whether `holder` (`tokens.holder_of`) may ask again from `address` at `now` (seconds).

        `sends`: whether it is a form that they ask with.
        """
        buckets = [(holder, _HOLDER), (f"from {subnet_of(address or '')}", _ADDRESS)]
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
