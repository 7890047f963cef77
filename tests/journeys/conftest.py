"""What journeys share: a state folder made once, origins with good and bad certificates, running gateways."""

import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

import pytest

from addons.never_decrypt import read_never_decrypt
from policy.people import PersonKey
from tests.journeys.harness.certificates import OriginAuthority
from tests.journeys.harness.gateway import Gateway, copy_state, have_read_notice, make_state
from tests.journeys.harness.origins import Origin, Origins, running_origins

# What stands in the lists of every journey, by category; "name" covers "www.name" too.
LISTS = {
    "gambling": ["bet.test", "allowed.test/casino/", "path:/roulette/"],
    "social_media": ["social.test"],
    "malware": ["virus.test"],
    "privileged": ["union.test"],
    "essential": ["updates.test"],
}
# One of the hosts that are shipped as not to be decrypted.
PINNED = read_never_decrypt().entries[0].host
NAMES = (
    PINNED,
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

    def forget(self) -> None:
        """Let no origin have seen anybody."""
        for origin in (self.http, self.https, self.https1, self.expired, self.self_signed, self.raw):
            origin.seen.forget()

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


@pytest.fixture(scope="module")
def internet(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """Origins for all journeys of a file."""
    folder = tmp_path_factory.mktemp("internet")
    authority = OriginAuthority(folder)
    good = authority.issue(*(name for name in NAMES if name != "wrong-name.test"))
    hosts = folder / "hosts"
    hosts.write_text("".join(f"127.0.0.1 {name}\n" for name in NAMES))
    with running_origins() as origins:
        yield make_world(origins, authority, good, hosts)


@pytest.fixture
def world(internet: World) -> World:
    """The origins, which have seen nobody yet."""
    internet.forget()
    return internet


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


@pytest.fixture(scope="module")
def start(template: Path, internet: World) -> Iterator[StartGateway]:
    """Starts a gateway in front of the origins; stops it when the file is through."""
    running: list[Gateway] = []

    def begin(
        workers: int = 1, settings: Settings | None = None, readers: Sequence[PersonKey] = ()
    ) -> Gateway:
        """`readers`: who has read the notice that is in force."""
        merged: dict[str, dict[str, object]] = {"gateway": {"workers": workers, "drain_seconds": 3}}
        for section, values in (*internet.settings().items(), *(settings or {}).items()):
            merged.setdefault(section, {}).update(values)
        state = copy_state(template, template.parent / f"{uuid4().hex}")
        have_read_notice(state, readers)
        running.append(Gateway(state, merged))
        return running[-1].start()

    yield begin
    for gateway in running:
        gateway.stop()
        shutil.rmtree(gateway.state)


@pytest.fixture(scope="module")
def one_gateway(start: StartGateway) -> Gateway:
    """One gateway with one worker and default settings for all journeys of a file."""
    return start()


@pytest.fixture
def gateway(one_gateway: Gateway, world: World) -> Gateway:
    """It, and its log as if it were new."""
    one_gateway.forget()
    return one_gateway
