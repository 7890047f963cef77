"""The application: what is no question is refused in one line, and never with what was written in it."""

import json
from collections.abc import Callable, Iterator
from http import HTTPStatus
from typing import Any

import httpx
import pytest

from console.review.http.app import make_app
from console.review.http.bounds import MOST_BYTES
from console.review.http.callers import Callers
from console.review.http.peers import ACCOUNT
from console.review.wire import CALLS, PROBLEM
from policy.errors import ConfigurationError, DatabaseAway, EvidenceRefused, ReviewRefused
from tests.console.review.serving import People, Tickets, Topic

ROOT_ACCOUNT = 0


def ask(
    path: str, body: object, people: People | None = None, *, method: str = "POST", **headers: str
) -> Callable[[], Any]:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()

    async def asked() -> httpx.Response:
        app = make_app((people or People("root")).by_login, Callers(Tickets().redeem, accounts=True), "test")

        async def with_peer(scope: Any, receive: Any, send: Any) -> None:
            await app({**scope, "state": {ACCOUNT: ROOT_ACCOUNT}}, receive, send)

        transport = httpx.ASGITransport(app=with_peer)
        async with httpx.AsyncClient(transport=transport, base_url="http://review") as client:
            return await client.request(
                method, path, content=content, headers={"Content-Type": "application/json", **headers}
            )

    return asked


def detail(response: httpx.Response) -> str:
    assert response.headers["content-type"] == PROBLEM
    said = response.json()
    assert said["status"] == response.status_code
    assert said["type"].startswith("urn:sluicegate:review:")
    assert "\n" not in said["detail"]
    return str(said["detail"])


async def test_who_asks_is_answered() -> None:
    response = await ask("/who", {})()
    assert response.status_code == HTTPStatus.OK
    assert response.json()["login"] == "root"
    assert response.headers["cache-control"] == "no-store"


@pytest.mark.parametrize(
    ("path", "body", "says"),
    [
        pytest.param("/running/most-visited", b"{", "no JSON", id="no-json"),
        pytest.param("/running/most-visited", b"\xff{}", "no JSON", id="no-text"),
        pytest.param("/running/most-visited", b"[" * 100_000, "no JSON", id="deep"),
        pytest.param("/running/most-visited", {}, "limit: expected Field required", id="missing"),
        pytest.param("/running/most-visited", {"limit": "hostile.test"}, "limit: expected", id="wrong-type"),
        pytest.param(
            "/running/most-visited",
            {"limit": 1, "most": "hostile.test"},
            "most: expected Extra",
            id="unknown",
        ),
        pytest.param("/running/page", {"page": "hostile.test" * 400}, "at most 4096", id="long-text"),
        pytest.param("/running/page", {"page": "a\x00hostile.test"}, "page: a NUL", id="nul"),
        pytest.param(
            "/reviewing/search",
            {"question": {"authority": "A", "purpose": "p", "pepole": ["hostile.test"]}},
            "question.pepole: expected Unexpected",
            id="misspelt-inside",
        ),
    ],
)
async def test_what_is_no_question_is_refused_without_quoting_it(path: str, body: object, says: str) -> None:
    people = People("root", running=Topic({}), reviewing=Topic({}))
    response = await ask(path, body, people)()
    assert 400 <= response.status_code < 500
    assert says in detail(response)
    assert "hostile.test" not in response.text


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        pytest.param("GET", "/who", HTTPStatus.METHOD_NOT_ALLOWED, id="get"),
        pytest.param("POST", "/who/", HTTPStatus.NOT_FOUND, id="slash"),
        pytest.param("POST", "/running/__init__", HTTPStatus.NOT_FOUND, id="inner"),
        pytest.param("GET", "/openapi.json", HTTPStatus.NOT_FOUND, id="description"),
        pytest.param("GET", "/docs", HTTPStatus.NOT_FOUND, id="docs"),
    ],
)
async def test_nothing_is_served_beside_the_questions(method: str, path: str, status: HTTPStatus) -> None:
    response = await ask(path, {}, method=method)()
    assert response.status_code == status
    assert detail(response) == "there is no such question"


@pytest.mark.parametrize(
    ("error", "status", "kind"),
    [
        (ReviewRefused("outside its bounds"), HTTPStatus.FORBIDDEN, "refused"),
        (EvidenceRefused("not whole"), HTTPStatus.FORBIDDEN, "refused"),
        (DatabaseAway("away"), HTTPStatus.SERVICE_UNAVAILABLE, "away"),
        (ConfigurationError("no schema"), HTTPStatus.SERVICE_UNAVAILABLE, "away"),
        (ValueError("hostile.test"), HTTPStatus.INTERNAL_SERVER_ERROR, "away"),
    ],
)
async def test_errors_are_sorted_by_what_can_be_done(error: Exception, status: HTTPStatus, kind: str) -> None:
    def fails(*_: object) -> None:
        raise error

    response = await ask("/running/page", {"page": "p"}, People("root", running=Topic({"page": fails})))()
    assert response.status_code == status
    assert response.json()["type"].endswith(kind)
    assert "hostile.test" not in detail(response)


async def test_a_question_that_is_refused_before_its_first_piece_is_refused_like_any() -> None:
    def refused(opening: str) -> Iterator[bytes]:
        if opening:
            raise ReviewRefused("not within this authority")
        yield b""

    people = People("root", sealed=Topic({"take": refused}))
    response = await ask("/sealed/take", {"opening": "K7QF2M9T"}, people)()
    assert response.status_code == HTTPStatus.FORBIDDEN
    assert detail(response) == "not within this authority"


async def test_what_an_answer_held_is_let_go_when_it_is_over() -> None:
    closed: list[str] = []

    def pieces(*_: object) -> Any:
        try:
            yield b"one"
            yield b"two"
        finally:
            closed.append("closed")

    response = await ask("/sealed/take", {"opening": "A"}, People("root", sealed=Topic({"take": pieces})))()
    assert response.content == b"onetwo"
    assert closed == ["closed"]


async def test_a_question_that_is_too_long_is_refused() -> None:
    response = await ask("/running/page", b" " * (MOST_BYTES + 1))()
    assert response.status_code == HTTPStatus.CONTENT_TOO_LARGE


async def test_an_authorization_that_is_no_ticket_is_refused_even_on_the_socket() -> None:
    response = await ask("/who", {}, Authorization="Basic cm9vdDpob3N0aWxl")()
    assert response.status_code == HTTPStatus.FORBIDDEN
    assert "ticket" in detail(response)


def test_the_description_has_every_question_and_what_it_takes() -> None:
    described = make_app(People().by_login, Callers(Tickets().redeem, accounts=True), "1.2.3").openapi()
    assert set(described["paths"]) == {call.path for call in CALLS.values()}
    assert described["info"]["version"] == "1.2.3"
    assert described["components"]["securitySchemes"]["Ticket"]["in"] == "header"
    search = described["paths"]["/reviewing/search"]["post"]
    assert search["operationId"] == "reviewing.search"
    assert "$ref" in search["requestBody"]["content"]["application/json"]["schema"]
    export = described["paths"]["/evidence/export"]["post"]["responses"]["200"]["content"]
    assert set(export) == {"application/octet-stream"}


async def test_who_asks_is_looked_up_for_each_question() -> None:
    """A role that ends between two questions has ended."""
    people = People("root")
    for _ in range(2):
        await ask("/who", {}, people)()
    assert people.seen == ["root", "root"]
