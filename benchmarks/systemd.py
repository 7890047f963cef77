"""
Does the service run as it is shipped, on a machine of its own, under a real systemd?

A Debian machine is made from packages (once, kept in --machine), booted in namespaces without a network, and
set up as an administrator would: `deploy/install.sh` from a wheel and a folder of packages, an authority,
`systemctl start`. Then it is looked at what holds: ready when it serves, TLS under every restriction of the
unit, a reload, a reload that fails and changes nothing, another release and back again, a supervisor that
is killed, every timed job, the hook, the rules, the stop; and that no host stands in the journal.

What it changes it changes in memory; the machine in --machine stays as it was made. Needs root, the Debian
packages debootstrap and systemd-container, Python packages from an index, and some minutes.

    python -m benchmarks.systemd [--machine FOLDER] [--suite trixie]
"""

import argparse
import hashlib
import json
import re
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.load.debian import (
    DATA,
    Machine,
    Report,
    booted,
    make_machine,
    make_release,
    need_programs,
    timed,
)

EXPOSURE = 2.0
READY_SECONDS = 30.0  # a first start, which compiles the shipped lists
RESTART_SECONDS = 15.0
STOP_SECONDS = 60.0
HOST = "www.bet365.com"  # of the shipped lists
HOOK = "/usr/local/sbin/sluicegate-alarm"
SETTINGS = "/etc/sluicegate/sluicegate.toml"
# One request inside TLS, by the machine's own Python: prints TLS's version and the status line. The client is
# told of the proxy, or asks an origin's address, where nobody is.
ASK = """
import socket, ssl, sys
address, port, host = sys.argv[1], int(sys.argv[2]), sys.argv[3]
s = socket.create_connection((address, port), 10)
if port != 443:
    s.sendall(f"CONNECT {host}:443 HTTP/1.1\\r\\nHost: {host}:443\\r\\n\\r\\n".encode())
    s.recv(4096)
t = ssl.create_default_context(cafile="/tmp/roots.pem").wrap_socket(s, server_hostname=host)
t.sendall(f"GET / HTTP/1.1\\r\\nHost: {host}\\r\\n\\r\\n".encode())
print(t.version(), t.recv(4096).split(b"\\r\\n")[0].decode())
"""
METRICS = "import urllib.request as u; print(u.urlopen('http://127.0.0.1:9465/metrics').read().decode())"
# A client behind the machine, in a network of its own, as deploy/nftables/networks.nft has it.
CLIENT = """
set -e
ip netns add client
ip link add inside type veth peer name outside netns client
ip address add 192.0.2.1/24 dev inside
ip link set inside up
ip -n client address add 192.0.2.10/24 dev outside
ip -n client link set outside up
ip -n client route add default via 192.0.2.1
mkdir -p /etc/sluicegate/nftables.d
cp /opt/sluicegate/current/deploy/nftables/networks.nft /etc/sluicegate/nftables.d/
"""


def begin(machine: Machine, names: tuple[str, str], release: Path, report: Report) -> tuple[str, str]:
    """Set it up as an administrator would, and start it; the versions that are installed."""
    first, second = (install(machine, release, name, report) for name in names)
    report.line(
        "systemd-analyze verify",
        machine.run("systemd-analyze", "verify", "sluicegate.service").stderr == "",
        "",
    )
    machine.sh("echo correct-horse-battery-staple >/tmp/phrase; chown sluicegate /tmp/phrase")
    machine.do("sluicegate", "ca", "init", "--root-key", "/tmp/root.pem", "--passphrase-file", "/tmp/phrase")
    machine.sh("sluicegate ca export >/tmp/roots.pem")

    for unit in ("sluicegate", "sluicegate-dispose", "sluicegate-backup", "sluicegate_nftables"):
        said = machine.do("systemd-analyze", "security", "--no-pager", f"{unit}.service").splitlines()[-1]
        exposure = float(re.findall(r"\d+\.\d", said)[-1])
        report.line(f"{unit}.service: exposure at most {EXPOSURE}", exposure <= EXPOSURE, exposure)

    took = timed(machine, "systemctl", "start", "sluicegate.service")
    report.line(f"ready within {READY_SECONDS:.0f} s of a first start", took < READY_SECONDS, f"{took:.1f} s")
    status = machine.do("cat", f"/proc/{machine.main_process()}/status")
    closed = all(
        re.search(line, status) for line in (r"CapBnd:\s0+\n", r"NoNewPrivs:\s1\n", r"Seccomp:\s2\n")
    )
    report.line("no capability, no new privileges, filtered system calls", closed, "")
    report.line("a refusal inside TLS", (said := ask(machine)).endswith("403 Forbidden"), said)

    clock = "clock_max_error_seconds" in machine.do("python3", "-c", METRICS)
    report.line("metrics, the clock's among them", clock, "")
    return first, second


