"""The kernel's settings, applied by the kernel, in a network of its own: this machine stays as it is."""

import re
import subprocess
from pathlib import Path

import pytest

from addons.server.listen import BACKLOG
from addons.settings import GatewaySettings

FILE = Path(__file__).parents[2] / "deploy" / "sysctl" / "90-sluicegate.conf"
SETTINGS = dict(re.findall(r"^([a-z][\w.]*) = (.+)$", FILE.read_text("utf-8"), re.MULTILINE))
OF_A_NETWORK = {name: value for name, value in SETTINGS.items() if name.startswith("net.")}
APPLY = 'sysctl --quiet --load "$0" && sysctl "$@"'


def test_every_line_is_a_setting_a_comment_or_empty() -> None:
    for line in FILE.read_text("utf-8").splitlines():
        assert re.fullmatch(r"(#.*|-?[a-z][\w.]* = [\d ]+|)", line), line


@pytest.mark.parametrize("name", SETTINGS)
def test_the_kernel_knows_it(name: str) -> None:
    assert Path("/proc/sys", name.replace(".", "/")).exists()


def test_a_network_takes_every_value(tmp_path: Path) -> None:
    file = tmp_path / "network.conf"
    file.write_text("".join(f"{name} = {value}\n" for name, value in OF_A_NETWORK.items()))
    assert len(OF_A_NETWORK) >= 12
    done = subprocess.run(
        ["unshare", "--map-root-user", "--net", "sh", "-c", APPLY, str(file), *OF_A_NETWORK],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    taken = dict(line.split(" = ") for line in done.stdout.splitlines())
    assert {name: value.split() for name, value in taken.items()} == {
        name: value.split() for name, value in OF_A_NETWORK.items()
    }


def test_the_ports_given_to_connections_are_not_those_we_listen_on() -> None:
    lowest = int(SETTINGS["net.ipv4.ip_local_port_range"].split()[0])
    settings = GatewaySettings()
    for address in (*settings.listen, *settings.transparent_listen):
        assert int(address.rpartition(":")[2]) < lowest


def test_the_queue_we_ask_for_is_granted() -> None:
    assert int(SETTINGS["net.core.somaxconn"]) >= BACKLOG
