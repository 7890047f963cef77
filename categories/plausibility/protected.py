"""
Hosts that must stay open, and entries that newly cover one of them: quarantined.

There are three sorts of them. Those of essential and of help lists: where an entry would keep one from being
allowed, the Ruleset check (`categories/check.py`) finds it, new or not. But an essential host is open
whatever a list says, and an entry that covers one, `microsoft.com` among malware, is wrong about a great deal
else. And those that the organisation protects by name (`categories.protected_hosts`), with everything below
them, since `www.gov.uk` is what `gov.uk` was written for.

A pattern is tried on the hosts themselves, with `www.` before them, and on those of the sample that lie below
one. What it covers of their other pages or names is not known before somebody asks for one.
"""

from collections.abc import Collection, Iterable, Iterator
from itertools import chain

from categories.check import Conflict
from categories.list_change import WithheldWhy
from categories.plausibility.held import Held, held
from categories.plausibility.newly import Newly
from categories.plausibility.sample import sample
from policy.registers import hosts_upwards


def newly_over_open_hosts(
    newly: Newly, urls: Iterable[tuple[str, str, str]], against: Collection[str]
) -> Iterator[Held]:
    """
    Every entry of the categories `against` that newly covers an essential or help host.

    `urls` are host, target and protecting category, as `categories.check.protected_urls` has them.
    """
    for host, target, category in urls:
        for match in newly.matches(host, target, against):
            yield held(match, WithheldWhy.QUARANTINED, host, f"it covers {host}, which is {category}")


def newly_over_protected_hosts(
    newly: Newly, hosts: Collection[str], against: Collection[str]
) -> Iterator[Held]:
    """Every entry of the categories `against` that newly covers one of `hosts` or something below."""
    known = ((host, target) for host, target in sample() if not set(hosts).isdisjoint(hosts_upwards(host)))
    themselves = ((name, "/") for host in hosts for name in (host, f"www.{host}"))
    for host, target in chain(themselves, known, newly.candidate.listed_below(hosts)):
        for match in newly.matches(host, target, against):
            yield held(match, WithheldWhy.QUARANTINED, host, f"it covers {host}, which is protected")


def against_open_hosts(conflicts: Iterable[Conflict]) -> Iterator[Held]:
    """Every entry by which the Ruleset check found that an essential or help host would not be allowed."""
    for each in conflicts:
        because = f"it would keep {each.host} from being allowed, which is {each.protected_by}"
        yield held(each, WithheldWhy.QUARANTINED, each.host, because)
