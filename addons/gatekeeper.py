"""
Where a request is allowed or refused.

The order is always the same: who, facts, judgement, record, answer. Who it is has been found out before
us (`addons/identity/identify.py`). The Decision is in keeping before anything is answered or any origin
contacted.

We judge in `requestheaders`, not in `request`: in `request` the body has been read, and with streaming it
has already left the house. What we cannot read we judge by its names alone, in `tls_clienthello`, since
no later hook will come. What will be read later is only *prepared* there: where every name is allowed, TLS
with the origin may begin at once, which saves a connection for each request of an HTTP/2 client.

A CONNECT is answered before it is known what it will carry, and so is accepted as such: the page that
says why a site is blocked can only be shown inside TLS, where browsers look at it. Refused at once is
what no page can be shown for: a port that tunnels may not lead to, an inner address, a host that is
blocked *and* must not be decrypted. While break-glass is open nothing is decrypted, so all that stays refused
is refused without a page, but for plain http.

A client that was redirected to us says no CONNECT: its connection is taken for one that was accepted, to the
address it had looked up, and from there on everything is the same. TLS is expected on the ports that a
tunnel may lead to, plain HTTP on the others.

The gateway's own pages (`addons/own_pages.py`) are judged by their host before anything else: they are shown
whatever the lists say, to whoever is let through to the proxy, also while break-glass is open; an exchange
that names their host beside another is refused.

`server_connect` is the last gate, and shut: it opens only for a destination that a recorded allow of this
very connection stands for, whatever mitmproxy's layers may have made of a request meanwhile.
"""

from collections.abc import Awaitable
from dataclasses import replace

from mitmproxy import http, tls
from mitmproxy.proxy import server_hooks

from addons.answers import Answers
from addons.destinations import Destinations
from addons.exchanges import DECISION, EXCHANGE, ClientState, Exchange, claim_of, exchange_of, state_of
from addons.expected.applying import Expected
from addons.facts import (
    Malformed,
    Tunnel,
    connect_facts,
    name_of,
    request_facts,
    tunnel_facts,
    unreadable_facts,
)
from addons.fail_closed import LastResort, fail_closed
from addons.forward import aim, strip_answer
from addons.judging import Draft, Judging
from addons.own_pages import OwnPages
from addons.personal_use import PersonalUse
from addons.recorder import Recorder
from addons.snapshots import Parts
from addons.standing import Standing
from addons.stream.exits import FOR_US
from categories.urls.sites import site_of
from policy.decision import Decision
from policy.facts import Name, RequestFacts
from policy.identifiers import uuid7
from policy.people import Claim
from policy.words import Ended, NameSource, Reason, Resource, Step, Verdict

_FOR_NOW = frozenset(
    {Reason.NOTICE, Reason.NO_PERSON, Reason.UNKNOWN_PERSON, Reason.DISABLED, Reason.ALLOWANCE}
)
_SERVER_NAME = 0  # the extension's type in a ClientHello (RFC 6066, 3)


