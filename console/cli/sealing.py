"""
`sluicegate sealing`: the key to sealed parts, its shares, and opening what was sealed, by two people.

`make-key`, `check-shares` and `open` need no gateway, no settings, no database and no network. They are for a
machine that is switched off again afterwards.
"""

import getpass
import os
import resource
import sys
from dataclasses import asdict
from datetime import UTC
from pathlib import Path
from typing import Annotated

import typer

from addons.sealing import key_name
from console.cli import show
from console.cli.options import AsJson, AsJsonLines, Because, reference_of
from console.cli.review import connect
from console.cli.review.export import check_name, say_key, take, taken
from console.cli.times import show_moment
from console.evidence.keys import VerifyKey, read_verify_key
from console.sealing.opened import Opened, open_rows
from console.sealing.shares import NEEDED, join, make_shares, public_key_of
from console.sealing.taken import Opening, Row, read_taken
from db.review.openings import SealedOpening
from policy.errors import ConfigurationError, EvidenceRefused, Refused
from policy.identifiers import show_reference
from policy.sealed import SealedPart

_OPENING = Annotated[str, typer.Argument(metavar="OPENING", help="Its reference, such as K7QF-2M9T.")]
_ShareFiles = Annotated[
    list[Path] | None,
    typer.Option("--share", metavar="FILE", help="A share in a file, twice; without it, both are typed in."),
]
_LONGEST_SHARE = 4096


def make_key(
    to: Annotated[Path, typer.Option(metavar="FOLDER", help="A new folder: a file for each holder.")],
    holder: Annotated[
        list[str],
        typer.Option(metavar="OFFICE", help="Who holds a share; three times, the last is the safe."),
    ],
) -> None:
    """
    Make the key that privileged decisions are sealed to.

    On a machine without a network, never on a gateway. It makes three files
    with one share each, to be printed, handed to the offices that are named
    and deleted: any two of them make the key, one alone tells nothing. The key
    itself is written nowhere. What it prints goes into the policy.

    Examples:
      sluicegate sealing make-key --to shares --holder "Data Protection Officer" \\
          --holder "Senior Information Risk Owner" --holder "the safe of the registry"
    """
    _leave_no_core()
    offices = [" ".join(office.split()) for office in holder]
    if len(offices) != 3 or len(set(offices)) != 3 or not all(offices):
        raise typer.BadParameter("three different holders", param_hint="--holder")
    try:
        to.mkdir(mode=0o700)
    except FileExistsError:
        raise Refused(f"{to}: there is something already; name a new folder") from None
    made = make_shares()
    name = key_name(bytes.fromhex(made.public_key)).hex()
    for number, (office, share) in enumerate(zip(offices, made.shares, strict=True), 1):
        sheet = to / f"share-{number}.txt"
        with open(
            sheet, "x", encoding="utf-8", opener=lambda path, flags: os.open(path, flags, 0o600)
        ) as file:
            file.write(_sheet(number, office, share, made.public_key, name))
    show.line(f'[sealing]\npublic_key = "{made.public_key}"')
    show.note(
        f"{to}: three shares of key {name}; print each, hand it over, delete the files, and put the two "
        "lines above into the policy"
    )


def check_shares(
    share: _ShareFiles = None,
    public_key: Annotated[
        str | None, typer.Option(metavar="KEY", help="As the policy has it: whether they make that one.")
    ] = None,
) -> None:
    """
    Whether two shares still make the key.

    Shares are lost and offices change hands: try them once a year. Prints the
    public half of the key that they make, and opens nothing.

    Examples:
      sluicegate sealing check-shares --public-key 5f3c…
    """
    _leave_no_core()
    found = public_key_of(_shares(share))
    show.line(found)
    if public_key is not None and public_key.strip().lower() != found:
        raise EvidenceRefused(
            "these two shares make another key than the one given; look which key they are of"
        )


def request(
    authority: Annotated[str, typer.Argument(metavar="AUTHORITY", help="Its reference, such as K7QF-2M9T.")],
    because: Because,
    as_json: AsJson = False,
) -> None:
    """
    Ask to open the sealed parts within an authority.

    The authority has to permit it (--sealed). Somebody of the office that the
    policy names for it (review.opened_by) agrees; then you take them out.

    Examples:
      sluicegate sealing request K7QF-2M9T --because "the leak of 3 March went to a solicitor's site"
    """
    _say(connect.review().sealed.request(reference_of(authority, "AUTHORITY"), because), as_json=as_json)


def agree(opening: _OPENING, because: Because, as_json: AsJson = False) -> None:
    """
    Agree that sealed parts are opened: the second person's word.

    Examples:
      sluicegate sealing agree M3TV-81QA --because "nothing less shows where it went"
    """
    _say(connect.review().sealed.agree(reference_of(opening, "OPENING"), because), as_json=as_json)


def refuse(opening: _OPENING, because: Because, as_json: AsJson = False) -> None:
    """
    Refuse it, or take your own request back.

    Examples:
      sluicegate sealing refuse M3TV-81QA --because "the firewall's log shows it"
    """
    _say(connect.review().sealed.refuse(reference_of(opening, "OPENING"), because), as_json=as_json)


def list_(as_json: AsJsonLines = False) -> None:
    """
    Openings that you asked for or may decide on.

    Examples:
      sluicegate sealing list
    """
    found = connect.review().sealed.list()
    if as_json:
        for one in found:
            show.json_line(asdict(one))
        return
    show.table(
        ["opening", "authority", "asked by", "at", "why", "state"],
        (
            (
                show_reference(one.id),
                show_reference(one.authority),
                one.requested_by,
                show_moment(one.requested_at),
                one.because,
                _state(one),
            )
            for one in found
        ),
    )


