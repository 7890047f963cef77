"""
Does any reader of lists or exports fail, or take long, whatever it is given?

A coverage-guided fuzzer (Atheris, on libFuzzer) changes lists of every format, made here, and keeps what
reaches new code: each reader line by line, whole lists as they are recognised, everything that is unpacked,
and the checksums and signatures that feeds come with; then exports of a review, their keys and proofs. What
may happen is an entry, one of the readers' own ways out, or a refusal in one line; anything else is a
finding, and so is an input that takes too long.

    python -m benchmarks.fuzz_readers [INPUTS] [TARGET...]

A million inputs in all unless another number is said; of that, an equal share for each target, each in a
process of its own. Some ten minutes on one core. What was found stays in the folder that is named.
"""

import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

INPUTS = 1_000_000
LONGEST = 4096  # bytes of an input
MOST_SECONDS = 2.0  # for one input, instrumented; such inputs take a millisecond
_IN_MEMORY = Path("/dev/shm")
_GIVEN_UP = 30  # seconds after which libFuzzer itself ends an input


def main(arguments: list[str]) -> int:
    """Run all targets, or those that are named; 1 where one of them found something."""
    if arguments[:1] == ["--child"]:
        _child(arguments[1], int(arguments[2]), Path(arguments[3]))
    names = [name for name in arguments if not name.isdigit()] or list(_targets())
    inputs = next((int(each) for each in arguments if each.isdigit()), INPUTS)
    folder = Path(tempfile.mkdtemp(prefix="sluicegate-fuzz-"))
    print(f"corpus and findings: {folder}")
    print(f"{'target':<22}{'inputs':>10}{'a second':>10}{'features':>10}{'slowest':>11}")
    found = 0
    total = 0
    for name in names:
        ran = _run(name, -(-inputs // len(names)), folder)
        total += ran.inputs
        found += ran.failed
        print(
            f"{name:<22}{ran.inputs:>10,}{ran.inputs / max(ran.seconds, 0.001):>10,.0f}{ran.features:>10,}"
            f"{ran.slowest * 1000:>8.0f} ms   {'FOUND: ' + ran.why if ran.failed else ''}",
            flush=True,
        )
    print(f"{total:,} inputs, {found} targets with findings")
    return 1 if found else 0


@dataclass(frozen=True, slots=True)
class Ran:
    """What came of one target."""

    inputs: int
    seconds: float
    features: int  # edges and comparisons reached, as libFuzzer counts them
    slowest: float  # seconds of one input
    failed: bool
    why: str


def _run(name: str, inputs: int, folder: Path) -> Ran:
    corpus = folder / name
    corpus.mkdir()
    for number, seed in enumerate(_targets()[name][1]):
        (corpus / f"seed-{number}").write_bytes(seed)
    slowest = folder / f"{name}.slowest"
    command = [sys.executable, "-m", "benchmarks.fuzz_readers", "--child", name, str(inputs), str(folder)]
    began = time.monotonic()
    # What is unpacked is written to files, hundreds of thousands of times: in memory, where that is possible.
    with tempfile.TemporaryDirectory(dir=_IN_MEMORY if os.access(_IN_MEMORY, os.W_OK) else None) as scratch:
        ran = subprocess.run(
            command,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            check=False,
            env=os.environ | {"TMPDIR": scratch},
        )
    seconds = time.monotonic() - began
    done = re.search(r"Done (\d+) runs", ran.stdout)
    features = re.findall(r"ft: (\d+)", ran.stdout)
    longest = float(slowest.read_text()) if slowest.exists() else 0.0
    slow = longest > MOST_SECONDS
    failed = ran.returncode != 0 or done is None or slow
    raised = re.search(r"Uncaught Python exception: ===\n(.*)", ran.stdout)
    last = raised[1] if raised else ran.stdout.strip().rpartition("\n")[2]
    (folder / f"{name}.log").write_text(ran.stdout)
    return Ran(
        inputs=int(done[1]) if done else 0,
        seconds=seconds,
        features=int(features[-1]) if features else 0,
        slowest=longest,
        failed=failed,
        why="too slow" if slow and ran.returncode == 0 else last.strip()[:200],
    )


def _child(name: str, inputs: int, folder: Path) -> None:
    """Fuzz one target; libFuzzer ends the process."""
    import atheris

    with atheris.instrument_imports(include=["categories", "console", "policy"]):
        target = _targets()[name][0]
        target(b"")
    slowest = 0.0

    def one(data: bytes) -> None:
        nonlocal slowest
        began = time.process_time()
        target(data)
        took = time.process_time() - began
        if took > slowest:
            slowest = took
            (folder / f"{name}.slowest").write_text(str(took))

    options = [
        f"-runs={inputs}",
        f"-max_len={LONGEST}",
        f"-timeout={_GIVEN_UP}",
        "-rss_limit_mb=2048",
        f"-artifact_prefix={folder / name}-found-",
        "-print_final_stats=1",
    ]
    atheris.Setup([sys.argv[0], *options, str(folder / name)], one)
    atheris.Fuzz()


# Targets -----------------------------------------------------------------------------------------

type Target = tuple[Callable[[bytes], object], list[bytes]]
"""What is done with an input, and the inputs to begin with."""


def _targets() -> dict[str, Target]:
    # Imported when a target is made, so that its code is instrumented.
    from benchmarks._fuzz_targets import targets

    return targets()


if __name__ == "__main__":
    os.environ.setdefault("PYTHONHASHSEED", "0")
    sys.exit(main(sys.argv[1:]))
