"""
What the gateway on this machine lost on the way to the log, as its spool still shows.

A record that the database did not take lies in `set-aside`, and what was damaged on the disk in a `.damaged`
file, until somebody removes them. Of gateways on other machines nothing is known here.
"""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from console.evidence.contents import SpoolLoss

HERE = "on the machine of the service"


def spool_losses(spool: Path | None) -> tuple[SpoolLoss, ...]:
    """What lies in this spool, oldest first; nothing where there is none, or it may not be looked into."""
    if spool is None:
        return ()
    try:
        return tuple(sorted(_losses(spool), key=lambda one: (one.at is None, one.at)))
    except OSError:
        return ()


def _losses(spool: Path) -> Iterator[SpoolLoss]:
    for file in sorted(spool.glob("slot-*/*")):
        found = file.lstat()
        at = datetime.fromtimestamp(found.st_mtime, UTC)
        if file.name == "set-aside" and found.st_size:
            yield SpoolLoss(
                HERE, "records that the database did not take were set aside, the last of them", at
            )
        elif file.suffix == ".damaged":
            yield SpoolLoss(HERE, "records were lost where a file of them was damaged, noticed", at)
