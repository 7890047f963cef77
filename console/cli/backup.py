"""`sluicegate backup`: a gateway's own things into one file, while it serves."""

import hashlib
import os
import re
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated

import typer

from categories.durable import beside, sync, unfinished
from console.backup.archive import Manifest
from console.backup.making import make_backup
from console.cli import show
from console.cli.passphrase import new_passphrase
from console.cli.progress import progress
from console.cli.workplace import Workplace, workplace
from policy.errors import BackupRefused

# No backup takes as long.
_LONGEST = timedelta(days=1)


def backup(
    target: Annotated[
        Path, typer.Argument(metavar="FILE|FOLDER", help="A new file, or a folder for one named by the time.")
    ],
    with_ca: Annotated[
        bool,
        typer.Option("--with-ca", help="Also the authority's key and that of confidential lists, sealed."),
    ] = False,
    passphrase_file: Annotated[
        Path | None,
        typer.Option(metavar="PATH", help="Where the passphrase is; without it you are asked, twice."),
    ] = None,
    keep: Annotated[
        int | None,
        typer.Option(metavar="N", min=1, help="In a folder: remove all but this gateway's N newest."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object.")] = False,
) -> None:
    """
    Back up what this gateway needs to come back.

    Settings, policy, registers, change log, accesses, disposals, the texts of
    the lists, and the records that still wait in the spool; the gateway serves
    meanwhile. Not the decisions: a file of them would outlive their disposal,
    so they are backed up with the database (docs/day-two.md). Not the
    database's password. The authority's key only with --with-ca.

    The file is for its owner only. Keep the SHA-256 that is printed elsewhere.
    On PostgreSQL the login needs the role sluicegate_backup.

    Examples:
      sluicegate backup /var/backups/sluicegate --keep 14
      sluicegate backup before-the-move.tar --with-ca
    """
    if keep is not None and not target.is_dir():
        raise typer.BadParameter("is for a folder of backups", param_hint="--keep")
    if passphrase_file is not None and not with_ca:
        raise typer.BadParameter("goes with --with-ca", param_hint="--passphrase-file")
    now = datetime.now(UTC)
    at = workplace()
    file = _named(at, target, now) if target.is_dir() else target
    if file.exists():
        raise BackupRefused(f"{file}: is there already; name a new file")
    secret = new_passphrase(passphrase_file, "the authority in the backup") if with_ca else None
    manifest, digest = _write(at, file, now, secret)
    removed = _remove_older(at, target, keep) if keep is not None else []
    size = file.stat().st_size
    if as_json:
        show.json_line(
            {
                "file": file,
                "bytes": size,
                "sha256": digest,
                "members": len(manifest.members),
                "authority": manifest.authority,
                "removed": removed,
            }
        )
        return
    show.line(f"{show.plain(str(file))}: {len(manifest.members)} files, {size:,} bytes, SHA-256 {digest}")
    if not manifest.authority:
        show.note("the certificate authority is not in it (--with-ca)")
        if at.state.confidential_key.exists():
            show.note("nor is the key of the confidential lists, without which they match nothing")


def _write(at: Workplace, file: Path, now: datetime, secret: str | None) -> tuple[Manifest, str]:
    """Written beside and linked, so that under its own name a backup is whole, and no other is replaced."""
    temporary = beside(file)
    try:
        with temporary.open("x+b") as opened, progress() as say:
            os.fchmod(opened.fileno(), 0o600)
            manifest = make_backup(at, opened, now, say, passphrase=secret, named=file.name)
            opened.flush()
            os.fsync(opened.fileno())
            opened.seek(0)
            digest = hashlib.file_digest(opened, "sha256").hexdigest()
        file.hardlink_to(temporary)
    except FileExistsError:
        raise BackupRefused(f"{file}: is there already; name a new file") from None
    finally:
        temporary.unlink(missing_ok=True)
    sync(file.parent)
    return manifest, digest


def _named(at: Workplace, folder: Path, now: datetime) -> Path:
    return folder / f"{_prefix(at)}{now:%Y%m%dT%H%M%SZ}.tar"


def _prefix(at: Workplace) -> str:
    name = re.sub(r"[^A-Za-z0-9_-]+", "-", at.settings.gateway.name)
    return f"sluicegate-{name}-"


def _remove_older(at: Workplace, folder: Path, keep: int) -> list[str]:
    """Remove this gateway's older backups, by the time in their names."""
    ours = re.compile(re.escape(_prefix(at)) + r"\d{8}T\d{6}Z\.tar")
    older = sorted(path for path in folder.iterdir() if ours.fullmatch(path.name))[:-keep]
    # Of backups that were killed: they hold what a backup holds. Another gateway may be writing one now.
    killed = [path for path in unfinished(folder) if _age(path) > _LONGEST]
    for path in (*older, *killed):
        with suppress(FileNotFoundError):
            path.unlink()
    return [path.name for path in older]


def _age(path: Path) -> timedelta:
    try:
        written = datetime.fromtimestamp(path.stat().st_mtime, UTC)
    except FileNotFoundError:
        return timedelta()
    return datetime.now(UTC) - written
