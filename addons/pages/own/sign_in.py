"""
Sign in and sign out: an address that stands for a person for a while (S3.4.1).

For whoever cannot be asked otherwise: on a connection that was led here by the network nothing asks for a
password. The password goes to the desk and is in no page: after a mistake it is typed anew. What was proved
on a connection holds before a sign-in does (`policy.people.introduce`); there the page says it is not needed.
"""

from addons.desk.protocol import Done, Known, NotKnown, SignIn, SignOut
from addons.pages.link import Link
from addons.pages.own import paths
from addons.pages.own.making import nobody, page, typed
from addons.pages.own.onward import onward
from addons.pages.own.request import OwnRequest, Tools
from addons.pages.own_page import Field, FieldKind, PageForm, Section
from addons.pages.page import Page
from addons.pages.strings import making as shared
from addons.pages.strings import sign_in as strings
from policy.words import PersonHow

_LOGIN, _PASSWORD = 256, 1024  # characters, the most
_STATUS = {"wrong": 403, "shared": 403, "too-many-wrong": 429}
_BY_ADDRESS = frozenset({PersonHow.NONE, PersonHow.PAGE, PersonHow.DEVICE})


async def sign_in(request: OwnRequest, tools: Tools) -> Page:
    """The page to sign in."""
    if request.break_glass:
        return nobody(request, tools, strings.TITLE)
    if not tools.signs_in:
        return page(tools, strings.TITLE, strings.no_passwords(tools.policy))
    if request.who.how not in _BY_ADDRESS:
        return page(tools, strings.TITLE, strings.KNOWN_ALREADY, *onward(request))
    if request.method != "POST":
        return _ask(request, tools)
    login, password = typed(request, "login"), request.form.get("password", "")
    no_login = strings.LOGIN_MISSING if not login or len(login) > _LOGIN else ""
    no_password = strings.PASSWORD_MISSING if not password or len(password) > _PASSWORD else ""
    if no_login or no_password:
        return _ask(request, tools, (no_login, no_password), status=422)
    answer = await tools.desk.ask(SignIn(login, password, request.who.client_ip or ""))
    if not isinstance(answer, Known):
        word = answer.why if isinstance(answer, NotKnown) else "away"
        return _ask(request, tools, (strings.why(word), ""), status=_STATUS.get(word, 503))
    until = answer.until or request.at
    minutes = max(0, round((until - request.at).total_seconds() / 60))
    out = Section(links=(Link(strings.SIGN_OUT, paths.SIGN_OUT),))
    return page(tools, strings.DONE_TITLE, strings.done(minutes), *onward(request), out, told=True)


def _ask(request: OwnRequest, tools: Tools, errors: tuple[str, str] = ("", ""), status: int = 200) -> Page:
    fields = (
        Field(
            "login",
            strings.LOGIN,
            value=typed(request, "login")[:_LOGIN],
            most=_LOGIN,
            autocomplete="username",
            error=errors[0],
        ),
        Field(
            "password",
            strings.PASSWORD,
            FieldKind.PASSWORD,
            most=_PASSWORD,
            autocomplete="current-password",
            error=errors[1],
        ),
    )
    form = PageForm(
        paths.SIGN_IN,
        tools.form_token(request),
        strings.BUTTON,
        strings.kept(tools.sign_in_minutes),
        strings.no_user_name(tools.policy),
        fields,
    )
    return page(
        tools, strings.TITLE, strings.LEAD, Section(paragraphs=(strings.THEN,), form=form), status=status
    )


async def sign_out(request: OwnRequest, tools: Tools) -> Page:
    """The page to sign out."""
    if request.who.person is None:
        return nobody(request, tools, strings.OUT_TITLE)
    if request.who.how is not PersonHow.PAGE:
        return page(tools, strings.OUT_TITLE, strings.NOT_BY_PAGE)
    status, told = 200, ""
    if request.method == "POST":
        if isinstance(await tools.desk.ask(SignOut(request.who.client_ip or "")), Done):
            return page(tools, strings.OUT_DONE_TITLE, strings.OUT_DONE, told=True)
        status, told = 503, strings.NOT_KEPT_OUT
    form = PageForm(
        paths.SIGN_OUT,
        tools.form_token(request),
        strings.OUT_BUTTON,
        strings.OUT_KEPT,
        shared.or_by_telephone(tools.policy),
    )
    lead = told or strings.signed_in_as(request.who.person)
    return page(tools, strings.OUT_TITLE, lead, Section(form=form), status=status, told=bool(told))
