"""Report something that was not blocked: what it says."""

from collections.abc import Container

from addons.pages.strings.common import by_telephone, days
from policy.document import Policy

TITLE = "Report something that was not blocked"
LEAD = "If you saw something that the web filter should have stopped, report it here. Reporting is not an admission of anything."
SITE = "Which site was it?"
SITE_HINT = "Its name or address, such as www.example.org. Only the site's name is kept, not the page."
SITE_MISSING = "Enter the site's name or address"
SITE_WRONG = "Enter a site's name or address, such as www.example.org"
TEXT = "What did you see, and how did you come to it?"
TEXT_HINT = "Please leave out names and details of cases. Do not open the page again to describe it."
TEXT_MISSING = "Say in a few words what you saw"
HOW = "Who should be told?"
HOW_MISSING = "Choose who should be told"
NAMED = "My line manager and the service desk, with my name"
NAMED_HINT = "This is what the policy asks of you if it came to you by accident."
NAMELESS = "The list administrators, without my name"
NAMELESS_HINT = "Nobody is told who you are. They cannot answer you."
BUTTON = "Send the report"
SENT_TITLE = "Thank you: your report has been sent"
SENT_NAMELESS = "It is kept for the list administrators, without your name."
THEN = (
    "If you feel upset by what you saw, talk to somebody you trust, or to your occupational health service."
)
VIRUS = "If you think that a virus is at work, stop using the computer and telephone now"
NOT_KNOWN = (
    "The web filter does not know who you are here, or your account cannot be used, so this report goes to the list "
    "administrators without a name. Please tell your line manager and the service desk as well."
)


def kept(policy: Policy, *, named: bool) -> str:
    """What is kept of a report."""
    name = "; your user name only if you choose so" if named else ""
    seen = (
        " If you give your name, your line manager, the service desk and those who keep the register of people see "
        "it with your name."
        if named
        else ""
    )
    return (
        f"What is kept: the site's name, the time and what you write here{name}. The list administrators see it "
        f"without a name.{seen} It is kept for {days(policy.keep.report_days)}."
    )


def virus(policy: Policy) -> str:
    """What cannot wait for a form (S3.11.4)."""
    number = policy.about.service_desk
    return f"{VIRUS}: {number}." if number else f"{VIRUS}: the service desk."


def sent(told: Container[str], policy: Policy) -> str:
    """Who is being told of a report with a name, and what is left to do (P3.2)."""
    desk = by_telephone(policy)
    match "manager" in told, "service-desk" in told:
        case True, True:
            return "Your line manager and the service desk are being told. You have done what the policy asks of you."
        case True, False:
            return f"Your line manager is being told. Please {desk} as well."
        case False, True:
            return (
                "The service desk is being told. The web filter knows no address of your line manager: please "
                "tell them yourself."
            )
        case _:
            return f"It is kept, but nobody can be told from here. Please tell your line manager yourself, and {desk}."
