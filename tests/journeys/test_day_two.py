"""Day two: a lost machine comes back, a release is taken and taken back, one of several gateways dies."""

import json
import os
import pwd
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from types import MappingProxyType

import psycopg
import pytest

from tests.journeys.conftest import World
from tests.journeys.harness import gateway as harness
from tests.journeys.harness.gateway import SLUICEGATE, Gateway, copy_state, environment, eventually
from tests.journeys.harness.load import at_work, kept
from tests.journeys.harness.releases import make_release, point, with_a_newer_schema
from tests.postgres import PostgresServer, postgres

__all__ = ["postgres"]

pytestmark = pytest.mark.journey

PASSPHRASE = "correct horse battery staple"
SECONDS = 2.0


def run(
    state: Path,
    *arguments: object,
    program: Path = SLUICEGATE,
    variables: Mapping[str, str] = MappingProxyType({}),
) -> tuple[int, str, str]:
    """A command as an operator gives it: code, stdout, stderr."""
    done = subprocess.run(
        [program, *map(str, arguments)],
        env={**environment(state), **variables},
        cwd=state.parent,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    return done.returncode, done.stdout, done.stderr


@contextmanager
def reviewing(gateway: Gateway) -> Iterator[None]:
    """A review service with this gateway's settings, which its commands find in the state folder."""
    with subprocess.Popen(
        [SLUICEGATE, "review", "serve"],
        env=environment(gateway.state),
        cwd=gateway.state,
        stderr=subprocess.PIPE,
        text=True,
    ) as service:
        assert service.stderr is not None
        assert "answers at" in service.stderr.readline()
        try:
            yield
        finally:
            service.terminate()


def kill(gateway: Gateway) -> None:
    """As a machine dies: every process, and none of them writes another byte."""
    assert gateway.process is not None
    pids = [gateway.process.pid, *below(gateway.process.pid)]
    for number in (signal.SIGSTOP, signal.SIGKILL):
        for pid in pids:
            with suppress(ProcessLookupError):
                os.kill(pid, number)
    gateway.process.wait()


def below(pid: int) -> list[int]:
    """The processes that a process has started, and those that these have."""
    started = [
        int(word)
        for task in Path(f"/proc/{pid}/task").glob("*/children")
        for word in task.read_text().split()
    ]
    return [*started, *(each for child in started for each in below(child))]


def keeper(gateway: Gateway) -> int:
    """The keeper's process."""
    return int(json.loads((gateway.state / "run" / "keeper.json").read_text())["pid"])


def get(gateway: Gateway, world: World, host: str) -> int:
    """What a client is answered."""
    return gateway.client().get(f"http://{host}:{world.http.port}/").status


@contextmanager
def hosts(url: str) -> Iterator[list[str]]:
    """The hosts of the final decisions in a PostgreSQL database."""
    with psycopg.connect(url) as connection:
        yield [row[0] for row in connection.execute("SELECT host FROM decision WHERE final ORDER BY at")]


def at_database(url: str) -> dict[str, dict[str, object]]:
    """The setting."""
    return {"database": {"url": url}}


def refuses_damage(state: Path, backup: Path, folder: Path) -> None:
    """A backup that is cut off or has one bit flipped, and another passphrase; nothing is written."""
    whole = backup.read_bytes()
    damaged, wrong = folder / "damaged.tar", folder / "wrong"
    for data in (whole[: len(whole) // 2], whole[:2000] + bytes([whole[2000] ^ 4]) + whole[2001:]):
        damaged.write_bytes(data)
        code, _, err = run(state, "restore", damaged)
        assert (code, err.count("\n")) == (1, 1), err
    wrong.write_text("another passphrase")
    code, _, err = run(state, "restore", backup, "--with-ca", "--passphrase-file", wrong)
    assert (code, "does not open" in err) == (1, True), err
    assert not state.exists()


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_a_gateway_comes_back_from_its_backup_on_an_empty_machine(
    kind: str, template: Path, world: World, tmp_path: Path, postgres: PostgresServer
) -> None:
    """Backed up while it serves and has records that no database has yet; then its machine dies."""
    with postgres.database() as before, postgres.database() as after:
        state = copy_state(template, template.parent / f"day-two-{kind}")
        settings = world.settings() | {"gateway": {"workers": 1, "drain_seconds": 3}}
        old, new = (
            at_database(postgres.url(name)) if kind == "postgresql" else {} for name in (before, after)
        )
        gateway = Gateway(state, settings | old)
        gateway.write_settings()
        gateway.command("db", "upgrade")
        gateway.start()
        restored = Gateway(state, settings | new)
        try:
            secret = tmp_path / "passphrase"
            secret.write_text(PASSPHRASE)
            gateway.command("lists", "block", "allowed.test", "--because", "phishing reported")
            eventually(lambda: get(gateway, world, "allowed.test") == 403, within=SECONDS + 1)
            gateway.shipped()
            os.kill(keeper(gateway), signal.SIGSTOP)
            assert get(gateway, world, "www.bet.test") == 403
            backup = tmp_path / "backup.tar"
            code, out, err = run(state, "backup", backup, "--with-ca", "--passphrase-file", secret)
            assert code == 0, err
            assert "SHA-256" in out
            ca = gateway.ca_file.read_bytes()
            kill(gateway)
            shutil.rmtree(state)

            variables = {"SLUICEGATE_DATABASE__URL": postgres.url(after)} if new else {}
            if kind == "sqlite":  # refused before any database is looked at
                refuses_damage(state, backup, tmp_path)
            code, out, err = run(
                state,
                "restore",
                backup,
                "--with-ca",
                "--passphrase-file",
                secret,
                "--json",
                variables=variables,
            )
            assert code == 0, err
            said = json.loads(out)
            assert said["records"] >= 1
            assert said["rows"]["local_entry"] == 1
            assert "connect_ports" in (state / "sluicegate.toml").read_text()

            restored.start()
            assert restored.ca_file.read_bytes() == ca, "clients go on trusting it"
            assert get(restored, world, "allowed.test") == 403, "the register is in force"
            assert get(restored, world, "bet.test") == 403, "the lists are in force"
            restored.shipped()
            if kind == "postgresql":
                with hosts(postgres.url(after)) as found:
                    assert found == ["www.bet.test", "allowed.test", "bet.test"]
                with psycopg.connect(postgres.url(after)) as connection:
                    changes = [row[0] for row in connection.execute("SELECT what FROM change ORDER BY at")]
            else:
                assert [
                    row.host for row in restored.rows("SELECT host FROM decision WHERE final ORDER BY at")
                ] == [
                    "www.bet.test",
                    "allowed.test",
                    "bet.test",
                ]
                changes = [row.what for row in restored.rows("SELECT what FROM change ORDER BY at")]
            assert changes == ["local entry: block", "restored"]
        finally:
            gateway.stop(signal.SIGKILL)
            restored.stop()
            shutil.rmtree(state, ignore_errors=True)


def test_a_release_is_taken_and_taken_back_without_a_failed_request(
    template: Path, world: World, tmp_path: Path, postgres: PostgresServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The database first; then the release before runs on the next schema, is replaced, and comes back."""
    old, new = make_release(tmp_path, "1.0"), make_release(tmp_path, "2.0")
    revision = with_a_newer_schema(new)
    current = tmp_path / "current"
    point(current, old)
    monkeypatch.setattr(harness, "SLUICEGATE", current / "bin" / "sluicegate")
    with postgres.database() as name:
        state = copy_state(template, template.parent / "upgrade")
        settings = world.settings() | {
            "gateway": {"workers": 1, "drain_seconds": 3},
            "database": {"url": postgres.url(name)},
        }
        gateway = Gateway(state, settings)
        gateway.write_settings()
        gateway.command("db", "upgrade")
        gateway.start()
        client = gateway.client()
        person = kept("kept", client, "allowed.test", world.http.port, "/")

        def by_whom() -> str:
            text = client.get(f"http://bet.test:{world.http.port}/").text
            return next(name for name in ("1.0", "2.0") if f"blocked by {name}" in text)

        try:
            with at_work(person):
                assert by_whom() == "1.0"
                code, out, err = run(state, "db", "upgrade", program=new / "bin" / "sluicegate")
                assert (code, revision in out) == (0, True), err
                # The release before, on the schema of the next: what runs goes on, what begins anew begins.
                gateway.command("lists", "block", "social.test", "--because", "from the release before")
                gateway.command("reload")
                assert by_whom() == "1.0"
                assert gateway.command("check", check=False).returncode == 0
                point(current, new)
                assert "as this release would" in gateway.command("lists", "rebuild").stdout
                gateway.command("reload")
                assert by_whom() == "2.0"
                gateway.command("lists", "block", "virus.test", "--because", "from the next release")
                point(current, old)
                gateway.command("reload")
                assert by_whom() == "1.0"
            assert person.failures == []
            assert person.answers > 20
            gateway.shipped()
            with psycopg.connect(postgres.url(name)) as connection:
                ask = connection.execute
                recorded = ask(
                    "SELECT count(*) FROM decision WHERE final AND host = 'allowed.test'"
                ).fetchone()
                assert recorded == (person.answers,)
                assert ask("SELECT count(*) FROM local_entry").fetchone() == (2,)
        finally:
            gateway.stop()
            shutil.rmtree(state)


def test_one_of_two_gateways_dies_and_nothing_is_lost_while_the_other_serves_on(
    template: Path, world: World, tmp_path: Path, postgres: PostgresServer
) -> None:
    """One database, one folder of lists and Rulesets; registers and lists hold in both within two seconds."""
    shared = template.parent / "shared"
    with postgres.database() as name:
        gateways = []
        for number in (1, 2):
            state = copy_state(template, template.parent / f"gw-{number}")
            if number == 1:
                shared.mkdir()
                for part in ("lists", "rulesets"):
                    (state / part).rename(shared / part)
            else:
                for part in ("lists", "rulesets"):
                    shutil.rmtree(state / part)
            settings = world.settings() | {
                "gateway": {"workers": 1, "drain_seconds": 3, "name": f"gw-{number}"},
                "database": {"url": postgres.url(name)},
                "categories": {"shared_folder": str(shared), "shipped_lists": False},
                "review": {"programs": [pwd.getpwuid(os.getuid()).pw_name]},
            }
            gateways.append(Gateway(state, settings))
            gateways[-1].write_settings()
        one, two = gateways
        one.command("db", "upgrade")
        try:
            for gateway in gateways:
                gateway.start()
            assert [get(gateway, world, "bet.test") for gateway in gateways] == [403, 403]

            def in_both(host: str, status: int) -> float:
                began = time.monotonic()
                eventually(
                    lambda: {get(gateway, world, host) for gateway in gateways} == {status},
                    within=SECONDS + 1,
                )
                return time.monotonic() - began

            one.command("lists", "block", "allowed.test", "--because", "phishing reported")
            assert in_both("allowed.test", 403) < SECONDS
            two.command("lists", "forget", "allowed.test", "--because", "a mistake")
            assert in_both("allowed.test", 200) < SECONDS
            (tmp_path / "news.txt").write_text("allowed.test\n")
            with reviewing(two):  # which says what many people visit, before it is blocked
                two.command(
                    "lists", "import", "--category", "gambling", "--name", "news", str(tmp_path / "news.txt")
                )
            assert in_both("allowed.test", 403) < SECONDS

            for gateway in gateways:
                age = gateway.status().shared_age_s
                assert age is not None
                assert age < 5

            # The file server goes away, and takes every mapped page with it.
            shared.rename(shared.with_name("away"))
            person = kept("kept", two.client(), "updates.test", world.http.port, "/")
            with at_work(person):
                # One gateway dies with records that no database has.
                os.kill(keeper(one), signal.SIGSTOP)
                last = [get(one, world, f"www{number}.bet.test") for number in range(5)]
                assert last == [403] * 5
                kill(one)
                assert get(two, world, "bet.test") == 403
                two.command("lists", "block", "social.test", "--because", "while one is dead")
                one.start()
                assert get(one, world, "social.test") == 403
                eventually(lambda: person.answers > 20)
            assert person.failures == []
            shared.with_name("away").rename(shared)
            for gateway in gateways:
                gateway.shipped()
            with psycopg.connect(postgres.url(name)) as connection:
                rows = connection.execute(
                    "SELECT host, gateway FROM decision WHERE final AND host LIKE 'www%' ORDER BY host"
                ).fetchall()
                of_two = connection.execute(
                    "SELECT count(*) FROM decision WHERE final AND gateway = 'gw-2' AND host = 'updates.test'"
                ).fetchone()
            assert rows == [(f"www{number}.bet.test", "gw-1") for number in range(5)]
            assert of_two == (person.answers,)
        finally:
            for gateway in gateways:
                gateway.stop()
                shutil.rmtree(gateway.state)
            shutil.rmtree(shared, ignore_errors=True)
            shutil.rmtree(shared.with_name("away"), ignore_errors=True)
