"""A state folder with the Ruleset of 4.06 million entries, built once and kept beside the data."""

import shutil
from pathlib import Path

from addons.ca import CERTIFICATE_FILE, init_ca
from categories.build import activate
from categories.library import SHIPPED, ListLibrary
from categories.store import RulesetStore
from policy.document import SHIPPED as SHIPPED_POLICY
from tests.journeys.harness.gateway import sluicegate

# What the merged lists are called here and in the policy.
CATEGORIES = {"malware_phishing": "malware"}
DATA = Path(".data")


def scale_state(data: Path = DATA) -> Path:
    """The folder; building it takes a minute the first time."""
    state = data.absolute() / "benchmark-state"
    library, store = ListLibrary(state / "lists", None), RulesetStore(state / "rulesets")
    if store.current_digest() is None:
        state.mkdir(mode=0o700, exist_ok=True)
        staged = []
        for path in sorted((data / "scale").glob("*.txt")):
            category = CATEGORIES.get(path.stem, path.stem)
            staged.append(library.read_in(path.stem, category, path))
        activate(library, store, SHIPPED_POLICY, staged=staged)
    return _completed(state)


def shipped_state(data: Path = DATA) -> Path:
    """The same with the shipped lists alone."""
    state = data.absolute() / "benchmark-state-shipped"
    store = RulesetStore(state / "rulesets")
    if store.current_digest() is None:
        state.mkdir(mode=0o700, exist_ok=True)
        activate(ListLibrary(state / "lists", SHIPPED), store, SHIPPED_POLICY)
    return _completed(state)


def _completed(state: Path) -> Path:
    # Nothing of an earlier benchmark but what took long to make.
    for left in ("sluicegate.toml", "sluicegate.sqlite", "sluicegate.sqlite-wal", "sluicegate.sqlite-shm"):
        (state / left).unlink(missing_ok=True)
    for left in ("spool", "run"):
        shutil.rmtree(state / left, ignore_errors=True)
    if not (state / "ca" / CERTIFICATE_FILE).exists():
        init_ca(state / "ca")
    sluicegate("db", "upgrade", state=state)
    return state
