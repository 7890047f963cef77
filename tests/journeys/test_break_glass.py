"""Break-glass on a running gateway: what passes, what does not, who is recorded, and how it ends."""

import json
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Self

import bcrypt
import pytest

from db.engine import make_engine
from db.models import BreakGlassRow
from db.register_marker import changing
from db.settings import DatabaseSettings
from policy.identifiers import new_reference, uuid7
from policy.words import BreakGlassEvent
from tests.journeys.conftest import StartGateway, World
from tests.journeys.harness.clients import Line, exchange
from tests.journeys.harness.gateway import Gateway, eventually

pytestmark = pytest.mark.journey

SECONDS = 2.0
LOGIN = "ann:secret"
OPEN = ("break-glass", "open", "--for", "5m", "--because", "the custody system is blocked")


@pytest.fixture(scope="module")
def one_gateway(start: StartGateway, tmp_path_factory: pytest.TempPathFactory) -> Gateway:
    """Two workers that ask everybody who they are."""
    people = tmp_path_factory.mktemp("people") / "htpasswd"
    people.write_text(f"ann:{bcrypt.hashpw(b'secret', bcrypt.gensalt(4)).decode()}\n")
    identity = {"kinds": ["htpasswd"], "htpasswd_file": str(people), "required": True}
    return start(workers=2, settings={"identity": identity})


@contextmanager
def opened(gateway: Gateway, world: World) -> Iterator[str]:
    """Open in every worker; closed in every worker at the end. Gives its reference."""
    made = json.loads(gateway.command(*OPEN, "--json").stdout)
    eventually(lambda: statuses(gateway, world, "social.test") == {200}, within=SECONDS)
    try:
        yield made["id"]
    finally:
        gateway.command("break-glass", "close", check=False)
        eventually(lambda: statuses(gateway, world, "social.test") == {407}, within=SECONDS)


def statuses(gateway: Gateway, world: World, host: str, login: str | None = None) -> set[int]:
    """What several new connections are answered, enough of them that every worker takes some."""
    client = gateway.client(login)
    return {client.get(f"http://{host}:{world.http.port}/").status for _ in range(16)}


def tunnel(gateway: Gateway, world: World, host: str) -> Line:
    """TLS with the origin itself: its certificate is trusted, the gateway's is not."""
    return gateway.client().tls(host, world.https1.port, trust=world.authority.ca_file)


def ended(line: Line) -> bool:
    """Whether the other side has closed it."""
    line.sock.settimeout(0.05)
    try:
        return line.sock.recv(1) == b""
    except TimeoutError:
        return False
    except (ConnectionError, ssl.SSLError):
        return True


class Load:
    """Somebody who browses all the while, on new connections and signed in."""

    def __init__(self, gateway: Gateway, world: World) -> None:
        self.statuses: list[int] = []
        self._stop = threading.Event()
        self._client = gateway.client(LOGIN)
        self._url = f"http://allowed.test:{world.http.port}/"
        self._thread = threading.Thread(target=self._go_on)

    def _go_on(self) -> None:
        while not self._stop.is_set():
            self.statuses.append(self._client.get(self._url).status)
            time.sleep(0.01)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()


