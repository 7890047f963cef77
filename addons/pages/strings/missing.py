"""What was missing from the page I was on: what it says."""

from addons.pages.strings.common import days
from policy.document import Policy

TITLE = "What was missing from the page I was on"
LEAD = "If a page opened but looked broken, the web filter may have blocked a piece of it."
SITE = "Which page was it?"
SITE_HINT = "Its address, such as https://www.example.org. Only the last half hour is looked at."
SITE_MISSING = "Enter the page's address"
SITE_WRONG = "Enter a page's address, such as https://www.example.org"
BUTTON = "Look"
FOUND = "Pieces that were blocked"
HEAD = ("Piece from", "Category", "Reference")
NONE = "The web filter blocked no piece of this page for you in the last half hour."
NONE_STEPS = (
    "Check the address: it is the one of the page that you were on, not of the piece that was missing.",
    "Load the page again, and ask here within half an hour.",
)
NOT_TOLD = (
    "What the web filter blocks is kept without your name at the moment, so it cannot tell which pieces were "
    "blocked for you."
)
REQUEST = "Request access to {host} for work"


def found(page: str, count: int) -> str:
    """How many there were."""
    pieces = "one site" if count == 1 else f"{count} sites"
    return f"On {page}, pieces from {pieces} were blocked for you in the last half hour."


def kept(policy: Policy) -> str:
    """What is kept of the question."""
    return (
        "What is kept: that you looked at your own record, and when; not which page you asked about. It is kept for "
        f"{days(policy.keep.access_days)}, as every look into the record is."
    )
