"""
Whatever one person asks leaves an Access: what was shown, and what was refused with its reason.

The topics of the service (`reviewing.py`, `authorities.py` …) go through here, so that none can forget.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from pydantic import TypeAdapter

from db.review.looks import Look, Looks
from policy.errors import Refused, ReviewRefused
from policy.identifiers import read_reference
from policy.review.reviewer import Reviewer
from policy.review.scope import Scope
from policy.words import ReviewerRole


@dataclass(frozen=True, slots=True)
class Recording:
    """One person's looks."""

    looks: Looks
    reviewer: Reviewer

    @contextmanager
    def refusals(
        self,
        what: str,
        question: Mapping[str, object],
        *,
        purpose: str = "",
        authority: str | None = None,
    ) -> Iterator[None]:
        """Record what is refused within. Raises what was raised, or `DatabaseAway`."""
        try:
            yield
        except ReviewRefused as refused:
            self.looks.refused(
                self.reviewer,
                what=what,
                question=question,
                purpose=purpose,
                authority=authority,
                why=str(refused),
            )
            raise

    @contextmanager
    def look(
        self,
        what: str,
        question: Mapping[str, object],
        *,
        purpose: str = "",
        authority: str | None = None,
        scope: Scope | None = None,
        subject: str | None = None,
        opening: str | None = None,
    ) -> Iterator[Look]:
        """A look, recorded before anything is read; a refusal by the database is recorded too."""
        with (
            self.refusals(what, question, purpose=purpose, authority=authority),
            self.looks.open(
                self.reviewer,
                what=what,
                question=question,
                purpose=purpose,
                authority=authority,
                scope=scope,
                subject=subject,
                opening=opening,
            ) as look,
        ):
            yield look

    def need(self, *roles: ReviewerRole) -> None:
        """Raise `ReviewRefused` unless this person has one of these roles."""
        if not self.reviewer.roles.intersection(roles):
            wanted = " or ".join(role.value.replace("-", " ") for role in roles)
            raise ReviewRefused(
                f"this is for {wanted}: the register of people gives you no office that the policy names "
                "for it"
            )


def as_record(question: Any, *without: str) -> dict[str, object]:
    """A question as its Access keeps it: plain, what it leaves out left out, and without these members."""
    plain = TypeAdapter[Any](type(question)).dump_python(
        question, mode="json", exclude_defaults=True, exclude=set(without)
    )
    return {str(name): value for name, value in plain.items()}


def reference(text: str) -> str:
    """A reference as it is stored. Raises `ReviewRefused` for what is none."""
    try:
        return read_reference(text)
    except Refused as refused:
        raise ReviewRefused(str(refused)) from refused
