"""
Who may see what under which authority: one table, run three ways.

`test_scope.py` runs it against the pure judgement, `tests/journeys/test_who_may_see_what.py` through the
review service and by raw SQL. A cast of people, a log of a few decisions, some authorities; each row is one
look, and says exactly which decisions it shows, or why it is refused. Times are distances from one moment,
since a database has a clock of its own.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from policy.review.authority import Authority, Decided, Ended, Terms
from policy.review.question import Question
from policy.review.reviewer import Reviewer
from policy.sections.review import Review
from policy.words import AuthorityOutcome, Purpose, Reason, Resource, RetentionClass, ReviewerRole, Verdict

DAY = timedelta(days=1)
HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Member:
    """Somebody of the register of people."""

    unit: str
    manager: str | None = None
    offices: tuple[str, ...] = ()
    organisation: str = "county"


PEOPLE: Mapping[str, Member] = {
    "chief": Member("Executive", None, ("Chief Executive and Monitoring Officer",)),
    "deputy": Member("Executive", "chief", ("Deputy Monitoring Officer",)),
    "head": Member("Standards", "chief"),
    "insp": Member("Standards", "head", ("Professional Standards",)),
    "insp2": Member("Standards", "head", ("Professional Standards",)),
    "grants": Member("Executive", "chief", ("Professional Standards", "Deputy Monitoring Officer")),
    "lead": Member("Licensing", "chief", ("Line Manager",)),
    "lead2": Member("Events", "chief", ("Line Manager",)),
    "both": Member("Events", "chief", ("Line Manager", "Professional Standards")),
    "isec": Member("Security", "chief", ("Information Security Officer",)),
    "siro": Member("Executive", "chief", ("Senior Information Risk Owner",)),
    "desk": Member("ICT", "chief", ("ICT Service Desk",)),
    "dpo": Member("Executive", "chief", ("Data Protection Officer",)),
    "audit": Member("Audit", None, ("Internal Auditor",)),
    "ann": Member("Licensing", "lead"),
    "bob": Member("Licensing", "lead"),
    "cat": Member("Events", "lead2"),
    "dan": Member("Events", "both"),
    "cityinsp": Member("Standards", None, ("Professional Standards",), "city"),
}


def reviewer(login: str, rules: Review) -> Reviewer:
    """Somebody as the service makes them of the register."""
    one = PEOPLE[login]
    offices = frozenset(one.offices)
    return Reviewer(
        organisation=one.organisation,
        login=login,
        roles=rules.roles_of(offices),
        offices=offices,
        manager=one.manager,
        team=frozenset(name for name, each in PEOPLE.items() if each.manager == login),
        unit=one.unit,
        manager_unit=PEOPLE[one.manager].unit if one.manager is not None else None,
    )


@dataclass(frozen=True, slots=True)
class Row:
    """One decision, as far as it matters here; `at` is before the moment of the look."""

    person: str | None
    unit: str | None
    category: str | None
    at: timedelta
    verdict: Verdict = Verdict.BLOCK
    resource: Resource = Resource.VISIT
    reason: Reason = Reason.LISTED
    retention_class: RetentionClass = RetentionClass.REFUSED
    organisation: str | None = "county"
    host: str = "www.bet.test"

    def facts(self, now: datetime) -> dict[str, Any]:
        """As `Scope.holds` asks for them."""
        return {
            "organisation": self.organisation,
            "at": now - self.at,
            "person": self.person,
            "unit": self.unit,
            "category": self.category,
            "resource": self.resource,
            "verdict": self.verdict,
        }


def _allowed(person: str | None, unit: str | None, category: str | None, at: timedelta, **more: Any) -> Row:
    given = {"verdict": Verdict.ALLOW, "retention_class": RetentionClass.VISIT, **more}
    return Row(person, unit, category, at, **given)


LOG: Mapping[str, Row] = {
    "ann-games": Row("ann", "Licensing", "games", 5 * DAY),
    "ann-malware": Row("ann", "Licensing", "malware", 5 * DAY + HOUR),
    "ann-phishing": Row("ann", "Licensing", "phishing", 4 * DAY, host="login.bait.test"),
    "ann-webmail": _allowed("ann", "Licensing", "webmail", 5 * DAY + 2 * HOUR, host="mail.test"),
    "ann-anything": _allowed("ann", "Licensing", None, 5 * DAY + 3 * HOUR, host="news.test"),
    "ann-piece": Row("ann", "Licensing", "social_media", 5 * DAY + 4 * HOUR, resource=Resource.EMBEDDED),
    "ann-unknown": Row("ann", "Licensing", "games", 5 * DAY + 5 * HOUR, resource=Resource.UNKNOWN),
    "ann-exempted": _allowed(
        "ann", "Licensing", "social_media", 5 * DAY + 6 * HOUR,
        reason=Reason.EXEMPTED, retention_class=RetentionClass.EXEMPTED,
    ),
    "ann-allowed-piece": _allowed(
        "ann", "Licensing", "webmail", 5 * DAY + 7 * HOUR,
        resource=Resource.EMBEDDED, retention_class=RetentionClass.OTHER,
    ),
    "ann-asked": Row(
        "ann", "Licensing", "forums", 5 * DAY + 8 * HOUR, Verdict.CONFIRM, reason=Reason.SIGN_UP,
        retention_class=RetentionClass.CONFIRMED,
    ),
    "ann-before": Row("ann", "Licensing", "games", 11 * DAY),
    "ann-after": Row("ann", "Licensing", "games", 1 * DAY),
    "ann-moved": Row("ann", "Events", "games", 3 * DAY),
    "ann-no-unit": Row("ann", None, "games", 3 * DAY + HOUR),
    "bob-games": Row("bob", "Licensing", "games", 5 * DAY + 9 * HOUR),
    "bob-webmail": _allowed("bob", "Licensing", "webmail", 5 * DAY + 10 * HOUR),
    "cat-games": Row("cat", "Events", "games", 5 * DAY + 11 * HOUR),
    "cat-malware": Row("cat", "Events", "malware", 5 * DAY + 12 * HOUR),
    "dan-games": Row("dan", "Events", "games", 5 * DAY + 13 * HOUR),
    "lead-games": Row("lead", "Licensing", "games", 5 * DAY + 14 * HOUR),
    "insp-games": Row("insp", "Licensing", "games", 5 * DAY + 15 * HOUR),
    "head-games": Row("head", "Licensing", "games", 5 * DAY + 16 * HOUR),
    "isec-malware": Row("isec", "Licensing", "malware", 5 * DAY + 17 * HOUR),
    "nobody-games": Row(None, None, "games", 5 * DAY + 18 * HOUR, host="games.test"),
    "unit-alone": Row(None, "Licensing", "games", 5 * DAY + 19 * HOUR),
    "city-ann": Row("ann", "Licensing", "games", 5 * DAY + 20 * HOUR, organisation="city"),
    "no-organisation": Row("ann", "Licensing", "games", 5 * DAY + 21 * HOUR, organisation=None),
    "privileged": Row(
        None, None, "privileged", 5 * DAY + 22 * HOUR, Verdict.ALLOW, Resource.UNKNOWN, Reason.NOT_LISTED,
        RetentionClass.PRIVILEGED, None, "",
    ),
}  # fmt: skip

SINCE, UNTIL = 10 * DAY, 2 * DAY  # of the data, before the moment of the look

# What `ann` did within the period, without what was allowed and visited.
ANN = frozenset(
    {
        "ann-games", "ann-malware", "ann-phishing", "ann-piece", "ann-unknown", "ann-allowed-piece",
        "ann-asked", "ann-moved", "ann-no-unit",
    }
)  # fmt: skip
ANN_VISITS = frozenset({"ann-webmail", "ann-anything", "ann-exempted"})
ANN_OF_LICENSING = (ANN | ANN_VISITS) - {"ann-moved", "ann-no-unit"}
BOB = frozenset({"bob-games"})
LICENSING = ANN_OF_LICENSING | {
    "bob-games", "bob-webmail", "lead-games", "insp-games", "head-games", "isec-malware", "unit-alone",
}  # fmt: skip
EVENTS = frozenset({"ann-moved", "cat-games", "cat-malware", "dan-games"})


@dataclass(frozen=True, slots=True)
class Word:
    """An authority, as far as it matters here; times before the moment of the look."""

    people: tuple[str, ...] = ()
    units: tuple[str, ...] = ()
    role: ReviewerRole = ReviewerRole.PROFESSIONAL_STANDARDS
    requested_by: str = "insp2"
    decided_by: str = "chief"
    categories: tuple[str, ...] = ()
    allowed_visits: bool = False
    outcome: AuthorityOutcome | None = AuthorityOutcome.GRANTED
    begins: timedelta = HOUR
    ends: timedelta = -7 * DAY
    revoked: timedelta | None = None
    organisation: str = "county"

    def made(self, id_: str, now: datetime) -> Authority:
        """As it stands in the database."""
        granted = self.outcome is AuthorityOutcome.GRANTED
        return Authority(
            id=id_,
            terms=Terms(
                organisation=self.organisation,
                role=self.role,
                matter="PSD/26/117",
                purpose=Purpose.BREACH,
                necessity="A complaint of games on duty has to be looked into.",
                proportionality="Ten days, the people of the complaint and nobody else.",
                less_intrusive="They were asked, and say that they know nothing of it.",
                people=self.people,
                units=self.units,
                since=now - SINCE,
                until=now - UNTIL,
                categories=self.categories,
                allowed_visits=self.allowed_visits,
                sealed=False,
                days=28,
                renews=None,
            ),
            requested_by=self.requested_by,
            requested_at=now - 9 * DAY,
            decided=None
            if self.outcome is None
            else Decided(
                self.outcome,
                now - self.begins,
                self.requested_by if self.outcome is AuthorityOutcome.TAKEN_BACK else self.decided_by,
                "Chief Executive and Monitoring Officer",
                "It is proportionate.",
            ),
            begins=now - self.begins if granted else None,
            ends=now - self.ends if granted else None,
            revoked=None if self.revoked is None else Ended(now - self.revoked, "chief", "No more need."),
        )


_LM, _IS = ReviewerRole.LINE_MANAGER, ReviewerRole.INFORMATION_SECURITY
_WATCHED = ("malware", "phishing", "proxies_anonymisers")

AUTHORITIES: Mapping[str, Word] = {
    "AAAAAAAA": Word(("ann",)),
    "AAAAVVVV": Word(("ann",), allowed_visits=True),
    "AAAABBBB": Word(("ann", "bob")),
    "AAGAMES0": Word(("ann", "bob"), categories=("games",)),
    "AATWQCAT": Word(("ann",), categories=("games", "malware")),
    "00000000": Word((), ("Licensing",), allowed_visits=True),
    "00000001": Word((), ("Licensing", "Events")),
    "0000CAT0": Word(("cat",), ("Licensing",)),
    "TEAM0000": Word(("ann", "bob"), role=_LM, requested_by="lead", allowed_visits=True),
    "TEAM0001": Word(("ann", "cat"), role=_LM, requested_by="lead"),
    "TEAM0002": Word(("cat",), role=_LM, requested_by="lead"),
    "TEAM0003": Word(("dan",), role=_LM, requested_by="both"),
    "SEC00000": Word(("ann",), role=_IS, requested_by="isec", categories=_WATCHED),
    "SEC00001": Word(("ann",), role=_IS, requested_by="isec", categories=("games", "malware")),
    "SEC00002": Word((), ("Licensing",), role=_IS, requested_by="isec", categories=_WATCHED),
    "SEC00003": Word(("ann",), role=_IS, requested_by="isec", categories=("games",)),
    "WAXTNG00": Word(("ann",), outcome=None),
    "REFSED00": Word(("ann",), outcome=AuthorityOutcome.REFUSED),
    "TAKEN000": Word(("ann",), outcome=AuthorityOutcome.TAKEN_BACK),
    "REVKED00": Word(("ann",), revoked=HOUR / 2),
    "EVER0000": Word(("ann",), begins=8 * DAY, ends=DAY),
    "NAMES000": Word(("ann", "insp")),
    "NAMES001": Word(("ann", "head")),
    "GRANTS00": Word(("ann",), decided_by="grants"),
    "C1TY0000": Word(("ann",), organisation="city", requested_by="cityinsp", decided_by="citychief"),
    "R0WE0000": Word(("ann",), role=ReviewerRole.STATISTICS, requested_by="siro"),
    "NAMED000": Word(("nemo",)),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Asked:
    """One look: who, within what, for what; and what they are shown, or why not."""

    name: str
    who: str
    authority: str
    shown: frozenset[str] | str
    question: Mapping[str, Any] = field(default_factory=dict)

    def asks_for(self, row: Row) -> bool:
        """Whether the question, besides its bounds, asks for this row."""
        given = self.question
        host = str(given["host"]).lower().rstrip(".") if "host" in given else None
        folded = [login.lower() for login in given.get("people", ())]
        return (
            (not folded or row.person in folded)
            and ("units" not in given or row.unit in given["units"])
            and ("categories" not in given or row.category in given["categories"])
            and ("verdicts" not in given or row.verdict in given["verdicts"])
            and (host is None or row.host == host or row.host.endswith(f".{host}"))
            and (not given.get("visits_only") or row.resource is Resource.VISIT)
        )

    def made(self, now: datetime) -> Question:
        """The question; its times are before `now`."""
        given = {
            name: now - value if isinstance(value, timedelta) else value
            for name, value in self.question.items()
        }
        return replace(Question(self.authority, "a complaint", size=200), **given)  # type: ignore[arg-type]  # by name


def _shown(name: str, who: str, authority: str, shown: frozenset[str] | set[str], **question: Any) -> Asked:
    return Asked(name, who, authority, frozenset(shown), question)


def _refused(name: str, who: str, authority: str, why: str, **question: Any) -> Asked:
    return Asked(name, who, authority, why, question)


_NOT_YOURS = "not one that you may look within"
_NOTHING: frozenset[str] = frozenset()

TABLE: tuple[Asked, ...] = (
    # Professional standards: anybody that the authority names, and nobody else.
    _shown("one-person", "insp", "AAAAAAAA", ANN),
    _shown("a-colleague-of-who-asked", "insp2", "AAAAAAAA", ANN),
    _shown("one-who-is-a-line-manager-too", "both", "AAAAAAAA", ANN),
    _shown("with-allowed-visits", "insp", "AAAAVVVV", ANN | ANN_VISITS),
    _shown("two-people", "insp", "AAAABBBB", ANN | BOB),
    _shown("one-of-two", "insp", "AAAABBBB", ANN, people=("ann",)),
    _shown("the-other-of-two", "insp", "AAAABBBB", BOB, people=("bob",)),
    _shown("both-of-two", "insp", "AAAABBBB", ANN | BOB, people=("bob", "ann")),
    _shown("a-login-in-capitals", "insp", "AAAABBBB", BOB, people=("BOB",)),
    _refused("somebody-else", "insp", "AAAAAAAA", "does not name bob", people=("bob",)),
    _refused("somebody-else-beside", "insp", "AAAAAAAA", "does not name cat", people=("ann", "cat")),
    _refused("nobody-of-that-name", "insp", "AAAAAAAA", "does not name nemo", people=("nemo",)),
    _refused("a-name-that-begins-alike", "insp", "AAAAAAAA", "does not name an", people=("an",)),
    _refused("a-pattern", "insp", "AAAAAAAA", "does not name %", people=("%",)),
    _shown("who-did-nothing", "insp", "NAMED000", _NOTHING),
    # The unit that a row names: as it was at the time.
    _refused("a-unit-where-people-are-named", "insp", "AAAAAAAA", "does not have Events", units=("Events",)),
    _shown("a-unit-of-a-person", "insp", "AAAAAAAA", {"ann-moved"}, people=("ann",), units=("Events",)),
    _shown("a-unit-that-person-never-was-of", "insp", "AAAAAAAA", _NOTHING, people=("ann",), units=("ICT",)),
    _shown(
        "a-person-and-a-unit",
        "insp",
        "AAAABBBB",
        ANN - {"ann-moved", "ann-no-unit"},
        people=("ann",),
        units=("Licensing",),
    ),
    _shown("a-whole-unit", "grants", "00000000", LICENSING),
    _shown(
        "units-without-allowed-visits",
        "grants",
        "00000001",
        (LICENSING | EVENTS) - ANN_VISITS - {"bob-webmail"},
    ),
    _shown("one-of-two-units", "grants", "00000001", EVENTS, units=("Events",)),
    _refused("another-unit", "grants", "00000000", "does not have Events", units=("Events",)),
    _refused("another-unit-beside", "grants", "00000000", "does not have ICT", units=("Licensing", "ICT")),
    _refused(
        "a-unit-in-other-letters", "grants", "00000000", "does not have licensing", units=("licensing",)
    ),
    _shown("a-person-of-a-unit", "grants", "00000000", ANN_OF_LICENSING, people=("ann",)),
    _shown(
        "a-person-of-a-unit-by-both",
        "grants",
        "00000000",
        {"bob-games", "bob-webmail"},
        people=("bob",),
        units=("Licensing",),
    ),
    _shown("a-person-of-another-unit", "grants", "00000000", _NOTHING, people=("cat",)),
    _shown(
        "a-person-or-a-unit",
        "grants",
        "0000CAT0",
        (LICENSING - ANN_VISITS - {"bob-webmail"}) | {"cat-games", "cat-malware"},
    ),
    _shown("the-person-beside-a-unit", "grants", "0000CAT0", {"cat-games", "cat-malware"}, people=("cat",)),
    _shown(
        "both-beside-a-unit",
        "grants",
        "0000CAT0",
        {"cat-games", "cat-malware", "bob-games"},
        people=("cat", "bob"),
    ),
    # Nobody sees themselves, nor their line manager, whatever else they may see.
    _shown(
        "a-unit-without-oneself-and-the-manager", "insp", "00000000", LICENSING - {"insp-games", "head-games"}
    ),
    _shown("nor-does-a-colleague-see-their-manager", "insp2", "00000000", LICENSING - {"head-games"}),
    _refused("oneself-by-name", "insp", "00000000", "about themselves", people=("insp",)),
    _refused("oneself-beside", "insp", "00000000", "about themselves", people=("ann", "insp")),
    _refused("oneself-in-capitals", "insp", "00000000", "about themselves", people=("INSP",)),
    _refused("the-manager-by-name", "insp", "00000000", "their line manager", people=("head",)),
    _shown("somebody-elses-manager", "grants", "00000000", {"head-games"}, people=("head",)),
    _refused("an-authority-that-names-one", "insp", "NAMES000", _NOT_YOURS),
    _refused("and-asks-for-another-in-it", "insp", "NAMES000", _NOT_YOURS, people=("ann",)),
    _shown("a-colleague-may", "insp2", "NAMES000", ANN | {"insp-games"}),
    _refused("an-authority-that-names-the-manager", "insp", "NAMES001", _NOT_YOURS),
    _refused("of-a-colleague-too", "insp2", "NAMES001", _NOT_YOURS, people=("ann",)),
    _shown("another-managers-person-may", "grants", "NAMES001", ANN | {"head-games"}),
    _refused("ones-own-grant", "grants", "GRANTS00", "you granted"),
    _shown("anothers-grant", "insp", "GRANTS00", ANN),
    # The period of the data.
    _shown("from-a-day-on", "insp", "AAAAAAAA", {"ann-phishing", "ann-moved", "ann-no-unit"}, since=4 * DAY),
    _shown(
        "until-a-moment",
        "insp",
        "AAAAAAAA",
        ANN - {"ann-phishing", "ann-moved", "ann-no-unit", "ann-games"},
        until=5 * DAY,
    ),
    _shown("an-hour-of-it", "insp", "AAAAAAAA", {"ann-malware"}, since=5 * DAY + HOUR, until=5 * DAY),
    _shown("the-whole-of-it", "insp", "AAAAAAAA", ANN, since=SINCE, until=UNTIL),
    _refused("before-it", "insp", "AAAAAAAA", "and not for all of", since=11 * DAY),
    _refused(
        "a-moment-before-it",
        "insp",
        "AAAAAAAA",
        "and not for all of",
        since=SINCE + timedelta(microseconds=1),
    ),
    _refused("after-it", "insp", "AAAAAAAA", "and not for all of", until=DAY),
    _refused("until-now", "insp", "AAAAAAAA", "and not for all of", until=timedelta()),
    _refused(
        "all-of-it-and-more", "insp", "AAAAAAAA", "and not for all of", since=99 * DAY, until=timedelta()
    ),
    _refused("backwards", "insp", "AAAAAAAA", "ends before it begins", since=3 * DAY, until=4 * DAY),
    _refused("no-time-at-all", "insp", "AAAAAAAA", "ends before it begins", since=4 * DAY, until=4 * DAY),
    # Categories.
    _shown(
        "one-category",
        "insp",
        "AAGAMES0",
        {"ann-games", "ann-unknown", "ann-moved", "ann-no-unit", "bob-games"},
    ),
    _shown(
        "that-category-by-name", "insp", "AAGAMES0", {"bob-games"}, categories=("games",), people=("bob",)
    ),
    _refused("another-category", "insp", "AAGAMES0", "is not for malware", categories=("malware",)),
    _refused(
        "another-category-beside", "insp", "AAGAMES0", "is not for malware", categories=("games", "malware")
    ),
    _shown("one-of-two-categories", "insp", "AATWQCAT", {"ann-malware"}, categories=("malware",)),
    _refused(
        "neither-of-two",
        "insp",
        "AATWQCAT",
        "is not for webmail; it is for games and 1 more",
        categories=("webmail",),
    ),
    _shown("any-category-where-none-is-named", "insp", "AAAAAAAA", {"ann-malware"}, categories=("malware",)),
    _shown("a-category-that-there-is-nothing-of", "insp", "AAAAAAAA", _NOTHING, categories=("piracy",)),
    _shown("a-privileged-category-has-nobody", "insp", "AAAAAAAA", _NOTHING, categories=("privileged",)),
    # Verdicts, hosts and what else narrows.
    _shown(
        "only-what-was-blocked",
        "insp",
        "AAAAVVVV",
        ANN - {"ann-asked", "ann-allowed-piece"},
        verdicts=(Verdict.BLOCK,),
    ),
    _shown(
        "only-what-was-allowed",
        "insp",
        "AAAAVVVV",
        ANN_VISITS | {"ann-allowed-piece"},
        verdicts=(Verdict.ALLOW,),
    ),
    _shown(
        "allowed-visits-that-are-not-in-it",
        "insp",
        "AAAAAAAA",
        {"ann-allowed-piece"},
        verdicts=(Verdict.ALLOW,),
    ),
    _shown(
        "only-visits",
        "insp",
        "AAAAAAAA",
        ANN - {"ann-piece", "ann-unknown", "ann-allowed-piece"},
        visits_only=True,
    ),
    _shown("a-host", "insp", "AAAAVVVV", {"ann-webmail"}, host="mail.test"),
    _shown("a-host-in-capitals", "insp", "AAAAVVVV", {"ann-webmail"}, host="MAIL.test."),
    _shown("what-is-below-a-host", "insp", "AAAAAAAA", {"ann-phishing"}, host="bait.test"),
    _shown("a-host-that-ends-alike", "insp", "AAAAAAAA", _NOTHING, host="ait.test"),
    _shown("a-host-that-is-not-in-it", "insp", "AAAAAAAA", _NOTHING, host="mail.test"),
    _shown("a-host-of-nobody", "insp", "AAAAAAAA", _NOTHING, host="games.test"),
    # A line manager: their own team, within their own authority.
    _shown("a-line-manager", "lead", "TEAM0000", ANN | ANN_VISITS | {"bob-games", "bob-webmail"}),
    _shown("one-of-the-team", "lead", "TEAM0000", {"bob-games", "bob-webmail"}, people=("bob",)),
    _refused("not-of-the-team", "lead", "TEAM0000", "cat is not of your team", people=("cat",)),
    _refused("not-of-the-team-beside", "lead", "TEAM0000", "cat is not of your team", people=("ann", "cat")),
    _refused("oneself-as-line-manager", "lead", "TEAM0000", "about themselves", people=("lead",)),
    _refused("another-line-managers", "lead2", "TEAM0000", "another line manager's"),
    _refused("another-line-managers-about-ones-team", "lead2", "TEAM0002", "another line manager's"),
    _refused("by-professional-standards-authority", "lead", "AAAAAAAA", _NOT_YOURS),
    _refused("about-ones-team-by-it", "lead", "AAAABBBB", _NOT_YOURS, people=("ann",)),
    _refused("professional-standards-by-a-line-managers", "insp", "TEAM0000", _NOT_YOURS),
    _refused("who-has-both-by-another-line-managers", "both", "TEAM0000", "another line manager's"),
    _shown("who-has-both-by-their-own", "both", "TEAM0003", {"dan-games"}),
    _shown("who-left-the-team-is-left-out", "lead", "TEAM0001", ANN),
    _refused("and-not-asked-for", "lead", "TEAM0001", "cat is not of your team", people=("cat",)),
    _refused("nobody-left-of-the-team", "lead", "TEAM0002", "is of your team any more"),
    # Information security: the categories of the policy.
    _shown("security", "isec", "SEC00000", {"ann-malware", "ann-phishing"}),
    _shown("security-of-one-category", "isec", "SEC00000", {"ann-phishing"}, categories=("phishing",)),
    _refused("security-of-another", "isec", "SEC00000", "is not for games", categories=("games",)),
    _shown("what-the-policy-does-not-give-is-left-out", "isec", "SEC00001", {"ann-malware"}),
    _refused("and-not-asked-for-either", "isec", "SEC00001", "is not for games", categories=("games",)),
    _shown("a-unit-without-oneself", "isec", "SEC00002", {"ann-malware", "ann-phishing"}),
    _shown("nothing-where-nothing-is-left", "isec", "SEC00003", _NOTHING),
    _refused("security-by-professional-standards-authority", "isec", "AAAAAAAA", _NOT_YOURS),
    _refused("professional-standards-by-securitys", "insp", "SEC00000", _NOT_YOURS),
    # What is not in force.
    _refused("not-decided", "insp", "WAXTNG00", "not been decided"),
    _refused("refused", "insp", "REFSED00", "was refused"),
    _refused("taken-back", "insp", "TAKEN000", "was taken back"),
    _refused("revoked", "insp", "REVKED00", "was revoked on"),
    _refused("over", "insp", "EVER0000", "ended on"),
    _refused("over-for-who-asked-too", "insp2", "EVER0000", "ended on"),
    # Everybody else.
    _refused("who-grants", "chief", "AAAAAAAA", _NOT_YOURS),
    _refused("the-deputy", "deputy", "AAAAAAAA", _NOT_YOURS),
    _refused("who-opens-sealed-parts", "siro", "AAAAAAAA", _NOT_YOURS),
    _refused("the-service-desk", "desk", "AAAAAAAA", _NOT_YOURS),
    _refused("data-protection", "dpo", "AAAAAAAA", _NOT_YOURS),
    _refused("the-auditor", "audit", "AAAAAAAA", _NOT_YOURS),
    _refused("who-is-named", "ann", "AAAAAAAA", _NOT_YOURS),
    _refused("a-colleague-of-theirs", "bob", "AAAAAAAA", _NOT_YOURS),
    _refused("statistics-by-one-of-their-own", "siro", "R0WE0000", "reads no decisions"),
    # The other organisation: its own rows only, and the same words for what it does not have.
    _shown("the-other-organisation", "cityinsp", "C1TY0000", {"city-ann"}),
    _refused("ours-from-there", "cityinsp", "AAAAAAAA", _NOT_YOURS),
    _refused("theirs-from-here", "insp", "C1TY0000", _NOT_YOURS),
    # A question that is none.
    _refused("no-purpose", "insp", "AAAAAAAA", "no purpose is given", purpose=" "),
    _refused("too-many-words", "insp", "AAAAAAAA", "more than 500", purpose="x" * 501),
    _refused("no-rows", "insp", "AAAAAAAA", "1 to 200 rows", size=0),
    _refused("too-many-rows", "insp", "AAAAAAAA", "1 to 200 rows", size=201),
    _refused("too-many-people", "insp", "AAAAAAAA", "more than 200", people=tuple(map(str, range(201)))),
    _refused("an-endless-entry", "insp", "AAAAAAAA", "entry: 1 to 512", entry="x" * 513),
)
