"""
A review service in memory: it judges as the real one does, by the shipped policy, and keeps every look.

Decisions are handed in; everything else (authorities, what each person may) comes of what is asked of it.
"""

from dataclasses import dataclass, field, fields, replace
from datetime import UTC, datetime, timedelta
from typing import cast

from console.review.answers import (
    Again,
    Bounds,
    Explained,
    Figure,
    Looks,
    State,
    Transparency,
    Withheld,
    Within,
)
from console.review.protocol import Review
from db.review.accesses import AccessQuestion, Looked
from policy.document import read_policy
from policy.errors import ReviewRefused
from policy.identifiers import new_reference, show_reference, uuid7
from policy.people import fold_login
from policy.review import granting
from policy.review.authority import Authority, Decided, Ended, Terms, Told
from policy.review.figures import (
    Dimension,
    Figures,
    FiguresAt,
    FiguresOf,
    Report,
    Statistics,
    StatisticsQuestion,
    StatisticsRow,
    Timeline,
)
from policy.review.grouping import group
from policy.review.question import Cursor, Question
from policy.review.reviewer import Reviewer
from policy.review.rows import DipSampleQuestion, DipSampleRow, Found, ReviewedDecision
from policy.review.scope import Scope, bound
from policy.review.transparency import Counts, figures, read_quarter
from policy.words import AuthorityOutcome, Purpose, Replayed, ReviewerRole, Verdict

ORGANISATION = "Example Constabulary"
GRANTER = "Chief Executive and Monitoring Officer"


@dataclass
class World:
    """What there is to be reviewed, and what was done about it."""

    decisions: list[ReviewedDecision] = field(default_factory=list)
    statistics: list[StatisticsRow] = field(default_factory=list)
    authorities: dict[str, Authority] = field(default_factory=dict)
    looks: list[tuple[str, str, str]] = field(default_factory=list)  # who, what, for which purpose
    looked: list[Looked] = field(default_factory=list)  # what an auditor is shown

    def asked_by(
        self, login: str, *roles: ReviewerRole, offices: tuple[str, ...] = (), manager: str | None = None
    ) -> Review:
        """The service as this person reaches it."""
        who = Reviewer(ORGANISATION, login, frozenset(roles), frozenset(offices), manager)
        return cast("Review", _Bound(self, who))


class _Bound:
    def __init__(self, world: World, who: Reviewer) -> None:
        self.authorities = _Authorities(world, who)
        self.reviewing = _Reviewing(world, who)
        self.figures = _Figures(world, who)
        self.watching = _Watching(world, who)
        self._who = who

    def who(self) -> Reviewer:
        return self._who


_FILE = read_policy().file


class _Authorities:
    def __init__(self, world: World, who: Reviewer) -> None:
        self._world = world
        self._who = who

    def request(self, terms: Terms) -> Authority:
        fit = granting.fit_request(terms, self._who, _FILE, _now())
        return self._keep(Authority(new_reference(), fit, self._who.login, _now()))

    def grant(self, authority: str, because: str) -> Authority:
        one = self.show(authority)
        office = granting.refuse_decision(one, self._who, _FILE.review, because)
        holds = granting.period(one.terms, _now())
        done = self._decided(AuthorityOutcome.GRANTED, office, because)
        return self._keep(replace(one, decided=done, begins=holds.begins, ends=holds.ends))

    def refuse(self, authority: str, because: str) -> Authority:
        one = self.show(authority)
        office = granting.refuse_decision(one, self._who, _FILE.review, because)
        return self._keep(replace(one, decided=self._decided(AuthorityOutcome.REFUSED, office, because)))

    def take_back(self, authority: str, because: str) -> Authority:
        one = self.show(authority)
        granting.refuse_taking_back(one, self._who, because)
        return self._keep(replace(one, decided=self._decided(AuthorityOutcome.TAKEN_BACK, "", because)))

    def revoke(self, authority: str, because: str) -> Authority:
        one = self.show(authority)
        granting.refuse_revocation(one, self._who, _FILE.review, _now(), because)
        return self._keep(replace(one, revoked=Ended(_now(), self._who.login, because)))

    def tell(self, authority: str, withheld: str | None) -> Authority:
        one = self.show(authority)
        again = _now() + timedelta(days=90) if withheld else None
        return self._keep(replace(one, told=Told(_now(), self._who.login, withheld, again)))

    def show(self, authority: str) -> Authority:
        one = self._world.authorities.get(authority)
        if one is None or not granting.may_see(one, self._who, _FILE.review):
            raise ReviewRefused(f"authority {show_reference(authority)} is not one that you may see")
        return one

    def list(self, state: State) -> tuple[Authority, ...]:
        everything = [
            one
            for one in reversed(self._world.authorities.values())
            if granting.may_see(one, self._who, _FILE.review)
        ]
        if state == "waiting":
            return tuple(one for one in everything if one.decided is None)
        if state == "in-force":
            return tuple(one for one in everything if one.in_force(_now()))
        return tuple(everything)

    def _decided(self, outcome: AuthorityOutcome, office: str, because: str) -> Decided:
        return Decided(outcome, _now(), self._who.login, office, because)

    def _keep(self, one: Authority) -> Authority:
        self._world.authorities[one.id] = one
        return one


