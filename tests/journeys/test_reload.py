"""Reload: new settings, policy and code without a failed request, or nothing at all."""

import json
import os
import shutil
import signal
import socket
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

import addons
from tests.journeys.conftest import StartGateway, World
from tests.journeys.harness.clients import Line, exchange
from tests.journeys.harness.gateway import Gateway, eventually
from tests.journeys.harness.load import Person, at_work, kept, streams
from tests.ports import refuses_clients

pytestmark = pytest.mark.journey


def said(gateway: Gateway) -> dict[str, object]:
    """What the supervisor says."""
    return dict(json.loads((gateway.state / "run" / "gateway.json").read_text()))


def children(pid: int) -> set[int]:
    """Every process below `pid`, by /proc."""
    found: set[int] = set()
    waiting = [pid]
    while waiting:
        for task in Path(f"/proc/{waiting.pop()}/task").glob("*/children"):
            try:
                below = {int(word) for word in task.read_text().split()}
            except OSError:
                continue
            waiting += below - found
            found |= below
    return found


def is_alive(pid: int) -> bool:
    """Whether it runs."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def pid_of(gateway: Gateway) -> int:
    """The supervisor's."""
    assert gateway.process is not None
    return gateway.process.pid


def alone(gateway: Gateway) -> None:
    """Wait until the old generation is gone: it has been told, and may let somebody in until it hears it."""
    eventually(lambda: len(gateway.status().generations) == 1, what="the end of the old generation")


def arbiter_of(gateway: Gateway) -> int:
    """The arbiter's of the generation that serves."""
    return next(one.pid for one in gateway.status().generations if one.state == "serving")


def in_a_tunnel(gateway: Gateway, world: World) -> Line:
    """TLS with the origin itself: a privileged site is never decrypted."""
    return gateway.client().tls("union.test", world.https1.port, trust=world.authority.ca_file)


def test_no_request_fails_across_four_reloads_and_nothing_is_left_of_the_old(
    start: StartGateway, world: World
) -> None:
    """What is kept, HTTP/2, what takes two seconds, and a tunnel."""
    gateway = start(workers=2, settings={"gateway": {"drain_seconds": 10}})
    client = gateway.client()
    at_rest = len(children(pid_of(gateway)))
    people: list[Person] = [
        kept("kept", client, "allowed.test", world.http.port, "/"),
        kept("kept, in TLS", client, "allowed.test", world.https1.port, "/", tls=True),
        streams("HTTP/2", client, "allowed.test", world.https.port, "/", "/bytes/100000", "/slow/0.2"),
        kept("a long download", client, "allowed.test", world.http.port, "/drip/2"),
    ]
    generations: list[int] = []
    with at_work(*people):
        for _ in range(4):
            tunnel = in_a_tunnel(gateway, world)
            eventually(lambda: all(one.answers for one in people))
            done = gateway.command("reload")
            assert done.stdout.startswith("reloaded: generation ")
            generations.append(len(gateway.status().generations))
            again = exchange(tunnel, "GET", "/", f"union.test:{world.https1.port}")
            assert again is not None
            assert again.status == 200, "a tunnel outlives the reload"
            tunnel.close()
    assert [failure for one in people for failure in one.failures] == []
    assert all(one.connections > 3 for one in people), people
    assert max(generations) == 2
    assert gateway.status().generation == 5
    eventually(lambda: len(children(pid_of(gateway))) == at_rest, what="the end of the old generations")
    assert not gateway.status().problems
    gateway.stop()


@pytest.fixture(scope="module")
def kept_gateway(start: StartGateway) -> Gateway:
    """One for the reloads that change nothing."""
    return start()


def _wrong_setting(gateway: Gateway) -> str:
    (gateway.state / "sluicegate.toml").write_text("[gateway]\nworkers = 0\n")
    return "gateway.workers"


def _broken_policy(gateway: Gateway) -> str:
    (gateway.state / "policy.toml").write_text("[about]\n")
    return "policy.toml"


def _vanished_people(gateway: Gateway) -> str:
    text = (gateway.state / "sluicegate.toml").read_text()
    (gateway.state / "sluicegate.toml").write_text(
        f'{text}\n[identity]\nkinds = ["htpasswd"]\nhtpasswd_file = "gone"\n'
    )
    return "gone"


def _taken_port(gateway: Gateway) -> str:
    path = gateway.state / "sluicegate.toml"
    path.write_text(path.read_text().replace("127.0.0.1:0", f"127.0.0.1:{TAKEN.getsockname()[1]}"))
    return "is in use"


def _spool_that_cannot_be_written(gateway: Gateway) -> str:
    """Nothing that could be looked at before: the worker itself finds out."""
    for slot in (gateway.state / "spool").glob("slot-*"):
        assert slot.name == "slot-0"
    (gateway.state / "spool" / "slot-1").write_text("a file in the place of a folder")
    return "slot-1"


TAKEN = socket.create_server(("127.0.0.1", 0))


@pytest.mark.parametrize(
    "damage",
    [_wrong_setting, _broken_policy, _vanished_people, _taken_port, _spool_that_cannot_be_written],
)
def test_what_is_wrong_is_one_line_and_changes_nothing(
    kept_gateway: Gateway, world: World, damage: Callable[[Gateway], str]
) -> None:
    before = kept_gateway.status()
    url = f"http://allowed.test:{world.http.port}/"
    with kept_gateway.client().kept(url) as connection:
        first = connection.get("/")
        says = damage(kept_gateway)
        ended = kept_gateway.command("reload", check=False)
        assert ended.returncode == 3
        assert ended.stdout == ""
        (line,) = ended.stderr.splitlines()
        assert line.startswith("sluicegate: not reloaded, nothing has changed: ")
        assert says in line
        second = connection.get("/")
    assert first is not None
    assert second is not None
    assert (first.status, second.status) == (200, 200), "on the very connection"
    after = kept_gateway.status()
    assert [worker.pid for worker in after.workers] == [worker.pid for worker in before.workers]
    assert after.generation == before.generation
    kept_gateway.write_settings()
    (kept_gateway.state / "spool" / "slot-1").unlink(missing_ok=True)


