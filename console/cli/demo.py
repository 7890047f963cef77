"""
`sluicegate demo`: the ordinary gateway on a state folder that is prepared for looking around.

Nothing of the gateway is special here. The demo writes a `sluicegate.toml`, an htpasswd file with one
invented person and an exemption for them, serves pages of its own (`demo_origin.py`) to which a
`hosts_file` leads, and starts `sluicegate run` on that folder. Every line it prints works as it stands.
"""

import os
import shlex
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated

import bcrypt
import typer

from addons.ca import CERTIFICATE_FILE, KEY_FILE, init_ca
from addons.server.status import read_status
from console.cli import show
from console.cli.demo_origin import Origin, serve_pages
from console.cli.settings import FILE_NAME, PREFIX
from console.cli.state import VARIABLE, State
from db.engine import make_engine
from db.exemptions import ExemptionStore
from db.grants import Grant
from db.settings import DatabaseSettings
from db.upgrade import ensure_schema
from policy.document import read_policy
from policy.errors import Away, Refused
from policy.registers import GranteeKind, TargetKind

PERSON, PASSWORD = "officer7", "demo"  # invented, printed, good for this machine only
LOCAL, GAMBLING, SOCIAL = "intranet.demo.test", "www.bet365.com", "www.linkedin.com"
_EXEMPTED = "linkedin.com"
_MARK = "# Written by `sluicegate demo`; it is written again at each start."
_START_SECONDS = 60


def demo(
    listen: Annotated[
        str, typer.Option(metavar="ADDRESS:PORT", help="Where the gateway listens.")
    ] = "127.0.0.1:8080",
    state: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Keep what is made in DIR; without it, nothing is kept."),
    ] = None,
) -> int:
    """
    Try the gateway on this machine, without internet.

    Starts it with the shipped lists, a database and a certificate authority
    of its own, and a page on this machine to reach through it. Prints lines
    to try. Ctrl-C ends it.

    Examples:
      sluicegate demo
      sluicegate demo --listen 127.0.0.1:3128 --state ./demo
    """
    show.note("starting; this takes some seconds")
    with _signals(), _folder(state) as folder, serve_pages([LOCAL, SOCIAL], folder) as origin:
        _prepare(folder, origin)
        with _gateway(folder, listen) as gateway:
            at = _await(gateway, folder)
            if at is None:
                return gateway.returncode
            _print(folder, origin, at, kept=state is not None)
            gateway.wait()
    return _ended(gateway.returncode)


def _ended(code: int) -> int:
    """The exit code of a gateway that was told to end: Python itself dies of a SIGTERM that comes last."""
    return 0 if code == -signal.SIGTERM else code


@contextmanager
def _signals() -> Iterator[None]:
    """SIGTERM ends the demo as Ctrl-C does; afterwards both mean what they meant before."""
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextmanager
def _folder(state: Path | None) -> Iterator[Path]:
    """The state folder: the one that is named and the demo's to use, or one that is gone afterwards."""
    if state is None:
        folder = Path(tempfile.mkdtemp(prefix="sluicegate-demo-"))
        try:
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)
        return
    folder = state.absolute()
    State(folder).create()
    settings = folder / FILE_NAME
    if any(folder.iterdir()) and not (settings.exists() and settings.read_text().startswith(_MARK)):
        raise Refused(f"{folder}: not empty and not a demo's; name a new folder with --state")
    yield folder


def _prepare(folder: Path, origin: Origin) -> None:
    state = State(folder)
    if not (state.ca / KEY_FILE).exists():
        init_ca(state.ca, organisation="Demo")
    (folder / "hosts").write_text(f"127.0.0.1 {LOCAL} {SOCIAL}\n")
    hashed = bcrypt.hashpw(PASSWORD.encode(), bcrypt.gensalt(rounds=6)).decode()
    (folder / "htpasswd").write_text(f"{PERSON}:{hashed}\n")
    (folder / FILE_NAME).write_text(
        f"""{_MARK}
[gateway]
name = "demo"
drain_seconds = 1

[observe]
listen = "127.0.0.1:0"        # beside a gateway that has the usual port; `sluicegate status` names this one's

[limits]
connect_ports = [443, 8443, {origin.https_port}]

[destinations]
hosts_file = "hosts"          # leads the demo's names to this machine
inner = ["127.0.0.1/32"]      # which the gateway would refuse to reach
ca_file = "origin-ca.pem"

[identity]
kinds = ["htpasswd"]
htpasswd_file = "htpasswd"
required = false
"""
    )
    _grant(folder)


