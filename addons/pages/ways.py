"""
The ways from a refusal to the gateway's own pages: links and never forms.

A refusal stands in the place of somebody else's site, whose scripts could send a form of ours and read what
came of it. A link only leads to where the form is, and its token says what was refused, and to whom.
"""

from dataclasses import dataclass

from addons.pages.link import Link
from addons.pages.own import paths
from addons.pages.own.request import LINK_FIELD
from addons.pages.strings import ways as strings
from policy.decision import Decision
from policy.document import Policy
from policy.words import ExemptionRule, Reason, Verdict


@dataclass(frozen=True, slots=True)
class Ways:
    """Where our pages are, for one refusal."""

    origin: str  # https://webfilter.internal
    token: str
    known: bool  # whether who asks is a person that the pages know
    signs_in: bool  # whether anybody can sign in with a password

    def link(self, path: str, text: str = "") -> Link:
        """The link to one of our pages."""
        return Link(text or strings.TEXT[path], f"{self.origin}{path}?{LINK_FIELD}={self.token}")


def ways_on(decision: Decision, policy: Policy, ways: Ways) -> tuple[Link, ...]:
    """What helps after this refusal, the likeliest first."""
    return tuple(ways.link(path) for path in _paths(decision, policy, ways))


def way_out_of_frame(decision: Decision, ways: Ways) -> tuple[Link, ...]:
    """
    The one link of a refusal inside another site's page: what is only to be confirmed, in a tab of its own.

    Everything else can wait until the page itself is looked at.
    """
    if decision.verdict is not Verdict.CONFIRM or not ways.known:
        return ()
    path = paths.NOTICE if decision.reason is Reason.NOTICE else paths.PURPOSE
    return (ways.link(path, strings.IN_A_NEW_TAB.format(text=strings.TEXT[path])),)


def _paths(decision: Decision, policy: Policy, ways: Ways) -> tuple[str, ...]:
    sign_in = (paths.SIGN_IN,) if ways.signs_in else ()
    if decision.reason is Reason.NO_PERSON:
        return sign_in
    if decision.reason is Reason.NOTICE:
        return (paths.NOTICE,)
    if decision.reason not in _ABOUT_A_SITE:
        return ()
    mistaken = (paths.NOT_MEANT, *((paths.WRONG_CATEGORY,) if decision.category else ()), paths.INDEX)
    if decision.verdict is Verdict.CONFIRM:
        return (*((paths.PURPOSE,) if ways.known else sign_in), *mistaken)
    rule = policy.rules.get(decision.category) if decision.category else None
    if decision.reason is Reason.NEVER_EXEMPT or (rule and rule.exemption is ExemptionRule.NEVER):
        return mistaken
    return (*((paths.REQUEST,) if ways.known else sign_in), *mistaken)


_ABOUT_A_SITE = frozenset(
    {
        Reason.LISTED,
        Reason.NOT_LISTED,
        Reason.NEVER_EXEMPT,
        Reason.LOCAL_BLOCK,
        Reason.SIGN_UP,
        Reason.ALLOWANCE,
    }
)
