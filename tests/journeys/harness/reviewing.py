"""
A review service as it runs in use, and people to ask it: each a login of PostgreSQL, each by commands.

The service is a process of its own with a login of its own. A person's command asks the database for a ticket
as that person, and gives it to the service; nothing in the test says who asks but the login.
"""

import contextlib
import io
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from unittest.mock import patch

import psycopg
from pydantic import SecretStr

from console.cli.main import run_command
from db.engine import make_engine
from db.people import PeopleStore
from db.person_rows import PersonEntry
from db.settings import DatabaseSettings, SpoolSettings
from db.shipper import Shipper
from db.spool import SpoolWriter
from db.upgrade import upgrade
from db.withdrawals import WithdrawalStore, WrongEntry
from policy.decision import Decision
from tests.db.examples import outcome
from tests.postgres import PostgresServer


@dataclass(frozen=True)
class Said:
    """What a command left."""

    code: int
    out: str
    err: str


class Station:
    """Where these people work: their database, its review service, and a folder."""

    def __init__(self, server: PostgresServer, database: str, folder: Path) -> None:
        self.folder = folder
        self._server = server
        self._database = database

    def settings(self, login: str) -> dict[str, str]:
        """The environment of one person's commands, or of the service."""
        state = self.folder / "state" / login
        state.mkdir(parents=True, exist_ok=True)
        return {
            "PATH": os.environ["PATH"],
            "NO_COLOR": "1",
            "SLUICEGATE_STATE_DIR": str(state),
            "SLUICEGATE_DATABASE__URL": self._server.url(self._database, login),
            "SLUICEGATE_REVIEW__SOCKET": str(self.folder / "review.sock"),
            "SLUICEGATE_REVIEW__KNOWN_BY": "database",
        }

    def enter(self, people: Mapping[str, Iterable[str]], units: Mapping[str, str] | None = None) -> None:
        """Put people into the register, with the offices they hold."""
        engine = make_engine(self._as_owner(), self.folder)
        entries = [
            PersonEntry("", login, unit=(units or {}).get(login, "CID"), roles=tuple(offices))
            for login, offices in people.items()
        ]
        ends = datetime.now(UTC) + timedelta(days=90)
        PeopleStore(engine).enter(entries, roles_until=ends, because="the register of the journey")
        engine.dispose()

    def record(self, decisions: Iterable[Decision]) -> None:
        """Bring decisions into the log the way the keeper does, each with what came of it."""
        spool = self.folder / "spool"
        writer = SpoolWriter(spool / "slot-0", SpoolSettings())
        for one in decisions:
            writer.record(one)
            writer.outcome(outcome(one))
        writer.close()
        engine = make_engine(self._as_owner(), self.folder)
        Shipper(engine, spool, 10_000).ship_once()
        engine.dispose()

    def withdraw(self, wrong: WrongEntry) -> None:
        """Find an entry wrong that decided something."""
        engine = make_engine(self._as_owner(), self.folder)
        WithdrawalStore(engine).withdraw(wrong, since=None, because="it is a charity")
        engine.dispose()

    def query(self, statement: str) -> list[tuple[object, ...]]:
        """What the database says to its owner."""
        with psycopg.connect(self._server.url(self._database)) as connection:
            return connection.execute(statement.encode()).fetchall()

    def overwrite(self, statement: str, values: Sequence[str]) -> None:
        """Change what is written past every trigger, which only a superuser can."""
        with psycopg.connect(self._server.url(self._database)) as connection:
            connection.execute("SET session_replication_role = replica")
            connection.execute(statement.encode(), values)

    def run(self, login: str, *arguments: str) -> Said:
        """One command of one person."""
        out, err = io.StringIO(), io.StringIO()
        with (
            patch.dict(os.environ, self.settings(login), clear=True),
            contextlib.chdir(self.folder),
            contextlib.redirect_stdout(out),
            contextlib.redirect_stderr(err),
        ):
            code = run_command(arguments)
        return Said(code, out.getvalue(), err.getvalue())

    @contextmanager
    def serving(self, login: str) -> Iterator[None]:
        """The service runs, with this login, for as long as the block does."""
        command = [sys.executable, "-m", "console.cli.main", "review", "serve"]
        with subprocess.Popen(
            command, env=self.settings(login), stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True
        ) as process:
            assert process.stderr is not None
            said = []
            for line in process.stderr:
                said.append(line)
                if "answers at" in line:
                    break
            else:
                raise AssertionError(f"the review service did not start: {''.join(said)}")
            try:
                yield
            finally:
                process.send_signal(signal.SIGTERM)
                process.communicate(timeout=30)

    def _as_owner(self) -> DatabaseSettings:
        return DatabaseSettings(url=SecretStr(self._server.url(self._database)))


SERVICE = "journey_review"


@contextmanager
def station(server: PostgresServer, *people: str, **roles: str) -> Iterator[Station]:
    """A database with our schema, logins for these people, and the service, which runs."""
    with server.database() as name, tempfile.TemporaryDirectory(prefix="review-") as folder:
        engine = make_engine(DatabaseSettings(url=SecretStr(server.url(name))), Path(folder))
        upgrade(engine)
        engine.dispose()
        _login(server, SERVICE, "sluicegate_review")
        for login in people:
            _login(server, login, roles.get(login, "sluicegate_reviewer"))
        made = Station(server, name, Path(folder))
        with made.serving(SERVICE):
            yield made


def _login(server: PostgresServer, login: str, role: str) -> None:
    """Logins are the server's: one has the same role in all tests."""
    with psycopg.connect(server.url("postgres"), autocommit=True) as connection:
        if not connection.execute("SELECT FROM pg_roles WHERE rolname = %s", [login]).fetchall():
            quoted = login.replace('"', '""')
            connection.execute(f'CREATE ROLE "{quoted}" LOGIN; GRANT {role} TO "{quoted}"'.encode())
