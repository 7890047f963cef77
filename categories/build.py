"""
Building a Ruleset, in a process of its own.

A build takes a gigabyte and most of a minute; in a process of its own it can be given up at any
moment, and the memory goes back with it. `build` starts `python -m categories.build` with a job as
JSON on its standard input and reads progress, then one result, as JSON lines from its output. There the
candidate is also held beside the Ruleset in force, by a yardstick (`categories/plausibility/`). The
digest is known before anything is read: it is made of the engine's version and of every list's name,
category, text and left-out lines. A Ruleset that is there already is only checked, so going back to
it takes a second.

Nothing is put in force here: the caller does (`RulesetStore.put_in_force`), after keeping what it read
in (`ListLibrary.put`, `ListLibrary.leave_out`), or has `activate` do all of it.
"""

import hashlib
import json
import subprocess
import sys
import time
from collections.abc import Callable, Collection, Iterable, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, cast

from pydantic import BaseModel, ConfigDict

from categories import ENGINE
from categories.check import Conflict, RulesetConflicts, find_conflicts, refuse_categories
from categories.compile import Progress, compile_lists
from categories.library import ListLibrary, SourceList
from categories.library_state import SHIPPED_PREFIX
from categories.manifest import ListInfo, read_manifest
from categories.plausibility.bystanders import left_out, with_bystanders_told
from categories.plausibility.held import Held
from categories.plausibility.judge import entries_held_back
from categories.plausibility.newly import Newly
from categories.plausibility.size import refuse_changed_size
from categories.plausibility.yardstick import Yardstick
from categories.ruleset import Ruleset
from categories.store import RulesetStore
from policy.document import Policy, read_policy
from policy.errors import Away, ListRefused

type OnProgress = Callable[[Progress], None]


class BuildReport(BaseModel):
    """What was built."""

    model_config = ConfigDict(frozen=True)

    digest: str
    lists: tuple[ListInfo, ...]
    built: bool  # or it was there already
    seconds: float
    peak_bytes: int  # of the building process
    held: tuple[Held, ...] = ()  # entries to be left out; where there are any, nothing was built


class _Job(BaseModel):
    root: Path
    key_file: Path  # of the confidential lists
    policy_file: Path
    sources: tuple[SourceList, ...]
    in_force: str | None = None  # a digest
    yardstick: Yardstick | None = None


class _Line(BaseModel):
    """What the building process says: one of these a line."""

    progress: Progress | None = None
    report: BuildReport | None = None
    refused: str | None = None
    away: str | None = None
    conflicts: tuple[Conflict, ...] = ()


def activate(
    library: ListLibrary,
    store: RulesetStore,
    policy_file: Path,
    on_progress: OnProgress | None = None,
    *,
    staged: Iterable[SourceList] = (),
    without: Collection[tuple[str, int]] = (),
) -> BuildReport:
    """
    Build with the lists in `staged`, keep them, and put the Ruleset in force.

    Raises as `build` does, and then nothing has changed: not the library, not what is in force.
    """
    staged = tuple(staged)
    report = build(library, store, policy_file, on_progress, staged=staged, without=without)
    for source in staged:
        library.put(source)
    library.leave_out(_sources(library, (), without))
    store.put_in_force(report.digest)
    store.prune()
    return report


def build(
    library: ListLibrary,
    store: RulesetStore,
    policy_file: Path,
    on_progress: OnProgress | None = None,
    *,
    staged: Iterable[SourceList] = (),
    without: Collection[tuple[str, int]] = (),
) -> BuildReport:
    """
    Build, or find, the Ruleset of the library's lists, with those of `staged` in place of theirs.

    `without` names lines to leave out, by list and line, besides those the library leaves out already.
    Raises `ListRefused` (`RulesetConflicts` where hosts that must stay open would not be) and
    `ConfigurationError` for a policy file that cannot be read, `Away` where the disk has no room.
    """
    return build_lists(_sources(library, staged, without), store, policy_file, on_progress)


def build_lists(
    sources: Sequence[SourceList],
    store: RulesetStore,
    policy_file: Path,
    on_progress: OnProgress | None = None,
    *,
    yardstick: Yardstick | None = None,
) -> BuildReport:
    """
    Build, or find, the Ruleset of these lists; with a `yardstick` held beside the one in force.

    Where entries are held back, the report has them and there is no Ruleset: leave them out and build
    again. What is against essential and help hosts is among them. Raises as `build` does, and `ListRefused`
    for a list that shrank or grew beyond the yardstick; without one, nothing is compared.
    """
    if yardstick is not None and not yardstick.accept_size:
        # Not the shipped ones: they change with the product, and whoever updated that wants them.
        imported = [each for each in sources if not each.name.startswith(SHIPPED_PREFIX)]
        refuse_changed_size(
            {each.name: each.record.entries for each in imported},
            {
                info.name: info.entries - len(info.left_out)
                for info in _lists_in_force(store, store.current_digest())
            },
            most_shrink=yardstick.settings.most_shrink,
            most_growth=yardstick.settings.most_growth,
            out={each.name: left_out(each) for each in imported},
        )
    return _build_apart(tuple(sources), store, policy_file, on_progress, yardstick)


