"""
What the pages say that refuse something, or could not have it.

Short sentences, common words, no blame: whoever reads them may be innocent, upset, or in a hurry.
The functions here choose between sentences; they never build markup.
"""

from addons.pages.strings.common import by_telephone, try_again
from policy.decision import Decision
from policy.document import Policy
from policy.identifiers import show_reference
from policy.sections.rule import Rule
from policy.words import Ended, Reason, RecordLevel, Verdict

NO_ALLEGATION = (
    "Being shown this page is not an allegation. Links, adverts and redirects lead people to pages "
    "they never meant to open."
)
SEARCHED_BY = (
    "IT staff can see that the filter did this, but not for whom. Nobody may look up a person in this record "
    "without a written authority, and every look is itself recorded."
)
SIGN_IN_TITLE = "Sign in to use the internet"
SIGN_IN = "This network asks who you are before it opens a website. Enter your user name and password."
NOT_SIGNED_IN_TITLE = "This network does not know who you are"
NOT_SIGNED_IN = (
    "This network asks who you are before it opens a website, and it cannot ask on this connection: "
    "this device is not set up to use the proxy."
)
SIGN_IN_HERE = "This network asks who you are before it opens a website. Sign in, and this device stands for you for some hours."
LOG_FULL_TITLE = "The internet is not available at the moment"
LOG_FULL = "The gateway cannot keep its records at the moment, and it opens nothing without them."
NOT_A_REQUEST = "The gateway could not read this request, so it did nothing with it."


def heading(decision: Decision, rule: Rule | None) -> str:
    """The first thing read: what happened."""
    if decision.verdict is Verdict.CONFIRM and rule:
        return f"{rule.title}: for work purposes only"
    if rule and decision.reason in {Reason.LISTED, Reason.NEVER_EXEMPT}:
        return f"{rule.title}: this page is blocked"
    return _HEADINGS.get(decision.reason, "This page is blocked")


_HEADINGS = {
    Reason.NO_PERSON: SIGN_IN_TITLE,
    Reason.NOTICE: "Please read the notice first",
    Reason.SIGN_UP: "Signing up is for work purposes only",
    Reason.ALLOWANCE: "Today's time for personal use is over",
    Reason.UNKNOWN_PERSON: "Your user name is not in the register",
    Reason.DISABLED: "This account or device cannot be used here",
    Reason.MALFORMED: "This request cannot be read safely",
    Reason.TOO_MUCH: "This request is too large",
    Reason.UNDECIDABLE: "The filter could not decide about this page",
}

_WHAT = {
    Reason.LISTED: "{address} is in the category “{title}”.",
    Reason.NEVER_EXEMPT: "{address} is in the category “{title}”.",
    Reason.LOCAL_BLOCK: "An administrator has blocked {address}.",
    Reason.NOT_LISTED: "{address} is in no category, and the policy opens listed sites only.",
    Reason.NAME_MISMATCH: "The request named two different sites, so the filter could not tell which was meant.",
    Reason.NO_PERSON: SIGN_IN,
    Reason.NOTICE: "Before {address} opens, please read what this network records when you use it. You are asked once, and again only when the notice changes.",
    Reason.SIGN_UP: "{address} may be read freely. Signing up with it is for work purposes only, so the filter asks for yours; what you sent was not sent on.",
    Reason.ALLOWANCE: "{address} is in the category “{title}”, which is open for personal use for a limited time each day. Today's time is used up.",
    Reason.UNKNOWN_PERSON: "The user name that was given is not in the register of people who may use the internet here.",
    Reason.DISABLED: "The account or the device that this came from has been disabled, or its time is over.",
    Reason.MALFORMED: "The request can be read in more than one way, so the filter did not pass it on.",
    Reason.PORT: "The filter does not open this kind of connection (port) to {address}.",
    Reason.PRIVATE_ADDRESS: "{address} is an address inside a private network, which is not reached this way.",
    Reason.NOT_HTTP: "The connection to {address} carried something that is not web traffic.",
    Reason.WEBSOCKET: "This kind of live connection to {address} cannot be checked, so it is not opened.",
    Reason.TOO_MUCH: "The request to {address} is larger than the gateway accepts.",
    Reason.UNDECIDABLE: "Something went wrong in the filter. It blocks what it cannot check.",
}


def what(decision: Decision, rule: Rule | None, address: str) -> str:
    """What was blocked."""
    title = rule.title if rule else ""
    return _WHAT.get(decision.reason, "{address} is blocked.").format(address=address, title=title)


