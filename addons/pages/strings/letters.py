"""What is mailed about a report: to the line manager, the service desk, the list administrators."""

from datetime import datetime

from addons.pages.strings.common import time_of
from policy.document import Policy
from policy.words import ReportKind

GREETING = "This message was sent by the web filter of"
WITHOUT_NAME = "your organisation"
SIGNATURE = "Please do not answer this message: nobody reads what is sent to its sender."

MANAGER = (
    "{person} has reported that the web filter did not block something it should have. The acceptable use "
    "policy asks whoever meets such a thing by accident to tell their line manager and the service desk at once, "
    "and by this they have done so. It is no allegation against them."
)
SERVICE_DESK = (
    "{person} has reported that the web filter did not block something it should have. Please treat it as the "
    "acceptable use policy says. Do not open the site to look at it."
)
LISTS = {
    ReportKind.NOT_BLOCKED: (
        "Somebody has reported that the web filter did not block something it should have. Please look at the "
        "site with care, and put it on a list if it belongs there."
    ),
    ReportKind.WRONG_CATEGORY: (
        "Somebody has said that a site is in the wrong category. Please look at it, and put the list right if "
        "they are right."
    ),
}
NO_MANAGER = "The register of people has no mail address of a line manager for them, so none was told. Please tell them."
VIRUS = "If a virus may be at work, the computer must not be used until it has been looked at."

_SUBJECTS = {
    ReportKind.NOT_BLOCKED: "Web filter: something was not blocked",
    ReportKind.WRONG_CATEGORY: "Web filter: a category is said to be wrong",
}


def subject(kind: ReportKind, reference: str) -> str:
    """A subject says neither who nor which site: it is shown on locked screens."""
    return f"{_SUBJECTS[kind]} ({reference})"


def facts(host: str, category: str | None, at: datetime, reference: str) -> str:
    """What every letter states."""
    lines = [f"Site: {host}"]
    if category is not None:
        lines.append(f"Category: {category}")
    lines += [f"Reported: {time_of(at)}", f"Reference: {reference}"]
    return "\n".join(lines)


def in_their_words(text: str) -> str:
    """What the person wrote, marked as such line by line."""
    return "In their words:\n" + "\n".join(f"> {line}" for line in text.splitlines())


def answer_with(reference: str) -> str:
    """How a list administrator answers."""
    return f"When you have dealt with it, say so with: sluicegate reports answer {reference}"


def whole(policy: Policy, *paragraphs: str) -> str:
    """The letter: who sends it, what it says, and that nobody reads an answer."""
    greeting = f"{GREETING} {policy.about.organisation or WITHOUT_NAME}."
    return "\n\n".join((greeting, *(one for one in paragraphs if one), SIGNATURE)) + "\n"
