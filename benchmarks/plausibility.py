"""
What does it cost to hold a Ruleset of four million entries beside the one in force, before it takes effect?

The merged public host lists beside the shipped ones, each with one line more than in the Ruleset in force, so
that every list has changed. The candidate is there already when it is timed, so what is timed is opening it,
the Ruleset check, and with a yardstick the comparison; each in a process of its own, and the thousand hosts
most looked up stand for those most visited. Limits of the product: 5 seconds more, and 1.5 GB.

    benchmarks/run plausibility [DATA_FOLDER]
"""

import sys
import tempfile
from collections import Counter
from dataclasses import replace
from pathlib import Path

from categories.build import BuildReport, build_lists
from categories.library import ListLibrary, SourceList
from categories.plausibility.yardstick import Yardstick
from categories.store import RulesetStore
from policy.document import SHIPPED

TIMES = 3


def main(data: Path) -> None:
    """Print seconds and bytes."""
    visited = tuple((data / "urls" / "popular_hosts.txt").read_text().split()[:1_000])
    with tempfile.TemporaryDirectory() as name:
        library, store = ListLibrary(Path(name) / "lists"), RulesetStore(Path(name) / "rulesets")
        lists = library.items(
            library.read_in(path.stem, path.stem.removesuffix("_phishing"), path)
            for path in sorted((data / "scale").glob("*.txt"))
        )
        first = build_lists(lists, store, SHIPPED, yardstick=Yardstick(visited=visited))
        _print("built, and held beside nothing", first)
        held = {(each.list, each.line) for each in first.held}
        lists = tuple(_without(each, held) for each in lists)
        before = [replace(each, left_out=each.left_out | {1}) for each in lists]
        store.put_in_force(build_lists(before, store, SHIPPED).digest)
        built = build_lists(lists, store, SHIPPED)
        _print("built, and checked alone", built)
        for _ in range(TIMES):
            _print("checked alone", build_lists(lists, store, SHIPPED))
            beside = build_lists(lists, store, SHIPPED, yardstick=Yardstick(visited=visited))
            _print("and held beside another", beside)
        print(f"{sum(each.entries for each in built.lists):,} entries of {len(built.lists)} lists")


def _without(source: SourceList, held: set[tuple[str, int]]) -> SourceList:
    return replace(source, left_out=frozenset(line for name, line in held if name == source.name))


def _print(what: str, report: BuildReport) -> None:
    held = ", ".join(f"{count} {why}" for why, count in Counter(each.why for each in report.held).items())
    print(f"{what:<32}{report.seconds:6.2f} s   peak {report.peak_bytes / 1e6:5.0f} MB   {held}")


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else ".data"))