def take_(
    opening: _OPENING,
    output: Annotated[Path, typer.Option(metavar="FILE", help="A new file, whose name ends in .zip.")],
    as_json: AsJson = False,
) -> None:
    """
    Take the sealed parts out, once, still sealed.

    All that were sealed in the period of the authority: whose they are nobody
    knows before they are open. The file is signed, and says within which
    bounds it is opened. It is opened elsewhere, with two shares of the key.

    Examples:
      sluicegate sealing take M3TV-81QA --output sealed-114.zip
    """
    check_name(output)
    review = connect.review()
    key = VerifyKey(bytes.fromhex(review.evidence.key().public))
    found = take(review.sealed.take(reference_of(opening, "OPENING")), output, key)
    rows = sum(info.lines or 0 for info in found.manifest.files.values())
    if as_json:
        show.json_line(taken(output, found) | {"rows": rows})
        return
    show.line(f"{show.plain(str(output))}: {rows:,} sealed parts, {found.size:,} bytes, whole and signed")
    say_key(found)


def open_(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="What `sealing take` wrote.")],
    key: Annotated[Path, typer.Option(metavar="FILE", help="The service's public key (`review key`).")],
    share: _ShareFiles = None,
    as_json: AsJsonLines = False,
) -> None:
    """
    Open sealed parts with two shares, and show those within the bounds.

    On a machine without a network. Both holders type in their shares, which
    are not shown. What is not within the bounds of the authority is counted
    and not shown. Nothing is kept but what you write down.

    Examples:
      sluicegate sealing open sealed-114.zip --key organisation.pem
    """
    _leave_no_core()
    # By a key that came another way: the bounds are worth what the signature is.
    _, opening, rows = read_taken(file, read_verify_key(key))
    opened = open_rows(rows, join(_shares(share)), opening.bounds)
    if as_json:
        for row, part in opened.shown:
            show.json_line(
                asdict(part) | {"category": row.category, "verdict": row.verdict, "reference": row.reference}
            )
    else:
        _show(opening, opened)
    for number, what in (
        (opened.outside, "are not within the authority and are not shown"),
        (opened.other_key, "are sealed to another key; open them with its shares"),
        (opened.unfit, "are damaged, or not what a gateway seals"),
    ):
        if number:
            show.note(f"{number:,} {what}")
    if opened.unfit or (opened.other_key and not opened.shown):
        raise EvidenceRefused(f"{file}: not everything could be opened")


def _leave_no_core() -> None:
    """What is in memory now is not for a file, should this break off."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _show(opening: Opening, opened: Opened) -> None:
    show.line(
        f"opening {show_reference(opening.opening)} under authority {show_reference(opening.authority)}, "
        f"matter {show.plain(opening.matter)}: asked for by {show.plain(opening.requested_by)}, agreed to by "
        f"{show.plain(opening.agreed_by)} ({show.plain(opening.agreed_office)})"
    )
    show.table(
        ["at", "person", "unit", "how known", "address", "host", "path", "category", "verdict"],
        (_cells(row, part) for row, part in opened.shown),
    )


def _cells(row: Row, part: SealedPart) -> tuple[object, ...]:
    return (
        f"{part.at.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC",
        part.person,
        part.unit,
        part.how,
        part.client_ip,
        part.host,
        part.path,
        row.category,
        row.verdict,
    )


def _say(one: SealedOpening, *, as_json: bool) -> None:
    if as_json:
        show.json_line(asdict(one))
    else:
        show.line(f"{show_reference(one.id)}: {_state(one)}")


def _state(one: SealedOpening) -> str:
    if one.used_at is not None:
        return f"taken out by {show.plain(one.used_by or '')}"
    if one.decided is None:
        return "waits for the second person"
    return f"{one.decided.outcome} by {show.plain(one.decided.by)}"


def _shares(files: list[Path] | None) -> list[str]:
    if files:
        if len(files) != NEEDED:
            raise typer.BadParameter("two files", param_hint="--share")
        return [_share_in(file) for file in files]
    if not sys.stdin.isatty():
        raise ConfigurationError("nobody is here to type in a share; name two files with --share")
    return [getpass.getpass(f"Share of the {which} holder: ") for which in ("first", "second")]


def _share_in(file: Path) -> str:
    """The share of a sheet that `make-key` wrote, or a file with nothing but the words."""
    try:
        with file.open(encoding="utf-8") as lines:
            text = lines.read(_LONGEST_SHARE)
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"{file}: the share cannot be read: {error}") from error
    _, found, words = text.partition("\nWords:\n")
    return words if found else text


def _sheet(number: int, office: str, share: str, public_key: str, name: str) -> str:
    words = share.split()
    rows = [" ".join(words[at : at + 5]) for at in range(0, len(words), 5)]
    return (
        f"Share {number} of 3 of the key to sealed parts\n"
        f"Held by: {office}\n"
        f"Key: {name} ({public_key})\n\n"
        "Any two of the three shares open what the web filter sealed about privileged sites.\n"
        "Keep this sheet where only the holder of the office gets at it. Show it to nobody; type it\n"
        "in only for an opening that an authority permits and a second person agreed to. Who leaves\n"
        "the office hands it on. If it is lost, say so at once: a new key is made.\n"
        "\nWords:\n" + "\n".join(rows) + "\n"
    )
