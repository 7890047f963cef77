"""Whatever fails, refuses: each hook is made to fail in the middle of real traffic."""

import asyncio
import ssl
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from addons.fail_closed import fail_closed, fails_closed
from addons.identity.identify import Identity
from addons.identity.settings import IdentityKind, IdentitySettings
from db.settings import Durability
from policy.decision import Decision
from policy.errors import DecisionLogUnavailable
from policy.words import Ended, Reason, Step, Verdict
from tests.addons.gateway import Gateway
from tests.addons.live import live
from tests.addons.wire import ORIGIN, Certificates, Handler, answering, ask, origin

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"


class Broken(Exception):
    """What is raised; its words must not get out."""


def broken(*_: Any, **__: Any) -> Any:
    raise Broken("secret.test")


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    made = Certificates(tmp_path_factory.mktemp("certificates"))
    made.make()
    return made


def counting(handler: Handler) -> tuple[Handler, Callable[[], int]]:
    """An origin that counts whoever comes."""
    came = 0

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal came
        came += 1
        await handler(reader, writer)

    return handle, lambda: came


@pytest.mark.parametrize(
    "what",
    [
        pytest.param("_request_draft", id="judging"),
        pytest.param("_begun", id="after-the-record"),
    ],
)
async def test_requestheaders_that_fails_is_answered_by_us_and_recorded(tmp_path: Path, what: str) -> None:
    handler, came = counting(answering(OK))
    async with origin(handler) as port, live(tmp_path) as at:
        setattr(at.gateway.gatekeeper, what, broken)
        line, _, body = await at.get(f"http://{ORIGIN}:{port}/")
        assert line.startswith("HTTP/1.1 503")
        assert came() == 0
        decision = at.gateway.decision
        assert (decision.verdict, decision.reason, decision.step) == (
            Verdict.BLOCK,
            Reason.UNDECIDABLE,
            Step.REQUEST,
        )
        assert decision.reference[:4].encode() in body
        await at.settled(lambda: len(at.gateway.outcomes) == 1)


async def test_a_ruleset_that_fails_refuses(tmp_path: Path) -> None:
    handler, came = counting(answering(OK))
    async with origin(handler) as port, live(tmp_path) as at:
        at.gateway.rulesets.ruleset.matches = broken  # type: ignore[method-assign]  # fails on purpose
        line, _, _ = await at.get(f"http://{ORIGIN}:{port}/")
        assert line.startswith("HTTP/1.1 503")
        assert came() == 0


async def test_http_connect_that_fails_is_answered_by_us_and_recorded(tmp_path: Path) -> None:
    async with live(tmp_path) as at:
        at.gateway.gatekeeper._connect_draft = broken  # type: ignore[method-assign]  # fails on purpose
        reader, writer = await at.connect()
        line, _, _ = await ask(reader, writer, "CONNECT fine.test:443 HTTP/1.1\nHost: fine.test:443\n\n")
        assert line.startswith("HTTP/1.1 503")
        assert (at.gateway.decision.reason, at.gateway.decision.step) == (Reason.UNDECIDABLE, Step.CONNECT)


async def test_tls_clienthello_that_fails_ends_the_handshake(
    tmp_path: Path, certificates: Certificates
) -> None:
    """Not decrypted and not handed on either."""
    handler, came = counting(answering(OK))
    async with (
        origin(handler, certificates.for_origin()) as port,
        live(tmp_path, ports=(port,), never_decrypt=[ORIGIN]) as at,
    ):
        at.gateway.gatekeeper._clienthello_draft = broken  # type: ignore[method-assign]  # fails on purpose
        with pytest.raises((ssl.SSLError, ConnectionError)):
            await at.tunnel(ORIGIN, port)
        assert came() == 0
        assert [(d.step, d.reason) for d in at.gateway.log.decisions] == [
            (Step.CONNECT, Reason.TUNNEL),
            (Step.SNI, Reason.UNDECIDABLE),
        ]


async def test_tls_start_client_that_fails_ends_the_handshake(
    tmp_path: Path, certificates: Certificates
) -> None:
    async with (
        origin(answering(OK), certificates.for_origin()) as port,
        live(tmp_path, ports=(port,)) as at,
    ):
        at.gateway.tls._certificates.kept = broken  # type: ignore[method-assign]  # fails on purpose
        with pytest.raises((ssl.SSLError, ConnectionError)):
            await at.tunnel(ORIGIN, port)


async def test_tls_start_server_that_fails_reaches_no_origin(
    tmp_path: Path, certificates: Certificates
) -> None:
    async with (
        origin(answering(OK), certificates.for_origin()) as port,
        live(tmp_path, ports=(port,), trust=certificates.folder / "ca.pem") as at,
    ):
        at.gateway.tls._config.tls_start_server = broken  # type: ignore[method-assign]  # fails on purpose
        reader, writer = await at.tunnel(ORIGIN, port)
        line, _, body = await ask(reader, writer, f"GET / HTTP/1.1\nHost: {ORIGIN}:{port}\n\n")
        assert line.startswith("HTTP/1.1 50")
        assert b"hello" not in body