class _Reviewing:
    def __init__(self, world: World, who: Reviewer) -> None:
        self._world = world
        self._who = who

    def search(self, question: Question) -> Within[Found]:
        bounds, rows = self._look("review search", question)
        return Within(bounds, _page(rows, question))

    def timeline(self, question: Question, person: str) -> Within[Timeline]:
        bounds, rows = self._look("review timeline", question)
        hourly = bounds.scope.until - bounds.scope.since <= timedelta(days=3)
        figures = _by_time(rows, hourly=hourly)
        answer = Timeline(
            fold_login(person),
            bounds.scope.since,
            bounds.scope.until,
            hourly,
            figures,
            _page(rows, question),
        )
        return Within(bounds, answer)

    def report(self, question: Question) -> Within[Report]:
        bounds, rows = self._look("review report", question)
        hosts = _by(rows, "host")
        return Within(
            bounds,
            Report(
                bounds.scope.since,
                bounds.scope.until,
                _counted(rows),
                _by_time(rows, hourly=False),
                _by(rows, "category"),
                _by(rows, "list"),
                hosts,
                len(hosts),
                _by(rows, "exemption"),
                _by(rows, "person_how"),
                _by(rows, "unit"),
            ),
        )

    def explain(self, question: Question, reference: str) -> Within[Explained]:
        bounds, rows = self._look("review explain", question)
        for one in rows:
            if one.reference == reference:
                again = Again(one.verdict, one.reason, one.category, one.list, one.line, one.entry)
                return Within(bounds, Explained(one, Replayed.SAME, "the entry stands there still", again))
        raise ReviewRefused(f"{show_reference(reference)}: no decision within this authority")

    def _look(self, what: str, question: Question) -> tuple[Bounds, list[ReviewedDecision]]:
        self._world.looks.append((self._who.login, what, question.purpose))
        authority = self._world.authorities.get(question.authority)
        if authority is None:
            raise ReviewRefused(f"authority {show_reference(question.authority)}: there is none")
        scope = bound(question, authority, self._who, _FILE.review, _now())
        rows = [one for one in self._world.decisions if one.final and _fits(one, question, scope)]
        rows.sort(key=lambda one: (one.at, one.id), reverse=True)
        return Bounds(uuid7(), authority.id, scope), rows


