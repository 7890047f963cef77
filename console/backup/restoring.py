"""
From an archive to a gateway that may be started.

Everything is made in a folder inside the empty state folder and moved out of it last, so that a restore that
is refused, fails or is broken off leaves the state folder as it was. While that folder is there no other
command uses this state folder (`State.create`): a restore that was killed between two moves is not taken for
a gateway, and the next one begins afresh.

Settings and policy are often the administrator's own files elsewhere, under another account. What is on this
machine already is used and left as it is; the archive's take their places only inside the state folder.

Retention is applied before anything can be served: to the spool record by record, to the tables by an
ordinary disposal, which leaves its ordinary record.
"""

import fcntl
import gzip
import hashlib
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import msgspec

from addons.ca.folder import CaFolder
from categories.confidential.key import NAME as KEY_FILE
from categories.confidential.key import read_key, write_key
from categories.durable import beside, put, sync
from categories.list_change import Disable
from console.backup.archive import Archive
from console.backup.making import AUTHORITY, CONFIDENTIAL_KEY, MOST_AUTHORITY_BYTES, POLICY, SETTINGS
from console.backup.seal import unseal
from console.cli.settings import Effective, read_settings
from console.cli.state import UNFINISHED_RESTORE, State
from console.cli.workplace import Workplace
from console.lists.confidential import confidential_lists
from db.backup import MOST_LINE_BYTES, is_empty, record_restore, restore_tables, table_names
from db.dispose import Disposed, dispose
from db.engine import make_engine
from db.engine import place as where
from db.settings import STARS
from db.spool_backup import MOST_SEGMENT_BYTES, put_back, within_days
from db.upgrade import Schema, ensure_schema, knows, schema, upgrade
from policy.document import MOST_BYTES as MOST_POLICY_BYTES
from policy.document import SHIPPED, read_policy
from policy.errors import BackupRefused, ConfigurationError

_MOST_SETTINGS_BYTES = 1 << 20
_MOST_RECORD_BYTES = 16 << 20
# Lists of names pack to a fifth. Beyond this a text was made to grow.
_MOST_GROWTH = 200
# What an administrator may have put there before, and what a disk of its own brings along.
_MAY_BE_THERE = {"sluicegate.toml", "policy.toml", "lost+found", UNFINISHED_RESTORE, KEY_FILE}

type Say = Callable[[str, int, int], None]


@dataclass(frozen=True, slots=True)
class Restored:
    """What came back."""

    rows: dict[str, int]  # by table; empty where the database was kept
    records: int  # of the spool, that wait to be shipped
    past_their_days: int  # records of the spool that did not come back
    disposed: tuple[Disposed, ...]
    lists: int
    authority: bool
    ruleset: str  # the digest in force
    notes: tuple[str, ...]  # what is not as it was, for the person who restores


def restore(
    archive: Archive,
    state: State,
    now: datetime,
    say: Say,
    *,
    passphrase: str | None,
    keep_database: bool,
) -> Restored:
    """
    Restore into an empty state folder and an empty database.

    With `keep_database` the database is left as it is and only the rest comes back. Raises `BackupRefused`,
    `ConfigurationError`, `ListRefused` or `DatabaseAway`, and then nothing has changed but, at worst, an
    empty database that has got its tables.
    """
    made_by = archive.manifest
    if not knows(made_by.revision):
        raise BackupRefused(
            f"{archive.path}: made by release {made_by.release} with schema {made_by.revision}, which this "
            "release does not know; restore with that release or a later one"
        )
    sealed = _unsealed(archive, passphrase)
    with _staging(state) as staging:
        place, notes = _prepare(archive, state, staging)
        engine = make_engine(place.settings.database, place.state.root)
        try:
            if schema(engine) is Schema.EMPTY:
                upgrade(engine)
            ensure_schema(engine)
            if not keep_database and not is_empty(engine):
                raise BackupRefused(
                    f"{where(engine)}: the database is not empty: take another one, or leave it as it is and "
                    "restore the rest beside it with --keep-database"
                )
            _restore_authority(place.state.ca, sealed)
            _restore_confidential_key(archive, state, place.state, passphrase)
            lists = _restore_lists(archive, place.lists, say)
            records, past = _restore_spool(archive, place, now, say)
            if place.store.current_digest() is None:
                # Also where it is shared: whoever restores means it.
                notes += _without_key(place, state)
                place.build()
            what = {"backup": archive.path.name, "made_at": made_by.made_at.isoformat()}
            rows: dict[str, int] = {}
            if keep_database:
                record_restore(engine, what)
            else:
                lines = {table: _lines(archive, table, say) for table in table_names()}
                rows = restore_tables(engine, lines, what)
            say("disposing", 0, 0)
            disposed = dispose(engine, place.policy, now)
        finally:
            engine.dispose()
        digest = place.store.current_digest() or ""
        if AUTHORITY in archive.names and passphrase is None:
            notes.append("the authority is in the backup and was not restored: it takes --with-ca")
    return Restored(rows, records, past, tuple(disposed), lists, sealed != {}, digest, tuple(notes))


