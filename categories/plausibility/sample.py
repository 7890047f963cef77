"""
The sample of ordinary URLs that a pattern or keyword is held against, `sample.txt`.

Some 1,400 well-known hosts of every sort and 380 targets as they are found anywhere. Each host is in
the sample with its front page and one of the targets, in turn; so what says something of hosts hits the share
of hosts that it hits, and what says something of targets about the share of targets.
"""

from functools import cache
from itertools import cycle
from pathlib import Path

_FILE = Path(__file__).with_name("sample.txt")


@cache
def sample() -> tuple[tuple[str, str], ...]:
    """Host and target of each URL, in their matching form; some 2,900."""
    lines = [line for line in _FILE.read_text("utf-8").splitlines() if line and not line.startswith("#")]
    hosts = [line for line in lines if not line.startswith("/")]
    targets = cycle(line for line in lines if line.startswith("/"))
    return tuple((host, target) for host in hosts for target in ("/", next(targets)))
