"""Files that are whole or not there, whenever the machine or the process is stopped."""

import os
import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_FORGOTTEN_SECONDS = 86_400


def write_whole(path: Path, data: bytes) -> None:
    """Put `data` at `path` in one step: whoever reads sees the old contents or the new."""
    temporary = beside(path)
    with writing_below(path.parent), temporary.open("xb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    put(temporary, path)


def put(temporary: Path, path: Path) -> None:
    """Give a finished, synchronised file, folder or link its name, in one step that lasts."""
    temporary.replace(path)
    sync(path.parent)


@contextmanager
def writing_below(folder: Path) -> Iterator[None]:
    """Where the disk is full, say which: an error in writing to an open file names none."""
    try:
        yield
    except OSError as error:
        if error.errno is not None and error.filename is None:
            error.filename = str(folder)
        raise


def beside(path: Path) -> Path:
    """A new name in the same folder, of a kind that `remove_unfinished` knows."""
    return path.with_name(f".unfinished-{secrets.token_hex(8)}")


def unfinished(folder: Path) -> list[Path]:
    """What writers that were stopped left behind."""
    return sorted(folder.glob(".unfinished-*"))


def forgotten(folder: Path) -> list[Path]:
    """Those of `unfinished` untouched for a day: for a folder that several may write in at once."""
    before = time.time() - _FORGOTTEN_SECONDS
    return [path for path in unfinished(folder) if _written_at(path) < before]


def _written_at(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except FileNotFoundError:  # finished meanwhile
        return time.time()


def sync(path: Path) -> None:
    """Wait until a file's contents, or a folder's names, are on the disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
