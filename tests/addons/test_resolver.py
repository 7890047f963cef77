"""Names become addresses once, and every address is checked."""

import asyncio
import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from addons import resolver as module
from addons.resolver import NotResolved, install, read_hosts
from addons.settings import DestinationSettings
from policy.errors import ConfigurationError
from policy.words import Ended


class System:
    """A system resolver that answers from a dictionary, in threads, and can be made to hang."""

    def __init__(self) -> None:
        self.names: dict[str, list[str]] = {}
        self.asked: list[str] = []
        self.silent = threading.Event()
        self.hangs: set[str] = set()

    def getaddrinfo(self, host: str, _port: object, **_options: object) -> list[object]:
        self.asked.append(host)
        if host in self.hangs:
            self.silent.wait(10)
        if host == "busy.test":
            raise socket.gaierror(socket.EAI_AGAIN, "try again")
        if host not in self.names:
            raise socket.gaierror(socket.EAI_NONAME, "no such name")
        return [
            (socket.AF_INET6 if ":" in address else socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, 0))
            for address in self.names[host]
        ]


@pytest.fixture
def system(monkeypatch: pytest.MonkeyPatch) -> Iterator[System]:
    fake = System()
    monkeypatch.setattr(socket, "getaddrinfo", fake.getaddrinfo)
    yield fake
    fake.silent.set()


async def resolve(host: str, port: int = 80) -> list[str]:
    """As a connection that is being opened would."""
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    assert all(where[1] == port for *_, where in found)
    return [str(where[0]) for *_, where in found]


async def failure(host: str, port: int = 80) -> Ended:
    with pytest.raises(NotResolved) as caught:
        await resolve(host, port)
    assert host not in str(caught.value)
    return caught.value.ended


def installed(**settings: object) -> None:
    install(
        asyncio.get_running_loop(),
        DestinationSettings.model_validate(settings),
        [("203.0.113.200", 8080)],
    )


async def test_a_name_becomes_its_addresses_in_the_order_given(system: System) -> None:
    installed()
    system.names["fine.test"] = ["9.9.9.9", "2620:fe::fe"]
    assert await resolve("fine.test") == ["9.9.9.9", "2620:fe::fe"]


@pytest.mark.parametrize(
    "addresses",
    [
        pytest.param(["127.0.0.1"], id="loopback"),
        pytest.param(["10.0.0.1"], id="private"),
        pytest.param(["169.254.169.254"], id="link-local"),
        pytest.param(["::ffff:192.168.0.1"], id="mapped"),
        pytest.param(["64:ff9b::a00:1"], id="nat64"),
        pytest.param(["9.9.9.9", "127.0.0.1"], id="one-of-two"),
    ],
)
async def test_an_answer_with_an_inner_address_in_it_is_refused_as_a_whole(
    system: System, addresses: list[str]
) -> None:
    installed()
    system.names["rebinding.test"] = addresses
    assert await failure("rebinding.test") is Ended.PRIVATE_ADDRESS


async def test_a_named_inner_network_is_reached_but_not_ourselves_in_it(system: System) -> None:
    installed(inner=["203.0.113.0/24"])
    system.names["intranet.test"] = ["203.0.113.9"]
    system.names["gateway.test"] = ["203.0.113.200"]
    assert await resolve("intranet.test") == ["203.0.113.9"]
    assert await failure("gateway.test", 8080) is Ended.PRIVATE_ADDRESS
    assert await resolve("gateway.test", 443) == ["203.0.113.200"]


async def test_why_a_name_leads_nowhere_is_told(system: System) -> None:
    installed(resolve_seconds=0.05)
    system.hangs.add("slow.test")
    assert await failure("missing.test") is Ended.NO_SUCH_NAME
    assert await failure("slow.test") is Ended.TIMEOUT
    assert await failure("busy.test") is Ended.TIMEOUT
    assert await failure("a" * 64 + ".test") is Ended.NO_SUCH_NAME


async def test_an_answer_is_kept_for_a_moment_and_asked_for_once_by_many(system: System) -> None:
    installed()
    system.names["fine.test"] = ["9.9.9.9"]
    await asyncio.gather(*(resolve("fine.test", port) for port in range(80, 100)))
    await resolve("fine.test")
    assert await failure("missing.test") is Ended.NO_SUCH_NAME
    assert await failure("missing.test") is Ended.NO_SUCH_NAME
    assert system.asked == ["fine.test", "missing.test"]


async def test_an_answer_is_not_kept_for_long(system: System, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_KEPT_SECONDS", 0.0)
    installed()
    system.names["fine.test"] = ["9.9.9.9"]
    await resolve("fine.test")
    system.names["fine.test"] = ["127.0.0.1"]
    assert await failure("fine.test") is Ended.PRIVATE_ADDRESS


async def test_names_whose_servers_are_silent_hold_up_no_other(system: System) -> None:
    """Asyncio's own six threads would all be waiting."""
    installed(resolve_seconds=5)
    system.names["fine.test"] = ["9.9.9.9"]
    silent = [f"silent{number}.test" for number in range(20)]
    system.hangs.update(silent)
    waiting = [asyncio.ensure_future(resolve(host)) for host in silent]
    assert await asyncio.wait_for(resolve("fine.test"), 2) == ["9.9.9.9"]
    system.silent.set()
    assert all(isinstance(e, NotResolved) for e in await asyncio.gather(*waiting, return_exceptions=True))


async def test_one_client_that_leaves_takes_nobody_s_answer_along(system: System) -> None:
    installed()
    system.names["slow.test"] = ["9.9.9.9"]
    system.hangs.add("slow.test")
    leaving, staying = (
        asyncio.ensure_future(resolve("slow.test")),
        asyncio.ensure_future(resolve("slow.test")),
    )
    await asyncio.sleep(0.05)
    leaving.cancel()
    system.silent.set()
    assert await staying == ["9.9.9.9"]


async def test_the_hosts_file_is_asked_first_and_checked_like_any_answer(
    system: System, tmp_path: Path
) -> None:
    hosts = tmp_path / "hosts"
    hosts.write_text(
        "# ours\n203.0.113.9 Intranet.Test other.test # a comment\n"
        "2620:fe::9 intranet.test\n10.0.0.1 in.test\n"
    )
    installed(hosts_file=hosts, inner=["203.0.113.0/24"])
    assert await resolve("intranet.test") == ["203.0.113.9", "2620:fe::9"]
    assert await failure("in.test") is Ended.PRIVATE_ADDRESS
    assert system.asked == []


@pytest.mark.parametrize("text", ["not-an-address a.test", "9.9.9.9 a..b", "\xff\xfe"])
def test_a_hosts_file_that_is_none_is_refused_with_its_line(tmp_path: Path, text: str) -> None:
    hosts = tmp_path / "hosts"
    hosts.write_bytes(text.encode("latin-1"))
    with pytest.raises(ConfigurationError, match=r"destinations\.hosts_file"):
        read_hosts(hosts)
    with pytest.raises(ConfigurationError, match="No such file"):
        read_hosts(tmp_path / "missing")
