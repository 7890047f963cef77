"""Who asks, by tickets of a real KDC: with curl, with a browser, and with what should not be taken."""

import base64
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import bcrypt
import pytest

from tests.browser import chromium, chromium_path
from tests.identity_servers import gssapi_or_skip, program
from tests.identity_servers.kdc import REALM, Kdc
from tests.identity_servers.kdc import Client as Holder
from tests.journeys.conftest import StartGateway, World
from tests.journeys.harness.clients import Line
from tests.journeys.harness.gateway import Gateway

pytestmark = pytest.mark.journey

SERVICE = "HTTP@localhost"
PASSWORD = "correct horse"


@pytest.fixture(scope="module")
def kdc() -> Iterator[Kdc]:
    gssapi_or_skip()
    with Kdc() as running:
        running.add_person("jane", PASSWORD)
        # The gateway and its clients are told of the realm by their environment.
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("KRB5_CONFIG", running.environment["KRB5_CONFIG"])
            yield running


@pytest.fixture(scope="module")
def jane(kdc: Kdc) -> Holder:
    return kdc.sign_in("jane", PASSWORD)


@pytest.fixture(scope="module")
def one_gateway(start: StartGateway, kdc: Kdc, tmp_path_factory: pytest.TempPathFactory) -> Gateway:
    people: Path = tmp_path_factory.mktemp("people") / "htpasswd"
    people.write_text(f"john:{bcrypt.hashpw(PASSWORD.encode(), bcrypt.gensalt(4)).decode()}\n")
    keytab = kdc.keytab("HTTP/localhost", "host/localhost")
    settings = {
        "identity": {"kinds": ["kerberos", "htpasswd"], "htpasswd_file": str(people)},
        "identity.kerberos": {"keytab": str(keytab)},
        "identity.kerberos.realms": {f'"{REALM}"': ""},
    }
    return start(2, settings=settings, readers=[("", "jane"), ("", "john")])


