"""Request access for work: asks for an exemption, and shows what became of what was asked before."""

from addons.desk.protocol import Done, MyRequests, NotDone, RequestAccess, Requests, StoredRequest
from addons.pages.link import Link
from addons.pages.own import paths
from addons.pages.own.making import filled, nobody, page, title_of
from addons.pages.own.request import OwnRequest, Tools
from addons.pages.own_page import Field, FieldKind, PageForm, Section, Table
from addons.pages.page import Page
from addons.pages.strings import making as shared
from addons.pages.strings import request_access as strings
from addons.pages.strings.common import time_of
from policy.identifiers import show_reference
from policy.people import PersonKey
from policy.words import ExemptionRule

MOST_SHOWN = 50  # a longer table is read by nobody

_PURPOSE = Field("purpose", strings.PURPOSE, FieldKind.AREA, hint=strings.PURPOSE_HINT, most=500)
_UNDECIDED = frozenset({"waiting", "second-office"})


async def request_access(request: OwnRequest, tools: Tools) -> Page:
    """The page."""
    person, topic = request.person, request.topic
    if person is None:
        return nobody(request, tools, strings.TITLE)
    if not topic.host:
        # From our own list of pages, about no site in particular.
        found = await _earlier(request, tools, person, None)
        return page(tools, strings.TITLE, strings.NO_SITE, *found)
    rule = tools.policy.rules.get(topic.category or "")
    if rule is not None and rule.exemption is ExemptionRule.NEVER:
        return _refused(request, tools, strings.NEVER)
    if request.method == "POST":
        return await _send(request, tools, person)
    return await _ask(request, tools, person)


async def _ask(request: OwnRequest, tools: Tools, person: PersonKey) -> Page:
    """
    The form. What was asked before is shown only where one of our own pages led here.

    The link on a refusal stands on somebody else's site; from there the form alone is shown, with a
    link to this same page.
    """
    lead = _lead(request, tools)
    if not request.may_show_person:
        return page(
            tools, strings.TITLE, lead, _form(request, tools, _PURPOSE), _link_to_earlier(request, tools)
        )
    answer = await tools.desk.ask(MyRequests(*person, request.topic.host))
    if not isinstance(answer, Requests) or not answer.requests:
        return page(tools, strings.TITLE, lead, _form(request, tools, _PURPOSE))
    earlier = _table(answer.requests)
    if answer.requests[0].state in _UNDECIDED:
        return page(tools, strings.TITLE, strings.WAITING_ALREADY, earlier, _next(request, tools))
    return page(tools, strings.TITLE, lead, earlier, _form(request, tools, _PURPOSE))


async def _send(request: OwnRequest, tools: Tools, person: PersonKey) -> Page:
    topic = request.topic
    purpose = filled(_PURPOSE, request, missing=strings.PURPOSE_MISSING)
    if purpose.error:
        form = _form(request, tools, purpose)
        return page(tools, strings.TITLE, _lead(request, tools), form, status=422)
    answer = await tools.desk.ask(
        RequestAccess(*person, topic.host, topic.category, purpose.value, topic.reference)
    )
    if isinstance(answer, Done):
        return page(
            tools,
            strings.SENT_TITLE,
            strings.sent(topic.host),
            _next(request, tools),
            *await _earlier(request, tools, person, topic.host),
            told=True,
            reference=answer.reference,
        )
    if isinstance(answer, NotDone):
        return _refused(request, tools, strings.why_not(answer.why))
    lead = shared.nothing_kept(tools.policy)
    return page(tools, strings.TITLE, lead, _form(request, tools, purpose), status=503, told=True)


def _refused(request: OwnRequest, tools: Tools, why: str) -> Page:
    steps = Section(points=(strings.ask_somebody(tools.policy, request.topic.reference),))
    return page(tools, strings.TITLE, why, steps, status=409 if request.method == "POST" else 200, told=True)


def _lead(request: OwnRequest, tools: Tools) -> str:
    category = request.topic.category
    return strings.lead(request.topic.host, title_of(tools.policy, category) if category else None)


async def _earlier(
    request: OwnRequest, tools: Tools, person: PersonKey, host: str | None
) -> tuple[Section, ...]:
    if not request.may_show_person:
        return (_link_to_earlier(request, tools),)
    answer = await tools.desk.ask(MyRequests(*person, host))
    if not isinstance(answer, Requests):
        return (Section(strings.EARLIER, (shared.nothing_known(tools.policy),)),)
    return (_table(answer.requests),)


def _link_to_earlier(request: OwnRequest, tools: Tools) -> Section:
    return Section(links=(Link(strings.EARLIER_LINK, tools.link(request, request.path)),))


def _table(requests: tuple[StoredRequest, ...]) -> Section:
    if not requests:
        return Section(strings.EARLIER, (strings.NONE_EARLIER,))
    return Section(strings.EARLIER, table=request_table(requests))


def request_table(requests: tuple[StoredRequest, ...]) -> Table:
    """Requests, and what became of each."""
    rows = tuple(
        (
            one.host,
            time_of(one.at),
            strings.state(one),
            show_reference(one.reference),
        )
        for one in requests[:MOST_SHOWN]
    )
    return Table(strings.CAPTION, strings.HEAD, rows)


def _next(request: OwnRequest, tools: Tools) -> Section:
    rule = tools.policy.rules.get(request.topic.category or "")
    return Section(
        strings.NEXT,
        points=strings.next_steps(rule, tools.policy),
        links=(Link(shared.MY_RECORD, paths.MY_RECORD),),
    )


def _form(request: OwnRequest, tools: Tools, purpose: Field) -> Section:
    policy = tools.policy
    rule = policy.rules.get(request.topic.category or "")
    form = PageForm(
        request.path,
        tools.form_token(request),
        strings.BUTTON,
        strings.kept(policy),
        shared.or_by_telephone(policy, request.topic.reference),
        (purpose,),
    )
    return Section(points=strings.next_steps(rule, policy), form=form)
