"""I did not mean to come here: what it says."""

from addons.pages.strings.common import days
from policy.document import Policy

TITLE = "I did not mean to come here"
NO_PAGE = (
    "You can leave a note beside a page that was blocked. Follow the link on the page that blocked it. You need "
    "not: being shown such a page is not an allegation."
)
TEXT = "How did it happen?"
TEXT_HINT = "For example: a link in a message, an advertisement, a mistyped address."
BUTTON = "Leave the note"
SENT_TITLE = "Your note has been kept"
SENT = "It says that you did not mean to open this page. You need do nothing else."
NOTHING_ELSE = (
    "Close this page and carry on. Nobody is told, and nothing follows from the page that was blocked."
)
GOT_THROUGH = "If you saw something that should have been blocked, please report it"


def lead(host: str) -> str:
    """What the note is about."""
    return f"{host} was blocked before it opened, so you need do nothing. If you like, leave a note beside the record of it."


def kept(policy: Policy) -> str:
    """What is kept of a note."""
    return (
        "What is kept: the site, the reference of the blocked page and what you write here, without your name. "
        "Whoever may look at the record of the blocked page sees the note beside it. It is kept for "
        f"{days(policy.keep.report_days)}."
    )
