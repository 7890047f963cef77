"""The list of the gateway's own pages: the same for everybody, so that it says nothing about anybody."""

from addons.pages.link import Link
from addons.pages.own import paths
from addons.pages.own.request import OwnRequest, Tools
from addons.pages.own_page import OwnContent, Section, render_own
from addons.pages.page import Page
from addons.pages.strings import index as strings
from addons.pages.strings.common import whose_filter


async def index(request: OwnRequest, tools: Tools) -> Page:
    """The page."""
    signs = (Link(strings.SIGN_IN, paths.SIGN_IN), Link(strings.SIGN_OUT, paths.SIGN_OUT))
    sections = (
        Section(
            strings.TELL,
            links=(Link(strings.REPORT, paths.REPORT), Link(strings.MISSING, paths.MISSING)),
        ),
        Section(strings.BLOCKED, (strings.BLOCKED_STEPS,)),
        Section(
            strings.YOU,
            links=(
                Link(strings.RECORD, paths.MY_RECORD),
                Link(strings.REQUESTS, paths.REQUEST),
                Link(strings.NOTICE, paths.NOTICE),
                Link(strings.ROLE, paths.ROLE),
                *(signs if tools.signs_in else ()),
            ),
        ),
        Section(paragraphs=(strings.telephone(tools.policy),)),
    )
    content = OwnContent(whose_filter(tools.policy), strings.TITLE, strings.LEAD, sections, home="")
    return render_own(200, content)
