"""Getting more out of a permission than it gives."""

import time

from tests.journeys.evasion.hosts import MALFORMED
from tests.journeys.evasion.names import LISTED, MISMATCH, NOT_LISTED, TUNNEL
from tests.journeys.evasion.trick import Play, Trick, carried, open_, refused
from tests.journeys.evasion.ways import (
    Answers,
    as_somebody,
    ask,
    each,
    get,
    guarded,
    next_answer,
    plain,
    plain_in_tunnel,
    tls,
)
from tests.journeys.evasion.world import AUTH, OTHER_AUTH, OTHER_LOGIN, Stage
from tests.journeys.harness.clients import Answer, WebSocket

LOCAL_ALLOW = "request local-allow"
LOCAL_BLOCK = "request local-block"
EXEMPTED = "request exempted"
NEVER = "request never-exempt"
SOCIAL = "http://social.test:$http/"
IN_FORCE_SECONDS = 2.5  # two, and what a command takes to end


def at(*targets: str, host: str = "opened.test") -> Play:
    """A GET for each of these of the host of which a part is allowed."""
    return each(*(plain(get(f"http://{host}:$http{target}", f"Host: {host}")) for target in targets))


def _opened_before(stage: Stage) -> Answers:
    """A WebSocket and a tunnel that stand when their hosts are blocked."""
    websocket = stage.client.websocket(stage.filled("ws://later.test:$http/ws"))
    websocket.send(b"still open")
    assert websocket.receive() == b"still open"
    tunnel = stage.client.tls("mesu.apple.com", stage.good.tls.port, trust=stage.origins_ca)
    for host in ("later.test", "mesu.apple.com"):
        stage.gateway.command("lists", "block", host, "--because", "a trick")
    time.sleep(IN_FORCE_SECONDS)
    answers = plain(get("http://later.test:$http/", "Host: later.test"))(stage)
    answers.append(_still(websocket))
    answers += ask(tunnel, stage, get("/", "Host: mesu.apple.com"))
    tunnel.close()
    return answers


def _still(websocket: WebSocket) -> Answer | None:
    try:
        websocket.send(b"still open")
        received = websocket.receive()
    except ConnectionError:
        return None
    return None if received is None else Answer(200, body=received)


def _one_after_the_other(stage: Stage) -> Answers:
    """Two people on one kept connection."""
    line = stage.client.line()
    answers: Answers = []
    for credentials in (AUTH, OTHER_AUTH):
        line.send(stage.filled(get(SOCIAL, "Host: social.test", credentials)).encode())
        answers.append(next_answer(line))
    line.close()
    return answers


PERMISSIONS: tuple[Trick, ...] = (
    carried(
        "A part of a listed host that an administrator allowed",
        at("/help/", "/help", "/HELP/a?b", "/help/./a"),
        "opened.test",
        *[LOCAL_ALLOW] * 4,
        gets=(200,) * 4,
    ),
    refused(
        "Out of that part by dot segments",
        at("/help/../table", "/help/%2e%2e/table", "/help/a/../../table"),
        (403,) * 3,
        *[LISTED] * 3,
    ),
    refused(
        "Out of that part by dot segments that servers disagree about",
        at("/help%2f..%2ftable", "/help/..;/table", "/help//../table", "/help/..%5ctable"),
        (400,) * 4,
        *[MALFORMED] * 4,
    ),
    refused(
        "A longer word, a query, a fragment instead of that part",
        at("/helpless", "/table?/help/", "/table?x=/help", "/help%00/../table"),
        (403,) * 4,
        *[LISTED] * 4,
    ),
    open_(
        "Out of that part by dot segments that are percent-encoded twice",
        at("/help/%252e%252e/table"),
        "opened.test",
        LOCAL_ALLOW,
    ),
    refused("That part on a subdomain of the host", at("/help/", host="sub.opened.test"), 403, LISTED),
    refused(
        "The allowed part as target, a forbidden Host",
        plain(get("http://opened.test:$http/help/", "Host: bet.test")),
        403,
        MISMATCH,
    ),
    open_(
        "A forbidden URL inside the allowed part", at("/help/?u=http://bet.test/"), "opened.test", LOCAL_ALLOW
    ),
    refused(
        "A web proxy's address inside the allowed part", at("/help/?u=http://www.proxysite.com/"), 403, NEVER
    ),
    carried(
        "An exempted person", guarded(plain(get(SOCIAL, "Host: social.test", AUTH))), "social.test", EXEMPTED
    ),
    refused(
        "Somebody else's exemption",
        as_somebody(OTHER_LOGIN, plain(get(SOCIAL, "Host: social.test", OTHER_AUTH))),
        403,
        LISTED,
    ),
    refused(
        "Somebody else on the exempted person's connection",
        guarded(_one_after_the_other),
        (200, 403),
        EXEMPTED,
        LISTED,
    ),
    refused(
        "The exempted person's password inside somebody else's tunnel",
        as_somebody(
            OTHER_LOGIN,
            each(
                tls("social.test:$tls", get("/", "Host: social.test", AUTH), sni="social.test"),
                plain_in_tunnel("social.test:$tls", get("/", "Host: social.test", AUTH)),
            ),
        ),
        (403, 403),
        *[TUNNEL, LISTED] * 2,
    ),
    refused(
        "A category that nobody exempted, behind one that is",
        guarded(plain(get(SOCIAL + "l?u=http://bet.test/", "Host: social.test", AUTH))),
        403,
        LISTED,
    ),
    refused(
        "An exempted host as target, a forbidden Host",
        guarded(plain(get(SOCIAL, "Host: bet.test", AUTH))),
        403,
        MISMATCH,
    ),
    refused(
        "A WebSocket and an undecrypted tunnel opened before their hosts were blocked",
        _opened_before,
        (403, None, None),
        NOT_LISTED,
        TUNNEL,
        "sni not-listed",
        LOCAL_BLOCK,
    ),
)
