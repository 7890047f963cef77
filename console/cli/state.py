"""Where the gateway keeps what it makes: the layout of the state folder, in one place."""

import os
import stat
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from policy.errors import ConfigurationError

VARIABLE = "SLUICEGATE_STATE_DIR"
UNFINISHED_RESTORE = ".unfinished-restore"


@dataclass(frozen=True, slots=True)
class State:
    """A state folder; nothing is created by naming it."""

    root: Path

    @property
    def database(self) -> Path:
        """The embedded database, where no other is configured."""
        return self.root / "sluicegate.sqlite"

    @property
    def ca(self) -> Path:
        """The certificate authority."""
        return self.root / "ca"

    @property
    def lists(self) -> Path:
        """The list library: the text of every imported list."""
        return self.root / "lists"

    @property
    def rulesets(self) -> Path:
        """The compiled Rulesets, and which is in force."""
        return self.root / "rulesets"

    @property
    def confidential_key(self) -> Path:
        """The key of the confidential lists; never shared with them."""
        return self.root / "confidential.key"

    @property
    def spool(self) -> Path:
        """Decisions on their way to the database."""
        return self.root / "spool"

    @property
    def run(self) -> Path:
        """What the running gateway says of itself."""
        return self.root / "run"

    @property
    def snapshot(self) -> Path:
        """The registers as the running gateway's workers read them."""
        return self.run / "registers.snapshot"

    def create(self) -> None:
        """
        Make the folder, for its owner only, where it is not there yet.

        Raises `ConfigurationError` when that cannot be, where a restore did not come to its end, and as
        `refuse_others` does.
        """
        self.make()
        if (self.root / UNFINISHED_RESTORE).exists():
            raise ConfigurationError(
                f"{self.root}: a restore is running here, or was broken off; let it end, or run it again"
            )

    def make(self) -> None:
        """Make the folder as `create` does, whatever became of a restore."""
        try:
            self.root.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            raise ConfigurationError(
                f"{self.root}: the state folder cannot be made: {error.strerror}; set {VARIABLE} to another"
            ) from error
        if not os.access(self.root, os.R_OK | os.W_OK | os.X_OK):
            raise ConfigurationError(
                f"{self.root}: the state folder may not be written by this account; "
                f"use the gateway's account or set {VARIABLE}"
            )
        self.refuse_others()

    def refuse_others(self) -> None:
        """
        Raise `ConfigurationError` where somebody else owns the folder or may write to it.

        Whoever may could put another authority, other lists or another policy in the place of ours.
        """
        found = self.root.stat()
        if found.st_uid not in {os.geteuid(), 0}:
            raise ConfigurationError(
                f"{self.root}: the state folder belongs to another account (uid {found.st_uid}); "
                f"use that account or set {VARIABLE}"
            )
        if found.st_mode & (stat.S_IWGRP | stat.S_IWOTH):
            raise ConfigurationError(
                f"{self.root}: others may write to the state folder; "
                f"look at what lies in it, then: chmod 700 {self.root}"
            )


def default_folder(environ: Mapping[str, str], user_id: int) -> Path:
    """`/var/lib/sluicegate` for root, else `sluicegate` in the account's own state folder (XDG)."""
    if user_id == 0:
        return Path("/var/lib/sluicegate")
    base = environ.get("XDG_STATE_HOME") or Path(environ.get("HOME") or "~").expanduser() / ".local/state"
    return Path(base) / "sluicegate"


def state_folder() -> State:
    """The state folder that the environment names, or the default one."""
    named = os.environ.get(VARIABLE)
    root = Path(named).expanduser() if named else default_folder(os.environ, os.getuid())
    return State(root.absolute())