@contextmanager
def _staging(state: State) -> Iterator[State]:
    """A folder to restore into. Its contents are moved into the state folder at the end, or removed."""
    folder = state.root / UNFINISHED_RESTORE
    state.make()
    with _alone(state.root):
        _clear(state.root, folder)
        folder.mkdir(mode=0o700)
        try:
            yield State(folder)
            for path in folder.rglob("*"):
                if path.is_file() and not path.is_symlink():
                    sync(path)
        except BaseException:
            _remove(folder)
            raise
        for path in sorted(folder.iterdir()):
            path.rename(state.root / path.name)
        sync(state.root)
        folder.rmdir()
        sync(state.root)


@contextmanager
def _alone(root: Path) -> Iterator[None]:
    lock = os.open(root, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise BackupRefused(f"{root}: another restore is running here; let it end") from None
        yield
    finally:
        os.close(lock)


def _clear(root: Path, folder: Path) -> None:
    """Remove what a restore that was killed left; refuse what anybody else did."""
    if folder.exists():
        # Whatever else is here, it had moved here: it began with an empty folder, and nobody else came since.
        for path in root.iterdir():
            if path.name not in _MAY_BE_THERE:
                _remove(path)
        _remove(folder)
    there = sorted(path.name for path in root.iterdir() if path.name not in _MAY_BE_THERE)
    if there:
        raise BackupRefused(
            f"{root}: not empty ({', '.join(there[:3])}): restore where there is no gateway yet, or "
            "move this folder away first"
        )


def _prepare(archive: Archive, state: State, staging: State) -> tuple[Workplace, list[str]]:
    """Settings and policy, as they are on this machine or else as they were; and what is to be said of it."""
    notes: list[str] = []
    effective = read_settings(state)
    if SETTINGS in archive.names:
        text = archive.read(SETTINGS, _MOST_SETTINGS_BYTES)
        if effective.file is None:
            (staging.root / "sluicegate.toml").write_bytes(text)
            effective = read_settings(staging)
            notes.append(f"the settings came back as {state.root / 'sluicegate.toml'}")
        elif effective.file.read_bytes() != text:
            notes.append(
                f"{effective.file} is used as it is; the backup's differ: tar -xOf {archive.path} {SETTINGS}"
            )
    url = effective.settings.database.url
    # Stars after a "?" would be read as no options at all: without `sslmode` nobody would look who answers.
    if url is not None and STARS in url.get_secret_value():
        raise ConfigurationError(
            "database.url: a backup holds neither its password nor its options: give the whole address as "
            f"SLUICEGATE_DATABASE__URL now, and write it into {state.root / 'sluicegate.toml'} afterwards"
        )
    policy_file = _restore_policy(archive, state, staging, effective.settings.policy_file, notes)
    settings = effective.settings.model_copy(update={"policy_file": policy_file})
    return Workplace(staging, Effective(settings, effective.file), read_policy(policy_file)), notes


def _restore_policy(archive: Archive, state: State, staging: State, wanted: Path, notes: list[str]) -> Path:
    """Where the policy is to be read now: the file that is there, or the archive's in its place."""
    if POLICY not in archive.names:
        raise BackupRefused(f"{archive.path}: {POLICY}: is missing; take another backup")
    text = archive.read(POLICY, MOST_POLICY_BYTES)
    if wanted.exists():
        if wanted.read_bytes() != text and wanted != SHIPPED:
            notes.append(f"{wanted} is used as it is; the backup's differs: tar -xOf {archive.path} {POLICY}")
        elif wanted.read_bytes() != text:
            notes.append("the policy that this release ships is used; it differs from the one in the backup")
        return wanted
    for root in (staging.root, state.root):
        if wanted.is_relative_to(root) and ".." not in wanted.parts:
            place = staging.root / wanted.relative_to(root)
            place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            place.write_bytes(text)
            return place
    raise ConfigurationError(
        f"{wanted}: the policy belongs there and is not: tar -xOf {archive.path} {POLICY} > {wanted}"
    )


def _unsealed(archive: Archive, passphrase: str | None) -> dict[str, str]:
    if passphrase is None:
        return {}
    if AUTHORITY not in archive.names:
        raise BackupRefused(f"{archive.path}: no authority is in this backup; leave --with-ca out")
    opened = unseal(archive.read(AUTHORITY, MOST_AUTHORITY_BYTES), passphrase)
    try:
        files = msgspec.json.decode(opened, type=dict[str, str])
    except msgspec.DecodeError as error:
        raise BackupRefused(f"{archive.path}: {AUTHORITY}: {error}") from error
    if any(Path(name).name != name or Path(name).suffix != ".pem" for name in files):
        raise BackupRefused(f"{archive.path}: {AUTHORITY}: holds what is no file of an authority")
    return files


def _restore_authority(folder: Path, files: dict[str, str]) -> None:
    if not files:
        return
    folder.mkdir(mode=0o700)
    for name, text in files.items():
        path = folder / name
        path.write_text(text, "ascii")
        path.chmod(0o600)
    # Raises where it is none.
    CaFolder(folder).in_force()


def _restore_confidential_key(archive: Archive, state: State, staging: State, passphrase: str | None) -> None:
    """The key of the confidential lists: the backup's, or one that was brought here before."""
    if passphrase is not None and CONFIDENTIAL_KEY in archive.names:
        text = unseal(archive.read(CONFIDENTIAL_KEY, MOST_AUTHORITY_BYTES), passphrase)
    elif state.confidential_key.exists():
        text = state.confidential_key.read_bytes()
    else:
        return
    write_key(staging.confidential_key, text)
    # Raises where it is none.
    read_key(staging.confidential_key)


def _without_key(place: Workplace, state: State) -> list[str]:
    """Where their key did not come back, confidential lists take no part: a gateway without them is one."""
    if read_key(place.state.confidential_key) is not None:
        return []
    disabled = set(place.library.files.state().disabled)
    lists = [name for name in confidential_lists(place) if name not in disabled]
    for name in lists:
        place.library.apply(Disable(name=name), because="restored without the key of the confidential lists")
    if not lists:
        return []
    named = ", ".join(lists)
    return [
        f"{named}: confidential, and the key is not here: disabled, so that they match nothing. Bring it to "
        f"{state.confidential_key} and run for each: sluicegate lists enable NAME"
    ]


def _restore_lists(archive: Archive, root: Path, say: Say) -> int:
    """The library, each text compared with its name. One that is there already is others' too, and stays."""
    if root.exists():
        return 0
    root.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    folder = beside(root)
    names = sorted(name for name in archive.names if name.startswith("lists/"))
    try:
        folder.mkdir(mode=0o700)
        for done, name in enumerate(names):
            say("restoring lists", done, len(names))
            path = folder / name.removeprefix("lists/")
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            with path.open("xb") as file:
                file.writelines(archive.chunks(name))
            if path.suffix == ".gz":
                _refuse_other_text(archive, name, path)
            elif path.stat().st_size > _MOST_RECORD_BYTES:
                raise BackupRefused(f"{archive.path}: {name}: larger than any of ours")
        put(folder, root)
    finally:
        _remove(folder)
    return sum(name.endswith(".json") and name.count("/") == 1 for name in names)


def _refuse_other_text(archive: Archive, name: str, path: Path) -> None:
    digest, size, most = hashlib.sha256(), 0, path.stat().st_size * _MOST_GROWTH + (1 << 20)
    try:
        with gzip.open(path) as text:
            while block := text.read(1 << 20):
                digest.update(block)
                size += len(block)
                if size > most:
                    raise BackupRefused(f"{archive.path}: {name}: grows without measure when it is read")
    except (OSError, EOFError) as error:
        raise BackupRefused(f"{archive.path}: {name}: not a packed text: {error}") from error
    if digest.hexdigest() != path.name.removesuffix(".gz"):
        raise BackupRefused(f"{archive.path}: {name}: not the text that its name says")


def _restore_spool(archive: Archive, place: Workplace, now: datetime, say: Say) -> tuple[int, int]:
    keep = within_days(place.policy, now)
    there = past = 0
    for name in sorted(name for name in archive.names if name.startswith("spool/")):
        say("restoring the spool", 0, 0)
        data = archive.read(name, MOST_SEGMENT_BYTES)
        kept, left_out = put_back(place.state.spool, name.removeprefix("spool/"), data, keep)
        there, past = there + kept, past + left_out
    return there, past


def _lines(archive: Archive, table: str, say: Say) -> Iterator[bytes]:
    name = f"database/{table}.jsonl"
    if name not in archive.names:
        return
    say(f"restoring {table}", 0, 0)
    rest = b""
    for chunk in archive.chunks(name):
        *lines, rest = (rest + chunk).split(b"\n")
        yield from lines
        if len(rest) > MOST_LINE_BYTES:
            raise BackupRefused(f"{archive.path}: {name}: a line is longer than any of ours")
    if rest:
        raise BackupRefused(f"{archive.path}: {name}: the last line has no end")


def _remove(path: Path) -> None:
    with suppress(FileNotFoundError):
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink()
