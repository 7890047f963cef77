"""The form of our own answers."""

import pytest
from mitmproxy import http
from mitmproxy.test import tutils

from addons.answers import form_for
from addons.pages.page import Form
from tests.addons.gateway import Gateway
from tests.policy.policies import policy_with


def request(**headers: str) -> http.Request:
    fields = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    return tutils.treq(headers=http.Headers(fields))


@pytest.mark.parametrize(
    ("asked", "form"),
    [
        pytest.param(request(Sec_Fetch_Dest="document", Accept="text/html"), Form.PAGE, id="navigation"),
        pytest.param(request(Sec_Fetch_Dest="iframe", Accept="text/html"), Form.FRAME, id="iframe"),
        pytest.param(request(Sec_Fetch_Dest="image", Accept="image/*"), Form.TEXT, id="image"),
        pytest.param(request(Sec_Fetch_Dest="empty", Accept="text/html"), Form.TEXT, id="fetch-of-html"),
        pytest.param(request(Accept="text/html,*/*;q=0.8"), Form.PAGE, id="plain-http-page"),
        pytest.param(request(Accept="*/*"), Form.TEXT, id="a-program"),
        pytest.param(request(), Form.TEXT, id="nothing-said"),
    ],
)
def test_a_page_goes_where_it_can_be_read(asked: http.Request, form: Form) -> None:
    assert form_for(asked) is form


async def test_head_gets_the_page_s_headers_and_no_body() -> None:
    flow = await Gateway().request("http://bet.test/", method=b"HEAD", answer=False)
    assert flow.response is not None
    assert flow.response.raw_content == b""
    assert int(flow.response.headers["content-length"]) > 0


async def test_a_page_shows_what_was_asked_for_without_its_query() -> None:
    flow = await Gateway().request("http://bet.test/path?secret=1", accept="text/html", answer=False)
    assert flow.response is not None
    body = flow.response.content or b""
    assert b"bet.test/path" in body
    assert b"secret" not in body
    assert flow.response.headers["cache-control"] == "no-store"


async def test_a_page_quotes_the_departure_that_was_in_effect_and_so_does_the_row() -> None:
    policy = policy_with(
        """
        [[departure]]
        name = "examinations"
        categories = ["gambling"]
        networks = ["0.0.0.0/0"]
        action = "block"
        reason = "Not while examinations are written."
        clause = "S3.3.3"
        because = "a test"
        """
    )
    gateway = Gateway(policy=policy)
    flow = await gateway.request("http://bet.test/", accept="text/html", answer=False)
    assert flow.response is not None
    body = (flow.response.content or b"").decode()
    assert "Not while examinations are written." in body
    assert "clause 3.3.3" in body
    assert "online gambling" not in body
    assert gateway.decision.clause == "S3.3.3"
