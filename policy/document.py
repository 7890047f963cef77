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
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from policy.errors import ConfigurationError
from policy.words import (
    Action,
    CategoryKind,
    ExemptionRule,
    Purpose,
    RecordLevel,
    RetentionClass,
)

SHIPPED = Path(__file__).with_name("policy.toml")
MOST_BYTES = 1 << 20

Days = Annotated[int, Field(ge=1, le=3660)]
CategoryName = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{1,39}$")]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class About(_Part):
    """Whose policy this is."""

    title: str
    version: str
    organisation: str = ""
    owner: str = ""  # an office, never a person's name
    next_review: date | None = None
    service_desk: str = ""  # a telephone number


class Document(_Part):
    """A document whose clauses are quoted; its key is the letter before the clause number."""

    title: str


class StandingAuthority(_Part):
    """The written authority to monitor or record (P4.0). Without one in force nobody is named."""

    organisation: str = ""
    reference: str = ""
    granted_by: str = ""  # an office
    purposes: tuple[Purpose, ...] = ()
    granted_on: date | None = None
    review_by: date | None = None
    impact_assessment: str = ""

    @property
    def missing(self) -> tuple[str, ...]:
        """The names of the fields that are empty."""
        return tuple(name for name in type(self).model_fields if not getattr(self, name))

    def in_force(self, on: date) -> bool:
        """Complete, granted, and not past its review."""
        if self.missing or self.granted_on is None or self.review_by is None:
            return False
        return self.granted_on <= on <= self.review_by


class RecordClass(_Part):
    """How much is stored of a class of Decisions, and for how long."""

    level: RecordLevel
    keep_days: Days


class Keep(_Part):
    """How long the tables that are not decisions are kept."""

    access_days: Days
    change_days: Days


class Default(_Part):
    """What holds where nothing matched (step 8)."""

    action: Action
    reason: str


class Rule(_Part):
    """What holds for one category."""

    title: str
    action: Action
    reason: str  # plain English, shown to staff
    clause: str = ""  # such as "P3.2" or "P3.2, S3.2.8"
    kind: CategoryKind = CategoryKind.ORDINARY
    exemption: ExemptionRule = ExemptionRule.WORK_PURPOSE
    record: RecordLevel
    retention: RetentionClass

    @property
    def clauses(self) -> tuple[str, ...]:
        """Each clause by itself."""
        return tuple(part.strip() for part in self.clause.split(",") if part.strip())

    @model_validator(mode="after")
    def _is_consistent(self) -> "Rule":
        if self.kind is not CategoryKind.ORDINARY and self.action is not Action.ALLOW:
            raise ValueError(f'action: a category of kind "{self.kind}" has action "allow"')
        if self.kind in {CategoryKind.PRIVILEGED, CategoryKind.HELP} and (
            self.record is not RecordLevel.CATEGORY or self.retention is not RetentionClass.PRIVILEGED
        ):
            raise ValueError(
                f'record: a category of kind "{self.kind}" has record "category" and retention "privileged"'
            )
        # Such a row has no person and no time but the hour; beside rows that have, it would get both back.
        if self.record is RecordLevel.CATEGORY and self.retention is not RetentionClass.PRIVILEGED:
            raise ValueError('retention: record "category" has retention "privileged"')
        if self.exemption is ExemptionRule.NEVER and self.action is not Action.BLOCK:
            raise ValueError('exemption: "never" goes with action "block" only')
        return self


class _PolicyFile(_Part):
    about: About
    documents: dict[Annotated[str, Field(pattern=r"^[A-Z]$")], Document]
    standing_authority: StandingAuthority = StandingAuthority()
    record: dict[RetentionClass, RecordClass]
    keep: Keep
    default: Default
    category: dict[CategoryName, Rule]

    @model_validator(mode="after")
    def _is_whole(self) -> "_PolicyFile":
        for retention in RetentionClass:
            if retention not in self.record:
                raise ValueError(f"record.{retention}: missing; every class of record has a retention period")
        if self.record[RetentionClass.PRIVILEGED].level is not RecordLevel.CATEGORY:
            raise ValueError('record.privileged.level: "category"; nothing more may be stored in clear')
        # Without them every update server and help line could be blocked, and no check would say so.
        for kind in (CategoryKind.ESSENTIAL, CategoryKind.HELP):
            if not any(rule.kind is kind for rule in self.category.values()):
                raise ValueError(f'category: none has kind "{kind}"; a policy has at least one')
        for name, rule in self.category.items():
            for clause in rule.clauses:
                if clause[:1] not in self.documents:
                    raise ValueError(f"category.{name}.clause: {clause!r} names no document of [documents]")
        return self


@dataclass(frozen=True)
class Policy:
    """A policy in force."""

    file: _PolicyFile
    digest: str  # SHA-256 of the text, hex
    source: Path

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
        """How long accesses and changes are kept."""
        return self.file.keep

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
    raw = _read(path)
    try:
        parsed = tomllib.loads(raw.decode("utf-8"))
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ConfigurationError(f"{path}: not a TOML file: {error}") from error
    try:
        file = _PolicyFile.model_validate(parsed)
    except ValidationError as error:
        first, *more = error.errors(include_url=False, include_input=False)
        key = ".".join(str(part) for part in first["loc"])
        rest = f" (and {len(more)} more)" if more else ""
        raise ConfigurationError(
            f"{path}: {key + ': ' if key else ''}{_problem(first['type'], first['msg'], key)}{rest}"
        ) from error
    return Policy(file=file, digest=hashlib.sha256(raw).hexdigest(), source=path)


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
