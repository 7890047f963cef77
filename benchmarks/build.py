"""
How long does building a Ruleset of four million entries take, and how much memory; and opening it?

The merged public host lists, read in, built by `python -m categories.build` and opened, with what each
file of the compiled folder weighs; then what opening costs the threads of a worker: the longest pause
of a thread that does nothing but look at the clock. Limits of the product: 60 seconds and 1.5 GB for a
build, 100 ms for a pause.

    benchmarks/run build [DATA_FOLDER]
"""

import sys
import tempfile
import threading
import time
from pathlib import Path

from categories.build import BuildReport, build
from categories.library import ListLibrary
from categories.ruleset import Ruleset
from categories.store import RulesetStore
from policy.document import SHIPPED

OPENINGS = 5


def build_scale(data: Path, folder: Path) -> tuple[BuildReport, Path]:
    """Build the merged lists below `folder`; the report and the compiled folder."""
    library, store = ListLibrary(folder / "lists", shipped=None), RulesetStore(folder / "rulesets")
    staged = [
        library.read_in(path.stem, path.stem.removesuffix("_phishing"), path)
        for path in sorted((data / "scale").glob("*.txt"))
    ]
    report = build(library, store, SHIPPED, staged=staged)
    return report, store.folder(report.digest)


def main(data: Path) -> None:
    """Print seconds and bytes."""
    with tempfile.TemporaryDirectory() as name:
        started = time.monotonic()
        report, folder = build_scale(data, Path(name))
        whole = time.monotonic() - started
        entries = sum(each.entries for each in report.lists)
        print(f"{entries:,} entries of {len(report.lists)} lists")
        print(f"reading in and keeping   {whole - report.seconds:6.1f} s")
        print(f"building                 {report.seconds:6.1f} s   (limit 60)")
        print(f"peak of the build        {report.peak_bytes / 1e6:6.0f} MB  (limit 1500)")
        for path in sorted(folder.iterdir()):
            print(f"  {path.name:<22} {path.stat().st_size / 1e6:6.1f} MB")
        for _ in range(OPENINGS):
            seconds, pause = _open(folder)
            print(f"opening                  {seconds * 1e3:6.1f} ms, longest pause {pause * 1e3:.1f} ms")


def _open(folder: Path) -> tuple[float, float]:
    """Seconds to open the Ruleset, and the longest that another thread had to wait meanwhile."""
    ready, stop = threading.Event(), threading.Event()
    longest = 0.0

    def look_at_the_clock() -> None:
        nonlocal longest
        before = time.perf_counter()
        while not stop.is_set():
            time.sleep(0.0005)  # as a worker that waits for its sockets
            now = time.perf_counter()
            longest, before = max(longest, now - before), now
            ready.set()

    thread = threading.Thread(target=look_at_the_clock)
    thread.start()
    ready.wait()
    started = time.perf_counter()
    Ruleset.open(folder)
    seconds = time.perf_counter() - started
    stop.set()
    thread.join()
    return seconds, longest


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else ".data"))
