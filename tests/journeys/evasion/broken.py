"""
The gateway's own program, with failures that can be switched on.

Run in place of `sluicegate`: it changes what the classes of the product do *inside* their guards and then
runs the very same command, so that nothing of this is in the product. While the control file names a
place, that place raises; otherwise it does what it always does. Besides, one name changes its mind about
where it is each time it is looked up, as in DNS rebinding.
"""

import socket
import sys
from collections.abc import Callable, Iterator
from inspect import isfunction
from pathlib import Path
from typing import Any

from addons import resolver
from addons.exits import GatewayExits
from addons.gatekeeper import Gatekeeper
from addons.identity.identify import Identity
from addons.judging import Judging
from addons.recorder import Recorder
from addons.server.activity import Activity
from addons.stream.http_stream import GatewayStream
from addons.stream.next_layer import GatewayNextLayer
from addons.stream.tls import GatewayClientTLS, GatewayServerTLS
from addons.tls import GatewayTls
from addons.tls_failures import TlsFailures
from categories.ruleset import Ruleset
from db.spool import SpoolWriter

CONTROL = "fails-now"
REBINDING = "rebinding.test"
REBINDS_TO = ("127.0.0.8", "127.0.0.1")  # first, and ever after

# What mitmproxy, its layers or ours call. A place is "Class.method".
CLASSES: tuple[type, ...] = (
    Activity,
    Identity,
    Gatekeeper,
    GatewayTls,
    TlsFailures,
    Recorder,
    GatewayNextLayer,
    GatewayExits,
    Judging,
    SpoolWriter,
    Ruleset,
    resolver.Resolver,
    GatewayStream,
    GatewayClientTLS,
    GatewayServerTLS,
)


class Broken(Exception):
    """What is raised."""


def command(folder: Path) -> list[str]:
    """What to put in front of the command line of a gateway; the control file lies in `folder`."""
    (folder / CONTROL).write_text("", "utf-8")
    # A program by itself, because the supervisor starts each generation by the one that it was.
    program = folder / "sluicegate"
    root = Path(__file__).parents[3]
    program.write_text(
        f"#!{sys.executable}\n"
        "import sys\n"
        "from pathlib import Path\n"
        f"sys.path.insert(0, {str(root)!r})\n"
        "from tests.journeys.evasion.broken import main\n"
        f"main(Path({str(folder)!r}))\n"
    )
    program.chmod(0o700)
    return [str(program)]


def break_at(cls: type, name: str, fails: Callable[[str], bool]) -> None:
    """Let `cls.name` raise while `fails` says so of its place, inside the guard it wears, if it wears one."""
    method = vars(cls)[name]
    place = f"{cls.__name__}.{name}"

    def breaking(original: Any) -> Callable[..., Any]:
        def instead(*arguments: Any, **options: Any) -> Any:
            if fails(place):
                raise Broken(place)
            return original(*arguments, **options)

        return instead

    for cell in method.__closure__ or ():
        if cell.cell_contents is getattr(method, "__wrapped__", None):
            cell.cell_contents = breaking(cell.cell_contents)
            return
    setattr(cls, name, breaking(method))


def _rebind() -> None:
    resolver._KEPT_SECONDS = 0.2  # so that a second look-up comes soon
    stock = resolver._system
    answers: Iterator[str] = iter(REBINDS_TO)

    def system(host: str) -> tuple[resolver.Address, ...]:
        if host == REBINDING:
            return ((socket.AF_INET, next(answers, REBINDS_TO[-1])),)
        return stock(host)

    resolver._system = system


def main(folder: Path) -> None:
    """The command, first in front of the real one's path, and then in its place."""
    from console.cli.main import main as sluicegate

    control = folder / CONTROL
    for cls in CLASSES:
        for name, method in list(vars(cls).items()):
            if isfunction(method) and not name.startswith("_"):
                break_at(cls, name, lambda place: control.read_text("utf-8") == place)
    _rebind()
    sys.argv = [word for word in sys.argv if Path(word).name != "sluicegate" or word == sys.argv[0]]
    sluicegate()
