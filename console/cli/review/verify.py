"""`sluicegate review verify`: whether an export is as it was made. Needs no gateway, database or network."""

from datetime import UTC
from pathlib import Path
from typing import Annotated

import typer

from console.cli import show
from console.cli.options import AsJson
from console.evidence.keys import read_verify_key
from console.evidence.verifying import verify as verify_file
from policy.identifiers import show_reference


def verify(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The export.")],
    key: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="The public key, as the organisation gave it to you."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """
    Whether an export is whole and as it was signed.

    Nothing but the file is read: no settings, database or network. With --key
    it must be signed by that key; without it the fingerprint of the key that it
    is signed by is shown, to be compared with the one that the organisation
    told you by another way. Whoever makes a false export signs it too, with a
    key of their own.

    Examples:
      sluicegate review verify 114.zip --key organisation.pem
      sluicegate review verify 114.zip
    """
    found = verify_file(file, read_verify_key(key) if key is not None else None)
    manifest = found.manifest
    if as_json:
        show.json_line(
            {
                "file": file,
                "fingerprint": found.fingerprint,
                "key_known": found.key_known,
                "proofs": found.proofs,
                **manifest.model_dump(exclude={"format", "key"}),
                "bytes": found.size,
            }
        )
        return
    show.line(f"{show.plain(str(file))}: whole, and as it was signed")
    show.line(f"marking    {show.plain(manifest.marking)}")
    made_at = manifest.made_at.astimezone(UTC)
    authority = f", authority {show_reference(manifest.authority)}" if manifest.authority else ""
    show.line(
        f"made       {made_at:%Y-%m-%d %H:%M:%S} UTC by {show.plain(manifest.made_by)}{show.plain(authority)}"
    )
    for name, info in manifest.files.items():
        if info.lines is not None:
            show.line(f"rows       {info.lines:,} in {name}")
    if found.proofs:
        show.line(f"proved     {found.proofs:,} of them as the gateway sent them")
    show.line(f"signed by  {found.fingerprint}")
    if not found.key_known:
        show.note(
            "compare this fingerprint with the one the organisation gave you, or name its key with --key"
        )
