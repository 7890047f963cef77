"""Who asks, by a real directory: on a request, on the gateway's own page, and while it is away."""

import json
import re
import threading
from collections.abc import Iterator
from functools import partial
from html import unescape
from urllib.parse import urlencode

import pytest

from tests.identity_servers.slapd import PASSWORD, Slapd
from tests.journeys.conftest import StartGateway, World
from tests.journeys.harness.clients import Client, ClientFrom
from tests.journeys.harness.gateway import Gateway, eventually

pytestmark = pytest.mark.journey

OWN = "https://webfilter.internal"
FROM_ELSEWHERE = "127.0.0.9"


@pytest.fixture(scope="module")
def slapd() -> Iterator[Slapd]:
    with Slapd() as running:
        yield running


@pytest.fixture(scope="module")
def one_gateway(start: StartGateway, slapd: Slapd) -> Gateway:
    settings = slapd.settings(servers=[slapd.starttls, slapd.ldaps], filter="(|(uid={login})(mail={login}))")
    return start(
        2,
        settings={
            # So that the page can be asked for by a client that knows of the proxy.
            "identity": {"kinds": ["ldap"], "not_required_to": ["webfilter.internal"]},
            "identity.ldap": json.loads(settings.model_dump_json()),
        },
        readers=[("", "jane")],
    )


def test_who_the_directory_knows_is_carried_under_the_login_it_has_for_them(
    gateway: Gateway, world: World
) -> None:
    for login in ("jane", "JANE", "jane.doe@example.test"):
        client = gateway.client(f"{login}:{PASSWORD}")
        assert client.get(f"https://allowed.test:{world.https1.port}/").status == 200
        assert client.get(f"http://bet.test:{world.http.port}/").status == 403
    refused = gateway.decisions("verdict = 'block'")
    assert {(row.person, row.person_how) for row in refused} == {("jane", "basic")}
    assert len(refused) == 3


@pytest.mark.parametrize(
    "login",
    [
        pytest.param("jane:wrong", id="a-wrong-password"),
        pytest.param("jane:", id="no-password"),
        pytest.param(f"nobody:{PASSWORD}", id="nobody"),
        pytest.param(f"locked:{PASSWORD}", id="a-disabled-account"),
        pytest.param(f"*:{PASSWORD}", id="anybody"),
        pytest.param(f"jane)(uid=*:{PASSWORD}", id="a-filter"),
        pytest.param(f"outside:{PASSWORD}", id="outside-the-base"),
    ],
)
def test_anybody_else_is_nobody(gateway: Gateway, world: World, login: str) -> None:
    answer = ClientFrom(FROM_ELSEWHERE, gateway.proxy, gateway.ca_file, login).get(
        f"http://allowed.test:{world.http.port}/"
    )
    assert answer.status == 407
    assert world.http.seen.connections == 0


class Form:
    """The one form of a page of ours, in this client's browser."""

    def __init__(self, client: Client, path: str) -> None:
        self._client = client
        page = client.get(f"{OWN}{path}", headers={"Accept": "text/html"})
        assert page.status == 200, page.text
        found = re.search(r'<form[^>]*action="([^"]*)"', page.text)
        assert found is not None, page.text
        self.action = unescape(found[1])
        hidden = re.findall(r'<input[^>]*type="hidden"[^>]*name="([^"]*)"[^>]*value="([^"]*)"', page.text)
        self.fields = {unescape(name): unescape(value) for name, value in hidden}

    def send(self, **fields: str) -> tuple[int, str]:
        """Status and text of the answer."""
        answer = self._client.request(
            "POST",
            f"{OWN}{self.action}",
            headers={
                "Content-Type": "application/x-www-form-urlencoded",
                "Origin": OWN,
                "Sec-Fetch-Site": "same-origin",
            },
            body=urlencode(self.fields | fields).encode(),
        )
        return answer.status, answer.text


