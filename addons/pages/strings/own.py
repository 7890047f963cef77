"""What the gateway's own pages say when they will not do what was asked, whichever page it was."""

from addons.pages.strings.common import by_telephone, try_again
from policy.document import Policy

WHY = {
    "not-found": ("There is no such page", "The web filter has no page at this address."),
    "wrong-method": (
        "This cannot be done here",
        "The web filter did not understand what was asked of this page.",
    ),
    "not-a-page": (
        "This page opens by itself only",
        "Another site tried to use this page as a part of its own.",
    ),
    "too-often": (
        "You have asked too often",
        "Too much was asked of this page in a short time. Nothing was kept.",
    ),
    "elsewhere": (
        "This was not sent from our page",
        "What was sent did not come from a page of the web filter, so nothing was done with it.",
    ),
    "forged": (
        "This link or form cannot be used",
        "It was not made by the web filter, or not all of it arrived.",
    ),
    "foreign": (
        "This link or form is not yours",
        "It was made for somebody else, or before you signed in or out.",
    ),
    "expired": ("This link or form is too old", "Links and forms can be used for a day. Nothing was kept."),
    "replayed": (
        "This was sent before",
        "Each form can be sent once, and this one has been. If it did what you wanted, you need do nothing else.",
    ),
    "malformed": (
        "This form could not be read",
        "What was sent was not what this form sends. Nothing was kept.",
    ),
    "too-much": ("This is too long", "More was sent than this form can take. Nothing was kept."),
    "too-slow": ("This took too long", "What was sent did not arrive in time. Nothing was kept."),
    "not-encrypted": (
        "This page opens over an encrypted connection only",
        "Nothing that was sent was read. Your browser is led to the encrypted page.",
    ),
    "failed": (
        "Something went wrong",
        "The web filter made a mistake of its own. It may not have kept what you sent.",
    ),
}

DOORWAY_TITLE = "This page is about you"
DOORWAY = "Another site led you here. What this page shows is for you alone, so it opens when you ask for it yourself."
DOORWAY_LINK = "Open the page"

UNREAD_TITLE = "Please read the notice first"
UNREAD = "What you send from this page is kept with your name, and nothing is before you have read what is recorded."
UNREAD_LINK = "Read the notice"


def steps(why: str, policy: Policy) -> tuple[str, ...]:
    """What to do about it."""
    if why in {"too-often", "too-slow", "failed"}:
        return (try_again(policy),)
    if why == "replayed":
        return (f"If you want to send something else, open the page again, or {by_telephone(policy)}.",)
    if why in {"forged", "foreign", "expired", "elsewhere"}:
        return (
            "Go back to the page that was blocked, load it again, and follow its link.",
            f"If that does not help, {by_telephone(policy)}.",
        )
    return (f"If you need help, {by_telephone(policy)}.",)
