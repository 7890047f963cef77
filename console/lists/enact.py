"""
The one way in which lists change: whoever asks for it, however it is called.

    1. the lock of the library, and what a stopped command left is finished (`in_force.py`)
    2. the library as the change would make it (`categories/library_state.py`)
    3. a Ruleset built of that in a process of its own; entries that are held back are withheld, and it is
       built again without them
    4. where the change needs a second person (`two_people.py`): proposed, and nothing else happens
    5. else recorded and put in force together

What is refused on the way has changed nothing, and the last good Ruleset goes on. A proposal holds the
change and not its outcome: approved, it is applied to the library as it is then, and built and checked anew.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from categories.build import BuildReport, digest_of
from categories.library import ListLibrary
from categories.library_state import LibraryState, changed, holding
from categories.list_change import (
    ListChange,
    Release,
    Restore,
    WithheldWhy,
    Withhold,
)
from categories.manifest import ListInfo, read_manifest
from categories.plausibility.held import Held
from categories.store import RulesetStore
from console.cli.storage import open_store
from console.cli.workplace import Workplace
from console.lists.building import Builder, Built
from console.lists.in_force import Reason, put_in_force, recover
from console.lists.past import lists_of
from console.lists.texts import needless_texts
from console.lists.told import told
from console.lists.two_people import (
    category_of,
    kept_lists_because,
    lists_that_differ,
    second_person_because,
)
from console.lists.waiting import change_of, propose, texts_proposed
from db.proposals import ProposalStore
from db.ruleset_history import RulesetHistory, Transaction
from db.withdrawals import WithdrawalStore, WrongEntry
from policy.errors import ListRefused, SluicegateError
from policy.words import ProposalOutcome


@dataclass(frozen=True, slots=True)
class Enacted:
    """What became of a change."""

    report: BuildReport | None  # None where nothing was to be built
    digest: str | None  # of the Ruleset that is, or would be, in force
    proposal: str | None = None  # reference, where the change waits for a second person
    second_person_because: str | None = None
    held: tuple[Held, ...] = ()  # entries that stay out until somebody has looked
    told: tuple[dict[str, object], dict[str, object]] = field(default_factory=lambda: ({}, {}))
    notes: tuple[str, ...] = ()


def enact(
    place: Workplace,
    change: ListChange,
    *,
    because: str,
    accept_size: bool = False,
    in_force: bool = True,
) -> Enacted:
    """
    Carry a change out, or propose it where it needs a second person.

    With `accept_size` a list may have shrunk or grown beyond the bounds; with `in_force=False` the library
    changes, checked, and what is in force stays. Raises `ListRefused`, `RegisterRefused`, `Away` or
    `ConfigurationError`, and then nothing has changed.
    """
    with _changing(place) as work:
        return work.enact(change, because, accept_size=accept_size, in_force=in_force)


def rehearse(place: Workplace, change: ListChange) -> Enacted:
    """
    Build what a change would put in force, and change nothing: for a preview.

    Lists may have any size, and nothing waits because people visit what it covers, since that is what is to
    be seen beforehand. Raises as `enact` does.
    """
    with _changing(place) as work:
        return work.rehearse(change)


def enact_proposal(place: Workplace, reference: str, *, because: str) -> Enacted:
    """
    Approve a proposal about lists, and carry it out on the library as it is now.

    Raises as `enact` does, and `RegisterRefused` for one's own, for what is decided, and where there is none.
    """
    with _changing(place) as work:
        return work.approve(reference, because)


def activate(place: Workplace, *, because: str) -> Enacted:
    """Build the lists as they are kept, and put them in force. Raises as `enact` does."""
    with _changing(place) as work:
        return work.activate(because)


def rebuild(place: Workplace, *, because: str) -> Enacted | None:
    """
    Build the lists in force as this release would; None where they are so already.

    Lists that are kept and not in force stay so. Raises as `enact` does.
    """
    with _changing(place) as work:
        return work.rebuild(because)


@contextmanager
def _changing(place: Workplace) -> Iterator["_Work"]:
    place.state.create()
    place.lists.mkdir(parents=True, exist_ok=True)
    library, history = place.library, open_store(RulesetHistory, place)
    with library.files.locked():
        notes = recover(library, place.store, history)
        yield _Work(place, library, place.store, history, open_store(ProposalStore, place), notes)


@dataclass(frozen=True, slots=True)
class _Work:
    """What is done while the library is locked."""

    place: Workplace
    library: ListLibrary
    store: RulesetStore
    history: RulesetHistory
    proposals: ProposalStore
    notes: list[str]

    @property
    def builder(self) -> Builder:
        """Builds what could be in force."""
        return Builder(self.place, self.library, self.history)

    def enact(self, change: ListChange, because: str, *, accept_size: bool, in_force: bool) -> Enacted:
        if self.store.current_digest() is None and self.history.newest() is not None:
            raise ListRefused(
                f"{self.store.root}: no Ruleset is in force any more; is the folder mounted? To begin "
                "anew with the lists that are kept: sluicegate lists activate"
            )
        before = self.library.files.state()
        candidate = self.builder.of_change(before, change, because, accept_size=accept_size)
        second = second_person_because(
            before, candidate.state, self.place.policy, always=self.place.settings.categories.two_people
        )
        if second is None and in_force:
            second = self._kept_lists_because(candidate)
        if second is not None:
            sides = told(before, candidate.state)
            report = candidate.report
            summary = {
                "before": sides[0],
                "after": sides[1],
                "ruleset": report.digest if report is not None else None,
                "held": len(candidate.held),
            }
            proposal = propose(self.proposals, change, summary, because=because)
            return replace(self.enacted(before, candidate, proposal), second_person_because=second)
        if not in_force:
            return self._keep(change, before, candidate, because)
        if isinstance(change, Restore):
            self._refuse_no_change(before, candidate)
        return self._put_in_force(change, before, candidate, Reason(change.what, because))

    def rehearse(self, change: ListChange) -> Enacted:
        before = self.library.files.state()
        candidate = self.builder.of_change(before, change, "rehearsed", accept_size=True, visits_wait=False)
        return self.enacted(before, candidate)

    def approve(self, reference: str, because: str) -> Enacted:
        proposal = self.proposals.decidable(reference, ProposalOutcome.APPROVED)
        change = change_of(proposal.change)
        before = self.library.files.state()
        # Its size was accepted, or within the bounds, when it was proposed; whoever approves has seen it.
        candidate = self.builder.of_change(before, change, proposal.because, accept_size=True)
        return self._put_in_force(change, before, candidate, Reason(change.what, because, reference))

    def activate(self, because: str) -> Enacted:
        before = self.library.files.state()
        # What is kept had its size looked at, or accepted, when it was imported.
        candidate = self.builder.of_state(before, accept_size=True)
        if (kept := self._kept_lists_because(candidate)) is not None:
            raise ListRefused(
                f"{kept}, and it needs a second person: import it again, which proposes it "
                "(sluicegate lists import)"
            )
        return self._put_in_force(None, before, candidate, Reason("activate", because))

    def rebuild(self, because: str) -> Enacted | None:
        digest = self.store.current_digest()
        if digest is None:
            raise ListRefused(
                f"{self.store.root}: no Ruleset is in force; build one: sluicegate lists activate"
            )
        kept = self.library.files.state()
        lists = read_manifest(self.store.folder(digest)).lists
        as_in_force = changed(
            kept, Restore(digest=digest, lists=lists), frozenset(), at=datetime.now(UTC), because=because
        )
        if digest_of(self.library.sources(as_in_force)) == digest and self.store.opens(digest):
            return None
        built = self.builder.of_state(as_in_force, accept_size=True)
        # What is kept and not in force stays kept; what is held back is held back of that, too.
        state = holding(kept, built.state.withheld)
        return self._put_in_force(None, kept, replace(built, state=state), Reason("rebuild", because))

    def _kept_lists_because(self, candidate: Built) -> str | None:
        """Kept while one person was enough, which they may not be any more."""
        newest = self.history.newest()
        if newest is None or candidate.report is None:
            return None
        always = self.place.settings.categories.two_people
        return kept_lists_because(lists_of(newest), candidate.report.lists, self.place.policy, always=always)

    def _refuse_no_change(self, before: LibraryState, candidate: Built) -> None:
        same = candidate.report is not None and candidate.report.digest == self.store.current_digest()
        if same and not lists_that_differ(before, candidate.state):
            raise ListRefused(
                "the lists in force are those of then; what was withdrawn or held back since stays out: "
                "sluicegate lists release lets it in"
            )

    def _keep(self, change: ListChange, before: LibraryState, candidate: Built, because: str) -> Enacted:
        sides = told(before, candidate.state)
        what = f"{change.what}, kept"
        try:
            with self.history.changing(what, because=because, before=sides[0], after=sides[1]):
                self.library.files.become(candidate.state)
        except BaseException:  # of the commit, too: nothing is kept that is not on the record
            self.library.files.become(before)
            raise
        return self.enacted(before, candidate)

    def _put_in_force(
        self, change: ListChange | None, before: LibraryState, candidate: Built, reason: Reason
    ) -> Enacted:
        digest, lists = self._what_is_in_force_then(candidate)
        for source in self.library.sources(candidate.state):
            self.library.keep(source)
        put_in_force(
            self.library,
            self.store,
            self.history,
            state=candidate.state,
            digest=digest,
            lists=lists,
            reason=reason,
            told=told(before, candidate.state),
            also=lambda transaction: self._mark_decisions(change, before, reason, transaction),
        )
        self._tidy_up(candidate.state)
        return self.enacted(before, candidate)

    def _tidy_up(self, state: LibraryState) -> None:
        """What fails here the next change does: this one is in force, and must not be called refused."""
        try:
            self.store.prune()
            self._dispose_of_texts(state)
        except (SluicegateError, OSError) as error:
            self.notes.append(f"what nobody needs any more could not all be cleared away: {error}")

    def _dispose_of_texts(self, state: LibraryState) -> None:
        now = datetime.now(UTC)
        wanted = {record.sha256 for record in state.records.values()} | texts_proposed(self.proposals)
        for sha256 in needless_texts(
            self.library.texts(), wanted, self.history.all(), self.place.policy, now
        ):
            self.library.text_of(sha256).unlink(missing_ok=True)

    def _what_is_in_force_then(self, candidate: Built) -> tuple[str, tuple[ListInfo, ...]]:
        if candidate.report is not None:
            return candidate.report.digest, candidate.report.lists
        ruleset = self.store.open_current()
        return ruleset.digest, ruleset.lists

    def _mark_decisions(
        self, change: ListChange | None, before: LibraryState, reason: Reason, transaction: Transaction
    ) -> None:
        """Decisions that a withdrawn entry made are marked; one that is let in again was right."""
        if not isinstance(change, Withhold | Release):
            return
        wrong = WrongEntry(change.list, change.kind, change.entry, category_of(before, change.list))
        store = open_store(WithdrawalStore, self.place)
        # What stands there and what the library says may differ: a command was killed before the commit, or
        # one of them came back out of a backup. Either way the entry's way out, and in, stays open.
        stands = store.stands(wrong, within=transaction)
        if isinstance(change, Release) and stands:
            store.take_back(wrong, because=reason.because, within=transaction)
        elif isinstance(change, Withhold) and change.why is WithheldWhy.WITHDRAWN and not stands:
            store.withdraw(wrong, since=change.since, because=reason.because, within=transaction)

    def enacted(self, before: LibraryState, candidate: Built, proposal: str | None = None) -> Enacted:
        report = candidate.report
        return Enacted(
            report=report,
            digest=report.digest if report else self.store.current_digest(),
            proposal=proposal,
            held=candidate.held,
            told=told(before, candidate.state),
            notes=tuple(self.notes),
        )
