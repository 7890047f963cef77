"""
Putting a state of the library in force, so that what is in force is on the record, whatever is stopped.

In this order, each step lasting before the next begins:

    1. the row of the history and of the change log, in a transaction that is still open
    2. the state to come, beside the library's files (`.becoming`), with the identifier of that row
    3. the Ruleset put in force: one rename
    4. the transaction committed
    5. the library's files, as 2 says; then 2 removed

A step that fails undoes those before it: the former Ruleset is put back. A process that is killed undoes
nothing, so whoever changes lists next looks first (`recover`):

    killed before 3     nothing is in force and nothing on the record: 2 is forgotten
    killed before 4     it is in force and not on the record: 5 is done, and the Ruleset recorded as "found"
    killed before 5     it is in force and on the record: 5 is done

"Found in force" is also what the first start of a gateway built by itself, whose login may not write here.
A commit whose answer is lost on the way counts as failed; where the database had heard it all the same, what
was put back is found next time. So the history's newest row is what is in force, once somebody has looked.
"""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass

from categories import ENGINE
from categories.library import ListLibrary
from categories.library_files import Becoming
from categories.library_state import LibraryState
from categories.manifest import ListInfo, read_manifest
from categories.store import RulesetStore
from db.ruleset_history import NewRuleset, RulesetHistory, Transaction
from policy.errors import Away, ListRefused

FOUND = "found in force"
_FOUND_BECAUSE = (
    "in force and not on the record: built by a first start, a restore, or a command that was stopped"
)


@dataclass(frozen=True, slots=True)
class Reason:
    """Who is behind a change and why, as far as the connection does not say it."""

    what: str  # the word of the change
    because: str
    approves: str | None = None  # reference of a proposal


def put_in_force(
    library: ListLibrary,
    store: RulesetStore,
    history: RulesetHistory,
    *,
    state: LibraryState,
    digest: str,
    lists: tuple[ListInfo, ...],
    reason: Reason,
    told: tuple[dict[str, object], dict[str, object]],
    also: Callable[[Transaction], object] | None = None,
) -> None:
    """
    Put a built Ruleset in force, record it, and let the library become `state`. Only while it is locked.

    `also` joins the transaction. Raises `DatabaseAway`, `RegisterRefused` or `OSError`, and then nothing has
    changed; `Away` where the Ruleset is in force and only the library's files could not be written.
    """
    former = store.current_digest()
    new = NewRuleset(
        what=reason.what,
        digest=digest,
        engine=ENGINE,
        lists=[info.model_dump(mode="json") for info in lists],
        entries=sum(info.entries for info in lists),
        approves=reason.approves,
    )
    before, after = told
    becoming = Becoming(state=state, former=former, digest=digest, record=str(new.id))
    try:
        with history.record(
            new,
            because=reason.because,
            before={"ruleset": former, **before},
            after={"ruleset": digest, **after},
        ) as transaction:
            if also is not None:
                also(transaction)
            library.files.prepare(becoming)
            store.put_in_force(digest)
    except BaseException:
        # Where the former cannot be put back (it is of the release before, or the disk is full) the new one
        # stays, and whoever comes next finishes it and records it as found.
        with suppress(ListRefused, OSError):
            if store.current_digest() != former:
                store.put_back(former)
            library.files.settle(None)  # where this alone fails, the next command forgets it
        raise
    try:
        library.files.settle(becoming)
    except OSError as error:
        raise Away(
            f"Ruleset {digest[:12]} is in force and recorded, and {library.root} could not be written "
            f"({error.strerror or error}); make room: the next command that changes lists finishes it"
        ) from error


def recover(library: ListLibrary, store: RulesetStore, history: RulesetHistory) -> list[str]:
    """
    Finish or forget what was stopped half way, and record a Ruleset in force that nobody recorded.

    Only while the library is locked. Gives lines for whoever's command it precedes. Raises `DatabaseAway`.
    """
    notes: list[str] = []
    newest, current = history.newest(), store.current_digest()
    becoming = library.files.becoming()
    if becoming is not None:
        recorded = newest is not None and str(newest.id) == becoming.record
        # Where both are the same Ruleset the rename tells nothing, and the record alone does.
        renamed = current == becoming.digest and becoming.digest != becoming.former
        finish = current == becoming.digest and (recorded or renamed)
        library.files.settle(becoming if finish else None)
        done = "finished" if finish else "taken back: it was not in force yet"
        notes.append(f"a change that was stopped half way was {done}")
    if current is not None and (newest is None or newest.digest != current):
        with suppress(ListRefused):  # damaged; whatever comes next replaces it
            _record_found(store, history, current)
    return notes


def _record_found(store: RulesetStore, history: RulesetHistory, digest: str) -> None:
    manifest = read_manifest(store.folder(digest))
    new = NewRuleset(
        what=FOUND,
        digest=digest,
        engine=manifest.engine,
        lists=[info.model_dump(mode="json") for info in manifest.lists],
        entries=sum(info.entries for info in manifest.lists),
    )
    with history.record(new, because=_FOUND_BECAUSE, after={"ruleset": digest}):
        pass
