"""
What goes into a backup, and in which order.

The spool first, then the database: a record that was shipped in between stands in both and becomes one row,
while the other way round it would stand in neither. Nothing is stopped for it: segments only grow, texts of
lists never change, and the tables are read in one transaction.

The database's password stays out. A backup is copied to more places than the settings are.
"""

import os
import re
import tempfile
import tomllib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from importlib.metadata import version
from pathlib import Path
from typing import BinaryIO

import msgspec

from categories.library_files import LibraryFiles
from console.backup.archive import ArchiveWriter, Manifest
from console.backup.seal import seal
from console.cli.settings import without_password
from console.cli.workplace import Workplace
from db.access import record_access
from db.backup import reading_tables, table_names
from db.engine import make_engine
from db.engine import place as where
from db.settings import STARS
from db.spool_backup import waiting
from db.upgrade import Schema, ensure_schema, needed_revision, schema
from policy.errors import BackupRefused, ConfigurationError

SETTINGS = "settings.toml"
POLICY = "policy.toml"
AUTHORITY = "authority.sealed"
CONFIDENTIAL_KEY = "confidential-key.sealed"
MOST_AUTHORITY_BYTES = 1 << 20
DISTRIBUTION = "sluicegate"
_PATIENCE_SECONDS = 300.0  # a Ruleset of four million entries is built in less

# Whatever else is written like an address with a password, in a comment for example.
_LOGIN = re.compile(r"""(://[^\s/:@"']+):[^\s/@"']+@""")

type Say = Callable[[str, int, int], None]


def make_backup(
    place: Workplace, file: BinaryIO, now: datetime, say: Say, *, passphrase: str | None, named: str
) -> Manifest:
    """
    Write a backup into `file`; with a passphrase the authority too.

    `named` is what the Access says was made. Raises `ConfigurationError`, `DatabaseAway`, or `BackupRefused`
    where there is no authority to back up.
    """
    engine = make_engine(place.settings.database, place.state.root)
    if schema(engine) is Schema.EMPTY:
        raise BackupRefused(f"{where(engine)}: there is nothing to back up: the database has no tables yet")
    ensure_schema(engine)
    record_access(engine, what="backup", question={"file": named, "authority": passphrase is not None})
    writer = ArchiveWriter(file, now)
    if place.effective.file is not None:
        writer.add(SETTINGS, settings_without_password(place.effective.file))
    writer.add(POLICY, place.settings.policy_file.read_bytes())
    if passphrase is not None:
        writer.add(AUTHORITY, seal(_authority(place.state.ca), passphrase))
        if place.state.confidential_key.exists():
            # In clear it would lie beside the very digests that it opens.
            writer.add(CONFIDENTIAL_KEY, seal(place.state.confidential_key.read_bytes(), passphrase))
    for segment in waiting(place.state.spool):
        say("copying the spool", 0, 0)
        writer.add(f"spool/{segment.name}", segment.data)
    with _unchanged(place.library.files):
        pieces = list(_lists(place.library.files))
        for done, (name, path) in enumerate(pieces):
            say("copying lists", done, len(pieces))
            with path.open("rb") as source:
                writer.add(name, source)
    with reading_tables(engine) as lines_of:
        for table in table_names():
            say(f"copying {table}", 0, 0)
            with tempfile.TemporaryFile(dir=Path(file.name).parent) as lines:
                lines.writelines(lines_of(table))
                lines.seek(0)
                writer.add(f"database/{table}.jsonl", lines)
    return writer.finish(
        gateway=place.settings.gateway.name,
        release=version(DISTRIBUTION),
        revision=needed_revision(),
        authority=passphrase is not None,
    )


def settings_without_password(file: Path) -> bytes:
    """The text of a settings file, with stars for the database's password. Raises `ConfigurationError`."""
    text = file.read_text("utf-8")
    url = tomllib.loads(text).get("database", {}).get("url")
    if url is not None and (hidden := without_password(url)) != url:
        if url not in text:
            raise ConfigurationError(
                f"{file}: database.url: write it without escapes, so that a backup can leave its password out"
            )
        text = text.replace(url, hidden)
    return _LOGIN.sub(rf"\1:{STARS}@", text).encode()


@contextmanager
def _unchanged(files: LibraryFiles) -> Iterator[None]:
    """While nobody changes the lists; where this machine may not write there it cannot ask, and goes on."""
    if not os.access(files.root, os.W_OK):
        yield
        return
    with files.locked(patience=_PATIENCE_SECONDS):
        if files.becoming() is not None:
            raise BackupRefused(
                f"{files.root}: a change of lists was stopped half way; finish it: sluicegate lists rebuild"
            )
        yield


def _lists(files: LibraryFiles) -> Iterator[tuple[str, Path]]:
    """The library's files by the names they get: the small ones, and every text."""
    for path in files.small_files():
        yield f"lists/{path.relative_to(files.root)}", path
    for path in sorted((files.root / "texts").glob("*.gz")):
        # One that is being written has another name.
        if not path.name.startswith("."):
            yield f"lists/texts/{path.name}", path


def _authority(folder: Path) -> bytes:
    """Every file of the authority's folder, as one text to be sealed."""
    files = {path.name: path.read_text("ascii") for path in sorted(folder.glob("*.pem"))}
    if not files:
        raise BackupRefused(f"{folder}: there is no authority to back up; leave --with-ca out")
    return msgspec.json.encode(files)
