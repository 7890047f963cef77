"""
Choose my role: whoever has several acts in one at a time (S3.4.4).

A role that is not one's own cannot be chosen here, nor kept by the desk, nor acted in: with each request
`policy.people.introduce` looks whether the chosen one is still held.
"""

from datetime import datetime

from addons.desk.protocol import ChooseRole, Done, NotDone
from addons.pages.own import paths
from addons.pages.own.making import nobody, one_line, page, typed
from addons.pages.own.request import OwnRequest, Tools
from addons.pages.own_page import Choice, Field, FieldKind, PageForm, Section
from addons.pages.page import Page
from addons.pages.strings import making as shared
from addons.pages.strings import role as strings
from policy.people import People, PersonKey

_FEWEST = 2  # roles that there is a choice between


async def role(request: OwnRequest, tools: Tools) -> Page:
    """The page."""
    key = request.person
    if key is None:
        return nobody(request, tools, strings.TITLE)
    held = _held(tools.people(), key, request.at)
    if len(held) < _FEWEST:
        lead = strings.ONE.format(role=held[0]) if held else strings.NONE
        return page(tools, strings.TITLE, lead)
    if request.method != "POST":
        return _ask(request, tools, held)
    # A register may spell a role in ways that nothing typed has: two spaces, letters taken apart.
    chosen = {one_line(one): one for one in held}.get(typed(request, "role"))
    if chosen is None:
        return _ask(request, tools, held, wrong=strings.ROLE_MISSING, status=422)
    answer = await tools.desk.ask(ChooseRole(*key, chosen))
    if isinstance(answer, Done):
        return page(tools, strings.DONE_TITLE, strings.DONE.format(role=chosen), told=True)
    if isinstance(answer, NotDone):
        return _ask(request, tools, held, told=strings.NOT_HELD, status=409)
    return _ask(request, tools, held, told=shared.nothing_kept(tools.policy), status=503)


def _held(people: People, key: PersonKey, at: datetime) -> tuple[str, ...]:
    person = people.persons.get(key)
    return tuple(one.role for one in person.roles if at < one.until) if person is not None else ()


def _ask(
    request: OwnRequest,
    tools: Tools,
    held: tuple[str, ...],
    *,
    wrong: str = "",
    told: str = "",
    status: int = 200,
) -> Page:
    active = request.who.role or ""
    choices = tuple(Choice(one, one, strings.NOW if one == active else "") for one in held)
    field = Field("role", strings.ROLE, FieldKind.CHOICE, value=active, choices=choices, error=wrong)
    form = PageForm(
        paths.ROLE,
        tools.form_token(request),
        strings.BUTTON,
        strings.KEPT,
        shared.or_by_telephone(tools.policy),
        (field,),
    )
    return page(
        tools, strings.TITLE, told or strings.LEAD, Section(form=form), status=status, told=bool(told)
    )
