"""
I did not mean to come here: a note beside a refusal.

The note names nobody. It hangs on the Decision by its reference, and that row says who it was exactly where
it may; a name on the note would put one beside rows that have none.
"""

from addons.desk.protocol import Done, Tell
from addons.pages.link import Link
from addons.pages.own import paths
from addons.pages.own.making import filled, page
from addons.pages.own.request import OwnRequest, Tools
from addons.pages.own_page import Field, FieldKind, PageForm, Section
from addons.pages.page import Page
from addons.pages.strings import making as shared
from addons.pages.strings import not_meant as strings
from policy.words import ReportKind

_TEXT = Field("text", strings.TEXT, FieldKind.AREA, hint=strings.TEXT_HINT, most=500, required=False)


async def not_meant(request: OwnRequest, tools: Tools) -> Page:
    """The page."""
    topic = request.topic
    if not topic.reference:
        return page(tools, strings.TITLE, strings.NO_PAGE)
    if request.method != "POST":
        return page(tools, strings.TITLE, strings.lead(topic.host), _form(request, tools, _TEXT))
    text = filled(_TEXT, request, missing="")
    if text.error:
        lead = strings.lead(topic.host)
        return page(tools, strings.TITLE, lead, _form(request, tools, text), status=422)
    note = Tell(
        request.who.organisation or "",
        None,
        ReportKind.NOT_MEANT,
        topic.host,
        topic.category,
        text.value,
        topic.reference,
    )
    answer = await tools.desk.ask(note)
    if not isinstance(answer, Done):
        lead = shared.nothing_kept(tools.policy)
        return page(tools, strings.TITLE, lead, _form(request, tools, text), status=503, told=True)
    then = Section(paragraphs=(strings.NOTHING_ELSE,), links=(Link(strings.GOT_THROUGH, paths.REPORT),))
    return page(tools, strings.SENT_TITLE, strings.SENT, then, told=True, reference=answer.reference)


def _form(request: OwnRequest, tools: Tools, text: Field) -> Section:
    form = PageForm(
        request.path,
        tools.form_token(request),
        strings.BUTTON,
        strings.kept(tools.policy),
        shared.or_by_telephone(tools.policy, request.topic.reference),
        (text,),
    )
    return Section(form=form)