def _build_apart(
    sources: tuple[SourceList, ...],
    store: RulesetStore,
    policy_file: Path,
    on_progress: OnProgress | None,
    yardstick: Yardstick | None = None,
) -> BuildReport:
    refuse_categories(sources, read_policy(policy_file))
    job = _Job(
        root=store.root,
        key_file=store.key_file,
        policy_file=policy_file,
        sources=sources,
        in_force=store.current_digest(),
        yardstick=yardstick,
    )
    # -P: without it a module would first be looked for in the current folder, which may be anybody's.
    with subprocess.Popen(
        [sys.executable, "-P", "-m", "categories.build"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        process_group=0,  # Ctrl-C is ours to act on; there it would be a traceback
    ) as process:
        try:
            # One that dies before it has read its job is told of below, like one that dies later.
            with suppress(BrokenPipeError), cast("IO[str]", process.stdin) as stdin:
                stdin.write(job.model_dump_json())
            for text in cast("IO[str]", process.stdout):
                line = _Line.model_validate_json(text)
                if line.report is not None:
                    return line.report
                if line.conflicts:
                    raise RulesetConflicts(line.conflicts)
                if line.refused is not None:
                    raise ListRefused(line.refused)
                if line.away is not None:
                    raise Away(line.away)
                if line.progress is not None and on_progress is not None:
                    on_progress(line.progress)
        except BaseException:
            process.kill()  # also when an operator gives up
            raise
    raise ListRefused(f"the build stopped by itself (exit {process.returncode}); is there enough memory?")


def _sources(
    library: ListLibrary, staged: Iterable[SourceList], without: Collection[tuple[str, int]]
) -> tuple[SourceList, ...]:
    return tuple(
        replace(source, left_out=source.left_out | {line for name, line in without if name == source.name})
        for source in library.items(staged)
    )


def digest_of(sources: Sequence[SourceList]) -> str:
    """The name of the Ruleset of these lists: 64 hex digits, the same wherever it is built."""
    parts = [(each.name, each.category, each.record.sha256, sorted(each.left_out)) for each in sources]
    return hashlib.sha256(json.dumps([ENGINE, sorted(parts)]).encode()).hexdigest()


# In the building process -------------------------------------------------------------------------


def _build(job: _Job, on_progress: OnProgress) -> BuildReport:
    started = time.monotonic()
    now = datetime.now(UTC)
    policy = read_policy(job.policy_file)
    store = RulesetStore(job.root, job.key_file)
    digest = digest_of(job.sources)
    with store.building() as temporary:
        ruleset, built = _already_there(store, digest), False
        if ruleset is None:
            compile_lists(temporary, digest, now, job.sources, on_progress)
            ruleset, built = store.open(temporary), True
        on_progress(Progress("check", "", 0, 0))
        conflicts = find_conflicts(ruleset, job.sources, policy, now)
        held = _held_back(ruleset, store, job, policy, conflicts)
        if built and not held:
            store.adopt(temporary, digest)
    return BuildReport(
        digest=digest,
        lists=ruleset.lists,
        built=built and not held,
        seconds=time.monotonic() - started,
        peak_bytes=_peak_bytes(),
        held=held,
    )


def _held_back(
    candidate: Ruleset, store: RulesetStore, job: _Job, policy: Policy, conflicts: tuple[Conflict, ...]
) -> tuple[Held, ...]:
    """Without a yardstick whatever is against hosts that must stay open is refused, not held back."""
    if job.yardstick is None:
        if conflicts:
            raise RulesetConflicts(conflicts)
        return ()
    in_force = _already_there(store, job.in_force)
    known = (*_lists_in_force(store, job.in_force), *job.yardstick.known)
    newly = Newly(candidate, in_force, known)
    found = entries_held_back(newly, job.sources, policy, job.yardstick, conflicts)
    return with_bystanders_told(found, job.sources)


def _lists_in_force(store: RulesetStore, digest: str | None) -> tuple[ListInfo, ...]:
    """Of whatever engine; none where there is no Ruleset or it does not say."""
    if digest is None:
        return ()
    try:
        return read_manifest(store.folder(digest)).lists
    except ListRefused:
        return ()


def _already_there(store: RulesetStore, digest: str | None) -> Ruleset | None:
    if digest is None:
        return None
    try:
        return store.open(store.folder(digest))
    except ListRefused:
        return None


def _peak_bytes() -> int:
    # Not `getrusage`: what it says of a new process begins with the memory of the one that started it.
    status = Path("/proc/self/status").read_text("ascii")
    return next(int(line.split()[1]) * 1024 for line in status.splitlines() if line.startswith("VmHWM"))


def main() -> None:
    """Build the job on standard input."""

    def say(**line: object) -> None:
        sys.stdout.write(_Line.model_validate(line).model_dump_json(exclude_defaults=True) + "\n")
        sys.stdout.flush()

    job = _Job.model_validate_json(sys.stdin.read())
    try:
        say(report=_build(job, lambda progress: say(progress=progress)))
    except RulesetConflicts as refused:
        say(refused=str(refused), conflicts=refused.conflicts)
    except ListRefused as refused:
        say(refused=str(refused))
    except OSError as error:
        say(away=f"{job.root}: the Ruleset cannot be built: {error.strerror or error}")


if __name__ == "__main__":
    main()