class Gatekeeper:
    """Judges every exchange."""

    def __init__(
        self,
        parts: Parts,
        judging: Judging,
        answers: Answers,
        recorder: Recorder,
        standing: Standing,
        last_resort: LastResort,
        own_pages: OwnPages,
    ) -> None:
        self._parts = parts
        self._judging = judging
        self._answers = answers
        self._recorder = recorder
        self._standing = standing
        self.last_resort = last_resort
        self._own_pages = own_pages
        self._destinations = Destinations(parts.destinations.inner, parts.listening)
        self._personal_use = PersonalUse(parts.desk)
        self._expected = Expected(parts.policy)

    # The hooks, in the order of an exchange -------------------------------------------------------

    @fail_closed
    def http_connect(self, flow: http.HTTPFlow) -> Awaitable[None] | None:
        """A tunnel is asked for."""
        if flow.response is not None:
            return None  # refused before us
        state = state_of(flow.client_conn)
        claim = claim_of(flow, state)
        draft = self._connect_draft(flow.request, claim, state)

        def answer(decision: Decision | None) -> None:
            exchange = self._begun(flow, draft, decision, claim)
            if exchange is None:
                return
            state.claim = claim
            state.tunnel = Tunnel(draft.facts.names[0], draft.facts.port)
            state.connect = exchange

        return self._judging.record(draft, answer)

    @fail_closed
    def tls_clienthello(self, data: tls.ClientHelloData) -> Awaitable[None] | None:
        """TLS begins: look into it, hand it on undecrypted, or end it."""
        state = state_of(data.context.client)
        draft = self._clienthello_draft(data, state)
        if draft is None:
            return None

        def answer(decision: Decision | None) -> None:
            exchange = Exchange(decision, draft.facts, state.claim, break_glass=draft.break_glass)
            if self._may_go_on(draft, decision):
                state.undecrypted = exchange
                self._standing.begin(data.context.client, exchange, Step.SNI)
                _lead(data, state, draft.facts)
                data.ignore_connection = True
            else:
                state.close_tls = True
                self._recorder.over(exchange, Ended.REFUSED)

        return self._judging.record(draft, answer)

    @fail_closed
    def requestheaders(self, flow: http.HTTPFlow) -> Awaitable[None] | None:
        """A request is complete up to its body."""
        if flow.response is not None:
            return None  # refused before us
        state = state_of(flow.client_conn)
        claim = claim_of(flow, state)
        draft = self._request_draft(flow, claim, state)
        if draft.judgement.reason is Reason.OWN_PAGE:
            return self._own_page(flow, draft, claim)

        def answer(decision: Decision | None) -> None:
            exchange = self._begun(flow, draft, decision, claim)
            if exchange is None:
                return
            destination = draft.facts.host, draft.facts.port
            aim(flow.request, *destination, http2=flow.client_conn.alpn == b"h2")
            self._expected.apply(flow.request, draft.facts.host, draft.facts.target)
            exchange.destination = destination
            state.open(destination)
            if draft.judgement.allowance and draft.facts.resource is Resource.VISIT:
                self._personal_use.note(draft.facts.who, draft.facts.at)
            if draft.break_glass:
                self._standing.begin(flow.client_conn, exchange, Step.REQUEST)

        return self._judging.record(draft, answer)

    async def _own_page(self, flow: http.HTTPFlow, draft: Draft, claim: Claim | None) -> None:
        def begin(decision: Decision | None) -> None:
            self._begun(flow, draft, decision, claim)

        pending = self._judging.record(draft, begin)
        if pending is not None:
            await pending
        exchange = exchange_of(flow)
        if exchange is not None and flow.response is None:
            await self._own_pages.begin(flow, exchange)

    @fail_closed
    def request(self, flow: http.HTTPFlow) -> Awaitable[None] | None:
        """A request is complete: only one for a page of ours is answered here."""
        if FOR_US not in flow.metadata:
            return None
        exchange = exchange_of(flow)
        if exchange is None:
            raise ValueError("a body was read for an exchange that was not begun")
        return self._own_pages.body(flow, exchange)

    @fail_closed
    def server_connect(self, data: server_hooks.ServerConnectionHookData) -> None:
        """A connection to an origin is about to be opened."""
        address = data.server.address
        if address is None or address not in state_of(data.client).open_to:
            data.server.error = Ended.REFUSED.value
        elif self._destinations.refuses(*address):
            data.server.error = Ended.PRIVATE_ADDRESS.value

    @fail_closed
    def responseheaders(self, flow: http.HTTPFlow) -> None:
        """An origin begins to answer."""
        exchange = exchange_of(flow)
        if flow.response is not None and (exchange is None or exchange.page is None):
            strip_answer(flow.response)

    def websocket_start(self, flow: http.HTTPFlow) -> None:
        """A WebSocket is open. It can no longer be refused here, only closed."""
        exchange = exchange_of(flow)
        if exchange is not None:
            self._standing.begin(flow.client_conn, exchange, Step.WEBSOCKET)

    # Drafts: who, facts, judgement ----------------------------------------------------------------

    def _connect_draft(self, request: http.Request, claim: Claim | None, state: ClientState) -> Draft:
        """The judgement on a CONNECT."""
        exchange, at = uuid7(), self._parts.now()
        who = self._judging.introduce(claim, state.client_ip, at)
        try:
            facts = connect_facts(request, exchange=exchange, at=at, who=who)
        except Malformed as error:
            facts = unreadable_facts(
                request, str(error), step=Step.CONNECT, exchange=exchange, at=at, who=who, tunnel=None
            )
            return self._judging.refused(facts, Reason.MALFORMED)
        if facts.port not in self._parts.limits.connect_ports:
            return self._judging.refused(facts, Reason.PORT)
        draft = self._own(facts) or self._judged(facts)
        if not draft.allows and (
            draft.break_glass
            or draft.judgement.privileged
            or draft.judgement.reason in {Reason.NO_PERSON, Reason.PRIVATE_ADDRESS}
        ):
            return draft
        return self._judging.tunnelled(draft)

    def _clienthello_draft(self, data: tls.ClientHelloData, state: ClientState) -> Draft | None:
        """
        The judgement on a tunnel that is not to be looked into, or that cannot go on.

        None where it is looked into; then `data` and `state` are prepared for it.
        """
        tunnel = state.tunnel
        exchange, at = uuid7(), self._parts.now()
        who = self._judging.introduce(state.claim, state.client_ip, at)
        if tunnel is None:
            # TLS with the proxy itself, which speaks none.
            facts = RequestFacts(exchange, at, Step.SNI, (), "https", 0, who, target="")
            return self._judging.refused(facts, Reason.MALFORMED)
        try:
            tunnel = Tunnel(tunnel.connect, tunnel.port, _server_name(data.client_hello))
        except Malformed:
            facts = tunnel_facts(tunnel, step=Step.SNI, scheme="https", exchange=exchange, at=at, who=who)
            return self._judging.refused(facts, Reason.MALFORMED)
        state.tunnel = tunnel
        facts = tunnel_facts(tunnel, step=Step.SNI, scheme="https", exchange=exchange, at=at, who=who)
        if tunnel.port not in self._parts.limits.connect_ports:
            return self._judging.refused(facts, Reason.PORT)
        own = self._own(facts)
        if own is not None:
            # Looked into in any case, and nothing is prepared: there is no origin.
            return None if own.allows else own
        draft = self._judged(facts)
        if draft.break_glass:
            return draft
        hosts = {name.host for name in facts.names}
        if draft.judgement.privileged or any(map(self._parts.never_decrypt.covers, hosts)):
            if draft.allows and not self._is_one_site(facts):
                # A name that may not be decrypted could cover for any other behind the same address.
                return self._judging.refused(draft.facts, Reason.NAME_MISMATCH)
            if draft.allows or draft.judgement.privileged or _is_for_now(draft):
                return draft
        if draft.allows:
            _lead(data, state, facts)
            data.establish_server_tls_first = True
        return None

    def _request_draft(self, flow: http.HTTPFlow, claim: Claim | None, state: ClientState) -> Draft:
        """The judgement on a request."""
        exchange, at = uuid7(), self._parts.now()
        who = self._judging.introduce(claim, state.client_ip, at)
        client = flow.client_conn
        try:
            facts = request_facts(
                flow.request,
                exchange=exchange,
                at=at,
                who=who,
                tunnel=state.tunnel,
                decrypted=client.tls_established,
                http2=client.alpn == b"h2",
            )
        except Malformed as error:
            facts = unreadable_facts(
                flow.request,
                str(error),
                step=Step.REQUEST,
                exchange=exchange,
                at=at,
                who=who,
                tunnel=state.tunnel,
            )
            return self._judging.refused(facts, Reason.MALFORMED)
        own = self._own(facts)
        if own is not None:
            return own
        redirected = state.tunnel is not None and state.tunnel.redirected
        if redirected and not facts.decrypted and facts.port in self._parts.limits.connect_ports:
            return self._judging.refused(facts, Reason.PORT)
        draft = self._judged(facts)
        if draft.allows and draft.judgement.privileged and not self._is_one_site(facts):
            # What is privileged is recorded without person and host: a cover for any other site beside it.
            return self._judging.refused(draft.facts, Reason.NAME_MISMATCH)
        if draft.allows and facts.decrypted and not draft.break_glass and self._is_not_looked_into(draft):
            by_name = self._judged(replace(facts, target=""))
            return self._judging.refused(facts, Reason.UNDECIDABLE) if by_name.allows else by_name
        return draft

    def _own(self, facts: RequestFacts) -> Draft | None:
        """The judgement on what names our own host; None for everything else."""
        named = self._own_pages.named(facts)
        if not named.any:
            return None
        if not named.all:
            return self._judging.refused(facts, Reason.NAME_MISMATCH)
        draft = self._judging.own_page(facts)
        nobody = facts.who.person is None and not draft.break_glass
        if nobody and facts.step is Step.CONNECT and self._judging.requires_person(facts):
            # Who can be asked is asked: the pages are of more use to whom they know.
            return self._judging.refused(facts, Reason.NO_PERSON)
        return draft

    def _judged(self, facts: RequestFacts) -> Draft:
        """By the lists and registers, and by what holds whatever they say."""
        draft = self._judging.judge(facts)
        if self._destinations.refuses(facts.names[0].host, facts.port):
            return self._judging.refused(facts, Reason.PRIVATE_ADDRESS)
        return draft

    def _is_not_looked_into(self, draft: Draft) -> bool:
        """
        Whether some name may only be handed on unread.

        The connection of such a request was opened for the page that refused it, or before its host came into
        a list: what is allowed since then goes by another.
        """
        hosts = {name.host for name in draft.facts.names}
        if any(map(self._parts.never_decrypt.covers, hosts)):
            return True
        # A part of a host may be privileged by its path, which can only be seen where it is looked into.
        return draft.judgement.privileged and any(map(self._judging.is_privileged, hosts))

    @staticmethod
    def _is_one_site(facts: RequestFacts) -> bool:
        """Whether all names are of one site; an address in CONNECT says nothing against a name."""
        names = facts.names
        if len(names) > 1 and _is_address(names[-1].host):
            names = names[:-1]
        return len({site_of(name.host) for name in names}) == 1

    # Answers --------------------------------------------------------------------------------------

    def _may_go_on(self, draft: Draft, decision: Decision | None) -> bool:
        return draft.allows and (decision is not None or self._judging.passes_unrecorded(draft))

    def _begun(
        self, flow: http.HTTPFlow, draft: Draft, decision: Decision | None, claim: Claim | None
    ) -> Exchange | None:
        """The exchange, if it may go on; otherwise the flow is answered."""
        exchange = Exchange(decision, draft.facts, claim, break_glass=draft.break_glass)
        flow.metadata[EXCHANGE], flow.metadata[DECISION] = exchange, decision
        if self._may_go_on(draft, decision):
            return exchange
        in_tunnel = state_of(flow.client_conn).tunnel is not None
        if draft.facts.decrypted and self._is_not_looked_into(draft):
            self._standing.end_soon(flow.client_conn)
        exchange.ended = Ended.REFUSED
        exchange.page = flow.response = self._answers.refusal(flow.request, exchange, in_tunnel=in_tunnel)
        return None


def _lead(data: tls.ClientHelloData, state: ClientState, facts: RequestFacts) -> None:
    """Let the tunnel lead to the name that was judged, not to an address the client chose for it."""
    destination = (facts.host, facts.port)
    data.context.server.address = destination
    data.context.server.sni = facts.host
    state.open(destination)


def _is_for_now(draft: Draft) -> bool:
    """
    Whether a refusal may be over the next minute, by what the person does.

    A host that is not to be decrypted would have been, for its page, and its connection stays open.
    """
    return draft.judgement.verdict is Verdict.CONFIRM or draft.judgement.reason in _FOR_NOW


def _server_name(hello: tls.ClientHello) -> Name | None:
    """
    The name that TLS asks for, None where it asks for none.

    Raises `Malformed` for two names or one that is none: an origin might read it otherwise than we do.
    """
    said = sum(kind == _SERVER_NAME for kind, _ in hello.extensions)
    if said == 0:
        return None
    if said > 1 or hello.sni is None:
        raise Malformed("sni: not one name")
    return name_of(NameSource.SNI, hello.sni)


def _is_address(host: str) -> bool:
    # A normalised host that is an IPv4 address ends in a digit, and no top-level domain does.
    return ":" in host or host[-1:].isdigit()
