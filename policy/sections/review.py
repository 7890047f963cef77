"""
Who may read the log, and who says so (P4.0, S3.4.2, S3.14.1): offices of the register of people, by role.

Offices are compared as logins are, whatever the case. Where none is named nobody has the role: a policy
without this section lets nobody read anything.
"""

from typing import Annotated

from pydantic import Field

from policy.people import fold_login
from policy.sections.part import CategoryName, Label, Part
from policy.words import ReviewerRole

LONGEST_DAYS = 28

Office = Label | Annotated[str, Field(max_length=0)]


class ReviewRole(Part):
    """Which offices have one role."""

    offices: Annotated[tuple[Label, ...], Field(max_length=20)] = ()


class WatchedCategories(ReviewRole):
    """Which offices look after security, and the categories that they may ask about."""

    categories: Annotated[tuple[CategoryName, ...], Field(max_length=100)] = ()


class ReviewRoles(Part):
    """The offices of each role; the names are those of `policy.words.ReviewerRole`."""

    line_manager: ReviewRole = ReviewRole()
    professional_standards: ReviewRole = ReviewRole()
    information_security: WatchedCategories = WatchedCategories()
    it: ReviewRole = ReviewRole()
    statistics: ReviewRole = ReviewRole()
    data_protection: ReviewRole = ReviewRole()
    auditor: ReviewRole = ReviewRole()

    def of(self, role: ReviewerRole) -> ReviewRole:
        """The offices of this role."""
        named: ReviewRole = getattr(self, role.value.replace("-", "_"))
        return named


class Review(Part):
    """Who grants a review its authority, for how long at most, and who may ask what."""

    granted_by: Office = ""  # the office that grants; empty: nobody does
    deputy: Office = ""  # the office that grants in its place
    opened_by: Office = ""  # whose second word opening sealed parts needs; empty: none is ever opened
    longest_days: Annotated[int, Field(ge=1, le=LONGEST_DAYS)] = LONGEST_DAYS
    role: ReviewRoles = ReviewRoles()

    @property
    def granting(self) -> tuple[str, ...]:
        """The offices that may grant, the first one first."""
        return tuple(office for office in (self.granted_by, self.deputy) if office)

    def roles_of(self, offices: frozenset[str]) -> frozenset[ReviewerRole]:
        """The roles that somebody has who holds these offices."""
        return frozenset(role for role in ReviewerRole if held(offices, self.role.of(role).offices))


def held(offices: frozenset[str], wanted: tuple[str, ...]) -> str | None:
    """The first wanted office that is among those that somebody holds, as the policy writes it."""
    folded = {fold_login(office) for office in offices}
    return next((office for office in wanted if fold_login(office) in folded), None)
