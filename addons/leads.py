"""From a refused exchange to the links that lead to our own pages: what their token says."""

from mitmproxy import http

from addons.exchanges import Exchange
from addons.forward import host_value
from addons.pages.own.tokens import Tokens, Topic, Use
from addons.pages.ways import Ways
from policy.facts import RequestFacts
from policy.words import RetentionClass, Standing

_REPEATED = frozenset({"GET", "HEAD"})  # what a person can be led back to: anything else was sent


class Leads:
    """Makes them, for pages at `host`; `signs_in`: whether a password makes anybody known."""

    def __init__(self, host: str, tokens: Tokens, *, signs_in: bool) -> None:
        self._origin = f"https://{host}"
        self._tokens = tokens
        self._signs_in = signs_in

    def ways(self, request: http.Request, exchange: Exchange) -> Ways | None:
        """None where they could do nothing: the request cannot be read, has no row, or is to be nobody's."""
        facts, decision = exchange.facts, exchange.decision
        if decision is None or facts.path is None or not facts.host:
            return None
        if decision.retention_class is RetentionClass.PRIVILEGED:
            # What is asked or told on our pages is kept with its site and its person.
            return None
        sent = request.method not in _REPEATED
        topic = Topic(
            decision.reference, facts.host, decision.category, "" if sent else _address(request, facts), sent
        )
        token = self._tokens.seal(Use.LINK, facts.who, facts.at, topic)
        known = facts.who.person is not None and facts.who.standing is Standing.GOOD
        return Ways(self._origin, token, known=known, signs_in=self._signs_in)


def _address(request: http.Request, facts: RequestFacts) -> str:
    """What was asked for, by the name that was judged: the one that the browser shows."""
    host = host_value(facts.host, facts.port, facts.scheme.encode()).decode()
    return f"{facts.scheme}://{host}{request.path}"
