"""What journeys share: a state folder made once, origins with good and bad certificates, running gateways."""

import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.journeys.harness.certificates import OriginAuthority
from tests.journeys.harness.gateway import Gateway, copy_state, make_state
from tests.journeys.harness.origins import Origin, Origins, running_origins

# What stands in the lists of every journey, by category; "name" covers "www.name" too.
LISTS = {
    "gambling": ["bet.test", "allowed.test/casino/", "path:/roulette/"],
    "social_media": ["social.test"],
    "malware": ["virus.test"],
    "privileged": ["union.test"],
    "essential": ["updates.test"],
}
NAMES = (
    "allowed.test",
    "bet.test",
    "www.bet.test",
    "social.test",
    "virus.test",
    "union.test",
    "updates.test",
    "expired.test",
    "self-signed.test",
    "wrong-name.test",
)

type Settings = Mapping[str, Mapping[str, object]]
type StartGateway = Callable[..., Gateway]


@dataclass(frozen=True, slots=True)
class World:
    """The internet of a journey: every name leads to 127.0.0.1, ports tell the origins apart."""

    authority: OriginAuthority
    http: Origin
    https: Origin  # HTTP/2 where the client offers it
    https1: Origin  # HTTP/1.1 only
    expired: Origin
    self_signed: Origin
    raw: Origin
    hosts_file: Path

    def settings(self) -> dict[str, dict[str, object]]:
        """What a gateway must be told to reach it."""
        tls_ports = (self.https, self.https1, self.expired, self.self_signed, self.raw)
        return {
            "destinations": {
                "hosts_file": str(self.hosts_file),
                "ca_file": str(self.authority.ca_file),
                "inner": ["127.0.0.0/8"],
            },
            "limits": {"connect_ports": [443, *(origin.port for origin in tls_ports)]},
        }


@pytest.fixture(scope="session")
def template() -> Iterator[Path]:
    """A state folder with a CA, a Ruleset of LISTS and an empty database."""
    # Short: a worker's or PostgreSQL's Unix socket path has 108 bytes, and pytest's folders are long.
    folder = Path(tempfile.mkdtemp(prefix="sluicegate-"))
    yield make_state(folder / "state", LISTS)
    shutil.rmtree(folder)


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """Origins that have seen nobody yet."""
    authority = OriginAuthority(tmp_path)
    good = authority.issue(*(name for name in NAMES if name != "wrong-name.test"))
    hosts = tmp_path / "hosts"
    hosts.write_text("".join(f"127.0.0.1 {name}\n" for name in NAMES))
    with running_origins() as origins:
        yield make_world(origins, authority, good, hosts)


def make_world(origins: Origins, authority: OriginAuthority, good: Path, hosts: Path) -> World:
    """The usual origins."""
    return World(
        authority=authority,
        http=origins.http(),
        https=origins.https(good, http2=True),
        https1=origins.https(good),
        expired=origins.https(authority.issue("expired.test", expired=True)),
        self_signed=origins.https(authority.issue("self-signed.test", self_signed=True)),
        raw=origins.raw(),
        hosts_file=hosts,
    )


@pytest.fixture
def start(template: Path, tmp_path: Path, world: World) -> Iterator[StartGateway]:
    """Starts a gateway in `world`; stops it at the end."""
    running: list[Gateway] = []

    def begin(workers: int = 1, settings: Settings | None = None) -> Gateway:
        merged: dict[str, dict[str, object]] = {"gateway": {"workers": workers, "drain_seconds": 3}}
        for section, values in (*world.settings().items(), *(settings or {}).items()):
            merged.setdefault(section, {}).update(values)
        gateway = Gateway(copy_state(template, tmp_path / f"state-{len(running)}"), merged)
        running.append(gateway)
        return gateway.start()

    yield begin
    for gateway in running:
        gateway.stop()


@pytest.fixture
def gateway(start: StartGateway) -> Gateway:
    """One gateway with one worker and default settings."""
    return start()
