"""What the links on a refusal say of it, and to whom."""

from dataclasses import replace
from datetime import timedelta

import pytest
from mitmproxy import http

from addons.exchanges import EXCHANGE, Exchange
from addons.leads import Leads
from addons.pages.own.tokens import Tokens, Topic, Unusable, Use
from policy.facts import Who
from policy.presence import Presence, SignedIn
from policy.words import RetentionClass, Standing
from tests.addons.gateway import NOW, Gateway

KEY = bytes(32)
TOKENS = Tokens(KEY)
LEADS = Leads("webfilter.internal", TOKENS, signs_in=True)
JANE = Presence(signed_in={"192.0.2.77": SignedIn("jane", "", NOW + timedelta(hours=1))})


async def refused(url: str, **parts: object) -> tuple[http.Request, Exchange]:
    gateway = Gateway(presence=JANE)
    client = gateway.client()
    if url.startswith("https://"):
        host = url.split("/")[2].partition(":")[0]
        await gateway.connect(host, client=client)
        await gateway.hello(client, host)
    flow = await gateway.request(url, client=client, **parts)  # type: ignore[arg-type]  # handed on as they are
    exchange = flow.metadata[EXCHANGE]
    assert isinstance(exchange, Exchange)
    return flow.request, exchange


def topic_of(request: http.Request, exchange: Exchange) -> Topic:
    ways = LEADS.ways(request, exchange)
    assert ways is not None
    return TOKENS.open(ways.token, Use.LINK, exchange.facts.who, NOW).topic


@pytest.mark.parametrize(
    ("url", "back"),
    [
        ("https://social.test/a?b=c", "https://social.test/a?b=c"),
        ("http://social.test/", "http://social.test/"),
        ("http://social.test:8080/x", "http://social.test:8080/x"),
    ],
)
async def test_a_link_says_what_was_refused_and_how_to_go_on(url: str, back: str) -> None:
    request, exchange = await refused(url)
    assert exchange.decision is not None
    expected = Topic(exchange.decision.reference, "social.test", "social_media", back)
    assert topic_of(request, exchange) == expected


async def test_what_was_sent_is_not_led_back_to() -> None:
    request, exchange = await refused("http://social.test/post?x=1", method=b"POST")
    topic = topic_of(request, exchange)
    assert (topic.back, topic.sent) == ("", True)


async def test_a_link_is_for_who_was_refused_and_nobody_else() -> None:
    request, exchange = await refused("http://social.test/")
    ways = LEADS.ways(request, exchange)
    assert ways is not None
    assert (ways.known, ways.origin) == (True, "https://webfilter.internal")
    for other in (Who(person="john"), Who(client_ip="192.0.2.77")):
        with pytest.raises(Unusable, match="foreign"):
            TOKENS.open(ways.token, Use.LINK, other, NOW)


@pytest.mark.parametrize(
    ("who", "known"),
    [
        (Who(person="jane"), True),
        (Who(person="jane", standing=Standing.DISABLED), False),
        (Who(client_ip="192.0.2.77"), False),
    ],
)
async def test_whom_the_pages_know_is_a_person_against_whom_nothing_stands(who: Who, known: bool) -> None:
    request, exchange = await refused("http://social.test/")
    exchange.facts = replace(exchange.facts, who=who)
    ways = LEADS.ways(request, exchange)
    assert ways is not None
    assert ways.known is known


async def test_where_our_pages_could_do_nothing_there_is_no_link() -> None:
    request, exchange = await refused("http://social.test/")
    assert LEADS.ways(request, Exchange(None, exchange.facts)) is None
    assert exchange.decision is not None
    privileged = replace(exchange.decision, retention_class=RetentionClass.PRIVILEGED)
    assert LEADS.ways(request, Exchange(privileged, exchange.facts)) is None
    unread = replace(exchange.facts, path=None)
    assert LEADS.ways(request, Exchange(exchange.decision, unread)) is None
    nowhere = replace(exchange.facts, names=())
    assert LEADS.ways(request, Exchange(exchange.decision, nowhere)) is None
