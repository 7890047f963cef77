"""What holds for one category, and what holds where none matched."""

from typing import Literal, Self

from pydantic import model_validator

from policy.sections.part import Label, Part, clauses_of
from policy.words import Action, CategoryKind, ExemptionRule, RecordLevel, RetentionClass


class Default(Part):
    """What holds where nothing matched (step 8)."""

    # Not "confirm": a stated purpose takes away categories, and here there is none to take away.
    action: Literal[Action.ALLOW, Action.BLOCK]
    reason: str


class Rule(Part):
    """What holds for one category."""

    title: str
    action: Action
    reason: str  # plain English, shown to staff
    clause: str = ""  # such as "P3.2" or "P3.2, S3.2.8"
    kind: CategoryKind = CategoryKind.ORDINARY
    exemption: ExemptionRule = ExemptionRule.WORK_PURPOSE
    record: RecordLevel
    retention: RetentionClass
    trial: bool = False  # what it asks for is only recorded (`would_be`); everything is let through
    sign_up: Literal[Action.CONFIRM, Action.BLOCK] | None = None  # for a POST to a path of [sign_up]
    granted_by: tuple[Label, ...] = ()  # the offices that may grant an exemption; empty: whoever may grant
    second_office: str = ""  # the office whose second word an exemption needs
    procedure: bool = False  # whether an exemption needs the reference of a procedure

    @property
    def clauses(self) -> tuple[str, ...]:
        """Each clause by itself."""
        return clauses_of(self.clause)

    @property
    def conditional(self) -> bool:
        """Whether a departure or an allowance may change what is asked for (steps 0 to 2 ask for none)."""
        return self.kind is CategoryKind.ORDINARY and self.exemption is not ExemptionRule.NEVER

    @model_validator(mode="after")
    def _is_consistent(self) -> Self:
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
        if not self.conditional and (self.trial or self.sign_up is not None):
            raise ValueError("trial, sign_up: only for an ordinary category that admits exemptions")
        if self.trial and self.action is Action.ALLOW:
            raise ValueError('trial: tries "confirm" or "block"; there is nothing to try of "allow"')
        return self