def change(machine: Machine, first: str, second: str, report: Report) -> None:
    """Reload it, well and badly; switch to another release and back; kill it."""
    took = timed(machine, "systemctl", "reload", "sluicegate.service")
    report.line("systemctl reload: the next generation serves", generation(machine) == 2, f"{took:.1f} s")
    machine.sh(f"cp {SETTINGS} /tmp/kept; echo 'workers = 0' >>{SETTINGS}")
    failed = machine.run("systemctl", "reload", "sluicegate.service").returncode
    kept = (generation(machine), ask(machine).endswith("403 Forbidden")) == (2, True)
    report.line(
        "a reload with broken settings fails and changes nothing", bool(failed) and kept, f"exit {failed}"
    )
    machine.sh(f"cat /tmp/kept >{SETTINGS}")

    for version, way in ((second, "another release by switch and reload"), (first, "and back again")):
        machine.do("/srv/release/deploy/install.sh", "--switch", version)
        machine.do("systemctl", "reload", "sluicegate.service")
        machine.sh("sleep 2")
        programs = machine.do("ps", "-eo", "args")
        runs = f"/opt/sluicegate/{version}/bin/python /opt/sluicegate/current/bin/sluicegate run" in programs
        report.line(way, runs and ask(machine).endswith("403 Forbidden"), version)

    before = machine.main_process()
    machine.do("kill", "-KILL", str(before))
    began = time.monotonic()
    while time.monotonic() - began < RESTART_SECONDS and (
        machine.main_process() in {0, before} or machine.run("sluicegate", "status").returncode
    ):
        time.sleep(0.2)
    took = time.monotonic() - began
    report.line("a supervisor that is killed: serves again", took < RESTART_SECONDS, f"{took:.1f} s")


def beside(machine: Machine, report: Report) -> None:
    """The timed jobs, the hook that tells a person, the packet filter's rules."""
    for job in ("dispose", "check", "backup", "lists"):
        done = machine.run("systemctl", "start", f"sluicegate-{job}.service")
        report.line(f"sluicegate-{job}.service", done.returncode == 0, done.stderr.strip()[:80])
    machine.sh(
        f"printf '#!/bin/sh\\necho told of $1\\n' >{HOOK}; chmod 755 {HOOK}; echo nonsense >>{SETTINGS}"
    )
    machine.run("systemctl", "start", "sluicegate-check.service")
    machine.sh(f"sleep 1; cat /tmp/kept >{SETTINGS}")
    told = "told of sluicegate-check.service" in machine.do("journalctl", "--unit=sluicegate_alarm@*")
    report.line("a job that fails: the hook is called", told, "")
    machine.do("systemctl", "reset-failed")

    machine.sh(CLIENT)
    machine.do("systemctl", "start", "sluicegate_nftables.service")
    rules = machine.do("nft", "list", "table", "inet", "sluicegate")
    found = f"{rules.count(chr(10))} lines"
    report.line("sluicegate_nftables.service: rules, by no root", "redirect" in rules, found)
    machine.sh(f"sed -i '/^.gateway.$/a mode = \"both\"' {SETTINGS}")
    machine.do("systemctl", "reload", "sluicegate.service")
    said = ask(machine, ("203.0.113.7", "443"), "ip", "netns", "exec", "client")
    report.line("a client that was redirected: the same refusal", said.endswith("403 Forbidden"), said)


def end(machine: Machine, report: Report) -> None:
    """Stop it, and look at what it leaves."""
    controllers = machine.sh("cat /sys/fs/cgroup/cgroup.controllers 2>/dev/null || true")
    if "memory" not in controllers:
        print(
            "          not tried: MemoryMax and TasksMax; this kernel gives the machine no such controllers"
        )

    took = timed(machine, "systemctl", "stop", "sluicegate.service")
    left = machine.run("pgrep", "--uid", "sluicegate").stdout.split()
    report.line(
        f"stops within {STOP_SECONDS:.0f} s and leaves nobody behind",
        took < STOP_SECONDS and not left,
        f"{took:.1f} s",
    )
    journal = machine.do("journalctl", "--no-pager", "--unit=sluicegate*")
    report.line(
        "no host in the journal",
        HOST not in journal and len(journal) > 1000,
        f"{journal.count(chr(10))} lines",
    )
    failed_units = machine.do("systemctl", "--failed", "--no-legend", "--plain")
    report.line("no unit has failed", failed_units == "", failed_units)


def install(machine: Machine, release: Path, name: str, report: Report) -> str:
    """Install a wheel by its hash, from the folder of packages; its version."""
    digest = hashlib.sha256((release / "dist" / name).read_bytes()).hexdigest()
    call = ["/srv/release/deploy/install.sh", "--wheels", "/srv/release/wheels", "--sha256", digest]
    took = timed(machine, *call, f"/srv/release/dist/{name}")
    version = name.split("-")[1]
    report.line(f"install.sh: {version}", True, f"{took:.1f} s, without a network")
    return version


def ask(machine: Machine, where: tuple[str, str] = ("127.0.0.1", "8080"), *within: str) -> str:
    """What a client is told inside TLS."""
    done = machine.run(*within, "python3", "-c", ASK, *where, HOST)
    return done.stdout.strip() or done.stderr.strip().rpartition("\n")[2]


def generation(machine: Machine) -> int:
    """Which one serves."""
    found: int = json.loads(machine.do("sluicegate", "status", "--json"))["generation"]
    return found


def main(folder: Path, suite: str) -> int:
    """Print what held; 1 when something did not."""
    need_programs()
    make_machine(folder, suite)
    report = Report()
    with tempfile.TemporaryDirectory() as temporary:
        release = Path(temporary)
        names = make_release(release)
        with booted(folder, release) as machine:
            print(f"{machine.do('systemctl', '--version').splitlines()[0]} on {suite}", flush=True)
            change(machine, *begin(machine, names, release, report), report)
            beside(machine, report)
            end(machine, report)
    return 1 if report.failed else 0


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=(__doc__ or "").strip().splitlines()[0])
    parser.add_argument("--suite", default="trixie", help="Debian's name for the release")
    parser.add_argument("--machine", type=Path, help="where the machine is kept between runs")
    given = parser.parse_args()
    sys.exit(main(given.machine or DATA / given.suite, given.suite))