def test_changed_settings_and_policy_hold_afterwards(
    kept_gateway: Gateway, world: World, tmp_path: Path
) -> None:
    gateway = kept_gateway
    url = f"http://allowed.test:{world.http.port}/"
    before = gateway.proxy
    assert gateway.client().get(url).status == 200
    settings = (gateway.state / "sluicegate.toml").read_text()
    hosts = tmp_path / "hosts"
    hosts.write_text(f"{world.hosts_file.read_text()}127.0.0.1 new.test\n")
    free = socket.create_server(("127.0.0.1", 0))
    address = f"127.0.0.1:{free.getsockname()[1]}"
    free.close()
    (gateway.state / "sluicegate.toml").write_text(
        settings.replace(json.dumps(str(world.hosts_file)), json.dumps(str(hosts)))
        .replace('["127.0.0.1:0"]', json.dumps([address]))
        .replace("workers = 1", "workers = 2")
    )
    policy = gateway.state / "policy.toml"
    policy.write_text(policy.read_text().replace('title = "Gambling"', 'title = "Games of chance"'))
    done = gateway.command("reload", check=False)
    assert done.stderr == ""
    status = gateway.status()
    assert (status.listen, status.workers_wanted) == ((address,), 2)
    host, _, port = address.rpartition(":")
    gateway.proxy = (host, int(port))
    alone(gateway)
    assert gateway.client().get(f"http://new.test:{world.http.port}/").status == 200
    assert "Games of chance" in gateway.client().get(f"http://bet.test:{world.http.port}/").text

    eventually(lambda: refuses_clients(*before), what="the end of the old address")


def _release(folder: Path, name: str, heading: str) -> Path:
    """A release beside the installed one, whose refusals have another heading."""
    here = folder / name
    shutil.copytree(Path(next(iter(addons.__path__))), here / "lib" / "addons")
    strings = here / "lib" / "addons" / "pages" / "strings" / "refusal.py"
    text = strings.read_text()
    assert "this page is blocked" in text
    strings.write_text(text.replace("this page is blocked", heading))
    program = here / "bin" / "sluicegate"
    program.parent.mkdir()
    program.write_text(
        f"#!{sys.executable} -P\nimport sys\nsys.path.insert(0, {str(here / 'lib')!r})\n"
        "from console.cli.main import main\nmain()\n"
    )
    program.chmod(0o755)
    return here


def test_a_reload_takes_the_code_that_the_path_leads_to(
    start: StartGateway, world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As an upgrade does it: a link is pointed at the new release."""
    current = tmp_path / "current"
    current.symlink_to(_release(tmp_path, "1.0", "blocked by 1.0"))
    monkeypatch.setattr("tests.journeys.harness.gateway.SLUICEGATE", current / "bin" / "sluicegate")
    gateway = start()
    url = f"http://bet.test:{world.http.port}/"
    assert "blocked by 1.0" in gateway.client().get(url).text
    following = tmp_path / "following"
    following.symlink_to(_release(tmp_path, "2.0", "blocked by 2.0"))
    following.replace(current)
    assert "blocked by 1.0" in gateway.client().get(url).text
    gateway.command("reload")
    alone(gateway)
    assert "blocked by 2.0" in gateway.client().get(url).text


def test_whatever_is_killed_is_replaced_or_gone(start: StartGateway, world: World) -> None:
    gateway = start(settings={"gateway": {"drain_seconds": 20}})
    client = gateway.client()
    url = f"http://allowed.test:{world.http.port}/"

    # A worker of the generation that serves, while another drains.
    line = client.line()
    line.send(f"GET http://allowed.test:{world.http.port}/hang HTTP/1.1\r\nHost: x.test\r\n\r\n".encode())
    eventually(lambda: world.http.seen.requests)
    gateway.command("reload")
    assert [one.state for one in gateway.status().generations] == ["draining", "serving"]
    killed = next(worker.pid for worker in gateway.status().workers if worker.generation == 2)
    os.kill(killed, signal.SIGKILL)
    began = time.monotonic()
    eventually(
        lambda: [w for w in gateway.status().workers if w.ready and w.generation == 2 and w.pid != killed]
    )
    assert time.monotonic() - began < 1
    assert client.get(url).status == 200
    line.close()
    eventually(lambda: len(gateway.status().generations) == 1, what="the end of the old generation")

    # The whole generation: another is started, and the port stays.
    below = children(pid_of(gateway))
    os.kill(arbiter_of(gateway), signal.SIGKILL)
    eventually(lambda: gateway.status().generation == 3 and gateway.status().serving, within=20)
    assert client.get(url).status == 200
    eventually(lambda: not any(map(is_alive, below)), what="the end of its orphans")

    # The supervisor: everything goes.
    below = children(pid_of(gateway))
    assert len(below) > 2
    assert gateway.process is not None
    gateway.process.kill()
    gateway.process.wait()
    began = time.monotonic()
    eventually(lambda: not any(map(is_alive, below)), what="the end of what it started")
    assert time.monotonic() - began < 3
