"""What services hear when people search and sign in through a gateway, over every protocol."""

import shutil
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest

from tests.journeys.conftest import World, make_world
from tests.journeys.harness.certificates import OriginAuthority
from tests.journeys.harness.gateway import Gateway, copy_state, write_policy
from tests.journeys.harness.origins import running_origins
from tests.journeys.test_browsing import WAYS, Way

pytestmark = pytest.mark.journey

NAMES = ("www.google.co.uk", "www.youtube.com", "login.microsoftonline.com", "login.live.com", "allowed.test")
DIRECTORY = "12345678-1234-1234-1234-1234567890ab"
OURS = (
    ('youtube = "off"', 'youtube = "strict"'),
    ("microsoft = []", 'microsoft = ["example.org"]'),
    ('microsoft_context = ""', f'microsoft_context = "{DIRECTORY}"'),
    ("\ngoogle = []", '\ngoogle = ["example.org"]'),
)


class Restricted(Gateway):
    """A gateway whose policy asks for everything that services offer."""

    def write_settings(self) -> None:
        super().write_settings()
        policy = write_policy(self.state / "policy.toml")
        text = policy.read_text("utf-8")
        for shipped, ours in OURS:
            assert shipped in text
            text = text.replace(shipped, ours, 1)
        policy.write_text(text, "utf-8")


@pytest.fixture(scope="module")
def services(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """Origins that answer to the services' names."""
    folder = tmp_path_factory.mktemp("services")
    authority = OriginAuthority(folder)
    hosts = folder / "hosts"
    hosts.write_text("".join(f"127.0.0.1 {name}\n" for name in NAMES))
    with running_origins() as origins:
        yield make_world(origins, authority, authority.issue(*NAMES), hosts)


@pytest.fixture(scope="module")
def restricted(template: Path, services: World) -> Iterator[Gateway]:
    state = copy_state(template, template.parent / uuid4().hex)
    gateway = Restricted(state, services.settings()).start()
    yield gateway
    gateway.stop()
    shutil.rmtree(state)


def heard(gateway: Gateway, services: World, way: Way, host: str, target: str) -> tuple[str, dict[str, str]]:
    """The target and the fields that the service got."""
    services.forget()
    answer = way.get(gateway, services, host, target)
    assert answer.status == 200, answer.text
    seen = way.to(services).seen
    return seen.requests[-1][2], {name.lower(): value for name, value in seen.headers[-1].items()}


@pytest.mark.parametrize("way", WAYS)
def test_services_hear_the_policy_s_word_and_nobody_else_s(
    restricted: Gateway, services: World, way: Way
) -> None:
    target, fields = heard(restricted, services, way, "www.google.co.uk", "/search?safe=off&q=cats")
    assert target == "/search?q=cats&safe=active&ssui=on"
    assert fields["x-googapps-allowed-domains"] == "example.org"
    target, fields = heard(restricted, services, way, "www.youtube.com", "/watch?v=1")
    assert (target, fields["youtube-restrict"]) == ("/watch?v=1", "Strict")
    _, fields = heard(restricted, services, way, "login.microsoftonline.com", "/common")
    assert fields["restrict-access-to-tenants"] == "example.org"
    assert fields["restrict-access-context"] == DIRECTORY
    _, fields = heard(restricted, services, way, "login.live.com", "/login.srf")
    assert fields["sec-restrict-tenant-access-policy"] == "restrict-msa"


@pytest.mark.parametrize("way", WAYS)
def test_everybody_else_hears_what_was_asked(restricted: Gateway, services: World, way: Way) -> None:
    target, fields = heard(restricted, services, way, "allowed.test", "/search?safe=off&q=cats")
    assert target == "/search?safe=off&q=cats"
    assert not {"youtube-restrict", "restrict-access-to-tenants", "x-googapps-allowed-domains"} & set(fields)


def test_what_was_searched_for_is_nowhere_in_the_log(restricted: Gateway, services: World) -> None:
    way = Way("https", "https", http2=True)
    heard(restricted, services, way, "www.google.co.uk", "/search?q=zanzibar")
    rows = restricted.decisions("host = 'www.google.co.uk'")
    assert rows
    assert not any("zanzibar" in str(row.columns) for row in rows)
