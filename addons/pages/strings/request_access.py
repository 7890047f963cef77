"""Request access for work: what it says."""

from addons.desk.protocol import StoredRequest
from addons.pages.strings.common import by_telephone, days
from policy.document import Policy
from policy.identifiers import show_reference
from policy.sections.rule import Rule

TITLE = "Request access for work"
NO_SITE = "You can request access to a page that was blocked. Follow the link on the page that blocked it."
NEVER = "Nothing opens this category, so no request can be made for it."
PURPOSE = "What do you need it for?"
PURPOSE_HINT = "The work, and for how long. Please leave out names and details of cases."
PURPOSE_MISSING = "Say what you need it for"
BUTTON = "Send the request"
SENT_TITLE = "Your request has been sent"
EARLIER = "What you have asked for"
EARLIER_LINK = "Asked before? See what became of it"
NONE_EARLIER = "You have asked for nothing that is still kept."
NEXT = "What happens next"
WAITING_ALREADY = (
    "You have asked for this already, and it has not been decided yet. You need do nothing else."
)
CAPTION = "Your requests, the latest first"
HEAD = ("Site", "Asked", "What became of it", "Reference")

_ADMINISTRATORS = "the administrators of the web filter"
_STATES = {
    "waiting": "Waiting for {office}",
    "second-office": "Granted by one office; waiting for {office}",
    "granted": "Granted",
    "refused": "Refused: {because}",
    "taken-back": "You took it back",
}
_WHY = {
    "never-exempt": NEVER,
    "too-many": "You have as many requests waiting as one person can have. Please wait for their answers.",
}
_NOT_DONE = "The request could not be taken."


def lead(host: str, category: str | None) -> str:
    """What is asked for; `category` as people read it, None where it was no category that decided."""
    if category is None:
        return f"{host} was blocked. If you need it for your work, say why."
    return f"{host} is in the category “{category}”. If you need it for your work, say why."


def offices(rule: Rule | None) -> str:
    """Who decides."""
    named = " or ".join(rule.granted_by) if rule is not None else ""
    return named or _ADMINISTRATORS


def next_steps(rule: Rule | None, policy: Policy) -> tuple[str, ...]:
    """What becomes of a request."""
    first = f"It is decided by: {offices(rule)}. Nobody can decide their own request."
    second = (
        (f"It also needs the word of a second office: {rule.second_office}.",)
        if rule is not None and rule.second_office
        else ()
    )
    procedure = (
        ("It is only granted under a written procedure, whose reference is kept with it.",)
        if rule is not None and rule.procedure
        else ()
    )
    return (
        first,
        *second,
        *procedure,
        "You can see what became of it here and in your record. If it is granted, the page simply opens.",
        appeal(policy),
    )


def appeal(policy: Policy) -> str:
    """Where to go with a refusal: as the notice says it."""
    office = policy.appeal.office or policy.about.owner
    number = policy.appeal.telephone or policy.about.service_desk
    if not office:
        return f"If it is refused you are told why. To have that looked at again, {by_telephone(policy)}."
    also = f", telephone {number}" if number else ""
    return f"If it is refused you are told why, and you can appeal to: {office}{also}."


def kept(policy: Policy) -> str:
    """What is kept of a request."""
    return (
        "What is kept: your user name, the site, its category, the reference of the blocked page and what you "
        "write here. Whoever decides it sees them. They are kept until it is decided and for "
        f"{days(policy.keep.exemption_days)} after that or, if it is granted, after it ends."
    )


def sent(host: str) -> str:
    """What came of it. One that joins another is the same to whoever asks."""
    return f"Your request for {host} has been passed on. You need not ask again."


def state(request: StoredRequest) -> str:
    """What became of one request. Until when it was granted, the exemption says."""
    return _STATES.get(request.state, request.state).format(
        office=request.office or _ADMINISTRATORS,
        because=request.because or "no reason was written down",
    )


def ask_somebody(policy: Policy, reference: str) -> str:
    """What is left where the page can do nothing."""
    return f"If you want to talk about it, {by_telephone(policy)} and give the reference {show_reference(reference)}."


def why_not(word: str) -> str:
    """Why it could not be taken."""
    return _WHY.get(word, _NOT_DONE)
