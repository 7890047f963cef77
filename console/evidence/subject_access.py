"""
`subject-access`, as the review service does it: everything that is kept about one person, for that person.

Judged and recorded as every look is, and made by who has the role for it: never about themselves or their own
line manager. The rows come one after another and are written as they come, since there may be very many.
"""

import json
import tempfile
from collections.abc import Iterator, Sequence
from datetime import datetime
from enum import StrEnum
from typing import BinaryIO

from console.cli.show import as_json
from console.evidence.contents import Row
from console.evidence.first_page import FirstPage, Section, checking_section, files_section
from console.evidence.keys import SigningKey
from console.evidence.limits import cannot_show, moment
from console.evidence.making import About, File, write_export
from console.evidence.row_files import as_csv, as_json_lines
from console.evidence.summary import Summary, summary
from console.review.parts import Parts
from console.review.recording import Recording
from db.review.looks import Look
from db.review.subject import Kept, decisions_about, kept_about
from db.upgrade import needed_revision
from policy.document import Policy
from policy.errors import EvidenceRefused, ReviewRefused
from policy.people import fold_login
from policy.review.reviewer import Reviewer
from policy.words import ReviewerRole

WHAT = "subject access"
MARKING = "PERSONAL DATA"
LONGEST_BECAUSE = 500
_CHUNK = 1 << 18
# That a legal hold keeps a row may be what they are not to know; nor may what is signed say that none does.
_NOT_TOLD = ("held",)


class SubjectAccess:
    """What one person may hand to people about themselves."""

    def __init__(self, parts: Parts, reviewer: Reviewer) -> None:
        self._parts = parts
        self._reviewer = reviewer
        self._recording = Recording(parts.looks, reviewer)

    def access(self, login: str, because: str) -> Iterator[bytes]:
        """
        Everything that they have a right to see. Nothing comes before all of it is made.

        Raises `ReviewRefused` and `DatabaseAway`.
        """
        login = fold_login(login)
        question = {"organisation": self._reviewer.organisation, "person": login}
        with self._recording.refusals(WHAT, question, purpose=because):
            self._refuse(login, because)
        key = self._parts.signing_key()
        with tempfile.TemporaryFile() as file:
            with self._recording.look(WHAT, question, purpose=because, subject=login) as look:
                try:
                    rows = self._write(file, look, login, key)
                except EvidenceRefused as refused:
                    raise ReviewRefused(str(refused)) from refused
                look.seen(rows, "handed out")
            file.seek(0)
            yield from _chunks(file)

    def _refuse(self, login: str, because: str) -> None:
        self._recording.need(ReviewerRole.DATA_PROTECTION)
        if not because.strip() or len(because) > LONGEST_BECAUSE:
            raise ReviewRefused(
                f"say why, in 1 to {LONGEST_BECAUSE} characters: whose request it is, and its reference"
            )
        if login in {self._reviewer.login, self._reviewer.manager}:
            raise ReviewRefused(
                "nobody answers for themselves or their own line manager; let somebody else of your office "
                "do it"
            )

    def _write(self, file: BinaryIO, look: Look, login: str, key: SigningKey) -> int:
        now, organisation = self._parts.now(), self._reviewer.organisation
        about = About(
            kind="subject-access",
            marking=MARKING,
            made_at=now,
            made_by=self._reviewer.login,
            organisation=organisation,
            authority=None,
            access=str(look.access),
            revision=needed_revision(),
        )
        kept = kept_about(look.connection, organisation, login)
        with tempfile.TemporaryFile() as lines, tempfile.TemporaryFile() as table:
            rows = decisions_about(look.connection, organisation, login, now)
            found = summary(_written(map(Row, rows), lines, table))
            lines.seek(0)
            table.seek(0)
            files = [
                File("decisions.csv", "What the web filter decided about you, row by row.", _chunks(table)),
                File("decisions.jsonl", "The same, to be read by a program.", _chunks(lines), True),
                _page("what-is-kept.txt", "Whatever else is kept about you.", _kept_page(kept)),
                File("what-is-kept.json", "The same, to be read by a program.", _json(kept)),
            ]
            named = [(one.name, one.about) for one in files]
            page = subject_page(login, now, found, self._parts.policy, named, key.public.fingerprint)
            first = File("first-page.html", "What this is, and what it means.", page.as_html())
            text = _page("first-page.txt", "The same as plain text.", page)
            write_export(file, about, [first, text, *files], key)
        return found.rows


