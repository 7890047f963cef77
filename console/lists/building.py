"""
Building what a change would put in force: the library as it would be, without what is held back.

A Ruleset is built, and held beside the one in force, in a process of its own (`categories/build.py`). What
that holds back is withheld and it is built again, until nothing more is: each entry that goes may show what
stood behind it.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from addons.never_decrypt import read_never_decrypt_text
from categories.build import BuildReport, build_lists
from categories.library import ListLibrary
from categories.library_state import LibraryState, holding
from categories.list_change import (
    Enable,
    ListChange,
    NeverDecrypt,
    Put,
    Release,
    Restore,
    Withheld,
    WithheldWhy,
)
from categories.manifest import ListInfo
from categories.plausibility.held import Held
from categories.plausibility.yardstick import Yardstick
from console.cli.workplace import Workplace, watched
from console.lists.visited import most_visited
from db.ruleset_history import RulesetHistory
from policy.errors import ListRefused
from policy.identifiers import new_reference

# More rounds than these are no accident.
_MOST_ROUNDS = 4


@dataclass(frozen=True, slots=True)
class Built:
    """The library as a change would make it, and the Ruleset built of it."""

    state: LibraryState
    report: BuildReport | None
    held: tuple[Held, ...] = ()


@dataclass(frozen=True, slots=True)
class Builder:
    """Builds what could be in force; changes neither the library nor what is in force."""

    place: Workplace
    library: ListLibrary
    history: RulesetHistory

    def of_change(
        self,
        before: LibraryState,
        change: ListChange,
        because: str,
        *,
        accept_size: bool,
        visits_wait: bool = True,
    ) -> Built:
        """
        What a change makes of the state `before`, built. Raises as `enact` does.

        Without `visits_wait` nothing waits because people visit what it covers: a preview is to show that.
        """
        state = self.library.after(before, change, because=because)
        if isinstance(change, NeverDecrypt):
            if change.text:
                read_never_decrypt_text(change.text, "the never-decrypt list")
            if self.place.store.current_digest() is not None:
                return Built(state, None)
        if isinstance(change, Restore):
            self._refuse_lost(state)
        quietly = isinstance(change, Put) and change.leave_out_protected
        built = self.of_state(
            state,
            accept_size=accept_size,
            quietly=quietly,
            visits_wait=visits_wait,
            known=self._were_in_force(change),
        )
        if isinstance(change, Release):
            for held in built.held:
                if held.key == (change.list, change.kind, change.entry):
                    raise ListRefused(f"{change.entry} cannot be let in: {held.because}")
        return built

    def _refuse_lost(self, state: LibraryState) -> None:
        for name, record in sorted(state.records.items()):
            if not self.library.text_of(record.sha256).exists():
                raise ListRefused(
                    f"{name}: its text of then is not kept any more; texts are kept as long as decisions may "
                    "name them: sluicegate lists history"
                )

    def _were_in_force(self, change: ListChange) -> tuple[ListInfo, ...]:
        """What is put back as it was, so that it does not wait as if it were new."""
        match change:
            case Restore():
                return change.lists
            case Enable():
                past = (each for ruleset in self.history.all() for each in ruleset.lists)
                return tuple(ListInfo.model_validate(each) for each in past if each["name"] == change.name)
            case _:
                return ()

    def of_state(
        self,
        state: LibraryState,
        *,
        accept_size: bool,
        quietly: bool = False,
        visits_wait: bool = True,
        known: tuple[ListInfo, ...] = (),
    ) -> Built:
        """
        A state of the library, built without what is held back. Raises as `enact` does.

        `quietly`: what must stay open is left out for good. `known` are lists that are put back.
        """
        visited = most_visited(self.place) if visits_wait else ()
        yardstick = Yardstick(
            settings=self.place.settings.categories,
            visited=tuple(each.host for each in visited),
            known=known,
            let_in=state.let_in,
            accept_size=accept_size,
        )
        store, policy_file = self.place.store, self.place.settings.policy_file
        all_held: tuple[Held, ...] = ()
        with watched() as on_progress:
            for _ in range(_MOST_ROUNDS):
                state = self.library.resolved(state)
                sources = self.library.sources(state)
                report = build_lists(sources, store, policy_file, on_progress, yardstick=yardstick)
                if not report.held:
                    return Built(state, report, all_held)
                all_held += report.held
                state = holding(state, _withheld(report.held, quietly=quietly))
        raise ListRefused(
            f"{report.held[0]}; and without that there is more, again and again; the last good lists stay"
        )


def _withheld(held: Iterable[Held], *, quietly: bool) -> Iterator[Withheld]:
    for one in held:
        left_out = quietly and one.why is WithheldWhy.QUARANTINED
        yield Withheld(
            id=new_reference(),
            list=one.list,
            kind=one.kind,
            entry=one.entry,
            why=WithheldWhy.REFUSED if left_out else one.why,
            because=one.because,
            at=datetime.now(UTC),
        )