def not_signed_in(decision: Decision, policy: Policy, *, signs_in: bool) -> tuple[str, ...]:
    """The next steps of somebody who cannot be asked to sign in, but may be able to on our page."""
    reference = show_reference(decision.reference)
    if signs_in:
        return (f"If you have no user name or it is not accepted, {by_telephone(policy)}.",)
    return (f"To have this device set up, {by_telephone(policy)} and give the reference {reference}.",)


def what_you_can_do(decision: Decision, policy: Policy) -> tuple[str, ...]:
    """The next steps, the likeliest first."""
    telephone = by_telephone(policy)
    reference = show_reference(decision.reference)
    if decision.reason is Reason.UNDECIDABLE:
        return (try_again(policy),)
    if decision.reason in {Reason.MALFORMED, Reason.NAME_MISMATCH, Reason.TOO_MUCH}:
        return (
            f"Go back and try again. If it stays like this, {telephone} and give the reference {reference}.",
        )
    if decision.reason is Reason.NO_PERSON:
        return (f"If you have no user name or it is not accepted, {telephone}.",)
    if decision.reason is Reason.NOTICE:
        return (f"If you cannot open the notice, {telephone} and give the reference {reference}.",)
    if decision.verdict is Verdict.CONFIRM:
        return (
            f"If you need this for your work and cannot state it here, {telephone} and give the reference {reference}.",
            "If you do not need it for your work, close the page. You need do nothing else.",
        )
    if decision.reason in {Reason.UNKNOWN_PERSON, Reason.DISABLED}:
        return (f"If you think that this is a mistake, {telephone} and give the reference {reference}.",)
    if decision.reason is Reason.NEVER_EXEMPT:
        return (
            "Close this page. Nothing opens this category.",
            f"If you think the site is in this category by mistake, {telephone} and give the reference {reference}.",
        )
    return (
        f"If you need this for your work, {telephone} and give the reference {reference}.",
        "If you think it was blocked by mistake, say so in the same way. Mistakes are put right.",
        "If you did not mean to come here, close the page. You need do nothing else.",
    )


_KEPT = {
    RecordLevel.FULL: "Who asked ({who}), the address of the device, the site, the page without anything after "
    "a question mark, the time and the rule. It is kept for {days} days.",
    RecordLevel.SITE: "Who asked ({who}), the address of the device, the site, the time and the rule, but not "
    "which page. It is kept for {days} days.",
    RecordLevel.ANONYMOUS: "The site, the time and the rule. Not who you are, not your device and not which "
    "page. It is kept for {days} days.",
    RecordLevel.CATEGORY: "The category and the hour. Not who you are, not your device and not which site. "
    "It is kept for {days} days.",
}


def recorded(decision: Decision, policy: Policy) -> str:
    """What was kept of this, and for how long; what the row really holds, not what it might."""
    days = policy.records[decision.retention_class].keep_days
    who = f"as {decision.person}" if decision.person else "no user name was given"
    return _KEPT[decision.record].format(who=who, days=days)


FAILURES = {
    Ended.NO_SUCH_NAME: ("There is no site of this name", "No website called {host} was found."),
    Ended.PRIVATE_ADDRESS: (
        "This site leads into a private network",
        "{host} leads to an address inside a private network, which is not reached this way.",
    ),
    Ended.UNREACHABLE: ("This site cannot be reached", "{host} did not accept the connection."),
    Ended.BAD_CERTIFICATE: (
        "This site's identity could not be checked",
        "{host} showed a certificate that is wrong, out of date or made by nobody the gateway trusts. It may not "
        "be the site that it says it is, so the gateway did not open it.",
    ),
    Ended.TIMEOUT: ("This site did not answer in time", "{host} took too long to answer."),
    Ended.TOO_MUCH: (
        "This site's answer is too large",
        "{host} answered with more than the gateway accepts.",
    ),
    Ended.ORIGIN_LEFT: (
        "This site ended the connection",
        "{host} closed the connection before it had answered.",
    ),
    Ended.ERROR: (
        "This site's answer could not be read",
        "{host} did not answer in a way the gateway understands.",
    ),
}


def failure(ended: Ended, host: str) -> tuple[str, str]:
    """Heading and sentence for an allowed page that could not be had."""
    title, sentence = FAILURES.get(ended, FAILURES[Ended.ERROR])
    return title, sentence.format(host=host)


def failure_steps(policy: Policy, reference: str) -> tuple[str, ...]:
    """What to do about a page that could not be had."""
    return (
        "Check the address for a spelling mistake, or try again later.",
        f"If it stays like this, {by_telephone(policy)} and give the reference {show_reference(reference)}.",
    )


NOT_BLOCKED = "The filter did not block this page. The problem lies between the gateway and the site."
