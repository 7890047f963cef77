"""
What does each feed of the catalogue cover, of what people need and of what it is for?

For each feed that the public lists in the data folder have a copy of: its entries and bytes, how many of the
100,000 hosts most looked up it covers, how many hosts that other hands call benign (over-blocking), and how
many of those that they put into its category (what it finds). What it prints goes into
`categories/feeds/catalogue.toml` by hand; lines that differ from what stands there are marked.

    python -m benchmarks.catalogue [DATA_FOLDER]

Six seconds on one core.
"""

import csv
import sys
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from categories.feeds.catalogue import KnownFeed, Measured, read_catalogue
from categories.packed import list_blocks
from categories.readers import read_blocks
from categories.readers.blocks import Blocks
from policy.registers import hosts_upwards
from policy.words import EntryKind

# Where the copy of a publisher's feed lies in the data folder, by how its name begins; "{}" is its URL's end.
_COPIES = {
    "ut1-": "ut1/{}",
    "hagezi-": "hagezi-2026-03/wildcard/{}",
    "stevenblack-": "stevenblack-2025/alternates/{}/blackhole",
    "hostsvn-": "bigdargon-hostsVN/extensions/{}/domain.txt",
    "shadowwhisperer-": "shadowwhisperer/Lists/{}",
    "oisd-small": "oisd/small/domains",
}
# Of these the data folder has the URLs and not the hosts.
_NO_HOSTS = {"ut1-adult", "ut1-malware", "ut1-phishing"}


@dataclass(frozen=True, slots=True)
class Figures:
    """What one copy of a feed covers."""

    entries: int
    size: int
    popular: int
    benign: int
    found: int
    of: int

    def differ(self, told: Measured | None) -> bool:
        """Whether the catalogue says something else."""
        return told is None or any(
            getattr(told, name) not in {None, getattr(self, name)} for name in self.__slots__
        )


def main(data: Path) -> None:
    """Print a line for each feed."""
    popular = (data / "urls" / "popular_hosts.txt").read_text().split()
    labelled: dict[str, set[str]] = defaultdict(set)
    with (data / "urls" / "labelled.csv").open() as file:
        for row in csv.DictReader(file):
            labelled[row["category"]].add(row["host"])
    print(f"{'feed':<30}{'entries':>9}{'bytes':>9}{'popular':>9}{'benign':>8}{'found':>13}")
    for feed in read_catalogue():
        path = _copy(feed, data / "lists")
        if path is None:
            print(f"{feed.name:<30} no copy with its hosts")
            continue
        one = measure(path, popular, labelled["benign"], labelled.get(feed.category, set()))
        mark = "  differs" if one.differ(feed.measured) else ""
        print(
            f"{feed.name:<30}{one.entries:>9}{one.size:>9}{one.popular:>9}{one.benign:>8}"
            f"{f'{one.found} of {one.of}':>13}{mark}"
        )


def measure(path: Path, popular: Iterable[str], benign: Iterable[str], its_own: Iterable[str]) -> Figures:
    """The figures of one list."""
    size = sum(map(len, list_blocks(path)))
    read = read_blocks(Blocks(lambda: list_blocks(path)), path.name)
    hosts = {entry.text for entry in read.entries if entry.kind is EntryKind.HOST}

    def covered(asked: Iterable[str]) -> int:
        return sum(any(parent in hosts for parent in hosts_upwards(host)) for host in asked)

    its_own = set(its_own)
    return Figures(read.entry_count, size, covered(popular), covered(benign), covered(its_own), len(its_own))


def _copy(feed: KnownFeed, lists: Path) -> Path | None:
    if feed.name in _NO_HOSTS:
        return None
    form = next(form for begins, form in _COPIES.items() if feed.name.startswith(begins))
    end = feed.inside or feed.url.split("/")[-2 if "hosts" in feed.name or "steven" in feed.name else -1]
    return lists / form.format(end)


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(".data"))
