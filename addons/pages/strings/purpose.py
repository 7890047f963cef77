"""State your work purpose: what it says."""

from addons.pages.strings.common import by_telephone
from policy.document import Policy

TITLE = "State your work purpose"
NO_SITE = "This page is about a site that is open for work purposes only. Follow the link on the page that stopped you."
PURPOSE = "What do you need it for in your work?"
PURPOSE_HINT = "A few words are enough. Please leave out names and details of cases."
PURPOSE_MISSING = "Say what you need it for"
BUTTON = "Open it for this purpose"
DONE_TITLE = "Your purpose is kept"
PERSONAL = "If it is not for your work, close this page. You need do nothing else."
_WHY = {
    "not-confirm": "This site cannot be opened by stating a purpose, or no longer needs one.",
}
_NOT_DONE = "Your purpose could not be taken."


def lead(host: str, category: str) -> str:
    """What is asked for."""
    return f"{host} is in the category “{category}”, which is open for work purposes only."


def holds(site: str, minutes: int) -> str:
    """What stating it does."""
    return f"Stating a purpose opens {site} to you for {duration(minutes)}. After that you are asked again."


def done(site: str, minutes: int) -> str:
    """What came of it."""
    return f"{site} is open to you for {duration(minutes)} from now."


def sent(host: str) -> str:
    """What became of what was sent."""
    return (
        f"What you sent to {host} was not sent on. Once you have stated your purpose you can send it again."
    )


def kept(days: int) -> str:
    """What is kept of it."""
    return (
        "What is kept: your user name, the site, its category, the reference of the page that stopped you, the time and "
        "what you write here. "
        f"It is kept for {days:,} days and may be read only with a written authority."
    )


def why_not(word: str, policy: Policy) -> str:
    """Why it could not be taken."""
    return f"{_WHY.get(word, _NOT_DONE)} If you need it for your work, {by_telephone(policy)}."


def duration(minutes: int) -> str:
    """`90` as "1 hour 30 minutes"."""
    hours, rest = divmod(minutes, 60)
    parts = [
        f"{count} {unit}{'' if count == 1 else 's'}"
        for count, unit in ((hours, "hour"), (rest, "minute"))
        if count
    ]
    return " ".join(parts) or "less than a minute"
