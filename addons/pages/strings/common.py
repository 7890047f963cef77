"""What several pages say: whose filter speaks, and how to reach a person."""

from policy.document import Policy

WHOSE = "Web filter of"
REFERENCE = "Reference:"
HOME = "All pages of the web filter"
PROBLEM = "There is a problem"
ERROR = "Error: "
OPTIONAL = " (optional)"


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
