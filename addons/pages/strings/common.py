"""What several pages say: whose filter speaks, and how to reach a person."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

from policy.document import Policy

WHOSE = "Web filter of"
REFERENCE = "Reference:"
HOME = "All pages of the web filter"
PROBLEM = "There is a problem"
ERROR = "Error: "
OPTIONAL = " (optional)"

_CLOCK = ZoneInfo("Europe/London")


def by_telephone(policy: Policy) -> str:
    """How to reach a person."""
    number = policy.about.service_desk
    return f"telephone the service desk on {number}" if number else "contact your IT service desk"


def try_again(policy: Policy) -> str:
    """What to do about a fault of ours."""
    return f"Try again in a few minutes. If it stays like this, {by_telephone(policy)}."


def whose_filter(policy: Policy) -> str:
    """Whose filter speaks."""
    return policy.about.organisation or "your organisation"


def days(count: int) -> str:
    """A time for which something is kept: exact, and in years where nobody would count the days."""
    years = round(count / 365)
    return f"{count:,} days (about {years} years)" if years > 1 else f"{count:,} days"


def time_of(at: datetime) -> str:
    """`4 March 2026, 12:30 GMT`, by the clock on the wall."""
    local = at.astimezone(_CLOCK)
    return f"{local.day} {local:%B %Y, %H:%M %Z}"


def day_of(iso: str) -> str:
    """`2026-03-04` as `4 March 2026`."""
    day = date.fromisoformat(iso)
    return f"{day.day} {day:%B %Y}"
