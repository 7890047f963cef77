"""
State work purpose: opens one site to one person for a while (the action `confirm`).

Which site is said by the link's token and by nothing else: who was refused one site cannot state a purpose
for another. It opens the whole site (its registrable domain), since no page works without its other hosts.
"""

from addons.desk.protocol import Done, NotDone, StatePurpose
from addons.pages.own import paths
from addons.pages.own.making import nobody, page, problem, title_of, typed
from addons.pages.own.onward import onward
from addons.pages.own.request import OwnRequest, Tools
from addons.pages.own_page import Field, FieldKind, PageForm, Section
from addons.pages.page import Page
from addons.pages.strings import making as shared
from addons.pages.strings import purpose as strings
from categories.urls.sites import site_of
from policy.document import Policy
from policy.people import PersonKey
from policy.words import Action, RetentionClass

_MOST = 500


async def purpose(request: OwnRequest, tools: Tools) -> Page:
    """The page."""
    person, category = request.person, request.topic.category
    if not request.topic.host or category is None:
        return page(tools, strings.TITLE, strings.NO_SITE)
    if person is None:
        return nobody(request, tools, strings.TITLE)
    if not _opens(request, tools.policy, category):
        return _not_this_way(tools, "not-confirm")
    if request.method == "POST":
        return await _state(request, tools, person, category)
    return _ask(request, tools)


def _opens(request: OwnRequest, policy: Policy, category: str) -> bool:
    """
    Whether a purpose opens anything of this category to who asks.

    The judge asks again with each request; here it keeps the page from promising what will not happen.
    """
    rule = policy.rules.get(category)
    if rule is None:
        return False
    effect = policy.in_effect(category, request.who, request.at)
    asked = {effect.action, rule.sign_up, rule.action if effect.allowance else None}
    return Action.CONFIRM in asked


def _not_this_way(tools: Tools, why: str) -> Page:
    return page(tools, strings.TITLE, strings.why_not(why, tools.policy), status=409, told=True)


async def _state(request: OwnRequest, tools: Tools, person: PersonKey, category: str) -> Page:
    topic, text = request.topic, typed(request, "purpose")
    wrong = problem(text, _MOST, strings.PURPOSE_MISSING)
    if wrong:
        return _ask(request, tools, wrong=wrong, status=422)
    site = site_of(topic.host)
    answer = await tools.desk.ask(StatePurpose(*person, site, category, text, topic.reference))
    if isinstance(answer, Done):
        done = strings.done(site, tools.policy.confirm_minutes)
        return page(tools, strings.DONE_TITLE, done, *onward(request), told=True)
    if isinstance(answer, NotDone):
        return _not_this_way(tools, answer.why)
    return _ask(request, tools, told=shared.nothing_kept(tools.policy), status=503)


def _ask(request: OwnRequest, tools: Tools, *, wrong: str = "", told: str = "", status: int = 200) -> Page:
    policy, topic = tools.policy, request.topic
    field = Field(
        "purpose",
        strings.PURPOSE,
        FieldKind.AREA,
        hint=strings.PURPOSE_HINT,
        value=typed(request, "purpose"),
        most=_MOST,
        error=wrong,
    )
    form = PageForm(
        paths.PURPOSE,
        tools.form_token(request),
        strings.BUTTON,
        strings.kept(policy.records[RetentionClass.CONFIRMED].keep_days),
        shared.or_by_telephone(policy, topic.reference),
        (field,),
    )
    sent = (strings.sent(topic.host),) if topic.sent else ()
    said = (strings.holds(site_of(topic.host), policy.confirm_minutes), *sent, strings.PERSONAL)
    lead = told or strings.lead(topic.host, title_of(policy, topic.category))
    return page(
        tools, strings.TITLE, lead, Section(paragraphs=said, form=form), status=status, told=bool(told)
    )
