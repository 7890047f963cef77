"""What the gateway itself answers: our pages as mitmproxy's responses, in the form that fits the request."""

from collections.abc import Sequence

from mitmproxy import http

from addons.exchanges import Exchange
from addons.leads import Leads
from addons.pages.page import Form, Page
from addons.pages.refusal import failure_page, not_a_request_page, refusal_page, unrecorded_page
from policy.document import Policy
from policy.words import Ended

_FRAMES = frozenset({"iframe", "frame", "embed", "object", "fencedframe"})


def form_for(request: http.Request) -> Form:
    """A page for whoever opens one, a small one for a frame, a short text for a picture or a program."""
    headers = request.headers
    destination = headers.get("sec-fetch-dest", "")
    if destination in _FRAMES:
        return Form.FRAME
    if destination:
        return Form.PAGE if destination == "document" else Form.TEXT
    # Plain http: a browser that opens a page says that it would like HTML, one that loads a picture does not.
    return Form.PAGE if "text/html" in headers.get("accept", "") else Form.TEXT


class Answers:
    """Makes them, by the policy in force."""

    def __init__(self, policy: Policy, leads: Leads, schemes: Sequence[str]) -> None:
        """`schemes`: what a client that knows of us may be asked to show."""
        self._policy = policy
        self._schemes = schemes
        self._leads = leads

    def refusal(self, request: http.Request, exchange: Exchange, *, in_tunnel: bool) -> http.Response:
        """The page for a Decision that is not an allow."""
        if exchange.decision is None:
            return self.unrecorded(request)
        path = request.path.partition("?")[0] if request.method != "CONNECT" else ""
        form, decision, facts = form_for(request), exchange.decision, exchange.facts
        effect = None
        if decision.category in self._policy.rules:
            effect = self._policy.behind(decision.reason, decision.category, facts.who, facts.at)
        page = refusal_page(
            decision,
            self._policy,
            form,
            address=f"{facts.host}{path}",
            effect=effect,
            # Inside a tunnel, and where the client was redirected, an answer is the origin's.
            schemes=() if in_tunnel else self._schemes,
            ways=self._leads.ways(request, exchange) if form is not Form.TEXT else None,
        )
        return response_of(page, request.method)

    def failure(self, request: http.Request, exchange: Exchange, ended: Ended) -> http.Response:
        """The page for what was allowed and could not be had."""
        if exchange.decision is None:
            return self.unrecorded(request)
        page = failure_page(
            exchange.decision.reference, ended, self._policy, form_for(request), host=exchange.facts.host
        )
        return response_of(page, request.method)

    def unrecorded(self, request: http.Request) -> http.Response:
        """The page where the log can take no more."""
        return response_of(unrecorded_page(self._policy, form_for(request)), request.method)

    def not_a_request(self) -> http.Response:
        """The fixed page for what is no request at all."""
        return response_of(not_a_request_page(), "GET")


def response_of(page: Page, method: str) -> http.Response:
    """A page as the answer to a request of this method."""
    fields = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in page.headers]
    response = http.Response.make(page.status, page.body, http.Headers(fields))
    if method == "HEAD":
        # The length stays what GET would have had (RFC 9110, 9.3.2).
        response.raw_content = b""
    return response
