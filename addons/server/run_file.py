"""The small files in `run/`, each written by one process, so that a reader never sees half of one."""

import os
from contextlib import suppress
from pathlib import Path


def replace_file(path: Path, text: bytes) -> bool:
    """
    Replace a file by one rename. Whether it worked: nobody must die of being unable to say how it is.

    A full disk is when people ask how it is. Nothing can be written beside the file then, but its own few
    hundred bytes can be written over: they take no new block, and a reader who meets half of them asks again.
    """
    new = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        new.write_bytes(text)
        new.replace(path)
    except OSError:
        with suppress(OSError):
            new.unlink(missing_ok=True)
        try:
            with path.open("r+b") as file:
                file.write(text)
                file.truncate()
        except OSError:
            return False
    return True
