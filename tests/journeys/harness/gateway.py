"""
The real gateway as a process, over a state folder of its own.

Everything goes through the `sluicegate` command, as an operator would do it; only the Ruleset, the
authority and the empty database, which are the same for every journey, are made once and copied.
"""

import json
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from addons.ca import CERTIFICATE_FILE, init_ca
from addons.server.status import GatewayStatus, WorkerFile, read_status
from categories.build import activate
from categories.library import ListLibrary
from categories.store import RulesetStore
from db.engine import make_engine
from db.presence import PresenceStore
from db.settings import DatabaseSettings
from db.spool_reader import SpoolReader
from policy.document import SHIPPED as SHIPPED_POLICY
from policy.document import read_policy
from policy.people import PersonKey
from policy.words import PersonHow
from tests.journeys.harness.clients import Client

SLUICEGATE = Path(sys.executable).with_name("sluicegate")

AUTHORITY = """[standing_authority]
organisation = "Example Force"
reference = "SA/1"
granted_by = "Chief Executive and Monitoring Officer"
purposes = ["breach"]
granted_on = 2020-01-01
review_by = 2090-01-01
impact_assessment = "DPIA/1"
"""


def eventually[T](look: Callable[[], T], within: float = 10.0, what: str = "it") -> T:
    """The first truthy answer of `look`, asked again and again."""
    until = time.monotonic() + within
    while not (answer := look()):
        assert time.monotonic() < until, f"{what} did not happen within {within} s"
        time.sleep(0.02)
    return answer


def write_policy(path: Path) -> Path:
    """The shipped policy with a standing authority in force, so that who asked is recorded."""
    text = SHIPPED_POLICY.read_text("utf-8")
    before, _, after = text.partition("[standing_authority]")
    path.write_text(before + AUTHORITY + "\n" + after[after.index("\n# Who hears") :], "utf-8")
    return path


def write_toml(path: Path, settings: Mapping[str, Mapping[str, object]]) -> None:
    """A settings file; the values are ones that JSON and TOML write alike."""
    lines: list[str] = []
    for section, values in settings.items():
        lines += [f"[{section}]", *(f"{key} = {json.dumps(value)}" for key, value in values.items()), ""]
    path.write_text("\n".join(lines), "utf-8")
    path.chmod(0o600)


def build_ruleset(state: Path, lists: Mapping[str, Sequence[str]], folder: Path) -> str:
    """Put in force a Ruleset of one list a category and nothing else; its digest."""
    library = ListLibrary(state / "lists", None)
    staged = []
    for category, entries in lists.items():
        text = folder / f"{category}.txt"
        text.write_text("# sluicegate-list: 1\n" + "\n".join(entries) + "\n", "utf-8")
        staged.append(library.read_in(category, category, text))
    return activate(library, RulesetStore(state / "rulesets"), SHIPPED_POLICY, staged=staged).digest


def make_state(state: Path, lists: Mapping[str, Sequence[str]]) -> Path:
    """A state folder with a CA, a Ruleset and an empty database, to be copied."""
    state.mkdir(mode=0o700)
    init_ca(state / "ca")
    build_ruleset(state, lists, state.parent)
    sluicegate("db", "upgrade", state=state)
    return state


def sluicegate(*arguments: str, state: Path, check: bool = True) -> subprocess.CompletedProcess[str]:
    """Run one command."""
    return subprocess.run(
        [str(SLUICEGATE), *arguments],
        env=environment(state),
        capture_output=True,
        text=True,
        timeout=60,
        check=check,
    )


