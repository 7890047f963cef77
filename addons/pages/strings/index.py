"""The list of the gateway's own pages: what it says."""

from addons.pages.strings.common import by_telephone
from policy.document import Policy

TITLE = "Web filter: what you can do here"
LEAD = "These are the pages of the web filter itself."
TELL = "Tell us"
REPORT = "Report something that was not blocked"
MISSING = "What was missing from the page I was on"
YOU = "About you"
RECORD = "My record: what is stored about me"
REQUESTS = "What became of my requests for access"
ROLE = "Choose my role"
NOTICE = "What is recorded, and what my rights are"
SIGN_IN = "Sign in"
SIGN_OUT = "Sign out"
BLOCKED = "If a page was blocked"
BLOCKED_STEPS = (
    "To request access for work, say that its category is wrong, or say that you did not mean to go there, follow "
    "the links on the page that blocked it."
)


def telephone(policy: Policy) -> str:
    """The way beside all of them."""
    return f"If you would rather talk to somebody, {by_telephone(policy)}. All of this can be done that way, too."
