"""This category is wrong: what it says."""

from addons.pages.strings.common import days
from policy.document import Policy

TITLE = "This category is wrong"
NO_PAGE = "You can say so of a page that was blocked. Follow the link on the page that blocked it."
TEXT = "What is this site, and why is the category wrong?"
TEXT_HINT = "One or two sentences are enough."
TEXT_MISSING = "Say what the site is"
BUTTON = "Send"
SENT_TITLE = "Thank you: this has been sent"
SENT = "The list administrators look at the site and put mistakes right. Their answer appears in your record."
SENT_NAMELESS = "The list administrators look at the site and put mistakes right."
UNTIL_THEN = "Until then the page stays blocked. If you need it for your work now, ask for access"


def lead(host: str, category: str) -> str:
    """What is said to be wrong."""
    return f"{host} is in the category “{category}”. If that is a mistake, tell the list administrators."


def kept(policy: Policy, *, named: bool) -> str:
    """What is kept of it."""
    who, name = (
        ("your user name, ", "without your name, which is kept so that their answer can reach you")
        if named
        else ("", "without your name, which is not kept")
    )
    return (
        f"What is kept: {who}the site, its category, the reference of the blocked page and what you write here. "
        f"The list administrators see it {name}. It is kept for {days(policy.keep.report_days)}."
    )