def subject_page(
    login: str,
    now: datetime,
    found: Summary,
    policy: Policy,
    files: Sequence[tuple[str, str]],
    fingerprint: str,
) -> FirstPage:
    """The first page, for the person it is about."""
    organisation = policy.about.organisation or "the organisation"
    notice = policy.notice
    sections = [
        Section(
            "What this is",
            [
                f"What the web filter of {organisation} keeps about the login {login}, as it was on "
                f"{moment(now)}.",
                "What is about other people has been left out, and so has who looked, granted or entered "
                "something. Where the law lets the organisation keep something back it is not in here, and "
                "nothing here says whether there was anything.",
                "Help lines, legal advice, trade unions, oversight bodies and Members of Parliament are "
                "never recorded with a name that could be read, so none of them is in here. Where the policy "
                "has a key, such a name is sealed, but for help lines; it cannot be looked for.",
            ],
        ),
        Section("What was recorded", list(_recorded(found)), a_list=True),
        Section("What that shows, and what it cannot", list(cannot_show(found)), a_list=True),
    ]
    if notice is not None:
        sections += [
            Section("What it may be used for", notice.purposes),
            Section("Who may look", notice.who_may_look),
            Section("How long it is kept", notice.how_long),
            Section("Your rights", notice.rights),
            Section("Whom to ask", notice.contacts),
        ]
    return FirstPage(
        MARKING, "What is kept about you", [*sections, files_section(files), checking_section(fingerprint)]
    )


def _recorded(found: Summary) -> Iterator[str]:
    if not found.rows or found.first is None or found.last is None:
        yield "No decision of the web filter names this login."
        return
    yield f"Rows: {found.rows:,}, from {moment(found.first)} to {moment(found.last)}."
    yield f"Pages that your browser said you opened: {found.counted:,}."
    if found.withdrawn:
        yield f"Decided by an entry that was wrong, and counting for nothing: {found.withdrawn:,}."


def _kept_page(kept: Kept) -> FirstPage:
    sections = [
        Section(title.capitalize(), ["Nothing."] if not rows else (), _facts(rows))
        for title, rows in kept.items()
    ]
    return FirstPage(MARKING, "Whatever else is kept about you", sections)


def _facts(rows: Sequence[dict[str, object]]) -> list[tuple[str, str]]:
    return [
        (
            str(number),
            "; ".join(
                f"{name.replace('_', ' ')}: {_shown(value)}"
                for name, value in row.items()
                if value is not None
            ),
        )
        for number, row in enumerate(rows, 1)
    ]


def _shown(value: object) -> str:
    if isinstance(value, datetime):
        return moment(value)
    if isinstance(value, StrEnum):
        return value.value
    if isinstance(value, dict):
        paragraphs = value.get("paragraphs")
        return " ".join(map(str, paragraphs)) if isinstance(paragraphs, list) else as_json(value)
    return str(value)


def _written(rows: Iterator[Row], lines: BinaryIO, table: BinaryIO) -> Iterator[Row]:
    """The rows as they come, written to both on their way."""
    table.writelines(as_csv((), _NOT_TOLD))
    for row in rows:
        lines.writelines(as_json_lines((row,), _NOT_TOLD))
        titles_and_row = as_csv((row,), _NOT_TOLD)
        next(titles_and_row)
        table.writelines(titles_and_row)
        yield row


def _page(name: str, about: str, page: FirstPage) -> File:
    return File(name, about, page.as_text())


def _json(kept: Kept) -> bytes:
    return json.dumps(json.loads(as_json(kept)), indent=1, ensure_ascii=True).encode("ascii") + b"\n"


def _chunks(file: BinaryIO) -> Iterator[bytes]:
    while chunk := file.read(_CHUNK):
        yield chunk
