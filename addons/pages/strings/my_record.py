"""My record: what it says."""

from addons.desk.protocol import StoredClass, StoredExemption, StoredReport
from addons.pages.strings.common import by_telephone, day_of, days
from policy.document import Policy

TITLE = "My record"
LEAD = "This is what the web filter has stored about you."

YOU = "Who you are here"
FACTS = "What the register of people says"
FACT_HEAD = ("What", "Stored")
LOGIN, ORGANISATION, NAME, UNIT, KIND = "User name", "Organisation", "Name", "Unit", "What you are here as"
ROLES, ACTIVE_ROLE, ENDS, DEVICES = "Roles, and until when", "Role you act in", "Your access ends", "Devices"
NOT_STORED = "not stored"

DECISIONS = "What is kept of the pages you opened"
DECISIONS_HEAD = ("Kind of page", "Entries with your name", "From", "To", "Each is kept for")
NO_DECISIONS = "No entry names you."
NO_LOOK = "Nobody may look them up without a written authority, and every look is itself recorded."
CLASSES = {
    "refused": "Pages that were blocked",
    "confirmed": "Pages you opened by stating a work purpose",
    "exempted": "Pages opened by an exemption",
    "visit": "Allowed pages that you opened",
    "other": "Everything else that was allowed",
    "privileged": "Advice and help, which never names you",
}

REVIEWS = "Looks at what is kept about you"
NO_REVIEWS = "You have not been told of any. You are told when the authority for one is over."
PURPOSES = "Work purposes you have stated"
PURPOSES_HEAD = ("Site", "Holds until", "What you wrote")
EXEMPTIONS = "Exemptions that are for you"
EXEMPTIONS_HEAD = ("What is opened", "From", "Until", "For what", "Reference")
RESTRICTED = "An exemption whose details only those who approved it can see"
REQUESTS = "Your requests for access"
REPORTS = "What you have told us"
REPORTS_HEAD = ("About", "What", "When", "What became of it", "Reference")
KINDS = {
    "not-meant": "A note that you did not mean to open it",
    "not-blocked": "A report that it was not blocked",
    "wrong-category": "That its category is wrong",
}
NOTICES = "Notices you have read"
NOTICES_HEAD = ("Version", "When", "How you were known")
HOW = {
    "negotiate": "by your Windows or Kerberos sign-in",
    "basic": "by your user name and password",
    "header": "by another proxy of the organisation",
    "page": "by signing in on the filter's page",
    "device": "by your device",
}
NAMELESS = "Notes and reports that you sent without your name are not here, because nothing ties them to you."
NONE = "None."

RIGHTS = "Your rights"
CONTACTS = "Whom to ask"
AWAY_TITLE = "Your record cannot be shown at the moment"


def not_here(policy: Policy) -> str:
    """What is stored and not shown: a screen has more than one pair of eyes before it."""
    return (
        "Not shown here: which pages they were, your mail address and line manager as the register of people has them, "
        "the device that you are signed in on, what you wrote in requests and reports, looks at your record, and all but the "
        "latest of what there is very much of. To see those as well, "
        f"{by_telephone(policy)}."
    )


def looked(policy: Policy) -> str:
    """What this very look leaves."""
    return f"That you looked is kept too: only that, and when, for {days(policy.keep.access_days)}. Nobody is told."


def wrong(policy: Policy) -> str:
    """What to do about something that is wrong."""
    return f"If something here is wrong, {by_telephone(policy)}. What is wrong is put right."


def decisions(one: StoredClass) -> tuple[str, str, str, str, str]:
    """One class of decisions, as a row."""
    return (
        CLASSES.get(one.retention_class, one.retention_class),
        f"{one.decisions:,}",
        day_of(one.oldest),
        day_of(one.newest),
        days(one.keep_days),
    )


def exemption(
    policy: Policy, one: StoredExemption, start: str, until: str, reference: str
) -> tuple[str, str, str, str, str]:
    """One exemption, as a row. Of a restricted one neither whose, for what nor why."""
    if one.restricted:
        return RESTRICTED, start, until, "", reference
    rule = policy.rules.get(one.target)
    opened = f"The category “{rule.title}”" if rule is not None else one.target
    return opened, start, until, one.purpose, reference


def review(reference: str, at: str) -> str:
    """The heading of what somebody was told of a review that is over."""
    return f"A look at what is kept about you: {reference}, told on {at}"


def became(report: StoredReport) -> str:
    """What became of a report."""
    return report.answer or _STATES.get(report.state, report.state)


_STATES = {"open": "Not answered yet", "answered": "Answered"}
