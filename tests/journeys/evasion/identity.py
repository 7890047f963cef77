"""Being somebody else, or nobody."""

import base64

from tests.journeys.evasion.names import LISTED, NOT_LISTED, TUNNEL
from tests.journeys.evasion.trick import Trick, carried, refused
from tests.journeys.evasion.ways import (
    Answers,
    connect,
    each,
    get,
    guarded,
    plain,
    plain_in_tunnel,
    stranger,
    tls,
)
from tests.journeys.evasion.world import AUTH, Stage

NOBODY = "request no-person"
GOOD = "http://allowed.test:$http/"
ESSENTIAL = "http://updates.test:$http/"


def basic(text: str) -> str:
    """A field that signs in with this."""
    return f"Proxy-Authorization: Basic {base64.b64encode(text.encode()).decode()}"


def _password_stays(stage: Stage) -> Answers:
    answers = plain(get(GOOD, "Host: allowed.test", AUTH, "Connection: Proxy-Authorization"))(stage)
    assert "proxy-authorization" not in stage.good.http.seen.headers[-1]
    return answers


IDENTITY: tuple[Trick, ...] = (
    refused("Nobody", stranger(plain(get(GOOD, "Host: allowed.test"))), 407, NOBODY),
    refused("Nobody, by CONNECT", stranger(connect("allowed.test:$tls")), 407, "connect no-person"),
    refused(
        "Wrong passwords and names that do not exist",
        stranger(
            each(
                *(
                    plain(get(GOOD, "Host: allowed.test", basic(text)))
                    for text in ("ann:wrong", "bob:correct horse", "ann:", ":correct horse", "ann")
                )
            )
        ),
        (407,) * 5,
        *[NOBODY] * 5,
    ),
    refused(
        "A right and a wrong password at once",
        stranger(plain(get(GOOD, "Host: allowed.test", AUTH, basic("ann:wrong")))),
        407,
        NOBODY,
    ),
    refused(
        "Headers that name a person",
        stranger(
            plain(
                get(
                    GOOD,
                    "Host: allowed.test",
                    "X-Forwarded-User: ann",
                    "Remote-User: ann",
                    "X-Authenticated-User: ann",
                    f"Authorization:{AUTH.partition(':')[2]}",
                )
            )
        ),
        407,
        NOBODY,
    ),
    refused(
        "An essential host, which needs nobody, as Host of another",
        stranger(plain(get(GOOD, "Host: updates.test"))),
        407,
        NOBODY,
    ),
    carried(
        "Another host as Host of an essential one",
        stranger(plain(get(ESSENTIAL, "Host: allowed.test"))),
        "updates.test",
        "request essential",
    ),
    refused(
        "A tunnel to an essential host, another host inside",
        stranger(tls("updates.test:$tls", get("/", "Host: allowed.test"), sni="updates.test")),
        403,
        TUNNEL,
        NOBODY,
    ),
    refused(
        "The same over HTTP/1.1 without TLS",
        stranger(plain_in_tunnel("updates.test:$tls", get("/", "Host: allowed.test"))),
        403,
        TUNNEL,
        NOBODY,
    ),
    refused(
        "Signed in for one request, not for the next of that connection",
        guarded(plain(get(GOOD, "Host: allowed.test", AUTH), get(GOOD, "Host: allowed.test"))),
        (200, 407),
        NOT_LISTED,
        NOBODY,
    ),
    refused(
        "Signed in, to a forbidden host",
        guarded(plain(get("http://bet.test/", "Host: bet.test", AUTH))),
        403,
        LISTED,
    ),
    carried(
        "The password for the proxy, to be read by an origin",
        guarded(_password_stays),
        "allowed.test",
        NOT_LISTED,
    ),
)
