"""What the gateway's own pages share."""

from addons.pages.strings.common import by_telephone
from policy.document import Policy
from policy.identifiers import show_reference

NOBODY = "This page is for people whom the web filter knows, and it does not know who you are."
NOBODY_NOW = (
    "The web filter looks at nobody's name at the moment, so this page is closed. It opens again by itself."
)
STOPPED = (
    "This page is not for this account or device: it is not in the register of people, has been disabled, or its "
    "time is over."
)
SIGN_IN = "Sign in"
NO_CATEGORY = "no category"
PRIVACY = "Read what is recorded, and what your rights are"
MY_RECORD = "See what is stored about you"


def nobody_steps(policy: Policy, *, signs_in: bool) -> tuple[str, ...]:
    """What somebody can do who is not known."""
    if not signs_in:
        return (f"If you need it, {by_telephone(policy)}.",)
    return (f"Sign in and come back, or {by_telephone(policy)}.",)


def stopped_steps(policy: Policy) -> tuple[str, ...]:
    """What somebody can do whom the registers refuse."""
    return (f"If that is a mistake, {by_telephone(policy)}.",)


def too_long(most: int) -> str:
    """What is wrong with a text of more characters."""
    return f"Use {most:,} characters or fewer"


def or_by_telephone(policy: Policy, reference: str = "") -> str:
    """The way beside a form."""
    also = f" and give the reference {show_reference(reference)}" if reference else ""
    return f"If you would rather not use this form, {by_telephone(policy)}{also}."


def nothing_kept(policy: Policy) -> str:
    """What a page says where the gateway can keep nothing; what was typed stands in the form still."""
    return (
        "The gateway cannot keep anything at the moment. As far as it can tell, nothing was sent. What you typed is "
        "still below. "
        f"Try again in a few minutes, or {by_telephone(policy)}."
    )


def nothing_known(policy: Policy) -> str:
    """What a page says where the gateway can look nothing up."""
    return (
        "The gateway cannot look anything up at the moment. "
        f"Try again in a few minutes. If it stays like this, {by_telephone(policy)}."
    )
