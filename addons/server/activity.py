"""What a worker has carried, counted for `status`."""

from mitmproxy import http

from policy.decision import Decision
from policy.words import Verdict

DECISION = "sluicegate.decision"


class Activity:
    """First in the chain and it refuses nothing: it only counts what has begun and what has come of it."""

    def __init__(self) -> None:
        self.requests = 0
        self.blocked = 0

    def requestheaders(self, _flow: http.HTTPFlow) -> None:
        """An exchange begins."""
        self.requests += 1

    # Of these two exactly one comes for every flow that reached `requestheaders`.
    def response(self, flow: http.HTTPFlow) -> None:
        """It has been answered."""
        self._over(flow)

    def error(self, flow: http.HTTPFlow) -> None:
        """It has ended otherwise."""
        self._over(flow)

    def _over(self, flow: http.HTTPFlow) -> None:
        decision = flow.metadata.get(DECISION)
        if isinstance(decision, Decision) and decision.verdict is not Verdict.ALLOW:
            self.blocked += 1
