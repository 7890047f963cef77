"""This category is wrong: a challenge, answered by whoever keeps the lists."""

from addons.desk.protocol import Done, Tell
from addons.pages.link import Link
from addons.pages.own import paths
from addons.pages.own.making import filled, page, title_of
from addons.pages.own.request import OwnRequest, Tools
from addons.pages.own_page import Field, FieldKind, PageForm, Section
from addons.pages.page import Page
from addons.pages.strings import making as shared
from addons.pages.strings import wrong_category as strings
from policy.words import ReportKind

_TEXT = Field("text", strings.TEXT, FieldKind.AREA, hint=strings.TEXT_HINT, most=1000)


async def wrong_category(request: OwnRequest, tools: Tools) -> Page:
    """The page."""
    topic = request.topic
    if not topic.reference or topic.category is None:
        return page(tools, strings.TITLE, strings.NO_PAGE)
    lead = strings.lead(topic.host, title_of(tools.policy, topic.category))
    if request.method != "POST":
        return page(tools, strings.TITLE, lead, _form(request, tools, _TEXT))
    text = filled(_TEXT, request, missing=strings.TEXT_MISSING)
    if text.error:
        return page(tools, strings.TITLE, lead, _form(request, tools, text), status=422)
    organisation, person = request.person or (request.who.organisation or "", None)
    challenge = Tell(
        organisation,
        person,
        ReportKind.WRONG_CATEGORY,
        topic.host,
        topic.category,
        text.value,
        topic.reference,
    )
    answer = await tools.desk.ask(challenge)
    if not isinstance(answer, Done):
        lead = shared.nothing_kept(tools.policy)
        return page(tools, strings.TITLE, lead, _form(request, tools, text), status=503, told=True)
    sent = strings.SENT if person is not None else strings.SENT_NAMELESS
    then = Section(links=(Link(strings.UNTIL_THEN, tools.link(request, paths.REQUEST)),))
    return page(tools, strings.SENT_TITLE, sent, then, told=True, reference=answer.reference)


def _form(request: OwnRequest, tools: Tools, text: Field) -> Section:
    form = PageForm(
        request.path,
        tools.form_token(request),
        strings.BUTTON,
        strings.kept(tools.policy, named=request.person is not None),
        shared.or_by_telephone(tools.policy, request.topic.reference),
        (text,),
    )
    return Section(form=form)
