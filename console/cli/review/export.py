"""`sluicegate review export`: what a review found, in one signed file that can be relied on elsewhere."""

import os
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import Annotated

import typer

from categories.durable import beside, sync
from console.cli import show
from console.cli.options import AsJson
from console.cli.review import asked, connect
from console.cli.review.asked import Narrowed
from console.evidence.keys import VerifyKey
from console.evidence.manifest import MARKING_LENGTH
from console.evidence.verifying import Verified, verify
from policy.errors import EvidenceRefused

Marking = Annotated[
    str, typer.Option(metavar="TEXT", help="The protective marking, such as OFFICIAL-SENSITIVE.")
]
ExportFile = Annotated[Path, typer.Option(metavar="FILE", help="A new file, whose name ends in .zip.")]


def export(
    authority: asked.AuthorityArgument,
    purpose: asked.PurposeOption,
    marking: Marking,
    output: ExportFile,
    since: asked.Since = None,
    until: asked.Until = None,
    person: asked.People = None,
    unit: asked.Units = None,
    category: asked.Categories = None,
    verdict: asked.Verdicts = None,
    host: asked.Host = None,
    of_list: asked.List = None,
    entry: asked.Entry = None,
    exemption: asked.Exemption = None,
    reference: asked.Reference = None,
    visits: asked.VisitsOnly = False,
    as_json: AsJson = False,
) -> None:
    """
    What a question within an authority finds, in one signed file.

    Every row that fits, as CSV and JSON, what stands beside each visit, the
    question, the authority, policies and lists, who had read which notice, how
    each person was known, what is missing, and a first page in plain English
    that says what all of it cannot show. Nothing is left out: what is more than
    20,000 rows is refused, and asked for in shorter periods.

    The file is for its owner only. `review verify` checks it anywhere.

    Examples:
      sluicegate review export K7QF-2M9T --purpose "the hearing" --marking OFFICIAL --output 114.zip
      sluicegate review export K7QF-2M9T --purpose "a site" --marking OFFICIAL --host bet.test --output 1.zip
    """
    check_name(output)
    if not marking.strip() or len(marking) > MARKING_LENGTH:
        raise typer.BadParameter(f"1 to {MARKING_LENGTH} characters", param_hint="--marking")
    question = asked.question(
        authority,
        purpose,
        Narrowed(
            *(since, until, person, unit, category, verdict, host, of_list, entry, exemption, reference),
            visits,
        ),
    )
    evidence = connect.review().evidence
    found = take(evidence.export(question, marking), output, VerifyKey(bytes.fromhex(evidence.key().public)))
    rows = sum(info.lines or 0 for name, info in found.manifest.files.items() if name == "decisions.jsonl")
    if as_json:
        show.json_line(taken(output, found) | {"rows": rows})
        return
    show.line(f"{show.plain(str(output))}: {rows:,} rows, {found.size:,} bytes, whole and signed")
    say_key(found)


def check_name(output: Path) -> None:
    """Look before anything is asked: nobody is looked into for a file that cannot be made."""
    if output.suffix.lower() != ".zip":
        raise typer.BadParameter(
            f"{show.plain(output.name)}: a name that ends in .zip", param_hint="--output"
        )
    if output.exists():
        raise EvidenceRefused(f"{output}: there is a file already; name another")
    if not output.parent.is_dir():
        raise EvidenceRefused(f"{output.parent}: there is no such folder")


def take(pieces: Iterable[bytes], output: Path, key: VerifyKey) -> Verified:
    """
    Write what the service sends, verify it, and only then give it its name.

    Raises `EvidenceRefused` where it is not whole, or somebody made a file of that name meanwhile.
    """
    temporary = beside(output)
    try:
        with open(temporary, "xb", opener=lambda path, flags: os.open(path, flags, 0o600)) as file:
            file.writelines(pieces)
            file.flush()
            os.fsync(file.fileno())
        found = verify(temporary, key)
        output.hardlink_to(temporary)
    except FileExistsError:
        raise EvidenceRefused(f"{output}: there is a file already; name another") from None
    finally:
        with suppress(FileNotFoundError):
            temporary.unlink()
    sync(output.parent)
    return found


def taken(file: Path, found: Verified) -> dict[str, object]:
    """What `--json` says of an export."""
    manifest = found.manifest.model_dump(exclude={"files", "format", "key"})
    return {"file": file, "fingerprint": found.fingerprint, **manifest, "bytes": found.size}


def say_key(found: Verified) -> None:
    """Say by which key it is signed."""
    show.line(f"key {found.fingerprint}")
