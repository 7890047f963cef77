"""Who asks the review service: a person of the register, by what they hold at that moment."""

from dataclasses import dataclass

from policy.words import ReviewerRole


@dataclass(frozen=True, slots=True)
class Reviewer:
    """
    One actor of the review service.

    Made anew for each question, from the register of people as it is then: who is disabled, or whose role was
    not confirmed, is nobody here.
    """

    organisation: str
    login: str  # folded
    roles: frozenset[ReviewerRole]
    offices: frozenset[str] = frozenset()  # the roles of the register of people that they hold
    manager: str | None = None  # their own line manager's login
    team: frozenset[str] = frozenset()  # logins of who has them for a line manager
    unit: str | None = None  # their own, as the register writes it
    manager_unit: str | None = None  # their line manager's
