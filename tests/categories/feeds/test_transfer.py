"""What a server may do to us is bounded, and told in one line without a URL."""

import gzip
import io
import itertools
import socket
import threading
from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from categories.feeds.transfer import Client, FeedAway, inflated, is_outside, validators
from policy.errors import ListRefused
from tests.categories.feeds.server import (
    Answer,
    FeedServer,
    chunked,
    dripping,
    endless,
    feed_server,
    give,
    give_dated,
    raw,
    redirect,
    silent,
    status,
    truncated,
)
from tests.journeys.harness.certificates import OriginAuthority

BODY = b"".join(b"host%d.test\n" % number for number in range(20_000))
SOON = 0.4


@pytest.fixture
def client(feed_authority: OriginAuthority) -> Client:
    return Client(feed_authority.ca_file, stall_seconds=SOON, most_received=1 << 20, most_bytes=4 << 20)


def got(client: Client, url: str, conditions: Mapping[str, str] | None = None) -> bytes:
    into = io.BytesIO()
    assert client.get(url, into, conditions or {}) is not None
    return into.getvalue()


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param(give(BODY), id="with-its-length"),
        pytest.param(give(gzip.compress(BODY), Content_Encoding="gzip"), id="gzip"),
        pytest.param(
            give(gzip.compress(BODY[:99]) + gzip.compress(BODY[99:]), Content_Encoding="x-gzip"),
            id="gzip-of-two-members",
        ),
        pytest.param(chunked(BODY[:7], BODY[7:]), id="chunked"),
        pytest.param(raw(b"HTTP/1.0 200 OK\r\n\r\n" + BODY), id="until-the-end-of-the-connection"),
        pytest.param(status(200), id="nothing-at-all"),
        pytest.param(
            raw(b"HTTP/1.1 200 OK\r\nContent-Length: " + b"9" * 5_000 + b"\r\n\r\n" + BODY),
            id="a-length-no-number-has",
        ),
    ],
)
def test_a_body_comes_as_it_was_published(client: Client, server: FeedServer, answer: Answer) -> None:
    server.answers["/list"] = answer
    assert got(client, server.url("/list")) in {BODY, b""}


def test_what_is_not_changed_is_not_sent_again(client: Client, server: FeedServer) -> None:
    at = datetime(2026, 3, 1, tzinfo=UTC)
    server.answers |= {"/tagged": give(BODY), "/dated": give_dated(BODY, at)}
    for path, condition in (("/tagged", "If-None-Match"), ("/dated", "If-Modified-Since")):
        headers = client.get(server.url(path), io.BytesIO(), {})
        assert headers is not None
        asked = validators(headers)
        assert set(asked) == {condition}
        into = io.BytesIO()
        assert client.get(server.url(path), into, asked) is None
        assert not into.getvalue()


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        pytest.param(status(500), "the server answered 500 Internal Server Error", id="500"),
        pytest.param(status(404), "the server answered 404 Not Found", id="404"),
        pytest.param(status(799), "the server answered 799", id="a-status-nobody-knows"),
        pytest.param(status(206), "the server answered 206 Partial Content", id="a-part"),
        pytest.param(status(304), "the server answered 304 Not Modified", id="304-unasked"),
        pytest.param(truncated(BODY), "cut off", id="truncated"),
        pytest.param(chunked(BODY, ends=False), "cut off", id="chunks-without-an-end"),
        pytest.param(
            give(gzip.compress(BODY)[:-9], Content_Encoding="gzip"), "cut off: its gzip", id="gzip-truncated"
        ),
        pytest.param(give(b"\x1f\x8b" + BODY, Content_Encoding="gzip"), "its gzip is damaged", id="no-gzip"),
        pytest.param(silent, "does not answer in time", id="silent"),
        pytest.param(raw(b"SSH-2.0-OpenSSH_9.9\r\n"), "the connection failed", id="not-http"),
        pytest.param(raw(b""), "the connection failed", id="hangs-up"),
        pytest.param(
            raw(b"HTTP/1.1 200 OK\r\nA: " + b"a" * 70_000), "the connection failed", id="a-long-head"
        ),
        pytest.param(redirect("?again"), "more than 5 redirects", id="a-redirect-loop"),
    ],
)
def test_a_server_that_does_not_give_it_is_away(
    client: Client, server: FeedServer, answer: Answer, told: str
) -> None:
    server.answers |= {"/list": answer, "/list?again": answer}
    with pytest.raises(FeedAway, match=told) as away:
        got(client, server.url("/list"))
    assert server.authority not in str(away.value)
    assert "\n" not in str(away.value)


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        pytest.param(endless(), "larger than 1 MiB", id="endless"),
        pytest.param(
            raw(b"HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\n"), "larger than 1 MiB", id="promised"
        ),
        pytest.param(
            give(gzip.compress(bytes(60 << 20)), Content_Encoding="gzip"), "a decompression bomb", id="a-bomb"
        ),
        pytest.param(give(BODY, Content_Encoding="br"), "which was not asked for", id="another-coding"),
        pytest.param(redirect("http://localhost/list"), "from https to http", id="redirected-to-http"),
        pytest.param(redirect("file:///etc/passwd"), "redirected to what is no feed", id="to-a-file"),
        pytest.param(redirect("https://a:b@localhost/"), "redirected to what is no feed", id="with-a-login"),
        pytest.param(redirect("https://[::1/"), "redirected to what is no feed", id="to-no-url"),
    ],
)
def test_what_may_not_be_taken_is_refused(
    client: Client, server: FeedServer, answer: Answer, told: str
) -> None:
    server.answers["/list"] = answer
    with pytest.raises(ListRefused, match=told):
        got(client, server.url("/list"))


