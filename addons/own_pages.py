"""
The gateway's own pages as exchanges: from a flow to an `OwnRequest`, from a `Page` to a response.

They stand at one host (`pages.host`), which nothing else is reached by: the gatekeeper asks `named` of every
exchange before anything else is judged. They are given over TLS only, on the port of https; whatever asks
otherwise is led there, and what it had sent is thrown away unread. A body is read by the layers, of 16 KB at
most (`FOR_US`).
"""

import logging
from collections import Counter
from typing import NamedTuple
from urllib.parse import parse_qsl

from mitmproxy import http

from addons.answers import response_of
from addons.desk.held import HeldDesk
from addons.exchanges import Exchange
from addons.pages.own.request import OwnRequest, Tools
from addons.pages.own.router import Router
from addons.pages.own.routes import ROUTES
from addons.pages.own.tokens import Tokens
from addons.pages.page import Page
from addons.snapshots import Parts
from addons.stream.exits import ENDED, FOR_US
from policy.facts import RequestFacts
from policy.people import People
from policy.words import Ended

logger = logging.getLogger(__name__)

MOST_BODY = 16 * 1024
_MOST_FIELDS = 32
_HTTPS = 443
_FORM = "application/x-www-form-urlencoded"


class Unreadable(ValueError):
    """A body or query that no form of ours sends."""


class Named(NamedTuple):
    """How far an exchange is about our pages."""

    any: bool  # some name of it is theirs
    all: bool  # and no other stands beside it


class OwnPages:
    """Answers for our own host."""

    def __init__(self, parts: Parts, tokens: Tokens, counts: Counter[str]) -> None:
        self._parts = parts
        self.host = parts.pages.host
        tools = Tools(
            parts.policy,
            self.host,
            HeldDesk(parts.desk, parts.presence),
            self._people,
            tokens,
            parts.pages.sign_in_minutes,
            parts.identity.passwords,
        )
        self._router = Router(tools, ROUTES, counts)

    def _people(self) -> People:
        return self._parts.registers.registers.people

    def named(self, facts: RequestFacts) -> Named:
        """Whether these names are ours."""
        ours = sum(name.host == self.host for name in facts.names)
        return Named(ours > 0, ours == len(facts.names))

    async def begin(self, flow: http.HTTPFlow, exchange: Exchange) -> None:
        """The head of a request is there: answer it, or have its body read."""
        facts = exchange.facts
        if not facts.decrypted or facts.port != _HTTPS:
            flow.response = self._lead_to_tls(flow.request)
        elif flow.request.method == "POST":
            flow.metadata[FOR_US] = MOST_BODY
            return
        else:
            flow.response = await self._answer(flow, exchange, {})
        exchange.page = flow.response

    async def body(self, flow: http.HTTPFlow, exchange: Exchange) -> None:
        """The body of a request is there, or will not come."""
        ended = flow.metadata.get(ENDED)
        if ended is Ended.TOO_MUCH:
            response = self._response(self._router.refuse("too-much", 413), flow.request)
        elif flow.request.raw_content is None:
            response = self._response(self._router.refuse("too-slow", 408), flow.request)
        else:
            body, flow.request.raw_content = flow.request.raw_content, b""  # it may hold a password
            try:
                form = read_form(flow.request.headers.get("content-type", ""), body)
            except Unreadable:
                response = self._response(self._router.refuse("malformed", 400), flow.request)
            else:
                response = await self._answer(flow, exchange, form)
        exchange.page = flow.response = response

    async def _answer(self, flow: http.HTTPFlow, exchange: Exchange, form: dict[str, str]) -> http.Response:
        request, facts = flow.request, exchange.facts
        path, _, query = request.path.partition("?")
        try:
            asked = OwnRequest(
                method=request.method,
                path=path,
                query=read_pairs(query.encode("ascii")),
                form=form,
                origin=_one(request, "origin"),
                fetch_site=_one(request, "sec-fetch-site"),
                fetch_dest=_one(request, "sec-fetch-dest"),
                who=facts.who,
                at=facts.at,
                break_glass=exchange.break_glass,
            )
            page = await self._router.answer(asked)
        except Unreadable:
            page = self._router.refuse("malformed", 400)
        except Exception as error:  # noqa: BLE001 (its words could hold what was typed)
            logger.error("a page of ours failed: %s", type(error).__name__)
            page = self._router.refuse("failed", 500)
        return self._response(page, request)

    def _lead_to_tls(self, request: http.Request) -> http.Response:
        # To our own host and nowhere else: of what was asked for only path and query are taken over.
        target = request.path if request.path.startswith("/") else "/"
        page = self._router.refuse("not-encrypted", 303)
        page = Page(303, (*page.headers, ("location", f"https://{self.host}{target}")), page.body)
        return self._response(page, request)

    @staticmethod
    def _response(page: Page, request: http.Request) -> http.Response:
        return response_of(page, request.method)


def read_form(content_type: str, body: bytes) -> dict[str, str]:
    """The fields of a form as browsers send it. Raises `Unreadable`."""
    if content_type.partition(";")[0].strip().lower() != _FORM:
        raise Unreadable("not a form")
    return read_pairs(body)


def read_pairs(text: bytes) -> dict[str, str]:
    """Names and values, each name once, as UTF-8. Raises `Unreadable`."""
    try:
        pairs = parse_qsl(
            text.decode("ascii"), keep_blank_values=True, errors="strict", max_num_fields=_MOST_FIELDS
        )
    except ValueError as error:
        raise Unreadable("not names and values") from error
    found = dict(pairs)
    if len(found) != len(pairs):
        raise Unreadable("a name twice")
    return found


def _one(request: http.Request, name: str) -> str | None:
    """A header that may be sent once. Raises `Unreadable`."""
    values = request.headers.get_all(name)
    if len(values) > 1:
        raise Unreadable("a header twice")
    return values[0] if values else None
