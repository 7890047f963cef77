"""
What one look may read: the question, narrowed to its authority and to who asks.

A question outside its authority is refused, with the reason, and not quietly narrowed: who asks shall know
that they do not see what they asked for. Only what bounds every look of this person narrows without a word:
their own rows and their line manager's are never in it, and of a line manager's look nobody's but their
team's.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from policy.errors import ReviewRefused
from policy.identifiers import show_reference
from policy.people import fold_login
from policy.review.authority import Authority, Terms
from policy.review.question import MOST_ROWS, Question
from policy.review.reviewer import Reviewer
from policy.sections.review import Review
from policy.text import ENTRY_LENGTH, HOST_LENGTH
from policy.words import AuthorityOutcome, Resource, ReviewerRole, Verdict

WITHIN_AN_AUTHORITY = frozenset(
    {ReviewerRole.LINE_MANAGER, ReviewerRole.PROFESSIONAL_STANDARDS, ReviewerRole.INFORMATION_SECURITY}
)
"""The roles that ask for an authority and read within one."""

LONGEST_PURPOSE = 500
_MOST_NAMED = 200  # people, units or categories of one question
_LONGEST_REFERENCE = 100


@dataclass(frozen=True, slots=True)
class Scope:
    """
    The bounds of one look. The query has them in its terms, beside everything that the question gives;
    row-level security has them again behind it.

    A row is in them when it is of the organisation and the period, names one of `people` or is of one of
    `units`, names nobody but one of `only`, names none of `never`, was decided by one of `categories`, and is
    no allowed visit (`resource` visit and `verdict` allow) unless those are in it.
    """

    organisation: str
    since: datetime
    until: datetime
    people: frozenset[str]
    units: frozenset[str]
    only: frozenset[str] | None  # a line manager's team: nobody else's rows, whatever the authority names
    never: frozenset[str]  # the reviewer and their own line manager
    categories: frozenset[str] | None  # None: any
    allowed_visits: bool

    def holds(
        self,
        *,
        organisation: str | None,
        at: datetime,
        person: str | None,
        unit: str | None,
        category: str | None,
        resource: Resource,
        verdict: Verdict,
    ) -> bool:
        """Whether a row is in them: what every query and every policy of the database is held against."""
        return (
            (organisation or "") == self.organisation
            and self.since <= at < self.until
            and (person in self.people or unit in self.units)
            and (self.only is None or person in self.only)
            and person not in self.never
            and (self.categories is None or category in self.categories)
            and (self.allowed_visits or resource is not Resource.VISIT or verdict is not Verdict.ALLOW)
        )


def bound(
    question: Question, authority: Authority, reviewer: Reviewer, rules: Review, now: datetime
) -> Scope:
    """
    What this reviewer's question may read within this authority, at `now` (aware).

    Raises `ReviewRefused`, with the reason, where it may not be asked at all, or asks for more.
    """
    refuse_use(authority, reviewer, now)
    _refuse_unfit(question)
    terms = authority.terms
    where = f"authority {show_reference(authority.id)}"
    since = terms.since if question.since is None else question.since
    until = terms.until if question.until is None else question.until
    if since >= until:
        raise ReviewRefused("the period ends before it begins; give one that begins first")
    if since < terms.since or until > terms.until:
        raise ReviewRefused(
            f"{where} is for {_moment(terms.since)} to {_moment(terms.until)}, and not for all of "
            f"{_moment(since)} to {_moment(until)}; ask within it"
        )
    asked = frozenset(map(fold_login, question.people))
    _refuse_never(asked, reviewer)
    team = reviewer.team if terms.role is ReviewerRole.LINE_MANAGER else None
    if team is not None and (others := asked - team):
        raise ReviewRefused(f"{_named(others)} is not of your team; ask about your own team")
    people, units, only = _whom(question, asked, authority, where)
    if team is not None:
        only = team if only is None else only & team
        people &= team
        if not people and not units:
            raise ReviewRefused(f"nobody whom {where} names is of your team any more")
    return Scope(
        organisation=terms.organisation,
        since=since,
        until=until,
        people=people,
        units=units,
        only=only,
        never=_never(reviewer),
        categories=_categories(question, authority, rules, where),
        allowed_visits=terms.allowed_visits,
    )


def concerned(terms: Terms, by: Reviewer) -> str | None:
    """Whom of theirs it names, this person themselves first: by login or by unit; None where nobody."""
    units = set(map(fold_login, terms.units))
    named = {
        "you": by.login in terms.people,
        "your line manager": by.manager in terms.people,
        "your own unit": by.unit is not None and fold_login(by.unit) in units,
        "your line manager's unit": by.manager_unit is not None and fold_login(by.manager_unit) in units,
    }
    return next((whom for whom, is_named in named.items() if is_named), None)


def refuse_use(authority: Authority, reviewer: Reviewer, now: datetime) -> None:
    """
    Raise `ReviewRefused` where this person may not look within this authority at all, whatever they ask.

    Whoever has the role that it was asked for in may, but for a line manager only who asked for it; and
    nobody whom it names, nobody whose line manager it names, and nobody who granted it.
    """
    terms, where = authority.terms, f"authority {show_reference(authority.id)}"
    if (
        reviewer.organisation != terms.organisation
        or terms.role not in reviewer.roles
        or concerned(terms, reviewer) is not None
    ):
        # The same words for all of them: nobody finds out here that another organisation has one of this
        # reference, nor that one names them.
        raise ReviewRefused(f"{where} is not one that you may look within; `authority list` has yours")
    if terms.role not in WITHIN_AN_AUTHORITY:
        raise ReviewRefused(f"{where} was asked for as {terms.role}, which reads no decisions of people")
    if terms.role is ReviewerRole.LINE_MANAGER and reviewer.login != authority.requested_by:
        raise ReviewRefused(f"{where} is another line manager's; ask for one about your own team")
    _refuse_not_in_force(authority, where, now)
    if authority.decided is not None and authority.decided.by == reviewer.login:
        raise ReviewRefused(f"you granted {where} yourself; somebody else must look")


def _refuse_not_in_force(authority: Authority, where: str, now: datetime) -> None:
    decided = authority.decided
    if decided is None:
        raise ReviewRefused(f"{where} has not been decided yet; somebody else must grant it first")
    if decided.outcome is not AuthorityOutcome.GRANTED or authority.begins is None or authority.ends is None:
        raise ReviewRefused(f"{where} was {decided.outcome.replace('-', ' ')}; ask for another")
    if authority.revoked is not None and authority.revoked.at <= now:
        raise ReviewRefused(f"{where} was revoked on {_moment(authority.revoked.at)}; ask for another")
    if now >= authority.ends:
        raise ReviewRefused(f"{where} ended on {_moment(authority.ends)}; ask for it to be renewed")
    if now < authority.begins:
        raise ReviewRefused(f"{where} begins on {_moment(authority.begins)}; ask then")


def _refuse_unfit(question: Question) -> None:
    if not question.purpose.strip():
        raise ReviewRefused("no purpose is given; say in a few words why you look")
    if len(question.purpose) > LONGEST_PURPOSE:
        raise ReviewRefused(f"the purpose has more than {LONGEST_PURPOSE} characters; say it in fewer")
    if not 1 <= question.size <= MOST_ROWS:
        raise ReviewRefused(f"a page of an answer has 1 to {MOST_ROWS} rows, not {question.size}")
    after = question.after.at if question.after is not None else None
    for moment in (question.since, question.until, after):
        if moment is not None and moment.tzinfo is None:
            raise ReviewRefused("a time without a zone; give it with one, such as 2027-03-04T10:00Z")
    for named in (question.people, question.units, question.categories):
        if len(named) > _MOST_NAMED:
            raise ReviewRefused(f"more than {_MOST_NAMED} are named at once; ask in parts")
    lengths = {
        "host": HOST_LENGTH,
        "entry": ENTRY_LENGTH,
        "list": _LONGEST_REFERENCE,
        "exemption": _LONGEST_REFERENCE,
        "reference": _LONGEST_REFERENCE,
    }
    for name, most in lengths.items():
        value: str | None = getattr(question, name)
        if value is not None and not 1 <= len(value) <= most:
            raise ReviewRefused(f"{name}: 1 to {most} characters, not {len(value)}")


def _refuse_never(asked: frozenset[str], reviewer: Reviewer) -> None:
    if reviewer.login in asked:
        raise ReviewRefused("nobody looks at what is recorded about themselves; see the page My record")
    if reviewer.manager in asked:
        raise ReviewRefused("nobody looks at what is recorded about their line manager; somebody else must")


def _never(reviewer: Reviewer) -> frozenset[str]:
    return frozenset({reviewer.login} if reviewer.manager is None else {reviewer.login, reviewer.manager})


def _whom(
    question: Question, asked: frozenset[str], authority: Authority, where: str
) -> tuple[frozenset[str], frozenset[str], frozenset[str] | None]:
    """People, units, and whom alone: of the people and units of an authority those that are asked for."""
    people, units = frozenset(authority.terms.people), frozenset(authority.terms.units)
    strange = asked - people
    # Whom the authority does not name may be of one of its units; without units they are of none.
    if strange and not units:
        raise ReviewRefused(f"{where} does not name {_named(strange)}; ask for an authority that does")
    if asked and not strange:
        return asked, frozenset(), asked
    wanted = frozenset(question.units)
    if others := wanted - units:
        raise ReviewRefused(f"{where} does not have {_named(others)} among its units; ask for one that does")
    if wanted:
        return frozenset(), wanted, asked or None
    return (people & asked, units, asked) if asked else (people, units, None)


def _categories(question: Question, authority: Authority, rules: Review, where: str) -> frozenset[str] | None:
    terms = authority.terms
    may = frozenset(terms.categories) or None
    if terms.role is ReviewerRole.INFORMATION_SECURITY:
        # The policy's of today: what it takes from the role it takes from authorities in force too.
        watched = frozenset(rules.role.information_security.categories)
        may = watched if may is None else may & watched
    asked = frozenset(question.categories)
    if may is not None and (others := asked - may):
        raise ReviewRefused(f"{where} is not for {_named(others)}; it is for {_named(may) or 'no category'}")
    return asked or may


def _named(values: Iterable[str]) -> str:
    first, *more = sorted(values) or [""]
    return f"{first} and {len(more)} more" if more else first


def _moment(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M %Z}".strip()