def test_a_redirect_is_followed_on_its_own_host(client: Client, server: FeedServer) -> None:
    server.answers |= {"/old": redirect("/new", 301), "/new": give(BODY)}
    assert got(client, server.url("/old")) == BODY


def test_a_redirect_to_another_host_never_reaches_the_network_inside(
    client: Client, server: FeedServer, feed_authority: OriginAuthority
) -> None:
    """Neither by address nor by a name for it; over TLS or, where http is accepted, without."""
    with feed_server(host="127.0.0.1") as inner:
        inner.answers["/secret"] = give(BODY)
        careless = Client(feed_authority.ca_file, allow_http=True, stall_seconds=SOON)
        for target in (inner.url("/secret"), inner.url("/secret").replace("http:", "https:")):
            server.answers["/list"] = redirect(target)
            with pytest.raises(ListRefused, match="inside your network"):
                got(careless, server.url("/list"))
        assert not inner.asked


@pytest.mark.parametrize(
    ("address", "outside"),
    [
        ("93.184.216.34", True),
        ("2606:2800:220:1::1", True),
        ("::ffff:93.184.216.34", True),
        ("64:ff9b::5db8:d822", True),
        ("127.0.0.1", False),
        ("169.254.169.254", False),
        ("100.64.0.1", False),
        ("224.0.0.1", False),
        ("::1", False),
        ("fe80::1", False),
        ("fd00::1", False),
        ("fec0::1", False),
        ("::ffff:10.0.0.1", False),
        ("::10.0.0.1", False),
        ("64:ff9b::a9fe:a9fe", False),
        ("64:ff9b:1::a00:1", False),
        ("2002:a00:1::", False),
    ],
)
def test_an_address_is_outside_whatever_way_it_is_written(address: str, outside: bool) -> None:
    """64:ff9b::a9fe:a9fe reaches 169.254.169.254 where the network translates."""
    assert is_outside(address) is outside


def test_a_server_that_is_not_who_it_says_is_told_by_its_certificate(
    server: FeedServer, feed_authority: OriginAuthority, client: Client
) -> None:
    with pytest.raises(FeedAway, match=r"its certificate was not accepted: .*issuer"):
        got(Client(stall_seconds=SOON), server.url("/list"))
    with pytest.raises(FeedAway, match=r"its certificate was not accepted: .*mismatch"):
        got(client, server.url("/list").replace("localhost", "127.0.0.1"))
    for bad in ({"expired": True}, {"self_signed": True}):
        with (
            feed_server(feed_authority.issue("localhost", **bad)) as other,
            pytest.raises(FeedAway, match="its certificate was not accepted"),
        ):
            got(client, other.url("/list"))


def test_what_listens_nowhere_or_waits_for_plain_http_is_away(client: Client) -> None:
    with socket.create_server(("127.0.0.1", 0)) as unused:
        port = unused.getsockname()[1]
    with pytest.raises(FeedAway, match="the connection failed"):
        got(client, f"https://localhost:{port}/")
    with pytest.raises(FeedAway, match="does not resolve"):
        got(client, "https://nowhere.invalid/")
    with feed_server() as plain, pytest.raises(FeedAway, match="does not answer in time"):
        got(client, plain.url("/").replace("http:", "https:"))


