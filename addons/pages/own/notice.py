"""
The monitoring notice, and that somebody has read it: information, never consent (S3.14.1).

Anybody may read it, known or not. Who says "I have read this" says so of the version that they were shown,
which is why the form carries it: should it have been changed meanwhile, the new one is shown instead.
"""

from addons.desk.protocol import Acknowledge, Done, NotDone
from addons.pages.link import Link
from addons.pages.own import paths
from addons.pages.own.making import page, sign_in_link
from addons.pages.own.onward import onward
from addons.pages.own.request import OwnRequest, Tools
from addons.pages.own_page import PageForm, Section
from addons.pages.page import Page
from addons.pages.strings import making as shared
from addons.pages.strings import notice as strings
from policy.sections.notice import Notice
from policy.words import Standing


async def notice(request: OwnRequest, tools: Tools) -> Page:
    """The page."""
    found = tools.policy.notice
    if found is None:
        return page(tools, strings.NO_NOTICE_TITLE, strings.NO_NOTICE, *onward(request))
    if request.method == "POST" and request.person is not None and request.token is not None:
        if request.token.shown != found.version:
            return _shown(request, tools, found, strings.CHANGED, status=409)
        answer = await tools.desk.ask(Acknowledge(*request.person, found.version, request.who.how))
        if isinstance(answer, Done):
            record = Section(links=(Link(strings.RECORD, paths.MY_RECORD),))
            return page(tools, strings.THANKS_TITLE, strings.THANKS, *onward(request), record, told=True)
        if isinstance(answer, NotDone):  # the desk has a newer one already
            return _shown(request, tools, found, strings.CHANGED, status=409)
        return _shown(request, tools, found, strings.NOT_KEPT, status=503)
    return _shown(request, tools, found)


def _shown(request: OwnRequest, tools: Tools, found: Notice, told: str = "", status: int = 200) -> Page:
    parts = (
        Section(strings.HEADINGS[part], paragraphs) for part, paragraphs in found.parts.items() if paragraphs
    )
    lead = told or strings.LEAD
    last = _read(request, tools, found)
    return page(tools, strings.TITLE, lead, *parts, last, status=status, told=bool(told))


def _read(request: OwnRequest, tools: Tools, found: Notice) -> Section:
    version = strings.version(found.version)
    if request.who.standing is not Standing.GOOD:
        return Section(strings.READ, (version, strings.STOPPED))
    if request.person is None:
        links = () if request.break_glass else sign_in_link(tools)
        return Section(strings.READ, (version, strings.NOBODY), links=links)
    if request.may_show_person and request.who.notice == found.version:
        return Section(strings.READ, (version, strings.DONE_ALREADY))
    form = PageForm(
        paths.NOTICE,
        tools.form_token(request, shown=found.version),
        strings.BUTTON,
        strings.KEPT.format(days=f"{tools.policy.keep.notice_days:,}"),
        shared.or_by_telephone(tools.policy, request.topic.reference),
    )
    return Section(strings.READ, (version,), form=form)
