"""
Telling people afterwards that what is recorded about them was open to be looked at (P3.3.1, by analogy).

Once an authority and all its renewals are over, whoever it named is told. The granting office may write down
why not: it has `GRACE` for that, and says so anew after `ASK_AGAIN_DAYS`. Until it has, nothing is told by
itself, since that could warn somebody of what is still being looked into; the auditor has the list of all who
were not told, those first about whom it should have been asked again.

What is told says nothing of who asked, of the matter, or of anybody else who was named.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from policy.errors import ReviewRefused
from policy.file import PolicyFile
from policy.identifiers import show_reference
from policy.review.authority import Authority
from policy.review.granting import MOST_BECAUSE
from policy.review.reviewer import Reviewer
from policy.sections.review import Review, held
from policy.text import storable
from policy.words import AuthorityOutcome, Purpose

ASK_AGAIN_DAYS = 90
GRACE = timedelta(days=7)
"""How long the granting office has to write down why not, before people are told."""

SUBJECT = "Web filter: a look at what is recorded about you"

_PURPOSES = {
    Purpose.BREACH: "detecting breaches of the organisation's rules",
    Purpose.CRIME: "preventing or detecting crime",
    Purpose.QUALITY: "training or quality control",
}


@dataclass(frozen=True, slots=True)
class Letter:
    """What one person is told, by mail and on their own page, in the same words."""

    reference: str  # the authority's, as it is stored
    subject: str
    paragraphs: tuple[str, ...]

    def plain(self) -> dict[str, object]:
        """As plain JSON, to be kept to the letter."""
        return {"reference": self.reference, "subject": self.subject, "paragraphs": list(self.paragraphs)}


def closed_at(authority: Authority) -> datetime | None:
    """When it was over or will be; None of what was never granted."""
    if authority.ends is None:
        return None
    return authority.ends if authority.revoked is None else min(authority.ends, authority.revoked.at)


def is_to_be_asked_again(authority: Authority, now: datetime) -> bool:
    """Whether it is time to ask again why its people are not told."""
    told = authority.told
    return told is not None and told.ask_again is not None and told.ask_again <= now


def fit_word(
    authority: Authority, by: Reviewer, rules: Review, now: datetime, withheld: str | None
) -> tuple[str | None, datetime | None]:
    """
    The reason for not telling as it is kept, and when that is asked again; both None where they are told.

    Raises `ReviewRefused` where this person may not decide on it, or not now.
    """
    where = f"authority {show_reference(authority.id)}"
    if by.organisation != authority.terms.organisation or held(by.offices, rules.granting) is None:
        offices = " or ".join(rules.granting) or "nobody: the policy names no office (review.granted_by)"
        raise ReviewRefused(f"who is told of {where} is decided by {offices}")
    decided = authority.decided
    if decided is None or decided.outcome is not AuthorityOutcome.GRANTED:
        raise ReviewRefused(f"{where} was never granted; there is nothing to tell")
    closed = closed_at(authority)
    if closed is None or now < closed:
        raise ReviewRefused(f"{where} is not over; people are told afterwards")
    if authority.told is not None and authority.told.withheld is None:
        raise ReviewRefused(f"the people whom {where} names have been told; that cannot be taken back")
    if withheld is None:
        return None, None
    if by.login == authority.requested_by:
        raise ReviewRefused(f"you asked for {where} yourself; somebody else must decide that nobody is told")
    because = " ".join(withheld.split())
    if not because:
        raise ReviewRefused("no reason is given; say why the people named are not told")
    if len(because) > MOST_BECAUSE:
        raise ReviewRefused(f"the reason has more than {MOST_BECAUSE} characters; say it in fewer")
    return storable(because, MOST_BECAUSE), now + timedelta(days=ASK_AGAIN_DAYS)


def letter(authority: Authority, person: str, looks: int, file: PolicyFile) -> Letter:
    """What `person` (a login) is told of an authority that is over, by which was looked `looks` times."""
    return Letter(authority.id, SUBJECT, tuple(_says(authority, person, looks, file)))


def _says(authority: Authority, person: str, looks: int, file: PolicyFile) -> Iterator[str]:
    terms, about = authority.terms, file.about
    closed = closed_at(authority)
    if authority.decided is None or authority.begins is None or closed is None:
        raise ValueError("nobody is told of what was never granted")
    yield (
        f"The web filter of {about.organisation or 'your organisation'} keeps a record of what it decided. "
        f"From {_day(authority.begins)} to {_day(closed)} some of what it keeps about you could be looked "
        "at, under a written authority. That is over."
    )
    named = "It names you." if person in terms.people else "It names a unit that you are in, or were in then."
    yield (
        f"The authority has the reference {show_reference(authority.id)}. {named} It was granted by the "
        f"{authority.decided.office}, for {_PURPOSES[terms.purpose]}. It was about the time from "
        f"{_day(terms.since)} to {_day(terms.until)}, and {_what(authority)}."
    )
    yield _looked(looks)
    yield (
        "You need not do anything. That there was an authority does not mean that you did anything wrong. "
        "You are told of it so that nobody's record is looked at without their ever knowing."
    )
    yield (
        "You may ask for a copy of what is stored about you and of the looks at it, ask for what is wrong to "
        f"be put right, and object. Ask {about.owner or 'the office that answers for the web filter'}, and "
        "give the reference. You may also complain to the Information Commissioner."
    )


def _what(authority: Authority) -> str:
    terms = authority.terms
    kinds = "about pages of some kinds only" if terms.categories else "about pages of any kind"
    allowed = (
        "those that were allowed too" if terms.allowed_visits else "not those that you were let through to"
    )
    return f"{kinds}, {allowed}"


def _looked(looks: int) -> str:
    if looks == 0:
        return "Nobody looked."
    times = "once" if looks == 1 else f"{looks:,} times"
    return f"By this authority it was looked {times}. Each look is on record: who looked, when, and what for."


def _day(at: datetime) -> str:
    return f"{at.day} {at:%B %Y}"
