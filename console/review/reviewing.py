"""
Questions about decisions that name people: each within its authority, and recorded before it is answered.

The order is that of `db/review/looks.py`: the authority as it stands now, the bounds that it leaves this
question and this person (`policy/review/scope.py`), the Access, the rows, and what came of it.
"""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace

from categories.urls.normalise import normalise_host
from console.review.answers import Bounds, Explained, Within
from console.review.parts import Parts
from console.review.recording import Recording, as_record, reference
from db.review.looks import Look
from db.review.report import report
from db.review.search import by_reference, search
from db.review.timeline import timeline
from policy.errors import ReviewRefused
from policy.identifiers import show_reference
from policy.people import fold_login
from policy.review.figures import Report, Timeline
from policy.review.question import Question
from policy.review.reviewer import Reviewer
from policy.review.rows import Found
from policy.review.scope import Scope, bound


@dataclass(frozen=True, slots=True)
class Opened:
    """A look that is open, and the question as it was understood."""

    look: Look
    question: Question
    scope: Scope
    bounds: Bounds


class Reviewing:
    """What one person may ask within authorities."""

    def __init__(self, parts: Parts, reviewer: Reviewer) -> None:
        self._parts = parts
        self._reviewer = reviewer
        self._recording = Recording(parts.looks, reviewer)

    def search(self, question: Question) -> Within[Found]:
        """The decisions that it asks for, newest first, a page at a time."""
        with self.open("review search", question) as one:
            found = search(one.look.connection, one.question, one.scope)
            one.look.seen(found.rows)
        return Within(one.bounds, found)

    def timeline(self, question: Question, person: str) -> Within[Timeline]:
        """What was decided on one person: figures by hour or day, and a page of the rows."""
        question = replace(question, people=(person,))
        with self.open("review timeline", question) as one:
            (login,) = one.question.people
            found = timeline(one.look.connection, one.question, one.scope, login)
            one.look.seen(found.found.rows)
        return Within(one.bounds, found)

    def report(self, question: Question) -> Within[Report]:
        """The numbers of them."""
        with self.open("review report", question) as one:
            found = report(one.look.connection, one.question, one.scope)
            one.look.seen(found.total.visits + found.total.other + found.total.withdrawn, "counted")
        return Within(one.bounds, found)

    def explain(self, question: Question, reference: str) -> Within[Explained]:
        """One decision, judged again as of its time."""
        question = replace(question, reference=reference)
        with self.open("review explain", question) as one:
            rows = by_reference(one.look.connection, one.question.reference or "", one.scope)
            one.look.seen(len(rows))
        if not rows:
            shown = show_reference(one.question.reference or "")
            raise ReviewRefused(f"{shown}: no decision within this authority has this reference")
        # After the look: the lists of a year ago are read for seconds, and no transaction waits for that.
        return Within(one.bounds, self._parts.explain(rows[0]))

    @contextmanager
    def open(self, what: str, question: Question) -> Iterator[Opened]:
        """Judge, record and open a look. Raises `ReviewRefused`, which is recorded, or `DatabaseAway`."""
        with suppress(ReviewRefused):  # however it was typed, it is on record as it is stored
            question = replace(question, authority=reference(question.authority))
        record = as_record(question, "authority", "purpose")
        with self._recording.refusals(what, record, purpose=question.purpose, authority=question.authority):
            question = understood(question)
            authority = self._parts.authorities.get(question.authority)
            rules, now = self._parts.policy.file.review, self._parts.now()
            scope = bound(question, authority, self._reviewer, rules, now)
        with self._recording.look(
            what, record, purpose=question.purpose, authority=question.authority, scope=scope
        ) as look:
            yield Opened(look, question, scope, Bounds(look.access, question.authority, scope))


def understood(question: Question) -> Question:
    """
    The question in the form that the log is kept in: logins folded, hosts normal, references as stored.

    Raises `ReviewRefused` for a host or reference that is none.
    """
    return replace(
        question,
        authority=reference(question.authority),
        people=tuple(sorted({fold_login(login) for login in question.people})),
        host=None if question.host is None else _host(question.host),
        reference=None if question.reference is None else reference(question.reference),
    )


def _host(text: str) -> str:
    try:
        return normalise_host(text.strip())
    except ValueError as error:
        raise ReviewRefused(f"this is no host: {error}") from error
