"""What reviewing lacks, as far as this machine and the register of people can tell: told by `check`."""

import socket
from collections.abc import Iterator, Sequence
from contextlib import closing
from datetime import datetime
from pathlib import Path
from urllib.parse import urlsplit

from addons.observe.status_socket import short_name
from console.evidence.keys import NAME
from db.person_rows import RegisteredPerson
from policy.people import fold_login
from policy.sections.review import Review
from policy.words import ReviewerRole

type Lack = tuple[str, str]
"""What it is about, and what is so and what follows."""

_SECONDS = 2.0
_ASKING = (
    ReviewerRole.LINE_MANAGER,
    ReviewerRole.PROFESSIONAL_STANDARDS,
    ReviewerRole.INFORMATION_SECURITY,
)
_NOT_SAID = (
    "neither it nor review.address says where the review service is: nobody can read the log from this "
    "machine (docs/review-service.md)"
)


def empty_offices(
    review: Review, people: Sequence[RegisteredPerson], now: datetime, *, seals: bool
) -> Iterator[Lack]:
    """The offices of the policy's `[review]` that nobody of the register holds, and what follows."""
    held = {
        fold_login(role.role)
        for person in people
        if person.disabled is None and (person.entry.ends is None or now < person.entry.ends)
        for role in person.held
        if now < role.until
    }

    def lack(key: str, offices: Sequence[str], follows: str) -> Iterator[Lack]:
        if held.isdisjoint(map(fold_login, offices)):
            who = (
                f"nobody of the register holds the office {' or '.join(offices)}" if offices else "no office"
            )
            yield key, f"{who}: {follows}"

    yield from lack("review.granted_by", review.granting, "no authority to look at anybody can be granted")
    asking = [office for role in _ASKING for office in review.role.of(role).offices]
    yield from lack("review.role", asking, "no authority to look at anybody can be asked for")
    for role, follows in (
        (ReviewerRole.AUDITOR, "nobody sees who looked at what"),
        (ReviewerRole.DATA_PROTECTION, "no legal hold can be placed, and no subject access be answered"),
    ):
        yield from lack(f"review.role.{role.replace('-', '_')}", review.role.of(role).offices, follows)
    if seals:
        opened_by = (review.opened_by,) if review.opened_by else ()
        yield from lack("review.opened_by", opened_by, "no sealed part can be opened")


def service_lacks(path: Path, address: str, *, named: bool, needed: bool) -> Iterator[Lack]:
    """
    Why the review service cannot be asked from here, if it cannot: at its `address`, or else its socket.

    `named`: whether the settings name the socket at `path`. `needed`: no command does without.
    """
    if address:
        parts = urlsplit(address)
        where, why = address, _refused((parts.hostname or "", parts.port or 443))
    elif named or path.is_socket():
        where, why = str(path), _refused(path)
    elif needed:
        yield "review.socket", _NOT_SAID
        return
    else:
        return
    if why:
        yield "review", f"{where}: the review service does not answer: {why}"


def _refused(at: Path | tuple[str, int]) -> str:
    """Why nobody takes a connection there; nothing where somebody does."""
    try:
        if not isinstance(at, Path):
            socket.create_connection(at, _SECONDS).close()
            return ""
        with short_name(at) as name, closing(socket.socket(socket.AF_UNIX)) as client:
            client.settimeout(_SECONDS)
            client.connect(name)
    except OSError as error:
        return error.strerror or str(error)
    return ""


def key_said(folder: Path) -> str:
    """Whether there is a key that exports are signed by."""
    try:
        there = (folder / NAME).exists()
    except PermissionError:
        return "the key that exports are signed by is not this account's to see"
    return (
        "there is a key that exports are signed by; sluicegate review key shows its fingerprint"
        if there
        else "no key yet that exports are signed by; the first export makes it"
    )