class _Figures:
    def __init__(self, world: World, who: Reviewer) -> None:
        self._world = world
        self._who = who

    def statistics(self, question: StatisticsQuestion) -> Statistics:
        self._world.looks.append((self._who.login, "review statistics", question.purpose))
        monthly = Dimension.UNIT in question.by
        return Statistics(question.since, question.until, monthly, tuple(self._world.statistics))

    def transparency(self, quarter: str) -> Transparency:
        self._world.looks.append((self._who.login, "transparency report", ""))
        numbers = figures(Counts(granted={Purpose.BREACH: 12}, people_told=3))
        return Transparency(str(read_quarter(quarter)), tuple(Figure(*one) for one in numbers))

    def dip_sample(self, question: DipSampleQuestion) -> tuple[DipSampleRow, ...]:
        self._world.looks.append((self._who.login, "review dip-sample", question.purpose))
        wanted = {each.name for each in fields(DipSampleRow)} - {"day", "withdrawn"}
        return tuple(
            DipSampleRow(
                day=one.at.date(),
                withdrawn=one.withdrawn_on is not None,
                **{name: getattr(one, name) for name in wanted},
            )
            for one in self._world.decisions[: question.size]
        )


class _Watching:
    def __init__(self, world: World, who: Reviewer) -> None:
        self._world = world
        self._who = who

    def looks(self, question: AccessQuestion) -> Looks:
        self._need_an_auditor()
        rows = [
            one
            for one in sorted(self._world.looked, key=lambda one: (one.at, one.id), reverse=True)
            if question.since <= one.at < question.until
            and question.actor in {None, one.actor}
            and question.authority in {None, one.authority}
            and (question.after is None or (one.at, one.id) < (question.after.at, question.after.id))
        ]
        page = rows[: question.size]
        return Looks(tuple(page), Cursor(page[-1].at, page[-1].id) if len(rows) > len(page) else None)

    def withheld(self) -> tuple[Withheld, ...]:
        self._need_an_auditor()
        return tuple(
            Withheld(one.id, one.terms.matter, told.at, told.by, told.withheld, told.ask_again)
            for one in self._world.authorities.values()
            if (told := one.told) is not None and told.withheld is not None
        )

    def _need_an_auditor(self) -> None:
        if ReviewerRole.AUDITOR not in self._who.roles:
            raise ReviewRefused("this is for who has the role auditor")


def _fits(one: ReviewedDecision, question: Question, scope: Scope) -> bool:
    return (
        scope.holds(
            organisation=one.organisation,
            at=one.at,
            person=one.person,
            unit=one.unit,
            category=one.category,
            resource=one.resource,
            verdict=one.verdict,
        )
        and (question.host is None or f".{one.host}".endswith(f".{question.host}"))
        and (not question.verdicts or one.verdict in question.verdicts)
        and (question.reference is None or one.reference == question.reference)
        and (not question.visits_only or one.is_visit)
    )


def _page(rows: list[ReviewedDecision], question: Question) -> Found:
    after = question.after
    left = [one for one in rows if after is None or (one.at, one.id) < (after.at, after.id)]
    page = left[: question.size]
    more = Cursor(page[-1].at, page[-1].id) if len(left) > len(page) else None
    return Found(*group(page, rows), more)


def _counted(rows: list[ReviewedDecision]) -> Figures:
    visits = [one.verdict for one in rows if one.counts_as_visit]
    rest = [one for one in rows if not one.is_visit and one.withdrawn_on is None]
    return Figures(
        allowed=visits.count(Verdict.ALLOW),
        confirmed=visits.count(Verdict.CONFIRM),
        blocked=visits.count(Verdict.BLOCK),
        other=len(rest),
        other_refused=sum(1 for one in rest if one.verdict is not Verdict.ALLOW),
        withdrawn=sum(1 for one in rows if one.withdrawn_on is not None),
    )


def _by(rows: list[ReviewedDecision], name: str) -> tuple[FiguresOf, ...]:
    values = sorted({getattr(one, name) for one in rows}, key=str)
    return tuple(
        FiguresOf(value, _counted([one for one in rows if getattr(one, name) == value])) for value in values
    )


def _by_time(rows: list[ReviewedDecision], *, hourly: bool) -> tuple[FiguresAt, ...]:
    def begins(one: ReviewedDecision) -> datetime:
        at = one.at.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
        return at if hourly else at.replace(hour=0)

    moments = sorted(set(map(begins, rows)))
    return tuple(FiguresAt(at, _counted([one for one in rows if begins(one) == at])) for at in moments)


def _now() -> datetime:
    return datetime.now(UTC)
