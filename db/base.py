"""
What all tables have in common: one registry, and one column type for each type of Python.

The tables themselves stand in `db/models.py` and `db/people_models.py`; `db/tables.py` knows them all.
"""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import LargeBinary, Text
from sqlalchemy.orm import DeclarativeBase

from db.columns import ExactJson, Json, UtcDateTime, Word
from policy.people import PersonKind
from policy.registers import GranteeKind, TargetKind
from policy.words import (
    Action,
    AuthorityOutcome,
    BreakGlassEvent,
    Ended,
    EntryKind,
    PersonHow,
    ProposalOutcome,
    Purpose,
    Reason,
    RecordLevel,
    ReportKind,
    RequestOutcome,
    Resource,
    RetentionClass,
    ReviewerRole,
    Step,
    Verdict,
)

type Data = dict[str, object] | list[object]
type Exactly = dict[str, object] | list[object]
"""Data that is read again to act on it: kept to the letter, where other data is bounded to be shown."""

_WORDS: tuple[type[StrEnum], ...] = (
    Action,
    AuthorityOutcome,
    BreakGlassEvent,
    Ended,
    EntryKind,
    GranteeKind,
    PersonHow,
    PersonKind,
    ProposalOutcome,
    Purpose,
    Reason,
    RecordLevel,
    ReportKind,
    RequestOutcome,
    Resource,
    RetentionClass,
    ReviewerRole,
    Step,
    TargetKind,
    Verdict,
)
_TYPES: dict[Any, Any] = {
    str: Text,
    bytes: LargeBinary,
    datetime: UtcDateTime,
    Data: Json,
    Exactly: ExactJson,
    **{words: Word(words) for words in _WORDS},
}


class Base(DeclarativeBase):
    """Every table of the schema."""

    type_annotation_map = _TYPES
