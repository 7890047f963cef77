"""The page for what was refused, and the ones for what was allowed but could not be had."""

from collections.abc import Sequence

from addons.pages.link import Link
from addons.pages.page import Content, Form, Page, render
from addons.pages.strings import refusal as strings
from addons.pages.strings.common import try_again, whose_filter
from addons.pages.ways import Ways, way_out_of_frame, ways_on
from policy.decision import Decision
from policy.document import Policy
from policy.effect import Effect
from policy.identifiers import show_reference
from policy.sections.part import clauses_of
from policy.text import storable
from policy.words import Ended, Reason

_BY_RULE = frozenset({Reason.LISTED, Reason.NEVER_EXEMPT, Reason.SIGN_UP, Reason.ALLOWANCE})
_STATUS = {
    Reason.MALFORMED: 400,
    Reason.NO_PERSON: 407,
    Reason.TOO_MUCH: 413,
    Reason.UNDECIDABLE: 503,
}
_FAILURE_STATUS = {Ended.TIMEOUT: 504, Ended.PRIVATE_ADDRESS: 403}
_ADDRESS_SHOWN = 120
_CHALLENGES = {"Negotiate": "Negotiate", "Basic": f'Basic realm="{strings.SIGN_IN_TITLE}", charset="UTF-8"'}


def refusal_page(
    decision: Decision,
    policy: Policy,
    form: Form,
    *,
    address: str,
    effect: Effect | None = None,
    schemes: Sequence[str] = (),
    ways: Ways | None = None,
) -> Page:
    """
    The answer to a request that was refused.

    `address` is what was asked for, without its query: the Decision may hold less than a person may
    be shown of their own request; `effect` is what the policy quotes for it, to who asked and at that time,
    where a category decided. `schemes` are what the client may be asked to show (`Negotiate`, `Basic`);
    none where it does not know that it speaks to a proxy: such an answer would be the origin's. `ways` lead
    to our own pages, where there are any for this refusal.
    """
    unasked = decision.reason is Reason.NO_PERSON and not schemes
    signs_in = ways is not None and ways.signs_in
    # Who is asked by the proxy would be asked again on the way to our page.
    asked = decision.reason is Reason.NO_PERSON and bool(schemes)
    links = () if ways is None or asked else _links(decision, policy, form, ways)
    rule = policy.rules.get(decision.category) if decision.category else None
    by_rule = effect if decision.reason in _BY_RULE else None
    because = policy.default.reason if decision.reason is Reason.NOT_LISTED else ""
    content = Content(
        whose=whose_filter(policy),
        title=strings.NOT_SIGNED_IN_TITLE if unasked else strings.heading(decision, rule),
        what=strings.SIGN_IN_HERE
        if unasked and signs_in
        else strings.NOT_SIGNED_IN
        if unasked
        else strings.what(decision, rule, storable(address, _ADDRESS_SHOWN)),
        because=by_rule.reason if by_rule else because,
        clauses=" and ".join(map(policy.quote, clauses_of(by_rule.clause))) if by_rule else "",
        links=links,
        steps=strings.not_signed_in(decision, policy, signs_in=signs_in)
        if unasked
        else strings.what_you_can_do(decision, policy),
        recorded=strings.recorded(decision, policy),
        searched_by=strings.SEARCHED_BY,
        no_allegation=strings.NO_ALLEGATION,
        reference=show_reference(decision.reference),
    )
    page = render(403 if unasked else _STATUS.get(decision.reason, 403), form, content)
    if not asked:
        return page
    challenges = (("proxy-authenticate", _CHALLENGES[scheme]) for scheme in schemes)
    return Page(page.status, (*page.headers, *challenges), page.body)


def _links(decision: Decision, policy: Policy, form: Form, ways: Ways) -> tuple[Link, ...]:
    if form is Form.FRAME:
        return way_out_of_frame(decision, ways)
    return ways_on(decision, policy, ways) if form is Form.PAGE else ()


def failure_page(reference: str, ended: Ended, policy: Policy, form: Form, *, host: str) -> Page:
    """The answer where an allowed page could not be had; `reference` is its Decision's."""
    title, sentence = strings.failure(ended, storable(host, _ADDRESS_SHOWN))
    content = Content(
        whose=whose_filter(policy),
        title=title,
        what=sentence,
        because=strings.NOT_BLOCKED,
        steps=strings.failure_steps(policy, reference),
        reference=show_reference(reference),
    )
    return render(_FAILURE_STATUS.get(ended, 502), form, content)


def unrecorded_page(policy: Policy, form: Form) -> Page:
    """The answer where the spool can take no record: no reference, as there is nothing to refer to."""
    content = Content(
        whose=whose_filter(policy),
        title=strings.LOG_FULL_TITLE,
        what=strings.LOG_FULL,
        steps=(try_again(policy),),
    )
    return render(503, form, content)


def not_a_request_page() -> Page:
    """The fixed answer to what is not a request at all: counted, not recorded, so without a reference."""
    return render(400, Form.TEXT, Content(whose="", title="Not a request", what=strings.NOT_A_REQUEST))