def environment(state: Path) -> dict[str, str]:
    """What a command is run with: nothing of the developer's own settings."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("SLUICEGATE_")}
    return kept | {"SLUICEGATE_STATE_DIR": str(state)}


@dataclass(frozen=True, slots=True)
class Row:
    """One row of the log, by column."""

    columns: Mapping[str, Any]

    def __getattr__(self, name: str) -> Any:
        try:
            return self.columns[name]
        except KeyError:
            raise AttributeError(name) from None


class Gateway:
    """A running gateway."""

    def __init__(
        self, state: Path, settings: Mapping[str, Mapping[str, object]], *, wrap: Sequence[str] = ()
    ) -> None:
        self.state = state
        self._settings = {name: dict(values) for name, values in settings.items()}
        self._settings.setdefault("gateway", {}).setdefault("listen", ["127.0.0.1:0"])
        self._settings.setdefault("observe", {}).setdefault("listen", "127.0.0.1:0")
        self._settings.setdefault("categories", {}).setdefault("shipped_lists", False)
        self._wrap = wrap
        self.view = state
        self.log = state.with_suffix(".log")
        self.process: subprocess.Popen[bytes] | None = None
        self.proxy = ("", 0)
        # The Decisions that are no longer looked at. Not "all before this one": what is recorded without
        # its time has an identifier without it.
        self._seen: set[object] = set()

    @property
    def ca_file(self) -> Path:
        """The certificate its clients trust."""
        return self.state / "ca" / CERTIFICATE_FILE

    def start(self) -> "Gateway":
        """Start it; returns when every worker lets clients in."""
        self.write_settings()
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [*self._wrap, str(SLUICEGATE), "run"],
                env=environment(self.state),
                cwd=self.state,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
        if self._wrap:
            # What it sees as its state folder may be mounted for it alone.
            self.view = Path(f"/proc/{self.process.pid}/root{self.state}")
        try:
            self.wait_until_ready()
        except BaseException:
            self.process.kill()
            raise
        host, _, port = self.status().listen[0].rpartition(":")
        self.proxy = (host.strip("[]"), int(port))
        return self

    def restart_at_its_port(self) -> None:
        """Start it again where it listened."""
        self._settings["gateway"]["listen"] = [f"{self.proxy[0]}:{self.proxy[1]}"]
        self.start()

    def write_settings(self) -> None:
        """Write its settings file and its policy."""
        write_policy(self.state / "policy.toml")
        # A key without a section comes before every section.
        write_toml(self.state / "sluicegate.toml", self._settings)
        text = (self.state / "sluicegate.toml").read_text("utf-8")
        policy = json.dumps(str(self.state / "policy.toml"))
        (self.state / "sluicegate.toml").write_text(f"policy_file = {policy}\n{text}", "utf-8")

    def wait_until_ready(self, within: float = 60.0) -> None:
        """Every worker wanted is there and lets clients in."""

        def ready() -> bool:
            assert self.process is not None
            assert self.process.poll() is None, f"the gateway ended: {self.log.read_text()}"
            status = self.status()
            if f'"pid": {self.process.pid},' not in self._said():
                return False  # what stands there is an earlier one's
            return 0 < status.workers_wanted == sum(worker.ready for worker in status.workers)

        eventually(ready, within, "readiness")

    def _said(self) -> str:
        try:
            return (self.view / "run" / "gateway.json").read_text()
        except OSError:
            return ""

    def status(self) -> GatewayStatus:
        """What its files say."""
        return read_status(self.view / "run", datetime.now(UTC))

    def wait_for_beat(self) -> None:
        """Until every worker has said once more how it is."""
        now = datetime.now(UTC).isoformat()
        eventually(lambda: all(worker.at > now for worker in self.status().workers), what="a beat")

    def worker(self, slot: int = 0) -> WorkerFile:
        """The worker in a slot."""
        return next(worker for worker in self.status().workers if worker.slot == slot)

    def client(self, login: str | None = None) -> Client:
        """A client that trusts its CA."""
        return Client(self.proxy, self.ca_file, login)

    def command(self, *arguments: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        """An operator's command beside it."""
        return sluicegate(*arguments, state=self.state, check=check)

    def stop(self, number: int = signal.SIGTERM, within: float = 20.0) -> int:
        """Stop it; its exit code."""
        if self.process is None:
            return 0
        if self.process.poll() is None:
            self.process.send_signal(number)
        try:
            return self.process.wait(timeout=within)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            raise

    def shipped(self, within: float = 15.0) -> None:
        """Wait until everything that was recorded is in the database."""

        def empty() -> bool:
            slots = (self.view / "spool").glob("slot-*")
            return sum(SpoolReader(slot).pending().records for slot in slots) == 0

        eventually(empty, within, "shipping")

    def forget(self) -> None:
        """Let `decisions` and `outcomes` give only what is recorded from now on."""
        self.shipped()
        self._seen = {row.id for row in self.rows("SELECT id FROM decision")}

    def decisions(self, where: str = "1=1", *values: object) -> list[Row]:
        """The Decisions of the embedded database, in the order they were made, once all have come."""
        self.shipped()
        found = self.rows(f"SELECT * FROM decision WHERE {where} ORDER BY id", *values)  # noqa: S608
        return [row for row in found if row.id not in self._seen]

    def outcome_of(self, decision: Row) -> Row:
        """What came of it, once it has; the client may know before us that it is over."""

        def found() -> list[Row]:
            self.shipped()
            return self.rows("SELECT * FROM outcome WHERE decision = ?", decision.id)

        return eventually(found, what="the outcome")[0]

    def rows(self, query: str, *values: object) -> list[Row]:
        """Rows of the embedded database."""
        if self.view == self.state:
            return _rows(self.state / "sluicegate.sqlite", query, values)
        # SQLite would resolve the path and open what lies under the mount.
        with tempfile.TemporaryDirectory() as folder:
            for path in self.view.glob("sluicegate.sqlite*"):
                shutil.copy(path, folder)
            return _rows(Path(folder) / "sluicegate.sqlite", query, values)


def _rows(database: Path, query: str, values: Sequence[object]) -> list[Row]:
    with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True, timeout=10)) as connection:
        found = connection.execute(query, values)
        names = [column[0] for column in found.description]
        return [Row(dict(zip(names, row, strict=True))) for row in found]


def have_read_notice(state: Path, readers: Iterable[PersonKey]) -> None:
    """Let these people have read the notice that is in force, in the embedded database of a gateway."""
    policy = read_policy()
    assert policy.notice is not None
    engine = make_engine(DatabaseSettings(), state)
    store = PresenceStore(engine)
    for organisation, login in readers:
        store.acknowledge(
            organisation, login, policy.notice.version, how=PersonHow.PAGE, policy=policy.digest
        )
    engine.dispose()


def copy_state(template: Path, state: Path) -> Path:
    """A state folder of one's own."""
    shutil.copytree(template, state, symlinks=True)
    return state
