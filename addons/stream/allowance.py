"""
How often a peer may do what costs it nothing and us something.

A bucket: so much at once, and so much a second after that. For HTTP/2 it holds streams that are begun and
reset (CVE-2023-44487) and frames that must be answered (CVE-2019-9512, 9515) to what a browser at its wildest
would send. Pure: times come in.
"""


class Allowance:
    """`burst` at once, then `a_second`."""

    def __init__(self, burst: float, a_second: float, now: float) -> None:
        self._burst, self._a_second = burst, a_second
        self._left, self._at = burst, now

    def take(self, now: float) -> bool:
        """Take one; whether there was one left."""
        self._left = min(self._burst, self._left + max(now - self._at, 0.0) * self._a_second)
        self._at = now
        if self._left < 1:
            return False
        self._left -= 1
        return True
