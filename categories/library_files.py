"""
The small files of a library: what they say, and how they come to say something else.

Everything of a library but its texts is one `LibraryState`, in several files that people can read. A change
replaces them together: the state to come is written down beside them first (`prepare`), then the Ruleset is
put in force, then the files become what was written (`settle`). Whoever holds the lock next finishes what was
stopped in between, or forgets it; `console/lists/enact.py` knows which of the two.
"""

import fcntl
import json
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError

from categories.durable import sync, unfinished, write_whole
from categories.library_state import LibraryState
from categories.list_change import LetIn, ListRecord, Withheld
from policy.errors import ConfigurationError, ListsBusy

NEVER_DECRYPT = "never-decrypt.toml"
_LOOK_AGAIN_SECONDS = 0.2


class _Held(BaseModel):
    """The contents of `lists/withheld`."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    withheld: tuple[Withheld, ...] = ()
    let_in: tuple[LetIn, ...] = ()


class Becoming(BaseModel):
    """A change that is being put in force, as `lists/.becoming` holds it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    state: LibraryState
    former: str | None  # the Ruleset that was in force
    digest: str | None  # the one that is put in force; None for a change that leaves it
    record: str | None = None  # what the record of this change is called, where there is one


class LibraryFiles:
    """The files of the library below `root`."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self._left_out = root / "left-out"
        self._disabled = root / "disabled"
        self._withheld = root / "withheld"
        self._never_decrypt = root / NEVER_DECRYPT
        self._becoming = root / ".becoming"

    def state(self) -> LibraryState:
        """What the library's files say. Raises `ConfigurationError` where they are damaged."""
        records = {
            record.name: record
            for path in sorted(self.root.glob("*.json"))
            for record in [_read(path, TypeAdapter(ListRecord))]
        }
        held = _read_if_there(self._withheld, TypeAdapter(_Held)) or _Held()
        never_decrypt = self.never_decrypt_file()
        return LibraryState(
            records=records,
            left_out=_read_if_there(self._left_out, TypeAdapter(dict[str, frozenset[int]])) or {},
            disabled=_read_if_there(self._disabled, TypeAdapter(frozenset[str])) or frozenset(),
            withheld=held.withheld,
            let_in=held.let_in,
            never_decrypt=never_decrypt.read_text("utf-8") if never_decrypt else "",
        )

    def never_decrypt_file(self) -> Path | None:
        """The organisation's own never-decrypt list, where there is one."""
        return self._never_decrypt if self._never_decrypt.exists() else None

    def become(self, state: LibraryState) -> None:
        """Let the files say what `state` says. Stopped half way, it is to be called again."""
        self.root.mkdir(parents=True, exist_ok=True)
        before = self.state()
        for name, record in sorted(state.records.items()):
            if record != before.records.get(name):
                write_whole(self.root / f"{name}.json", record.model_dump_json(indent=1).encode())
        for name in before.records.keys() - state.records.keys():
            (self.root / f"{name}.json").unlink()
        if state.left_out != before.left_out:
            listed = {key: sorted(lines) for key, lines in sorted(state.left_out.items())}
            write_whole(self._left_out, json.dumps(listed, indent=1).encode())
        if state.disabled != before.disabled:
            write_whole(self._disabled, json.dumps(sorted(state.disabled), indent=1).encode())
        if (state.withheld, state.let_in) != (before.withheld, before.let_in):
            held = _Held(withheld=state.withheld, let_in=state.let_in)
            write_whole(self._withheld, held.model_dump_json(indent=1).encode())
        if state.never_decrypt != before.never_decrypt:
            if state.never_decrypt:
                write_whole(self._never_decrypt, state.never_decrypt.encode())
            else:
                self._never_decrypt.unlink()
        sync(self.root)

    def small_files(self) -> list[Path]:
        """Everything but the texts: what a backup holds of it."""
        own = (self._left_out, self._disabled, self._withheld, self._never_decrypt)
        lists = [
            *self.root.glob("*.json"),
            *self.root.glob("feeds/*.json"),
            *self.root.glob("feeds/state/*.json"),
        ]
        return sorted([*lists, *(path for path in own if path.exists())])

    @contextmanager
    def locked(self, patience: float = 0.0) -> Iterator[None]:
        """
        The right to be the only one who changes the library.

        Raises `ListsBusy` where another still does after `patience` seconds.
        """
        self.root.mkdir(parents=True, exist_ok=True)
        lock = os.open(self.root / ".lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            deadline = time.monotonic() + patience
            while not _taken(lock):
                if time.monotonic() >= deadline:
                    raise ListsBusy(
                        f"{self.root}: another command changes the lists; try again when it is done"
                    )
                time.sleep(_LOOK_AGAIN_SECONDS)
            for left in unfinished(self.root):
                left.unlink(missing_ok=True)
            yield
        finally:
            os.close(lock)

    def prepare(self, becoming: Becoming) -> None:
        """Write down what the library is about to become, before anything is put in force."""
        write_whole(self._becoming, becoming.model_dump_json().encode())

    def becoming(self) -> Becoming | None:
        """What a change that was stopped would have made of the library."""
        return _read_if_there(self._becoming, TypeAdapter(Becoming))

    def settle(self, becoming: Becoming | None) -> None:
        """Become what was prepared, or with None forget it."""
        if becoming is not None:
            self.become(becoming.state)
        self._becoming.unlink(missing_ok=True)
        sync(self.root)


def _taken(lock: int) -> bool:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _read_if_there[T](path: Path, form: TypeAdapter[T]) -> T | None:
    return _read(path, form) if path.exists() else None


def _read[T](path: Path, form: TypeAdapter[T]) -> T:
    try:
        return form.validate_json(path.read_bytes())
    except (OSError, ValidationError) as error:
        raise ConfigurationError(f"{path}: damaged; import the list again, or remove this file") from error
