"""
Legal holds: what is kept past its time for a matter that is being dealt with, and who may say so.

A hold names people, or else is about everybody's rows of a period. It shows nobody anything: what may be read
of what it keeps is still what an authority permits.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

from policy.errors import ReviewRefused
from policy.people import fold_login
from policy.review.reviewer import Reviewer
from policy.text import storable
from policy.words import ReviewerRole

MOST_PEOPLE = 500
FOR_GOOD = datetime(9999, 12, 31, tzinfo=UTC)
"""The end of a period that has none: what is still to come is kept too."""

MOST_WORDS = 2_000  # characters of the reason
_MOST_MATTER = 200


@dataclass(frozen=True, slots=True)
class HoldTerms:
    """What is to be kept past its time, and for which matter."""

    organisation: str
    people: tuple[str, ...]  # logins, folded; empty: everybody of the organisation
    since: datetime
    until: datetime
    matter: str
    because: str


@dataclass(frozen=True, slots=True)
class Hold:
    """A legal hold."""

    id: str  # a reference
    terms: HoldTerms
    placed_by: str
    placed_at: datetime
    released_at: datetime | None = None
    released_by: str | None = None
    released_because: str | None = None


def fit_hold(terms: HoldTerms, reviewer: Reviewer) -> HoldTerms:
    """
    The terms as they are kept: logins folded, each once.

    Raises `ReviewRefused` where this person may not place it, or it would keep nothing, or not say why.
    """
    _refuse_others(reviewer, terms.organisation)
    people = tuple(sorted({folded for login in terms.people if (folded := fold_login(login))}))
    if len(people) > MOST_PEOPLE:
        raise ReviewRefused(f"a hold names {len(people)} people; {MOST_PEOPLE} at most: place several")
    _refuse_own(reviewer, people)
    if terms.since >= terms.until:
        raise ReviewRefused("the period of a hold ends before it begins; name an end after its beginning")
    return HoldTerms(
        organisation=terms.organisation,
        people=people,
        since=terms.since,
        until=terms.until,
        matter=_words(terms.matter, "the matter", _MOST_MATTER),
        because=_words(terms.because, "the reason", MOST_WORDS),
    )


def refuse_release(hold: Hold, reviewer: Reviewer) -> None:
    """Raise `ReviewRefused` where this person may not release it, or it is released already."""
    _refuse_others(reviewer, hold.terms.organisation)
    _refuse_own(reviewer, hold.terms.people)
    if hold.released_at is not None:
        raise ReviewRefused(
            f"the hold {hold.id} was released on {hold.released_at:%Y-%m-%d} by {hold.released_by}"
        )


def refuse_seeing_holds(reviewer: Reviewer) -> None:
    """Raise `ReviewRefused` for who may not see which holds there are: they name people."""
    if not reviewer.roles & {ReviewerRole.DATA_PROTECTION, ReviewerRole.AUDITOR}:
        raise ReviewRefused("legal holds are seen by data protection and the auditor; ask them")


def may_see(hold: Hold, reviewer: Reviewer) -> bool:
    """Whether this person may see that there is such a hold: nobody whom it names, or whose line manager."""
    return {reviewer.login, reviewer.manager}.isdisjoint(hold.terms.people)


def fit_reason(text: str) -> str:
    """Why, as it is kept. Raises `ReviewRefused` for nothing, or for more than is kept."""
    return _words(text, "the reason", MOST_WORDS)


def _refuse_others(reviewer: Reviewer, organisation: str) -> None:
    if ReviewerRole.DATA_PROTECTION not in reviewer.roles:
        raise ReviewRefused("a legal hold is placed and released by data protection; ask them")
    if organisation != reviewer.organisation:
        raise ReviewRefused("a legal hold is on what is kept by one's own organisation, and no other's")


def _refuse_own(reviewer: Reviewer, people: Iterable[str]) -> None:
    if not {reviewer.login, reviewer.manager}.isdisjoint(people):
        raise ReviewRefused(
            "nobody decides what is kept about themselves or their line manager; ask somebody else who may"
        )


def _words(text: str, what: str, most: int) -> str:
    text = text.strip()
    if not text:
        raise ReviewRefused(f"{what} is empty; say it in words")
    if len(text) > most:
        raise ReviewRefused(f"{what} has {len(text)} characters; {most} are kept")
    return storable(text, most)