def test_a_proxy_is_asked_for_every_connection_with_its_own_login(
    server: FeedServer, feed_authority: OriginAuthority
) -> None:
    """It tunnels; the certificate is still the feed's own."""
    server.answers["/list"] = give(BODY)
    with _Proxy() as (address, heads):
        behind = Client(feed_authority.ca_file, f"http://feeds:secret@{address}", stall_seconds=5)
        assert got(behind, server.url("/list")) == BODY
    assert heads[0].startswith(f"CONNECT {server.authority} HTTP/1.1")
    assert "proxy-authorization: basic zmvlzhm6c2vjcmv0" in heads[0].lower()
    assert "proxy-authorization" not in server.asked[0].headers
    with pytest.raises(FeedAway, match="feed_proxy"):
        got(Client(feed_authority.ca_file, f"http://{address}", stall_seconds=SOON), server.url("/list"))


@pytest.mark.parametrize(
    ("said", "wait"),
    [
        pytest.param("120", timedelta(minutes=2), id="seconds"),
        pytest.param("9" * 400, timedelta(days=1), id="for-ever"),
        pytest.param("Fri, 31 Dec 2199 23:59:59 GMT", timedelta(days=1), id="a-far-date"),
        pytest.param("Fri, 31 Dec 1999 23:59:59 GMT", timedelta(0), id="a-past-date"),
        pytest.param("Fri, 31 Dec 1999 23:59:59 -0000", timedelta(0), id="a-date-of-no-zone"),
        pytest.param("soon", None, id="no-time"),
        pytest.param("²", None, id="no-digit"),
        pytest.param("Mon, 01 Jan 99999999999 00:00:00 GMT", None, id="a-year-that-is-none"),
        pytest.param(f"Mon, 01 Jan 2027 00:00:00 +{'9' * 20}", None, id="a-zone-that-is-none"),
    ],
)
def test_a_server_may_ask_us_to_wait_for_a_day_at_most(
    client: Client, server: FeedServer, said: str, wait: timedelta | None
) -> None:
    server.answers["/list"] = status(503, Retry_After=said)
    with pytest.raises(FeedAway) as away:
        got(client, server.url("/list"))
    assert away.value.retry_after == wait


def test_only_validators_that_are_safe_to_send_are_kept() -> None:
    assert validators({"ETag": '"a b"', "Last-Modified": "x\r\nCookie: y"}) == {"If-None-Match": '"a b"'}
    assert validators({"ETag": "e" * 513}) == {}
    assert validators({}) == {}


@given(st.lists(st.binary(max_size=400), max_size=6), st.integers(1, 500))
def test_gzip_gives_back_what_went_in_however_it_is_cut(members: list[bytes], width: int) -> None:
    packed = b"".join(map(gzip.compress, members or [b""]))
    blocks = map(bytes, itertools.batched(packed, width, strict=False))
    assert b"".join(inflated(blocks, 1 << 20)) == b"".join(members)


@given(st.binary(max_size=300), st.integers(1, 64))
def test_what_is_no_gzip_is_never_more_than_an_error(data: bytes, width: int) -> None:
    with suppress(FeedAway):
        tuple(inflated(map(bytes, itertools.batched(data, width, strict=False)), 1 << 20))


def test_a_bomb_gives_no_more_than_its_bound() -> None:
    packed = gzip.compress(bytes(64 << 20))
    given = 0
    with pytest.raises(ListRefused, match="bomb"):
        for block in inflated([packed], 512 << 20):
            given += len(block)
    assert given <= 200 * len(packed) + (8 << 20)


def test_a_byte_now_and_then_is_not_silence(server: FeedServer, client: Client) -> None:
    """The client alone does not end it: that is why each fetch is a process with an alarm."""
    server.answers["/list"] = dripping(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n123456789", 0.01)
    assert got(client, server.url("/list")) == b"123456789"


class _Proxy:
    """One that connects wherever it is told."""

    def __enter__(self) -> tuple[str, list[str]]:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._heads: list[str] = []
        self._thread = threading.Thread(target=self._serve)
        self._thread.start()
        return f"127.0.0.1:{self._listener.getsockname()[1]}", self._heads

    def __exit__(self, *_: object) -> None:
        self._listener.close()
        self._thread.join(timeout=10)

    def _serve(self) -> None:
        sock, _ = self._listener.accept()
        head = b""
        while b"\r\n\r\n" not in head:
            head += sock.recv(65536)
        self._heads.append(head.decode())
        host, _, port = head.split()[1].decode().rpartition(":")
        far = socket.create_connection((host, int(port)))
        sock.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
        back = threading.Thread(target=_pump, args=(far, sock))
        back.start()
        _pump(sock, far)
        back.join(timeout=10)
        sock.close()
        far.close()


def _pump(source: socket.socket, target: socket.socket) -> None:
    with suppress(OSError):
        while data := source.recv(65536):
            target.sendall(data)
        target.shutdown(socket.SHUT_WR)
