"""The whole chain on real sockets: what a client gets, what an origin sees, what is on record."""

import asyncio
import ssl
from pathlib import Path

import pytest

from addons.fail_closed import BLOCKING_HOOKS, fails_closed
from policy.words import Ended, Reason, Step, Verdict
from tests.addons.gateway import Gateway
from tests.addons.live import live
from tests.addons.wire import ORIGIN, Certificates, answering, ask, origin, read_head

OK = b"HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\nContent-Length: 5\r\n\r\nhello"


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    made = Certificates(tmp_path_factory.mktemp("certificates"))
    made.make()
    return made


def test_every_hook_that_can_refuse_fails_closed() -> None:
    """Also one that somebody adds tomorrow."""
    hooks = [
        (type(addon).__name__, name, getattr(addon, name))
        for addon in Gateway().chain.addons
        for name in BLOCKING_HOOKS
        if hasattr(addon, name)
    ]
    assert {name for _, name, _ in hooks} >= {
        "requestheaders",
        "http_connect",
        "tls_clienthello",
        "server_connect",
    }
    assert [(addon, name) for addon, name, hook in hooks if not fails_closed(hook)] == []


async def test_a_plain_request_is_carried_recorded_and_accounted_for(tmp_path: Path) -> None:
    seen: list[dict[str, str]] = []

    async def noting(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            line, headers = await read_head(reader)
            seen.append({"": line, **headers})
            writer.write(OK)

    async with origin(noting) as port, live(tmp_path) as at:
        line, _, body = await at.get(
            f"http://{ORIGIN}:{port}/a?b", Proxy_Authorization="Basic secret", Proxy_Connection="keep-alive"
        )
        assert (line, body) == ("HTTP/1.1 200 OK", b"hello")
        await at.settled(lambda: len(at.gateway.outcomes) == 1)
    assert seen[0][""] == "GET /a?b HTTP/1.1"
    assert seen[0]["host"] == f"{ORIGIN}:{port}"
    assert not {name for name in seen[0] if name.startswith("proxy-")}
    [decision], [outcome] = at.gateway.log.decisions, at.gateway.outcomes
    assert outcome.decision == decision.id
    assert (outcome.status, outcome.content_type, outcome.bytes_out) == (200, "text/html", 5)
    assert outcome.ended is Ended.COMPLETE


async def test_a_blocked_request_never_reaches_the_origin(tmp_path: Path) -> None:
    async with origin(answering(OK)) as port, live(tmp_path) as at:
        line, _, body = await at.get(f"http://bet.test:{port}/", Accept="text/html")
        assert line == "HTTP/1.1 403 Forbidden"
        [decision] = at.gateway.log.decisions
        assert f"{decision.reference[:4]}-{decision.reference[4:]}".encode() in body
        await at.settled(lambda: len(at.gateway.outcomes) == 1)
        [outcome] = at.gateway.outcomes
        assert (outcome.status, outcome.ended) == (403, Ended.REFUSED)


@pytest.mark.parametrize("alpn", ["http/1.1", ""])
async def test_https_is_looked_into_and_the_origin_s_certificate_checked(
    tmp_path: Path, certificates: Certificates, alpn: str
) -> None:
    tls = certificates.for_origin(*filter(None, [alpn]))
    async with (
        origin(answering(OK), tls) as port,
        live(tmp_path, ports=(port,), trust=certificates.folder / "ca.pem") as at,
    ):
        reader, writer = await at.tunnel(ORIGIN, port, *filter(None, [alpn]))
        line, _, body = await ask(reader, writer, f"GET / HTTP/1.1\nHost: {ORIGIN}:{port}\n\n")
        assert (line, body) == ("HTTP/1.1 200 OK", b"hello")
        writer.close()
        await at.settled(lambda: len(at.gateway.outcomes) == 2)
    log = at.gateway.log
    assert [(d.step, d.reason, d.decrypted) for d in log.decisions] == [
        (Step.CONNECT, Reason.TUNNEL, False),
        (Step.REQUEST, Reason.NOT_LISTED, True),
    ]
    assert {o.decision for o in at.gateway.outcomes} == {d.id for d in log.decisions}


async def test_a_blocked_https_host_shows_the_page_inside_tls(
    tmp_path: Path, certificates: Certificates
) -> None:
    async with (
        origin(answering(OK), certificates.for_origin()) as port,
        live(tmp_path, ports=(port,)) as at,
    ):
        reader, writer = await at.tunnel("bet.test", port)
        line, _, _ = await ask(
            reader, writer, f"GET / HTTP/1.1\nHost: bet.test:{port}\nAccept: text/html\n\n"
        )
        assert line == "HTTP/1.1 403 Forbidden"
        writer.close()


async def test_a_bad_certificate_is_refused_with_our_page(tmp_path: Path, certificates: Certificates) -> None:
    async with (
        origin(answering(OK), certificates.for_origin()) as port,
        live(tmp_path, ports=(port,)) as at,  # trusts the system's authorities alone
    ):
        reader, writer = await at.tunnel(ORIGIN, port)
        line, _, body = await ask(reader, writer, f"GET / HTTP/1.1\nHost: {ORIGIN}:{port}\n\n")
        assert line.startswith("HTTP/1.1 502")
        decision = at.gateway.decision
        assert decision.verdict is Verdict.ALLOW
        assert f"{decision.reference[:4]}-{decision.reference[4:]}".encode() in body
        await at.settled(lambda: len(at.gateway.outcomes) == 1)
        assert at.gateway.outcomes[0].ended is Ended.BAD_CERTIFICATE


@pytest.mark.parametrize(
    ("url", "status", "ended"),
    [
        pytest.param("http://missing.invalid/", 502, Ended.NO_SUCH_NAME, id="no-such-name"),
        pytest.param("http://fine.test:1/", 502, Ended.UNREACHABLE, id="unreachable"),
        pytest.param("http://inner.test/", 403, Ended.PRIVATE_ADDRESS, id="a-name-for-an-inner-address"),
    ],
)
async def test_what_cannot_be_had_is_told_on_our_page(
    tmp_path: Path, url: str, status: int, ended: Ended
) -> None:
    async with live(tmp_path) as at:
        line, _, body = await at.get(url)
        assert line.startswith(f"HTTP/1.1 {status}"), line
        [decision] = at.gateway.log.decisions
        assert decision.verdict is Verdict.ALLOW
        assert f"{decision.reference[:4]}-{decision.reference[4:]}".encode() in body
        await at.settled(lambda: len(at.gateway.outcomes) == 1)
        assert (at.gateway.outcomes[0].ended, at.gateway.outcomes[0].status) == (ended, status)


async def test_a_privileged_host_is_carried_unread(tmp_path: Path, certificates: Certificates) -> None:
    """The client sees the origin's own certificate."""
    async with (
        origin(answering(OK), certificates.for_origin()) as port,
        live(tmp_path, ports=(port,)) as at,
    ):
        tls = ssl.create_default_context(cafile=str(certificates.folder / "ca.pem"))
        tls.check_hostname = False
        reader, writer = await at.tunnel("union.test", port, tls=tls)
        line, _, body = await ask(reader, writer, "GET / HTTP/1.1\nHost: union.test\n\n")
        assert (line, body) == ("HTTP/1.1 200 OK", b"hello")
        writer.close()
        await at.settled(lambda: len(at.gateway.outcomes) == 2)
    assert [d.step for d in at.gateway.log.decisions] == [Step.CONNECT, Step.SNI]
    assert all(d.host is None and d.client_ip is None for d in at.gateway.log.decisions)


async def test_what_is_not_http_is_closed_and_recorded(tmp_path: Path) -> None:
    async with live(tmp_path) as at:
        reader, writer = await at.raw_tunnel("fine.test", 443)
        writer.write(b"SSH-2.0-OpenSSH_9.9\r\n")
        assert await asyncio.wait_for(reader.read(), 5) == b""
        assert [(d.step, d.reason) for d in at.gateway.log.decisions] == [
            (Step.CONNECT, Reason.TUNNEL),
            (Step.RAW, Reason.NOT_HTTP),
        ]


async def test_what_is_no_request_gets_the_fixed_page_and_is_counted(tmp_path: Path) -> None:
    async with live(tmp_path) as at:
        reader, writer = await at.connect()
        line, _, _ = await ask(reader, writer, "GET http://fine.test/ HTTP/1.1\nHost: fine.test\nb@d: 1\n\n")
        assert line.startswith("HTTP/1.1 400")
        assert at.gateway.log.decisions == []
        assert sum(at.gateway.chain.counts.values()) == 1
