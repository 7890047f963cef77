"""
What a page function is given, and what it is: the shapes that every page of ours is written against.

    async def my_page(request: OwnRequest, tools: Tools) -> Page

It is called for GET, and for POST only where its `Route` has a form. By then the router has seen to the
method, the rate, where the request was made, and its token: on a POST `request.token` is the form's own, used
up by this call; on a GET it is that of the link that led here, if one did.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from addons.pages.own.tokens import Token, Tokens, Topic, Use
from addons.pages.page import Page
from addons.snapshots import Desk
from policy.document import Policy
from policy.facts import Who
from policy.people import People, PersonKey
from policy.words import Standing

LINK_FIELD = "t"  # of a query: a link's token
FORM_FIELD = "token"  # of a form: its own


@dataclass(frozen=True, slots=True)
class OwnRequest:
    """One request for a page of ours. Names in `query` and `form` are unique."""

    method: str  # GET or POST; a HEAD is a GET whose body is not sent
    path: str  # without the query
    query: Mapping[str, str]
    form: Mapping[str, str] = field(repr=False)  # of a POST; it may hold a password
    origin: str | None  # the header, as sent
    fetch_site: str | None  # Sec-Fetch-Site, as sent
    who: Who
    at: datetime  # aware, UTC
    fetch_dest: str | None = None  # Sec-Fetch-Dest, as sent
    break_glass: bool = False  # whether it is open: then nobody is to be known
    token: Token | None = None  # set by the router, never by who asks

    @property
    def topic(self) -> Topic:
        """What the page is about; empty where nothing was refused."""
        return self.token.topic if self.token is not None else Topic()

    @property
    def person(self) -> PersonKey | None:
        """Organisation and login of who asks, where they are known and nothing stands against them."""
        who = self.who
        if who.person is None or who.standing is not Standing.GOOD:
            return None
        return who.organisation or "", who.person

    @property
    def may_show_person(self) -> bool:
        """
        Whether the page may say anything about who asks.

        Not where somebody else's page led here, though they follow the link themselves. A POST has come from
        one of our own pages; an address typed or kept is one's own.
        """
        return self.method == "POST" or self.fetch_site in {"same-origin", "none"}


@dataclass(frozen=True, slots=True)
class Tools:
    """What a page function works with."""

    policy: Policy
    host: str  # ours
    desk: Desk
    people: Callable[[], People]  # as they are in force now
    tokens: Tokens
    sign_in_minutes: int  # how long an address stands for who signed in from it
    signs_in: bool  # whether a password makes anybody known

    @property
    def origin(self) -> str:
        """Of our pages, as a browser says it."""
        return f"https://{self.host}"

    def form_token(self, request: OwnRequest, shown: str = "") -> str:
        """
        The token of a form on this page; it keeps what the page is about.

        `shown` is what stood beside the form and must come back unchanged: `request.token.shown` of its POST.
        """
        return self.tokens.seal(
            Use.FORM, request.who, request.at, request.topic, page=request.path, shown=shown
        )

    def link(self, request: OwnRequest, path: str) -> str:
        """The address of another page of ours, about the same thing."""
        if request.topic == Topic():
            return path
        token = self.tokens.seal(Use.LINK, request.who, request.at, request.topic)
        return f"{path}?{LINK_FIELD}={token}"


type PageFunction = Callable[[OwnRequest, Tools], Awaitable[Page]]


@dataclass(frozen=True, slots=True)
class Route:
    """One page: what makes it, and what the router sees to before."""

    page: PageFunction
    form: bool = field(default=True, kw_only=True)  # whether it takes a POST
    # Whether it is about who asks and nothing else: then nobody is led here by somebody else's page.
    personal: bool = field(default=False, kw_only=True)
    # Whether what is sent here is kept with a name, which nothing is before its person has read a notice.
    named: bool = field(default=False, kw_only=True)