def test_while_it_is_open_all_but_the_never_exempt_passes_unseen_and_unrecorded(
    gateway: Gateway, world: World
) -> None:
    assert statuses(gateway, world, "social.test", LOGIN) == {403}
    with gateway.client(LOGIN).kept(f"https://allowed.test:{world.https1.port}/") as looked_into:
        first = looked_into.get("/")
        assert first is not None
        assert first.status == 200
        gateway.forget()
        with Load(gateway, world) as load, opened(gateway, world) as reference:
            # What was being looked into is not any more.
            eventually(lambda: ended(looked_into.line), within=SECONDS)
            lines = [
                tunnel(gateway, world, host)
                for host in ("social.test", "bet.test", "union.test", "updates.test")
            ]
            answers = [exchange(line, "GET", "/", "x") for line in lines]
            assert [answer and answer.status for answer in answers] == [200] * 4
            with pytest.raises(ConnectionRefusedError, match="403"):
                tunnel(gateway, world, "virus.test")
            assert statuses(gateway, world, "virus.test") == {403}
            assert not any(origin == "virus.test" for _, origin, _ in world.http.seen.requests)
            assert any("break-glass is open" in problem for problem in _problems(gateway))
            gateway.command("break-glass", "close")
            # Whatever was opened under it ends, of every kind.
            eventually(lambda: all(map(ended, lines)), within=SECONDS)
        assert set(load.statuses) == {200}, "nobody noticed but those it was opened for"
    rows = gateway.decisions()
    unnamed = [row for row in rows if row.record == "category"]
    assert {row.reason for row in unnamed} >= {"break-glass", "never-exempt", "tunnel", "essential"}
    assert {row.category for row in unnamed if row.reason == "break-glass"} == {None}
    for row in unnamed:
        told = (row.person, row.client_ip, row.host, row.path, row.referrer_host, row.device, row.batch)
        assert not any(told)
        assert row.names == "[]"
        assert row.at.endswith("00:00.000000")
    # Ann was recorded before and after, and of what was open nothing names anybody or anything.
    named = {row.host for row in rows if row.record != "category"}
    assert named == {"allowed.test", "social.test"}
    outcomes = [gateway.outcome_of(row) for row in unnamed if row.step == "sni" and row.verdict == "allow"]
    assert {outcome.ended for outcome in outcomes} == {"break-glass-over"}
    own = gateway.command("break-glass", "confirm", reference, "--because", "I was right", check=False)
    assert own.returncode == 1
    assert "break-glass was open" in gateway.command("decisions", "--since", "1h").stderr


def _problems(gateway: Gateway) -> tuple[str, ...]:
    gateway.wait_for_beat()
    eventually(lambda: gateway.status().break_glass_left_s > 0, within=SECONDS + 1)
    return gateway.status().problems


def test_it_ends_by_itself_to_the_second(gateway: Gateway, world: World) -> None:
    """An opening lasts a minute at least; this one is entered with five seconds of it left."""
    until = enter(gateway.state, left=timedelta(seconds=5))
    eventually(lambda: statuses(gateway, world, "social.test") == {200}, within=SECONDS)
    line = tunnel(gateway, world, "social.test")
    client, url = gateway.client(), f"http://social.test:{world.http.port}/"
    answers: list[tuple[datetime, int, datetime]] = []
    while datetime.now(UTC) < until or answers[-1][1] == 200:
        before = datetime.now(UTC)
        answers.append((before, client.get(url).status, datetime.now(UTC)))
        assert (before - until).total_seconds() < 1
    assert all(status == 200 for _, status, after in answers if after < until)
    assert all(status == 407 for before, status, _ in answers if before > until)
    eventually(lambda: ended(line), within=SECONDS - (datetime.now(UTC) - until).total_seconds())
    with gateway.client(LOGIN).kept(f"https://allowed.test:{world.https1.port}/") as looked_into:
        answer = looked_into.get("/")
        assert answer is not None
        assert answer.status == 200, "and everything is as it was"


def enter(state: Path, left: timedelta) -> datetime:
    """An opening for a minute that has this much of it left."""
    engine = make_engine(DatabaseSettings(), state)
    now = datetime.now(UTC)
    with changing(engine) as connection:
        connection.execute(
            BreakGlassRow.__table__.insert().values(  # type: ignore[attr-defined]  # typed as any FROM clause
                id=uuid7(),
                at=now,
                actor="ops",
                event=BreakGlassEvent.OPENED,
                opening=new_reference(),
                because="a test",
                begins=now + left - timedelta(minutes=1),
                until=now + left,
            )
        )
    engine.dispose()
    return now + left
