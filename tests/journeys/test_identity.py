"""Who asks: a name and a password, or nothing but what everybody must reach."""

from pathlib import Path

import bcrypt
import pytest

from tests.journeys.conftest import StartGateway, World
from tests.journeys.harness.gateway import Gateway

pytestmark = pytest.mark.journey

PASSWORD = "correct:horse battery"  # a colon is part of a password, not its end


@pytest.fixture(scope="module")
def one_gateway(start: StartGateway, tmp_path_factory: pytest.TempPathFactory) -> Gateway:
    folder: Path = tmp_path_factory.mktemp("people")
    hashed = bcrypt.hashpw(PASSWORD.encode(), bcrypt.gensalt(4)).decode()
    (folder / "htpasswd").write_text(f"jane.doe:{hashed}\n")
    (folder / "htpasswd").chmod(0o600)
    identity = {
        "kinds": ["htpasswd"],
        "htpasswd_file": str(folder / "htpasswd"),
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