def curl(gateway: Gateway, holder: Holder | None, *arguments: str) -> tuple[int, list[str]]:
    """What curl ends with, and its status codes: of the proxy where it is refused, of each answer else."""
    environment = (
        holder.environment if holder is not None else os.environ | {"KRB5CCNAME": "FILE:/nonexistent"}
    )
    done = subprocess.run(
        [
            program("curl", "curl"),
            "--silent",
            "--show-error",
            "--proxy",
            f"http://localhost:{gateway.proxy[1]}",
            "--cacert",
            str(gateway.ca_file),
            "--write-out",
            "%{http_connect} %{http_code}\n",
            *arguments,
        ],
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    return done.returncode, done.stdout.split("\n")[:-1]


WITH_A_TICKET = ("--proxy-negotiate", "--proxy-user", ":", "--output", "/dev/null")


def ask(gateway: Gateway, world: World, *shown: str) -> list[int]:
    """The status of plain requests with this shown, one after the other on one line; "" shows nothing."""
    line = Line(gateway.client().line().sock)
    found = []
    for value in shown:
        field = f"Proxy-Authorization: {value}\r\n" if value else ""
        host = f"allowed.test:{world.http.port}"
        line.send(f"GET http://{host}/ HTTP/1.1\r\nHost: {host}\r\n{field}\r\n".encode())
        answer = line.read_answer()
        assert answer is not None
        found.append(answer.status)
    line.close()
    return found


def negotiate(token: bytes) -> str:
    return f"Negotiate {base64.b64encode(token).decode()}"


def basic(login: str) -> str:
    return f"Basic {base64.b64encode(f'{login}:{PASSWORD}'.encode()).decode()}"


def test_a_ticket_is_asked_for_first_and_a_password_otherwise(gateway: Gateway, world: World) -> None:
    line = gateway.client().line()
    line.send(f"CONNECT allowed.test:{world.https1.port} HTTP/1.1\r\nHost: allowed.test\r\n\r\n".encode())
    head = line.until(b"\r\n\r\n").decode()
    line.close()
    offers = [
        value
        for name, _, value in (one.partition(": ") for one in head.split("\r\n")[1:])
        if name.lower() == "proxy-authenticate"
    ]
    assert head.startswith("HTTP/1.1 407 ")
    assert offers[0] == "Negotiate"
    assert offers[1].startswith("Basic realm=")


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_who_has_a_ticket_types_nothing(gateway: Gateway, world: World, jane: Holder, scheme: str) -> None:
    port = (world.http if scheme == "http" else world.https1).port
    code, statuses = curl(gateway, jane, *WITH_A_TICKET, f"{scheme}://allowed.test:{port}/")
    assert (code, statuses) == (0, [f"{'000' if scheme == 'http' else '200'} 200"])
    curl(gateway, jane, *WITH_A_TICKET, f"{scheme}://bet.test:{port}/")
    (refused,) = gateway.decisions("verdict = 'block' AND reason <> 'no-person'")
    assert (refused.person, refused.person_how) == ("jane", "negotiate")


def test_who_has_none_is_nobody(gateway: Gateway, world: World) -> None:
    _, statuses = curl(gateway, None, *WITH_A_TICKET, f"https://allowed.test:{world.https1.port}/")
    assert statuses == ["407 000"]
    assert world.https1.seen.connections == 0


def test_a_ticket_holds_for_its_line_and_for_that_alone(gateway: Gateway, world: World, jane: Holder) -> None:
    token = negotiate(jane.token(SERVICE))
    assert ask(gateway, world, "", token, "", "") == [407, 200, 200, 200]
    assert ask(gateway, world, "") == [407]
    # And a password shown afterwards is somebody else's, for its request.
    assert ask(gateway, world, negotiate(jane.token(SERVICE)), basic("john"), "") == [200, 200, 407]


def test_what_was_shown_before_is_refused_by_every_worker_and_after_a_restart(
    gateway: Gateway, world: World, jane: Holder
) -> None:
    token = negotiate(jane.token(SERVICE))
    assert ask(gateway, world, token) == [200]
    # The next connection may be the other worker's.
    assert {status for _ in range(6) for status in ask(gateway, world, token)} == {407}
    gateway.stop()
    gateway.restart_at_its_port()
    assert ask(gateway, world, token) == [407]
    assert ask(gateway, world, negotiate(jane.token(SERVICE))) == [200]


def test_what_is_no_ticket_for_us_is_refused(gateway: Gateway, world: World, jane: Holder, kdc: Kdc) -> None:
    kdc.keytab("imap/localhost")
    with Kdc("OTHER.TEST") as other:
        other.add_person("jane", PASSWORD)
        other.keytab("HTTP/localhost")
        of_another_realm = other.sign_in("jane", PASSWORD).token(SERVICE)
    for token in (
        jane.token("host@localhost"),
        jane.token("imap@localhost"),
        of_another_realm,
        b"NTLMSSP\0\1\0\0\0",
        jane.token(SERVICE)[:-1],
    ):
        assert ask(gateway, world, negotiate(token)) == [407]
    assert ask(gateway, world, "NTLM TlRMTVNTUAABAAAAB4IIogAAAAAAAAAAAAAAAAAAAAAKALpHAAAADw==") == [407]


def test_a_browser_shows_its_ticket_and_asks_nobody(gateway: Gateway, world: World, jane: Holder) -> None:
    browser_path = chromium_path()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("KRB5CCNAME", jane.environment["KRB5CCNAME"])
        with chromium(
            f"--proxy-server=http://localhost:{gateway.proxy[1]}",
            "--proxy-bypass-list=<-loopback>",
            "--auth-server-allowlist=*",
            path=browser_path,
        ) as browser:
            page = browser.new_page(ignore_https_errors=True)
            answer = page.goto(f"https://allowed.test:{world.https.port}/")
            assert answer is not None
            assert answer.status == 200
            page.goto(f"https://bet.test:{world.https.port}/")
    refused = gateway.decisions("verdict = 'block' AND step = 'request' AND resource = 'visit'")
    assert {(row.person, row.person_how) for row in refused} == {("jane", "negotiate")}


def test_no_ticket_is_in_any_log_or_file(gateway: Gateway, world: World, jane: Holder) -> None:
    token = jane.token(SERVICE)
    assert ask(gateway, world, negotiate(token)) == [200]
    gateway.shipped()
    for path in (gateway.log, *(path for path in gateway.state.rglob("*") if path.is_file())):
        content = path.read_bytes()
        assert token[40:80] not in content, path
        assert base64.b64encode(token)[40:80] not in content, path
    assert "jane" not in gateway.log.read_text()
