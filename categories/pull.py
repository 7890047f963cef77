"""
Taking Rulesets from a folder that several gateways share.

A worker maps the files of the Ruleset in force. Mapped from a file server that goes away, they would stop
the worker in the middle of a request, or end it: the kernel has nothing to give it and nobody to tell. So
no worker ever reads a shared folder. One process of each gateway looks there twice a second; where another
Ruleset is in force it copies the folder, compares it with its manifest, and puts it in force here. A
shared folder that is away, slow or damaged costs a gateway its news and nothing else, and what hangs with
it is that process alone.
"""

import logging
import os
import re
import shutil
import threading
from collections.abc import Callable
from pathlib import Path

from categories.confidential.index import COLUMNS as CONFIDENTIAL
from categories.manifest import NAME, read_manifest
from categories.store import RulesetStore
from policy.errors import ListRefused

_log = logging.getLogger(__name__)

POLL_SECONDS = 0.5
# While something is in the way: a damaged Ruleset is copied anew to be looked at.
AGAIN_SECONDS = 3.0
_DIGEST = re.compile(r"[0-9a-f]{64}")
_FILE = re.compile(r"[a-z][a-z0-9._-]{0,63}")
_CHUNK = 1 << 20
# Five million hosts take 45 MB. Whoever may write there must not be able to fill our disk.
_MOST_BYTES = 1 << 30
_MOST_MANIFEST_BYTES = 1 << 24


def pull(source: RulesetStore, store: RulesetStore) -> str | None:
    """
    Put in force in `store` what is in force in `source`; its digest, None where that is so already.

    Raises `ListRefused` or `OSError`, and then what is in force stays.
    """
    digest = source.current_digest()
    if digest is None or not _DIGEST.fullmatch(digest):
        raise ListRefused(f"{source.root}: no Ruleset is in force there")
    if digest == store.current_digest():
        return None
    if not _opens(store, digest):
        with store.building() as temporary:
            try:
                _copy(source.folder(digest), temporary, store.key_file)
                found = store.open(temporary).digest
            except ListRefused as error:
                # As it is called there: our own folder has another name each time, and is gone.
                raise ListRefused(str(error).replace(str(temporary), str(source.folder(digest)))) from error
            if found != digest:
                raise ListRefused(f"{source.folder(digest)}: holds another Ruleset than its name says")
            store.adopt(temporary, digest)
    store.put_in_force(digest)
    store.prune()
    return digest


def keep_pulling(
    source: RulesetStore, store: RulesetStore, stop: threading.Event, well: Callable[[], object]
) -> None:
    """
    Pull twice a second until `stop` is set; what is in the way is logged once, and when it is over.

    `well` is called after each look that nothing was in the way of: of one that hangs there is no other word.
    """
    refused: str | None = None
    while not stop.wait(POLL_SECONDS if refused is None else AGAIN_SECONDS):
        try:
            digest = pull(source, store)
        except (ListRefused, OSError) as error:
            if str(error) != refused:
                refused = str(error)
                _log.error("the Ruleset in force stays; the shared folder: %s", refused)
            continue
        if refused is not None:
            refused = None
            _log.warning("Rulesets are taken from the shared folder again")
        if digest is not None:
            _log.info("Ruleset %s is in force", digest[:12])
        well()


def _opens(store: RulesetStore, digest: str) -> bool:
    try:
        store.open(store.folder(digest))
    except ListRefused:
        return False
    return True


def _copy(source: Path, target: Path, key_file: Path) -> None:
    """The manifest and the files that it names, each no longer than it says."""
    _copy_file(source / NAME, target / NAME, _MOST_MANIFEST_BYTES)
    files = read_manifest(target).files
    if CONFIDENTIAL in files and not key_file.exists():
        # Said before all of it is copied: it is tried again every few seconds.
        raise ListRefused(
            f"{source}: has confidential lists, and their key is not here ({key_file}); "
            "copy it from where they are imported"
        )
    total = sum(info.size for info in files.values())
    if total > min(_MOST_BYTES, shutil.disk_usage(target).free // 2):
        raise ListRefused(f"{source / NAME}: {total} bytes are too many for a Ruleset, or for the disk here")
    for name, info in files.items():
        if not _FILE.fullmatch(name) or name == NAME:
            raise ListRefused(f"{source / NAME}: names {name!r}, which is no file of a Ruleset")
        _copy_file(source / name, target / name, info.size)


def _copy_file(source: Path, target: Path, size: int) -> None:
    # Whoever may write there must not be able to have us read some other file of this machine.
    descriptor = os.open(source, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    with os.fdopen(descriptor, "rb") as read, target.open("xb") as written:
        left = size
        while left and (chunk := read.read(min(_CHUNK, left))):
            written.write(chunk)
            left -= len(chunk)
