"""The policy file as a whole: its sections, and what must fit between them."""

from collections.abc import Iterable, Iterator
from typing import Annotated, Self

from pydantic import Field, model_validator

from policy.schedule import Schedule
from policy.sections.about import About, Appeal, Document
from policy.sections.allowance import Allowance
from policy.sections.authority import StandingAuthority
from policy.sections.confirm import Confirm
from policy.sections.departure import Departure
from policy.sections.expected import SafeSearch, Tenants
from policy.sections.keeping import Keep, RecordClass
from policy.sections.notice import NoticeSection
from policy.sections.part import CategoryName, Name, Part
from policy.sections.review import Review
from policy.sections.rule import Default, Rule
from policy.sections.sealing import Sealing
from policy.sections.sign_up import SignUp
from policy.words import Action, CategoryKind, RecordLevel, RetentionClass


class PolicyFile(Part):
    """Everything that stands in a policy file."""

    about: About
    documents: dict[Annotated[str, Field(pattern=r"^[A-Z]$")], Document]
    standing_authority: StandingAuthority = StandingAuthority()
    appeal: Appeal = Appeal()
    notice: NoticeSection | None = None
    record: dict[RetentionClass, RecordClass]
    keep: Keep
    default: Default
    category: dict[CategoryName, Rule]
    schedule: dict[Name, Schedule] = Field(default_factory=dict)
    departure: Annotated[tuple[Departure, ...], Field(max_length=200)] = ()
    allowance: Allowance | None = None
    confirm: Confirm = Confirm()
    sign_up: SignUp = SignUp()
    safe_search: SafeSearch = SafeSearch()
    tenants: Tenants = Tenants()
    search_terms: bool = False
    review: Review = Review()
    sealing: Sealing = Sealing()

    @model_validator(mode="after")
    def _is_whole(self) -> Self:
        for wrong in self._what_does_not_fit():
            raise ValueError(wrong)
        return self

    def _what_does_not_fit(self) -> Iterator[str]:
        for retention in RetentionClass:
            if retention not in self.record:
                yield f"record.{retention}: missing; every class of record has a retention period"
                return
        if self.record[RetentionClass.PRIVILEGED].level is not RecordLevel.CATEGORY:
            yield 'record.privileged.level: "category"; nothing more may be stored in clear'
        # Without them every update server and help line could be blocked, and no check would say so.
        for kind in (CategoryKind.ESSENTIAL, CategoryKind.HELP):
            if not any(rule.kind is kind for rule in self.category.values()):
                yield f'category: none has kind "{kind}"; a policy has at least one'
        for name, rule in self.category.items():
            yield from self._unknown_clauses(f"category.{name}", rule.clauses)
            if rule.sign_up is not None and not self.sign_up.paths:
                yield f"category.{name}.sign_up: needs [sign_up] paths; without any no sign-up is ever seen"
        yield from self._unfit_departures()
        yield from self._unfit_allowance()
        for name in self.review.role.information_security.categories:
            if name not in self.category:
                yield f"review.role.information_security.categories: {name!r} is no category of this policy"

    def _unfit_departures(self) -> Iterator[str]:
        names = [departure.name for departure in self.departure]
        for departure in self.departure:
            where = f"departure {departure.name!r}"
            if names.count(departure.name) > 1:
                yield f"{where}: there are several of that name; each needs its own"
            yield from self._unknown_clauses(where, departure.clauses)
            yield from self._unfit_categories(where, departure.categories)
            yield from self._unknown_schedule(where, departure.schedule)

    def _unfit_allowance(self) -> Iterator[str]:
        if self.allowance is None:
            return
        yield from self._unfit_categories("allowance", self.allowance.categories)
        yield from self._unknown_schedule("allowance", self.allowance.schedule)
        for name in self.allowance.categories:
            rule = self.category[name]
            if rule.action is Action.ALLOW or rule.trial:
                yield f"allowance.categories: {name} is open to everybody already"

    def _unknown_clauses(self, where: str, clauses: Iterable[str]) -> Iterator[str]:
        for clause in clauses:
            if clause[:1] not in self.documents:
                yield f"{where}.clause: {clause!r} names no document of [documents]"

    def _unfit_categories(self, where: str, categories: Iterable[str]) -> Iterator[str]:
        for name in categories:
            rule = self.category.get(name)
            if rule is None:
                yield f"{where}.categories: {name!r} is no category of this policy"
            elif not rule.conditional:
                yield f"{where}.categories: {name} is decided before any condition is looked at"

    def _unknown_schedule(self, where: str, name: str) -> Iterator[str]:
        if name and name not in self.schedule:
            yield f"{where}.schedule: there is no [schedule.{name}]"
