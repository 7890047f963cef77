"""State folders with Rulesets that take long to build, kept beside the data they are built of."""

import shutil
from pathlib import Path

from addons.ca import CERTIFICATE_FILE, init_ca
from categories.build import activate, build, digest_of
from categories.library import SHIPPED, ListLibrary
from categories.store import RulesetStore
from policy.document import SHIPPED as SHIPPED_POLICY
from tests.journeys.harness.gateway import sluicegate

# What the merged lists are called here and in the policy.
CATEGORIES = {"malware_phishing": "malware"}
DATA = Path(".data")
# Privileged in these Rulesets, so that a tunnel to it is not decrypted.
TUNNELLED = "tunnelled.load.test"


def scale_state(data: Path = DATA) -> Path:
    """The one of 4.06 million entries; building it takes a minute the first time."""
    state = data.absolute() / "benchmark-state"
    library, store = ListLibrary(state / "lists", None), RulesetStore(state / "rulesets")
    if _is_to_be_built(state, store):
        tunnelled = state / "tunnelled.txt"
        tunnelled.write_text(f"{TUNNELLED}\n", "utf-8")
        staged = [library.read_in("tunnelled", "privileged", tunnelled)]
        for path in sorted((data / "scale").glob("*.txt")):
            category = CATEGORIES.get(path.stem, path.stem)
            staged.append(library.read_in(path.stem, category, path))
        activate(library, store, SHIPPED_POLICY, staged=staged)
    return _completed(state)


def other_scale_ruleset(state: Path, host: str) -> str:
    """The digest of a second Ruleset of the same lists and one more, with one host; in force is the first."""
    library, store = ListLibrary(state / "lists", None), RulesetStore(state / "rulesets")
    text = state / "one-more.txt"
    text.write_text(f"{host}\n", "utf-8")
    one_more = library.read_in("one-more", "gambling", text)
    return build(library, store, SHIPPED_POLICY, staged=[one_more]).digest


def shipped_state(data: Path = DATA) -> Path:
    """The one of the shipped lists alone."""
    state = data.absolute() / "benchmark-state-shipped"
    store = RulesetStore(state / "rulesets")
    library = ListLibrary(state / "lists", SHIPPED)
    if _is_to_be_built(state, store) or digest_of(library.items()) != store.current_digest():
        activate(library, store, SHIPPED_POLICY)
    return _completed(state)


def _is_to_be_built(state: Path, store: RulesetStore) -> bool:
    """Whether nothing is there that this engine opens; an empty folder then is."""
    digest = store.current_digest()
    if digest is not None and store.opens(digest):
        return False
    shutil.rmtree(state, ignore_errors=True)
    state.mkdir(mode=0o700)
    return True


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
