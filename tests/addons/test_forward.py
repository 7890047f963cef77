"""What goes on to the origin and to the client."""

import pytest
from mitmproxy import http
from mitmproxy.test import tutils

from addons.forward import aim, host_value, is_websocket, strip_answer


def request(*fields: tuple[bytes, bytes], version: bytes = b"HTTP/1.1") -> http.Request:
    return tutils.treq(
        host="said.test",
        port=80,
        scheme=b"http",
        authority=b"said.test",
        path=b"/a",
        http_version=version,
        headers=http.Headers(fields),
    )


@pytest.mark.parametrize(
    ("host", "port", "scheme", "value"),
    [
        pytest.param("a.test", 80, b"http", b"a.test", id="the-scheme's-port"),
        pytest.param("a.test", 443, b"https", b"a.test", id="the-scheme's-port-https"),
        pytest.param("a.test", 443, b"http", b"a.test:443", id="the-other-scheme's-port"),
        pytest.param("2001:db8::1", 8443, b"https", b"[2001:db8::1]:8443", id="ipv6"),
    ],
)
def test_host_value_is_as_rfc_9110_writes_it(host: str, port: int, scheme: bytes, value: bytes) -> None:
    assert host_value(host, port, scheme) == value


def test_the_origin_is_told_the_name_that_was_judged_and_no_other() -> None:
    """Host said one thing, the target another; what leaves says the judged one everywhere."""
    sent = request((b"hOsT", b"disguise.test"), (b"Accept", b"*/*"))
    aim(sent, "judged.test", 8080, http2=False)
    assert (sent.host, sent.port, sent.data.authority) == ("judged.test", 8080, b"")
    assert sent.headers.fields == ((b"Host", b"judged.test:8080"), (b"Accept", b"*/*"))


def test_over_http2_the_name_stands_in_authority_alone() -> None:
    sent = request((b"host", b"disguise.test"), (b"accept", b"*/*"), version=b"HTTP/2.0")
    aim(sent, "judged.test", 80, http2=True)
    assert sent.data.authority == b"judged.test"
    assert sent.headers.fields == ((b"accept", b"*/*"),)


def test_a_request_without_a_host_gets_the_judged_one() -> None:
    sent = request((b"Accept", b"*/*"))
    aim(sent, "judged.test", 80, http2=False)
    assert sent.headers.fields == ((b"Host", b"judged.test"), (b"Accept", b"*/*"))


@pytest.mark.parametrize(
    ("fields", "kept"),
    [
        pytest.param([(b"Proxy-Authorization", b"Basic x")], [], id="the-password-for-us"),
        pytest.param([(b"Proxy-Connection", b"keep-alive")], [], id="proxy-connection"),
        pytest.param([(b"Authorization", b"Basic x")], [b"Authorization"], id="the-password-for-the-origin"),
        pytest.param([(b"Connection", b"close")], [b"Connection"], id="close"),
        pytest.param([(b"Connection", b"X-Mine"), (b"X-Mine", b"1")], [], id="nominated-by-connection"),
        pytest.param(
            [(b"Connection", b"Cookie"), (b"Cookie", b"a=b")],
            [b"Cookie"],
            id="nominated-but-not-the-client's-to-take",
        ),
        pytest.param(
            [(b"Connection", b"Upgrade, HTTP2-Settings"), (b"Upgrade", b"h2c"), (b"HTTP2-Settings", b"")],
            [],
            id="an-upgrade-to-h2c",
        ),
        pytest.param([(b"Upgrade", b"websocket")], [], id="a-websocket-without-its-key"),
        pytest.param(
            [(b"Connection", b"Upgrade"), (b"Upgrade", b"websocket"), (b"Sec-WebSocket-Key", b"x")],
            [b"Connection", b"Upgrade", b"Sec-WebSocket-Key"],
            id="a-websocket",
        ),
    ],
)
def test_what_is_meant_for_one_connection_stays_here(
    fields: list[tuple[bytes, bytes]], kept: list[bytes]
) -> None:
    sent = request((b"Host", b"judged.test"), *fields)
    aim(sent, "judged.test", 80, http2=False)
    assert [name for name, _ in sent.headers.fields] == [b"Host", *kept]


def test_a_websocket_is_asked_for_by_get_upgrade_and_key() -> None:
    fields = [(b"Upgrade", b"WebSocket"), (b"Sec-WebSocket-Key", b"x")]
    asked = request(*fields)
    assert is_websocket(asked)
    asked.method = "POST"
    assert not is_websocket(asked)
    assert not is_websocket(request(fields[0]))


def test_the_answer_says_nothing_of_http3_and_asks_for_no_password_of_ours() -> None:
    answer = tutils.tresp(
        headers=http.Headers(
            [(b"Alt-Svc", b'h3=":443"'), (b"Proxy-Authenticate", b"Basic"), (b"Server", b"x")]
        )
    )
    strip_answer(answer)
    assert answer.headers.fields == ((b"Server", b"x"),)