async def test_server_connect_that_fails_opens_nothing(tmp_path: Path) -> None:
    handler, came = counting(answering(OK))
    async with origin(handler) as port, live(tmp_path) as at:
        at.gateway.gatekeeper._destinations.refuses = broken  # type: ignore[assignment]
        at.gateway.gatekeeper._judged = at.gateway.gatekeeper._judging.judge  # type: ignore[method-assign]  # fails on purpose
        line, _, _ = await at.get(f"http://{ORIGIN}:{port}/")
        assert line.startswith("HTTP/1.1 50")
        assert came() == 0
        assert at.gateway.outcomes[-1].ended is Ended.ERROR


async def test_responseheaders_that_fails_lets_nothing_of_the_answer_through(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("addons.gatekeeper.strip_answer", broken)
    async with origin(answering(OK)) as port, live(tmp_path) as at:
        line, _, body = await at.get(f"http://{ORIGIN}:{port}/")
        assert line.startswith("HTTP/1.1 50")
        assert b"hello" not in body
        [decision] = at.gateway.log.decisions
        assert decision.verdict is Verdict.ALLOW  # which is what it was; what came of it is another row
        await at.settled(lambda: len(at.gateway.outcomes) == 1)
        assert at.gateway.outcomes[0].ended is Ended.ERROR


async def test_an_outcome_that_fails_is_not_a_second_answer(tmp_path: Path) -> None:
    async with origin(answering(OK)) as port, live(tmp_path) as at:
        at.gateway.recorder._flow_over = broken  # type: ignore[method-assign]  # fails on purpose
        line, _, _ = await at.get(f"http://{ORIGIN}:{port}/")
        assert line.startswith("HTTP/1.1 200")
        assert len(at.gateway.log.decisions) == 1


async def test_identity_that_fails_refuses(tmp_path: Path) -> None:
    (tmp_path / "people").write_text("")
    settings = IdentitySettings(kinds=(IdentityKind.HTPASSWD,), htpasswd_file=tmp_path / "people")
    handler, came = counting(answering(OK))
    async with origin(handler) as port, live(tmp_path, identity=settings) as at:
        at.gateway.addon(Identity)._identify = broken  # type: ignore[method-assign]  # fails on purpose
        line, _, _ = await at.get(f"http://{ORIGIN}:{port}/")
        assert line.startswith("HTTP/1.1 503")
        assert came() == 0
        assert [d.reason for d in at.gateway.log.decisions] == [Reason.UNDECIDABLE]


async def test_even_the_last_resort_may_fail(tmp_path: Path) -> None:
    """Then there is no page and no record, but no answer of the origin's either."""
    handler, came = counting(answering(OK))
    async with origin(handler) as port, live(tmp_path) as at:
        at.gateway.gatekeeper._request_draft = broken  # type: ignore[method-assign]  # fails on purpose
        at.gateway.gatekeeper.last_resort._answer = broken  # type: ignore[method-assign]  # fails on purpose
        reader, writer = await at.connect()
        writer.write(f"GET http://{ORIGIN}:{port}/ HTTP/1.1\r\nHost: {ORIGIN}\r\n\r\n".encode())
        async with asyncio.timeout(5):
            assert b"200" not in await reader.read()
        assert came() == 0


async def test_a_failure_while_the_log_is_full_is_answered_without_a_reference() -> None:
    gateway = Gateway()
    gateway.gatekeeper._request_draft = broken  # type: ignore[method-assign]  # fails on purpose
    gateway.log.full = True
    flow = await gateway.request("http://fine.test/", answer=False)
    assert flow.response is not None
    assert flow.response.status_code == 503
    assert gateway.log.decisions == []


async def test_a_hook_whose_wait_fails_refuses_too() -> None:
    class LateLog:
        async def record_soon(self, _decision: Decision) -> None:
            await asyncio.sleep(0)
            raise Broken

        def record(self, _decision: Decision) -> None:
            raise DecisionLogUnavailable("full")

    gateway = Gateway(durability=Durability.POWER)
    gateway.gatekeeper._judging._parts = type(gateway.parts)(
        **{name: getattr(gateway.parts, name) for name in gateway.parts.__slots__} | {"spool": LateLog()}
    )
    flow = await gateway.request("http://fine.test/", answer=False)
    assert flow.response is not None
    assert flow.response.status_code == 503


def test_the_mark_is_worn_by_what_is_decorated_only() -> None:
    def hook(_addon: object, _subject: object) -> None:
        """A hook."""

    assert fails_closed(fail_closed(hook))
    assert not fails_closed(hook)


async def test_the_log_line_of_a_failure_repeats_nothing_of_the_request(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """The exception's own words are left out by `addons/server/logs.py`; ours must not bring them back."""
    async with live(tmp_path) as at:
        at.gateway.gatekeeper._request_draft = broken  # type: ignore[method-assign]  # fails on purpose
        await at.get("http://fine.test/marked")
    ours = [record for record in caplog.records if record.name.startswith("addons")]
    assert ours
    assert all("fine.test" not in record.getMessage() for record in ours)
    assert all("marked" not in record.getMessage() for record in ours)
