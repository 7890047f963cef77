"""
What was missing from the page I was on: the pieces of it that were refused to who asks, lately.

Looked up when somebody asks (a POST), not when the page is opened: each look leaves a record.
"""

from dataclasses import replace

from addons.desk.protocol import MissingPieces, Piece, Pieces
from addons.pages.link import Link
from addons.pages.own import paths
from addons.pages.own.making import filled, nobody, page, title_of
from addons.pages.own.request import LINK_FIELD, OwnRequest, Tools
from addons.pages.own.tokens import Topic, Use
from addons.pages.own_page import Field, PageForm, Section, Table
from addons.pages.page import Page
from addons.pages.strings import making as shared
from addons.pages.strings import missing as strings
from categories.urls.normalise import UrlRefused, normalise_url
from policy.identifiers import show_reference
from policy.words import ExemptionRule

MOST_SHOWN = 50
_SITE = Field("page", strings.SITE, hint=strings.SITE_HINT, most=2000)


async def missing(request: OwnRequest, tools: Tools) -> Page:
    """The page."""
    if request.person is None:
        return nobody(request, tools, strings.TITLE)
    if request.method != "POST":
        return page(tools, strings.TITLE, strings.LEAD, _form(request, tools, _SITE))
    site, about = _page(filled(_SITE, request, missing=strings.SITE_MISSING))
    if site.error:
        return page(tools, strings.TITLE, strings.LEAD, _form(request, tools, site), status=422)
    answer = await tools.desk.ask(MissingPieces(*request.person, about))
    again = _form(request, tools, site)
    if not isinstance(answer, Pieces):
        lead = shared.nothing_known(tools.policy)
        return page(tools, strings.TITLE, lead, again, status=503, told=True)
    if not answer.told:
        return page(tools, strings.TITLE, strings.NOT_TOLD, again, told=True)
    if not answer.pieces:
        return page(tools, strings.TITLE, strings.NONE, Section(points=strings.NONE_STEPS), again, told=True)
    lead = strings.found(about, len(answer.pieces))
    return page(tools, strings.TITLE, lead, _found(request, tools, answer.pieces), again, told=True)


def _page(field: Field) -> tuple[Field, str]:
    """The field, with its error where it names no page, and the page's scheme and host."""
    if field.error:
        return field, ""
    try:
        # Nobody types the scheme, and nearly every page has this one.
        url = normalise_url(field.value if "://" in field.value else f"https://{field.value}")
    except UrlRefused:
        return replace(field, error=strings.SITE_WRONG), ""
    if url.scheme not in {"https", "http"}:
        return replace(field, error=strings.SITE_WRONG), ""
    return field, f"{url.scheme}://{url.host}"


def _found(request: OwnRequest, tools: Tools, pieces: tuple[Piece, ...]) -> Section:
    policy, shown = tools.policy, pieces[:MOST_SHOWN]
    rows = tuple((one.host, title_of(policy, one.category), show_reference(one.reference)) for one in shown)
    links = tuple(
        Link(strings.REQUEST.format(host=one.host), _request(request, tools, one))
        for one in shown
        if not _never(tools, one.category)
    )
    return Section(table=Table(strings.FOUND, strings.HEAD, rows), links=links)


def _never(tools: Tools, category: str | None) -> bool:
    rule = tools.policy.rules.get(category or "")
    return rule is not None and rule.exemption is ExemptionRule.NEVER


def _request(request: OwnRequest, tools: Tools, piece: Piece) -> str:
    topic = Topic(piece.reference, piece.host, piece.category)
    token = tools.tokens.seal(Use.LINK, request.who, request.at, topic)
    return f"{paths.REQUEST}?{LINK_FIELD}={token}"


def _form(request: OwnRequest, tools: Tools, site: Field) -> Section:
    form = PageForm(
        request.path,
        tools.form_token(request),
        strings.BUTTON,
        strings.kept(tools.policy),
        shared.or_by_telephone(tools.policy),
        (site,),
    )
    return Section(form=form)
