"""Sign in and sign out: what the pages say."""

from addons.pages.strings.common import by_telephone
from addons.pages.strings.purpose import duration
from policy.document import Policy

TITLE = "Sign in to use the internet"
LEAD = "This network asks who you are before it opens a website. Sign in with your work user name."
THEN = "Until you sign out, or the time is over, everything that is opened from this device counts as opened by you. On a device that others use, sign out when you leave."
LOGIN = "User name"
LOGIN_MISSING = "Enter your user name"
PASSWORD = "Password"  # noqa: S105 (a label)
PASSWORD_MISSING = "Enter your password"  # noqa: S105 - a sentence
BUTTON = "Sign in"
KNOWN_ALREADY = "The web filter knows already who asks on this connection. You need not sign in."
DONE_TITLE = "You are signed in"
SIGN_OUT = "Sign out"
OUT_TITLE = "Sign out"
OUT_BUTTON = "Sign out"
OUT_KEPT = "Nothing is kept of this but that the device no longer stands for you."
OUT_DONE_TITLE = "You are signed out"
OUT_DONE = "This device no longer stands for you. Close the browser if others use the device."
NOT_BY_PAGE = "Nobody is signed in on this page from this device, so there is nothing to sign out of."
NOT_KEPT_OUT = "The gateway could not sign you out just now. Please try again."
_WHY = {
    "wrong": "The user name or the password is not right",
    "too-many-wrong": "There were too many wrong passwords from this device. Wait a minute, then try again",
    "shared": "Many people share the address this comes from, so it cannot stand for you",
    "busy": "Too many people are signing in at the moment. Wait a minute, then try again",
}
AWAY = "Nobody can be signed in at the moment. Wait a few minutes, then try again"


def no_passwords(policy: Policy) -> str:
    """Where there is nothing to sign in with."""
    return f"Nobody signs in on this page here. If a website asks who you are, {by_telephone(policy)}."


def why(word: str) -> str:
    """Why somebody is not signed in."""
    return _WHY.get(word, AWAY)


def kept(minutes: int) -> str:
    """What is kept of it."""
    return (
        "What is kept: that this device stands for you, for "
        f"{duration(minutes)} at most. Your password is not kept."
    )


def done(minutes: int) -> str:
    """What came of it."""
    return f"For the next {duration(minutes)} this device stands for you."


def signed_in_as(login: str) -> str:
    """Who is signed in."""
    return f"You are signed in as {login} on this device."


def no_user_name(policy: Policy) -> str:
    """The way beside the form."""
    return f"If you have no user name or it is not accepted, {by_telephone(policy)}."
