"""Where an exchange goes that the origin does not answer: our side of `addons/stream/exits.py`."""

from collections import Counter

from mitmproxy import connection, http

from addons.answers import Answers
from addons.exchanges import Exchange, exchange_of, state_of
from addons.facts import Tunnel, name_of, tunnel_facts
from addons.fail_closed import LastResort
from addons.judging import Judging
from addons.recorder import Recorder
from addons.snapshots import Parts
from policy.identifiers import uuid7
from policy.words import Ended, NameSource, Reason, Step


class GatewayExits:
    """Implements `addons.stream.exits.Exits`."""

    def __init__(
        self,
        parts: Parts,
        judging: Judging,
        answers: Answers,
        recorder: Recorder,
        last_resort: LastResort,
        counts: Counter[str],
    ) -> None:
        self._now = parts.now
        self._judging = judging
        self._answers = answers
        self._recorder = recorder
        self._last_resort = last_resort
        self._counts = counts

    def page_for_failure(self, flow: http.HTTPFlow, ended: Ended) -> http.Response:
        """The page for a request that was allowed and could not be carried out."""
        exchange = exchange_of(flow)
        if exchange is None:
            # No request gets this far without its Decision; if one does, that is a failure of ours.
            self._last_resort.close(flow, "requestheaders")
            return flow.response or self._answers.not_a_request()
        exchange.page = self._answers.failure(flow.request, exchange, ended)
        return exchange.page

    def tunnel_ended(self, client: connection.Client, bytes_in: int, bytes_out: int, ended: Ended) -> None:
        """A tunnel that was not decrypted is over."""
        self._recorder.tunnel_over(state_of(client), bytes_in, bytes_out, ended)

    def not_http(self, client: connection.Client, host: str, port: int) -> None:
        """Record that a tunnel began with something that is neither TLS nor HTTP."""
        state = state_of(client)
        tunnel = state.tunnel or Tunnel(name_of(NameSource.CONNECT, host), port)
        at = self._now()
        who = self._judging.introduce(state.claim, state.client_ip, at)
        facts = tunnel_facts(tunnel, step=Step.RAW, scheme="", exchange=uuid7(), at=at, who=who)
        decision = self._judging.record_now(self._judging.refused(facts, Reason.NOT_HTTP))
        self._recorder.over(Exchange(decision, facts), Ended.REFUSED)

    def not_a_request(self, why: str) -> http.Response:
        """Count what is no request, by a fixed word."""
        self._counts[f"not-a-request:{why}"] += 1
        return self._answers.not_a_request()
