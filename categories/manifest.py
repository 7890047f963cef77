"""
What a compiled folder says about itself: whose lists it holds, and how to tell that it is whole.

Written last into a folder; a folder without it is not a Ruleset.
"""

import hashlib
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path

from pydantic import BaseModel, ConfigDict, NonNegativeInt, ValidationError

from categories import ENGINE
from policy.errors import ListRefused

NAME = "manifest.json"


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class ListInfo(_Part):
    """One list that takes part in a Ruleset."""

    name: str
    category: str
    format: str
    entries: int  # of its text; those on lines that are left out are not in force
    bad_lines: int
    lines: int
    sha256: str  # of its text, hex
    left_out: tuple[int, ...] = ()  # lines that an operator left out


class FileInfo(_Part):
    """A file of the folder."""

    size: NonNegativeInt
    sha256: str


class Manifest(_Part):
    """The contents of `manifest.json`."""

    engine: str
    digest: str
    built_at: datetime
    lists: tuple[ListInfo, ...]  # by name
    files: dict[str, FileInfo]


def describe(path: Path) -> FileInfo:
    """Size and checksum of a file."""
    with path.open("rb") as file:
        return FileInfo(size=path.stat().st_size, sha256=hashlib.file_digest(file, "sha256").hexdigest())


def write_manifest(folder: Path, digest: str, built_at: datetime, lists: Iterable[ListInfo]) -> Manifest:
    """Describe the folder as it is now."""
    files = {path.name: describe(path) for path in sorted(folder.iterdir())}
    manifest = Manifest(engine=ENGINE, digest=digest, built_at=built_at, lists=tuple(lists), files=files)
    (folder / NAME).write_text(manifest.model_dump_json(indent=1), encoding="utf-8")
    return manifest


def check_manifest(folder: Path) -> Manifest:
    """
    The manifest of a folder in which every file is what it was when it was written.

    All of it is read: 45 MB in some 40 ms, without holding the interpreter's lock, and afterwards it is
    in memory where it is needed anyway. Raises `ListRefused` naming the file that is not.
    """
    manifest = read_manifest(folder)
    if manifest.engine != ENGINE:
        raise _damaged(folder, NAME, f'is of engine "{manifest.engine}", this is engine "{ENGINE}"')
    for name, info in manifest.files.items():
        try:
            found = describe(folder / name)
        except OSError:
            raise _damaged(folder, name, "is missing") from None
        if found != info:
            raise _damaged(folder, name, "is damaged")
    return manifest


def read_manifest(folder: Path) -> Manifest:
    """What a folder says of itself, of whatever engine, and whole or not. Raises `ListRefused`."""
    try:
        return Manifest.model_validate_json((folder / NAME).read_bytes())
    except (OSError, ValidationError):
        raise _damaged(folder, NAME, "is missing or damaged") from None


def _damaged(folder: Path, name: str, what: str) -> ListRefused:
    return ListRefused(f"{folder / name}: {what}; build the Ruleset again: sluicegate lists activate")