def test_who_signs_in_on_our_page_is_known_by_their_address_and_nobody_else_is(
    gateway: Gateway, world: World
) -> None:
    here, elsewhere = (
        ClientFrom("127.0.0.7", gateway.proxy, gateway.ca_file),
        ClientFrom("127.0.0.8", gateway.proxy, gateway.ca_file),
    )
    url = f"https://allowed.test:{world.https1.port}/"
    with pytest.raises(ConnectionRefusedError, match="407"):
        here.get(url)
    form = Form(here, "/sign-in")
    status, said = form.send(login="jane", password="wrong")
    assert PASSWORD not in said
    with pytest.raises(ConnectionRefusedError, match="407"):
        here.get(url)
    status, said = Form(here, "/sign-in").send(login="Jane.Doe@example.test", password=PASSWORD)
    assert status in {200, 303}, said
    assert here.get(url).status == 200
    assert here.get(f"http://bet.test:{world.http.port}/").status == 403
    with pytest.raises(ConnectionRefusedError, match="407"):
        elsewhere.get(url)
    (refused,) = gateway.decisions("host = 'bet.test'")
    assert (refused.person, refused.person_how) == ("jane", "page")


def test_a_flood_of_wrong_passwords_from_one_address_keeps_nobody_else_waiting(
    gateway: Gateway, world: World
) -> None:
    """Each of the others is somebody new to the gateway: a password it does not remember yet."""
    stop, refused = threading.Event(), [0]
    known: list[int] = []

    def flood(number: int) -> None:
        count = 0
        while not stop.is_set():
            count += 1
            client = ClientFrom("127.0.0.66", gateway.proxy, gateway.ca_file, f"jane:wrong-{number}-{count}")
            status = client.get(f"http://allowed.test:{world.http.port}/").status
            if status != 407:
                known.append(status)
            refused[0] += 1

    threads = [threading.Thread(target=flood, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    try:
        eventually(lambda: refused[0] > 100, what="the flood")
        for address in range(10, 30):
            before = refused[0]
            login = f"{'jane' if address % 2 else 'twin-a'}:{PASSWORD}"
            client = ClientFrom(f"127.0.0.{address}", gateway.proxy, gateway.ca_file, login)
            assert client.get(f"http://allowed.test:{world.http.port}/style.css").status in {200, 403}
            more = partial(lambda before: refused[0] > before, before)
            eventually(more, what="more of the flood")
    finally:
        stop.set()
        for thread in threads:
            thread.join(30)
    assert known == []
    # The flood's own address has to wait, also with what is right.
    client = ClientFrom("127.0.0.66", gateway.proxy, gateway.ca_file, f"twin-b:{PASSWORD}")
    assert client.get(f"http://allowed.test:{world.http.port}/").status == 407


def test_while_the_directory_is_away_who_was_known_stays_so_and_nobody_new_is(
    gateway: Gateway, world: World, slapd: Slapd
) -> None:
    url = f"http://allowed.test:{world.http.port}/"
    known = gateway.client(f"jane:{PASSWORD}")
    # Each worker remembers for itself.
    for _ in range(20):
        assert known.get(url).status == 200
    slapd.stop()
    try:
        assert known.get(url).status == 200
        assert (
            ClientFrom("127.0.0.31", gateway.proxy, gateway.ca_file, f"twin-a:{PASSWORD}-").get(url).status
            == 407
        )
        assert gateway.client().get(f"http://updates.test:{world.http.port}/").status == 200
        assert "does not answer" in gateway.log.read_text() or "refused" in gateway.log.read_text()
    finally:
        slapd.start()
    assert (
        ClientFrom("127.0.0.32", gateway.proxy, gateway.ca_file, f"jane.doe@example.test:{PASSWORD}")
        .get(url)
        .status
        == 200
    )


def test_nothing_that_was_shown_is_in_any_log_or_file(gateway: Gateway, world: World) -> None:
    gateway.client(f"jane:{PASSWORD}").get(f"http://allowed.test:{world.http.port}/")
    gateway.client("jane:hunter-two").get(f"http://allowed.test:{world.http.port}/")
    gateway.shipped()
    secrets = [PASSWORD.encode(), b"hunter-two", b"wrong-0-1", b"who searches"]
    files = [gateway.log, *(path for path in gateway.state.rglob("*") if path.is_file())]
    assert len(files) > 10
    for path in files:
        content = path.read_bytes()
        assert not [secret for secret in secrets if secret in content], path
    log = gateway.log.read_text()
    for named in ("jane", "twin-a", "127.0.0.66"):
        assert named not in log
