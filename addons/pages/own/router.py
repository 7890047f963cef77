"""
What stands before every page of ours, in this order:

    1. There is such a page.                      404
    2. It takes this method.                      405
    3. A browser opens it as a page.              403  pictures, frames and scripts of other sites get nothing
    4. Not too often.                             429
    5. A GET's link is good, if it has one.       403  and a page about a person is not led to from elsewhere
    6. A POST comes from our own origin.          403  `Origin`, and `Sec-Fetch-Site` where it is sent
    7. Its form was made here, today, for them.   403
    8. Who would be named has read a notice.      200  the way to it; also before the form is shown
    9. It has not been sent before.               409  by the desk; 503 while it is away, from the page

Pages can neither forge `Origin` nor `Sec-Fetch-*` (they are forbidden to scripts), and what a program
forges it can forge for its own user only: the token is the same person's. A page function that raises is
answered for by the caller.
"""

import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import replace

from addons.desk.protocol import Answer, Away, Done, NotDone, Question, Spend
from addons.pages.link import Link
from addons.pages.own import paths
from addons.pages.own.rates import Rates
from addons.pages.own.request import FORM_FIELD, LINK_FIELD, OwnRequest, Route, Tools
from addons.pages.own.tokens import Token, Unusable, Use, holder_of
from addons.pages.own_page import OwnContent, Section, render_own
from addons.pages.page import Page
from addons.pages.strings import own as strings
from addons.pages.strings.common import whose_filter

_SAFE = frozenset({"GET", "HEAD"})
_RETRY_SECONDS = 20  # until somebody who has sent too many forms may send one


class Router:
    """Leads each request to its page."""

    def __init__(
        self,
        tools: Tools,
        routes: Mapping[str, Route],
        counts: Counter[str],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """`counts` hears of each refusal, by `own-page:` and its word."""
        self._tools = tools
        self._routes = routes
        self._counts = counts
        self._clock = clock
        self._rates = Rates()

    async def answer(self, request: OwnRequest) -> Page:
        """The page, or the one that says why not."""
        route = self._routes.get(request.path)
        if route is None:
            return self.refuse("not-found", 404)
        if request.method not in _SAFE and not (route.form and request.method == "POST"):
            allow = ("allow", "GET, HEAD, POST" if route.form else "GET, HEAD")
            return _with(self.refuse("wrong-method", 405), allow)
        if request.fetch_dest not in {None, "document"}:
            return self.refuse("not-a-page", 403)
        who, sends = request.who, request.method == "POST"
        if not self._rates.take(holder_of(who), who.client_ip, self._clock(), sends=sends):
            return _with(self.refuse("too-often", 429), ("retry-after", str(_RETRY_SECONDS)))
        if sends:
            return await self._post(request, route)
        return await self._get(request, route)

    def refuse(self, why: str, status: int) -> Page:
        """The page for a word of `strings.own.WHY`, and count it."""
        self._counts[f"own-page:{why}"] += 1
        title, sentence = strings.WHY[why]
        policy = self._tools.policy
        section = Section(points=strings.steps(why, policy))
        return render_own(status, OwnContent(whose_filter(policy), title, sentence, (section,)))

    async def _get(self, request: OwnRequest, route: Route) -> Page:
        sealed = request.query.get(LINK_FIELD)
        token: Token | None = None
        if sealed is not None:
            try:
                token = self._tools.tokens.open(sealed, Use.LINK, request.who, request.at)
            except Unusable as error:
                return self.refuse(error.why, 403)
        request = replace(request, method="GET", token=token)
        if self._is_unread(request, route):
            return self._notice_first(request)
        if route.personal and not request.may_show_person:
            return self._doorway(request)
        return await route.page(request, self._tools)

    def _doorway(self, request: OwnRequest) -> Page:
        link = Link(strings.DOORWAY_LINK, self._tools.link(request, request.path))
        whose = whose_filter(self._tools.policy)
        section = Section(links=(link,))
        return render_own(200, OwnContent(whose, strings.DOORWAY_TITLE, strings.DOORWAY, (section,)))

    def _is_unread(self, request: OwnRequest, route: Route) -> bool:
        unread = request.person is not None and not request.who.notified
        return route.named and unread and self._tools.policy.notice is not None

    def _notice_first(self, request: OwnRequest) -> Page:
        link = Link(strings.UNREAD_LINK, self._tools.link(request, paths.NOTICE))
        whose = whose_filter(self._tools.policy)
        return render_own(
            200, OwnContent(whose, strings.UNREAD_TITLE, strings.UNREAD, (Section(links=(link,)),))
        )

    async def _post(self, request: OwnRequest, route: Route) -> Page:
        if request.origin != self._tools.origin or request.fetch_site not in {None, "same-origin"}:
            return self.refuse("elsewhere", 403)
        try:
            token = self._open_form(request)
        except Unusable as error:
            return self.refuse(error.why, 403)
        request = replace(request, token=token)
        if self._is_unread(request, route):
            return self._notice_first(request)
        spent = await self._tools.desk.ask(Spend(token.nonce, token.until))
        if isinstance(spent, NotDone):
            return self.refuse("replayed", 409)
        # Where nobody can say whether it was, nothing is done, and the page shows what was typed once more.
        tools = self._tools if isinstance(spent, Done) else replace(self._tools, desk=_NoDesk())
        return await route.page(request, tools)

    def _open_form(self, request: OwnRequest) -> Token:
        sealed = request.form.get(FORM_FIELD, "")
        return self._tools.tokens.open(sealed, Use.FORM, request.who, request.at, page=request.path)


class _NoDesk:
    """Keeps nothing."""

    async def ask(self, question: Question) -> Answer:
        """Says so."""
        return Away()


def _with(page: Page, header: tuple[str, str]) -> Page:
    return Page(page.status, (*page.headers, header), page.body)
