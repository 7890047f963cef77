"""A line to a directory that is none, or means no good."""

import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from addons.identity.ldap_line import close, open_line
from addons.identity.settings import LdapSettings
from addons.identity.verifiers import DirectoryAway
from tests.journeys.harness.certificates import OriginAuthority

SUCCESS = bytes.fromhex("300c02010178070a010004000400")  # ExtendedResponse, success
LONG_SUCCESS = bytes.fromhex(
    "308400000010020101788400000007" + "0a010004000400"
)  # as Active Directory writes
UNAVAILABLE = bytes.fromhex("300c02010178070a013404000400")
BOUND = bytes.fromhex("0a010004000400")  # of a BindResponse: success
REFERRED = bytes.fromhex("0a010a04000400")

type Does = Callable[[socket.socket], None]


class Server:
    """Does something with each connection."""

    def __init__(self, does: Does) -> None:
        self._does = does
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listening.getsockname()[1]
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        while True:
            try:
                line, _ = self._listening.accept()
            except OSError:
                return
            threading.Thread(target=self._do, args=(line,), daemon=True).start()

    def _do(self, line: socket.socket) -> None:
        line.settimeout(20)
        try:
            self._does(line)
        except OSError:
            line.close()  # the client hung up, as it should

    def close(self) -> None:
        self._listening.close()


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> OriginAuthority:
    return OriginAuthority(tmp_path_factory.mktemp("authority"))


@pytest.fixture(scope="module")
def tls(authority: OriginAuthority) -> ssl.SSLContext:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(authority.issue("localhost"))
    return context


@pytest.fixture
def serve() -> Iterator[Callable[[Does], int]]:
    servers: list[Server] = []

    def begin(does: Does) -> int:
        servers.append(Server(does))
        return servers[-1].port

    yield begin
    for server in servers:
        server.close()


def try_line(url: str, ca_file: Path, seconds: float = 0.5, most_bytes: int = 4096) -> None:
    line = open_line(LdapSettings(ca_file=ca_file), url, seconds=seconds, most_bytes=most_bytes)
    close(line)


def silent(line: socket.socket) -> None:
    while line.recv(4096):
        pass


def trickle(*pieces: bytes) -> Does:
    """Say that, then a byte now and then for as long as somebody listens."""

    def does(line: socket.socket) -> None:
        for piece in pieces:
            line.recv(4096)
            line.sendall(piece)
        while True:
            line.sendall(b"\x30")
            time.sleep(0.05)

    return does


def say(*pieces: bytes) -> Does:
    """Answer each message with the next of these, then listen."""

    def does(line: socket.socket) -> None:
        for piece in pieces:
            line.recv(4096)
            line.sendall(piece)
        silent(line)

    return does


def bind(result: bytes) -> Does:
    """Answer a BindRequest, whose number ldap3 counts over all lines, with this result."""

    def does(line: socket.socket) -> None:
        asked = line.recv(4096)
        number = asked[2 : 4 + asked[3]]
        body = b"\x61" + bytes([len(result)]) + result
        line.sendall(b"\x30" + bytes([len(number) + len(body)]) + number + body)
        silent(line)

    return does


@pytest.mark.parametrize("scheme", ["ldaps", "ldap"])
@pytest.mark.parametrize("does", [silent, trickle()], ids=["silent", "a-byte-now-and-then"])
def test_a_server_that_does_not_come_to_the_point_is_left(
    serve: Callable[[Does], int], authority: OriginAuthority, scheme: str, does: Does
) -> None:
    with pytest.raises(DirectoryAway):
        try_line(f"{scheme}://localhost:{serve(does)}", authority.ca_file)


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        pytest.param(UNAVAILABLE, "will not begin TLS", id="refused"),
        pytest.param(SUCCESS.replace(b"\x02\x01\x01", b"\x02\x01\x02"), "will not", id="to-another-message"),
        pytest.param(SUCCESS.replace(b"\x78", b"\x61"), "will not", id="to-another-question"),
        pytest.param(
            b"HTTP/1.1 400 Bad Request\r\n\r\n", "no answer of a directory", id="of-another-protocol"
        ),
        pytest.param(b"\x30\x84\x7f\xff\xff\xff", "says more than", id="endless"),
        pytest.param(b"\x30\xff" + b"\xff" * 127, "says more than", id="longer-than-any-number"),
        pytest.param(b"\x30\x80", "will not", id="of-no-length"),
        pytest.param(b"\x30\x03\x02\x01\x01", "will not", id="cut-short"),
        pytest.param(b"\x30\x05\x02\x01\x01\x78\x84", "will not", id="cut-shorter"),
        # Whatever came before TLS is not part of what comes in it.
        pytest.param(SUCCESS + SUCCESS, "certificate|TLS|SSL", id="with-something-slipped-in-behind-it"),
    ],
)
def test_what_is_no_word_that_tls_begins_is_not_taken_for_one(
    serve: Callable[[Does], int], authority: OriginAuthority, answer: bytes, why: str
) -> None:
    with pytest.raises(DirectoryAway, match=why) as caught:
        try_line(f"ldap://localhost:{serve(say(answer))}", authority.ca_file)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("answer", [SUCCESS, LONG_SUCCESS], ids=["short", "long"])
def test_tls_begins_where_the_server_says_so(
    serve: Callable[[Does], int], authority: OriginAuthority, tls: ssl.SSLContext, answer: bytes
) -> None:
    def does(line: socket.socket) -> None:
        line.recv(4096)
        line.sendall(answer)
        bind(BOUND)(tls.wrap_socket(line, server_side=True))

    try_line(f"ldap://localhost:{serve(does)}", authority.ca_file, seconds=20)


@pytest.mark.parametrize(
    "does",
    [
        pytest.param(silent, id="silent"),
        pytest.param(trickle(b"\x30\x84\x00\x00\x0f\x00"), id="a-byte-now-and-then"),
        pytest.param(say(b"\x30\x84\x00\x10\x00\x00" + b"\0" * 100_000), id="more-than-anybody-asked-for"),
        pytest.param(say(b"\0" * 5000), id="nothing-like-it"),
        pytest.param(bind(REFERRED), id="a-referral"),
    ],
)
def test_behind_tls_as_well(
    serve: Callable[[Does], int], authority: OriginAuthority, tls: ssl.SSLContext, does: Does
) -> None:
    port = serve(lambda line: does(tls.wrap_socket(line, server_side=True)))
    with pytest.raises(DirectoryAway):
        try_line(f"ldaps://localhost:{port}", authority.ca_file)


def test_nothing_is_said_before_tls(serve: Callable[[Does], int], tmp_path: Path) -> None:
    """A name and a password go to the server that is meant, or nowhere."""
    heard: list[bytes] = []
    said = threading.Event()

    def does(line: socket.socket) -> None:
        heard.append(line.recv(4096))
        line.sendall(SUCCESS)
        while more := line.recv(4096):
            heard.append(more)
        said.set()

    (tmp_path / "password").write_text("who searches\n")
    (tmp_path / "password").chmod(0o600)
    settings = LdapSettings(bind_dn="cn=gateway,dc=test", password_file=tmp_path / "password")
    url = f"ldap://localhost:{serve(does)}"
    with pytest.raises(DirectoryAway):
        open_line(settings, url, seconds=0.5, most_bytes=4096)
    assert said.wait(20)
    assert b"who searches" not in b"".join(heard)
    assert b"gateway" not in b"".join(heard)
