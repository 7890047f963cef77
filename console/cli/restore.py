"""`sluicegate restore`: from a backup to a gateway that may be started."""

from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from console.backup.archive import Archive
from console.backup.restoring import Restored
from console.backup.restoring import restore as restore_into
from console.cli import show
from console.cli.passphrase import ask_passphrase
from console.cli.progress import progress
from console.cli.state import state_folder


def restore(
    file: Annotated[Path, typer.Argument(metavar="FILE", help='What "sluicegate backup" made.')],
    with_ca: Annotated[
        bool, typer.Option("--with-ca", help="Also the authority, if it is in the backup.")
    ] = False,
    passphrase_file: Annotated[
        Path | None, typer.Option(metavar="PATH", help="Where the passphrase is; without it you are asked.")
    ] = None,
    keep_database: Annotated[
        bool,
        typer.Option("--keep-database", help="Leave the database as it is, and restore the rest beside it."),
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object.")] = False,
) -> None:
    """
    Restore a backup on an empty machine.

    The state folder must be empty and the database too, unless it is kept.
    Every checksum is compared before anything is written, and what is refused
    or broken off leaves nothing behind. The lists are built, and what is past
    its days by the policy is disposed of, before the gateway can be started.
    Settings and policy files that are on this machine already are used as they
    are.

    On PostgreSQL the login must be one that may upgrade (docs/database.md).
    Run it under the gateway's own account.

    Examples:
      sluicegate restore sluicegate-gateway-20261122T020000Z.tar
      sluicegate restore before-the-move.tar --with-ca
    """
    if passphrase_file is not None and not with_ca:
        raise typer.BadParameter("goes with --with-ca", param_hint="--passphrase-file")
    state = state_folder()
    with progress() as say:
        archive = Archive.open(file, lambda done, total: say("comparing checksums", done, total))
    with archive:
        secret = ask_passphrase(passphrase_file, "the authority in the backup") if with_ca else None
        with progress() as say:
            done = restore_into(
                archive, state, datetime.now(UTC), say, passphrase=secret, keep_database=keep_database
            )
    if as_json:
        show.json_line(asdict(done) | {"state": state.root, "made_at": archive.manifest.made_at})
        return
    _print(done, state.root)


def _print(done: Restored, root: Path) -> None:
    for table, count in done.rows.items():
        show.line(f"{table:<12} {count:,} rows")
    gone = sum(one.rows for one in done.disposed)
    show.line(f"{'spool':<12} {done.records:,} records that wait to be shipped")
    show.line(f"{'past days':<12} {done.past_their_days:,} records and {gone:,} rows did not come back")
    show.line(f"{'lists':<12} {done.lists:,}, Ruleset {done.ruleset[:12]} in force")
    show.line(f"restored into {show.plain(str(root))}; look at it with: sluicegate check")
    for note in done.notes:
        show.note(note)
