"""
Who asks: what a client shows is taken off its request and looked at, here or by the desk.

**A worker knows no passwords.** A pair it has not seen to be right of late, and every ticket, is asked of the
desk, while the loop goes on. Credentials are taken off before anything else happens to the request.

**What is shown with a request holds for the request**, or for the tunnel a CONNECT opens. Negotiate holds for
the connection (RFC 4559, 5): a ticket is good once, and a browser shows none again on a line that has been
answered. Whoever shows something else on it, and is wrong, is nobody again.

**A trusted proxy's header** counts from the networks that are named, and from there nothing else does: on its
connections many people's requests follow each other. Off anybody else's request, inside a tunnel too, it is
only taken away, so that nobody can pretend at an origin that believes it.

Who is wrong is nobody, and it is the gatekeeper that says what nobody may do. While break-glass is open
nobody is to be known, so what is sent is thrown away unread.
"""

from base64 import b64encode
from collections import Counter
from collections.abc import Awaitable

from mitmproxy import http

from addons.desk.protocol import CheckPassword, CheckTicket, Known, NotKnown
from addons.exchanges import CLAIM, ClientState, state_of
from addons.fail_closed import LastResort, fail_closed
from addons.identity.joined import Joined
from addons.identity.remembered import Remembered
from addons.identity.shown import Password, Ticket, read_header, read_shown
from addons.identity.tries import Tries
from addons.snapshots import Parts
from policy.people import Claim
from policy.words import PersonHow

_SHOWN = "proxy-authorization"
_ANSWERED = "proxy-authenticate"
# What goes back to a client of Negotiate, in `flow.metadata`.
_TOKEN = "sluicegate.token"  # noqa: S105 - a key's name
_WRONG = "wrong"
_AWAY = "away"


class Identity:
    """Finds out who asks, and tells the gatekeeper through `flow.metadata` and the connection's state."""

    def __init__(self, parts: Parts, last_resort: LastResort, counts: Counter[str]) -> None:
        self._settings = parts.identity
        self.last_resort = last_resort
        self._counts = counts
        self._parts = parts
        self._remembered: Remembered[Claim] = Remembered()
        self._joined: Joined[Claim | None] = Joined()
        self._password_tries, self._ticket_tries = Tries(), Tries()

    @fail_closed
    def http_connect(self, flow: http.HTTPFlow) -> Awaitable[None] | None:
        """A tunnel is asked for."""
        return self._identify(flow)

    def http_connected(self, flow: http.HTTPFlow) -> None:
        """It is about to be granted: the other half of Negotiate goes back with that."""
        token = flow.metadata.pop(_TOKEN, None)
        if token and flow.response is not None:
            flow.response.headers[_ANSWERED] = f"Negotiate {b64encode(token).decode('ascii')}"

    @fail_closed
    def requestheaders(self, flow: http.HTTPFlow) -> Awaitable[None] | None:
        """A request; inside a tunnel it is the CONNECT's person who asks."""
        return self._identify(flow)

    def _identify(self, flow: http.HTTPFlow) -> Awaitable[None] | None:
        headers, state = flow.request.headers, state_of(flow.client_conn)
        shown = headers.pop(_SHOWN, None)
        named = self._taken_header(headers)
        if state.tunnel is not None or self._parts.registers.registers.is_open(self._parts.now()):
            return None
        if self._settings.trusts(state.client_ip):
            login = read_header(named)
            if login is not None:
                flow.metadata[CLAIM] = Claim(login, PersonHow.HEADER)
            return None
        if shown is None:
            return None
        state.claim = None
        match read_shown(shown):
            case Password() as pair if self._settings.passwords:
                mark = self._remembered.mark(pair.login, pair.password)
                claim = self._remembered.get(mark)
                if claim is None:
                    return self._by_password(flow, mark, pair, state.client_ip)
                flow.metadata[CLAIM] = claim
            case Ticket() as ticket if self._settings.tickets:
                return self._by_ticket(flow, ticket, state)
        return None

    def _taken_header(self, headers: http.Headers) -> list[str]:
        name = self._settings.header
        if name is None:
            return []
        values = headers.get_all(name)
        if values:
            del headers[name]
        return values

    async def _by_password(self, flow: http.HTTPFlow, mark: bytes, pair: Password, address: str) -> None:
        async def look() -> Claim | None:
            question = CheckPassword(pair.login, pair.password, address)
            claim = await self._ask(question, PersonHow.BASIC, self._password_tries, address)
            if claim is not None:
                self._remembered.keep(mark, claim[0])
            return claim[0] if claim is not None else None

        # A browser opens many connections at once, all with the same pair: one look is enough.
        found = await self._joined.get(mark, look)
        if found is not None:
            flow.metadata[CLAIM] = found

    async def _by_ticket(self, flow: http.HTTPFlow, ticket: Ticket, state: ClientState) -> None:
        question = CheckTicket(ticket.token, state.client_ip)
        found = await self._ask(question, PersonHow.NEGOTIATE, self._ticket_tries, state.client_ip)
        if found is not None:
            state.claim, flow.metadata[_TOKEN] = found

    async def _ask(
        self, question: CheckPassword | CheckTicket, how: PersonHow, tries: Tries, address: str
    ) -> tuple[Claim, bytes] | None:
        refused = tries.refuses(address)
        if refused is not None:
            self._counts[f"sign-in:{refused}"] += 1
            return None
        with tries.waiting(address):
            answer = await self._parts.desk.ask(question)
        if isinstance(answer, Known):
            return Claim(answer.login, how, answer.organisation), answer.token
        why = answer.why if isinstance(answer, NotKnown) else _AWAY
        if why == _WRONG:
            tries.wrong(address)
        self._counts[f"sign-in:{why}"] += 1
        return None
