"""What most commands need first: the state folder, the settings, the policy, and the Ruleset in force."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from categories.build import BuildReport, activate
from categories.compile import Progress
from categories.durable import write_whole
from categories.library import SHIPPED, ListLibrary
from categories.library_files import NEVER_DECRYPT
from categories.pull import pull
from categories.ruleset import Ruleset
from categories.store import RulesetStore
from console.cli import show
from console.cli.progress import progress
from console.cli.settings import Effective, Settings, read_settings
from console.cli.state import State, state_folder
from policy.document import Policy
from policy.errors import ListRefused

_STEPS = {"read": "reading", "index": "compiling", "check": "checking what must stay open"}


@dataclass(frozen=True, slots=True)
class Workplace:
    """Where a command works, and by which rules."""

    state: State
    effective: Effective
    policy: Policy

    @property
    def settings(self) -> Settings:
        """The settings in force."""
        return self.effective.settings

    @property
    def library(self) -> ListLibrary:
        """The lists that take part: the shipped ones and the imported ones."""
        shipped = SHIPPED if self.settings.categories.shipped_lists else None
        return ListLibrary(self.lists, shipped)

    @property
    def lists(self) -> Path:
        """Where the imported lists are: this gateway's own, or those of several."""
        shared = self.settings.categories.shared_folder
        return shared / "lists" if shared else self.state.lists

    @property
    def store(self) -> RulesetStore:
        """The compiled Rulesets: this gateway's own, or those that several take theirs from."""
        shared = self.settings.categories.shared_folder
        # The key stays with the gateway: whoever may read a shared folder must not have both.
        return RulesetStore(
            shared / "rulesets" if shared else self.state.rulesets, self.state.confidential_key
        )

    def ruleset(self) -> Ruleset:
        """
        The Ruleset in force; on first use one is built.

        Raises `ListRefused` where none can be opened or built.
        """
        try:
            self.ensure_ruleset()
            return self.store.open_current()
        except (ListRefused, OSError) as error:
            own = RulesetStore(self.state.rulesets)
            if self.settings.categories.shared_folder is None or own.current_digest() is None:
                raise
            show.note(f"{error}; going by the Ruleset that this gateway took last")
            return own.open_current()

    def ensure_ruleset(self) -> None:
        """
        Where none is in force, build one of the lists there are; takes seconds. Raises `ListRefused`.

        Never in a folder that is shared: its mount point is an empty folder while the server is away, and
        what was built of nothing but the shipped lists would take the place of everybody's.
        """
        if self.store.current_digest() is not None:
            return
        if self.settings.categories.shared_folder is not None:
            raise ListRefused(
                f"{self.store.root}: no Ruleset is in force there; is the folder mounted? To begin with it: "
                "sluicegate lists activate"
            )
        self.state.create()
        show.note(f"no Ruleset is in force in {self.state.root} yet: building one of the lists there are")
        self.build()

    def ensure_own_ruleset(self) -> None:
        """
        What `ensure_ruleset` does; where Rulesets are shared, a copy of the one in force for this gateway.

        One that took a Ruleset before starts with that while the shared folder is away. Raises `ListRefused`,
        or `OSError` for a folder that cannot be read.
        """
        if self.settings.categories.shared_folder is None:
            self.ensure_ruleset()
            return
        own = RulesetStore(self.state.rulesets)
        try:
            self.ensure_ruleset()
            pull(self.store, own)
        except (ListRefused, OSError) as error:
            if own.current_digest() is None:
                raise
            show.note(f"{error}; starting with the Ruleset that this gateway took last")

    def never_decrypt_file(self) -> Path | None:
        """The organisation's own never-decrypt list, where there is one; a copy while a share is away."""
        files, own = self.library.files, self.state.root / NEVER_DECRYPT
        if self.settings.categories.shared_folder is None or files.root.is_dir():
            return files.never_decrypt_file()
        return own if own.exists() else None

    def take_never_decrypt(self) -> Path | None:
        """The same for a gateway that starts: of a shared list it takes a copy, and goes by that."""
        file, own = self.never_decrypt_file(), self.state.root / NEVER_DECRYPT
        if self.settings.categories.shared_folder is None or file == own:
            return file
        if file is None:
            own.unlink(missing_ok=True)
            return None
        write_whole(own, file.read_bytes())
        return own

    def build(self) -> BuildReport:
        """
        Build the lists of the library and put them in force, on no record: at a first start and a restore.

        Whoever changes lists next records it (`console/lists/in_force.py`). Raises `ListRefused`, and then
        nothing has changed.
        """
        with self.library.files.locked(), watched() as on_progress:
            return activate(self.library, self.store, self.settings.policy_file, on_progress)


@contextmanager
def watched() -> Iterator[Callable[[Progress], None]]:
    """Shows a build's progress to whoever waits for it."""
    with progress() as say:

        def told(at: Progress) -> None:
            say(f"{_STEPS[at.step]} {at.name}", at.done, at.total)

        yield told


def workplace() -> Workplace:
    """
    Read the settings and the policy.

    Raises `ConfigurationError` naming what is wrong with them.
    """
    state = state_folder()
    effective = read_settings(state)
    return Workplace(state, effective, effective.policy())
