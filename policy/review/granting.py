"""
Who may ask for an authority, and on what terms; who decides it, ends it, and sees that there is one.

An authority is what stands between a name in the log and whoever would like to read it (P4.0). So the terms
say in words why, how much and what else was thought of; somebody else decides, by an office of the policy;
and nobody requests, grants or refuses what is about themselves or their line manager: not by name, and not by
a unit that they are of.

Every function is given the person as the register has them at that moment, and raises `ReviewRefused` with
the reason where it may not be.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from policy.errors import ReviewRefused
from policy.file import PolicyFile
from policy.identifiers import show_reference
from policy.people import fold_login
from policy.review.authority import Authority, Terms
from policy.review.reviewer import Reviewer
from policy.review.scope import WITHIN_AN_AUTHORITY, concerned, refuse_use
from policy.sections.review import Review, held
from policy.text import storable
from policy.words import AuthorityOutcome, ReviewerRole

MOST_PEOPLE = 100
MOST_UNITS = 10
FEWEST_WORDS = 20  # characters of each of the three reasons
MOST_WORDS = 2_000
MOST_MATTER = 100
MOST_BECAUSE = 1_000

_REASONS = {
    "necessity": "why this must be looked at",
    "proportionality": "why no more than this",
    "less intrusive means": "which ones were considered, and why they do not do",
}


@dataclass(frozen=True, slots=True)
class Period:
    """From when until when an authority holds that is granted now."""

    begins: datetime
    ends: datetime


def fit_request(
    terms: Terms, by: Reviewer, file: PolicyFile, now: datetime, renewed: Authority | None = None
) -> Terms:
    """
    The terms as they are kept: logins folded, each name once, text made storable.

    `renewed` is the authority that they say they renew. An authority of information security always names
    its categories, so that what the policy says of them bounds it in the database too.
    """
    if terms.role not in WITHIN_AN_AUTHORITY:
        raise ReviewRefused(f"{terms.role} reads no decisions of people, so needs no authority")
    if terms.role not in by.roles:
        raise ReviewRefused(f"the register gives you no office of {terms.role}; ask in a role that you have")
    if terms.organisation != by.organisation:
        raise ReviewRefused("an authority is about the people of one's own organisation")
    rules = file.review
    if not rules.granting:
        raise ReviewRefused("the policy names no office that grants authorities; set review.granted_by")
    terms = _in_words(terms)
    terms = replace(
        terms,
        people=_once(map(fold_login, terms.people)),
        units=_once(storable(unit.strip(), MOST_MATTER) for unit in terms.units),
        categories=_once(terms.categories),
    )
    if not 1 <= terms.days <= rules.longest_days:
        raise ReviewRefused(f"an authority holds for 1 to {rules.longest_days} days, not {terms.days}")
    _refuse_unfit_period(terms, now)
    _refuse_unfit_people(terms, by)
    _refuse_ones_own(terms, by, "ask")
    terms = _of_categories(terms, file)
    if terms.sealed and terms.role is not ReviewerRole.PROFESSIONAL_STANDARDS:
        raise ReviewRefused("sealed parts are opened for professional standards only")
    if terms.sealed and not rules.opened_by:
        raise ReviewRefused("the policy names no office for opening sealed parts; set review.opened_by")
    _refuse_unfit_renewal(terms, renewed)
    return terms


def refuse_decision(authority: Authority, by: Reviewer, rules: Review, because: str) -> str:
    """The office by which this person grants or refuses the request."""
    where = _waiting(authority)
    office = _granting_office(authority, by, rules)
    if by.login == authority.requested_by:
        raise ReviewRefused(f"{where} is your own request; somebody else decides it")
    _refuse_ones_own(authority.terms, by, "decide")
    _refuse_wordless(because)
    return office


def refuse_taking_back(authority: Authority, by: Reviewer, because: str) -> None:
    """Only who asked takes a request back, while nobody has decided it."""
    where = _waiting(authority)
    if (by.organisation, by.login) != (authority.terms.organisation, authority.requested_by):
        raise ReviewRefused(f"{where} is somebody else's request; only who asked takes it back")
    _refuse_wordless(because)


def refuse_revocation(authority: Authority, by: Reviewer, rules: Review, now: datetime, because: str) -> str:
    """The office by which this person ends it: a granting one, or "requester" of who needs it no more."""
    where = f"authority {show_reference(authority.id)}"
    if by.organisation != authority.terms.organisation:
        raise ReviewRefused(f"{where} is not one that you may decide")
    office = held(by.offices, rules.granting)
    if office is None and by.login != authority.requested_by:
        raise ReviewRefused(f"{where} is revoked by {_offices(rules)}, or given up by who asked for it")
    if by.login != authority.requested_by:
        _refuse_ones_own(authority.terms, by, "decide")
    if not authority.in_force(now):
        raise ReviewRefused(f"{where} is not in force; there is nothing to revoke")
    _refuse_wordless(because)
    return office or "requester"


def period(terms: Terms, now: datetime) -> Period:
    """What an authority holds for that is granted now."""
    return Period(now, now + timedelta(days=terms.days))


def may_see(authority: Authority, by: Reviewer, rules: Review) -> bool:
    """
    Whether this person may see that there is such an authority, and its terms.

    Who asked, who decides, the auditor, data protection, and who may look within it; but nobody whom it
    names or whose line manager it names, by login or by unit, whatever their office.
    """
    terms = authority.terms
    if by.organisation != terms.organisation:
        return False
    if by.login == authority.requested_by:
        return True
    if concerned(terms, by) is not None:
        return False
    if held(by.offices, rules.granting) is not None:
        return True
    if by.roles & {ReviewerRole.AUDITOR, ReviewerRole.DATA_PROTECTION}:
        return True
    return terms.role in by.roles and terms.role is not ReviewerRole.LINE_MANAGER


def refuse_opening(authority: Authority, by: Reviewer, rules: Review, now: datetime) -> None:
    """Who may look within it may ask to open its sealed parts, where it has them in it."""
    refuse_use(authority, by, now)
    if not authority.terms.sealed:
        where = f"authority {show_reference(authority.id)}"
        raise ReviewRefused(f"{where} has no sealed parts in it; ask for one that has")
    if not rules.opened_by:
        raise ReviewRefused("the policy names no office for opening sealed parts; set review.opened_by")


def refuse_second_word(authority: Authority, requested_by: str, by: Reviewer, rules: Review) -> str:
    """The office by which this person says the second word on opening sealed parts."""
    where = f"authority {show_reference(authority.id)}"
    office = held(by.offices, (rules.opened_by,) if rules.opened_by else ())
    if by.organisation != authority.terms.organisation or office is None:
        raise ReviewRefused(f"opening sealed parts needs the word of {rules.opened_by or 'an office'}")
    if by.login == requested_by:
        raise ReviewRefused("you asked for it yourself; the second word is somebody else's")
    if by.login == authority.requested_by:
        raise ReviewRefused(f"you asked for {where} yourself; the second word is somebody else's")
    _refuse_ones_own(authority.terms, by, "decide")
    return office


def _waiting(authority: Authority) -> str:
    where = f"authority {show_reference(authority.id)}"
    if authority.decided is not None:
        outcome = authority.decided.outcome
        raise ReviewRefused(f"{where} was decided before: {outcome.replace('-', ' ')}")
    return where


def _granting_office(authority: Authority, by: Reviewer, rules: Review) -> str:
    office = held(by.offices, rules.granting)
    if by.organisation != authority.terms.organisation or office is None:
        raise ReviewRefused(
            f"authorities are decided by {_offices(rules)}, and the register gives you no such role"
        )
    return office


def _offices(rules: Review) -> str:
    return " or ".join(rules.granting) or "nobody: the policy names no office (review.granted_by)"


def _refuse_wordless(because: str) -> None:
    if not because.strip():
        raise ReviewRefused("no reason is given; say in a sentence why")
    if len(because) > MOST_BECAUSE:
        raise ReviewRefused(f"the reason has more than {MOST_BECAUSE} characters; say it in fewer")


def _in_words(terms: Terms) -> Terms:
    matter = terms.matter.strip()
    if not 1 <= len(matter) <= MOST_MATTER:
        raise ReviewRefused(f"matter: the reference of its file, of 1 to {MOST_MATTER} characters")
    said = [
        " ".join(words.split()) for words in (terms.necessity, terms.proportionality, terms.less_intrusive)
    ]
    for place, (words, (name, what)) in enumerate(zip(said, _REASONS.items(), strict=True)):
        if not FEWEST_WORDS <= len(words) <= MOST_WORDS:
            raise ReviewRefused(f"{name}: say {what}, in {FEWEST_WORDS} to {MOST_WORDS} characters")
        if words.casefold() in map(str.casefold, said[:place]):
            raise ReviewRefused(f"{name}: the same words as another reason; say {what}")
    necessity, proportionality, less_intrusive = (storable(words, MOST_WORDS) for words in said)
    return replace(
        terms,
        matter=storable(matter, MOST_MATTER),
        necessity=necessity,
        proportionality=proportionality,
        less_intrusive=less_intrusive,
    )


def _refuse_unfit_period(terms: Terms, now: datetime) -> None:
    if terms.since.tzinfo is None or terms.until.tzinfo is None:
        raise ReviewRefused("a time without a zone; give it with one, such as 2027-03-04T10:00Z")
    if terms.since >= terms.until:
        raise ReviewRefused("the period of the data ends before it begins; give one that begins first")
    if terms.until > now + timedelta(days=terms.days):
        raise ReviewRefused("the period of the data goes on after the authority has ended; end it before")


def _refuse_unfit_people(terms: Terms, by: Reviewer) -> None:
    if not terms.people and not terms.units:
        raise ReviewRefused("nobody is named; name people or units")
    if "" in terms.people or "" in terms.units:
        raise ReviewRefused("an empty name among the people or units; leave it out")
    if len(terms.people) > MOST_PEOPLE or len(terms.units) > MOST_UNITS:
        raise ReviewRefused(f"at most {MOST_PEOPLE} people and {MOST_UNITS} units in one authority")
    if terms.role is ReviewerRole.LINE_MANAGER:
        if terms.units:
            raise ReviewRefused("a line manager names people of their own team, and no units")
        if others := set(terms.people) - by.team:
            raise ReviewRefused(
                f"{min(others)} is not of your team; a line manager names their own team only"
            )


def _refuse_ones_own(terms: Terms, by: Reviewer, verb: str) -> None:
    if (whom := concerned(terms, by)) is not None:
        raise ReviewRefused(f"it names {whom}; somebody else must {verb}")


def _of_categories(terms: Terms, file: PolicyFile) -> Terms:
    for name in terms.categories:
        if name not in file.category:
            raise ReviewRefused(f"{name[:40]!r} is no category of the policy")
    if terms.role is not ReviewerRole.INFORMATION_SECURITY:
        return terms
    watched = file.review.role.information_security.categories
    if not watched:
        raise ReviewRefused("the policy names no categories for information security to ask about")
    if others := set(terms.categories) - set(watched):
        raise ReviewRefused(
            f"{min(others)} is none of the categories that information security may ask about"
        )
    return terms if terms.categories else replace(terms, categories=_once(watched))


def _refuse_unfit_renewal(terms: Terms, renewed: Authority | None) -> None:
    if terms.renews is None:
        return
    if renewed is None or renewed.id != terms.renews or renewed.terms.organisation != terms.organisation:
        raise ReviewRefused("there is no authority of the reference that it says it renews")
    where = f"authority {show_reference(renewed.id)}"
    if renewed.decided is None or renewed.decided.outcome is not AuthorityOutcome.GRANTED:
        raise ReviewRefused(f"{where} was never granted; there is nothing to renew")
    if renewed.revoked is not None:
        raise ReviewRefused(f"{where} was revoked; what was ended is not renewed but asked for anew")
    if (renewed.terms.matter, renewed.terms.role) != (terms.matter, terms.role):
        raise ReviewRefused(f"{where} is of another matter or role; ask for a new one")
    if set(terms.people) - set(renewed.terms.people) or set(terms.units) - set(renewed.terms.units):
        # Telling waits for all renewals: nobody is to be told late because somebody else is looked into.
        raise ReviewRefused(f"{where} does not name all whom this names; ask for a new one about the others")
    if renewed.terms.necessity.casefold() == terms.necessity.casefold():
        raise ReviewRefused(f"necessity: the words of {where}; say why it must go on")


def _once(values: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted(set(values)))
