"""The standing authority to monitor or record; without one in force nobody is named in the log."""

from datetime import date

from policy.sections.part import Part
from policy.words import Purpose


class StandingAuthority(Part):
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
