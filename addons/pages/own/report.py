"""
Report something that was not blocked: what P3.2 asks of whoever meets something by accident.

With a name it goes to the line manager and the service desk, as the policy asks; without one to the list
administrators. A nameless report is nameless from here on: nothing of who sent it leaves this page.
"""

from dataclasses import replace

from addons.desk.protocol import Done, Tell
from addons.pages.own.making import filled, page, sign_in_link
from addons.pages.own.request import OwnRequest, Tools
from addons.pages.own_page import Choice, Field, FieldKind, PageForm, Section
from addons.pages.page import Page
from addons.pages.strings import making as shared
from addons.pages.strings import report as strings
from categories.urls.normalise import UrlRefused, normalise_url
from policy.words import ReportKind, Standing

_NAMED, _NAMELESS = "named", "nameless"
_SITE = Field("site", strings.SITE, hint=strings.SITE_HINT, most=2000)
_TEXT = Field("text", strings.TEXT, FieldKind.AREA, hint=strings.TEXT_HINT, most=1000)
_HOW = Field(
    "how",
    strings.HOW,
    FieldKind.CHOICE,
    choices=(
        Choice(_NAMED, strings.NAMED, strings.NAMED_HINT),
        Choice(_NAMELESS, strings.NAMELESS, strings.NAMELESS_HINT),
    ),
)


async def report(request: OwnRequest, tools: Tools) -> Page:
    """The page."""
    known = request.person is not None
    if request.method != "POST":
        fields = (_SITE, _TEXT, _HOW) if known else (_SITE, _TEXT)
        return _form(request, tools, strings.LEAD, fields)
    site, host = _site(filled(_SITE, request, missing=strings.SITE_MISSING))
    text = filled(_TEXT, request, missing=strings.TEXT_MISSING)
    fields = (site, text)
    if known:
        fields = (*fields, filled(_HOW, request, missing=strings.HOW_MISSING))
    if any(field.error for field in fields):
        return _form(request, tools, strings.LEAD, fields, status=422)
    named = known and fields[-1].value == _NAMED
    organisation, person = request.person or (request.who.organisation or "", None)
    answer = await tools.desk.ask(
        Tell(
            organisation,
            person if named else None,
            ReportKind.NOT_BLOCKED,
            host,
            None,
            text.value,
            None,
        )
    )
    if not isinstance(answer, Done):
        return _form(request, tools, shared.nothing_kept(tools.policy), fields, status=503)
    sent = strings.sent(answer.told, tools.policy) if named else strings.SENT_NAMELESS
    then = Section(paragraphs=(strings.THEN,))
    return page(tools, strings.SENT_TITLE, sent, then, told=True, reference=answer.reference)


def _site(field: Field) -> tuple[Field, str]:
    """The field, with its error where it names no site, and the host: all that is kept of an address."""
    if field.error:
        return field, ""
    try:
        return field, normalise_url(field.value).host
    except UrlRefused:
        return replace(field, error=strings.SITE_WRONG), ""


def _form(request: OwnRequest, tools: Tools, lead: str, fields: tuple[Field, ...], status: int = 200) -> Page:
    policy, known = tools.policy, request.person is not None
    form = PageForm(
        request.path,
        tools.form_token(request),
        strings.BUTTON,
        strings.kept(policy, named=known),
        shared.or_by_telephone(policy),
        fields,
    )
    before = Section(paragraphs=(strings.virus(policy),))
    if not known:
        good = request.who.standing is Standing.GOOD and not request.break_glass
        links = sign_in_link(tools) if good else ()
        before = Section(paragraphs=(strings.virus(policy), strings.NOT_KNOWN), links=links)
    return page(tools, strings.TITLE, lead, before, Section(form=form), status=status, told=status == 503)
