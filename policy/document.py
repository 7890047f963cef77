"""
The policy file: the organisation's rules as data.

`read_policy` takes `policy.toml` apart, names file, key and what was expected when something is
wrong, and gives a frozen `Policy` with a digest over the text, so that every Decision can name the
very rules it was made under. What may be empty in a working policy, and what follows from that, is
in `Policy.gaps`; nothing here reads a clock or the environment.
"""

import hashlib
import os
import stat
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from functools import cached_property
from pathlib import Path
from zoneinfo import ZoneInfo

from pydantic import ValidationError

from policy.effect import Effect, Effects
from policy.errors import ConfigurationError
from policy.facts import RequestFacts, Who
from policy.file import PolicyFile
from policy.schedule import Timetable
from policy.sections.about import About, Appeal, Document
from policy.sections.allowance import Allowance
from policy.sections.authority import StandingAuthority
from policy.sections.departure import Departure
from policy.sections.expected import SafeSearch, Tenants
from policy.sections.keeping import Keep, RecordClass
from policy.sections.notice import Notice, fill_in
from policy.sections.rule import Default, Rule
from policy.settings_shown import settings_shown
from policy.words import CategoryKind, Reason, RetentionClass

SHIPPED = Path(__file__).with_name("policy.toml")
MOST_BYTES = 1 << 20

_WITHOUT_SCHEDULE = "Europe/London"  # whose midnight ends a day of personal use


@dataclass(frozen=True)
class Policy:
    """A policy in force."""

    file: PolicyFile
    digest: str  # SHA-256 of the text, hex
    source: Path
    text: str = field(default="", repr=False)  # as it was read, to be kept with the digest

    @property
    def about(self) -> About:
        """Whose policy this is."""
        return self.file.about

    @property
    def documents(self) -> dict[str, Document]:
        """The documents whose clauses are quoted, by letter."""
        return self.file.documents

    @property
    def authority(self) -> StandingAuthority:
        """The standing authority, in force or not."""
        return self.file.standing_authority

    @property
    def default(self) -> Default:
        """What holds where nothing matched."""
        return self.file.default

    @property
    def keep(self) -> Keep:
        """How long everything that is no decision is kept."""
        return self.file.keep

    @property
    def appeal(self) -> Appeal:
        """Where a refusal may be appealed."""
        return self.file.appeal

    @property
    def allowance(self) -> Allowance | None:
        """The personal-use allowance; None where there is none."""
        return self.file.allowance

    def allowance_day(self, at: datetime) -> str:
        """The day whose minutes of personal use count at `at`: an ISO date by the allowance's clock."""
        schedule = self.allowance.schedule if self.allowance is not None else ""
        zone = self.schedules[schedule].zone if schedule else ZoneInfo(_WITHOUT_SCHEDULE)
        return at.astimezone(zone).date().isoformat()

    @property
    def departures(self) -> tuple[Departure, ...]:
        """What departs from the one standard level, in the order of the file."""
        return self.file.departure

    @property
    def confirm_minutes(self) -> int:
        """How long a stated work purpose holds."""
        return self.file.confirm.minutes

    @property
    def safe_search(self) -> SafeSearch:
        """What search engines and video sites are asked for."""
        return self.file.safe_search

    @property
    def tenants(self) -> Tenants:
        """Whose accounts may sign in to cloud services."""
        return self.file.tenants

    @property
    def search_terms(self) -> bool:
        """Whether words typed into search engines are looked at."""
        return self.file.search_terms

    @cached_property
    def notice(self) -> Notice | None:
        """The notice as people read it; None where the policy has none, and then nobody is ever named."""
        section = self.file.notice
        return None if section is None else fill_in(section, settings_shown(self.file))

    @cached_property
    def schedules(self) -> Mapping[str, Timetable]:
        """The named schedules."""
        return {name: schedule.timetable for name, schedule in self.file.schedule.items()}

    @cached_property
    def _effects(self) -> Effects:
        return Effects.of(self.rules, self.departures, self.allowance, self.schedules)

    @cached_property
    def standard(self) -> "Policy":
        """The one standard level alone: what holds for whoever no departure and no allowance is for."""
        return replace(self, file=self.file.model_copy(update={"departure": (), "allowance": None}))

    def in_effect(self, category: str, who: Who, at: datetime) -> Effect:
        """
        What is asked for of this category, for who asks, at `at` (aware).

        Raises `KeyError` for a category without a rule.
        """
        return self._effects.effect(category, who, at)

    def behind(self, reason: Reason, category: str, who: Who, at: datetime) -> Effect:
        """
        What is quoted for a decision about this category: what was in effect, and of signing up the rule.

        Raises `KeyError` for a category without a rule.
        """
        if reason is Reason.SIGN_UP:
            return self._effects.standing[category]
        return self.in_effect(category, who, at)

    def is_sign_up(self, facts: RequestFacts) -> bool:
        """Whether this request sends a form that signs somebody up: a POST to a path of `[sign_up]`."""
        return self.file.sign_up.covers(facts)

    @cached_property
    def rules(self) -> dict[str, Rule]:
        """By category, in the order of the file: among equals the first decides."""
        return dict(self.file.category)

    @cached_property
    def rank(self) -> dict[str, int]:
        """Each category's place in the file, from 0."""
        return {name: place for place, name in enumerate(self.rules)}

    @cached_property
    def records(self) -> dict[RetentionClass, RecordClass]:
        """What is stored of each class, and for how long."""
        return dict(self.file.record)

    def of_kind(self, *kinds: CategoryKind) -> frozenset[str]:
        """The categories of these kinds."""
        return frozenset(name for name, rule in self.rules.items() if rule.kind in kinds)

    def quote(self, clause: str) -> str:
        """`P3.2` in words: the document's title and the clause's number."""
        document = self.documents.get(clause[:1])
        return f"{document.title}, clause {clause[1:]}" if document else clause

    def gaps(self, on: date) -> Iterator[tuple[str, str]]:
        """What is empty or overdue, by key, and what follows from it."""
        about = self.about
        if not about.organisation:
            yield "about.organisation", "the block page cannot say whose filter this is"
        if not about.owner:
            yield "about.owner", "nobody is named as answerable for this policy"
        if not about.service_desk:
            yield "about.service_desk", "the block page can offer no telephone number"
        if about.next_review is None:
            yield "about.next_review", "nobody will be told when this policy is due for review"
        elif about.next_review < on:
            yield "about.next_review", f"the review was due on {about.next_review}; review the policy"
        if self.file.notice is None:
            yield "notice", "people cannot be told what is recorded: nobody is named in the log"
        authority = self.authority
        if authority.missing:
            yield (
                "standing_authority",
                f"no standing authority ({', '.join(authority.missing)} empty): nobody is named in the log",
            )
        elif not authority.in_force(on):
            yield (
                "standing_authority",
                f"not in force on {on} (granted {authority.granted_on}, review by {authority.review_by}): "
                "nobody is named in the log",
            )


