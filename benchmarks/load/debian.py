"""
A small Debian with a real systemd, for benchmarks that do on it what an administrator does.

It is made from packages once and kept; booted in namespaces of its own, where what it writes stays in memory.
Needs root and the Debian packages debootstrap and systemd-container.
"""

import os
import re
import shutil
import signal
import subprocess
import time
import venv
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).parents[2]
DATA = ROOT / ".data" / "machines"
PACKAGES = (
    "systemd,systemd-sysv,dbus,ca-certificates,python3,python3-venv,procps,util-linux,nftables,iproute2"
)


class Machine:
    """A booted machine: commands run in it as its root."""

    def __init__(self, init: int) -> None:
        into = ("--mount", "--uts", "--ipc", "--net", "--pid", "--wdns=/")
        clean = ("env", "-i", "PATH=/usr/sbin:/usr/bin:/sbin:/bin", "LANG=C.UTF-8", "HOME=/root")
        self._enter = ("nsenter", f"--target={init}", *into, "--", *clean)

    def command(self, *words: str) -> list[str]:
        """A command line that runs `words` there."""
        return [*self._enter, *words]

    def run(self, *command: str) -> subprocess.CompletedProcess[str]:
        """Run it; whatever comes of it."""
        return subprocess.run(self.command(*command), capture_output=True, text=True, check=False)

    def do(self, *command: str) -> str:
        """Run it; what it prints. Ends the benchmark where it fails."""
        done = self.run(*command)
        if done.returncode:
            raise SystemExit(f"{' '.join(command)}: {done.returncode}\n{done.stdout}{done.stderr}")
        return done.stdout.strip()

    def sh(self, script: str) -> str:
        """The same for a line of the shell."""
        return self.do("sh", "-c", script)

    def main_process(self) -> int:
        """The supervisor's number, in the machine."""
        return int(self.do("systemctl", "show", "--property=MainPID", "--value", "sluicegate.service"))


class Report:
    """What was asked, and what was found."""

    def __init__(self) -> None:
        self.failed = 0

    def line(self, what: str, held: bool, found: object) -> None:
        """One row, at once."""
        self.failed += not held
        print(f"{'held' if held else 'NOT HELD':<9} {what:<58} {found}", flush=True)


def need_programs(*more: str) -> None:
    """End with one line where this cannot run."""
    missing = [name for name in ("debootstrap", "systemd-nspawn", *more) if shutil.which(name) is None]
    if missing or os.geteuid() != 0:
        raise SystemExit(f"run this as root, with {', '.join(missing) or 'debootstrap'} installed")


def make_machine(folder: Path, suite: str) -> None:
    """A small Debian in `folder`, where there is none yet."""
    if (folder / "etc/os-release").exists():
        return
    print(f"making a machine in {folder}; this takes a minute", flush=True)
    folder.parent.mkdir(parents=True, exist_ok=True)
    new = folder.with_name(f"{folder.name}.new")
    shutil.rmtree(new, ignore_errors=True)
    subprocess.run(
        ["debootstrap", "--variant=minbase", f"--include={PACKAGES}", suite, str(new)],
        check=True,
        stdout=subprocess.DEVNULL,
    )
    new.replace(folder)


def make_release(folder: Path) -> tuple[str, str]:
    """deploy/, its packages, and two wheels: this release, and one that calls itself the next."""
    shutil.copytree(ROOT / "deploy", folder / "deploy")
    venv.create(folder / "pip", with_pip=True)
    download = [f"{folder}/pip/bin/python", "-m", "pip", "download", "--quiet", "--only-binary", ":all:"]
    pinned = ["--require-hashes", "-r", f"{folder}/deploy/requirements.txt", "--dest", f"{folder}/wheels"]
    subprocess.run([*download, *pinned], check=True, stderr=subprocess.DEVNULL)
    source = folder / "source"
    source.mkdir()
    for name in ("addons", "categories", "console", "db", "policy"):
        shutil.copytree(ROOT / name, source / name, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "README.md", source)
    project = (ROOT / "pyproject.toml").read_text("utf-8")
    names = []
    for mark in ("", ".post1"):
        (source / "pyproject.toml").write_text(
            re.sub(r'^version = "(.*)"$', rf'version = "\1{mark}"', project, flags=re.MULTILINE)
        )
        build = [f"{folder}/pip/bin/python", "-m", "pip", "wheel", "--quiet", "--no-deps"]
        subprocess.run([*build, "--wheel-dir", f"{folder}/dist", str(source)], check=True)
        names.append(max((folder / "dist").glob("*.whl"), key=lambda wheel: wheel.stat().st_mtime).name)
    return names[0], names[1]


@contextmanager
def booted(folder: Path, release: Path, network: Sequence[str] = ("--private-network",)) -> Iterator[Machine]:
    """
    The machine in `folder`, running, with `release` as /srv/release; what it writes is gone at the end.

    `network` says to systemd-nspawn which network it is in; without it, in none.
    """
    boot = ["systemd-nspawn", "--quiet", "--boot", f"--directory={folder}", "--volatile=overlay"]
    # No systemd runs here that could be told of it.
    alone = ["--register=no", "--keep-unit", *network, f"--machine=sluicegate-{os.getpid()}"]
    # As on a real machine, programs may ask how far the clock is off.
    mounts = ["--console=passive", f"--bind-ro={release}:/srv/release", "--system-call-filter=clock_adjtime"]
    with subprocess.Popen(
        [*boot, *alone, *mounts],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as nspawn:
        try:
            yield Machine(_init_of(nspawn))
        finally:
            nspawn.send_signal(signal.SIGTERM)  # an orderly shutdown
            try:
                nspawn.wait(60)
            except subprocess.TimeoutExpired:
                nspawn.kill()


def _init_of(nspawn: subprocess.Popen[bytes]) -> int:
    """The machine's first process, once its systemd has finished starting."""
    for _ in range(600):
        children = Path(f"/proc/{nspawn.pid}/task/{nspawn.pid}/children").read_text().split()
        if children:
            state = Machine(int(children[0])).run("systemctl", "is-system-running").stdout.strip()
            if state in {"running", "degraded"}:
                return int(children[0])
        if nspawn.poll() is not None:
            break
        time.sleep(0.1)
    raise SystemExit(
        "the machine did not start: systemd-nspawn needs root, namespaces and a cgroup hierarchy"
    )


def timed(machine: Machine, *command: str) -> float:
    """Seconds that a command takes which must not fail."""
    began = time.monotonic()
    machine.do(*command)
    return time.monotonic() - began