def _grant(folder: Path) -> None:
    engine = make_engine(DatabaseSettings(), folder)
    ensure_schema(engine)
    exemptions = ExemptionStore(engine)
    if not any(one.entry.grantee == PERSON for one in exemptions.exemptions()):
        until = datetime.now(UTC) + timedelta(days=30)
        wanted = Grant(
            GranteeKind.PERSON,
            PERSON,
            TargetKind.HOST,
            _EXEMPTED,
            until=until,
            purpose="recruiting, for the demo",
        )
        exemptions.grant(read_policy(), wanted)
    engine.dispose()


@contextmanager
def _gateway(folder: Path, listen: str) -> Iterator[subprocess.Popen[bytes]]:
    """`sluicegate run` on the folder, ended with the block."""
    # Settings of this terminal are not meant for the demo.
    environment = {name: value for name, value in os.environ.items() if not name.startswith(PREFIX)}
    environment |= {VARIABLE: str(folder), "SLUICEGATE_CONFIG": str(folder / FILE_NAME)}
    command = [sys.executable, "-P", "-m", "console.cli.main", "run", "--listen", listen]
    gateway = subprocess.Popen(command, env=environment)
    try:
        yield gateway
    except KeyboardInterrupt:
        # Ctrl-C has reached the gateway too; a signal to this process alone has not.
        gateway.terminate()
    finally:
        # Whoever presses Ctrl-C again must not be left with half of what was to be removed.
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        if gateway.poll() is None:
            gateway.terminate()
            gateway.wait()


def _await(gateway: subprocess.Popen[bytes], folder: Path) -> str | None:
    """Where it serves; None when it has ended instead, having said why."""
    end = time.monotonic() + _START_SECONDS
    while gateway.poll() is None:
        status = read_status(State(folder).run, datetime.now(UTC))
        if status.serving:
            return status.listen[0]
        if time.monotonic() > end:
            raise Away(f"the gateway does not serve after {_START_SECONDS} s: {'; '.join(status.problems)}")
        time.sleep(0.1)
    return None


@dataclass(frozen=True, slots=True)
class Try:
    """Lines to copy, and what they show."""

    what: str
    lines: tuple[str, ...]


def things_to_try(folder: Path, origin: Origin, at: str) -> tuple[Try, ...]:
    """What the demo prints."""
    curl = f"curl --proxy http://{at}"
    trusting = f"{curl} --cacert {shlex.quote(str(State(folder).ca / CERTIFICATE_FILE))}"
    social = f"https://{SOCIAL}:{origin.https_port}/"
    program = f"{VARIABLE}={shlex.quote(str(folder))} {_program()}"
    return (
        Try(
            "A page on this machine: allowed, over http and https",
            (
                f"{curl} http://{LOCAL}:{origin.http_port}/",
                f"{trusting} https://{LOCAL}:{origin.https_port}/",
            ),
        ),
        Try(
            "A gambling site: blocked, without being contacted",
            (f"{curl} http://{GAMBLING}/", f"{trusting} https://{GAMBLING}/"),
        ),
        Try(
            f"A social-media site: blocked; opened for {PERSON}, to whom an exemption is granted",
            (f"{trusting} {social}", f"{trusting} --proxy-user {PERSON}:{PASSWORD} {social}"),
        ),
        Try(
            "Why, and what was decided",
            (
                f"{program} explain {social} --person {PERSON}",
                f"{program} decisions",
                f"{program} status",
            ),
        ),
    )


def _program() -> str:
    """This program, so that another terminal finds it, too."""
    named = Path(sys.argv[0])
    return shlex.quote(str(named.absolute())) if named.name == "sluicegate" else "sluicegate"


def _print(folder: Path, origin: Origin, at: str, *, kept: bool) -> None:
    show.line(f"\nThe demo serves on {at}. In another terminal, try:")
    for one in things_to_try(folder, origin, at):
        show.line(f"\n  {one.what}")
        for line in one.lines:
            show.line(f"    {line}")
    after = f"keeps {folder}" if kept else f"removes {folder}"
    show.line(f"\nCtrl-C ends it and {after}.")
    sys.stdout.flush()
