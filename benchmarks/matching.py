"""
How many URLs a second does the Ruleset match, against squidGuard?

Both hold the 4.06 million hosts of the merged public lists and answer for 38,800 real browser requests, on
one core, in turns within one run; medians. squidGuard is Debian's, with compiled Berkeley DB files. It
reads request lines from a file and writes its answers to one, which suits it best; what it takes to
start and for a first pass is taken off, so that it is warm. Three of our figures stand against it:

- facts to matches: host and target are known, as they are in the gateway; a Ruleset just opened, which
  remembers no host yet;
- the same again, every host once seen, as squidGuard has seen them;
- a line of text to its matches: the very lines squidGuard reads, taken apart, normalised and matched.

What is counted is CPU time of the process, so that other work on the machine decides less.

    benchmarks/run matching [DATA_FOLDER]
"""

import json
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from benchmarks.build import build_scale
from categories.ruleset import Ruleset
from categories.urls.normalise import UrlRefused, normalise_url

ROUNDS = 7
WARM_PASSES = 5


class SquidGuard:
    """squidGuard with the lists of a folder."""

    def __init__(self, lists: Path, folder: Path) -> None:
        (folder / "log").mkdir(parents=True)
        configuration = [f"dbhome {folder}/db", f"logdir {folder}/log"]
        names = []
        for path in sorted(lists.glob("*.txt")):
            (folder / "db" / path.stem).mkdir(parents=True)
            (folder / "db" / path.stem / "domains").write_bytes(path.read_bytes())
            configuration.append(f"dest {path.stem} {{ domainlist {path.stem}/domains }}")
            names.append(f"!{path.stem}")
        rule = f"pass {' '.join(names)} all\n redirect http://blocked.invalid/"
        configuration.append(f"acl {{ default {{ {rule} }} }}")
        self._folder = folder
        self._configuration = folder / "squidguard.conf"
        self._configuration.write_text("\n".join(configuration) + "\n")
        subprocess.run(["squidGuard", "-c", self._configuration, "-C", "all"], check=True)

    def ask(self, lines: Sequence[str]) -> tuple[float, int]:
        """Seconds of CPU for a warm pass over these lines, and how many it blocks."""
        once, answers = self._run("".join(lines))
        often, _ = self._run("".join(lines) * (1 + WARM_PASSES))
        return (often - once) / WARM_PASSES, answers.count("OK")

    def _run(self, text: str) -> tuple[float, str]:
        questions, answers = self._folder / "questions", self._folder / "answers"
        questions.write_text(text)
        with questions.open() as source, answers.open("w") as sink:
            before = resource.getrusage(resource.RUSAGE_CHILDREN)
            subprocess.run(["squidGuard", "-c", self._configuration], stdin=source, stdout=sink, check=True)
            after = resource.getrusage(resource.RUSAGE_CHILDREN)
        spent = after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime
        return spent, answers.read_text()


def main(data: Path) -> None:
    """Print rates and ratios."""
    urls = requests_of(data)
    lines = [f"{url} 192.0.2.1/- - GET\n" for url in urls]
    facts = [(url.host, url.target) for url in map(normalise_url, urls)]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        ruleset_folder = build_scale(data, folder / "ours")[1]
        peer = SquidGuard(data / "scale", folder / "squidguard")
        seconds: dict[str, list[float]] = {}
        hits: dict[str, int] = {}

        def note(question: str, measured: tuple[float, int]) -> None:
            seconds.setdefault(question, []).append(measured[0])
            hits[question] = measured[1]

        for _ in range(ROUNDS):
            ruleset = Ruleset.open(ruleset_folder)
            note("squidGuard, lines", peer.ask(lines))
            note("facts to matches, just opened", _timed(_match_facts, ruleset, facts))
            note("facts to matches, hosts seen", _timed(_match_facts, ruleset, facts))
            note("a line of text to its matches", _timed(_match_lines, ruleset, lines))
    _show(len(lines), seconds, hits)


def requests_of(data: Path) -> list[str]:
    """The requests that are URLs of a host; a few of the file are not."""
    found = []
    with (data / "urls" / "typed_requests.dev.jsonl").open(encoding="utf-8") as file:
        for line in file:
            url = json.loads(line)["url"]
            try:
                normalise_url(url)
            except UrlRefused:
                continue
            found.append(url.replace(" ", "%20"))
    return found


def _timed[T](
    match: Callable[[Ruleset, Sequence[T]], int], ruleset: Ruleset, requests: Sequence[T]
) -> tuple[float, int]:
    started = time.process_time()
    result = match(ruleset, requests)
    return time.process_time() - started, result


def _match_facts(ruleset: Ruleset, facts: Sequence[tuple[str, str]]) -> int:
    matched = 0
    for host, target in facts:
        if ruleset.matches(host, target):
            matched += 1
    return matched


def _match_lines(ruleset: Ruleset, lines: Sequence[str]) -> int:
    matched = 0
    for line in lines:
        url = normalise_url(line.partition(" ")[0])
        if ruleset.matches(url.host, url.target):
            matched += 1
    return matched


def _show(count: int, seconds: dict[str, list[float]], hits: dict[str, int]) -> None:
    medians = {question: statistics.median(each) for question, each in seconds.items()}
    peer = medians["squidGuard, lines"]
    print(f"{count:,} requests, {ROUNDS} interleaved rounds, medians of CPU time\n")
    print(f"{'':<32}{'URLs/s':>10}{'µs':>8}{'matched':>9}{'ratio':>8}{'  slowest to fastest round'}")
    for question, median in medians.items():
        rates = sorted(count / each for each in seconds[question])
        spread = f"  {rates[0]:,.0f} to {rates[-1]:,.0f}"
        print(
            f"{question:<32}{count / median:>10,.0f}{median / count * 1e6:>8.2f}"
            f"{hits[question]:>9,}{peer / median:>8.2f}{spread}"
        )


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else ".data"))
