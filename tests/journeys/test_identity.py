"""Who asks: a name and a password, or nothing but what everybody must reach."""

from pathlib import Path

import bcrypt
import pytest

from tests.journeys.conftest import StartGateway, World
from tests.journeys.harness.clients import ClientFrom
from tests.journeys.harness.gateway import Gateway

pytestmark = pytest.mark.journey

A_PROXY, A_SCREEN, ANYBODY = "127.0.0.8", "127.0.0.16", "127.0.0.9"
PASSWORD = "correct:horse battery"  # a colon is part of a password, not its end


@pytest.fixture(scope="module")
def one_gateway(start: StartGateway, tmp_path_factory: pytest.TempPathFactory) -> Gateway:
    folder: Path = tmp_path_factory.mktemp("people")
    hashed = bcrypt.hashpw(PASSWORD.encode(), bcrypt.gensalt(4)).decode()
    (folder / "htpasswd").write_text(f"jane.doe:{hashed}\n")
    (folder / "htpasswd").chmod(0o600)
    identity = {
        "kinds": ["htpasswd", "header"],
        "htpasswd_file": str(folder / "htpasswd"),
        "header": "X-Authenticated-User",
        "header_from": [f"{A_PROXY}/32"],
        "not_required_from": [f"{A_SCREEN}/32"],
        "not_required_to": ["www.bet.test"],
    }
    return start(settings={"identity": identity}, readers=[("", "jane.doe")])


def test_nobody_is_asked_for_a_name_and_told_so(gateway: Gateway, world: World) -> None:
    answer = gateway.client().get(f"http://allowed.test:{world.http.port}/")
    assert answer.status == 407
    assert answer.headers["proxy-authenticate"].startswith("Basic ")
    (row,) = gateway.decisions()
    assert (row.verdict, row.reason, row.person) == ("block", "no-person", None)
    assert world.http.seen.connections == 0


def test_a_connect_without_a_person_opens_no_tunnel(gateway: Gateway, world: World) -> None:
    line, answer = gateway.client().tunnel("allowed.test", world.https1.port)
    line.close()
    assert answer is not None
    assert answer.status == 407
    assert world.https1.seen.connections == 0


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_who_signs_in_is_carried_and_recorded_with_what_is_refused(
    gateway: Gateway, world: World, scheme: str
) -> None:
    port = (world.http if scheme == "http" else world.https1).port
    client = gateway.client(f"jane.doe:{PASSWORD}")
    assert client.get(f"{scheme}://allowed.test:{port}/").status == 200
    assert client.get(f"{scheme}://bet.test:{port}/").status == 403
    (refused,) = gateway.decisions("verdict = 'block'")
    assert (refused.person, refused.person_how) == ("jane.doe", "basic")
    (allowed,) = gateway.decisions("verdict = 'allow' AND step = 'request'")
    assert (allowed.person, allowed.record) == (None, "anonymous"), "no visit, so nobody's"


def test_a_wrong_password_is_nobody(gateway: Gateway, world: World) -> None:
    answer = gateway.client("jane.doe:wrong").get(f"http://allowed.test:{world.http.port}/")
    assert answer.status == 407


def test_an_essential_host_needs_nobody(gateway: Gateway, world: World) -> None:
    assert gateway.client().get(f"http://updates.test:{world.http.port}/").status == 200
    assert gateway.client().get(f"https://updates.test:{world.https1.port}/").status == 200


def test_the_origin_never_sees_who_signed_in(gateway: Gateway, world: World) -> None:
    client = gateway.client(f"jane.doe:{PASSWORD}")
    client.get(f"http://allowed.test:{world.http.port}/")
    client.get(f"https://allowed.test:{world.https1.port}/")
    for origin in (world.http, world.https1):
        (headers,) = origin.seen.headers
        assert not [name for name in headers if "auth" in name]


def at(address: str, gateway: Gateway, login: str | None = None) -> ClientFrom:
    return ClientFrom(address, gateway.proxy, gateway.ca_file, login)


def test_a_trusted_proxy_names_the_person_and_nobody_else_does(gateway: Gateway, world: World) -> None:
    url, named = f"http://bet.test:{world.http.port}/", {"X-Authenticated-User": "Jane.Doe"}
    assert at(A_PROXY, gateway).request("GET", url, headers=named).status == 403
    assert at(ANYBODY, gateway).request("GET", url, headers=named).status == 407
    assert at(A_PROXY, gateway, f"jane.doe:{PASSWORD}").get(url).status == 407, "nothing else counts there"
    believed, *nobody = gateway.decisions("verdict = 'block'")
    assert (believed.person, believed.person_how) == ("jane.doe", "header")
    assert {(row.person, row.reason) for row in nobody} == {(None, "no-person")}


def test_no_origin_sees_the_header(gateway: Gateway, world: World) -> None:
    named = {"X-Authenticated-User": "jane.doe"}
    plain, secure = f"http://allowed.test:{world.http.port}/", f"https://allowed.test:{world.https1.port}/"
    assert at(A_PROXY, gateway).request("GET", plain, headers=named).status == 200
    known = at(ANYBODY, gateway, f"jane.doe:{PASSWORD}")
    assert known.request("GET", plain, headers={"X-Authenticated-User": "chief"}).status == 200
    assert known.request("GET", secure, headers={"X-Authenticated-User": "chief"}).status == 200
    for origin in (world.http, world.https1):
        for headers in origin.seen.headers:
            assert not [name for name in headers if "auth" in name]


def test_nobody_has_to_be_anybody_from_some_networks_and_at_some_hosts(
    gateway: Gateway, world: World
) -> None:
    def status(address: str, host: str) -> int:
        return at(address, gateway).get(f"http://{host}:{world.http.port}/").status

    assert status(A_SCREEN, "allowed.test") == 200
    assert status(ANYBODY, "allowed.test") == 407
    assert status(ANYBODY, "www.bet.test") == 403, "judged, and blocked by a list"
    assert status(ANYBODY, "bet.test") == 407
    rows = gateway.decisions("host = 'allowed.test' AND verdict = 'allow'")
    assert {(row.person, row.resource) for row in rows} == {(None, "background")}
