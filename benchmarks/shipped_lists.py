"""
Which of the shipped lists' hosts does no real list know, and what do they cover that people need?

The first question finds slips of memory: a host of ours that none of some fifty public lists, nor the
100,000 hosts most looked up, has ever heard of is either beyond doubt or to be struck. Of essential,
privileged and help hosts that is the rule and not the exception, so they are only counted.
The second finds over-blocking: what the shipped lists cover among the hosts most looked up, among page
links and requests of real browsers, and among the URLs that others call benign or software.

    python -m benchmarks.shipped_lists [DATA_FOLDER]

Ten seconds on one core.
"""

import csv
import json
import re
import sys
import tempfile
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path

from categories.build import build
from categories.library import SHIPPED as LISTS
from categories.library import ListLibrary
from categories.readers import read_list
from categories.ruleset import Ruleset
from categories.store import RulesetStore
from categories.urls.normalise import UrlRefused, normalise_url
from policy.document import SHIPPED as POLICY
from policy.document import read_policy
from policy.registers import hosts_upwards
from policy.words import Action, CategoryKind, EntryKind

# A host name wherever it stands in a line, so that every syntax of the real lists can be read alike.
_NAME = re.compile(r"(?<![a-z0-9_.-])(?:[a-z0-9_-]+\.)+[a-z][a-z0-9-]+")
_TOP = 12


def main(data: Path) -> None:
    """Print the tables."""
    _print_known(data)
    with tempfile.TemporaryDirectory() as folder:
        ruleset = _shipped_ruleset(Path(folder))
        blocked = [name for name, rule in read_policy(POLICY).rules.items() if rule.action is Action.BLOCK]
        popular = (data / "urls" / "popular_hosts.txt").read_text().split()
        _print_popular(ruleset, popular, blocked)
        _print_urls("page links", ruleset, _page_links(data), blocked)
        _print_urls("requests of real browsers", ruleset, _requests(data), blocked)
        for label, urls in sorted(_labelled(data).items()):
            _print_urls(f"others call it {label}", ruleset, urls, blocked)


def _shipped_ruleset(folder: Path) -> Ruleset:
    store = RulesetStore(folder / "rulesets")
    return Ruleset.open(store.folder(build(ListLibrary(folder / "lists"), store, POLICY).digest))


# Known to others ---------------------------------------------------------------------------------


def _print_known(data: Path) -> None:
    ours = {
        path.stem: [entry.text for entry in read_list(path).entries if entry.kind is EntryKind.HOST]
        for path in sorted(LISTS.glob("*.txt"))
    }
    known = _known({host for hosts in ours.values() for host in hosts}, _real_lists(data))
    protected = read_policy(POLICY).of_kind(*set(CategoryKind) - {CategoryKind.ORDINARY})
    print(f"{'list':<22}{'hosts':>7}{'known':>7}   not known to any real list")
    for name, hosts in ours.items():
        unknown = [host for host in hosts if host not in known]
        shown = "(nobody lists what nobody blocks)" if name in protected else " ".join(unknown)
        print(f"{name:<22}{len(hosts):>7}{len(hosts) - len(unknown):>7}   {shown}")


def _known(ours: set[str], files: Iterable[Path]) -> set[str]:
    """Those of our hosts that a file names, or names a host below."""
    known: set[str] = set()
    for file in files:
        with file.open(encoding="utf-8", errors="replace") as lines:
            for line in lines:
                for name in _NAME.findall(line[:500].lower()):
                    known.update(ours.intersection(hosts_upwards(name)))
    return known


def _real_lists(data: Path) -> Iterator[Path]:
    yield data / "urls" / "popular_hosts.txt"
    yield data / "urls" / "labelled.csv"
    yield from sorted((data / "scale").glob("*.txt"))
    lists = data / "lists"
    for folder, pattern in (
        ("ut1", "*/domains"),
        ("hagezi-2026-03", "adblock/*"),
        ("v2fly-dlc", "data/*"),
        ("nextdns-services", "services/*"),
        ("shadowwhisperer", "Lists/*"),
        ("oisd", "*/*"),
        ("stevenblack-2025", "extensions/*/*/*"),
    ):
        yield from sorted(path for path in (lists / folder).glob(pattern) if path.is_file())


# Covered by us -----------------------------------------------------------------------------------


def _print_popular(ruleset: Ruleset, hosts: list[str], blocked: list[str]) -> None:
    ranks: dict[str, list[int]] = defaultdict(list)
    entries: dict[str, Counter[str]] = defaultdict(Counter)
    for rank, host in enumerate(hosts):
        matches = [match for match in ruleset.matches(host) if match.category in blocked]
        for category in {match.category for match in matches}:
            ranks[category].append(rank)
        for match in matches:
            entries[match.category][match.entry] += 1
    print(f"\nof the {len(hosts):,} hosts most looked up, in the first")
    print(f"{'list':<22}{'1,000':>7}{'10,000':>8}{'all':>7}   most")
    for category in sorted(ranks, key=lambda name: -len(ranks[name])):
        in_first = [sum(rank < most for rank in ranks[category]) for most in (1_000, 10_000, len(hosts))]
        print(f"{category:<22}{in_first[0]:>7}{in_first[1]:>8}{in_first[2]:>7}   {_most(entries[category])}")


def _print_urls(title: str, ruleset: Ruleset, urls: Iterable[str], blocked: list[str]) -> None:
    count = 0
    covered: Counter[str] = Counter()
    entries: dict[str, Counter[str]] = defaultdict(Counter)
    for text in urls:
        try:
            url = normalise_url(text)
        except UrlRefused:
            continue
        count += 1
        matches = [match for match in ruleset.matches(url.host, url.target) if match.category in blocked]
        covered.update({match.category for match in matches})
        for match in matches:
            entries[match.category][match.entry] += 1
    print(f"\n{title}: {count:,}")
    for category, number in covered.most_common():
        print(f"{category:<22}{number:>7}{number / count:>8.2%}   {_most(entries[category])}")


def _most(entries: Counter[str]) -> str:
    return ", ".join(f"{entry} {number}" for entry, number in entries.most_common(_TOP))


def _page_links(data: Path) -> Iterator[str]:
    with (data / "urls" / "page_links.txt").open(encoding="utf-8-sig") as lines:
        yield from (line.split()[0] for line in lines if line.strip())


def _requests(data: Path) -> Iterator[str]:
    with (data / "urls" / "typed_requests.dev.jsonl").open() as lines:
        yield from (json.loads(line)["url"] for line in lines)


def _labelled(data: Path) -> dict[str, list[str]]:
    wanted = {"benign", "software_downloads_url", "software_homepage"}
    urls: dict[str, list[str]] = defaultdict(list)
    with (data / "urls" / "labelled.csv").open(newline="") as file:
        for row in csv.DictReader(file):
            if row["category"] in wanted:
                urls[row["category"]].append(row["url"])
    return urls


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(".data"))
