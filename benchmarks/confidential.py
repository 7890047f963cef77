"""
What do confidential lists cost when requests are matched?

The merged public lists, of 4.06 million entries, alone; then with a confidential list beside them of 100,000
hosts and 10,000 URL prefixes, some of them on hosts that the requests are for. Both answer for 38,800 real
browser requests, first with every host new, then with every host known, in turns; medians of CPU time. A
third figure is the worst URL that a client could send to a host with confidential prefixes: 64 KB of
boundaries.

    benchmarks/run confidential [DATA_FOLDER]
"""

import statistics
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from benchmarks.matching import requests_of
from categories.build import build
from categories.confidential.key import make_key
from categories.library import ListLibrary, SourceList
from categories.ruleset import Ruleset
from categories.store import RulesetStore
from categories.urls.normalise import normalise_url
from policy.document import SHIPPED

ROUNDS = 7
LISTED_HOSTS, LISTED_PREFIXES = 100_000, 10_000
EVERY = 20  # of the hosts asked for, one has a prefix listed
MOST_MORE = 10e-6  # seconds for a request to a known host; a request takes a millisecond in all
MOST_SECONDS = 0.05  # for the worst URL


def main(data: Path) -> int:
    """Print what a match takes; 1 when a limit was passed."""
    facts = [(url.host, url.target) for url in map(normalise_url, requests_of(data))]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        library, store = ListLibrary(folder / "lists", shipped=None), RulesetStore(folder / "rulesets")
        clear = [
            library.read_in(path.stem, path.stem.removesuffix("_phishing"), path)
            for path in sorted((data / "scale").glob("*.txt"))
        ]
        hidden = _hidden(library, store, folder, sorted({host for host, _ in facts}))
        folders = {
            "without a confidential list": store.folder(build(library, store, SHIPPED, staged=clear).digest),
            "with one": store.folder(build(library, store, SHIPPED, staged=[*clear, hidden]).digest),
        }
        first: dict[str, list[float]] = {what: [] for what in folders}
        again: dict[str, list[float]] = {what: [] for what in folders}
        for _ in range(ROUNDS):
            for what, compiled in folders.items():
                ruleset = store.open(compiled)
                first[what].append(_timed(ruleset, facts))
                again[what].append(_timed(ruleset, facts))
        worst = _timed(store.open(folders["with one"]), [(facts[0][0], "/" + "=" * 65_000)])
    return _report(len(facts), first, again, worst)


def _hidden(library: ListLibrary, store: RulesetStore, folder: Path, asked: Sequence[str]) -> SourceList:
    digester = make_key(store.key_file)
    lines = ["# sluicegate-list: 1"]
    lines += [f"host-{number}.confidential.test" for number in range(LISTED_HOSTS)]
    lines += [
        f"site-{number}.confidential.test/page" for number in range(LISTED_PREFIXES - len(asked[::EVERY]))
    ]
    lines += [f"{host}/confidential" for host in asked[::EVERY] if ":" not in host]
    path = folder / "hidden.txt"
    path.write_text("\n".join(lines), "utf-8")
    return library.read_in("hidden", "offensive", path, digester=digester)


def _timed(ruleset: Ruleset, facts: Sequence[tuple[str, str]]) -> float:
    """Seconds of CPU for each."""
    began = time.process_time()
    for host, target in facts:
        ruleset.matches(host, target)
    return (time.process_time() - began) / len(facts)


def _report(count: int, first: dict[str, list[float]], again: dict[str, list[float]], worst: float) -> int:
    print(f"{count:,} requests, {ROUNDS} rounds; microseconds each, medians")
    for (what, new), known in zip(first.items(), again.values(), strict=True):
        times = (
            f"{statistics.median(new) * 1e6:6.2f} every host new, {statistics.median(known) * 1e6:6.2f} known"
        )
        print(f"{what:<28} {times}")
    print(f"the worst URL                {worst * 1e3:6.2f} ms")
    without, with_one = map(statistics.median, again.values())
    limits = {
        f"known hosts no more than {MOST_MORE * 1e6:.0f} us more ({(with_one - without) * 1e6:.2f})": with_one
        < without + MOST_MORE,
        f"the worst URL under {MOST_SECONDS * 1e3:.0f} ms": worst < MOST_SECONDS,
    }
    for what, held in limits.items():
        print(f"{what}: {'held' if held else 'NOT HELD'}")
    return 0 if all(limits.values()) else 1


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1] if len(sys.argv) > 1 else ".data")))
