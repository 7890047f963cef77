"""Who is in the register is carried; who is disabled, has left, or lost a device is refused everywhere."""

from pathlib import Path

import bcrypt
import pytest

from tests.journeys.conftest import StartGateway, World
from tests.journeys.harness.gateway import Gateway, eventually

pytestmark = pytest.mark.journey

PASSWORD = "correct:horse battery"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("people")


@pytest.fixture(scope="module")
def one_gateway(start: StartGateway, folder: Path) -> Gateway:
    """Two workers: what holds must hold in both."""
    hashed = bcrypt.hashpw(PASSWORD.encode(), bcrypt.gensalt(4)).decode()
    file = folder / "htpasswd"
    file.write_text("".join(f"{login}:{hashed}\n" for login in ("jane", "bob", "stranger")))
    file.chmod(0o600)
    identity = {"kinds": ["htpasswd"], "htpasswd_file": str(file)}
    gateway = start(2, settings={"identity": identity}, readers=[("", "jane"), ("", "bob"), ("", "stranger")])
    take_over(gateway, folder, "jane,press", "bob,")
    return gateway


def take_over(gateway: Gateway, folder: Path, *lines: str) -> None:
    path = folder / "people.csv"
    path.write_text("\n".join(("login,roles", *lines)))
    gateway.command("people", "import", str(path), "--accept-leavers")


def statuses(gateway: Gateway, world: World, login: str, host: str = "allowed.test") -> set[int]:
    """What several new connections are answered, enough of them that every worker takes some."""
    client = gateway.client(f"{login}:{PASSWORD}")
    return {client.get(f"http://{host}:{world.http.port}/").status for _ in range(16)}


def wait_for(gateway: Gateway, world: World, login: str, status: int) -> None:
    """Until every worker answers so."""
    eventually(lambda: statuses(gateway, world, login) == {status}, what=f"{status} for {login}")


def test_who_is_not_in_the_register_is_refused_and_the_others_are_not(gateway: Gateway, world: World) -> None:
    wait_for(gateway, world, "stranger", 403)
    assert statuses(gateway, world, "jane") == {200}
    assert statuses(gateway, world, "stranger", "updates.test") == {200}, "essential"
    assert {row.reason for row in gateway.decisions("verdict = 'block'")} == {"unknown-person"}


def test_who_is_disabled_is_refused_in_every_worker_and_on_an_open_connection(
    gateway: Gateway, world: World
) -> None:
    url = f"https://allowed.test:{world.https1.port}/"
    with gateway.client(f"jane:{PASSWORD}").kept(url) as kept:
        answer = kept.get("/")
        assert answer is not None
        assert answer.status == 200
        gateway.command("people", "disable", "jane", "--because", "left today")
        wait_for(gateway, world, "jane", 403)
        after = kept.get("/")
        assert after is None or after.status == 403
    assert statuses(gateway, world, "bob") == {200}
    assert "disabled" in {row.reason for row in gateway.decisions("verdict = 'block'")}
    gateway.command("people", "enable", "jane", "--because", "a mistake")
    wait_for(gateway, world, "jane", 200)


def test_who_is_in_no_import_any_more_has_left_and_the_next_brings_them_back(
    gateway: Gateway, world: World, folder: Path
) -> None:
    take_over(gateway, folder, "jane,press")
    wait_for(gateway, world, "bob", 403)
    take_over(gateway, folder, "jane,press", "bob,")
    wait_for(gateway, world, "bob", 200)


def test_an_exemption_for_a_role_opens_for_who_has_it(gateway: Gateway, world: World) -> None:
    gateway.command(
        *("exemptions", "grant", "--role", "press", "--category", "social_media"),
        *("--until", "+1h", "--purpose", "a campaign"),
    )
    eventually(lambda: statuses(gateway, world, "jane", "social.test") == {200}, what="the role's exemption")
    assert statuses(gateway, world, "bob", "social.test") == {403}


def test_a_device_that_is_lost_is_refused_whoever_uses_it(gateway: Gateway, world: World) -> None:
    gateway.command("devices", "add", "LAP-1", "127.0.0.1")
    gateway.command("devices", "disable", "LAP-1", "--because", "lost on a train")
    wait_for(gateway, world, "bob", 403)
    gateway.command("devices", "enable", "LAP-1", "--because", "found again")
    wait_for(gateway, world, "bob", 200)