def read_policy(path: Path = SHIPPED) -> Policy:
    """
    The policy in `path`.

    Raises `ConfigurationError` naming the file, the key and what was expected.
    """
    return parse_policy(_read(path), path)


def parse_policy(raw: bytes, source: Path) -> Policy:
    """
    The policy that this text is; `source` is named where it is none.

    Raises `ConfigurationError` naming the source, the key and what was expected.
    """
    try:
        text = raw.decode("utf-8")
        parsed = tomllib.loads(text)
    except (UnicodeDecodeError, tomllib.TOMLDecodeError, RecursionError) as error:
        raise ConfigurationError(f"{source}: not a TOML file: {error}") from error
    try:
        file = PolicyFile.model_validate(parsed)
    except ValidationError as error:
        first, *more = error.errors(include_url=False, include_input=False)
        key = ".".join(str(part) for part in first["loc"])
        rest = f" (and {len(more)} more)" if more else ""
        raise ConfigurationError(
            f"{source}: {key + ': ' if key else ''}{_problem(first['type'], first['msg'], key)}{rest}"
        ) from error
    policy = Policy(file=file, digest=hashlib.sha256(raw).hexdigest(), source=source, text=text)
    try:
        _ = policy.notice
    except ValueError as error:
        raise ConfigurationError(f"{source}: {error}") from error
    return policy


def _read(path: Path) -> bytes:
    """The whole file. Raises `ConfigurationError` for what is none, or never ends."""
    try:
        with open(path, "rb", opener=_without_waiting) as file:
            if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
                raise ConfigurationError(f"{path}: the policy file cannot be read: not a regular file")
            raw = file.read(MOST_BYTES + 1)
    except OSError as error:
        raise ConfigurationError(f"{path}: the policy file cannot be read: {error.strerror}") from error
    if len(raw) > MOST_BYTES:
        raise ConfigurationError(f"{path}: no policy file: it has more than {MOST_BYTES:,} bytes")
    return raw


def _without_waiting(path: str, flags: int) -> int:
    """Opening a FIFO would wait for whoever writes into it."""
    return os.open(path, flags | os.O_NONBLOCK)


def _problem(kind: str, message: str, key: str) -> str:
    """What pydantic found, in words that a person can act on."""
    if kind == "extra_forbidden":
        return "unknown key; remove it or correct its spelling"
    if kind == "missing":
        return f"missing; expected as in the shipped policy ({SHIPPED})"
    expected = message.removeprefix("Value error, ").removeprefix("Input should be ")
    return f"expected {expected}" if key and kind != "value_error" else expected
